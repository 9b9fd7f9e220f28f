// Individual habilitation, with its days (L11, CASF R.262-107), where a subgraph decides about rows of its own without a
// sharing ticket: referrals by their two parties, appointments by who holds them.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Caller, StandingCopy } from "../../subgraphs/kit/kit.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { NOW, put, putStandings, referral, seen } from "./services-small-world.ts";
import { askEntities, openSites } from "./sites-world.ts";

type Habilitation = NonNullable<StandingCopy["habilitation"]>;

const HABILITATION: Habilitation = { purposes: ["SUPPORT", "REFERRAL", "EVALUATION", "CHILD_PROTECTION"], validFrom: "2024-01-01", validTo: null };

function standing(_id: string, said: Partial<Habilitation> = {}, rest: Partial<StandingCopy> = {}): StandingCopy {
  return { _id, partnerId: "dept-92", secrecyBasis: null, habilitation: { ...HABILITATION, ...said }, ...rest };
}

/** The clock stands on 2 March 2026. */
const HABILITATED: readonly StandingCopy[] = [
  standing("since-today", { validFrom: "2026-03-02" }),
  standing("until-today", { validTo: "2026-03-02" }),
  standing("without-end"),
];

const OUTSIDERS: readonly (readonly [string, StandingCopy, Partial<Caller>?])[] = [
  ["whose habilitation ended yesterday", standing("ended", { validTo: "2026-03-01" })],
  ["whose habilitation begins tomorrow", standing("coming", { validFrom: "2026-03-03" })],
  ["who was never habilitated", standing("never", {}, { habilitation: null })],
  ["who works for another organisation by now", standing("moved", {}, { partnerId: "dept-14" })],
];

const MADE_UP = { professionalId: "nobody", partnerId: "dept-92", purpose: "SUPPORT" } as const;
/** Whom nobody is habilitated as: it names no professional. */
const PROGRAM = { subject: "portal", partnerId: "dept-92", purpose: "SUPPORT" } as const;

const callerOf = ({ _id }: StandingCopy): Partial<Caller> => ({ professionalId: _id, partnerId: "dept-92", purpose: "SUPPORT" });

describe("services", () => {
  let services: TestSubgraph;
  beforeAll(async () => {
    services = await openTestSubgraph(createServices(createTestTickets().options), { at: NOW });
    await put(services, {
      referrals: [referral("sent"), referral("below", { parentReferralId: "sent" }), referral("received", { senderId: "caf-92", receiverId: "dept-92" }), referral("protects", { childProtection: true })],
    });
    await putStandings(services, [...HABILITATED, ...OUTSIDERS.map(([, one]) => one), standing("bound", {}, { secrecyBasis: "CASF L.221-6" })]);
  });
  afterAll(() => services.close());

  const QUERY = `query ($of: [_Any!]!) {
    referral(id: "sent") { id subReferrals { id } }
    referralInbox(partnerId: "dept-92") { totalCount nodes { id } edges { node { id } } withheld { path reason count } }
    _entities(representations: $of) { ... on Referral { id } }
  }`;
  const ask = async (caller: Partial<Caller>) => (await services.ask(QUERY, { of: [{ __typename: "Referral", id: "sent" }] }, caller)).data;
  const nothing = (reason: string) => ({
    referral: null,
    referralInbox: { totalCount: 0, nodes: [], edges: [], withheld: [{ path: "nodes", reason, count: null }] },
    _entities: [null],
  });

  it.each(HABILITATED)("shows its own referrals to who is habilitated on the day: $_id", async (one) => {
    expect(await ask(callerOf(one))).toEqual({
      referral: { id: "sent", subReferrals: [{ id: "below" }] },
      referralInbox: { totalCount: 1, nodes: [{ id: "received" }], edges: [{ node: { id: "received" } }], withheld: [] },
      _entities: [{ id: "sent" }],
    });
    expect(seen(services).filter((command) => command === "find standings")).toHaveLength(1);
  });

  it.each(OUTSIDERS)("shows nothing, by any way, and says so, to a professional %s", async (_, one) => {
    expect(await ask(callerOf(one))).toEqual(nothing("NOT_HABILITATED"));
  });

  it("shows nothing to a professional whom nobody knows, nor to a program of the organisation", async () => {
    expect(await ask(MADE_UP)).toEqual(nothing("NOT_HABILITATED"));
    expect(await ask(PROGRAM)).toEqual(nothing("NOT_HABILITATED"));
    expect(seen(services)).not.toContain("find standings");
  });

  it("shows nothing for a purpose that the professional is not habilitated for", async () => {
    expect(await ask({ ...callerOf(standing("without-end")), purpose: "EVICTION_PREVENTION" })).toEqual(nothing("PURPOSE_NOT_COVERED"));
  });

  it("says of one that there is what it says of one that there is not, after the same commands, to whoever is not habilitated", async () => {
    const find = async (id: string, caller: Partial<Caller>) => {
      const { data, errors } = await services.ask("query ($id: ID!) { referral(id: $id) { id } }", { id }, caller);
      return { text: JSON.stringify(data), errors, commands: seen(services) };
    };
    for (const [, one] of OUTSIDERS) expect(await find("sent", callerOf(one))).toEqual(await find("nothing", callerOf(one)));
    for (const caller of [callerOf(standing("ended")), callerOf(standing("bound"))]) expect(await find("protects", caller)).toEqual(await find("nothing", caller));
  });

  it("shows one that protects a child to who is bound by secrecy alone (L4, CASF L.226-2-2)", async () => {
    const find = async (id: string) => (await services.ask('{ referral(id: "protects") { id } }', {}, { ...callerOf(standing(id)), purpose: "CHILD_PROTECTION" })).data;
    expect(await find("bound")).toEqual({ referral: { id: "protects" } });
    expect(await find("without-end")).toEqual({ referral: null });
  });
});

describe("sites", () => {
  let sites: TestSubgraph;
  beforeAll(async () => {
    sites = await openSites();
    await sites.store.connection.collection<{ _id: string }>("appointments").updateOne({ _id: "a-seen" }, { $addToSet: { professionalIds: { $each: [...HABILITATED, ...OUTSIDERS.map(([, one]) => one)].map(({ _id }) => _id) } } } as never);
    await putStandings(sites, [...HABILITATED, ...OUTSIDERS.map(([, one]) => one)]);
  });
  afterAll(() => sites.close());

  const find = async (id: string, caller: Partial<Caller>) =>
    (await askEntities(sites, { representations: [{ __typename: "Appointment", id }], selection: "... on Appointment { id startsAt }", caller })).data;

  it.each(HABILITATED)("shows an appointment to who holds it and is habilitated on the day: $_id", async (one) => {
    expect(await find("a-seen", callerOf(one))).toMatchObject({ _entities: [{ id: "a-seen" }] });
    expect(sites.commands).toHaveLength(2);
  });

  it.each(OUTSIDERS)("shows it no more to who held it %s", async (_, one) => {
    expect(await find("a-seen", callerOf(one))).toEqual({ _entities: [null] });
    expect(await find("a-seen", MADE_UP)).toEqual({ _entities: [null] });
  });
});
