// What a file that ended leaves for the log of readings, whose one writer is the process that serves the subgraph: an order to
// destroy the person's key there. Until it is carried out the person's id stands in the order, and only there.
import type { ClientSession, Connection } from "mongoose";

import type { ErasureOrders } from "../audit/audit.ts";

interface OrderRow {
  /** The person. */
  readonly _id: string;
  readonly at: Date;
}

const COLLECTION = "auditErasures";
const DURABLE = { writeConcern: { w: "majority", journal: true } } as const;
/** The others' turn comes next time. */
const PORTION = 500;

/** Within the transaction that ends the file. */
export async function orderErasure(connection: Connection, personId: string, session: ClientSession): Promise<void> {
  await connection.collection<OrderRow>(COLLECTION).updateOne({ _id: personId }, { $setOnInsert: { at: new Date() } }, { session, upsert: true });
}

export function openErasureOrders(connection: Connection): ErasureOrders {
  const orders = connection.collection<OrderRow>(COLLECTION);
  return {
    list: async () => (await orders.find({}, { sort: { _id: 1 }, limit: PORTION, projection: { _id: 1 } }).toArray()).map(({ _id }) => _id),
    done: async (personId) => void (await orders.deleteOne({ _id: personId }, DURABLE)),
  };
}
