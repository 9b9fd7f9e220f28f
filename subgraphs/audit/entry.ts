// What the log holds: for each reading about a person who intends to read, and what came of it; never a value (CNIL
// recommendation on logging: ids only). The tree holds a salted hash of each text and the text lies beside it, encrypted under
// the person's key: when the key is destroyed or the text purged, the tree still verifies and tells nobody anything.
import { createCipheriv, createDecipheriv, hash, randomBytes } from "node:crypto";

/** The same for an intent and for a request that was refused everything. */
export interface Asking {
  /** ISO 8601, by the subgraph's clock; the order is that of the log. */
  readonly at: string;
  readonly personId: string;
  readonly subject: string | null;
  readonly professionalId: string | null;
  readonly partnerId: string | null;
  /** The person themself. */
  readonly self: boolean;
  readonly purpose: string | null;
  readonly operationName: string | null;
  /** Of the client's request, the same at each subgraph; older entries have none. */
  readonly request?: string | null;
  /** What the request asks for of people; `Beneficiary.needs`. */
  readonly asked: readonly string[];
}

export interface Result {
  readonly bases: readonly string[];
  readonly read: readonly string[];
  /** Field → reason. */
  readonly refused: Readonly<Record<string, string>>;
  readonly rows: number;
  readonly ms: number;
}

/** Never a value of the record. */
export interface Deed {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly personId: string;
  readonly professionalId: string | null;
  readonly partnerId: string | null;
  /** The person themself. */
  readonly self: boolean;
  readonly purpose: string | null;
  readonly mutation: string;
  /** What was written. */
  readonly subjectId: string;
  /** Of the right to share that it is about. */
  readonly bases: readonly string[];
}

export type Entry =
  /** Durable before anything is read. Without an outcome the answer is unknown: it counts as read. */
  | ({ readonly kind: "intent" } & Asking)
  | ({ readonly kind: "outcome"; readonly at: string; readonly personId: string; readonly intent: number } & Result)
  | ({ readonly kind: "refusal" } & Asking & Result)
  /** What was written about a person. A process that was killed may have left the same one twice: `id` tells. */
  | ({ readonly kind: "deed" } & Deed)
  /** Texts before this place were purged. */
  | { readonly kind: "purge"; readonly at: string; readonly before: number }
  /** The key of this name was destroyed. */
  | { readonly kind: "erasure"; readonly at: string; readonly key: string };

/** One line of the journal. */
export interface Line {
  /** Place in the log, from 0. */
  readonly i: number;
  /** Day, for the purge. */
  readonly d: string;
  /** Name of the person's key; null where nobody is spoken of. */
  readonly k: string | null;
  /** The leaf: SHA-256 of salt and text, base64url. */
  readonly c: string;
  /** Salt and text, encrypted where there is a key, base64url; null once purged. */
  readonly x: string | null;
}

export interface EntryKey {
  readonly name: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

export function sealEntry(entry: Entry, i: number, key: EntryKey | null): Line {
  const random = randomBytes(SALT_BYTES + NONCE_BYTES);
  const plain = Buffer.concat([random.subarray(0, SALT_BYTES), Buffer.from(JSON.stringify({ i, ...entry }))]);
  const commitment = commit(plain);
  const x = key === null ? plain : encrypt(plain, { key: key.key, about: commitment, nonce: random.subarray(SALT_BYTES) });
  return { i, d: entry.at.slice(0, 10), k: key?.name ?? null, c: commitment.toString("base64url"), x: x.toString("base64url") };
}

/** Null: the line is not what was sealed, or not with this key. */
export function openEntry({ i, d, k, c, x }: Line, key: Buffer | null): Entry | null {
  const commitment = Buffer.from(c, "base64url");
  const sealed = Buffer.from(x ?? "", "base64url");
  const plain = k === null ? sealed : key === null ? null : decrypt(sealed, key, commitment);
  if (plain === null || !commit(plain).equals(commitment)) return null;
  const { i: place, ...entry } = JSON.parse(plain.subarray(SALT_BYTES).toString()) as Entry & { readonly i: number };
  return place === i && entry.at.startsWith(d) ? (entry as Entry) : null;
}

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function commit(plain: Buffer): Buffer {
  return hash("sha256", plain, "buffer");
}

function encrypt(plain: Buffer, { key, about, nonce }: { readonly key: Buffer; readonly about: Buffer; readonly nonce: Buffer }): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(about);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(sealed: Buffer, key: Buffer, about: Buffer): Buffer | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(about);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}
