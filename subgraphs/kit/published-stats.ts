// Tables of counts over filters: put together from fixed cells, so that two filters tell no more than the cells themselves.
//
// Subtracting two tables whose filters differ by a month or a département would give that month or that département alone.
// Three ways to close this were weighed. To check each question against the caller's earlier ones needs a memory of all of
// them, fails where two callers talk, and refuses honest questions by what somebody asked before. Noise anew for each
// question averages out. So the cells are fixed beforehand, as in official statistics: time and place are cut once and for
// all into *blocks* that do not overlap (a calendar year; of a département). Each block is protected for itself, once and
// in the same way whoever asks, and a table over several blocks is the sum of what is shown of each. What any set of
// questions gives is then computed from shown figures of single blocks, which everybody may ask for anyway.
import type { Disclosure } from "./disclosure.ts";
import { clientError } from "./errors.ts";
import { toStatsTable, type StatsCell, type StatsRow, type StatsTable } from "./stats.ts";

/** A count of one block. */
export interface BlockCell extends StatsCell {
  /** Which block; blocks have no record in common. */
  readonly block: string;
  /** The least and the greatest id of the people behind the count: what its rounding hangs on. */
  readonly first: string;
  readonly last: string;
}

/** What a block's table tells, and what it does not even list. */
export interface BlockTable {
  readonly rows: readonly StatsRow[];
  readonly leftOut: readonly (readonly string[])[];
}

/** `StatsTable` of the schemas. */
export interface StatsAnswer extends StatsTable {
  readonly roundedTo: number;
  /** The day of the release that the figures are of. */
  readonly asOf: string;
}

/** The blocks of time: days `from` and `to`, both included, must hold whole calendar years. Throws BAD_USER_INPUT. */
export function assertWholeYears(from: string, to: string): void {
  if (from.endsWith("-01-01") && to.endsWith("-12-31") && from < to) return;
  throw clientError("BAD_USER_INPUT", `Expected whole calendar years, from a 1 January to a 31 December, got ${from} to ${to}. Group by MONTH for less.`);
}

/** The table of one block. Throws what `toStatsTable` throws. */
export function publishBlock(columns: readonly string[], cells: readonly BlockCell[], { round, threshold }: Disclosure): BlockTable {
  const byKey = new Map(cells.map((cell) => [keyOf(cell.keys), cell]));
  const around = cells.reduce((sum, { count }) => sum + count, 0);
  const rows = toStatsTable({ columns, cells, threshold, now: NEVER }).rows.flatMap((row) => {
    const cell = byKey.get(keyOf(row.keys));
    if (cell === undefined) return [];
    const rounded = row.value === null ? null : round(row.value, JSON.stringify([cell.block, cell.first, cell.last, around]));
    // A figure below the threshold is never told, even where it only came there by rounding: nobody knows which it was.
    const suppressed = rounded === null || rounded < threshold;
    return [{ keys: row.keys, value: suppressed ? null : rounded, suppressed }];
  });
  const listed = new Set(rows.map(({ keys }) => keyOf(keys)));
  return { rows, leftOut: cells.map(({ keys }) => keys).filter((keys) => !listed.has(keyOf(keys))) };
}

/** A block's table has no time of its own: it is published as part of a release. */
const NEVER = new Date(0);

/** The rows of several blocks' tables added up. */
export function joinBlocks(tables: readonly BlockTable[]): StatsRow[] {
  // Left out of one block, a row is left out of all: the sum of the others would say which.
  const told = new Set(tables.flatMap(({ leftOut }) => leftOut.map(keyOf)));
  const groups = Map.groupBy(tables.flatMap(({ rows }) => rows), ({ keys }) => keyOf(keys));
  return [...groups].filter(([key]) => !told.has(key)).map(([, group]) => sumRows(group));
}

/** Null as soon as one block hides it: a sum over the others would be taken for the whole. */
function sumRows(group: readonly StatsRow[]): StatsRow {
  const suppressed = group.some((row) => row.suppressed);
  return { keys: group[0]?.keys ?? [], value: suppressed ? null : group.reduce((sum, { value }) => sum + (value ?? 0), 0), suppressed };
}

function keyOf(keys: readonly string[]): string {
  return keys.join("\u0000");
}
