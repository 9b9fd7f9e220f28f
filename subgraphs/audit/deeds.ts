// Takes what was written about people into the log (CASF R.262-107). A deed is durable with what it did, in one transaction of
// the database, which remembers that it is not in the log yet: so it is done whatever becomes of the log, and comes there late
// rather than never.
import type { Deed } from "./entry.ts";
import type { ReadLog } from "./log.ts";

export interface DeedSource {
  /** Those that are not in the log, in the order in which they were written. */
  unlogged(limit: number): Promise<readonly Deed[]>;
  markLogged(ids: readonly string[]): Promise<void>;
  /** Told after each write. */
  onWritten(listener: () => void): void;
}

const PORTION = 200;

/** Rejects where one could not be logged, or not be marked: it comes again. */
export async function logDeeds(log: Pick<ReadLog, "append">, source: DeedSource): Promise<void> {
  for (;;) {
    const deeds = await source.unlogged(PORTION);
    const appended = await Promise.allSettled(deeds.map((deed) => log.append({ kind: "deed", ...deed })));
    const logged = deeds.filter((_, at) => appended[at]?.status === "fulfilled");
    if (logged.length > 0) await source.markLogged(logged.map(({ id }) => id));
    const failed = appended.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    if (deeds.length < PORTION) return;
  }
}
