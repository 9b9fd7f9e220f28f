// Several processes may serve one subgraph's database, each with a log of readings of its own: a file that ends is gone from each
// of them (L14: GDPR art. 17), and the order stays until then, whoever is killed or stopped meanwhile.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { openAudit, openPersonKeys, type Audit } from "../../subgraphs/audit/audit.ts";
import { openEntry } from "../../subgraphs/audit/entry.ts";
import { readLines } from "../../subgraphs/audit/journal.ts";
import { openErasureOrders, openLogRegister, openStore, type Store } from "../../subgraphs/kit/kit.ts";
import { testMongodbUri } from "../harness/subgraph.ts";
import { openFourDatabases, type FourDatabases } from "./four-databases.ts";

const PREFIX = `test-logs-${randomUUID().slice(0, 8)}-`;
const AT = new Date("2026-03-02T09:00:00Z");
const GONE = "b-gone";

let store: Store;
let folder: string;
let open: Audit[];

beforeAll(async () => void (store = await openStore({ uri: testMongodbUri(), database: `${PREFIX}sites` })));
afterAll(async () => {
  await store.connection.dropDatabase();
  await store.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "parcours-logs-"));
  open = [];
});
afterEach(async () => {
  for (const audit of open) await audit.close();
  await rm(folder, { recursive: true, force: true });
  for (const name of ["auditErasures", "auditLogs"]) await store.connection.collection(name).deleteMany({});
});

/** As a process opens it when it starts. */
async function start(name: string): Promise<Audit> {
  const audit = await openAudit({ folder: join(folder, name), name: "sites", signingKeyFile: null, months: 12, now: () => AT, told: () => undefined });
  open.push(audit);
  return audit;
}

async function stop(audit: Audit): Promise<void> {
  open = open.filter((one) => one !== audit);
  await audit.close();
}

/** Killed: its log is let go, and nothing is carried out once more. */
async function kill(audit: Audit): Promise<void> {
  await audit.log.close();
  open = open.filter((one) => one !== audit);
}

const orders = () => openErasureOrders(store.connection, "sites");
const register = () => openLogRegister(store.connection, "sites");
const order = () => store.connection.collection<{ _id: string }>("auditErasures").insertOne({ _id: GONE, at: AT } as never);
const left = () => store.connection.collection("auditErasures").countDocuments();

async function readSomebody({ log }: Audit): Promise<void> {
  const asking = { subject: "s", professionalId: "pro", partnerId: "dept-92", self: false, purpose: "SUPPORT", operationName: "Q", asked: [] } as const;
  await log.append({ kind: "intent", at: AT.toISOString(), personId: GONE, ...asking });
}

/** What can still be read of each entry; null where the key is gone. */
async function textsOf(name: string): Promise<(string | null)[]> {
  const keys = await openPersonKeys(join(folder, name, "person-keys.jsonl"));
  const kinds: (string | null)[] = [];
  for await (const line of readLines(join(folder, name), 0)) kinds.push(openEntry(line, line.k === null ? null : (keys.keyNamed(line.k) ?? null))?.kind ?? null);
  return kinds;
}

describe("an order to erase", () => {
  it("is carried out in each log, and goes with the last of them", async () => {
    const [one, other] = [await start("one"), await start("other")];
    for (const audit of [one, other]) await readSomebody(audit);
    for (const audit of [one, other]) await audit.obey(orders());
    await order();
    await stop(one);
    expect(await textsOf("one")).toEqual([null, "erasure"]);
    expect([await left(), await textsOf("other")]).toEqual([1, ["intent"]]);
    await stop(other);
    expect([await left(), await textsOf("other")]).toEqual([0, [null, "erasure"]]);
  });

  it("waits for a log that was stopped, and is carried out when it starts", async () => {
    const other = await start("other");
    await readSomebody(other);
    await other.obey(orders());
    await stop(other);
    await order();
    const one = await start("one");
    await one.obey(orders());
    expect([await left(), await textsOf("other")]).toEqual([1, ["intent"]]);
    await (await start("other")).obey(orders());
    expect([await left(), await textsOf("other")]).toEqual([0, [null, "erasure"]]);
  });

  it("is done again by a log that was killed before it could say so, and once there", async () => {
    const [one, other] = [await start("one"), await start("other")];
    for (const audit of [one, other]) {
      await readSomebody(audit);
      await audit.obey(orders());
    }
    await order();
    const again = await start("third");
    await again.obey(orders());
    await kill(one);
    const restarted = await start("one");
    await restarted.obey({ ...orders(), done: () => Promise.reject(new Error("killed")) });
    expect([await left(), await textsOf("one")]).toEqual([1, [null, "erasure"]]);
    await kill(restarted);
    await (await start("one")).obey(orders());
    await stop(other);
    expect([await left(), await textsOf("one")]).toEqual([0, [null, "erasure"]]);
  });

  it("goes, of two logs that finish at the same moment, with either", async () => {
    await Promise.all(["parcours/sites/a", "parcours/sites/b"].map((origin) => orders().join(origin)));
    for (let round = 0; round < 20; round++) {
      await order();
      await Promise.all(["parcours/sites/a", "parcours/sites/b"].map((origin) => orders().done(GONE, origin)));
      expect(await left()).toBe(0);
    }
  });

  it("waits where no log has joined yet", async () => {
    await order();
    expect(await register().retire("parcours/sites/none")).toBe(false);
    expect(await left()).toBe(1);
    await (await start("first")).obey(orders());
    expect(await left()).toBe(0);
  });
});

describe("a log that is no more", () => {
  const env = () => ({ PATH: process.env["PATH"], MONGODB_URI: testMongodbUri(), PARCOURS_DATABASE_PREFIX: PREFIX });
  const command = (...args: readonly string[]): Promise<{ code: number; out: string; told: string }> =>
    new Promise((settle) => {
      execFile("node_modules/.bin/node", ["subgraphs/audit-command.ts", ...args], { env: env() }, (error, out, told) => settle({ code: typeof error?.code === "number" ? error.code : 0, out, told }));
    });

  it("is retired by its name, and what waited for it alone goes", async () => {
    const [one, lost] = [await start("one"), await start("lost")];
    for (const audit of [one, lost]) await audit.obey(orders());
    const { origin } = lost.log;
    await stop(lost);
    await order();
    await stop(one);
    expect(await left()).toBe(1);
    const listed = await command("logs");
    expect(listed).toMatchObject({ code: 0, told: "" });
    expect(listed.out).toMatch(new RegExp(`^${origin}: since .*, last started .*, 1 erasure\\(s\\) wait for it$`, "m"));
    expect(listed.out).toMatch(new RegExp(`^${one.log.origin}: .*, 0 erasure\\(s\\) wait for it$`, "m"));
    expect(listed.out).not.toContain(GONE);
    expect(await command("retire", "--origin", origin)).toEqual({ code: 0, out: `${origin}: retired; no erasure waits for it\n`, told: "" });
    expect(await left()).toBe(0);
    expect(await command("retire", "--origin", origin)).toMatchObject({ code: 2, told: expect.stringContaining("Expected --origin to be a log that joined") });
  }, 60_000);

  it.each([[["retire"]], [["retire", "--origin", "sites"]], [["retire", "--origin", "parcours/nothing/ab"]]])("is not guessed: %j", async (args) => {
    expect(await command(...args)).toMatchObject({ code: 2, out: "", told: expect.stringMatching(/^SETTING: Expected --origin with the name of a log/) });
  });
});

describe("the log of exports", () => {
  let four: FourDatabases;
  const prefix = `test-rights-${randomUUID().slice(0, 8)}-`;
  beforeAll(async () => void (four = await openFourDatabases(prefix, "2026-03-02")), 120_000);
  afterAll(() => four.close());

  const run = (...args: readonly string[]): Promise<number> =>
    new Promise((settle) => {
      const env = { PATH: process.env["PATH"], MONGODB_URI: testMongodbUri(), PARCOURS_DATABASE_PREFIX: prefix, PARCOURS_CLOCK: AT.toISOString(), PARCOURS_LOG_LEVEL: "silent", PARCOURS_AUDIT_FOLDER: folder };
      execFile("node_modules/.bin/node", ["subgraphs/main.ts", ...args], { env }, (error) => settle(typeof error?.code === "number" ? error.code : 0));
    });

  it("forgets whom it exported when their file ends, within the command that ends it", async () => {
    expect(await run("export", "--person", "b1", "--out", join(folder, "out"))).toBe(0);
    expect(existsSync(join(folder, "rights", "origin"))).toBe(true);
    expect(await textsOf("rights")).toEqual(["intent", "outcome"]);
    await four.collection("beneficiaries", "people").updateOne({ _id: "b1" as never }, { $set: { lastContactAt: new Date("2022-03-01T09:00:00Z"), lastProtectionContactAt: null, litigationHold: false } });
    expect(await run("retention")).toBe(0);
    expect(await textsOf("rights")).toEqual([null, null, "erasure"]);
    // No subgraph's own log has joined here yet: what was ordered waits for it, in each database.
    for (const name of ["beneficiaries", "sites"]) expect(await four.collection(name, "auditErasures").countDocuments()).toBe(1);
  }, 120_000);
});
