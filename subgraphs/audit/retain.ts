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

/** Answers how many texts are gone. Goes no further than the first entry that is young enough. Throws PurgeRefused. */
export async function purge(log: ReadLog, { now, months, isSure = false }: PurgeOptions): Promise<number> {
  const oldest = dayBefore(now, months);
  const { before, last, purged } = await findOld(log.folder, oldest);
  if (before === 0 || purged === 0) return 0;
  const quietDays = last === null ? 0 : Math.abs(now.getTime() - Date.parse(last)) / DAY_MS;
  // A clock that jumped would take away a year of traces, which nobody could bring back.
  if (!isSure && quietDays > MOST_QUIET_DAYS) {
    throw new PurgeRefused(`Cannot purge because the clock stands ${Math.round(quietDays)} days from the last entry (${last}). Look at the clock; --sure purges all the same.`);
  }
  await log.append({ kind: "purge", at: now.toISOString(), before });
  return log.exclusively(() => removeTexts(log.folder, before));
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

function dayBefore(now: Date, months: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, now.getUTCDate())).toISOString().slice(0, 10);
}

async function findOld(folder: string, oldest: string): Promise<{ before: number; last: string | null; purged: number }> {
  let [before, last, isOld, purged]: [number, string | null, boolean, number] = [0, null, true, 0];
  for (const { path } of await listSegments(folder)) {
    for (const line of (await readSegment(path)).records.filter(isLine)) {
      isOld &&= line.d < oldest;
      if (isOld) {
        before = line.i + 1;
        purged += line.x === null || line.k === null ? 0 : 1;
      }
      last = line.d;
    }
  }
  return { before, last, purged };
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
