// A person's export (L14; GDPR art. 12.3, 15 and 20): everything that is stored is in it, or is listed with the reason.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { openPersonKeys, openReadLog, type Entry } from "../../subgraphs/audit/audit.ts";
import { openEntry, type Line } from "../../subgraphs/audit/entry.ts";
import { groupInWords } from "../../subgraphs/beneficiaries/access-words.ts";
import { decide, type Asker, type File } from "../../subgraphs/beneficiaries/decide.ts";
import { answerDueOn, isAnswerOverdue } from "../../subgraphs/beneficiaries/rights-clock.ts";
import { readCommand } from "../../subgraphs/config.ts";
import { FIELD_LABELS, TABLE_LABELS } from "../../subgraphs/rights/labels.ts";
import { exportPerson, printExportPage } from "../../subgraphs/rights/rights.ts";
import { createWorld } from "../../subgraphs/world/world.ts";
import { testMongodbUri } from "../harness/subgraph.ts";
import { openFourDatabases, type FourDatabases } from "./four-databases.ts";

const TODAY = "2026-03-02";
let four: FourDatabases;

beforeAll(async () => {
  four = await openFourDatabases(`test-export-${randomUUID().slice(0, 8)}-`, TODAY);
}, 120_000);

afterAll(() => four.close());

type Json = Readonly<Record<string, unknown>>;

/** As `sealed/field.ts` writes it. */
const SEALED = /"v1\.[\w-]{36}\./;

/** What is stored sealed is exported as it was before: see below. */
function isSealed(value: unknown): boolean {
  return SEALED.test(JSON.stringify(value));
}

/** Names of all fields, those of parts too. */
function fieldsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf);
  return typeof value === "object" && value !== null ? Object.entries(value).flatMap(([name, part]) => [name, ...fieldsOf(part)]) : [];
}

async function exportOf(id: string) {
  const file = await exportPerson(id, four.doors, TODAY);
  if (file === null) throw new Error(`Nobody has the id ${id}.`);
  return file;
}

describe("an export", () => {
  it("holds every stored field of every row that names the person, or says why not", async () => {
    const file = await exportOf("b1");
    const missing: string[] = [];
    for (const [subgraph, store] of four.stores) {
      for (const { name } of (await store.connection.db?.listCollections().toArray()) ?? []) {
        const rows = await four.collection(subgraph, name).find().toArray();
        const own = rows.filter((row) => /"b1"/.test(JSON.stringify(row))) as unknown as Json[];
        const table = file.subgraphs.find((part) => part.name === subgraph)?.tables.find(({ collection }) => collection === name);
        for (const row of own) {
          const exported = table?.rows.find(({ _id }) => _id === row["_id"]);
          const fields = Object.keys(row).filter((field) => !(field in (table?.notExported ?? {})) && !isSealed(row[field]));
          const absent = fields.filter((field) => JSON.stringify(exported?.[field]) !== JSON.stringify(row[field]));
          missing.push(...absent.map((field) => `${subgraph}.${name}.${field}`));
        }
      }
    }
    expect(missing).toEqual([]);
    expect(file.subgraphs.flatMap(({ tables }) => tables.filter(({ rows }) => rows.length > 0).map(({ collection }) => collection))).toEqual(
      expect.arrayContaining(["people", "households", "assessments", "pathways", "steps", "grants", "accessEvents", "referrals", "appointments", "careTeams", "stepActors"]),
    );
  });

  it("opens what is stored sealed about the person, but the NIR, which goes nowhere (L13)", async () => {
    const file = await exportOf("b1");
    const [person] = file.subgraphs[0]?.tables[0]?.rows ?? [];
    const b1 = createWorld(TODAY).people.find(({ id }) => id === "b1");
    expect(person?.["contact"]).toMatchObject({ phone: b1?.phone, email: b1?.email });
    expect(person?.["localIdentifiers"]).not.toEqual([]);
    expect(person).not.toHaveProperty("nir");
    expect(JSON.stringify(file)).not.toMatch(SEALED);
  });

  it("knows every collection that has a field for a person", () => {
    const forgotten = [...four.stores].flatMap(([subgraph, { connection }]) =>
      Object.values(connection.models)
        .filter((model) => Object.keys(model.schema.paths).some((path) => /(^|\.)(person|beneficiary)Ids?$/.test(path)))
        .map((model) => model.collection.name)
        .filter((name) => name !== "erasures" && !four.subgraphs.get(subgraph)?.personData.some(({ collection }) => collection === name)),
    );
    expect(forgotten).toEqual([]);
  });

  it("leaves out the blind index of the NIR, and names nobody else", async () => {
    const text = JSON.stringify((await exportOf("b2")).subgraphs.map(({ tables }) => tables.map(({ rows }) => rows)));
    expect(text).not.toMatch(/nirIndex|protectedOnly|"prefixes"/);
    expect(text).not.toContain('"b3"');
  });

  it("leaves out what protects a child, in all four databases (L4, CASF L.226-2-2)", async () => {
    const text = JSON.stringify(await exportOf("b7"));
    expect(text).not.toMatch(/CHILD_EVALUATION|CHILD_AT_RISK|p-child-1/);
    expect(text).toContain('"birthName"');
  });

  it("names who read at whichever subgraph, but those who are there for a child's protection, and what may be it (L4, CASF L.226-2-2)", async () => {
    const [people, grants, events] = [four.collection("beneficiaries", "people"), four.collection("beneficiaries", "grants"), four.collection("beneficiaries", "accessEvents")];
    const member = (professionalId: string, childProtection: boolean) => ({ professionalId, partnerId: "dept-92", role: "CONTRIBUTOR", since: "2026-01-01", until: null, childProtection });
    await people.updateOne({ _id: "b1" as never }, { $push: { team: { $each: [member("crip", true), member("both", true), member("both", false)] } } } as never);
    const read = (by: string, said: object = {}) => ({ _id: `of-export ${by} ${JSON.stringify(said)}`, personId: "b1", at: new Date(), byProfessionalId: by, byPartnerId: "p", purpose: "SUPPORT", fields: ["Appointment.kind"], decision: "ALLOWED", operationName: null, bases: [], over: true, elsewhere: true, log: "parcours/sites/01234567", place: 1, request: null, ...said });
    const rows = [read("crip"), read("both"), read("x"), read("x", { over: false }), read("x", { bases: ["CHILD_PROTECTION"] }), read("x", { purpose: "CHILD_PROTECTION" }), read("x", { purpose: "EVALUATION" })];
    await events.insertMany(rows as never[]);
    const readers = async () =>
      (await exportOf("b1")).subgraphs.flatMap(({ tables }) => tables.filter(({ collection }) => collection === "accessEvents").flatMap((table) => table.rows)).filter(({ _id }) => _id.startsWith("of-export")).map((row) => `${String(row["byProfessionalId"])} ${String(row["purpose"])}`).sort();
    expect(await readers()).toEqual(["both SUPPORT", "x EVALUATION", "x SUPPORT"]);
    await grants.insertOne({ _id: "of-export", personId: "b1", basis: "CHILD_PROTECTION", status: "EXPIRED", dataCategories: ["CHILD_PROTECTION"] } as never);
    expect(await readers()).toEqual(["both SUPPORT", "x SUPPORT"]);
    await Promise.all([grants.deleteOne({ _id: "of-export" as never }), events.deleteMany({ _id: { $regex: "^of-export" } as never }), people.updateOne({ _id: "b1" as never }, { $pull: { team: { professionalId: { $in: ["crip", "both"] } } } } as never)]);
  });

  it("is nothing for an id that nobody has", async () => {
    expect(await exportPerson("nobody", four.doors, TODAY)).toBeNull();
  });

  it("prints as a page in French in which every field has a word, and no text is markup", async () => {
    const file = await exportOf("b1");
    const fields = new Set(file.subgraphs.flatMap(({ tables }) => tables.flatMap(({ rows, notExported }) => [...fieldsOf(rows), ...Object.keys(notExported)])));
    expect([...fields].filter((field) => FIELD_LABELS[field] === undefined)).toEqual([]);
    expect(file.subgraphs.flatMap(({ tables }) => tables.flatMap(({ collection }) => (TABLE_LABELS[collection] === undefined ? collection : [])))).toEqual([]);
    const hostile = JSON.parse(JSON.stringify(file).replaceAll('"originalServiceName":"', '"originalServiceName":"<script>')) as typeof file;
    const page = printExportPage(hostile, { receivedOn: TODAY, dueOn: answerDueOn({ receivedOn: TODAY, departmentCode: "92" }) });
    expect(page).toMatch(/^<!doctype html>\n<html lang="fr">/);
    expect(page).toContain("au plus tard le 2 avril 2026");
    expect(page).toContain("Nom de naissance");
    expect(page).toContain("@media print");
    expect(page).not.toContain("<script>");
  });

  it("is made whatever somebody wrote, and says it as it was written", () => {
    const words = ["constructor", "__proto__", "toString", "2026-99-99", "2026-02-30T nonsense Z", "2026-13-01T00:00:00Z"];
    const rows = words.map((description) => ({ _id: "n", description }));
    const page = printExportPage({ format: "parcours-person-export/1", exportedOn: TODAY, subgraphs: [{ name: "beneficiaries", tables: [{ collection: "people", rows, notExported: {} }] }] }, { receivedOn: null, dueOn: null });
    for (const word of words) expect(page).toContain(`<dd>${word}</dd>`);
  });
});

describe("the command", () => {
  let root: string;
  let audit: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "parcours-export-"));
    audit = join(root, "audit", "rights");
  });
  afterEach(() => rm(root, { recursive: true }));

  function command(personId: string, folder: string): Promise<{ readonly code: number; readonly out: string; readonly told: string }> {
    const env = { PATH: process.env["PATH"], MONGODB_URI: testMongodbUri(), PARCOURS_DATABASE_PREFIX: four.prefix, PARCOURS_CLOCK: `${TODAY}T09:00:00Z`, PARCOURS_AUDIT_FOLDER: join(root, "audit") };
    const args = ["subgraphs/main.ts", "export", "--person", personId, "--out", folder, "--received-on", TODAY];
    return new Promise((settle) => {
      execFile("node_modules/.bin/node", args, { env }, (error, out, told) => settle({ code: typeof error?.code === "number" ? error.code : 0, out, told }));
    });
  }

  async function entries(): Promise<(Entry | null)[]> {
    const keys = await openPersonKeys(join(audit, "person-keys.jsonl"));
    const lines = (await readFile(join(audit, "journal", "000000000000.jsonl"), "utf8")).split("\n").filter((line) => line.includes('"c":'));
    return lines.map((line) => JSON.parse(line) as Line).map((line) => openEntry(line, line.k === null ? null : (keys.keyNamed(line.k) ?? null)));
  }

  async function modes(folder: string): Promise<string[]> {
    const paths = [folder, join(folder, "export.json"), join(folder, "export.html")];
    return Promise.all(paths.map(async (path) => ((await stat(path)).mode & 0o777).toString(8)));
  }

  it("writes both files for their owner alone, and says until when to answer without naming anybody", async () => {
    const folder = join(root, "out");
    const before = await exportOf("b1");
    expect(await command("b1", folder)).toEqual({ code: 0, out: "export.json and export.html written; the answer is due by 2026-04-02\n", told: "" });
    expect(JSON.parse(await readFile(join(folder, "export.json"), "utf8"))).toEqual(before);
    expect(await readFile(join(folder, "export.html"), "utf8")).toContain("Vos données dans Parcours");
    expect(await modes(folder)).toEqual(["700", "600", "600"]);
  }, 120_000);

  it("writes anew what others could read, and shuts the folder of an export", async () => {
    const folder = join(root, "out");
    await mkdir(folder, { mode: 0o755 });
    await writeFile(join(folder, "export.json"), "old", { mode: 0o644 });
    expect(await command("b1", folder)).toMatchObject({ code: 0, told: "" });
    expect(await modes(folder)).toEqual(["700", "600", "600"]);
    await writeFile(join(folder, "other.txt"), "of somebody else");
    await chmod(folder, 0o755);
    expect(await command("b1", folder)).toMatchObject({ code: 0, told: "" });
    expect(await modes(folder)).toEqual(["755", "600", "600"]);
  }, 120_000);

  it("leaves an intent and its outcome in a log of its own (L12)", async () => {
    const rows = (await exportOf("b1")).subgraphs.flatMap(({ tables }) => tables).reduce((sum, table) => sum + table.rows.length, 0);
    await command("b1", join(root, "out"));
    await command("nobody", join(root, "out"));
    const intent = { kind: "intent", at: `${TODAY}T09:00:00.000Z`, subject: null, professionalId: null, partnerId: null, self: false, purpose: null, operationName: "rights export", asked: ["export"] };
    expect(await entries()).toEqual([
      { ...intent, personId: "b1" },
      expect.objectContaining({ kind: "outcome", personId: "b1", intent: 0, read: ["export"], rows }),
      { ...intent, personId: "nobody" },
      expect.objectContaining({ kind: "outcome", personId: "nobody", intent: 2, read: [], rows: 0 }),
    ]);
  }, 120_000);

  it("is none of an id that nobody has, however often it was asked for", async () => {
    await four.collection("beneficiaries", "accessEvents").insertOne({ _id: "asked-before" as never, personId: "nobody", at: new Date(`${TODAY}T09:00:00Z`), bases: [], fields: ["export"] });
    expect(await exportPerson("nobody", four.doors, TODAY)).toBeNull();
    await four.collection("beneficiaries", "accessEvents").deleteOne({ _id: "asked-before" as never });
  });

  it("stands in what the person sees of who read", async () => {
    const countOf = async () => (await exportOf("b1")).subgraphs.flatMap(({ tables }) => tables).find(({ collection }) => collection === "accessEvents")?.rows.length ?? 0;
    const before = await countOf();
    await command("b1", join(root, "out"));
    expect(await countOf()).toBe(before + 1);
  }, 120_000);

  it("is told to the person in plain words", () => {
    const group = { _id: { day: TODAY, byPartnerId: "unknown", purpose: null }, times: 1, refused: 0, fields: [["export"]], refusedFields: [] };
    expect(groupInWords(group).text).toBe("A lu tout votre dossier, pour en faire une copie. Sans but indiqué.");
  });

  it("reads nothing while another export writes that log", async () => {
    const log = await openReadLog({ folder: audit, name: "rights", signingKeyFile: null });
    const ended = await command("b1", join(root, "out")).finally(() => log.close());
    expect(ended).toMatchObject({ code: 1, out: "", told: expect.stringMatching(/^AUDIT_UNAVAILABLE: Cannot open the read audit .* because another process writes it\./) });
    await expect(stat(join(root, "out"))).rejects.toThrow("ENOENT");
  }, 120_000);
});

describe("a day on which a request came", () => {
  it.each(["2026-99-99", "2026-02-30", "yesterday", ""])("is not %j, which is refused before anything is read or written", (day) => {
    expect(() => readCommand(["export", "--person", "b1", "--out", "folder", "--received-on", day], {})).toThrow(`Expected --received-on with a day, YYYY-MM-DD, got ${day}.`);
  });
});

describe("the clock of a request (L14, GDPR art. 12.3)", () => {
  it.each([
    ["2026-03-02", false, "2026-04-02"],
    ["2026-01-31", false, "2026-03-02"],
    ["2026-04-01", false, "2026-05-04"],
    ["2026-03-02", true, "2026-06-02"],
  ])("gives what came on %s (extended: %s) until %s", (receivedOn, extended, dueOn) => {
    const request = { receivedOn, departmentCode: "92", extended };
    expect(answerDueOn(request)).toBe(dueOn);
    expect(isAnswerOverdue(request, { answeredOn: null, today: dueOn })).toBe(false);
    expect(isAnswerOverdue(request, { answeredOn: null, today: "2026-07-01" })).toBe(true);
    expect(isAnswerOverdue(request, { answeredOn: dueOn, today: "2026-07-01" })).toBe(false);
  });
});

describe("the intermediate archive (L10, CNIL 2023-095)", () => {
  const when = { now: new Date(`${TODAY}T09:00:00Z`), today: TODAY, graceDays: 30 };
  const file = (lastContactAt: string): File => ({
    person: { _id: "b9", departmentCode: "92", team: [], lastContactAt: new Date(lastContactAt), litigationHold: false, anonymisedOn: null, birthDate: null, householdId: null, householdUntil: null, protectedOnly: false },
    grants: [],
    emergencies: [],
    evaluations: [],
  });
  const asker = (missions: readonly string[], partnerId = "dept-92"): Asker => ({
    ...{ professionalId: "p", partnerId, personId: null, purpose: "SUPPORT", scopes: new Set<string>() },
    standing: {
      ...{ _id: "p", partnerId, partnerKind: "DEPARTMENT_COUNCIL", profession: "ADMINISTRATIVE_ASSISTANT", secrecyBasis: null, missions },
      habilitation: { purposes: ["SUPPORT"], dataCategories: ["PATHWAY", "CHILD_PROTECTION"], validFrom: "2024-01-01", validTo: null },
    },
    agreements: [{ _id: "a", partyIds: ["dept-92", "dept-14"], purposes: ["SUPPORT"], validFrom: "2024-01-01", validTo: null, suspensions: [] }],
  });
  const archived = "2023-06-01T09:00:00Z";

  it("opens to the archivists of the holder, and to nobody else", () => {
    expect(decide("PATHWAY", asker(["ARCHIVES"]), file(archived), when)).toEqual({ allowed: true, basis: "LEGAL_OBLIGATION" });
    expect(decide("PATHWAY", asker(["ACCOMPAGNEMENT"]), file(archived), when)).toEqual({ allowed: false, reason: "ARCHIVED" });
    expect(decide("PATHWAY", asker(["ARCHIVES"], "dept-14"), file(archived), when)).toEqual({ allowed: false, reason: "ARCHIVED" });
    expect(decide("CHILD_PROTECTION", asker(["ARCHIVES"]), file(archived), when)).toEqual({ allowed: false, reason: "ARCHIVED" });
  });

  it("closes to archivists when the file is due for destruction, and active files are none of theirs", () => {
    expect(decide("PATHWAY", asker(["ARCHIVES"]), file("2021-06-01T09:00:00Z"), when)).toEqual({ allowed: false, reason: "ARCHIVED" });
    expect(decide("PATHWAY", asker(["ARCHIVES"]), file("2026-01-01T09:00:00Z"), when)).toEqual({ allowed: false, reason: "NO_GRANT" });
  });
});
