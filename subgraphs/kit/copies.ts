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

/** So many rows are read or written at once: who asks for something else meanwhile does not wait for a hundred thousand. */
const PORTION = 1_000;

async function replaceAll(connection: Connection, { name, rows }: { readonly name: string; readonly rows: readonly Copied[] }, session: ClientSession): Promise<number> {
  const collection = connection.collection<Copied>(name);
  const changed = new Map(rows.map((row) => [row._id, row]));
  const told = new Set(changed.keys());
  const gone: string[] = [];
  for await (const row of collection.find({}, { session, batchSize: PORTION })) {
    if (!told.has(row._id)) gone.push(row._id);
    else if (isDeepStrictEqual(changed.get(row._id), row)) changed.delete(row._id);
  }
  const writes = [
    ...[...changed.values()].map((row) => ({ replaceOne: { filter: { _id: row._id }, replacement: { ...row }, upsert: true } })),
    ...gone.map((id) => ({ deleteOne: { filter: { _id: id } } })),
  ];
  for (let at = 0; at < writes.length; at += PORTION) await collection.bulkWrite(writes.slice(at, at + PORTION), { session });
  return writes.length;
}
