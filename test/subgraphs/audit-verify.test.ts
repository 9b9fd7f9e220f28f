// Every way to tamper with the log of readings, and the name that `verify` has for it. Each is tried with the tiles at hand
// and without them (L12).
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { createNoteSigner, createSigningKey, erasePerson, openPersonKeys, openReadLog, publishTiles, purge, readLastNote, readNote, verifyLog, type Entry } from "../../subgraphs/audit/audit.ts";
import { segmentPath } from "../../subgraphs/audit/journal.ts";
import { consistencyProof, EMPTY_TREE, grow, hashLeaf, isConsistent, rootOf, rootOfGrown } from "../../subgraphs/law/law.ts";

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "parcours-verify-"));
  folder = join(root, "log");
  await write(["b1", "b2"], ["b3", "b1"], ["b2", "b4", "b1"]);
});
afterEach(() => rm(root, { recursive: true, force: true }));

function intent(personId: string, at = "2026-03-02T09:00:00.000Z"): Entry {
  return { kind: "intent", at, personId, subject: "s", professionalId: "pro", partnerId: "dept-92", self: false, purpose: "SUPPORT", operationName: "Q", asked: ["Beneficiary.needs"] };
}

async function withLog<T>(use: (log: Awaited<ReturnType<typeof openReadLog>>) => Promise<T>): Promise<T> {
  const log = await openReadLog({ folder, name: "small", signingKeyFile: null });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

/** Each list is one batch. */
function write(...batches: readonly (readonly string[])[]): Promise<void> {
  return withLog(async (log) => {
    for (const people of batches) await Promise.all(people.map((person) => log.append(intent(person))));
    await publishTiles(folder);
  });
}

async function verify(kept: string | null = null, withKeys = true) {
  const keys = withKeys ? await openPersonKeys(join(folder, "person-keys.jsonl")) : null;
  const verdict = await verifyLog({ folder, verifierKey: await readFile(join(folder, "verifier-key"), "utf8"), kept, keys });
  return verdict.faults.map(({ kind, at }) => `${kind} ${at ?? ""}`.trim());
}

/** Line 0 is the head; entries 0 and 1 are lines 1 and 2, their checkpoint is line 3, and so on. */
const LINE_OF_ENTRY = [1, 2, 4, 5, 7, 8, 9];

async function tamper(change: (lines: string[]) => string[]): Promise<void> {
  const path = segmentPath(folder, 0);
  await writeFile(path, change((await readFile(path, "utf8")).split("\n")).join("\n"));
}

const at = (entry: number) => LINE_OF_ENTRY[entry] ?? -1;
const TAMPERINGS: readonly (readonly [string, (lines: string[]) => string[], string])[] = [
  ["changed hash", (lines) => lines.with(at(3), String(lines[at(3)]).replace(/"c":"(.)/, (_, letter) => `"c":"${letter === "A" ? "B" : "A"}`)), "CHANGED 3"],
  ["changed text", (lines) => lines.with(at(3), String(lines[at(3)]).replace(/"x":"(.{20})(.)/, (_, start, letter) => `"x":"${start}${letter === "A" ? "B" : "A"}`)), "CHANGED 3"],
  ["changed day", (lines) => lines.with(at(3), String(lines[at(3)]).replace("2026-03-02", "2026-01-02")), "CHANGED 3"],
  ["removed entry", (lines) => lines.toSpliced(at(3), 1), "REMOVED 3"],
  ["removed batch", (lines) => lines.toSpliced(at(2), 3), "REMOVED 2"],
  ["reordered entries", (lines) => lines.with(at(4), String(lines[at(5)])).with(at(5), String(lines[at(4)])), "REORDERED 4"],
  ["inserted entry", (lines) => lines.toSpliced(at(3), 0, String(lines[at(3)]).replace(/"c":"./, '"c":"_')), "INSERTED 3"],
  ["removed text", (lines) => lines.with(at(3), String(lines[at(3)]).replace(/"x":"[^"]*"/, '"x":null')), "TEXT_REMOVED 3"],
];

describe("verify", () => {
  it("finds nothing in a log as it was written, with and without keys and tiles", async () => {
    expect(await verify()).toEqual([]);
    expect(await verify(null, false)).toEqual([]);
    expect(await verify(await readLastNote(folder))).toEqual([]);
    await rm(join(folder, "checkpoint"));
    expect(await verify()).toEqual([]);
  });

  it.each(TAMPERINGS)("names a %s", async (_, change, expected) => {
    await tamper(change);
    expect(await verify()).toContain(expected);
  });

  it.each(TAMPERINGS)("names a %s without tiles", async (_, change, expected) => {
    await rm(join(folder, "checkpoint"));
    await rm(join(folder, "tile"), { recursive: true });
    await tamper(change);
    expect((await verify()).map((fault) => fault.split(" ")[0])).toContain(expected.split(" ")[0]);
  });

  it("names a log whose end was cut off, and the subgraph does not go on with it", async () => {
    await tamper((lines) => [...lines.slice(0, at(4)), ""]);
    expect(await verify()).toEqual(["CUT_OFF 4"]);
    await expect(openReadLog({ folder, name: "small", signingKeyFile: null })).rejects.toThrow("it ends after 4 entries and its checkpoint has 7");
  });

  it("names a backup that was put back whole, against a kept checkpoint and nothing else", async () => {
    await cp(folder, join(root, "backup"), { recursive: true });
    await write(["b5"]);
    const kept = await readLastNote(folder);
    await rm(folder, { recursive: true });
    await cp(join(root, "backup"), folder, { recursive: true });
    expect(await verify()).toEqual([]);
    expect(await verify(kept)).toEqual(["ROLLED_BACK 7"]);
    await write(["b6", "b7"]);
    expect(await verify(kept)).toEqual(["FORKED"]);
  });

  it("believes no checkpoint of another key", async () => {
    const other = createNoteSigner("parcours/small/other", createSigningKey());
    expect(await verify(other.sign({ origin: "parcours/small/other", size: 1, root: rootOf([]) }))).toEqual(["FORGED"]);
    await tamper((lines) => lines.with(3, String(lines[3]).replace(/\u2014 (\S+) ..../, "\u2014 $1 AAAA")));
    await rm(join(folder, "checkpoint"));
    expect(await verify()).toEqual(["FORGED 0"]);
  });

  it("tells an erased person's entries from those whose key was lost", async () => {
    await withLog((log) => erasePerson(log, "b3", new Date("2026-03-02T10:00:00Z")));
    expect(await verify()).toEqual([]);
    const path = join(folder, "person-keys.jsonl");
    const [head, ...keys] = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, [head, ...keys.slice(1)].join("\n"));
    expect((await verify()).map((fault) => fault.split(" ")[0])).toEqual(["UNREADABLE_KEY", "UNREADABLE_KEY", "UNREADABLE_KEY"]);
  });

  it("still holds after a purge", async () => {
    await withLog((log) => purge(log, { now: new Date("2027-03-20T00:00:00Z"), months: 12, isSure: true }));
    expect(await verify()).toEqual([]);
  });

  it("tells of a clock that went back, which is no tampering", async () => {
    await withLog((log) => log.append(intent("b1", "2026-02-01T09:00:00.000Z")));
    const keys = await openPersonKeys(join(folder, "person-keys.jsonl"));
    const { faults, notices } = await verifyLog({ folder, verifierKey: await readFile(join(folder, "verifier-key"), "utf8"), kept: null, keys });
    expect([faults, notices]).toEqual([[], ["The clock went back at entry 7: the order of the log is that of the readings, its times are not."]]);
  });
});

describe("tiles", () => {
  it("hold every leaf, in tiles of 256 and the hashes above them", async () => {
    await write(Array.from({ length: 600 }, (_, index) => `p${index % 7}`));
    expect(await verify()).toEqual([]);
    const entries = await readFile(join(folder, "tile/entries/001"));
    expect(entries.length).toBe(256 * 34);
    const level1 = await readFile(join(folder, "tile/1/000.p/2"));
    const level0 = await readFile(join(folder, "tile/0/001"));
    const hashes = Array.from({ length: 256 }, (_, index) => level0.subarray(index * 32, index * 32 + 32));
    expect(level1.subarray(32, 64)).toEqual(rootOf(hashes));
    expect((await readFile(join(folder, "tile/0/002.p/95"))).length).toBe(95 * 32);
    const checkpoint = readNote(await readFile(join(folder, "checkpoint"), "utf8"), await readFile(join(folder, "verifier-key"), "utf8"));
    expect(checkpoint?.size).toBe(607);
  });
});

describe("a growing tree", () => {
  const leaves = Array.from({ length: 40 }, (_, index) => hashLeaf(Buffer.from([index])));

  it("has the root of RFC 6962 at each size", () => {
    let tree = EMPTY_TREE;
    for (const [index, leaf] of leaves.entries()) {
      tree = grow(tree, leaf);
      expect(rootOfGrown(tree)).toEqual(rootOf(leaves.slice(0, index + 1)));
    }
  });

  it("proves that each smaller one is its beginning, and nothing else", () => {
    for (let size = 1; size <= leaves.length; size++) {
      const second = { size, root: rootOf(leaves.slice(0, size)) };
      for (let first = 1; first <= size; first++) {
        const proof = consistencyProof(leaves.slice(0, size), first);
        const before = { size: first, root: rootOf(leaves.slice(0, first)) };
        expect(isConsistent(before, second, proof)).toBe(true);
        expect(isConsistent({ ...before, root: hashLeaf(Buffer.from("other")) }, second, proof)).toBe(false);
        if (proof.length > 0) expect(isConsistent(before, second, proof.slice(1))).toBe(false);
      }
    }
  });
});
