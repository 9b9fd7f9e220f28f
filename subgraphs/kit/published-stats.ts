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

export interface PublishedStats {
  readonly columns: readonly string[];
  readonly cells: readonly BlockCell[];
  readonly disclosure: Disclosure;
  readonly now: Date;
}

/** `StatsTable` of the schemas. */
export interface StatsAnswer extends StatsTable {
  readonly roundedTo: number;
}

/** The blocks of time: days `from` and `to`, both included, must hold whole calendar years. Throws BAD_USER_INPUT. */
export function assertWholeYears(from: string, to: string): void {
  if (from.endsWith("-01-01") && to.endsWith("-12-31") && from < to) return;
  throw clientError("BAD_USER_INPUT", `Expected whole calendar years, from a 1 January to a 31 December, got ${from} to ${to}. Group by MONTH for less.`);
}

/** Throws what `toStatsTable` throws. */
export function publishStats({ columns, cells, disclosure, now }: PublishedStats): StatsAnswer {
  const { threshold } = disclosure;
  const blocks = [...Map.groupBy(cells, ({ block }) => block).values()];
  const shown = blocks.flatMap((block) => roundRows(toStatsTable({ columns, cells: block, threshold, now }).rows, block, disclosure));
  // Left out of one block, a row is left out of all: the sum of the others would say which.
  const told = new Set(blocks.flatMap((block) => leftOut(block, shown)));
  const groups = Map.groupBy(shown, ({ keys }) => keyOf(keys));
  const rows = [...groups].filter(([key]) => !told.has(key)).map(([, group]) => sumRows(group));
  return {
    columns,
    rows: rows.sort(byKeys),
    threshold,
    roundedTo: disclosure.step,
    suppressedCells: rows.filter(({ suppressed }) => suppressed).length,
    generatedAt: now,
  };
}

function roundRows(rows: readonly StatsRow[], block: readonly BlockCell[], { round, threshold }: Disclosure): (StatsRow & { readonly block: string })[] {
  const cells = new Map(block.map((cell) => [keyOf(cell.keys), cell]));
  const around = block.reduce((sum, { count }) => sum + count, 0);
  return rows.flatMap((row) => {
    const cell = cells.get(keyOf(row.keys));
    if (cell === undefined) return [];
    const rounded = row.value === null ? null : round(row.value, JSON.stringify([cell.block, cell.first, cell.last, around]));
    // A figure below the threshold is never told, even where it only came there by rounding: nobody knows which it was.
    const suppressed = rounded === null || rounded < threshold;
    return [{ keys: row.keys, value: suppressed ? null : rounded, suppressed, block: cell.block }];
  });
}

/** The keys of a block's cells that its table does not even list. */
function leftOut(block: readonly BlockCell[], shown: readonly (StatsRow & { readonly block: string })[]): string[] {
  const listed = new Set(shown.filter((row) => row.block === block[0]?.block).map(({ keys }) => keyOf(keys)));
  return block.map(({ keys }) => keyOf(keys)).filter((key) => !listed.has(key));
}

/** Null as soon as one block hides it: a sum over the others would be taken for the whole. */
function sumRows(group: readonly StatsRow[]): StatsRow {
  const suppressed = group.some((row) => row.suppressed);
  return { keys: group[0]?.keys ?? [], value: suppressed ? null : group.reduce((sum, { value }) => sum + (value ?? 0), 0), suppressed };
}

function keyOf(keys: readonly string[]): string {
  return JSON.stringify(keys);
}

function byKeys(a: StatsRow, b: StatsRow): number {
  for (const [index, key] of a.keys.entries()) {
    const other = b.keys[index] ?? "";
    if (key !== other) return key < other ? -1 : 1;
  }
  return 0;
}
