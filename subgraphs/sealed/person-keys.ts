// A data key for each person. What is sealed under it is read with it and by nobody without it, so that destroying one
// small row erases the person's values wherever copies of them lie, backups included (GDPR art. 17).
//
// A backup of the data alone opens nothing. A backup of the key database brings destroyed keys back, so it is kept apart
// and shortly, and its keys are wrapped: when the ring is rotated and the old key taken off it, older backups of wrapped
// keys are unreadable too. The longest time in which an erased person could be read again is therefore the time between
// two rotations (README, "Keys").
import { randomBytes, randomUUID } from "node:crypto";

import { KEY_BYTES } from "./cipher.ts";
import { SealError } from "./errors.ts";
import { createKeyRing, type KeyEncryption, type WrappedKey } from "./key-ring.ts";
import { openKeyModels, type Connection, type DataKeyRow, type KeyModels } from "./models.ts";

export interface DataKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** For whoever seals something of one person. */
export interface PersonKeys {
  /** Null for whoever has none: never made, or destroyed. Throws SealError. */
  keyOf(personId: string): Promise<Buffer | null>;
  /** For ever; a key is never made again for this person. */
  destroy(personId: string): Promise<void>;
}

export interface KeyStore extends PersonKeys {
  /** In one query; whoever has no key is not in it. One key that cannot be read keeps no other from being read. */
  load(ownerIds: readonly string[]): Promise<ReadonlyMap<string, DataKey | SealError>>;
  /** The same, with a new key for whoever never had one. Throws SealError. */
  make(ownerIds: readonly string[]): Promise<ReadonlyMap<string, DataKey>>;
  /** Wraps with the ring's first key what another one wrapped; both are on the ring meanwhile. Gives their number. */
  rewrap(): Promise<number>;
  /** The ring's keys that wrap something, and how many data keys each. */
  inUse(): Promise<ReadonlyMap<string, number>>;
}

/** Opens the keys that belong to a database. */
export type OpenKeys = (data: Connection) => KeyStore;

const PORTION = 500;

/** Data keys are held nowhere between requests, so that a destroyed one opens nothing from then on, in any process. */
export function createKeyStore(connection: Connection, ring: KeyEncryption): KeyStore {
  const models = openKeyModels(connection);
  const load: KeyStore["load"] = async (ownerIds) => unwrapAll(await models.byOwners(ownerIds), ring);
  return {
    load,
    keyOf: async (personId) => {
      const key = (await load([personId])).get(personId);
      return key === undefined ? null : readable(key).bytes;
    },
    destroy: (personId) => models.destroy(personId, new Date()),
    make: async (ownerIds) => {
      for (const some of portionsOf([...new Set(ownerIds)])) await models.add(await Promise.all(some.map((ownerId) => createRow(ownerId, ring))));
      const made = await load(ownerIds);
      return new Map([...made].map(([ownerId, key]) => [ownerId, readable(key)]));
    },
    rewrap: () => rewrapAll(models, ring),
    inUse: () => models.countBy(),
  };
}

/** For demonstrations and tests: on the same server, wrapped by a key that everybody knows. */
export const openDemonstrationKeys: OpenKeys = (data) => createKeyStore(besideData(data), DEMONSTRATION_RING);

/** On the data's server; in production the keys are on another one, with backups of its own. */
export function besideData(data: Connection): Connection {
  return data.useDb(`${data.name}-keys`, { useCache: true });
}

/** Opens nothing but invented people. */
export const DEMONSTRATION_RING = createKeyRing([{ kty: "oct", kid: "demonstration", k: Buffer.alloc(KEY_BYTES, "demonstration").toString("base64url") }]);

/** The key's id and its owner's: a wrapped key that is moved to another row opens nothing. */
function boundTo(ownerId: string, keyId: string): readonly string[] {
  return ["data-key", keyId, ownerId];
}

async function createRow(ownerId: string, ring: KeyEncryption): Promise<DataKeyRow> {
  const keyId = randomUUID();
  return { _id: ownerId, keyId, wrapped: await ring.wrap(randomBytes(KEY_BYTES), boundTo(ownerId, keyId)), destroyedAt: null };
}

async function unwrapAll(rows: readonly DataKeyRow[], ring: KeyEncryption): Promise<ReadonlyMap<string, DataKey | SealError>> {
  const keys = rows.flatMap(({ wrapped, ...row }) => (wrapped === null ? [] : [unwrapOne(row, wrapped, ring)]));
  return new Map(await Promise.all(keys));
}

async function unwrapOne({ _id, keyId }: Pick<DataKeyRow, "_id" | "keyId">, wrapped: WrappedKey, ring: KeyEncryption): Promise<[string, DataKey | SealError]> {
  try {
    return [_id, { id: keyId, bytes: await ring.unwrap(wrapped, boundTo(_id, keyId)) }];
  } catch (error) {
    if (error instanceof SealError) return [_id, error];
    throw error;
  }
}

function readable(key: DataKey | SealError): DataKey {
  if (key instanceof SealError) throw key;
  return key;
}

async function rewrapAll(models: KeyModels, ring: KeyEncryption): Promise<number> {
  const current = await ring.current();
  let count = 0;
  for (let rows = await models.pageAfter("", PORTION); rows.length > 0; rows = await models.pageAfter(rows.at(-1)?._id ?? "", PORTION)) {
    const stale = rows.flatMap((row) => (row.wrapped === null || row.wrapped.kid === current ? [] : [rewrapOne(row, row.wrapped, ring)]));
    await models.rewrap(await Promise.all(stale));
    count += stale.length;
  }
  return count;
}

async function rewrapOne(row: DataKeyRow, before: WrappedKey, ring: KeyEncryption): Promise<DataKeyRow & { readonly before: WrappedKey }> {
  const bound = boundTo(row._id, row.keyId);
  return { ...row, before, wrapped: await ring.wrap(await ring.unwrap(before, bound), bound) };
}

function portionsOf<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / PORTION) }, (_, index) => all.slice(index * PORTION, (index + 1) * PORTION));
}
