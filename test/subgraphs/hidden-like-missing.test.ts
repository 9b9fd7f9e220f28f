// At services and sites, where who asks is looked up too: a row that the caller may not know of and one that there is not answer with
// the same bytes after the same database commands (L4: CASF L.226-2-2; L2: CSP L.1110-4).
import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { graphql } from "graphql";

import { ANONYMOUS, buildSchema, createClock, openStore, type Caller, type Store } from "../../subgraphs/kit/kit.ts";
import { PURPOSES, UNAUDITED, type ReadTrail } from "../../subgraphs/law/law.ts";
import { testMongodbUri } from "../harness/subgraph.ts";
import { openFourDatabases, type FourDatabases } from "./four-databases.ts";

const TODAY = "2026-03-02";
const SENDER = { subject: "s", professionalId: "pro-of-dept", partnerId: "dept-92", purpose: "SUPPORT" } as const;
const RECEIVER = { subject: "r", professionalId: "pro-of-ngo", partnerId: "ngo-of-the-test", purpose: "REFERRAL" } as const;
const UNBOUND = { subject: "u", professionalId: "pro-unbound", partnerId: "dept-92", purpose: "CHILD_PROTECTION" } as const;
const SELF = { subject: "b1", personId: "b1", purpose: "SELF_ACCESS" } as const;

let four: FourDatabases;
const stores = new Map<string, Store>();
const commands: string[] = [];

beforeAll(async () => {
  four = await openFourDatabases(`test-missing-${randomUUID().slice(0, 8)}-`, TODAY);
  const habilitation = { purposes: [...PURPOSES], validFrom: "2024-01-01", validTo: null };
  const standings = [SENDER, RECEIVER, UNBOUND].map(({ professionalId, partnerId }) => ({ _id: professionalId as never, partnerId, secrecyBasis: professionalId === "pro-unbound" ? null : "CASF L.411-3", habilitation }));
  for (const name of ["services", "sites"]) {
    await four.collection(name, "standings").insertMany(standings);
    stores.set(name, await openStore({ uri: testMongodbUri(), database: `${four.prefix}${name}`, onCommand: ({ name: kind, command }) => void commands.push(printCommand(kind, command)) }));
  }
  const [referrals, appointments] = [four.collection("services", "referrals"), four.collection("sites", "appointments")];
  const referral = { ...(await referrals.findOne({})), personId: "b1", senderId: "dept-92", receiverId: RECEIVER.partnerId, parentReferralId: null, sentAt: new Date(`${TODAY}T08:00:00Z`), childProtection: false };
  const rows = [{ _id: "r-shown" }, { _id: "r-secret", childProtection: true }, { _id: "r-draft", sentAt: null }, { _id: "r-others", senderId: "a", receiverId: "b" }];
  await referrals.insertMany(rows.map((row) => ({ ...referral, ...row })) as never[]);
  const appointment = { ...(await appointments.findOne({})), personId: "b1", professionalIds: [SENDER.professionalId], childProtection: false };
  await appointments.insertMany([{ _id: "a-shown" }, { _id: "a-secret", childProtection: true }, { _id: "a-others", professionalIds: ["x"], personId: "b2" }].map((row) => ({ ...appointment, ...row })) as never[]);
}, 120_000);
afterAll(async () => {
  for (const store of stores.values()) await store.close();
  await four.close();
});

/** What the database was asked, whichever row it was about. */
function printCommand(kind: string, { lsid: _session, $clusterTime: _time, ...command }: Readonly<Record<string, unknown>>): string {
  return `${kind} ${JSON.stringify(command).replaceAll(/[ra]-(shown|secret|draft|others|nobody)/g, "ID")}`;
}

const REFERRAL = "query ($id: ID!) { row: referral(id: $id) { id status withheld { path reason count } subReferrals { id } beneficiary { id } } }";
const APPOINTMENT = "query ($of: [_Any!]!) { row: _entities(representations: $of) { ... on Appointment { id startsAt site { id } beneficiary { id } } } }";

interface Asked {
  readonly text: string;
  readonly commands: readonly string[];
  readonly traced: readonly string[];
}

async function ask(name: string, id: string, asking: Partial<Caller>): Promise<Asked> {
  const [subgraph, store] = [four.subgraphs.get(name), stores.get(name)];
  if (subgraph === undefined || store === undefined) throw new Error(`No ${name}.`);
  const open = await subgraph.open(store.connection);
  const traced: string[] = [];
  const audit: ReadTrail = { ...UNAUDITED, before: ({ personId, field }) => void traced.push(`${personId} ${field}`), ground: (personId, basis) => void traced.push(`${personId} ${basis}`) };
  const contextValue = open.createContext({ caller: { ...ANONYMOUS, ...asking }, clock: createClock(`${TODAY}T09:00:00Z`), audit });
  const variableValues = name === "services" ? { id } : { of: [{ __typename: "Appointment", id }] };
  commands.length = 0;
  const answer = await graphql({ schema: buildSchema(subgraph), source: name === "services" ? REFERRAL : APPOINTMENT, variableValues, contextValue });
  return { text: JSON.stringify(answer), commands: [...commands], traced };
}

describe.each([
  ["services", "r-shown", "r-secret", SENDER],
  ["services", "r-shown", "r-secret", RECEIVER],
  ["services", "r-shown", "r-secret", UNBOUND],
  ["services", "r-shown", "r-secret", SELF],
  ["services", "r-shown", "r-draft", RECEIVER],
  ["services", "r-shown", "r-others", SENDER],
  ["services", "r-shown", "r-others", UNBOUND],
  ["sites", "a-shown", "a-secret", SELF],
  ["sites", "a-shown", "a-others", SENDER],
  ["sites", "a-shown", "a-others", SELF],
] as const)("at %s, where %s is known and %s is not", (name, shown, hidden, asking) => {
  it(`${asking.subject} cannot tell it from one that there is not`, async () => {
    expect((await ask(name, shown, asking)).traced.length).toBeGreaterThan(0);
    const [secret, missing] = [await ask(name, hidden, asking), await ask(name, `${hidden.slice(0, 1)}-nobody`, asking)];
    expect(secret).toEqual(missing);
    expect(secret.commands.length).toBeGreaterThan(0);
    expect(secret.traced).toEqual([]);
  });
});
