// Copies of what another subgraph told: collections that are made equal to it as a whole.
import { isDeepStrictEqual } from "node:util";

import type { ClientSession, Connection } from "mongoose";

interface Copied {
  readonly _id: string;
}

const DURABLE = { writeConcern: { w: "majority", journal: true } } as const;

/**
 * By collection. All of it is one transaction, so that no reader sees a part, and only rows that differ are written. Answers
 * whether any did.
 */
export async function replaceCopies(connection: Connection, copies: Readonly<Record<string, readonly Copied[]>>): Promise<boolean> {
  let written = 0;
  await connection.transaction(async (session) => {
    written = 0;
    for (const [name, rows] of Object.entries(copies)) written += await replaceAll(connection, { name, rows }, session);
  }, DURABLE);
  return written > 0;
}

async function replaceAll(connection: Connection, { name, rows }: { readonly name: string; readonly rows: readonly Copied[] }, session: ClientSession): Promise<number> {
  const collection = connection.collection<Copied>(name);
  const known = new Map((await collection.find({}, { session }).toArray()).map((row) => [row._id, row]));
  const changed = rows.filter((row) => !isDeepStrictEqual(known.get(row._id), row));
  const kept = new Set(rows.map(({ _id }) => _id));
  const gone = [...known.keys()].filter((id) => !kept.has(id));
  const writes = [
    ...changed.map((row) => ({ replaceOne: { filter: { _id: row._id }, replacement: { ...row }, upsert: true } })),
    ...(gone.length === 0 ? [] : [{ deleteMany: { filter: { _id: { $in: gone } } } }]),
  ];
  if (writes.length > 0) await collection.bulkWrite(writes, { session });
  return writes.length;
}
