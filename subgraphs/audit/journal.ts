// The journal: files of lines, each begun with the tree before it, in which every batch of entries ends with a signed
// checkpoint. A batch is acknowledged once its checkpoint is on the disk; what follows the last checkpoint never was.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { grow, hashLeaf, type GrowingTree } from "../law/law.ts";
import type { Line } from "./entry.ts";
import { isMissing } from "./files.ts";
import { readWritten } from "./journal-file.ts";

export interface Segment {
  /** Place of its first entry. */
  readonly start: number;
  readonly path: string;
}

export interface SegmentText {
  /** Before its first entry. Null: the head is not readable. */
  readonly tree: GrowingTree | null;
  /** In the file's order. Null: a line that nobody wrote. */
  readonly records: readonly (Line | Note | null)[];
  /** Bytes up to the last checkpoint, which included. */
  readonly signedBytes: number;
}

/** A checkpoint; see note.ts. */
export interface Note {
  readonly note: string;
}

export function isNote(record: Line | Note | null): record is Note {
  return record !== null && "note" in record;
}

export function isLine(record: Line | Note | null): record is Line {
  return record !== null && "c" in record;
}

export function journalFolder(folder: string): string {
  return join(folder, "journal");
}

export function segmentPath(folder: string, start: number): string {
  return join(journalFolder(folder), `${String(start).padStart(12, "0")}.jsonl`);
}

/** Oldest first. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const names = await readdir(journalFolder(folder)).catch((error: unknown) => (isMissing(error) ? [] : Promise.reject(error)));
  return names
    .filter((name) => /^\d{12}\.jsonl$/.test(name))
    .sort()
    .map((name) => ({ start: Number(name.slice(0, 12)), path: join(journalFolder(folder), name) }));
}

export async function readSegment(path: string): Promise<SegmentText> {
  const lines = readWritten(await readFile(path, "utf8")).split("\n");
  lines.pop();
  const [head = "", ...rest] = lines;
  const records = rest.map(readRecord);
  const last = records.findLastIndex(isNote);
  const signedBytes = Buffer.byteLength(`${lines.slice(0, last + 2).join("\n")}\n`);
  return { tree: readHead(head), records, signedBytes };
}

/** Acknowledged entries from a place on, oldest first. */
export async function* readLines(folder: string, from: number): AsyncGenerator<Line> {
  const segments = await listSegments(folder);
  for (const [index, { path }] of segments.entries()) {
    const next = segments[index + 1];
    if (next !== undefined && next.start <= from) continue;
    const { records } = await readSegment(path);
    for (const line of records.slice(0, records.findLastIndex(isNote) + 1)) if (isLine(line) && line.i >= from) yield line;
  }
}

export function printHead({ size, subtrees }: GrowingTree): string {
  return `${JSON.stringify({ tree: { size, subtrees: subtrees.map((one) => [one.size, one.hash.toString("base64url")]) } })}\n`;
}

export function leafOf({ c }: Line): Buffer {
  return hashLeaf(Buffer.from(c, "base64url"));
}

export function growBy(tree: GrowingTree, lines: readonly Line[]): GrowingTree {
  return lines.reduce((grown, line) => grow(grown, leafOf(line)), tree);
}

function readHead(text: string): GrowingTree | null {
  const head = parse(text) as { readonly tree?: { readonly size: number; readonly subtrees: readonly (readonly [number, string])[] } } | null;
  if (head?.tree === undefined) return null;
  const { size, subtrees } = head.tree;
  return { size, subtrees: subtrees.map(([count, hash]) => ({ size: count, hash: Buffer.from(hash, "base64url") })) };
}

function readRecord(text: string): Line | Note | null {
  const record = parse(text) as Partial<Line & Note> | null;
  if (typeof record?.note === "string") return { note: record.note };
  return typeof record?.c === "string" && Number.isInteger(record.i) && typeof record.d === "string" ? (record as Line) : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
