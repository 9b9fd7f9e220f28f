// The keys that wrap data keys. Here they are a ring in a file; a key management service is another `KeyEncryption`.
import { createHash, randomBytes } from "node:crypto";
import { readFile, rename, stat, writeFile } from "node:fs/promises";

import { decrypt, encrypt, KEY_BYTES } from "./cipher.ts";
import { SealError } from "./errors.ts";

/** The door to whoever keeps the keys that wrap: a ring, or a key management service from which they never come out. */
export interface KeyEncryption {
  /** The id of the key that wraps from now on. */
  current(): Promise<string>;
  /** `bound` names the data key and its owner, so that no wrapped key can stand in for another. */
  wrap(dataKey: Uint8Array, bound: readonly string[]): Promise<WrappedKey>;
  /** Throws SealError: KEY_UNKNOWN or DATA_KEY_UNREADABLE. */
  unwrap(wrapped: WrappedKey, bound: readonly string[]): Promise<Buffer>;
}

export interface WrappedKey {
  /** Of the key that wrapped it. */
  readonly kid: string;
  readonly text: string;
}

/** A symmetric JSON Web Key. */
export interface RingKey {
  readonly kty: "oct";
  readonly kid: string;
  /** 32 bytes in base64url. */
  readonly k: string;
}

/** The first key wraps; all of them unwrap. */
export function createKeyRing(keys: readonly RingKey[]): KeyEncryption {
  const ring = readKeys(keys);
  return openRing(async () => ring);
}

/**
 * A ring in a file (a JSON Web Key Set), which is read again when it changes: a key can be added, and an old one taken
 * away, beside a process that runs. Throws SealError; never with the file's text.
 */
export async function openKeyRing(file: string): Promise<KeyEncryption> {
  let known: { readonly changedAt: number; readonly ring: Ring } | null = null;
  let looking: Promise<Ring> | null = null;
  const look = async (): Promise<Ring> => {
    const changedAt = await timeOf(file);
    if (changedAt !== known?.changedAt) known = { changedAt, ring: readKeys(await readRing(file)) };
    return known.ring;
  };
  // Those who ask side by side, as for the people of one list, look once.
  const load = (): Promise<Ring> => (looking ??= look().finally(() => (looking = null)));
  await load();
  return openRing(load);
}

/** The keys in the file, in their order. Throws SealError. */
export async function readRing(file: string): Promise<readonly RingKey[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw unreadable(`Cannot read the key ring ${file} because of ${error.code ?? error.name}.`);
  });
  const keys = parseSet(text);
  if (keys === null) throw unreadable(`Expected a JSON Web Key Set of symmetric keys in ${file}, got something else.`);
  readKeys(keys);
  return keys;
}

/** With a new id, of the day and four random bytes. */
export function makeRingKey(today: string): RingKey {
  return { kty: "oct", kid: `${today}-${randomBytes(4).toString("hex")}`, k: randomBytes(KEY_BYTES).toString("base64url") };
}

/** In one step: whoever reads the file meanwhile reads the old ring or the new one. Only its owner may read it. Throws SealError. */
export async function writeRing(file: string, keys: readonly RingKey[]): Promise<void> {
  readKeys(keys);
  const beside = `${file}.${randomBytes(4).toString("hex")}`;
  await writeFile(beside, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  await rename(beside, file);
}

type Ring = ReadonlyMap<string, Buffer>;

function openRing(load: () => Promise<Ring>): KeyEncryption {
  return {
    current: async () => firstOf(await load())[0],
    wrap: async (dataKey, bound) => {
      const [kid, key] = firstOf(await load());
      return { kid, text: encrypt(key, dataKey, [...bound, kid]) };
    },
    unwrap: async ({ kid, text }, bound) => {
      const key = (await load()).get(kid);
      if (key === undefined) throw new SealError("KEY_UNKNOWN", `Expected the key ${kid} in the key ring, which wrapped a data key, got none of that id.`);
      const dataKey = decrypt(key, text, [...bound, kid]);
      if (dataKey?.length === KEY_BYTES) return dataKey;
      throw new SealError("DATA_KEY_UNREADABLE", `Cannot unwrap a data key because the key ${kid} does not fit: it was changed, or belongs to somebody else.`);
    },
  };
}

function firstOf(ring: Ring): readonly [string, Buffer] {
  const [first] = ring;
  if (first === undefined) throw unreadable("Expected a key or more in the key ring, got none.");
  return first;
}

/** Two keys with one id would make the order of a file decide what can be read. */
function readKeys(keys: readonly RingKey[]): Ring {
  const ring = new Map<string, Buffer>();
  for (const { kid, kty, k } of keys) {
    if (typeof kid !== "string" || !/^[\w.-]{1,64}$/.test(kid)) throw unreadable("Expected each key of the ring to have a `kid` of letters, digits, dot, - and _.");
    if (ring.has(kid)) throw unreadable(`Expected keys with different \`kid\` in the key ring, got ${kid} twice.`);
    const bytes = Buffer.from(typeof k === "string" ? k : "", "base64url");
    if (kty !== "oct" || bytes.length !== KEY_BYTES) throw unreadable(`Expected the key ${kid} of the ring to be symmetric (kty oct) and of ${KEY_BYTES} bytes, got ${bytes.length}.`);
    ring.set(kid, bytes);
  }
  firstOf(ring);
  assertDifferent(ring);
  return ring;
}

/** One key under two ids makes a rotation that rotates nothing. */
function assertDifferent(ring: Ring): void {
  const prints = new Map<string, string>();
  for (const [kid, key] of ring) {
    const print = createHash("sha256").update(key).digest("base64url");
    const other = prints.get(print);
    if (other !== undefined) throw unreadable(`Expected different keys in the key ring, got one under two ids, ${other} and ${kid}.`);
    prints.set(print, kid);
  }
}

/** A parser's message would quote the text, which is a secret. */
function parseSet(text: string): readonly RingKey[] | null {
  try {
    const { keys } = JSON.parse(text) as { readonly keys?: unknown };
    return Array.isArray(keys) && keys.every((key) => typeof key === "object" && key !== null) ? (keys as RingKey[]) : null;
  } catch {
    return null;
  }
}

async function timeOf(file: string): Promise<number> {
  const { mtimeMs } = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(`Cannot read the key ring ${file} because of ${error.code ?? error.name}.`);
  });
  return mtimeMs;
}

function unreadable(message: string): SealError {
  return new SealError("KEY_RING_UNREADABLE", message);
}
