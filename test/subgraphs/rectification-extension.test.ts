// The month within which a request is answered may be made three, once, if the person is told so with why within the first
// (L14, GDPR art. 12.3). An objection has no such clock: it holds at once.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { createBeneficiaries, createTelling } from "../../subgraphs/beneficiaries/subgraph.ts";
import { openPersonDoor, type Caller } from "../../subgraphs/kit/kit.ts";
import { openDemonstrationKeys } from "../../subgraphs/sealed/sealed.ts";
import { createTestTickets } from "../harness/law.ts";
import { NIR_KEY } from "./beneficiaries-world.ts";
import { B1, B2, CHILD_WORKER, COLLEAGUE, FAR_AWAY, NGO, openGrantsWorld, REFERENT, type GrantsWorld } from "./grants-world.ts";

type Json = Record<string, unknown>;

const WHY = "Nous attendons l’acte de naissance de l’étranger.";
const DAY = 24 * 60;

let file: GrantsWorld;
beforeAll(async () => void (file = await openGrantsWorld()));
afterAll(() => file.close());
beforeEach(async () => {
  for (const name of ["rectifications", "notifications", "writes", "deeds", "turns"]) await file.store.connection.collection(name).deleteMany({});
  await people().updateMany({}, { $set: { "contact.safeToContact": true } });
});

const people = () => file.store.connection.collection<{ _id: string }>("people");
let keys = 0;

async function write(mutation: string, type: string, { input, by, key = `extension-${(keys += 1)}` }: { input: Json; by: Partial<Caller>; key?: string }): Promise<Json & { request: Json | null; errors: Json[] }> {
  const query = `mutation M($input: ${type}!, $key: ID!) {
    ${mutation}(input: $input, idempotencyKey: $key) { request { id state dueAt overdue extension { at reason } } errors { code field message } }
  }`;
  const { data, errors } = await file.ask(query, { input, key }, by);
  expect(errors).toBeUndefined();
  return JSON.parse(JSON.stringify(data))[mutation];
}

const extend = (requestId: string, said: { reason?: string; by?: Partial<Caller>; key?: string } = {}) =>
  write("extendRectification", "ExtendRectificationInput", { input: { requestId, reason: said.reason ?? WHY }, by: said.by ?? COLLEAGUE, ...(said.key !== undefined && { key: said.key }) });

async function asked(by: Partial<Caller> = B1, said: Json = {}): Promise<string> {
  const { request } = await write("requestRectification", "RectificationInput", { input: { beneficiaryId: "b1", category: "IDENTITY", statement: "Mon nom", ...said }, by });
  return String(request?.["id"]);
}

async function listed(by: Partial<Caller> = B1): Promise<Json[]> {
  const { data } = await file.ask("{ rectificationRequests { nodes { id dueAt overdue extension { at reason } } } }", {}, by);
  return JSON.parse(JSON.stringify(data)).rectificationRequests.nodes;
}

async function told(): Promise<unknown[]> {
  const rows = await file.rows("notifications");
  return rows.map(({ kind, toProfessionalId, toPartnerId, toPersonId, state }) => [kind, toProfessionalId ?? toPartnerId ?? toPersonId, state]).sort();
}

const EXTENDED = { dueAt: "2026-06-02T09:00:00.000Z", overdue: false, extension: { at: "2026-03-02T09:00:00.000Z", reason: WHY } };

describe("the time for an answer", () => {
  it("is three months instead of one, and the person reads until when and why", async () => {
    const id = await asked();
    expect((await listed())[0]).toMatchObject({ dueAt: "2026-04-02T09:00:00.000Z", extension: null });
    expect(await extend(id)).toEqual({ request: { id, state: "OPEN", ...EXTENDED }, errors: [] });
    expect(await listed()).toEqual([{ id, ...EXTENDED }]);
    expect(await listed(REFERENT)).toEqual([{ id, ...EXTENDED }]);
  });

  it("decides from then on whether an answer is late", async () => {
    const id = await asked();
    await extend(id);
    file.pass(92 * DAY);
    expect((await listed())[0]).toMatchObject({ overdue: false });
    file.pass(1);
    expect((await listed())[0]).toMatchObject({ overdue: true });
    file.pass(-92 * DAY - 1);
  });

  it("is told to the person, and by message", async () => {
    const id = await asked();
    await extend(id);
    expect(await told()).toEqual([["RECTIFICATION_EXTENDED", "b1", "TO_SEND"]]);
    const { data } = await file.ask("{ notifications { nodes { kind subjectId } } }", {}, B1);
    file.pass(61);
    const later = await file.ask("{ notifications { nodes { kind subjectId } } }", {}, B1);
    file.pass(-61);
    expect(JSON.parse(JSON.stringify(data)).notifications.nodes).toEqual([]);
    expect(JSON.parse(JSON.stringify(later.data)).notifications.nodes).toEqual([{ kind: "RECTIFICATION_EXTENDED", subjectId: id }]);
    const sent: string[] = [];
    const send = async ({ type }: { readonly type: string }) => (sent.push(type), null);
    const telling = createTelling({ connection: file.store.connection, send, blindingKey: NIR_KEY, now: () => new Date("2026-03-02T09:00:00Z"), told: () => undefined });
    await telling.round();
    await telling.close();
    expect(sent).toEqual(["rectification.extended"]);
  });

  it("of somebody whom a message endangers is told to the referent, and held from the person", async () => {
    const id = await asked();
    await people().updateOne({ _id: "b1" }, { $set: { "contact.safeToContact": false } });
    await extend(id);
    expect(await told()).toEqual([["RECTIFICATION_EXTENDED", "b1", "HELD"], ["RECTIFICATION_EXTENDED", "pro-92-referent", "TO_SEND"]]);
  });

  it("is extended once for one key, with one deed and one message, and the same answer", async () => {
    const id = await asked();
    const first = await extend(id, { key: "once" });
    expect(await extend(id, { key: "once" })).toEqual(first);
    expect(await extend(id, { key: "once", reason: "Une autre raison" })).toMatchObject({ request: null, errors: [{ code: "IDEMPOTENCY_KEY_REUSED" }] });
    expect(await told()).toHaveLength(1);
    expect(await file.rows("deeds", { mutation: "extendRectification" })).toMatchObject([{ personId: "b1", subjectId: id, byProfessionalId: "pro-92-second" }]);
  });

  it("is extended once however many ask at the same moment", async () => {
    const id = await asked();
    const answers = await Promise.all(Array.from({ length: 5 }, () => extend(id)));
    expect(answers.flatMap(({ errors }) => errors.map(({ code }) => code)).sort()).toEqual(Array(4).fill("STATE_CONFLICT"));
    expect(await told()).toHaveLength(1);
  });

  it.each<[string, (id: string) => Promise<unknown>, string]>([
    ["when the first month is over", async () => file.pass(31 * DAY + 1), "the month within which the person must be told of it is over"],
    ["a second time", (id) => extend(id), "it was extended already"],
    ["of what was answered", (id) => write("answerRectification", "AnswerRectificationInput", { input: { requestId: id, verdict: "DONE" }, by: COLLEAGUE }), "the request was answered already"],
  ])("is not extended %s", async (name, first, why) => {
    const id = await asked();
    await first(id);
    const before = await file.rows("rectifications");
    expect((await extend(id)).errors).toEqual([{ code: "STATE_CONFLICT", field: "requestId", message: `Cannot extend the time for an answer because ${why}.` }]);
    expect(await file.rows("rectifications")).toEqual(before);
    if (name.includes("over")) file.pass(-31 * DAY - 1);
  });

  it("is not extended without why", async () => {
    expect((await extend(await asked(), { reason: " " })).errors).toMatchObject([{ code: "BAD_USER_INPUT", field: "reason" }]);
  });

  it.each<[string, Partial<Caller>]>([
    ["the person", B1],
    ["another person", B2],
    ["a professional elsewhere", FAR_AWAY],
    ["an association", NGO],
    ["one of the holder without the scope", { ...COLLEAGUE, scopes: new Set(["consent:write"]) }],
  ])("is extended by %s as little as that of one that there is not", async (_, by) => {
    const known = await extend(await asked(), { by });
    expect(known).toEqual(await extend("rectification-none", { by }));
    expect(known).toMatchObject({ request: null, errors: [{ code: "NOT_ALLOWED" }] });
  });

  it("of what somebody asked about a child's protection is extended by who protects the child, and told to nobody (L4)", async () => {
    const grant = { _id: "seed" as never, personId: "c1", basis: "CHILD_PROTECTION", status: "ACTIVE", purpose: "CHILD_PROTECTION", dataCategories: ["CHILD_PROTECTION", "IDENTITY", "PATHWAY"] };
    const since = new Date("2026-01-01");
    const terms = { toPartnerIds: ["dept-92"], professionalIds: [], givenAt: since, informedAt: since, expiresAt: null, withdrawnAt: null, liftedAt: null, informedException: null, evidence: null };
    await file.store.connection.collection("grants").insertOne({ ...grant, ...terms });
    const id = await asked(CHILD_WORKER, { beneficiaryId: "c1", category: "CHILD_PROTECTION" });
    expect((await extend(id)).errors).toMatchObject([{ code: "NOT_ALLOWED" }]);
    expect((await extend(id, { by: CHILD_WORKER })).errors).toEqual([]);
    expect(await told()).toEqual([]);
  });

  it("has its reason sealed, in the export too until the person's key is destroyed", async () => {
    await extend(await asked());
    const collections = ["rectifications", "writes", "deeds", "notifications"];
    expect(JSON.stringify(await Promise.all(collections.map((name) => file.rows(name))))).not.toContain("acte de naissance");
    const { personData } = createBeneficiaries({ blindingKey: NIR_KEY, tickets: createTestTickets().issuer });
    const exported = async () => JSON.stringify(await openPersonDoor(file.store.connection, { name: "beneficiaries", tables: personData }).exportPerson("b1", new Set()));
    expect(await exported()).toContain(WHY);
    await openDemonstrationKeys(file.store.connection).destroy("b1");
    expect(await exported()).not.toContain(WHY);
    expect((await listed())[0]).toMatchObject({ dueAt: EXTENDED.dueAt, extension: { at: EXTENDED.extension.at, reason: null } });
  });
});
