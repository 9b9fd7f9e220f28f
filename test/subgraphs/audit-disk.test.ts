// The log of readings on a disk that fails between the sealing of an entry and its writing, and a log that is killed where a
// file of the journal begins: no place is missing, none is given twice, and what was acknowledged is there (L12).
import { mkdtemp, open, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { openReadLog, verifyLog, type Entry, type JournalFile, type OpenFile, type ReadLog } from "../../subgraphs/audit/audit.ts";
import { openEntry } from "../../subgraphs/audit/entry.ts";
import { readLines, segmentPath } from "../../subgraphs/audit/journal.ts";
import { openJournalFile } from "../../subgraphs/audit/journal-file.ts";
import { AuditUnavailable } from "../../subgraphs/law/law.ts";

let folder: string;
let log: ReadLog;
/** Of the next write so many bytes come to the disk; null: all of them. */
let room: number | null;
const unhandled: unknown[] = [];
const hear = (error: unknown) => void unhandled.push(error);

beforeEach(async () => {
  room = null;
  unhandled.length = 0;
  process.on("unhandledRejection", hear);
  folder = await mkdtemp(join(tmpdir(), "parcours-audit-disk-"));
  log = await openLog();
});
afterEach(async () => {
  await log.close();
  await new Promise((settle) => setImmediate(settle));
  process.off("unhandledRejection", hear);
  expect(unhandled).toEqual([]);
  expect(await openFiles()).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});

const openLog = () => openReadLog({ folder, name: "small", signingKeyFile: null, openFile: openFailing });

const openFailing: OpenFile = async (path) => {
  const file: JournalFile = await openJournalFile(path);
  const write = async (bytes: Uint8Array, at: number): Promise<void> => {
    if (room === null) return file.write(bytes, at);
    await file.write(bytes.subarray(0, room), at);
    const full = await open("/dev/full", "w");
    await full.writeFile(bytes).finally(() => full.close());
  };
  return { ...file, write };
};

async function openFiles(): Promise<string[]> {
  const paths = await Promise.all((await readdir("/proc/self/fd")).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
  return paths.filter((path) => path.startsWith(join(folder, "journal")));
}

function intent(personId: string): Entry {
  return { kind: "intent", at: "2026-03-02T09:00:00.000Z", personId, subject: "s", professionalId: "pro", partnerId: "dept-92", self: false, purpose: "SUPPORT", operationName: "Q", asked: [] };
}

/** Of whom the log speaks, in its order; null: nobody can tell any more. */
async function told(): Promise<(string | null)[]> {
  const all: (string | null)[] = [];
  for await (const line of readLines(folder, 0)) {
    expect(line.i).toBe(all.length);
    const entry = openEntry(line, line.k === null ? null : (log.keys.keyNamed(line.k) ?? null));
    all.push(entry === null ? null : "personId" in entry ? entry.personId : entry.kind);
  }
  return all;
}

async function reopen(): Promise<void> {
  await log.close();
  log = await openLog();
}

async function faults() {
  return (await verifyLog({ folder, verifierKey: log.verifierKey, kept: null, keys: log.keys })).faults;
}

/** So long that an entry that nobody waits for is sealed, and not yet written. */
async function untilSealed(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((settle) => setTimeout(settle, 4));
}

describe("where a file of the journal begins", () => {
  for (const bytes of [0, 1, 60, 500]) {
    it(`a full disk leaves ${bytes} bytes of it, and the log opens again and goes on`, async () => {
      room = bytes;
      await expect(log.append(intent("b1"))).rejects.toThrow(AuditUnavailable);
      room = null;
      expect(await faults()).toEqual([]);
      await reopen();
      expect(await log.append(intent("b2"))).toBe(0);
      await reopen();
      expect([await told(), await faults()]).toEqual([["b2"], []]);
    });
  }

  it("a kill leaves it without a head behind a whole one, and the log opens again and goes on", async () => {
    await log.append(intent("b1"));
    await log.close();
    await writeFile(segmentPath(folder, 1), '{"tree":{"size":1,"subtr');
    log = await openLog();
    expect(await log.append(intent("b2"))).toBe(1);
    await reopen();
    expect([await told(), await faults()]).toEqual([["b1", "b2"], []]);
  });

  it("a first page that is gone, where entries were signed behind it, is no beginning and stays for somebody to look at", async () => {
    await log.append(intent("b1"));
    await log.close();
    const path = segmentPath(folder, 0);
    const text = await readFile(path);
    await writeFile(path, Buffer.concat([Buffer.alloc(100), text.subarray(100)]));
    await expect(openLog()).rejects.toThrow("its first line is not the tree before it");
    await writeFile(path, text);
    log = await openLog();
  });
});

describe("an entry that is sealed and not written", () => {
  it("is not kept where the disk fails then, nor is what was sealed behind it, and the next ones take their places", async () => {
    await log.append(intent("b0"));
    const later = [log.appendLater(intent("b1")), log.appendLater(intent("b2"))];
    await untilSealed();
    room = 300;
    const lost = await Promise.allSettled([...later, log.append(intent("b3"))]);
    expect(lost.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    room = null;
    const kept = log.appendLater(intent("b4"));
    await untilSealed();
    expect(await Promise.all([kept, log.append(intent("b5"))])).toEqual([1, 2]);
    await reopen();
    expect([await told(), await faults()]).toEqual([["b0", "b4", "b5"], []]);
  });

  it("keeps its place while files of the past change", async () => {
    await log.append(intent("b0"));
    const later = log.appendLater(intent("b1"));
    await untilSealed();
    expect(log.size()).toBe(1);
    await log.exclusively(() => shorten(segmentPath(folder, 0)));
    expect(await Promise.all([later, log.append(intent("b2"))])).toEqual([1, 2]);
    expect(await told()).toEqual([null, "b1", "b2"]);
  });
});

describe("work on files of the past", () => {
  it("that fails when it has changed them leaves a log that goes on where they end", async () => {
    await log.append(intent("b0"));
    const failed = log.exclusively(async () => {
      await shorten(segmentPath(folder, 0));
      throw new Error("The folder could not be synced.");
    });
    await expect(failed).rejects.toThrow("could not be synced");
    expect(await log.append(intent("b1"))).toBe(1);
    expect(await told()).toEqual([null, "b1"]);
    await reopen();
    expect(log.size()).toBe(2);
  });

  it("is not begun when the log is closed: another process may have it by then", async () => {
    await log.append(intent("b0"));
    const closed = log.close();
    await new Promise((settle) => setImmediate(settle));
    const work = log.exclusively(async () => "done").catch((error: unknown) => error);
    await closed;
    expect(await work).toBeInstanceOf(AuditUnavailable);
    log = await openLog();
  });

  it("comes before the end, for whoever closes it first and whoever closes it second", async () => {
    const done: string[] = [];
    const work = log.exclusively(async () => {
      await untilSealed();
      done.push("work");
    });
    await Promise.all([log.close(), log.close()].map((closed) => closed.then(() => done.push("closed"))));
    await work;
    expect(done).toEqual(["work", "closed", "closed"]);
    log = await openLog();
  });
});

/** As a purge does: the texts go, and the file is shorter. */
async function shorten(path: string): Promise<void> {
  await writeFile(path, (await readFile(path, "utf8")).replaceAll(/"x":"[^"]*"/g, '"x":null'));
}
