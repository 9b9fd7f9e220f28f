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

/** The cells of one table of a block. */
export interface BlockCells {
  readonly cells: readonly BlockCell[];
  /** How many records there are in the block: the same for all of its tables, so that one count is never rounded in two ways. */
  readonly around: number;
}

/** What a block's table tells. */
export interface BlockTable {
  readonly rows: readonly StatsRow[];
  /**
   * Of each column the keys of which the block may have records, as its table over that column alone lists them; null
   * where that table does not list them all.
   */
  readonly keys: readonly (readonly string[] | null)[];
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

/** The rows of one block's table: those that are shown, and of the others those whose mere presence tells nothing. Throws what `toStatsTable` throws. */
export function publishBlock(columns: readonly string[], { cells, around }: BlockCells, { round, threshold }: Disclosure): StatsRow[] {
  const byKey = new Map(cells.map((cell) => [keyOf(cell.keys), cell]));
  return toStatsTable({ columns, cells, threshold, now: NEVER }).rows.flatMap((row) => {
    const cell = byKey.get(keyOf(row.keys));
    if (cell === undefined) return [];
    const rounded = row.value === null ? null : round(row.value, JSON.stringify([cell.block, cell.first, cell.last, around]));
    // A figure below the threshold is never told, even where it only came there by rounding: nobody knows which it was.
    const suppressed = rounded === null || rounded < threshold;
    return [{ keys: row.keys, value: suppressed ? null : rounded, suppressed }];
  });
}

/** A block's table has no time of its own: it is published as part of a release. */
const NEVER = new Date(0);

/** The rows of several blocks' tables added up. */
export function joinBlocks(tables: readonly BlockTable[]): StatsRow[] {
  const parts = tables.map(({ rows, keys }) => ({ rows: new Map(rows.map((row) => [keyOf(row.keys), row])), columns: keys.map((ofColumn) => ofColumn && new Set(ofColumn)) }));
  const listed = new Map(tables.flatMap(({ rows }) => rows.map(({ keys }) => [keyOf(keys), keys])));
  return [...listed].map(([key, keys]) => {
    const values = parts.map(({ rows, columns }) => {
      const canBe = columns.every((known, column) => known?.has(keys[column] ?? "") ?? true);
      return rows.get(key)?.value ?? (canBe ? null : 0);
    });
    // A sum over the other blocks would be taken for the whole, and one block's silence for emptiness.
    const suppressed = values.includes(null);
    return { keys, value: suppressed ? null : values.reduce<number>((sum, value) => sum + (value ?? 0), 0), suppressed };
  });
}

function keyOf(keys: readonly string[]): string {
  return keys.join("\u0000");
}
