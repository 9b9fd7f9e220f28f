// The subgraph's database: one tuned mongoose connection. Fails at once instead of buffering when MongoDB is away.
import mongoose, { type Aggregate, type ClientSession, type Collection, type Connection, type Query, type Schema } from "mongoose";

/** The server gives a read up after this. */
const READ_TIMEOUT_MS = 5_000;
/** A server that is silent for this long is given up: a little later than it should have given up itself. */
const SOCKET_TIMEOUT_MS = 6_000;
/** A level of an answer comes in one trip; the driver would fetch all beyond 101 rows by a second command. */
const BATCH_ROWS = 10_000;
/** For what is read as a whole; MongoDB keeps a snapshot for five minutes. */
const SNAPSHOT_TIMEOUT_MS = 240_000;
const READS = ["find", "findOne", "countDocuments", "estimatedDocumentCount", "distinct"] as const;

export interface StoreOptions {
  /** A MongoDB connection string; the database that it names is not used. */
  readonly uri: string;
  readonly database: string;
  /** Told of each command that is sent, for tests that count them. */
  readonly onCommand?: (command: { readonly name: string; readonly command: Readonly<Record<string, unknown>> }) => void;
}

export interface Store {
  readonly connection: Connection;
  close(): Promise<void>;
}

/**
 * Connects. A dead primary is noticed in about a second rather than ten: with the driver's defaults a frozen primary
 * stops writes for 11 s, with these 4 s.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  mongoose.set("strictQuery", "throw");
  const connection = mongoose.createConnection(options.uri, {
    dbName: options.database,
    bufferCommands: false,
    autoIndex: false,
    autoCreate: false,
    connectTimeoutMS: 1_000,
    serverSelectionTimeoutMS: 3_000,
    heartbeatFrequencyMS: 1_000,
    socketTimeoutMS: SOCKET_TIMEOUT_MS,
    maxPoolSize: 20,
    monitorCommands: options.onCommand !== undefined,
  });
  connection.plugin(tuneReads);
  await connection.asPromise();
  const { onCommand } = options;
  if (onCommand !== undefined) {
    connection.getClient().on("commandStarted", (event) => onCommand({ name: event.commandName, command: event.command }));
  }
  return { connection, close: () => connection.close() };
}

/** All that an aggregation gives at the session's instant, in portions: for a report over a whole collection, and no question of a client. */
export function readSnapshot<Row extends object>(collection: Collection, stages: readonly object[], session: ClientSession): AsyncIterable<Row> {
  return collection.aggregate<Row>([...stages] as never, { session, maxTimeMS: SNAPSHOT_TIMEOUT_MS, batchSize: BATCH_ROWS });
}

/** Gives every read of every model its time limit and its batch size, so that nobody has to think of them. */
function tuneReads(schema: Schema): void {
  schema.pre([...READS], function (this: Query<unknown, unknown>) {
    this.maxTimeMS(READ_TIMEOUT_MS);
  });
  schema.pre("find", function (this: Query<unknown, unknown>) {
    this.batchSize(BATCH_ROWS);
  });
  schema.pre("aggregate", function (this: Aggregate<unknown>) {
    this.option({ maxTimeMS: READ_TIMEOUT_MS, batchSize: BATCH_ROWS });
  });
}
