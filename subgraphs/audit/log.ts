// The append-only log of who reads what about whom: a Merkle tree (RFC 6962) whose leaves are salted hashes, with a signed
// checkpoint after each batch. All who wait at the same moment share one write and one sync, and nobody is told that an entry
// is kept before it is on the disk.
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID, type webcrypto } from "node:crypto";

import { AuditUnavailable, EMPTY_TREE, rootOfGrown, type GrowingTree } from "../law/law.ts";
import { sealEntry, type Entry, type EntryKey, type Line } from "./entry.ts";
import { isMissing, messageOf, replaceDurably, syncFolder } from "./files.ts";
import { growBy, isLine, isNote, journalFolder, listSegments, printHead, readSegment, segmentPath } from "./journal.ts";
import { LEAST_ROOM, openJournalFile, ROOM, type JournalFile, type OpenFile } from "./journal-file.ts";
import { lockFolder, type Lock } from "./lock.ts";
import { createNoteSigner, createSigningKey, readNote, type NoteSigner } from "./note.ts";
import { openPersonKeys, type NamedKeys } from "./person-keys.ts";

export interface LogOptions {
  /** The log's own; made where there is none. */
  readonly folder: string;
  /** `beneficiaries`; part of the log's name. */
  readonly name: string;
  /** A file with a private Ed25519 JWK; null: one in the folder, made where there is none. */
  readonly signingKeyFile: string | null;
  /** For tests: how the journal's files are opened. */
  readonly openFile?: OpenFile;
}

export interface Appended {
  readonly place: number;
  readonly entry: Entry;
}

export interface ReadLog {
  readonly origin: string;
  readonly folder: string;
  readonly keys: NamedKeys;
  readonly verifierKey: string;
  /** Of acknowledged entries. */
  size(): number;
  /** Told of each acknowledged entry, in their order. */
  listen(listener: (appended: Appended) => void): void;
  /** The place of the entry, once it is durable. Rejects with AuditUnavailable. */
  append(entry: Entry): Promise<number>;
  /** The same for what nobody waits for: it goes with the next entry that somebody waits for, or a little later by itself. */
  appendLater(entry: Entry): Promise<number>;
  /** While nothing is written: for what changes files of the past. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Throws AuditUnavailable when the folder cannot be written, is in use, or does not end as its last checkpoint says. */
export async function openReadLog(options: LogOptions): Promise<ReadLog> {
  const { folder } = options;
  const lock = await takeFolder(folder);
  try {
    const keys = await openPersonKeys(join(folder, "person-keys.jsonl"));
    const origin = await readOrigin(folder, options.name);
    const signer = createNoteSigner(origin, await readSigningKey(options));
    await keep(join(folder, "verifier-key"), () => `${signer.verifierKey}\n`);
    const state: State = { folder, signer, origin, keys, openFile: options.openFile ?? openJournalFile, ...(await recover(folder, signer)), ...newState() };
    return toLog(state, lock);
  } catch (error) {
    lock.release();
    throw error instanceof AuditUnavailable ? error : new AuditUnavailable(`Cannot open the read audit in ${folder}: ${messageOf(error)}`);
  }
}

/** A file of the journal takes so many entries. */
const SEGMENT_ENTRIES = 20_000;
/** Long enough that under load an outcome never causes a write of its own. A kill takes outcomes of so long, no intent. */
const LATER_MS = 100;

interface Waiting {
  readonly entry: Entry;
  readonly done: PromiseWithResolvers<number>;
}

interface Sealed extends Waiting {
  readonly line: Line;
  /** With it. */
  readonly tree: GrowingTree;
}

/** The journal's last file. */
interface Segment {
  /** Place of its first entry. */
  readonly start: number;
  /** Acknowledged. */
  bytes: number;
  /** Where its room ends. */
  end: number;
}

type Moving = Pick<State, "file" | "waiting" | "sealed" | "isAwake" | "isSealing" | "timer" | "listeners" | "busy" | "isChanged" | "closing" | "closed">;

function newState(): Moving {
  return { file: null, waiting: [], sealed: [], isAwake: false, isSealing: false, timer: null, listeners: [], busy: Promise.resolve(), isChanged: false, closing: null, closed: false };
}

interface State {
  readonly folder: string;
  readonly origin: string;
  readonly signer: NoteSigner;
  readonly keys: NamedKeys;
  readonly openFile: OpenFile;
  /** Of what is acknowledged. */
  tree: GrowingTree;
  segment: Segment | null;
  file: JournalFile | null;
  waiting: Waiting[];
  /** What goes before them into the next batch, in its places. */
  sealed: Sealed[];
  /** What waits is about to be written. */
  isAwake: boolean;
  /** What waits is about to be sealed. */
  isSealing: boolean;
  timer: NodeJS.Timeout | null;
  listeners: ((appended: Appended) => void)[];
  busy: Promise<unknown>;
  /** Files of the past were, the last one perhaps, and its length is not known. */
  isChanged: boolean;
  closing: Promise<void> | null;
  closed: boolean;
}

async function takeFolder(folder: string): Promise<Lock> {
  try {
    await mkdir(journalFolder(folder), { recursive: true, mode: 0o700 });
    const lock = lockFolder(folder);
    if (lock !== null) return lock;
  } catch (error) {
    throw new AuditUnavailable(`Cannot write the read audit in ${folder}: ${messageOf(error)}`);
  }
  throw new AuditUnavailable(`Cannot open the read audit in ${folder} because another process writes it. Give each process a PARCOURS_AUDIT_FOLDER of its own.`);
}

async function readOrigin(folder: string, name: string): Promise<string> {
  return (await keep(join(folder, "origin"), () => `parcours/${name}/${randomUUID().slice(0, 8)}\n`)).trim();
}

async function readSigningKey({ folder, signingKeyFile }: LogOptions): Promise<webcrypto.JsonWebKey> {
  const text = signingKeyFile === null ? await keep(join(folder, "signing-key.jwk.json"), () => JSON.stringify(createSigningKey())) : await readFile(signingKeyFile, "utf8");
  try {
    return JSON.parse(text) as webcrypto.JsonWebKey;
  } catch {
    // A parser's message would quote the key.
    throw new TypeError("Expected a JSON Web Key to sign the audit's checkpoints with, got something else.");
  }
}

/** The file's text; made where there is no file. */
async function keep(path: string, make: () => string): Promise<string> {
  const kept = await readFile(path, "utf8").catch((error: unknown) => (isMissing(error) ? null : Promise.reject(error)));
  if (kept !== null) return kept;
  const text = make();
  await replaceDurably(path, text);
  return text;
}

/** Where the log ends. What a crash left behind the last checkpoint was acknowledged to nobody and goes. */
async function recover(folder: string, signer: NoteSigner): Promise<Pick<State, "tree" | "segment">> {
  const last = await lastBegun(folder);
  const kept = await readFile(join(folder, "checkpoint"), "utf8").catch(() => null);
  const promised = kept === null ? null : readNote(kept, signer.verifierKey);
  const ended = last === undefined ? { tree: EMPTY_TREE, segment: null } : await recoverSegment(last, signer);
  if (promised !== null && promised.size > ended.tree.size) throw damaged(folder, `it ends after ${ended.tree.size} entries and its checkpoint has ${promised.size}`);
  return ended;
}

/** A file in which there is not even its head was begun by a write that failed or was killed. Left there, nothing could be added. */
async function lastBegun(folder: string): Promise<{ readonly start: number; readonly path: string } | undefined> {
  const last = (await listSegments(folder)).at(-1);
  if (last === undefined || /\n|"note"/.test(await readFile(last.path, "utf8"))) return last;
  await rm(last.path);
  await syncFolder(journalFolder(folder));
  return lastBegun(folder);
}

async function recoverSegment({ start, path }: { readonly start: number; readonly path: string }, signer: NoteSigner): Promise<Pick<State, "tree" | "segment">> {
  const { tree, records, signedBytes } = await readSegment(path);
  if (tree === null || tree.size !== start) throw damaged(path, "its first line is not the tree before it");
  const end = records.findLastIndex(isNote);
  const signed = records.slice(0, end + 1);
  const note = records[end];
  const grown = growBy(tree, signed.filter(isLine));
  const checkpoint = isNote(note ?? null) ? readNote((note as { readonly note: string }).note, signer.verifierKey) : null;
  if (end >= 0 && (signed.includes(null) || checkpoint?.size !== grown.size || !checkpoint.root.equals(rootOfGrown(grown)))) {
    throw damaged(path, "its entries are not those that were signed");
  }
  const file = await open(path, "r+");
  try {
    await file.truncate(signedBytes);
    await file.datasync();
  } finally {
    await file.close();
  }
  return { tree: grown, segment: { start, bytes: signedBytes, end: signedBytes } };
}

function damaged(path: string, why: string): AuditUnavailable {
  return new AuditUnavailable(`Cannot go on with the read audit in ${path} because ${why}. Ask \`npm run audit -- verify\` what happened to it.`);
}

function toLog(state: State, lock: Lock): ReadLog {
  return {
    origin: state.origin,
    folder: state.folder,
    keys: state.keys,
    verifierKey: state.signer.verifierKey,
    size: () => state.tree.size,
    listen: (listener) => void state.listeners.push(listener),
    append: (entry) => add(state, entry, () => wake(state)),
    appendLater: (entry) => add(state, entry, () => sealSoon(state)),
    exclusively: (work) => (state.closed ? Promise.reject(CLOSED()) : enqueue(state, () => change(state, work))),
    close: () => (state.closing ??= close(state, lock)),
  };
}

/** What work that failed has changed counts as well. */
async function change<T>(state: State, work: () => Promise<T>): Promise<T> {
  await closeFile(state);
  state.isChanged = true;
  try {
    return await work();
  } finally {
    // Otherwise the next write asks again.
    await measure(state).catch(() => undefined);
  }
}

/** How long the journal's last file is now. */
async function measure(state: State): Promise<void> {
  const { folder, segment, isChanged } = state;
  if (isChanged && segment !== null) segment.bytes = (await readSegment(segmentPath(folder, segment.start))).signedBytes;
  state.isChanged = false;
}

async function close(state: State, lock: Lock): Promise<void> {
  await new Promise((settle) => setImmediate(settle));
  state.closed = true;
  try {
    await enqueue(state, () => writeWaiting(state));
    await closeFile(state);
  } finally {
    lock.release();
  }
}

const CLOSED = (): AuditUnavailable => new AuditUnavailable("Cannot write the read audit because it is closed.");

function add(state: State, entry: Entry, write: () => void): Promise<number> {
  if (state.closed) return Promise.reject(CLOSED());
  const done = Promise.withResolvers<number>();
  state.waiting.push({ entry, done });
  write();
  return done.promise;
}

/** After this turn of the loop: all fields of a level that are asked for side by side are in one batch. */
function wake(state: State): void {
  if (state.isAwake) return;
  state.isAwake = true;
  setImmediate(() => void enqueue(state, () => writeWaiting(state)));
}

/** Ahead of the write, while nobody waits: who asks for the next one waits for the sealing of one entry, and not for all. */
function sealSoon(state: State): void {
  state.timer ??= setTimeout(() => wake(state), LATER_MS);
  if (state.isSealing) return;
  state.isSealing = true;
  setImmediate(() => void enqueue(state, () => sealWaiting(state)));
}

function enqueue<T>(state: State, work: () => Promise<T>): Promise<T> {
  const done = state.busy.then(work);
  state.busy = done.catch(() => undefined);
  return done;
}

async function sealWaiting(state: State): Promise<void> {
  const batch = state.waiting;
  state.waiting = [];
  state.isSealing = false;
  const keyed = (await Promise.all(batch.map((one) => withKey(one, state.keys)))).flatMap((one) => one ?? []);
  for (const { entry, done, key } of keyed) {
    const before = state.sealed.at(-1)?.tree ?? state.tree;
    const line = sealEntry(entry, before.size, key);
    state.sealed.push({ entry, done, line, tree: growBy(before, [line]) });
  }
}

async function writeWaiting(state: State): Promise<void> {
  state.isAwake = false;
  if (state.timer !== null) clearTimeout(state.timer);
  state.timer = null;
  await sealWaiting(state);
  const batch = state.sealed;
  state.sealed = [];
  const last = batch.at(-1);
  if (last === undefined) return;
  try {
    await write(state, batch.map(({ line }) => line), last.tree);
    state.tree = last.tree;
    for (const { entry, done, line } of batch) {
      for (const listener of state.listeners) listener({ place: line.i, entry });
      done.resolve(line.i);
    }
    await makeRoom(state);
  } catch (error) {
    // The file may hold a part of the batch, or what the disk did not take: the next batch opens it again and cuts it off.
    await state.file?.close().catch(() => undefined);
    state.file = null;
    const why = new AuditUnavailable("Cannot write the read audit.", { cause: error });
    for (const { done } of batch) done.reject(why);
  }
}

/** Without its key an entry cannot be kept; the others of the batch can. */
async function withKey({ entry, done }: Waiting, keys: NamedKeys): Promise<(Waiting & { readonly key: EntryKey | null }) | null> {
  if (!("personId" in entry)) return { entry, done, key: null };
  const key = await keys.keyOf(entry.personId).catch((error: unknown) => error);
  if (Buffer.isBuffer(key)) return { entry, done, key: { name: keys.nameOf(entry.personId), key } };
  done.reject(new AuditUnavailable(key === null ? "Cannot write the read audit because the person's key was destroyed." : "Cannot write the read audit because the person's key cannot be kept.", { cause: key }));
  return null;
}

async function write(state: State, lines: readonly Line[], tree: GrowingTree): Promise<void> {
  await measure(state);
  const isFull = state.segment === null || state.tree.size - state.segment.start >= SEGMENT_ENTRIES;
  const segment = isFull || state.segment === null ? { start: state.tree.size, bytes: 0, end: 0 } : state.segment;
  if (isFull) await closeFile(state);
  state.file ??= await openSegment(state, segment);
  const head = segment.bytes === 0 ? printHead(state.tree) : "";
  const note = state.signer.sign({ origin: state.origin, size: tree.size, root: rootOfGrown(tree) });
  const bytes = Buffer.from(`${head}${lines.map((line) => `${JSON.stringify(line)}\n`).join("")}${JSON.stringify({ note })}\n`);
  await state.file.write(bytes, segment.bytes);
  segment.bytes += bytes.length;
  state.segment = segment;
}

async function openSegment({ folder, openFile }: State, segment: Segment): Promise<JournalFile> {
  const file = await openFile(segmentPath(folder, segment.start));
  try {
    await file.truncate(segment.bytes);
    segment.end = segment.bytes;
    if (segment.bytes === 0) await syncFolder(journalFolder(folder));
    return file;
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/** Behind a batch, where nobody waits for it. Without it the next batches are as safe, and slower. */
async function makeRoom({ segment, file }: State): Promise<void> {
  if (segment === null || file === null || segment.end - segment.bytes >= LEAST_ROOM) return;
  const from = Math.max(segment.end, segment.bytes);
  await file.write(ROOM, from).then(() => (segment.end = from + ROOM.length), () => undefined);
}

/** A file that nobody writes ends where its text ends. */
async function closeFile(state: State): Promise<void> {
  const { file, segment } = state;
  state.file = null;
  if (file === null) return;
  if (segment !== null) await file.truncate(segment.bytes).catch(() => undefined);
  await file.close();
}
