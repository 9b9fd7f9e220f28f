// Access in an emergency (L1, L14): one person, one purpose, an hour; told, counted, reviewed by somebody else.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import { createTelling } from "../../subgraphs/beneficiaries/subgraph.ts";
import { explainStages, NIR_KEY, NOW, SLOW_STAGES } from "./beneficiaries-world.ts";
import { B1, FAR_AWAY, FAR_COLLEAGUE, LAPSED, NGO, openGrantsWorld, REFERENT, type GrantsWorld } from "./grants-world.ts";

let file: GrantsWorld;
beforeAll(async () => void (file = await openGrantsWorld()));
afterAll(() => file.close());

const WRITTEN = ["emergencies", "emergencyTallies", "notifications", "alarms", "writes", "deeds", "turns"];
beforeEach(async () => {
  for (const name of WRITTEN) await file.store.connection.collection(name).deleteMany({});
  file.alarms.length = 0;
});

type Said = Record<string, unknown>;
type Payload = { readonly emergencyAccess: (Said & { readonly id: string }) | null; readonly errors: readonly Said[] };

let keys = 0;
const nextKey = () => `key-${(keys += 1)}`;

const ACCESS = "id purpose reason text openedAt until reviewDueAt state byProfessional { id } review { verdict comment at byProfessional { id } } beneficiary { id identity { birthName } }";
const ERRORS = "errors { code field message }";
const OPEN = `mutation Open($input: OpenEmergencyAccessInput!, $key: ID!) { openEmergencyAccess(input: $input, idempotencyKey: $key) { emergencyAccess { ${ACCESS} } ${ERRORS} } }`;
const REVIEW = `mutation Review($input: ReviewEmergencyAccessInput!, $key: ID!) { reviewEmergencyAccess(input: $input, idempotencyKey: $key) { emergencyAccess { ${ACCESS} } ${ERRORS} } }`;

const TEXT = "Menace de passage à l’acte, adresse inconnue";

async function open(by: Partial<Caller>, { key = nextKey(), ...said }: Said & { key?: string } = {}): Promise<Payload> {
  const { data, errors } = await file.ask(OPEN, { input: { beneficiaryId: "b1", reason: "SUICIDE_RISK", text: TEXT, ...said }, key }, by);
  expect(errors).toBeUndefined();
  return (data as unknown as { openEmergencyAccess: Payload }).openEmergencyAccess;
}

async function review(id: string, by: Partial<Caller>, verdict = "JUSTIFIED"): Promise<Payload> {
  const { data, errors } = await file.ask(REVIEW, { input: { emergencyAccessId: id, verdict, comment: "Appel au 15 confirmé" }, key: nextKey() }, by);
  expect(errors).toBeUndefined();
  return (data as unknown as { reviewEmergencyAccess: Payload }).reviewEmergencyAccess;
}

const FILE = "query File($id: ID!) { beneficiary(id: $id) { identity { birthName } household { tenancy { rentArrears } } withheld { path reason } } }";

async function nameSeenBy(by: Partial<Caller>, id = "b1"): Promise<unknown> {
  const { data } = await file.ask(FILE, { id }, by);
  return (data as unknown as { beneficiary: { identity: Said | null } | null }).beneficiary?.identity?.["birthName"] ?? null;
}

async function list(by: Partial<Caller>, state: string | null = null): Promise<unknown[]> {
  const { data } = await file.ask("query List($state: EmergencyAccessState) { emergencyAccesses(state: $state) { totalCount nodes { id state text } } }", { state }, by);
  const found = (data as unknown as { emergencyAccesses: { totalCount: number; nodes: Said[] } }).emergencyAccesses;
  expect(found.totalCount).toBe(found.nodes.length);
  return found.nodes;
}

function codes({ errors }: Payload): unknown[] {
  return errors.map(({ code, field }) => [code, field]);
}

describe("an access in an emergency", () => {
  it("opens the file without convention or grant, for an hour of the clock", async () => {
    expect(await nameSeenBy(FAR_AWAY)).toBeNull();
    const { emergencyAccess, errors } = await open(FAR_AWAY);
    expect(errors).toEqual([]);
    expect(emergencyAccess).toMatchObject({ purpose: "SUPPORT", reason: "SUICIDE_RISK", text: TEXT, state: "TO_REVIEW", byProfessional: { id: "pro-14-one" }, review: null, beneficiary: { identity: { birthName: "Lefèvre" } } });
    const minutes = (end: string) => (Date.parse(String(emergencyAccess?.[end])) - Date.parse(String(emergencyAccess?.["openedAt"]))) / 60_000;
    expect([minutes("until"), minutes("reviewDueAt")]).toEqual([60, 72 * 60]);
    file.pass(59);
    expect(await nameSeenBy(FAR_AWAY)).toBe("Lefèvre");
    file.pass(1);
    expect(await nameSeenBy(FAR_AWAY)).toBeNull();
  });

  it("opens nothing to a colleague, of another person, or for another purpose", async () => {
    await open(FAR_AWAY);
    expect(await nameSeenBy(FAR_AWAY)).toBe("Lefèvre");
    expect([await nameSeenBy(FAR_COLLEAGUE), await nameSeenBy(FAR_AWAY, "b2"), await nameSeenBy({ ...FAR_AWAY, purpose: "EVALUATION" })]).toEqual([null, null, null]);
  });

  it("does not open what saves no life: money stays withheld", async () => {
    await open(FAR_AWAY);
    const { data } = await file.ask(FILE, { id: "b1" }, FAR_AWAY);
    expect(data).toMatchObject({ beneficiary: { household: { tenancy: null } } });
  });

  it.each<[string, Said, unknown]>([
    ["an empty text", { text: "  " }, ["BAD_USER_INPUT", "text"]],
    ["a text without end", { text: "x".repeat(4_001) }, ["BAD_USER_INPUT", "text"]],
  ])("is refused with %s", async (_name, said, code) => {
    expect(codes(await open(FAR_AWAY, said))).toEqual([code]);
    for (const name of WRITTEN) expect(await file.rows(name)).toEqual([]);
  });

  it("is refused by the schema without a reason of the list", async () => {
    const { errors } = await file.ask(OPEN, { input: { beneficiaryId: "b1", text: TEXT }, key: nextKey() }, FAR_AWAY);
    expect(errors).toHaveLength(1);
  });

  it.each<[string, Partial<Caller>, string]>([
    ["whose habilitation has lapsed", LAPSED, "b1"],
    ["who acts for another organisation than the own", { ...FAR_AWAY, partnerId: "dept-92" }, "b1"],
    ["without a purpose", { ...FAR_AWAY, purpose: null }, "b1"],
    ["without the scope", { ...FAR_AWAY, scopes: new Set<string>() }, "b1"],
    ["who is not bound by secrecy, of a child whom protection alone made known (L4)", NGO, "c1"],
  ])("looks to somebody %s like one of nobody", async (_name, by, beneficiaryId) => {
    const known = await open(by, { beneficiaryId });
    expect(JSON.stringify(known)).toBe(JSON.stringify(await open(by, { beneficiaryId: "nobody" })));
    expect(codes(known)).toEqual([["NOT_ALLOWED", null]]);
  });

  it("is opened to an association in the same way, for whom is no secret", async () => {
    expect(codes(await open(NGO))).toEqual([]);
  });

  it("is a deed in the same transaction, and keeps its words sealed", async () => {
    const { emergencyAccess } = await open(FAR_AWAY);
    expect(await file.rows("deeds")).toMatchObject([{ mutation: "openEmergencyAccess", personId: "b1", subjectId: emergencyAccess?.id, byProfessionalId: "pro-14-one", byPartnerId: "dept-14", purpose: "SUPPORT" }]);
    const all = await Promise.all(WRITTEN.map((name) => file.rows(name)));
    expect(JSON.stringify(all)).not.toMatch(/Menace|passage/);
  });

  it("is opened once for one key, twenty times at once", async () => {
    const key = nextKey();
    const payloads = await Promise.all(Array.from({ length: 20 }, () => open(FAR_AWAY, { key })));
    expect(new Set(payloads.map(({ emergencyAccess }) => emergencyAccess?.id)).size).toBe(1);
    expect([(await file.rows("emergencies")).length, (await file.rows("notifications")).length]).toEqual([1, 2]);
  }, 60_000);
});

describe("who is told", () => {
  it("is the referent, then the person", async () => {
    await open(FAR_AWAY);
    const told = await file.rows("notifications");
    expect(told).toHaveLength(2);
    expect(told).toContainEqual(expect.objectContaining({ order: 1, toProfessionalId: "pro-92-referent", state: "TO_SEND", personId: "b1" }));
    expect(told).toContainEqual(expect.objectContaining({ order: 2, toPersonId: "b1", state: "TO_SEND" }));
  });

  it("is not the person while a message endangers her", async () => {
    const people = file.store.connection.collection<{ _id: string }>("people");
    await people.updateOne({ _id: "b1" }, { $set: { "contact.safeToContact": false } });
    await open(FAR_AWAY);
    await people.updateOne({ _id: "b1" }, { $set: { "contact.safeToContact": true } });
    expect(await file.rows("notifications", { toPersonId: "b1" })).toMatchObject([{ state: "HELD" }]);
  });

  it.each<[string, Partial<Caller>, Said]>([
    ["for that purpose", { ...FAR_AWAY, purpose: "CHILD_PROTECTION" }, {}],
    ["for that reason", FAR_AWAY, { reason: "CHILD_IN_DANGER" }],
  ])("is not the family of a child who is to be protected, where it was opened %s (L4)", async (_name, by, said) => {
    const standings = file.store.connection.collection<{ _id: string }>("standings");
    await standings.updateOne({ _id: "pro-14-one" }, { $push: { "habilitation.purposes": "CHILD_PROTECTION" } } as never);
    expect(codes(await open(by, said))).toEqual([]);
    await standings.updateOne({ _id: "pro-14-one" }, { $pull: { "habilitation.purposes": "CHILD_PROTECTION" } } as never);
    expect(await file.rows("notifications", { toPersonId: "b1" })).toMatchObject([{ state: "HELD" }]);
    expect(await file.rows("notifications", { order: 1 })).toMatchObject([{ state: "TO_SEND" }]);
    file.pass(120);
    const { data } = await file.ask("{ notifications { totalCount } }", {}, B1);
    expect(data).toEqual({ notifications: { totalCount: 0 } });
  });

  it("is the file's holder where the referent opened it themself", async () => {
    await open(REFERENT);
    expect(await file.rows("notifications", { order: 1 })).toMatchObject([{ toPartnerId: "dept-92", toProfessionalId: null }]);
  });
});

describe("the review", () => {
  it("is by a second professional of the same organisation, once", async () => {
    const id = (await open(FAR_AWAY)).emergencyAccess?.id ?? "";
    expect(codes(await review(id, FAR_AWAY))).toEqual([["SELF_REVIEW", null]]);
    expect(codes(await review(id, REFERENT))).toEqual([["NOT_ALLOWED", null]]);
    expect(codes(await review("emergency-none", FAR_COLLEAGUE))).toEqual([["NOT_ALLOWED", null]]);
    const { emergencyAccess } = await review(id, FAR_COLLEAGUE);
    expect(emergencyAccess).toMatchObject({ id, state: "REVIEWED", review: { verdict: "JUSTIFIED", comment: "Appel au 15 confirmé", byProfessional: { id: "pro-14-two" } }, beneficiary: { identity: null } });
    expect(codes(await review(id, FAR_COLLEAGUE))).toEqual([["STATE_CONFLICT", "emergencyAccessId"]]);
    expect(await nameSeenBy(FAR_AWAY)).toBe("Lefèvre");
    expect(file.alarms).toEqual([]);
  });

  it("that finds it not justified ends it at once and raises an alarm", async () => {
    const id = (await open(FAR_AWAY)).emergencyAccess?.id ?? "";
    await review(id, FAR_COLLEAGUE, "NOT_JUSTIFIED");
    expect(await nameSeenBy(FAR_AWAY)).toBeNull();
    expect(file.alarms).toMatchObject([{ kind: "EMERGENCY_NOT_JUSTIFIED", partnerId: "dept-14" }]);
    expect(await file.rows("alarms")).toMatchObject([{ kind: "EMERGENCY_NOT_JUSTIFIED", emergencyId: id, professionalId: "pro-14-one" }]);
  });

  it.each<[string, Said, Partial<Caller>]>([
    ["for that purpose", {}, { purpose: "CHILD_PROTECTION" }],
    ["for that reason", { reason: "CHILD_IN_DANGER" }, {}],
    ["of a child whom protection alone made known", { beneficiaryId: "c1" }, {}],
  ])("of what protects a child, opened %s, is for reviewers bound by secrecy: to others there is none, and none is counted (L4)", async (_name, said, by) => {
    const standings = file.store.connection.collection<{ _id: string }>("standings");
    await standings.updateOne({ _id: "pro-14-one" }, { $push: { "habilitation.purposes": "CHILD_PROTECTION" } } as never);
    const id = (await open({ ...FAR_AWAY, ...by }, said)).emergencyAccess?.id ?? "";
    await standings.updateOne({ _id: "pro-14-one" }, { $pull: { "habilitation.purposes": "CHILD_PROTECTION" } } as never);
    await createTelling({ connection: file.store.connection, send: null, blindingKey: NIR_KEY, now: () => new Date(Date.parse(NOW) + 240 * 3_600_000), told: () => undefined }).round();
    const other = (await open(FAR_AWAY)).emergencyAccess?.id ?? "";
    const late = async (): Promise<unknown[]> => {
      const { data } = await file.ask("{ notifications { totalCount nodes { kind subjectId } } }", {}, FAR_COLLEAGUE);
      const { nodes, totalCount } = (data as unknown as { notifications: { nodes: Said[]; totalCount: number } }).notifications;
      expect(totalCount).toBe(nodes.length);
      return nodes.filter(({ subjectId }) => subjectId === id);
    };
    expect((await list(FAR_COLLEAGUE)).length).toBe(2);
    expect(await late()).toMatchObject([{ kind: "EMERGENCY_REVIEW_OVERDUE" }]);
    await standings.updateOne({ _id: "pro-14-two" }, { $set: { secrecyBasis: null } } as never);
    expect(await list(FAR_COLLEAGUE)).toMatchObject([{ id: other }]);
    expect(await late()).toEqual([]);
    const refused = await review(id, FAR_COLLEAGUE);
    expect(JSON.stringify(refused)).toBe(JSON.stringify(await review("emergency-none", FAR_COLLEAGUE)));
    await standings.updateOne({ _id: "pro-14-two" }, { $set: { secrecyBasis: "CASF L.411-3" } } as never);
    expect(codes(await review(id, FAR_COLLEAGUE))).toEqual([]);
  });

  it("is listed for the organisation until it is done, and overdue after 72 hours", async () => {
    const id = (await open(FAR_AWAY)).emergencyAccess?.id ?? "";
    expect(await list(FAR_COLLEAGUE, "TO_REVIEW")).toEqual([{ id, state: "TO_REVIEW", text: TEXT }]);
    file.pass(72 * 60 - 1);
    expect([(await list(FAR_COLLEAGUE, "TO_REVIEW")).length, (await list(FAR_COLLEAGUE, "OVERDUE")).length]).toEqual([1, 0]);
    file.pass(1);
    expect([await list(FAR_COLLEAGUE, "TO_REVIEW"), await list(FAR_COLLEAGUE, "OVERDUE")]).toMatchObject([[], [{ id, state: "OVERDUE" }]]);
    expect([await list(REFERENT), await list({ ...FAR_COLLEAGUE, scopes: new Set<string>() })]).toEqual([[], []]);
    await review(id, FAR_COLLEAGUE);
    expect([await list(FAR_COLLEAGUE, "OVERDUE"), await list(FAR_COLLEAGUE, "REVIEWED")]).toMatchObject([[], [{ id, state: "REVIEWED" }]]);
  });

  it("is found by an index", async () => {
    await list(FAR_COLLEAGUE, "OVERDUE");
    const [found] = file.commands.filter(({ name, command }) => name === "find" && command["find"] === "emergencies");
    expect(found).toBeDefined();
    if (found !== undefined) expect(await explainStages(file, found)).not.toEqual(expect.arrayContaining([expect.stringMatching(new RegExp(SLOW_STAGES.join("|")))]));
  });
});

describe("more than three a week by one professional", () => {
  it("are opened all the same, and raise an alarm that names nobody in the log", async () => {
    for (let count = 1; count <= 3; count += 1) await open(FAR_AWAY);
    expect(file.alarms).toEqual([]);
    expect((await open(FAR_AWAY)).errors).toEqual([]);
    expect(file.alarms).toEqual([{ event: "emergency-alarm", kind: "EMERGENCY_RATE", alarmId: expect.any(String), partnerId: "dept-14" }]);
    expect(await file.rows("alarms")).toMatchObject([{ kind: "EMERGENCY_RATE", professionalId: "pro-14-one" }]);
  });

  it("are counted although they are opened at once", async () => {
    await Promise.all(Array.from({ length: 5 }, () => open(FAR_AWAY)));
    expect(file.alarms).toHaveLength(2);
  }, 60_000);

  it("are not those of two professionals, nor of two weeks", async () => {
    for (let count = 1; count <= 3; count += 1) await open(FAR_AWAY);
    await open(FAR_COLLEAGUE);
    file.pass(7 * 24 * 60);
    await open(FAR_AWAY);
    expect(file.alarms).toEqual([]);
  });

  it("raise no second alarm when the fourth is asked for again", async () => {
    const key = nextKey();
    for (let count = 1; count <= 3; count += 1) await open(FAR_AWAY);
    await open(FAR_AWAY, { key });
    await open(FAR_AWAY, { key });
    expect(file.alarms).toHaveLength(1);
  });
});

describe("lists of what happened and what is asked", () => {
  const QUERY = `{ emergencyAccesses { ...Kept withheld { path reason count } } notifications { withheld { path reason count } }
    rectificationRequests { withheld { path reason count } } } fragment Kept on EmergencyAccessConnection { totalCount nodes { id } }`;

  it("say why they are empty for whoever may not read them, and nothing of what is in them; one's own notifications are one's own", async () => {
    await open(FAR_AWAY);
    const hidden = [{ path: "nodes", reason: "NOT_HABILITATED", count: null }];
    const { data } = await file.ask(QUERY, {}, LAPSED);
    expect(data).toEqual({
      emergencyAccesses: { totalCount: 0, nodes: [], withheld: hidden },
      notifications: { withheld: [] },
      rectificationRequests: { withheld: hidden },
    });
  });

  it("withhold nothing from whoever reads them", async () => {
    await open(FAR_AWAY);
    const { data } = await file.ask(QUERY, {}, FAR_COLLEAGUE);
    expect(data).toMatchObject({ emergencyAccesses: { totalCount: 1, withheld: [] }, notifications: { withheld: [] }, rectificationRequests: { withheld: [] } });
  });
});
