// The audit where it matters: nothing about a person is read before it is written down who reads it, and the person sees it (L12).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { openAudit, type Audit, type Entry } from "../../subgraphs/audit/audit.ts";
import { openEntry } from "../../subgraphs/audit/entry.ts";
import { readLines } from "../../subgraphs/audit/journal.ts";
import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import { AuditUnavailable } from "../../subgraphs/law/law.ts";
import { createWorld, type World } from "../../subgraphs/world/world.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { NIR_KEY } from "./beneficiaries-world.ts";

const AT = "2026-03-02T09:00:00Z";
const REFERENT = { subject: "r", professionalId: "pro-92-referent", partnerId: "dept-92", purpose: "SUPPORT", scopes: new Set(["beneficiary:identity"]) } as const;
const SELF = { personId: "b1", purpose: "SELF_ACCESS", scopes: new Set(["self:read"]) } as const;

let folder: string;
let audit: Audit;
let subgraph: TestSubgraph;
const told: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parcours-reads-"));
  audit = await openAudit({ folder, name: "beneficiaries", signingKeyFile: null, months: 12, now: () => new Date(AT), told: (what) => void told.push(what) });
  const beneficiaries = createBeneficiaries({ blindingKey: NIR_KEY, tickets: createTestTickets().issuer });
  subgraph = await openTestSubgraph(beneficiaries, { at: AT, world: worldOf("b1"), audit: { begin: (facts) => trail(facts) } });
  if (subgraph.open.readIndex !== null) audit.follow(subgraph.open.readIndex);
}, 120_000);
afterAll(async () => {
  await subgraph.close();
  await audit.close();
  await rm(folder, { recursive: true, force: true });
});

/** The demonstration world with the files of one household alone. */
function worldOf(id: string): World {
  const world = createWorld("2026-03-02");
  const household = world.people.find((person) => person.id === id)?.householdId ?? null;
  const people = world.people.filter((person) => person.id === id || (household !== null && person.householdId === household));
  const ids = new Set(people.map((person) => person.id));
  return { ...world, people, pathways: world.pathways.filter(({ personId }) => ids.has(personId)), referrals: world.referrals.filter(({ personId }) => ids.has(personId)) };
}

let trail: Audit["begin"] = (facts) => audit.begin(facts);

async function entries(): Promise<Entry[]> {
  const all: Entry[] = [];
  for await (const line of readLines(folder, 0)) {
    const entry = openEntry(line, line.k === null ? null : (audit.log.keys.keyNamed(line.k) ?? null));
    if (entry !== null) all.push(entry);
  }
  return all;
}

async function entriesOf(query: string, caller: Parameters<TestSubgraph["ask"]>[2]): Promise<Entry[]> {
  const before = (await entries()).length;
  await subgraph.ask(query, {}, caller);
  return (await entries()).slice(before);
}

describe("a reading", () => {
  it("leaves an intent that names all that is asked for, and one outcome, without a value", async () => {
    const [intent, outcome, ...more] = await entriesOf('query File { beneficiary(id: "b1") { id ageBand needs { theme description } pathways { status } } }', REFERENT);
    const asked = ["Beneficiary.ageBand", "Beneficiary.needs", "Beneficiary.pathways", "Pathway.status"];
    expect(intent).toMatchObject({ kind: "intent", personId: "b1", professionalId: "pro-92-referent", partnerId: "dept-92", purpose: "SUPPORT", operationName: "File", self: false, asked });
    expect(outcome).toMatchObject({ kind: "outcome", personId: "b1", bases: ["SAME_CARE_TEAM"], read: asked, refused: {}, rows: expect.any(Number) });
    expect(more).toEqual([]);
    expect(JSON.stringify([intent, outcome])).not.toMatch(/logement--|ADULT|AGE_|YEARS/);
  });

  it("of nobody leaves nothing", async () => {
    expect(await entriesOf('{ beneficiary(id: "nobody") { ageBand } }', REFERENT)).toEqual([]);
    expect(await entriesOf('{ beneficiary(id: "b1") { id withheld { path } } }', REFERENT)).toEqual([]);
  });

  it("that is refused leaves who tried", async () => {
    const stranger = { ...REFERENT, professionalId: "pro-ngo-unknown", partnerId: "ngo-toit-et-vie" };
    const [refusal, ...more] = await entriesOf('{ beneficiary(id: "b1") { ageBand } }', stranger);
    expect(refusal).toMatchObject({ kind: "refusal", personId: "b1", professionalId: "pro-ngo-unknown", refused: { "Beneficiary.ageBand": expect.any(String) } });
    expect(more).toEqual([]);
  });

  it("of a ticket that opens records elsewhere is one, and of a ticket that opens nothing is none", async () => {
    const query = '{ _entities(representations: [{ __typename: "Beneficiary", id: "b1" }]) { ... on Beneficiary { sharingTicket } } }';
    expect((await entriesOf(query, REFERENT)).map(({ kind }) => kind)).toEqual(["intent", "outcome"]);
    expect(await entriesOf(query, { ...REFERENT, professionalId: "unknown" })).toEqual([]);
  });

  it("does not happen when it cannot be written down", async () => {
    const unavailable = new AuditUnavailable("disk full");
    trail = (facts) => ({ ...audit.begin(facts), before: () => Promise.reject(unavailable) });
    const { data, errors } = await subgraph.ask('{ beneficiary(id: "b1") { id ageBand identity { birthName } pathways { id } } }', {}, REFERENT);
    trail = (facts) => audit.begin(facts);
    expect(JSON.parse(JSON.stringify(data))).toEqual({ beneficiary: { id: "b1", ageBand: null, identity: null, pathways: null } });
    expect(errors?.map(({ originalError }) => originalError)).toEqual([unavailable, unavailable, unavailable]);
  });
});

type Said = Readonly<Record<string, unknown>>;

describe("the access log", () => {
  const query = (id: string) => `{ accessLog(beneficiaryId: "${id}", first: 200) { totalCount nodes { byProfessionalId purpose decision basis } groups { day byPartnerId purpose times refused text } } }`;
  const log = async (id: string, caller: Parameters<TestSubgraph["ask"]>[2]) => {
    await audit.settle();
    return JSON.parse(JSON.stringify((await subgraph.ask(query(id), {}, caller)).data)).accessLog;
  };

  it("shows the person who read, in plain words", async () => {
    await subgraph.ask('{ beneficiary(id: "b1") { needs { theme } } }', {}, REFERENT);
    const { nodes, groups } = await log("b1", SELF);
    expect(nodes[0]).toEqual({ byProfessionalId: "pro-92-referent", purpose: "SUPPORT", decision: "ALLOWED", basis: ["SAME_CARE_TEAM"] });
    expect(groups[0]).toMatchObject({ day: "2026-03-02", byPartnerId: "dept-92", purpose: "SUPPORT" });
    expect(groups.find(({ byPartnerId, day }: { byPartnerId: string; day: string }) => byPartnerId === "ngo-toit-et-vie" && day === "2026-03-02").text).toMatch(/refusé/);
    expect(groups[0].text).toMatch(/^A lu \d+ fois .*vos besoins.*\. C’était pour vous accompagner\.$/);
  });

  it("is made anew from the log when the database lost it", async () => {
    const events = subgraph.store.connection.collection("accessEvents");
    const before = (await log("b1", SELF)).totalCount;
    await events.deleteMany({ log: { $ne: null } });
    await subgraph.store.connection.collection("readingPlaces").deleteMany({});
    if (subgraph.open.readIndex !== null) audit.follow(subgraph.open.readIndex);
    expect((await log("b1", SELF)).totalCount).toBe(before);
  });

  it("shows an auditor what their own partner read, the département's stewards all, and others nothing", async () => {
    const auditor = { ...REFERENT, scopes: new Set(["audit:read"]) };
    const all = await log("b1", { ...auditor, scopes: new Set(["audit:read", "identity:merge"]) });
    expect(new Set(all.groups.map(({ byPartnerId }: { byPartnerId: string }) => byPartnerId)).size).toBeGreaterThan(1);
    expect(new Set((await log("b1", { ...auditor, partnerId: "ngo-toit-et-vie" })).groups.map(({ byPartnerId }: { byPartnerId: string }) => byPartnerId))).toEqual(new Set(["ngo-toit-et-vie"]));
    expect((await log("b1", REFERENT)).totalCount).toBe(0);
  });

  it("holds back who is there for a child's evaluation alone, for whatever they read, and an evaluation whose ground is not known (L4)", async () => {
    const { connection } = subgraph.store;
    const [people, grants, events] = (["people", "grants", "accessEvents"] as const).map((name) => connection.collection<{ _id: string }>(name));
    const protecting = { professionalId: "crip", partnerId: "dept-92", role: "CONTRIBUTOR", since: "2026-01-01", until: null, childProtection: true };
    const both = { ...protecting, professionalId: "both" };
    await people?.updateOne({ _id: "b1" }, { $push: { team: { $each: [protecting, both, { ...both, childProtection: false }] } } } as never);
    const before = (await log("b1", SELF)).totalCount;
    const read = (by: string, purpose: string, bases: readonly string[] = ["SAME_CARE_TEAM"]) => ({ _id: `${by} ${purpose} ${bases.length}`, personId: "b1", at: new Date(AT), byProfessionalId: by, byPartnerId: "dept-92", purpose, bases, fields: [], decision: "ALLOWED", operationName: null });
    await events?.insertMany([read("crip", "SUPPORT"), read("crip", "EVALUATION"), read("both", "EVALUATION"), read("x", "EVALUATION", []), read("both", "SUPPORT"), read("x", "EVALUATION")] as never);
    await grants?.insertOne({ _id: "evaluation-2", personId: "b1", basis: "CHILD_PROTECTION", status: "ACTIVE", givenAt: new Date(AT), expiresAt: null } as never);
    const { nodes, totalCount } = await log("b1", SELF);
    const added = nodes.filter(({ byProfessionalId }: Said) => ["crip", "both", "x"].includes(String(byProfessionalId)));
    expect(added.map(({ byProfessionalId, purpose }: Said) => `${String(byProfessionalId)} ${String(purpose)}`).sort()).toEqual(["both SUPPORT", "x EVALUATION"]);
    expect(totalCount).toBe(before + 2);
    await grants?.deleteOne({ _id: "evaluation-2" });
    await people?.updateOne({ _id: "b1" }, { $pull: { team: { professionalId: { $in: ["crip", "both"] } } } } as never);
    await events?.deleteMany({ byProfessionalId: { $in: ["crip", "both", "x"] } });
  });

  it("tells auditors and stewards of a child's protection only where they may read of it, before and after an evaluation (L4)", async () => {
    const { connection } = subgraph.store;
    const [people, grants, events] = (["people", "grants", "accessEvents"] as const).map((name) => connection.collection<{ _id: string }>(name));
    const protecting = { professionalId: "crip", partnerId: "dept-92", role: "CONTRIBUTOR", since: "2026-01-01", until: null, childProtection: true };
    const both = { ...protecting, professionalId: "both" };
    await people?.updateOne({ _id: "b1" }, { $push: { team: { $each: [protecting, both, { ...both, childProtection: false }] } } } as never);
    const read = (by: string, purpose: string, bases: readonly string[]) => ({ _id: `${by} ${purpose} ${bases.join()}`, personId: "b1", at: new Date(AT), byProfessionalId: by, byPartnerId: "dept-92", purpose, bases, fields: [], decision: "ALLOWED", operationName: null });
    const inserted = [read("x", "CHILD_PROTECTION", []), read("x", "SUPPORT", ["CHILD_PROTECTION"]), read("crip", "SUPPORT", []), read("both", "EVALUATION", ["SAME_CARE_TEAM"]), read("x", "EVALUATION", []), read("both", "SUPPORT", [])];
    const shownTo = async (by: Parameters<TestSubgraph["ask"]>[2]) => {
      const { nodes, totalCount } = await log("b1", by);
      const ofTest = nodes.filter(({ byProfessionalId }: Said) => ["crip", "both", "x"].includes(String(byProfessionalId)));
      return { shown: ofTest.map(({ byProfessionalId, purpose }: Said) => `${String(byProfessionalId)} ${String(purpose)}`).sort(), counted: totalCount - (nodes.length - ofTest.length) };
    };
    const auditor = { ...REFERENT, scopes: new Set(["audit:read"]) };
    const steward = { ...auditor, scopes: new Set(["audit:read", "identity:merge"]) };
    await events?.insertMany(inserted as never);
    for (const by of [auditor, steward]) expect(await shownTo(by)).toEqual({ shown: ["both SUPPORT", "x EVALUATION"], counted: 2 });
    await grants?.insertOne({ _id: "evaluation-3", personId: "b1", basis: "CHILD_PROTECTION", status: "ACTIVE", purpose: "CHILD_PROTECTION", toPartnerIds: ["dept-92"], professionalIds: [], dataCategories: ["CHILD_PROTECTION"], givenAt: new Date("2026-01-01"), expiresAt: null, withdrawnAt: null, informedAt: new Date("2026-01-01"), informedException: null } as never);
    for (const by of [auditor, steward]) expect(await shownTo(by)).toEqual({ shown: ["both SUPPORT"], counted: 1 });
    const standings = connection.collection<{ _id: string }>("standings");
    const before = await standings.findOne({ _id: "pro-92-referent" });
    await standings.updateOne({ _id: "pro-92-referent" }, { $set: { missions: ["CRIP"], secrecyBasis: "CASF L.221-6" }, $push: { "habilitation.purposes": "CHILD_PROTECTION", "habilitation.dataCategories": "CHILD_PROTECTION" } } as never);
    for (const by of [auditor, steward]) expect((await shownTo({ ...by, purpose: "CHILD_PROTECTION" })).counted).toBe(inserted.length);
    await standings.replaceOne({ _id: "pro-92-referent" }, before ?? {});
    await grants?.deleteOne({ _id: "evaluation-3" });
    await people?.updateOne({ _id: "b1" }, { $pull: { team: { professionalId: { $in: ["crip", "both"] } } } } as never);
    await audit.settle();
    await events?.deleteMany({ $or: [{ byProfessionalId: { $in: ["crip", "both", "x"] } }, { purpose: "CHILD_PROTECTION" }] });
  });

  it("holds back what would warn a violent partner or the guardian of a child at risk, until the reason ends", async () => {
    const { connection } = subgraph.store;
    const [people, grants, events] = [connection.collection("people"), connection.collection("grants"), connection.collection("accessEvents")];
    const all = (await log("b1", SELF)).totalCount;
    const warning = { _id: "warning" as never, personId: "b1", at: new Date("2025-12-02T09:00:00Z"), byProfessionalId: "x", byPartnerId: "dept-92", purpose: "CHILD_PROTECTION", fields: [], decision: "ALLOWED", operationName: null };
    await events.insertOne(warning);
    // Three months from the alert an evaluation may not have begun yet.
    expect((await log("b1", SELF)).totalCount).toBe(all);
    await events.updateOne({ _id: warning._id }, { $set: { at: new Date("2025-12-01T09:00:00Z") } });
    expect((await log("b1", SELF)).totalCount).toBe(all + 1);
    const evaluation = { _id: "evaluation" as never, personId: "b1", basis: "CHILD_PROTECTION", status: "ACTIVE", givenAt: new Date(AT), expiresAt: null };
    await grants.insertOne(evaluation);
    expect((await log("b1", SELF)).totalCount).toBe(all);
    await grants.updateOne({ _id: evaluation._id }, { $set: { status: "EXPIRED" } });
    expect((await log("b1", SELF)).totalCount).toBe(all + 1);
    await people.updateOne({ _id: "b1" as never }, { $set: { "contact.safeToContact": false } });
    expect(await log("b1", SELF)).toEqual({ totalCount: 0, nodes: [], groups: [] });
    await people.updateOne({ _id: "b1" as never }, { $set: { "contact.safeToContact": true } });
    expect((await log("b1", SELF)).totalCount).toBe(all + 1);
  });
});
