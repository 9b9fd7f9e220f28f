// The releases of a subgraph's report: made once each, kept in its database, and the only thing that is answered from.
//
// A release is a list of blocks, each with the *version* that its tables are kept under; a block that is not published anew
// keeps its version (`release.ts` says when). Everything is computed from one snapshot of the database, written under a
// version that nobody reads yet, and becomes the release by one insert, whose `_id` is the day: of two processes that make
// the same release one is first, and the other throws its own away and reads that one. A process that dies on the way leaves
// tables that no release names, which a later release clears away. There is no lock that somebody could die with.
//
// What is stored is what is told, and sketches: figures of nobody, which the end of a file need not touch.
// Where a release cannot be made, there is an error: never figures of the day.
import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";

import type { ClientSession, Connection } from "mongoose";

import type { Clock } from "./clock.ts";
import { DEMONSTRATION_DISCLOSURE, type Disclosure } from "./disclosure.ts";
import { decidePublication, releaseDayOf, sketchOf, type Counted, type ReleasePeriod, type Sketch } from "./release.ts";

/** What a subgraph counts. `Body` is a table of one block, as it is told. */
export interface Report<Fact extends Counted, Body extends object> {
  /** All that is counted, as of the session's instant. */
  readonly read: (session: ClientSession, now: Date) => AsyncIterable<Fact>;
  /** Every table of one block, by its name; always the same names. Null: other requests may have their turn. */
  readonly publish: (facts: readonly Fact[]) => Iterable<readonly [table: string, body: Body] | null>;
}

/** What one release says to one question. */
export interface Release<Body> {
  /** Its day, `YYYY-MM-DD`. */
  readonly asOf: string;
  /** What was written until then is in it. */
  readonly madeAt: Date;
  readonly threshold: number;
  readonly step: number;
  /** The table that was asked for, of each block. */
  readonly bodies: readonly Body[];
}

export interface Releases<Body> {
  /** From the release of the clock's day, which is made where there is none yet. */
  read(question: Question): Promise<Release<Body>>;
  /** Makes the release of the clock's day where there is none yet. */
  prepare(clock: Clock): Promise<void>;
}

export interface Question {
  readonly clock: Clock;
  readonly table: string;
  readonly wants: (block: string) => boolean;
}

export interface ReleaseOptions<Fact extends Counted, Body extends object> extends Publishing {
  readonly connection: Connection;
  readonly report: Report<Fact, Body>;
}

/** How figures are protected and when they are published. */
export interface Publishing {
  readonly disclosure: Disclosure;
  readonly period: ReleasePeriod;
}

/** For the demonstration and for tests. */
export const DEMONSTRATION_PUBLISHING: Publishing = { disclosure: DEMONSTRATION_DISCLOSURE, period: "monthly" };

interface Head {
  /** The day. */
  readonly _id: string;
  readonly madeAt: Date;
  readonly threshold: number;
  readonly step: number;
  readonly blocks: readonly PublishedBlock[];
}

interface PublishedBlock {
  readonly block: string;
  readonly version: string;
}

interface SketchedBlock extends PublishedBlock {
  readonly sketch: Sketch;
}

interface Stored {
  /** `version block table`; versions sort by their age. */
  readonly _id: string;
  readonly version: string;
  readonly body: object;
}

/** How a block's sketch is kept: among its tables. */
const SKETCH = "SKETCH";

const HEADS = "releases";
const TABLES = "release_tables";

/** As long as reads of the store may take. */
const READ_MS = 5_000;
/** What no change of the primary takes back. */
const SETTLED = { readConcern: { level: "majority" }, maxTimeMS: READ_MS } as const;
const WRITE_SIZE = 500;
const DURABLE = { writeConcern: { w: "majority", j: true } } as const;
const DUPLICATE_KEY = 11_000;
/** Whoever still makes a release has begun since. */
const MAKING_MS = 86_400_000;
/** Versions begin with the instant, so that they sort by their age. */
const VERSION_DIGITS = 15;

export function openReleases<Fact extends Counted, Body extends object>(options: ReleaseOptions<Fact, Body>): Releases<Body> {
  let latest: Head | null = null;
  let making: Promise<Head> | null = null;
  const current = async (clock: Clock): Promise<Head> => {
    const day = releaseDayOf(clock.today(), options.period);
    if (latest !== null && latest._id >= day) return latest;
    making ??= findOrMake(day, clock, options).finally(() => void (making = null));
    latest = await making;
    // Midnight may have come while it was made.
    return latest._id >= day ? latest : current(clock);
  };
  return {
    prepare: async (clock) => void (await current(clock)),
    read: async ({ clock, table, wants }) => {
      const { _id, madeAt, threshold, step, blocks } = await current(clock);
      const wanted = blocks.filter(({ block }) => wants(block));
      return { asOf: _id, madeAt, threshold, step, bodies: await readBodies<Body>(options.connection, wanted, table) };
    },
  };
}

async function findOrMake<Fact extends Counted, Body extends object>(
  day: string,
  clock: Clock,
  options: ReleaseOptions<Fact, Body>,
): Promise<Head> {
  const heads = options.connection.collection<Head>(HEADS);
  // A later one where the clock is behind: none is ever made of a day before another's.
  const [found] = await heads.find({ _id: { $gte: day } }, SETTLED).sort({ _id: 1 }).limit(1).toArray();
  if (found !== undefined) return found;
  const version = `${String(Date.now()).padStart(VERSION_DIGITS, "0")}-${randomUUID()}`;
  const head = await make({ day, version, clock }, options);
  try {
    await heads.insertOne(head, DURABLE);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await options.connection.collection<Stored>(TABLES).deleteMany({ _id: { $gte: `${version} `, $lt: `${version}!` } });
    const first = await heads.findOne({ _id: day }, SETTLED);
    if (first === null) throw error;
    return first;
  }
  await clearAway(options.connection);
  return head;
}

interface Making {
  readonly day: string;
  readonly version: string;
  readonly clock: Clock;
}

async function make<Fact extends Counted, Body extends object>({ day, version, clock }: Making, options: ReleaseOptions<Fact, Body>): Promise<Head> {
  const { connection, disclosure } = options;
  const { threshold, step } = disclosure;
  const madeAt = clock.now();
  const facts = await readFacts(options, madeAt);
  const before = await readPublished(day, options);
  const blocks: PublishedBlock[] = [];
  for (const block of [...new Set([...before.keys(), ...facts.keys()])].sort()) {
    const ofBlock = facts.get(block) ?? [];
    const published = before.get(block) ?? null;
    const publication = decidePublication(published?.sketch ?? null, ofBlock, disclosure);
    if (publication === "kept" && published !== null) blocks.push({ block, version: published.version });
    if (publication !== "anew") continue;
    await writeBlock(connection, { version, block, tables: tablesOf(ofBlock, options) });
    blocks.push({ block, version });
  }
  return { _id: day, madeAt, threshold, step, blocks };
}

/** In one snapshot: what is written meanwhile is in the next release, and no two tables disagree. */
async function readFacts<Fact extends Counted, Body extends object>(
  { connection, report }: ReleaseOptions<Fact, Body>,
  now: Date,
): Promise<Map<string, Fact[]>> {
  const session = await connection.startSession({ snapshot: true });
  const facts = new Map<string, Fact[]>();
  try {
    for await (const fact of report.read(session, now)) {
      const ofBlock = facts.get(fact.block);
      if (ofBlock === undefined) facts.set(fact.block, [fact]);
      else ofBlock.push(fact);
    }
  } finally {
    await session.endSession();
  }
  return facts;
}

/** Nothing where figures were protected otherwise: kept ones would be protected too little, or too much. */
async function readPublished<Fact extends Counted, Body extends object>(
  day: string,
  { connection, disclosure }: ReleaseOptions<Fact, Body>,
): Promise<Map<string, SketchedBlock>> {
  const { threshold, step } = disclosure;
  const heads = connection.collection<Head>(HEADS);
  const [head] = await heads.find({ _id: { $lt: day } }, SETTLED).sort({ _id: -1 }).limit(1).toArray();
  if (head === undefined || head.threshold !== threshold || head.step !== step) return new Map();
  const sketches = await readBodies<{ readonly sums: readonly number[] }>(connection, head.blocks, SKETCH);
  const withSketch = ({ block, version }: PublishedBlock, at: number) => ({ block, version, sketch: Uint32Array.from(sketches[at]?.sums ?? []) });
  return new Map(head.blocks.map((block, at) => [block.block, withSketch(block, at)]));
}

function* tablesOf<Fact extends Counted, Body extends object>(
  facts: readonly Fact[],
  { report, disclosure }: ReleaseOptions<Fact, Body>,
): Generator<readonly [string, object] | null> {
  yield [SKETCH, { sums: [...sketchOf(facts, disclosure)] }];
  yield* report.publish(facts);
}

interface BlockToWrite extends PublishedBlock {
  readonly tables: Iterable<readonly [string, object] | null>;
}

/** Other requests have their turn after each table: a long one takes a second. */
async function writeBlock(connection: Connection, { version, block, tables }: BlockToWrite): Promise<void> {
  let portion: Stored[] = [];
  const flush = async () => {
    if (portion.length > 0) await connection.collection<Stored>(TABLES).insertMany(portion, { ...DURABLE, ordered: false });
    portion = [];
  };
  for (const entry of tables) {
    if (entry !== null) portion.push({ _id: idOf({ version, block }, entry[0]), version, body: entry[1] });
    if (portion.length === WRITE_SIZE) await flush();
    await setImmediate();
  }
  await flush();
}

/** In the order of the blocks. */
async function readBodies<Body>(connection: Connection, blocks: readonly PublishedBlock[], table: string): Promise<Body[]> {
  if (blocks.length === 0) return [];
  const ids = blocks.map((block) => idOf(block, table));
  const rows = await connection
    .collection<Stored>(TABLES)
    .find({ _id: { $in: ids } }, { ...SETTLED, batchSize: ids.length + 1 })
    .toArray();
  const bodies = new Map(rows.map(({ _id, body }) => [_id, body as Body]));
  return ids.map((id) => {
    const body = bodies.get(id);
    if (body === undefined) throw new Error("Cannot answer from the release because one of its tables is missing.");
    return body;
  });
}

/** What neither the last two releases name nor anybody still writes; a process whose clock is behind reads the one before. */
async function clearAway(connection: Connection): Promise<void> {
  const heads = connection.collection<Head>(HEADS);
  const [last, previous] = await heads.find({}, { maxTimeMS: READ_MS }).sort({ _id: -1 }).limit(2).toArray();
  if (previous !== undefined) await heads.deleteMany({ _id: { $lt: previous._id } });
  const named = new Set([...(last?.blocks ?? []), ...(previous?.blocks ?? [])].map(({ version }) => version));
  const oldest = String(Date.now() - MAKING_MS).padStart(VERSION_DIGITS, "0");
  await connection.collection<Stored>(TABLES).deleteMany({ _id: { $lt: oldest }, version: { $nin: [...named] } });
}

function idOf({ version, block }: PublishedBlock, table: string): string {
  return `${version} ${block} ${table}`;
}

function isDuplicate(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === DUPLICATE_KEY;
}
