// What the log of readings may not keep longer, its index in the database does not keep either (L11: CASF R.262-107; L12).
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openAudit, type Audit } from "../../subgraphs/audit/audit.ts";
import { openModels } from "../../subgraphs/beneficiaries/models.ts";
import { createReadIndex } from "../../subgraphs/beneficiaries/readings.ts";
import { openStore, type Store } from "../../subgraphs/kit/kit.ts";
import { testMongodbUri } from "../harness/subgraph.ts";

const HOUR_MS = 3_600_000;

let store: Store;
let folder: string;
let audit: Audit;
let now: Date;
const told: string[] = [];
/** What the process does once an hour. */
let everyHour: (() => void)[] = [];
const setEvery = globalThis.setInterval;

beforeAll(async () => {
  store = await openStore({ uri: testMongodbUri(), database: `test-purge-${randomUUID().slice(0, 8)}` });
});
afterAll(async () => {
  await store.connection.dropDatabase();
  await store.close();
});
beforeEach(async () => {
  told.length = 0;
  everyHour = [];
  globalThis.setInterval = ((work: () => void, ms: number) => {
    if (ms === HOUR_MS) everyHour.push(work);
    return setEvery(() => undefined, 1e9);
  }) as typeof setInterval;
  await events().deleteMany({});
  await store.connection.collection("readingPlaces").deleteMany({});
  folder = await mkdtemp(join(tmpdir(), "parcours-purge-"));
  now = new Date("2025-02-01T09:00:00Z");
  audit = await openAudit({ folder, name: "beneficiaries", signingKeyFile: null, months: 12, now: () => now, told: (what, error) => void told.push(`${what} ${String(error)}`) });
  audit.follow(createReadIndex(openModels(store.connection)));
});
afterEach(async () => {
  await audit.close();
  globalThis.setInterval = setEvery;
  await rm(folder, { recursive: true, force: true });
});

const events = () => store.connection.collection("accessEvents");
const days = async () => (await events().find().sort({ at: 1 }).toArray()).map(({ at }) => (at as Date).toISOString().slice(0, 10));

async function readOn(...list: readonly string[]): Promise<void> {
  for (const day of list) {
    now = new Date(`${day}T09:00:00Z`);
    const caller = { subject: "s", professionalId: "pro", partnerId: "dept-92", personId: null, purpose: "SUPPORT" };
    const trail = audit.begin({ caller, clock: { now: () => now } });
    await trail.before({ personId: "b1", field: "Beneficiary.needs" });
    await trail.finish();
  }
  await audit.settle();
}

async function anHour(isDone: () => Promise<boolean> | boolean): Promise<void> {
  for (const work of everyHour) work();
  for (const startedAt = performance.now(); !(await isDone()) && performance.now() - startedAt < 10_000; ) await new Promise((settle) => setTimeout(settle, 20));
}

it("loses what was read over a year ago, at whichever subgraph", async () => {
  await events().insertOne({ personId: "b2", at: new Date("2025-01-01T00:00:00Z"), log: "parcours/services/01234567" } as never);
  await readOn("2025-02-01", "2025-07-01", "2025-12-01", "2026-03-01");
  expect(await days()).toHaveLength(5);
  await anHour(async () => (await days()).length === 3);
  expect([await days(), told]).toEqual([["2025-07-01", "2025-12-01", "2026-03-01"], []]);
});

it("loses nothing by the clock of a log that is new: nothing shows that it is right", async () => {
  await events().insertOne({ personId: "b2", at: new Date("2025-01-01T00:00:00Z"), log: "parcours/services/01234567" } as never);
  await readOn("2026-03-01");
  // What the hour does last is to publish the log's two entries.
  await anHour(async () => (await readFile(join(folder, "checkpoint"), "utf8").catch(() => "")).split("\n")[1] === "2");
  expect([await days(), told]).toEqual([["2025-01-01", "2026-03-01"], []]);
});

it("loses nothing by a clock that jumped, though somebody read by it", async () => {
  await readOn("2026-02-01", "2026-03-01", "2027-09-01");
  await anHour(() => told.length > 0);
  expect(await days()).toEqual(["2026-02-01", "2026-03-01", "2027-09-01"]);
  expect(told).toEqual([expect.stringMatching(/^purge Error: Cannot purge because the log began, or jumped/)]);
});
