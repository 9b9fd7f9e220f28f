// A file that ends, ends in the logs of readings as well (L14: GDPR art. 17): what they say of the person cannot be read any more,
// by nobody and from no index, and they are still whole.
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { graphql } from "graphql";

import { openAudit, openPersonKeys, verifyLog, type Audit, type Entry, type ErasureOrders } from "../../subgraphs/audit/audit.ts";
import { openEntry } from "../../subgraphs/audit/entry.ts";
import { readLines } from "../../subgraphs/audit/journal.ts";
import { ANONYMOUS, buildSchema, createClock, openErasureOrders, openLogRegister, type Caller, type OpenSubgraph } from "../../subgraphs/kit/kit.ts";
import { runRetention } from "../../subgraphs/rights/rights.ts";
import { openFourDatabases, type FourDatabases } from "./four-databases.ts";

const TODAY = "2026-03-02";
const AT = `${TODAY}T09:00:00Z`;
const REFERENT: Caller = { ...ANONYMOUS, subject: "s", professionalId: "pro-92-referent", partnerId: "dept-92", purpose: "SUPPORT" };
const NAMES = ["beneficiaries", "services", "sites", "partners"] as const;

let four: FourDatabases;
let beneficiaries: OpenSubgraph;
let folder: string;
let audits: ReadonlyMap<string, Audit>;
const told: string[] = [];

beforeAll(async () => {
  four = await openFourDatabases(`test-erasure-${randomUUID().slice(0, 8)}-`, TODAY);
  const [subgraph, store] = [four.subgraphs.get("beneficiaries"), four.stores.get("beneficiaries")];
  if (subgraph === undefined || store === undefined) throw new Error("No beneficiaries.");
  beneficiaries = await subgraph.open(store.connection);
}, 120_000);
afterAll(() => four.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "parcours-erasure-"));
  audits = await openAudits();
  told.length = 0;
});
afterEach(async () => {
  await closeAudits();
  for (const name of NAMES) await registerOf(name).retire(originOf(name));
  await rm(folder, { recursive: true, force: true });
});

async function openAudits(): Promise<ReadonlyMap<string, Audit>> {
  const opened = NAMES.map(async (name) => {
    const audit = await openAudit({ folder: join(folder, name), name, signingKeyFile: null, months: 12, now: () => new Date(AT), told: (what, error) => void told.push(`${what} ${String(error)}`) });
    if (name === "beneficiaries" && beneficiaries.readIndex !== null) audit.follow(beneficiaries.readIndex);
    return [name, audit] as const;
  });
  return new Map(await Promise.all(opened));
}

const closeAudits = async () => void (await Promise.all([...audits.values()].map((audit) => audit.close())));
const auditOf = (name: string) => audits.get(name) ?? fail(name);
function fail(name: string): never {
  throw new Error(`No ${name}.`);
}

function ordersOf(name: string): ErasureOrders {
  return openErasureOrders((four.stores.get(name) ?? fail(name)).connection, name);
}

const registerOf = (name: string) => openLogRegister((four.stores.get(name) ?? fail(name)).connection, name);
const originOf = (name: string) => auditOf(name).log.origin;
const waiting = (name: string) => ordersOf(name).list(originOf(name));

const obey = async () => void (await Promise.all(NAMES.map((name) => auditOf(name).obey(ordersOf(name)))));

/** Somebody of whom nobody heard, since when it says, and whose file two professionals' programs have read. */
async function readSomebody(lastContactAt: Date | null): Promise<string> {
  const people = four.collection("beneficiaries", "people");
  const [known, person] = await Promise.all([
    people.findOne({ _id: "b1" as never }),
    people.findOne({ _id: { $nin: ["b1", "b2", "b3"] as never[] }, lastContactAt: { $gt: new Date("2025-06-01") }, litigationHold: false }),
  ]);
  const id = String(person?._id);
  await people.updateOne({ _id: id as never }, { $set: { departmentCode: "92", team: known?.["team"] } });
  const facts = { caller: REFERENT, clock: createClock(AT) };
  const trail = auditOf("beneficiaries").begin(facts);
  const contextValue = beneficiaries.createContext({ ...facts, audit: trail });
  await graphql({ schema: buildSchema(four.subgraphs.get("beneficiaries") ?? fail("beneficiaries")), source: `query Read { beneficiary(id: "${id}") { ageBand needs { theme } } }`, contextValue });
  await trail.finish();
  for (const name of ["services", "sites", "partners"]) {
    const elsewhere = auditOf(name).begin(facts);
    await elsewhere.before({ personId: id, field: "Beneficiary.referrals" });
    await elsewhere.finish();
  }
  await auditOf("beneficiaries").settle();
  await people.updateOne({ _id: id as never }, { $set: { lastContactAt } });
  return id;
}

async function endFiles(): Promise<void> {
  await runRetention({ retention: four.retention, doors: four.doors, today: TODAY, dryRun: false, onErased: async () => undefined, print: () => undefined });
}

async function textsOf(name: string): Promise<(Entry["kind"] | null)[]> {
  const keys = await openPersonKeys(join(folder, name, "person-keys.jsonl"));
  const kinds: (Entry["kind"] | null)[] = [];
  for await (const line of readLines(join(folder, name), 0)) kinds.push(openEntry(line, line.k === null ? null : (keys.keyNamed(line.k) ?? null))?.kind ?? null);
  return kinds;
}

async function verdictOf(name: string) {
  const verifierKey = await readFile(join(folder, name, "verifier-key"), "utf8");
  return verifyLog({ folder: join(folder, name), verifierKey, kept: null, keys: await openPersonKeys(join(folder, name, "person-keys.jsonl")) });
}

const indexed = (id: string) => four.collection("beneficiaries", "accessEvents").countDocuments({ personId: id, log: { $ne: null } });

describe.each([
  ["that was anonymised", new Date("2022-03-01T09:00:00Z")],
  ["of somebody who never became a beneficiary", null],
])("a file %s", (_, lastContactAt) => {
  it("is gone from the four logs, which are whole, and from the index; a restart brings nothing back", async () => {
    const id = await readSomebody(lastContactAt);
    expect(await indexed(id)).toBe(1);
    expect(await textsOf("beneficiaries")).toEqual(["intent", "outcome"]);
    await endFiles();
    expect(await Promise.all(NAMES.map(waiting))).toEqual(NAMES.map(() => [id]));
    await obey();
    for (const name of NAMES) {
      expect([name, await textsOf(name)]).toEqual([name, [null, null, "erasure"]]);
      expect(await verdictOf(name)).toMatchObject({ faults: [], texts: { checked: 1, purged: 0, erased: 2 } });
      expect(await waiting(name)).toEqual([]);
      expect(await four.dump(name)).not.toContain(`"${id}"`);
    }
    await closeAudits();
    audits = await openAudits();
    await obey();
    await auditOf("beneficiaries").settle();
    expect(await indexed(id)).toBe(0);
    expect(await textsOf("beneficiaries")).toEqual([null, null, "erasure"]);
    expect(told).toEqual([]);
  }, 60_000);

  it("is gone after a restart where the process ended between the order and the erasure", async () => {
    const id = await readSomebody(lastContactAt);
    await endFiles();
    await closeAudits();
    // From a log whose key is there still, the index takes what it was made to forget.
    audits = await openAudits();
    await auditOf("beneficiaries").settle();
    await obey();
    expect(await indexed(id)).toBe(0);
    expect(await textsOf("beneficiaries")).toEqual([null, null, "erasure"]);
    expect(await waiting("beneficiaries")).toEqual([]);
  }, 60_000);

  it("is gone once where the process ended between the erasure and the end of the order", async () => {
    const id = await readSomebody(lastContactAt);
    await endFiles();
    await auditOf("beneficiaries").obey({ ...ordersOf("beneficiaries"), done: () => Promise.reject(new Error("killed")) });
    expect(told).toEqual(["erasure Error: killed"]);
    expect(await waiting("beneficiaries")).toEqual([id]);
    await closeAudits();
    audits = await openAudits();
    await obey();
    expect(await textsOf("beneficiaries")).toEqual([null, null, "erasure"]);
    expect(await waiting("beneficiaries")).toEqual([]);
  }, 60_000);
});
