// Carries out what retention ordered: a file that ended in the database ends in the log of readings too (GDPR art. 17). The
// order is a row that was written with the end of the file, and goes when every log of that database has done it: killed in
// between, it is done again.
import type { Follower } from "./follow.ts";
import type { ReadLog } from "./log.ts";
import { erasePerson } from "./retain.ts";

export interface ErasureOrders {
  /** From now on no order is forgotten before this log has carried it out. */
  join(origin: string): Promise<void>;
  /** People whose files ended, which this log has not carried out yet. */
  list(origin: string): Promise<readonly string[]>;
  /** Forgets the order where this log is the last one. */
  done(personId: string, origin: string): Promise<void>;
}

export interface Erasing {
  readonly log: ReadLog;
  readonly followers: readonly Follower[];
  readonly now: Date;
}

/** Rejects where an order could not be carried out: it stays. */
export async function carryOut(orders: ErasureOrders, { log, followers, now }: Erasing): Promise<void> {
  for (const personId of await orders.list(log.origin)) {
    await erasePerson(log, personId, now);
    // Behind the key: until then an index that fell behind could have taken entries from the log once more.
    for (const follower of followers) await follower.forget(personId);
    await orders.done(personId, log.origin);
  }
}
