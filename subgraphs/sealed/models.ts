// The data keys as they are stored: wrapped, in a database of their own.
import { Schema, type Connection } from "mongoose";

import type { WrappedKey } from "./key-ring.ts";

export type { Connection } from "mongoose";

/** Of one person, or of one other owner. Once it is destroyed its id stays, so that no late write makes another. */
export interface DataKeyRow {
  /** Of the owner. */
  readonly _id: string;
  /** Of the data key; random. */
  readonly keyId: string;
  /** Null once it is destroyed. */
  readonly wrapped: WrappedKey | null;
  readonly destroyedAt: Date | null;
}

export type KeyModels = ReturnType<typeof openKeyModels>;

const wrapped = new Schema({ kid: { type: String, required: true }, text: { type: String, required: true } }, { _id: false });
const dataKey = new Schema(
  { _id: { type: String, required: true }, keyId: { type: String, required: true }, wrapped: { type: wrapped, default: null }, destroyedAt: { type: Date, default: null } },
  { collection: "personKeys", versionKey: false, autoIndex: false, autoCreate: false },
);

/** A destroyed key that a minority still has would come back with the next primary. */
const DURABLE = { w: "majority", j: true } as const;
const TIME_LIMIT_MS = 5_000;
/** A level of an answer comes in one trip. */
const BATCH_ROWS = 10_000;

export function openKeyModels(connection: Connection) {
  const keys = connection.model<DataKeyRow>("DataKey", dataKey);
  return {
    byOwners: (ownerIds: readonly string[]) =>
      keys
        .find({ _id: { $in: [...ownerIds] } })
        .maxTimeMS(TIME_LIMIT_MS)
        .batchSize(BATCH_ROWS)
        .lean<DataKeyRow[]>()
        .exec(),
    /** Those that are there already stay as they are. */
    add: async (rows: readonly DataKeyRow[]) => {
      const writes = rows.map(({ _id, ...row }) => ({ updateOne: { filter: { _id }, update: { $setOnInsert: row }, upsert: true } }));
      if (writes.length > 0) await keys.collection.bulkWrite(writes as never, { ordered: false, writeConcern: DURABLE });
    },
    destroy: async (ownerId: string, destroyedAt: Date) => {
      await keys.collection.updateOne({ _id: ownerId as never }, { $set: { wrapped: null, destroyedAt }, $setOnInsert: { keyId: "none" } }, { upsert: true, writeConcern: DURABLE });
    },
    /** In the order of their owners' ids. */
    pageAfter: (ownerId: string, limit: number) =>
      keys
        .find({ _id: { $gt: ownerId } })
        .sort({ _id: 1 })
        .limit(limit)
        .maxTimeMS(TIME_LIMIT_MS)
        .batchSize(BATCH_ROWS)
        .lean<DataKeyRow[]>()
        .exec(),
    /** Unless somebody destroyed or wrapped it meanwhile. */
    rewrap: async (rows: readonly (DataKeyRow & { readonly before: WrappedKey })[]) => {
      const writes = rows.map(({ _id, before, wrapped: after }) => ({ updateOne: { filter: { _id, "wrapped.text": before.text }, update: { $set: { wrapped: after } } } }));
      if (writes.length > 0) await keys.collection.bulkWrite(writes as never, { ordered: false, writeConcern: DURABLE });
    },
    /** How many data keys each key of the ring wraps. For operators: it reads all. */
    countBy: async (): Promise<ReadonlyMap<string, number>> => {
      const rows = await keys.aggregate<{ readonly _id: string | null; readonly count: number }>([{ $group: { _id: "$wrapped.kid", count: { $sum: 1 } } }]).exec();
      return new Map(rows.flatMap(({ _id, count }) => (_id === null ? [] : [[_id, count] as const])));
    },
  };
}
