// What a file that ended leaves for the logs of readings: an order to destroy the person's key there. A subgraph's database may be
// read by several processes, each with a log of its own; each joins when it starts, and an order goes when every log that ever
// joined has carried it out. Until then the person's id stands in the order, and only there. A log that will never write again
// keeps orders from going, until an operator says that its folder is destroyed (`npm run audit -- retire`).
import type { ClientSession, Connection } from "mongoose";

import type { ErasureOrders } from "../audit/audit.ts";

interface OrderRow {
  /** The person. */
  readonly _id: string;
  readonly at: Date;
  /** Origins of the logs that have carried it out. */
  readonly done?: readonly string[];
}

interface LogRow {
  /** The log's origin. */
  readonly _id: string;
  readonly joinedAt: Date;
  /** When a process last began to write it. */
  readonly startedAt: Date;
}

/** A log, and how many orders wait for it. */
export interface JoinedLog {
  readonly origin: string;
  readonly joinedAt: Date;
  readonly startedAt: Date;
  readonly waiting: number;
}

/** For operators. */
export interface LogRegister {
  list(): Promise<JoinedLog[]>;
  /** No order waits for it any more. False where no log of this origin joined. */
  retire(origin: string): Promise<boolean>;
}

const ORDERS = "auditErasures";
const LOGS = "auditLogs";
const DURABLE = { writeConcern: { w: "majority", journal: true } } as const;
/** The others' turn comes next time. */
const PORTION = 500;

/** Within the transaction that ends the file. */
export async function orderErasure(connection: Connection, personId: string, session: ClientSession): Promise<void> {
  await connection.collection<OrderRow>(ORDERS).updateOne({ _id: personId }, { $setOnInsert: { at: new Date() } }, { session, upsert: true });
}

/** Of the subgraph that has the database. */
export function openErasureOrders(connection: Connection, subgraph: string): ErasureOrders {
  const orders = connection.collection<OrderRow>(ORDERS);
  return {
    join: async (origin) => {
      const now = new Date();
      await connection.collection<LogRow>(LOGS).updateOne({ _id: origin }, { $set: { startedAt: now }, $setOnInsert: { joinedAt: now } }, { ...DURABLE, upsert: true });
    },
    list: async (origin) => (await orders.find(waitingFor(origin), { sort: { _id: 1 }, limit: PORTION, projection: { _id: 1 } }).toArray()).map(({ _id }) => _id),
    done: async (personId, origin) => {
      await orders.updateOne({ _id: personId }, { $addToSet: { done: origin } }, DURABLE);
      // Of two logs that are done at the same moment, the second finds both.
      await forgetDone(connection, subgraph, { _id: personId });
    },
  };
}

export function openLogRegister(connection: Connection, subgraph: string): LogRegister {
  const logs = connection.collection<LogRow>(LOGS);
  const orders = connection.collection<OrderRow>(ORDERS);
  return {
    list: async () => {
      const joined = await logs.find({}, { sort: { _id: 1 } }).toArray();
      return Promise.all(joined.map(async ({ _id: origin, joinedAt, startedAt }) => ({ origin, joinedAt, startedAt, waiting: await orders.countDocuments(waitingFor(origin)) })));
    },
    retire: async (origin) => {
      const { deletedCount } = await logs.deleteOne({ _id: origin }, DURABLE);
      // Asked for again after a kill in between, it ends what it began.
      await forgetDone(connection, subgraph, {});
      return deletedCount === 1;
    },
  };
}

function waitingFor(origin: string): object {
  return { done: { $ne: origin } };
}

/** Where no log of the subgraph itself has joined, or is left, orders wait for the next one that joins: commands have logs here too. */
async function forgetDone(connection: Connection, subgraph: string, which: object): Promise<void> {
  const origins = (await connection.collection<LogRow>(LOGS).find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id);
  if (origins.some((origin) => origin.startsWith(`parcours/${subgraph}/`))) await connection.collection<OrderRow>(ORDERS).deleteMany({ ...which, done: { $all: origins } }, DURABLE);
}
