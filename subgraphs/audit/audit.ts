// The read audit: who reads what about whom, durable before it is read (CASF R.262-107, GDPR art. 5.2 and 15). No audit, no
// data. The door of this folder.
import type { ReadTrail } from "../law/law.ts";
import { logDeeds, type DeedSource } from "./deeds.ts";
import { carryOut, type ErasureOrders } from "./erasures.ts";
import { followLog, type Follower, type ReadIndex } from "./follow.ts";
import { openReadLog, type LogOptions, type ReadLog } from "./log.ts";
import { purgeToDay } from "./retain.ts";
import { publishTiles } from "./tiles.ts";
import { createTrail, type TrailFacts } from "./trail.ts";

export { type DeedSource } from "./deeds.ts";
export { type Deed, type Entry } from "./entry.ts";
export { type ErasureOrders } from "./erasures.ts";
export { type ReadIndex } from "./follow.ts";
export { type JournalFile, type OpenFile } from "./journal-file.ts";
export { openReadLog, type Appended, type LogOptions, type ReadLog } from "./log.ts";
export { createNoteSigner, createSigningKey, readNote } from "./note.ts";
export { openPersonKeys, type NamedKeys, type PersonKeys } from "./person-keys.ts";
export { checkExtension, ProofRefused, proveConsistency, proveEntry, type ProvenLog } from "./prove.ts";
export { type LoggedDeed, type Outcome, type Reading, type Readings } from "./readings.ts";
export { erasePerson, purge, PurgeRefused } from "./retain.ts";
export { publishTiles, readLastNote, sizeOf } from "./tiles.ts";
export { type TrailFacts } from "./trail.ts";
export { FAULTS, verifyLog, type Fault, type Verdict } from "./verify.ts";

export interface Audit {
  /** The trail of one request. */
  begin(facts: TrailFacts): ReadTrail;
  /** Keeps the index behind the log. */
  follow(index: ReadIndex): void;
  /**
   * Joins the logs that carry out what is ordered, and does, now, from now on, and once more before it closes; rejects never.
   * After `follow`, so that the index forgets too.
   */
  obey(orders: ErasureOrders): Promise<void>;
  /** Takes into the log what is written about people, now, from now on, and once more before it closes; rejects never. */
  drain(source: DeedSource): Promise<void>;
  /** Settles when the index has what was acknowledged. */
  settle(): Promise<void>;
  readonly log: ReadLog;
  close(): Promise<void>;
}

export interface AuditOptions extends LogOptions {
  /** How long texts are kept. */
  readonly months: number;
  readonly now: () => Date;
  /** Hears of what could not be written and takes nothing away from an answer. */
  readonly told: (what: string, error: unknown) => void;
}

/** Throws AuditUnavailable. Publishes tiles and purges while it is open, once an hour. */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  const log = await openReadLog(options);
  const followers: Follower[] = [];
  const indexes: ReadIndex[] = [];
  await tend(log, indexes, options);
  const timers = [setInterval(() => void tend(log, indexes, options), TENDING_MS).unref()];
  const chores: (() => Promise<void>)[] = [];
  let isClosed = false;
  const take = (what: string, work: () => Promise<void>): (() => Promise<void>) => {
    const chore = oneAtATime(async () => (isClosed ? undefined : work().catch((error: unknown) => options.told(what, error))));
    chores.push(chore);
    timers.push(setInterval(() => void chore(), CHORE_MS).unref());
    return chore;
  };
  return {
    log,
    begin: (facts) => createTrail(log, facts, (error) => options.told("outcome", error)),
    follow: (index) => {
      followers.push(followLog(log, index, (error) => options.told("index", error)));
      indexes.push(index);
    },
    obey: (orders) => {
      let hasJoined = false;
      const chore = take("erasure", async () => {
        // Asked for until it is written: an order that did not wait for this log would leave its key.
        if (!hasJoined) await orders.join(log.origin);
        hasJoined = true;
        await carryOut(orders, { log, followers, now: options.now() });
      });
      return chore();
    },
    drain: (source) => {
      const chore = take("deed", () => logDeeds(log, source));
      source.onWritten(() => void chore());
      return chore();
    },
    settle: async () => void (await Promise.all(followers.map((follower) => follower.settle()))),
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      for (const chore of chores) await chore();
      isClosed = true;
      await Promise.all(followers.map((follower) => follower.stop()));
      await log.exclusively(() => publishTiles(log.folder)).catch((error: unknown) => options.told("tiles", error));
      await log.close();
    },
  };
}

const TENDING_MS = 3_600_000;
/** A query that finds nothing. */
const CHORE_MS = 15_000;

/** Whoever asks while it is done waits until it was done once more: it may have begun too early for them. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let isAskedAgain = false;
  const run = async (): Promise<void> => {
    do {
      isAskedAgain = false;
      await work();
    } while (isAskedAgain);
    running = null;
  };
  return () => {
    isAskedAgain = running !== null;
    return (running ??= run());
  };
}

/** What the law takes from the log, it takes from its index too. */
async function tend(log: ReadLog, indexes: readonly ReadIndex[], { now, months, told }: AuditOptions): Promise<void> {
  try {
    const { oldest } = await purgeToDay(log, { now: now(), months });
    if (oldest !== null) for (const index of indexes) await index.purge?.(oldest);
    await log.exclusively(() => publishTiles(log.folder));
  } catch (error) {
    told("purge", error);
  }
}
