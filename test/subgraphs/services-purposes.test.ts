// Who reads a referral, and for what: its two parties to help somebody (L7), and what protects a child to protect one (L4).
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import type { DataCategory } from "../../subgraphs/law/law.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { NOW, put, referral } from "./services-small-world.ts";

const tickets = createTestTickets();
const services = createServices(tickets.options);

const ENTITIES = (fragment: string) => `query ($of: [_Any!]!) { _entities(representations: $of) { ${fragment} } }`;

const SENDER = { professionalId: "pro-92", partnerId: "dept-92", purpose: "SUPPORT" } as const;
const RECEIVER = { professionalId: "pro-ngo", partnerId: "ngo-toit-et-vie", purpose: "REFERRAL" } as const;

const FEBRUARY = (day: number) => new Date(Date.UTC(2026, 1, day, 9));

let subgraph: TestSubgraph;

beforeAll(async () => {
  subgraph = await openTestSubgraph(services, { at: NOW });
  await put(subgraph, { referrals: [referral("fresh"), referral("above"), referral("below", { parentReferralId: "above" })] });
});

afterAll(() => subgraph.close());

describe("A purpose", () => {
  it("opens a referral to its parties where it helps somebody; to count opens none, nor does none (L7, CASF L.263-4-1)", async () => {
    const query = `query ($of: [_Any!]!) { referral(id: "fresh") { subReferrals { id } } above: referral(id: "above") { subReferrals { id } } _entities(representations: $of) { ... on Referral { id } } }`;
    const foundFor = async (purpose: Caller["purpose"]) => (await subgraph.ask(query, { of: [{ __typename: "Referral", id: "fresh" }] }, { ...SENDER, purpose })).data;
    for (const purpose of ["SUPPORT", "REFERRAL", "EVALUATION", "CHILD_PROTECTION", "EVICTION_PREVENTION"] as const) {
      expect(await foundFor(purpose)).toEqual({ referral: { subReferrals: [] }, above: { subReferrals: [{ id: "below" }] }, _entities: [{ id: "fresh" }] });
    }
    for (const purpose of ["STATISTICS", "SELF_ACCESS", null] as const) expect(await foundFor(purpose)).toEqual({ referral: null, above: null, _entities: [null] });
  });

  it("that needs no referral leaves the inbox empty to its owner, and is said (L7, CASF L.263-4-1)", async () => {
    const query = `{ referralInbox(partnerId: "ngo-toit-et-vie") { totalCount nodes { id } withheld { path reason count } } }`;
    for (const purpose of ["STATISTICS", "SELF_ACCESS", null] as const) {
      const { data } = await subgraph.ask(query, {}, { ...RECEIVER, purpose });
      expect(data).toEqual({ referralInbox: { totalCount: 0, nodes: [], withheld: [{ path: "nodes", reason: "PURPOSE_NOT_COVERED", count: null }] } });
    }
    const { data } = await subgraph.ask(query, {}, RECEIVER);
    expect(data).toMatchObject({ referralInbox: { totalCount: 3, withheld: [] } });
  });
});

describe("A referral that protects a child (L4, CASF L.226-2-2)", () => {
  const PROTECTOR = { ...SENDER, purpose: "CHILD_PROTECTION" } as const;
  beforeAll(() =>
    put(subgraph, {
      referrals: [
        referral("plain", { personId: "child", createdAt: FEBRUARY(4) }),
        referral("protects", { personId: "child", createdAt: FEBRUARY(5), childProtection: true }),
        referral("protects-more", { personId: "child", createdAt: FEBRUARY(6), parentReferralId: "protects", childProtection: true }),
        referral("protects-too", { personId: "child", createdAt: FEBRUARY(7), parentReferralId: "plain", childProtection: true }),
      ],
    }),
  );
  afterAll(async () => void (await subgraph.store.connection.collection("referrals").deleteMany({ personId: "child" })));

  const FILE = ENTITIES("... on Beneficiary { referrals { id subReferrals { id } } }");
  const file = (allow: readonly DataCategory[] | undefined, caller: Partial<Caller> = SENDER) => ({ of: tickets.carry([{ __typename: "Beneficiary", id: "child" }], NOW, { caller, ...(allow && { allow }) }) });

  it("is with the person's file for whoever reads of the protection, and is not there for others, under a referral either", async () => {
    expect((await subgraph.ask(FILE, file(["PATHWAY"]), SENDER)).data).toEqual({ _entities: [{ referrals: [{ id: "plain", subReferrals: [] }] }] });
    const { data } = await subgraph.ask(FILE, file(["PATHWAY", "CHILD_PROTECTION"]), SENDER);
    const [{ referrals }] = (data as unknown as { _entities: [{ referrals: { id: string; subReferrals: { id: string }[] }[] }] })._entities;
    expect(referrals.map(({ id }) => id)).toEqual(["plain", "protects", "protects-more", "protects-too"]);
    expect(referrals[1]?.subReferrals).toEqual([{ id: "protects-more" }]);
  });

  it("is found by its id by the two who exchange, to protect or to evaluate, and by nobody else, the child's login neither", async () => {
    const query = `query ($of: [_Any!]!) { referral(id: "protects") { id subReferrals { id } } _entities(representations: $of) { ... on Referral { id } } }`;
    const find = async (caller: Partial<Caller>) => (await subgraph.ask(query, { of: [{ __typename: "Referral", id: "protects" }] }, caller)).data;
    const found = { referral: { id: "protects", subReferrals: [{ id: "protects-more" }] }, _entities: [{ id: "protects" }] };
    for (const caller of [PROTECTOR, { ...SENDER, purpose: "EVALUATION" as const }, { ...RECEIVER, purpose: "CHILD_PROTECTION" as const }]) expect(await find(caller)).toEqual(found);
    for (const caller of [SENDER, RECEIVER, { ...PROTECTOR, professionalId: "pro-14", partnerId: "dept-14" }, { personId: "child" }]) expect(await find(caller)).toEqual({ referral: null, _entities: [null] });
  });

  it("is in the inbox for the same, and neither there nor counted for others", async () => {
    const read = async (caller: Partial<Caller>) => {
      const { data } = await subgraph.ask(`{ referralInbox(partnerId: "ngo-toit-et-vie") { totalCount nodes { id } } }`, {}, caller);
      const { totalCount, nodes } = (data as unknown as { referralInbox: { totalCount: number; nodes: { id: string }[] } }).referralInbox;
      expect(totalCount).toBe(nodes.length);
      return nodes.map(({ id }) => id).filter((id) => id.startsWith("protects") || id === "plain");
    };
    expect(await read({ ...RECEIVER, purpose: "CHILD_PROTECTION" })).toEqual(["plain", "protects", "protects-more", "protects-too"]);
    expect(await read(RECEIVER)).toEqual(["plain"]);
    expect(await read({ personId: "child" })).toEqual(["plain"]);
  });
});
