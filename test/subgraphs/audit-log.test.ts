// The log of readings on a real disk: what is acknowledged is there, what cannot be written opens nothing (L12).
import { mkdir, mkdtemp, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { erasePerson, openReadLog, purge, PurgeRefused, type Entry, type JournalFile, type ReadLog } from "../../subgraphs/audit/audit.ts";
import { openEntry } from "../../subgraphs/audit/entry.ts";
import { listSegments, readLines, segmentPath } from "../../subgraphs/audit/journal.ts";
import { openJournalFile } from "../../subgraphs/audit/journal-file.ts";
import { AuditUnavailable } from "../../subgraphs/law/law.ts";

let folder: string;
let log: ReadLog;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "parcours-audit-"));
  log = await openReadLog({ folder, name: "small", signingKeyFile: null });
});
afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

function intent(personId: string, at = "2026-03-02T09:00:00.000Z"): Entry {
  return { kind: "intent", at, personId, subject: "s", professionalId: "pro", partnerId: "dept-92", self: false, purpose: "SUPPORT", operationName: "Q", asked: ["Beneficiary.needs"] };
}

async function lines() {
  const all = [];
  for await (const line of readLines(folder, 0)) all.push(line);
  return all;
}

async function reopen(): Promise<void> {
  await log.close();
  log = await openReadLog({ folder, name: "small", signingKeyFile: null });
}

/** A disk that is full from now on, for as long as told. */
function openFullDisk(isFull: () => boolean): (path: string) => Promise<JournalFile> {
  return async (path) => {
    const file = await openJournalFile(path);
    return {
      write: async (bytes, at) => {
        if (!isFull()) return file.write(bytes, at);
        await file.write(bytes.subarray(0, 100), at);
        const full = await open("/dev/full", "w");
        await full.writeFile(bytes).finally(() => full.close());
      },
      truncate: (bytes) => file.truncate(bytes),
      close: () => file.close(),
    };
  };
}

describe("the log of readings", () => {
  it("gives each entry its place, and those that wait together one write", async () => {
    expect(await Promise.all([log.append(intent("b1")), log.append(intent("b2")), log.append(intent("b1"))])).toEqual([0, 1, 2]);
    expect(await log.append(intent("b3"))).toBe(3);
    const notes = (await readFile(segmentPath(folder, 0), "utf8")).split("\n").filter((line) => line.startsWith('{"note"'));
    expect(notes).toHaveLength(2);
  });

  it("goes on where it ended when it is opened again", async () => {
    await log.append(intent("b1"));
    await reopen();
    expect(await log.append(intent("b2"))).toBe(1);
    const texts = (await lines()).map((line) => openEntry(line, log.keys.keyNamed(line.k ?? "") ?? null));
    expect(texts).toEqual([intent("b1"), intent("b2")]);
  });

  it("shows on the disk neither whom nor what it is about", async () => {
    await log.append(intent("b1"));
    const text = await readFile(segmentPath(folder, 0), "utf8");
    for (const word of ["b1", "pro", "dept-92", "needs"]) expect(text.replaceAll(log.origin, "")).not.toContain(`"${word}`);
  });

  it("cuts off what a crash left half written", async () => {
    await log.append(intent("b1"));
    await log.close();
    const path = segmentPath(folder, 0);
    await writeFile(path, '{"i":1,"d":"2026-03-02","k":"x","c":"AAAA","x":"half', { flag: "a" });
    log = await openReadLog({ folder, name: "small", signingKeyFile: null });
    expect(await log.append(intent("b2"))).toBe(1);
    expect(await lines()).toHaveLength(2);
  });

  it("does not go on behind entries that are not those that were signed", async () => {
    await log.append(intent("b1"));
    await log.close();
    const path = segmentPath(folder, 0);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace(/"c":"(.)/, (_, first: string) => `"c":"${first === "_" ? "-" : "_"}`));
    await expect(openReadLog({ folder, name: "small", signingKeyFile: null })).rejects.toThrow("its entries are not those that were signed");
    await writeFile(path, text);
    log = await openReadLog({ folder, name: "small", signingKeyFile: null });
  });

  it("cuts off what a power cut left in pieces, with a checkpoint over a hole", async () => {
    await log.append(intent("b1"));
    await log.close();
    const path = segmentPath(folder, 0);
    const before = await readFile(path);
    log = await openReadLog({ folder, name: "small", signingKeyFile: null });
    await log.append(intent("b2"));
    await log.close();
    const after = await readFile(path);
    // Of the second batch the first page never came to the disk.
    await writeFile(path, Buffer.concat([before, Buffer.alloc(200), after.subarray(before.length + 200)]));
    log = await openReadLog({ folder, name: "small", signingKeyFile: null });
    expect(log.size()).toBe(1);
    expect(await log.append(intent("b3"))).toBe(1);
    expect(await lines()).toHaveLength(2);
  });

  it("has room ahead of what is written, which is no part of it and goes when it is closed", async () => {
    await log.append(intent("b1"));
    await log.exclusively(async () => undefined);
    const path = segmentPath(folder, 0);
    const { length } = await readFile(path);
    await log.append(intent("b2"));
    await log.append(intent("b3"));
    expect((await readFile(path)).length).toBeGreaterThan(200_000);
    expect(await lines()).toHaveLength(3);
    await log.close();
    expect((await readFile(path)).length).toBeLessThan(5 * length);
    expect((await readFile(path)).includes(0)).toBe(false);
  });

  it("writes what nobody waits for with the next entry, or a little later by itself", async () => {
    const later = log.appendLater(intent("b1"));
    expect(await Promise.all([log.append(intent("b2")), later])).toEqual([1, 0]);
    expect(await log.appendLater(intent("b3"))).toBe(2);
    const notes = (await readFile(segmentPath(folder, 0), "utf8")).split("\n").filter((line) => line.startsWith('{"note"'));
    expect(notes).toHaveLength(2);
  });

  it("writes what nobody waits for before it is closed", async () => {
    const later = log.appendLater(intent("b1"));
    await log.close();
    expect(await later).toBe(0);
    log = await openReadLog({ folder, name: "small", signingKeyFile: null });
    expect(log.size()).toBe(1);
  });

  it("has one writer", async () => {
    await expect(openReadLog({ folder, name: "small", signingKeyFile: null })).rejects.toThrow("another process writes it");
  });

  it("is not opened in a place that is no folder", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    await expect(openReadLog({ folder: join(file, "audit"), name: "small", signingKeyFile: null })).rejects.toThrow(AuditUnavailable);
  });

  it("acknowledges nothing while the disk is full, and goes on when it is not", async () => {
    await log.append(intent("b1"));
    await log.close();
    let isFull = true;
    log = await openReadLog({ folder, name: "small", signingKeyFile: null, openFile: openFullDisk(() => isFull) });
    await expect(log.append(intent("b2"))).rejects.toThrow(AuditUnavailable);
    await expect(log.append(intent("b3"))).rejects.toThrow(AuditUnavailable);
    isFull = false;
    expect(await log.append(intent("b4"))).toBe(1);
    await reopen();
    expect((await lines()).map((line) => openEntry(line, log.keys.keyNamed(line.k ?? "") ?? null))).toEqual([intent("b1"), intent("b4")]);
  });

  it("does not open with keys that cannot be read", async () => {
    await log.append(intent("b1"));
    await log.close();
    const path = join(folder, "person-keys.jsonl");
    const text = await readFile(path, "utf8");
    await truncate(path, 20);
    await writeFile(path, "\n", { flag: "a" });
    await expect(openReadLog({ folder, name: "small", signingKeyFile: null })).rejects.toThrow("Cannot read the keys of the audit because");
    await writeFile(path, text);
    log = await openReadLog({ folder, name: "small", signingKeyFile: null });
  });

  it("writes nothing more about a person whose key was destroyed, and the others' entries", async () => {
    await log.append(intent("b1"));
    await erasePerson(log, "b1", new Date("2026-03-02T10:00:00Z"));
    await reopen();
    const [erased, kept] = await Promise.allSettled([log.append(intent("b1")), log.append(intent("b2"))]);
    expect([erased.status, kept.status]).toEqual(["rejected", "fulfilled"]);
    expect((await lines()).map((line) => openEntry(line, log.keys.keyNamed(line.k ?? "") ?? null)?.kind ?? null)).toEqual([null, "erasure", "intent"]);
  });

  it("keeps the keys of others whom somebody reads while a key is destroyed, and of those read after the first was", async () => {
    await erasePerson(log, "never-read", new Date("2026-03-02T10:00:00Z"));
    const read = ["b1", "b2", "b3"].map((id) => log.append(intent(id)));
    const erased = erasePerson(log, "b1", new Date("2026-03-02T10:00:00Z"));
    await Promise.allSettled([...read, erased, log.append(intent("b4"))]);
    await reopen();
    const kinds = (await lines()).map((line) => (line.k === null ? "erasure" : (openEntry(line, log.keys.keyNamed(line.k) ?? null)?.kind ?? null)));
    expect(kinds.filter((kind) => kind === "erasure")).toHaveLength(2);
    expect(kinds.filter((kind) => kind === "intent")).toHaveLength(3);
    expect(log.keys.keyNamed(log.keys.nameOf("b1"))).toBeNull();
    for (const id of ["b2", "b3", "b4"]) expect(log.keys.keyNamed(log.keys.nameOf(id))).toHaveLength(32);
  });

  it("says that a key is destroyed when it is so on the disk", async () => {
    await log.append(intent("b1"));
    // In the place of the new file, so that it cannot be written.
    await mkdir(join(folder, "person-keys.jsonl.new"));
    await expect(erasePerson(log, "b1", new Date("2026-03-02T10:00:00Z"))).rejects.toThrow();
    expect(log.keys.keyNamed(log.keys.nameOf("b1"))).toHaveLength(32);
    await expect(log.append(intent("b1"))).rejects.toThrow("the person's key was destroyed");
    await rm(join(folder, "person-keys.jsonl.new"), { recursive: true });
    await erasePerson(log, "b1", new Date("2026-03-02T10:00:00Z"));
    await reopen();
    expect(log.keys.keyNamed(log.keys.nameOf("b1"))).toBeNull();
  });

  it("begins a new file when one is full", async () => {
    await Promise.all(Array.from({ length: 20_000 }, () => log.append(intent("b1"))));
    expect(await log.append(intent("b1"))).toBe(20_000);
    expect((await listSegments(folder)).map(({ start }) => start)).toEqual([0, 20_000]);
    await reopen();
    expect(await log.append(intent("b1"))).toBe(20_001);
  });
});

describe("the purge", () => {
  const now = new Date("2026-03-02T09:00:00Z");

  it("takes texts of more than twelve months, keeps the hashes, and says so in the log", async () => {
    for (const day of ["2025-02-01", "2025-07-01", "2025-12-01", "2026-03-01"]) await log.append(intent("b1", `${day}T09:00:00.000Z`));
    expect(await purge(log, { now, months: 12 })).toBe(1);
    expect((await lines()).map(({ x }) => x === null)).toEqual([true, false, false, false, false]);
    expect(await purge(log, { now, months: 12 })).toBe(0);
    await reopen();
    expect(log.size()).toBe(5);
  });

  it("takes nothing behind an entry that is young, whatever the clock said then", async () => {
    await log.append(intent("b1", "2026-03-01T09:00:00.000Z"));
    await log.append(intent("b1", "2025-02-01T09:00:00.000Z"));
    await log.append(intent("b1", "2026-03-01T09:00:00.000Z"));
    expect(await purge(log, { now, months: 12 })).toBe(0);
  });

  it("does not believe a clock that stands months from the last entry", async () => {
    await log.append(intent("b1", "2026-03-01T09:00:00.000Z"));
    const future = new Date("2028-01-01T00:00:00Z");
    await expect(purge(log, { now: future, months: 12 })).rejects.toThrow(PurgeRefused);
    expect(await purge(log, { now: future, months: 12, isSure: true })).toBe(1);
  });

  it("does not believe it sooner because somebody read by it: not until a month after the jump", async () => {
    const read = (day: string) => log.append(intent("b1", `${day}T09:00:00.000Z`));
    await read("2026-03-01");
    for (const day of ["2028-01-01", "2028-01-31"]) {
      await read(day);
      await expect(purge(log, { now: new Date(`${day}T10:00:00Z`), months: 12 })).rejects.toThrow("jumped over 183 days or more, on 2028-01-01");
    }
    expect(await purge(log, { now: new Date("2028-02-11T00:00:00Z"), months: 12 })).toBe(1);
  });
});
