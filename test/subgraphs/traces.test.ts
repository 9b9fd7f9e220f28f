// What is read beside a person's file leaves a trace too: emergencies, requests, comparisons; and what an emergency leaves there
// is shown to nobody whom it would warn (L12, L4).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { openAudit, type Audit } from "../../subgraphs/audit/audit.ts";
import { createBeneficiaries, createTelling } from "../../subgraphs/beneficiaries/subgraph.ts";
import { openPersonDoor, type Caller } from "../../subgraphs/kit/kit.ts";
import { AuditUnavailable } from "../../subgraphs/law/law.ts";
import { createTestTickets } from "../harness/law.ts";
import { NIR_KEY } from "./beneficiaries-world.ts";
import { B1, FAR_AWAY, FAR_COLLEAGUE, openGrantsWorld, REFERENT, type GrantsWorld } from "./grants-world.ts";

type Entry = { readonly byProfessionalId: string; readonly fields: readonly string[]; readonly decision: string };

let file: GrantsWorld;
let folder: string;
let audit: Audit;
let isFull = false;
let keys = 0;

const failing = { before: () => Promise.reject(new AuditUnavailable("disk full")) };

beforeAll(async () => {
  file = await openGrantsWorld({ audit: { begin: (facts) => ({ ...audit.begin(facts), ...(isFull && failing) }) } });
}, 120_000);
afterAll(() => file.close());

beforeEach(async () => {
  for (const name of ["emergencies", "emergencyTallies", "rectifications", "notifications", "grants", "writes", "deeds", "turns", "accessEvents"]) {
    await file.store.connection.collection(name).deleteMany({});
  }
  folder = await mkdtemp(join(tmpdir(), "parcours-traces-"));
  audit = await openAudit({ folder, name: "beneficiaries", signingKeyFile: null, months: 12, now: () => new Date("2026-03-02T09:00:00Z"), told: () => undefined });
  if (file.open.readIndex !== null) audit.follow(file.open.readIndex);
});
afterEach(async () => {
  isFull = false;
  await audit.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(by: Partial<Caller>, reason = "SUICIDE_RISK", beneficiaryId = "b1"): Promise<string> {
  const query = "mutation ($input: OpenEmergencyAccessInput!, $key: ID!) { openEmergencyAccess(input: $input, idempotencyKey: $key) { emergencyAccess { id } errors { code } } }";
  const { data } = await file.ask(query, { input: { beneficiaryId, reason, text: "Signalement de l’école" }, key: `key-${(keys += 1)}` }, by);
  return (data as unknown as { openEmergencyAccess: { emergencyAccess: { id: string } } }).openEmergencyAccess.emergencyAccess.id;
}

async function review(id: string, by: Partial<Caller>): Promise<void> {
  const query = "mutation ($input: ReviewEmergencyAccessInput!, $key: ID!) { reviewEmergencyAccess(input: $input, idempotencyKey: $key) { errors { code } } }";
  const { data } = await file.ask(query, { input: { emergencyAccessId: id, verdict: "JUSTIFIED" }, key: `key-${(keys += 1)}` }, by);
  expect(data).toEqual({ reviewEmergencyAccess: { errors: [] } });
}

async function requestRectification(category: string, by: Partial<Caller>): Promise<void> {
  const query = "mutation ($input: RectificationInput!, $key: ID!) { requestRectification(input: $input, idempotencyKey: $key) { errors { code } } }";
  const { data } = await file.ask(query, { input: { beneficiaryId: "b1", category, statement: "Mon nom est faux" }, key: `key-${(keys += 1)}` }, by);
  expect(data).toEqual({ requestRectification: { errors: [] } });
}

/** As b1 sees it, newest first. */
async function log(): Promise<Entry[]> {
  if (file.open.deeds !== null) await audit.drain(file.open.deeds);
  await audit.settle();
  const { data } = await file.ask('{ accessLog(beneficiaryId: "b1", first: 200) { totalCount nodes { byProfessionalId fields decision } groups { text } } }', {}, B1);
  const { totalCount, nodes } = (data as unknown as { accessLog: { totalCount: number; nodes: Entry[] } }).accessLog;
  expect(totalCount).toBe(nodes.length);
  return nodes;
}

const LISTS: readonly (readonly [string, string, () => Promise<unknown>, Partial<Caller>])[] = [
  ["accesses in an emergency", "{ emergencyAccesses { nodes { text } } }", () => open(FAR_AWAY), FAR_COLLEAGUE],
  ["messages about people", "{ notifications { nodes { kind } } }", () => open(FAR_AWAY), REFERENT],
  ["requests to put right", "{ rectificationRequests { nodes { statement } } }", () => requestRectification("IDENTITY", B1), REFERENT],
];

describe("whoever is shown", () => {
  it.each(LISTS)("%s leaves a trace that the person sees", async (_what, query, write, by) => {
    await write();
    const before = await log();
    await file.ask(query, {}, by);
    const [newest] = (await log()).filter((entry) => !before.some((one) => JSON.stringify(one) === JSON.stringify(entry)));
    expect(newest).toEqual({ byProfessionalId: by.professionalId, fields: [`Query.${/\w+/.exec(query)?.[0] ?? ""}`], decision: "ALLOWED" });
  });

  it.each(LISTS)("%s is shown nothing where that cannot be written down", async (_what, query, write, by) => {
    await write();
    isFull = true;
    const { data, errors } = await file.ask(query, {}, by);
    expect(Object.values(data ?? {})).toEqual([null]);
    expect(errors?.map(({ originalError }) => originalError?.name)).toEqual(["AuditUnavailable"]);
  });
});

describe("whoever compares files", () => {
  const STEWARD: Partial<Caller> = { ...REFERENT, scopes: new Set(["identity:merge"]) };
  const QUERY = '{ possibleDuplicates(of: "b2") { score matchedOn conflictsOn } }';
  const B2: Partial<Caller> = { ...B1, subject: "person-b2", personId: "b2" };

  it("leaves a trace in each, though no more is read than what speaks for and against", async () => {
    const { data } = await file.ask(QUERY, {}, STEWARD);
    expect((data as unknown as { possibleDuplicates: object[] }).possibleDuplicates).toHaveLength(1);
    await audit.settle();
    for (const id of ["b2", "b2-again"]) {
      const { data: seen } = await file.ask(`{ accessLog(beneficiaryId: "${id}") { nodes { byProfessionalId fields } } }`, {}, { ...B2, personId: id });
      expect(seen).toEqual({ accessLog: { nodes: [{ byProfessionalId: "pro-92-referent", fields: ["Query.possibleDuplicates"] }] } });
    }
  });

  it("is answered nothing where that cannot be written down", async () => {
    isFull = true;
    const { data, errors } = await file.ask(QUERY, {}, STEWARD);
    expect([data, errors?.[0]?.originalError?.name]).toEqual([{ possibleDuplicates: null }, "AuditUnavailable"]);
  });
});

describe("an access because a child is in danger", () => {
  const FILE = '{ beneficiary(id: "b1") { identity { birthName } } }';
  const inDanger = async (reason = "CHILD_IN_DANGER") => {
    const id = await open(FAR_AWAY, reason);
    await file.ask("{ notifications { nodes { kind } } }", {}, REFERENT);
    await file.ask(FILE, {}, FAR_AWAY);
    await file.ask("{ emergencyAccesses { nodes { text } } }", {}, FAR_COLLEAGUE);
    await review(id, FAR_COLLEAGUE);
  };
  const DAY = 24 * 60;

  it("does not warn who lives with the child: the log holds back that it was opened, read and reviewed", async () => {
    await file.ask(FILE, {}, REFERENT);
    const before = await log();
    expect(before.map(({ byProfessionalId }) => byProfessionalId)).toEqual(["pro-92-referent"]);
    await inDanger();
    expect(await log()).toEqual(before);
  });

  it("is told when an evaluation would be over, and not while a child of the home is evaluated", async () => {
    await inDanger();
    file.pass(93 * DAY);
    const grants = file.store.connection.collection<{ _id: string }>("grants");
    const evaluation = { _id: "evaluation", personId: "b1", basis: "CHILD_PROTECTION", status: "ACTIVE", givenAt: new Date("2026-03-02"), expiresAt: null };
    await grants.insertOne(evaluation);
    expect(await log()).toEqual([]);
    await grants.deleteOne({ _id: evaluation._id });
    const told = (await log()).flatMap(({ fields }) => fields);
    expect(told.filter((field) => /emergency/i.test(field)).sort()).toEqual(["Mutation.openEmergencyAccess", "Mutation.reviewEmergencyAccess", "Query.emergencyAccesses"]);
    expect(told).toContain("Identity.birthName");
    file.pass(-93 * DAY);
  });

  it("is no part of an export either, neither as a deed nor as what was read", async () => {
    const door = openPersonDoor(file.store.connection, { name: "beneficiaries", tables: createBeneficiaries({ blindingKey: NIR_KEY, tickets: createTestTickets().issuer }).personData });
    const exported = async () => {
      await log();
      const { tables } = await door.exportPerson("b1", new Set());
      return tables.flatMap(({ collection, rows }) => (["emergencies", "deeds", "accessEvents"].includes(collection) ? rows : []));
    };
    await inDanger();
    expect(await exported()).toEqual([]);
    file.pass(120);
    await inDanger("SUICIDE_RISK");
    expect((await exported()).map((row) => row["reason"] ?? row["mutation"] ?? row["decision"])).toEqual(expect.arrayContaining(["SUICIDE_RISK", "openEmergencyAccess", "reviewEmergencyAccess", "DONE"]));
    file.pass(-120);
  });

  it("hides no other access in an emergency, nor what is read beside it", async () => {
    await inDanger("SUICIDE_RISK");
    expect((await log()).flatMap(({ fields }) => fields)).toEqual(expect.arrayContaining(["Mutation.openEmergencyAccess", "Mutation.reviewEmergencyAccess", "Query.emergencyAccesses", "Identity.birthName"]));
    const before = await log();
    file.pass(120);
    await inDanger();
    await file.ask(FILE, {}, REFERENT);
    const [newest, ...others] = await log();
    expect(newest).toMatchObject({ byProfessionalId: "pro-92-referent" });
    expect(others).toEqual(before);
    file.pass(-120);
  });
});

describe("an access to the file of whoever lives with somebody in danger", () => {
  const B3: Partial<Caller> = { ...B1, subject: "person-b3", personId: "b3" };
  const people = () => file.store.connection.collection<{ _id: string }>("people");
  const told = async () => {
    if (file.open.deeds !== null) await audit.drain(file.open.deeds);
    await audit.settle();
    const { data } = await file.ask('{ notifications { nodes { kind } } accessLog(beneficiaryId: "b3") { nodes { fields } } }', {}, B3);
    const { notifications, accessLog } = data as unknown as { notifications: { nodes: object[] }; accessLog: { nodes: Entry[] } };
    return { kinds: notifications.nodes, fields: accessLog.nodes.flatMap(({ fields }) => fields) };
  };

  it("warns them neither by a message nor in the log, until that danger is over", async () => {
    await people().updateOne({ _id: "b2" }, { $set: { "contact.safeToContact": false } });
    await open(FAR_AWAY, "VIOLENCE", "b3");
    file.pass(120);
    expect(await told()).toEqual({ kinds: [], fields: [] });
    expect(await file.rows("notifications", { toPersonId: "b3" })).toMatchObject([{ state: "HELD" }]);
    const round = () => createTelling({ connection: file.store.connection, send: null, blindingKey: NIR_KEY, now: () => new Date("2026-03-02T11:00:00Z"), told: () => undefined }).round();
    await round();
    expect((await told()).kinds).toEqual([]);
    await people().updateOne({ _id: "b2" }, { $set: { "contact.safeToContact": true } });
    await file.store.connection.collection("notifications").updateMany({}, { $set: { nextAt: new Date("2026-03-02T10:00:00Z") } });
    await round();
    expect(await told()).toEqual({ kinds: [{ kind: "EMERGENCY_OPENED" }], fields: ["Mutation.openEmergencyAccess"] });
    file.pass(-120);
  });

  const setSafe = (safe: boolean) => people().updateOne({ _id: "b2" }, { $set: { "contact.safeToContact": safe } });

  it("warns them in no export either, of which it is a part with all that was read and done in it once that danger is over", async () => {
    const door = openPersonDoor(file.store.connection, { name: "beneficiaries", tables: createBeneficiaries({ blindingKey: NIR_KEY, tickets: createTestTickets().issuer }).personData });
    const tables = ["emergencies", "deeds", "accessEvents", "notifications"];
    const exported = async () => {
      if (file.open.deeds !== null) await audit.drain(file.open.deeds);
      await audit.settle();
      const found = (await door.exportPerson("b3", new Set())).tables.filter(({ collection }) => tables.includes(collection));
      return found.map(({ collection, rows }) => `${collection} ${rows.length}`);
    };
    await open(FAR_AWAY, "VIOLENCE", "b3");
    await file.ask('{ beneficiary(id: "b3") { identity { birthName } } }', {}, FAR_AWAY);
    await file.ask("{ notifications { nodes { kind } } }", {}, REFERENT);
    // Its end is not written down, so that its ground is not known: it is of the access by who read, for what and when.
    const begun = { _id: "begun" as never, personId: "b3", at: new Date("2026-03-02T09:20:00Z"), byProfessionalId: FAR_AWAY.professionalId, purpose: FAR_AWAY.purpose, fields: ["Appointment.kind"], bases: [], over: false, elsewhere: true };
    await file.store.connection.collection("accessEvents").insertOne(begun);
    // It was told to the person before the danger began.
    await file.store.connection.collection("notifications").updateMany({ toPersonId: "b3" }, { $set: { state: "SENT" } });
    await setSafe(false);
    expect(await exported()).toEqual(["emergencies 0", "deeds 0", "accessEvents 0", "notifications 0"]);
    await setSafe(true);
    expect(await exported()).toEqual(["emergencies 1", "deeds 1", "accessEvents 3", "notifications 2"]);
  });

  it("is not told by who helps her reading their file, in an export as in the log", async () => {
    await people().updateOne({ _id: "b2" }, { $push: { team: { professionalId: "refuge", partnerId: "p", role: "CONTRIBUTOR", since: "2026-01-01", until: null } } } as never);
    const read = { personId: "b3", at: new Date("2026-03-02T08:00:00Z"), purpose: "SUPPORT", fields: ["Identity.birthName"], bases: ["CONSENT"], over: true, elsewhere: false };
    await file.store.connection.collection("accessEvents").insertMany([{ ...read, _id: "by-helper" as never, byProfessionalId: "refuge" }, { ...read, _id: "by-party" as never, byProfessionalId: "party", bases: [], elsewhere: true }]);
    const door = openPersonDoor(file.store.connection, { name: "beneficiaries", tables: createBeneficiaries({ blindingKey: NIR_KEY, tickets: createTestTickets().issuer }).personData });
    const readers = async () => (await door.exportPerson("b3", new Set())).tables.find(({ collection }) => collection === "accessEvents")?.rows.map(({ _id }) => _id);
    await setSafe(false);
    expect(await readers()).toEqual([]);
    await setSafe(true);
    expect(await readers()).toEqual(["by-helper", "by-party"]);
    await people().updateOne({ _id: "b2" }, { $pull: { team: { professionalId: "refuge" } } } as never);
  });

  it("is not told by a message that waits when the danger begins, nor by the list of those that went out", async () => {
    await open(FAR_AWAY, "VIOLENCE", "b3");
    await setSafe(false);
    const sent: string[] = [];
    const now = () => new Date("2026-03-02T11:00:00Z");
    const telling = createTelling({ connection: file.store.connection, blindingKey: NIR_KEY, now, told: () => undefined, send: async ({ data: { to } }) => (sent.push(Object.keys(to as object).join()), null) });
    await telling.round();
    expect(sent).not.toContain("pseudonym");
    expect(await file.rows("notifications", { toPersonId: "b3" })).toMatchObject([{ state: "HELD" }]);
    await file.store.connection.collection("notifications").updateMany({ toPersonId: "b3" }, { $set: { state: "SENT" } });
    expect(await told()).toEqual({ kinds: [], fields: [] });
    await setSafe(true);
    expect((await told()).kinds).toEqual([{ kind: "EMERGENCY_OPENED" }]);
  });
});
