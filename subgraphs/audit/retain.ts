// What the law takes away again: texts after their time (CASF R.262-107: one year), and a person's at their erasure. The hashes
// stay, so that the log still verifies, and the log says what was taken away.
import { readFile } from "node:fs/promises";

import { replaceDurably } from "./files.ts";
import { isLine, listSegments, readSegment } from "./journal.ts";
import type { ReadLog } from "./log.ts";

export class PurgeRefused extends Error {}

export interface PurgeOptions {
  readonly now: Date;
  /** Twelve by default (L11, L12); up to 36 for whoever has to look into misuse (CNIL). */
  readonly months: number;
  /** The clock is right, whatever the log says. */
  readonly isSure?: boolean;
}

export interface Purged {
  /** Texts. */
  readonly removed: number;
  /** The first day that is kept, `YYYY-MM-DD`: an index of the log keeps no more. Null where the log does not show that the clock is right. */
  readonly oldest: string | null;
}

/** Answers how many texts are gone. Goes no further than the first entry that is young enough. Throws PurgeRefused. */
export async function purge(log: ReadLog, options: PurgeOptions): Promise<number> {
  return (await purgeToDay(log, options)).removed;
}

/** The same, and to which day. */
export async function purgeToDay(log: ReadLog, { now, months, isSure = false }: PurgeOptions): Promise<Purged> {
  const oldest = dayBefore(now, months);
  const { before, last, since, purged } = await findOld(log.folder, oldest);
  const doubt = isSure ? null : doubtClock(now, last, since);
  if (before === 0 || purged === 0) return { removed: 0, oldest: doubt === null && last !== null ? oldest : null };
  if (doubt !== null) throw new PurgeRefused(`Cannot purge because ${doubt} Look at the clock; --sure purges all the same.`);
  await log.append({ kind: "purge", at: now.toISOString(), before });
  return { removed: await log.exclusively(() => removeTexts(log.folder, before)), oldest };
}

/** Destroys the person's key. Their entries stay as hashes, and none can be added. Asked for again, it does nothing. */
export async function erasePerson(log: ReadLog, personId: string, now: Date): Promise<void> {
  const key = log.keys.nameOf(personId);
  if (log.keys.keyNamed(key) === null) return;
  await log.append({ kind: "erasure", at: now.toISOString(), key });
  await log.keys.destroy(personId);
}

const DAY_MS = 86_400_000;
const MOST_QUIET_DAYS = 31;
/** Less than that takes texts half a year early at most. */
const JUMP_DAYS = 183;

/**
 * A clock that jumped would take away a year of traces, which nobody could bring back. Who reads on by that clock does not make
 * it right: after a jump in the log there is a month for somebody to look at it.
 */
function doubtClock(now: Date, last: string | null, since: string | null): string | null {
  const [quietDays, steadyDays] = [last, since].map((day) => (day === null ? null : daysBetween(day, now.toISOString())));
  if (quietDays != null && quietDays > MOST_QUIET_DAYS) return `the clock stands ${Math.round(quietDays)} days from the last entry (${last}).`;
  if (steadyDays != null && steadyDays <= MOST_QUIET_DAYS) return `the log began, or jumped over ${JUMP_DAYS} days or more, on ${since}, which is no month ago.`;
  return null;
}

function daysBetween(one: string, other: string): number {
  return Math.abs(Date.parse(other) - Date.parse(one)) / DAY_MS;
}

function dayBefore(now: Date, months: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, now.getUTCDate())).toISOString().slice(0, 10);
}

interface Old {
  /** Place of the first entry that is young enough. */
  readonly before: number;
  /** Day of the last entry. */
  readonly last: string | null;
  /** Day from which on it did not jump ahead. */
  readonly since: string | null;
  /** Texts before `before` that are there still. */
  readonly purged: number;
}

async function findOld(folder: string, oldest: string): Promise<Old> {
  let [before, last, since, isOld, purged]: [number, string | null, string | null, boolean, number] = [0, null, null, true, 0];
  for (const { path } of await listSegments(folder)) {
    for (const line of (await readSegment(path)).records.filter(isLine)) {
      isOld &&= line.d < oldest;
      if (isOld) {
        before = line.i + 1;
        purged += line.x === null || line.k === null ? 0 : 1;
      }
      if (last === null || (line.d > last && daysBetween(last, line.d) >= JUMP_DAYS)) since = line.d;
      last = line.d;
    }
  }
  return { before, last, since, purged };
}

async function removeTexts(folder: string, before: number): Promise<number> {
  let removed = 0;
  for (const { start, path } of await listSegments(folder)) {
    if (start >= before) break;
    const lines = (await readFile(path, "utf8")).split("\n").map((text) => {
      const line = text.startsWith('{"i":') ? (JSON.parse(text) as { readonly i: number; readonly k: string | null; readonly x: string | null }) : null;
      // What is said of nobody stays: it says why texts are missing.
      if (line === null || line.i >= before || line.x === null || line.k === null) return text;
      removed += 1;
      return JSON.stringify({ ...line, x: null });
    });
    await replaceDurably(path, lines.join("\n"));
  }
  return removed;
}
