// The log as others read it: fixed tiles of 256 hashes and of 256 entries, and the checkpoint over them (C2SP tlog-tiles). A
// second copy of every leaf, against which `verify` tells what became of the journal; partners mirror it without asking us.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { HASH_BYTES, hashLeaf, rootOf } from "../law/law.ts";
import { isMissing, replaceDurably } from "./files.ts";
import { isNote, listSegments, readLines, readSegment } from "./journal.ts";

export const TILE_SIZE = 256;

/** Writes what is new since the last time, then the checkpoint. The journal must not grow meanwhile. */
export async function publishTiles(folder: string): Promise<void> {
  const note = await readLastNote(folder);
  if (note === null) return;
  const size = sizeOf(note);
  const before = sizeOf((await readFile(join(folder, "checkpoint"), "utf8").catch(() => null)) ?? "");
  if (size === before) return;
  await writeEntries(folder, before);
  for (let level = 1, width = TILE_SIZE; Math.floor(size / width) > 0; level++, width *= TILE_SIZE) {
    await writeLevel(folder, level, { from: Math.floor(before / width), count: Math.floor(size / width) });
  }
  await replaceDurably(join(folder, "checkpoint"), note);
}

/** The last signed one in the journal; null for an empty log. */
export async function readLastNote(folder: string): Promise<string | null> {
  for (const { path } of (await listSegments(folder)).reverse()) {
    const note = (await readSegment(path)).records.findLast(isNote);
    if (note !== undefined) return note.note;
  }
  return null;
}

/** The leaves of the entries' tiles, up to a size; fewer where tiles are missing. */
export async function readTiledLeaves(folder: string, size: number): Promise<Buffer[]> {
  const leaves: Buffer[] = [];
  for (let tile = 0; tile * TILE_SIZE < size; tile++) {
    const width = Math.min(TILE_SIZE, size - tile * TILE_SIZE);
    const bytes = await readFile(join(folder, tilePath("entries", tile, width))).catch((error: unknown) => (isMissing(error) ? null : Promise.reject(error)));
    if (bytes === null) break;
    for (let at = 0; at + 2 <= bytes.length; at += 2 + bytes.readUInt16BE(at)) leaves.push(bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at)));
  }
  return leaves;
}

export function sizeOf(note: string): number {
  return Number(note.split("\n")[1] ?? 0);
}

/** `tile/0/x001/234` and, for one that is not full, `tile/0/x001/234.p/17`. */
function tilePath(level: number | "entries", tile: number, width: number): string {
  const digits = String(tile).padStart(Math.ceil(String(tile).length / 3) * 3, "0");
  const groups = digits.match(/\d{3}/g) ?? [];
  const path = groups.map((group, index) => (index === groups.length - 1 ? group : `x${group}`)).join("/");
  return join("tile", String(level), width === TILE_SIZE ? path : `${path}.p/${width}`);
}

async function writeEntries(folder: string, before: number): Promise<void> {
  let tile = Math.floor(before / TILE_SIZE);
  let leaves: Buffer[] = [];
  const write = async () => {
    const sized = leaves.map((leaf) => Buffer.concat([Buffer.of(0, HASH_BYTES), leaf]));
    await writeTile(folder, ["entries", tile], { content: Buffer.concat(sized), width: leaves.length });
    await writeTile(folder, [0, tile], { content: Buffer.concat(leaves.map(hashLeaf)), width: leaves.length });
    [tile, leaves] = [tile + 1, []];
  };
  for await (const { c } of readLines(folder, tile * TILE_SIZE)) {
    leaves.push(Buffer.from(c, "base64url"));
    if (leaves.length === TILE_SIZE) await write();
  }
  if (leaves.length > 0) await write();
}

async function writeLevel(folder: string, level: number, { from, count }: { readonly from: number; readonly count: number }): Promise<void> {
  for (let tile = Math.floor(from / TILE_SIZE); tile * TILE_SIZE < count; tile++) {
    const width = Math.min(TILE_SIZE, count - tile * TILE_SIZE);
    const hashes: Buffer[] = [];
    for (let at = 0; at < width; at++) {
      const bytes = await readFile(join(folder, tilePath(level - 1, tile * TILE_SIZE + at, TILE_SIZE)));
      hashes.push(rootOf(Array.from({ length: TILE_SIZE }, (_, index) => bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES))));
    }
    await writeTile(folder, [level, tile], { content: Buffer.concat(hashes), width });
  }
}

/** A full tile takes the place of those that were not. */
async function writeTile(folder: string, [level, tile]: readonly [number | "entries", number], { content, width }: { readonly content: Buffer; readonly width: number }): Promise<void> {
  const path = join(folder, tilePath(level, tile, width));
  await rm(`${join(folder, tilePath(level, tile, TILE_SIZE))}.p`, { recursive: true, force: true });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, content, { mode: 0o600 });
}
