// Says whether a log is what was written, and if not, what became of it. Three copies speak against each other: the journal,
// whose every batch is signed; the tiles, which hold each leaf once more; and a checkpoint that somebody kept elsewhere, the
// only one that shows a log which was put back whole to an older state, or written anew by whoever has the signing key.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { EMPTY_TREE, grow, hashLeaf, rootOfGrown, type GrowingTree } from "../law/law.ts";
import { openEntry, type Entry, type Line } from "./entry.ts";
import { isLine, isNote, leafOf, listSegments, readSegment } from "./journal.ts";
import { readNote } from "./note.ts";
import type { NamedKeys } from "./person-keys.ts";
import { readTiledLeaves, sizeOf } from "./tiles.ts";

export const FAULTS = {
  CHANGED: "An entry is not the one that was written.",
  REMOVED: "An entry is missing.",
  REORDERED: "Entries stand in another order.",
  INSERTED: "An entry was put in.",
  CUT_OFF: "Entries at the end are missing.",
  ROLLED_BACK: "The log is older than a checkpoint that was kept.",
  FORKED: "The log is another one than a checkpoint that was kept speaks of.",
  UNREADABLE_KEY: "The key of an entry is missing and was not destroyed by an erasure.",
  TEXT_REMOVED: "The text of an entry is missing and was not purged.",
  FORGED: "A checkpoint is not signed by the log's key.",
} as const;

export interface Fault {
  readonly kind: keyof typeof FAULTS;
  /** Place of the first entry that it is about. */
  readonly at: number | null;
  readonly sentence: string;
}

export interface Verdict {
  readonly faults: readonly Fault[];
  readonly size: number;
  readonly root: Buffer;
  readonly texts: { readonly checked: number; readonly purged: number; readonly erased: number };
  /** What an operator should know and nobody tampered with. */
  readonly notices: readonly string[];
}

export interface VerifyOptions {
  readonly folder: string;
  readonly verifierKey: string;
  /** A note that was kept elsewhere. */
  readonly kept: string | null;
  /** Null: texts are not looked at. */
  readonly keys: NamedKeys | null;
}

export async function verifyLog(options: VerifyOptions): Promise<Verdict> {
  const kept = options.kept === null ? null : readNote(options.kept, options.verifierKey);
  const walk = await walkJournal(options, kept?.size ?? null);
  const tiled = await compareWithTiles(options, walk.lines);
  const places = walk.break === null ? [] : tiled.length > 0 ? [] : [diagnose(walk.lines, walk.break)];
  const texts = checkTexts(walk.lines, options.keys);
  const faults = [...tiled, ...places, ...texts.faults, ...checkKept(options, walk)];
  return {
    faults: faults.filter((one, index) => faults.findIndex(({ kind, at }) => kind === one.kind && at === one.at) === index),
    size: walk.lines.length,
    root: rootOfGrown(walk.tree),
    texts: texts.counts,
    notices: [...walk.notices, ...texts.notices],
  };
}

interface Walk {
  readonly lines: readonly Line[];
  readonly tree: GrowingTree;
  /** The first batch whose checkpoint does not speak of it. */
  readonly break: Break | null;
  /** Root over as many entries as the kept checkpoint has. */
  readonly keptRoot: Buffer | null;
  readonly notices: readonly string[];
}

interface Break {
  readonly from: number;
  readonly to: number;
  readonly isForged: boolean;
}

async function walkJournal({ folder, verifierKey }: VerifyOptions, keptSize: number | null): Promise<Walk> {
  const lines: Line[] = [];
  let [tree, keptRoot, broken]: [GrowingTree, Buffer | null, Break | null] = [EMPTY_TREE, null, null];
  let [signed, loose] = [0, 0];
  for (const { path } of await listSegments(folder)) {
    const segment = await readSegment(path);
    for (const record of segment.records) {
      if (isNote(record)) {
        const checkpoint = readNote(record.note, verifierKey);
        const holds = checkpoint?.size === lines.length && checkpoint.root.equals(rootOfGrown(tree));
        if (!holds) broken ??= { from: signed, to: lines.length, isForged: checkpoint === null };
        [signed, loose] = [lines.length, 0];
      } else if (isLine(record)) {
        lines.push(record);
        tree = grow(tree, leafOf(record));
        if (lines.length === keptSize) keptRoot = rootOfGrown(tree);
        loose += 1;
      } else broken ??= { from: signed, to: lines.length + 1, isForged: false };
    }
  }
  const notices = loose === 0 ? [] : [`${loose} entries follow the last checkpoint: they were being written when the process ended, and were acknowledged to nobody.`];
  return { lines: loose === 0 ? lines : lines.slice(0, -loose), tree, break: broken, keptRoot, notices };
}

/** What the tiles, as far as they are what was signed, tell of the journal. */
async function compareWithTiles({ folder, verifierKey }: VerifyOptions, lines: readonly Line[]): Promise<Fault[]> {
  const text = await readFile(join(folder, "checkpoint"), "utf8").catch(() => null);
  if (text === null) return [];
  const checkpoint = readNote(text, verifierKey);
  if (checkpoint === null) return [fault("FORGED", null, "The file `checkpoint` is not signed by the log's key.")];
  const leaves = await readTiledLeaves(folder, checkpoint.size);
  const tree = leaves.reduce((grown, leaf) => grow(grown, hashLeaf(leaf)), EMPTY_TREE);
  const isWhole = tree.size === checkpoint.size && rootOfGrown(tree).equals(checkpoint.root);
  if (isWhole) return compare(lines.map(({ c }) => c), leaves.map((leaf) => leaf.toString("base64url")));
  return lines.length < checkpoint.size
    ? [fault("CUT_OFF", lines.length, `The log ends after ${lines.length} entries; its checkpoint has ${checkpoint.size}.`)]
    : [fault("CHANGED", null, "The tiles are not those that the checkpoint speaks of.")];
}

/** The first place where what is differs from what was, and how. */
function compare(is: readonly string[], was: readonly string[]): Fault[] {
  const at = was.findIndex((leaf, index) => leaf !== is[index]);
  const [expected, found] = [was[at], is[at]];
  if (expected === undefined) return [];
  if (found === undefined) return [fault("CUT_OFF", at, `The log ends after ${is.length} entries; ${was.length} were published.`)];
  const [hasExpected, wasFound] = [is.includes(expected), was.includes(found)];
  if (hasExpected && wasFound) return [fault("REORDERED", at, `Entry ${at} stands at another place, and entry ${was.indexOf(found)} in its stead.`)];
  if (hasExpected) return [fault("INSERTED", at, `An entry was put in before entry ${at}.`)];
  if (wasFound) return [fault("REMOVED", at, `Entry ${at} is missing.`)];
  return [fault("CHANGED", at, `Entry ${at} is not the one that was published.`)];
}

/** Without tiles: the numbers that the entries bear, within the batch whose checkpoint does not hold. */
function diagnose(lines: readonly Line[], { from, to, isForged }: Break): Fault {
  const where = `between entries ${from} and ${to}`;
  if (isForged) return fault("FORGED", from, `The checkpoint after entry ${to - 1} is not signed by the log's key.`);
  const at = lines.findIndex(({ i }, place) => place >= from && i !== place);
  const number = lines[at]?.i;
  if (number === undefined) return lines.length < to ? fault("CHANGED", from, `A line ${where} is not readable.`) : fault("CHANGED", from, `An entry ${where} is not the one that was signed.`);
  if (lines.findIndex(({ i }) => i === at) > at) return lines.filter(({ i }) => i === number).length > 1 ? fault("INSERTED", at, `An entry was put in before entry ${at}.`) : fault("REORDERED", at, `Entries ${where} stand in another order.`);
  return number > at ? fault("REMOVED", at, `Entry ${at} is missing.`) : fault("INSERTED", at, `An entry was put in before entry ${at}.`);
}

interface Texts {
  readonly faults: readonly Fault[];
  readonly counts: Verdict["texts"];
  readonly notices: readonly string[];
}

function checkTexts(lines: readonly Line[], keys: NamedKeys | null): Texts {
  if (keys === null) return { faults: [], counts: { checked: 0, purged: 0, erased: 0 }, notices: ["Texts were not compared with their hashes, because there are no keys to read them with."] };
  const entries = lines.map((line) => (line.x === null ? null : openEntry(line, line.k === null ? null : (keys.keyNamed(line.k) ?? null))));
  const purgedBefore = Math.max(0, ...entries.map((entry) => (entry?.kind === "purge" ? entry.before : 0)));
  const erased = new Set(entries.flatMap((entry) => (entry?.kind === "erasure" ? [entry.key] : [])));
  const counts = { checked: 0, purged: 0, erased: 0 };
  const faults: Fault[] = [];
  for (const [at, line] of lines.entries()) {
    const verdict = checkText(line, { entry: entries[at] ?? null, isPurged: at < purgedBefore, isErased: line.k !== null && erased.has(line.k), key: line.k === null ? null : keys.keyNamed(line.k) });
    if (verdict === "checked" || verdict === "purged" || verdict === "erased") counts[verdict] += 1;
    else faults.push(fault(verdict, at, `${FAULTS[verdict].slice(0, -1)}: entry ${at}.`));
  }
  return { faults, counts, notices: clockNotices(entries) };
}

interface TextFacts {
  readonly entry: Entry | null;
  readonly isPurged: boolean;
  readonly isErased: boolean;
  readonly key: Buffer | null | undefined;
}

function checkText({ k, x }: Line, { entry, isPurged, isErased, key }: TextFacts): keyof Verdict["texts"] | "CHANGED" | "UNREADABLE_KEY" | "TEXT_REMOVED" {
  if (x === null) return isPurged ? "purged" : "TEXT_REMOVED";
  if (entry !== null) return "checked";
  if (k !== null && (key === null || key === undefined)) return isErased ? "erased" : "UNREADABLE_KEY";
  return "CHANGED";
}

/** Later than that and it is no matter of two requests side by side. */
const CLOCK_SLACK_MS = 60_000;

function clockNotices(entries: readonly (Entry | null)[]): string[] {
  let latest = 0;
  return entries.flatMap((entry, at) => {
    const instant = entry === null ? 0 : Date.parse(entry.at);
    const isBack = instant > 0 && instant < latest - CLOCK_SLACK_MS;
    // From here on the new time counts, or each entry would be told.
    if (instant > 0) latest = isBack ? instant : Math.max(latest, instant);
    return isBack ? [`The clock went back at entry ${at}: the order of the log is that of the readings, its times are not.`] : [];
  });
}

function checkKept({ kept, verifierKey }: VerifyOptions, { lines, keptRoot }: Walk): Fault[] {
  if (kept === null) return [];
  const checkpoint = readNote(kept, verifierKey);
  if (checkpoint === null) return [fault("FORGED", null, "The checkpoint that was kept is not signed by the log's key.")];
  const size = sizeOf(kept);
  if (lines.length < size) return [fault("ROLLED_BACK", lines.length, `The log has ${lines.length} entries; the checkpoint that was kept has ${size}: an older state was put back, or the end was cut off.`)];
  if (size > 0 && keptRoot?.equals(checkpoint.root) !== true) return [fault("FORKED", null, `The first ${size} entries are not those of the checkpoint that was kept.`)];
  return [];
}

function fault(kind: Fault["kind"], at: number | null, sentence: string): Fault {
  return { kind, at, sentence };
}
