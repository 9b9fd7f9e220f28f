// What is written about a person comes into the log of readings, once, and the person sees it in plain words (L12).
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { openAudit, openPersonKeys, verifyLog, type Audit, type DeedSource, type Entry } from "../../subgraphs/audit/audit.ts";
import { openEntry } from "../../subgraphs/audit/entry.ts";
import { readLines } from "../../subgraphs/audit/journal.ts";
import { AuditUnavailable } from "../../subgraphs/law/law.ts";
import { B1, CONSENT, GIVE_GRANT, openGrantsWorld, REFERENT, type GrantsWorld } from "./grants-world.ts";

let file: GrantsWorld;
let folder: string;
let audit: Audit;
let key = 0;
const told: string[] = [];

beforeAll(async () => void (file = await openGrantsWorld()), 120_000);
afterAll(() => file.close());

beforeEach(async () => {
  for (const name of ["grants", "writes", "deeds", "turns", "accessEvents"]) await file.store.connection.collection(name).deleteMany({});
  folder = await mkdtemp(join(tmpdir(), "parcours-deeds-"));
  told.length = 0;
  await openLog();
});
afterEach(async () => {
  await audit.close();
  await rm(folder, { recursive: true, force: true });
});

async function openLog(): Promise<void> {
  audit = await openAudit({ folder, name: "beneficiaries", signingKeyFile: null, months: 12, now: () => new Date("2026-03-02T09:00:00Z"), told: (what, error) => void told.push(`${what}: ${error instanceof Error ? error.message : ""}`) });
  if (file.open.readIndex !== null) audit.follow(file.open.readIndex);
}

function source(): DeedSource {
  if (file.open.deeds === null) throw new Error("No deeds.");
  return file.open.deeds;
}

async function give(by = REFERENT): Promise<string> {
  const { data } = await file.ask(GIVE_GRANT, { input: CONSENT, key: `key-${(key += 1)}` }, by);
  return (data as unknown as { giveGrant: { grant: { id: string } } }).giveGrant.grant.id;
}

async function entries(): Promise<Entry[]> {
  const all: Entry[] = [];
  for await (const line of readLines(folder, 0)) {
    const entry = openEntry(line, line.k === null ? null : (audit.log.keys.keyNamed(line.k) ?? null));
    if (entry !== null) all.push(entry);
  }
  return all;
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isDone()); tries++) {
    if (tries === 200) throw new Error("It did not come.");
    await new Promise((settle) => setTimeout(settle, 25));
  }
}

async function log(): Promise<{ totalCount: number; nodes: { byProfessionalId: string; fields: string[]; decision: string }[]; groups: { times: number; refused: number; text: string }[] }> {
  await audit.settle();
  const { data } = await file.ask('{ accessLog(beneficiaryId: "b1") { totalCount nodes { byProfessionalId fields decision } groups { times refused text } } }', {}, B1);
  return JSON.parse(JSON.stringify(data)).accessLog;
}

const unlogged = () => file.rows("deeds", { unlogged: { $exists: true } });

describe("a deed", () => {
  it("is in the log soon after it is done, without a value, and is marked", async () => {
    await audit.drain(source());
    const id = await give();
    await until(async () => (await unlogged()).length === 0);
    const [deed, ...more] = await entries();
    expect(deed).toMatchObject({ kind: "deed", personId: "b1", professionalId: "pro-92-referent", partnerId: "dept-92", self: false, purpose: "SUPPORT", mutation: "giveGrant", subjectId: id, bases: ["CONSENT"] });
    expect(more).toEqual([]);
    expect(JSON.stringify(deed)).not.toMatch(/Formulaire|NEEDS|ngo/);
    expect(told).toEqual([]);
  });

  it("that was done while nobody kept the log is in it when somebody does, in the order in which it was done", async () => {
    const ids = [await give(), await give(), await give()];
    expect(await unlogged()).toHaveLength(3);
    await audit.drain(source());
    expect((await entries()).map((entry) => entry.kind === "deed" && entry.subjectId)).toEqual(ids);
    expect(await unlogged()).toEqual([]);
  });

  it("is shown once where the process ended between the log and the mark, which leaves two entries", async () => {
    await give();
    await audit.drain({ ...source(), markLogged: () => Promise.reject(new Error("killed")) });
    expect(told).toEqual(["deed: killed"]);
    expect(await unlogged()).toHaveLength(1);
    await audit.drain(source());
    expect((await entries()).map(({ kind }) => kind)).toEqual(["deed", "deed"]);
    expect((await log()).totalCount).toBe(1);
    await audit.close();
    const verifierKey = await readFile(join(folder, "verifier-key"), "utf8");
    expect((await verifyLog({ folder, verifierKey, kept: null, keys: await openPersonKeys(join(folder, "person-keys.jsonl")) })).faults).toEqual([]);
    await openLog();
  });

  it("is done although it cannot be logged; the operator is told, and it comes later", async () => {
    const append = audit.log.append.bind(audit.log);
    const broken = audit.log as { append: typeof append };
    broken.append = () => Promise.reject(new AuditUnavailable("Cannot write the read audit."));
    await audit.drain(source());
    await give();
    await until(async () => told.length > 0);
    expect(told[0]).toBe("deed: Cannot write the read audit.");
    expect(await file.rows("grants")).toHaveLength(1);
    expect(await unlogged()).toHaveLength(1);
    broken.append = append;
    await give();
    await until(async () => (await unlogged()).length === 0);
    expect(await entries()).toHaveLength(2);
  });
});

describe("the access log", () => {
  it("tells the person in plain words what was done, apart from what was read", async () => {
    await give();
    await audit.drain(source());
    expect(await log()).toEqual({
      totalCount: 1,
      nodes: [{ byProfessionalId: "pro-92-referent", fields: ["Mutation.giveGrant"], decision: "DONE" }],
      groups: [{ times: 0, refused: 0, text: "A enregistré un accord de partage. C’était pour vous accompagner." }],
    });
    const trail = audit.begin({ caller: { subject: "s", professionalId: "pro-92-referent", partnerId: "dept-92", personId: null, purpose: "SUPPORT" }, clock: { now: () => new Date("2026-03-02T09:00:00Z") } });
    await trail.before({ personId: "b1", field: "Beneficiary.needs" });
    await trail.finish();
    expect((await log()).groups).toEqual([{ times: 1, refused: 0, text: "A lu vos besoins. A enregistré un accord de partage. C’était pour vous accompagner." }]);
  });

  it("does not tell the person what they did themself", async () => {
    const id = await give();
    await file.ask(`mutation { withdrawGrant(input: { grantId: "${id}" }, idempotencyKey: "own-${id}") { errors { code } } }`, {}, B1);
    await audit.drain(source());
    expect((await entries()).map((entry) => entry.kind === "deed" && [entry.mutation, entry.self])).toEqual([["giveGrant", false], ["withdrawGrant", true]]);
    expect((await log()).nodes.map(({ fields }) => fields)).toEqual([["Mutation.giveGrant"]]);
  });

  it("holds back a deed for the protection of a child as long as the evaluation lasts, whatever its purpose", async () => {
    const { connection } = file.store;
    const at = new Date("2026-03-02T09:00:00Z");
    await connection.collection<{ _id: string }>("grants").insertOne({ _id: "protecting", personId: "b1", basis: "CHILD_PROTECTION", status: "ACTIVE", givenAt: at, expiresAt: null } as never);
    const deed = { _id: "deed-1", mutation: "giveGrant", at, personId: "b1", subjectId: "protecting", byProfessionalId: "x", byPartnerId: "dept-92", byPersonId: null, purpose: "EVALUATION", text: null, unlogged: at };
    await connection.collection<{ _id: string }>("deeds").insertOne(deed as never);
    await audit.drain(source());
    expect((await log()).totalCount).toBe(0);
    await connection.collection<{ _id: string }>("grants").updateOne({ _id: "protecting" }, { $set: { status: "EXPIRED" } });
    // Nor soon after it was done, when another one may be about to begin.
    expect((await log()).totalCount).toBe(0);
    file.pass(93 * 24 * 60);
    expect((await log()).totalCount).toBe(1);
    file.pass(-93 * 24 * 60);
  });
});
