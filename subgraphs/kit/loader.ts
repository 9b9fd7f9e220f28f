// The request's batching: each type and level of an answer becomes one query, whatever the number of keys.
import DataLoader from "dataloader";

/** Loads one value a key; a key without a value gives null. Lives as long as one request. */
export interface Loader<K, V> {
  load(key: K): Promise<V>;
  loadMany(keys: readonly K[]): Promise<V[]>;
}

/** One row a key: `fetch` gets the distinct keys of a level, in one call, and may answer in any order. */
export function createRowLoader<K extends string, Row>(
  fetch: (keys: readonly K[]) => Promise<readonly Row[]>,
  keyOf: (row: Row) => K,
): Loader<K, Row | null> {
  return createLoader(async (keys) => {
    const byKey = new Map((await fetch(keys)).map((row) => [keyOf(row), row]));
    return keys.map((key) => byKey.get(key) ?? null);
  });
}

/** The same where `fetch` answers a map. */
export function createKeyedLoader<K extends string, V>(fetch: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>): Loader<K, V | null> {
  return createLoader(async (keys) => {
    const byKey = await fetch(keys);
    return keys.map((key) => byKey.get(key) ?? null);
  });
}

/** Many rows a key, in the order in which `fetch` gave them. `keysOf` names every key that a row belongs to. */
export function createGroupLoader<K extends string, Row>(
  fetch: (keys: readonly K[]) => Promise<readonly Row[]>,
  keysOf: (row: Row) => readonly K[],
): Loader<K, Row[]> {
  return createLoader(async (keys) => {
    const groups = new Map<K, Row[]>(keys.map((key) => [key, []]));
    for (const row of await fetch(keys)) for (const key of keysOf(row)) groups.get(key)?.push(row);
    return keys.map((key) => groups.get(key) ?? []);
  });
}

/**
 * A loader for each set of arguments: fields with arguments batch with the fields that were asked with equal ones.
 * `Args` must print as JSON with a stable key order, which GraphQL's coerced arguments do.
 */
export function createLoaderFamily<Args, K, V>(create: (args: Args) => Loader<K, V>): (args: Args) => Loader<K, V> {
  const family = new Map<string, Loader<K, V>>();
  return (args) => {
    const name = JSON.stringify(args);
    const known = family.get(name) ?? create(args);
    family.set(name, known);
    return known;
  };
}

function createLoader<K, V>(batch: (keys: readonly K[]) => Promise<V[]>): Loader<K, V> {
  const loader = new DataLoader<K, V>(batch);
  return {
    load: (key) => loader.load(key),
    loadMany: (keys) => Promise.all(keys.map((key) => loader.load(key))),
  };
}
