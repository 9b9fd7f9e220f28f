// Every table that a report by dimensions can answer: computed for a block when it is published, put together when asked.
//
// Which dimensions may be asked for together is a fixed list of *combinations*, as statistical offices publish a list of
// tables and not all that could be drawn up. Two reasons. Each further table is a further equation about the same people.
// And only of a list whose overlaps are simple can everything that is told be solved for every cell: the lists of the reports
// are such that their combinations hang together like a tree (test/statistics/published.ts), so that worlds that agree where
// combinations overlap are parts of one world, and nobody need know which of the millions of crossings of all dimensions occur.
//
// A row that is listed with its value suppressed says that somebody is in it, and tables say it many times: of five
// hospitals of which each has six suppressed rows, none can be below six, and where they share a total of at most 39, none
// above 15. So presence is told by one dimension alone, where there is room. Over several, a suppressed row is listed where
// one of its totals is shown, *whether anybody is in it or not*: that follows from what is told anyway.
//
// Asked in another order, the columns of the same table change places; computed anew, what is hidden could come out otherwise.
import type { Disclosure } from "./disclosure.ts";
import { clientError } from "./errors.ts";
import { joinBlocks, publishBlock, type BlockCell, type BlockTable, type StatsAnswer } from "./published-stats.ts";
import type { Counted } from "./release.ts";
import type { Release } from "./releases.ts";
import { assertStatsColumns, STATS_CELL_LIMIT, type StatsRow } from "./stats.ts";

/** A thing with the values that it counts under: a list for each dimension of the report, in their order, none empty. */
export interface TableFact extends Counted {
  readonly keys: readonly (readonly string[])[];
  /** The organisation whose business it is, where a cell could tell it. */
  readonly unit?: string;
}

export interface TableReport {
  readonly dimensions: readonly string[];
  /** The dimensions that may be asked for together, and hence any part of them. */
  readonly combinations: readonly (readonly string[])[];
  /** Those that name the organisations themselves: what such a table tells of them is what it is asked for. */
  readonly naming?: ReadonlySet<string>;
}

/** As it is stored; `tooLong` cells cannot be protected. */
export type TableBody = BlockTable | { readonly tooLong: number };

/** The tables of one block by their names. Null: whoever runs this may do something else first. */
export function* publishTables(
  facts: readonly TableFact[],
  report: TableReport,
  disclosure: Disclosure,
): Generator<readonly [string, TableBody] | null> {
  const several = new Set(report.dimensions.filter((_, place) => facts.some(({ keys }) => (keys[place] ?? []).length > 1)));
  const told = new Map<string, Told>();
  for (const columns of everyGrouping(report)) {
    const cells = countCells(facts, columns, report);
    const name = nameOf(columns);
    if (cells.length > STATS_CELL_LIMIT) yield [name, { tooLong: cells.length }];
    else {
      const table = tellTable(columns, { cells, rows: publishBlock(columns, { cells, around: facts.length }, disclosure) }, { told, several, disclosure });
      told.set(name, table);
      yield [name, { rows: table.rows, keys: columns.map((column) => told.get(column)?.present ?? null) }];
    }
    yield null;
  }
}

/** Every choice of dimensions that may be asked for, in the report's order; tables come after their totals. */
export function everyGrouping({ dimensions, combinations }: TableReport): string[][] {
  const choices = combinations.flatMap((combination) => partsOf(dimensions.filter((name) => combination.includes(name))));
  return [...new Map(choices.map((columns) => [nameOf(columns), columns])).values()].sort((a, b) => a.length - b.length);
}

/** Throws BAD_USER_INPUT for a column that is named twice, and for columns that are not told together. */
export function assertGrouping(columns: readonly string[], { combinations }: TableReport): void {
  assertStatsColumns(columns);
  if (combinations.some((combination) => columns.every((name) => combination.includes(name)))) return;
  const together = combinations.map((combination) => combination.join(" × ")).join(", ");
  throw clientError("BAD_USER_INPUT", `Expected dimensions of \`groupBy\` that are told together (${together}, or some of one of these), got ${columns.join(" × ")}.`);
}

/** The exact cells of facts that are all of one block. */
export function countCells(facts: readonly TableFact[], columns: readonly string[], { dimensions, naming }: TableReport): BlockCell[] {
  const places = columns.map((name) => dimensions.indexOf(name));
  const hidesUnits = !columns.some((name) => naming?.has(name));
  const cells = new Map<string, Tally>();
  for (const fact of facts) {
    for (const keys of combine(places.map((place) => fact.keys[place] ?? []))) {
      const key = keyOf(keys);
      const tally = cells.get(key) ?? { block: fact.block, keys, count: 0, people: new Set<string>(), units: {} };
      tally.count += 1;
      tally.people.add(fact.person);
      if (hidesUnits && fact.unit !== undefined) tally.units[fact.unit] = (tally.units[fact.unit] ?? 0) + 1;
      cells.set(key, tally);
    }
  }
  return [...cells.values()].map(({ people, units, ...cell }) => {
    const isOfUnits = Object.keys(units).length > 0;
    return { ...cell, people: people.size, ...endsOf(people), ...(isOfUnits && { units }) };
  });
}

/** The name under which the table over these columns is kept, in whatever order they are asked for. */
export function tableNameOf(columns: readonly string[], { dimensions }: TableReport): string {
  return nameOf(dimensions.filter((name) => columns.includes(name)));
}

/** Throws BAD_USER_INPUT where a block's table is too long to be protected. */
export function toStatsAnswer(release: Release<TableBody>, columns: readonly string[], { dimensions }: TableReport): StatsAnswer {
  const { asOf, madeAt, threshold, step, bodies } = release;
  const tooLong = bodies.flatMap((body) => ("tooLong" in body ? [body.tooLong] : []));
  if (tooLong.length > 0) {
    const got = Math.max(...tooLong);
    const advice = "ask for fewer dimensions or for another year";
    throw clientError("BAD_USER_INPUT", `Expected a table of at most ${STATS_CELL_LIMIT} cells, got ${got}: ${advice}.`);
  }
  const kept = dimensions.filter((name) => columns.includes(name));
  const places = columns.map((name) => kept.indexOf(name));
  const joined = joinBlocks(bodies.flatMap((body) => ("rows" in body ? [body] : [])));
  const rows = joined.map((row) => ({ ...row, keys: places.map((place) => row.keys[place] ?? "") })).sort(byKeys);
  const suppressedCells = rows.filter(({ suppressed }) => suppressed).length;
  return { columns, rows, threshold, roundedTo: step, suppressedCells, generatedAt: madeAt, asOf };
}

interface Tally {
  readonly block: string;
  readonly keys: readonly string[];
  count: number;
  readonly people: Set<string>;
  readonly units: Record<string, number>;
}

/** What a table tells. */
interface Told {
  readonly rows: readonly StatsRow[];
  /** Of a table over one column, its keys; null where it does not list them all. */
  readonly present: readonly string[] | null;
}

interface Exact {
  readonly cells: readonly BlockCell[];
  readonly rows: readonly StatsRow[];
}

interface Telling {
  /** The tables over fewer columns, by their names. */
  readonly told: ReadonlyMap<string, Told>;
  /** The dimensions of which a thing has several values. */
  readonly several: ReadonlySet<string>;
  readonly disclosure: Disclosure;
}

function tellTable(columns: readonly string[], { cells, rows }: Exact, { told, several, disclosure }: Telling): Told {
  const values = rows.filter(({ suppressed }) => !suppressed);
  if (columns.length > 1) return { rows: [...values, ...suppressedUnder(columns, values, told)], present: null };
  const [only = ""] = columns;
  const [total] = told.get(nameOf([]))?.rows ?? [];
  // A thing that counts under several values of a dimension makes the sum over them as great as it likes.
  const isCrowded = only !== "" && !several.has(only) && !leavesRoom(rows, total?.value ?? null, disclosure);
  const listed = isCrowded ? values : rows;
  return { rows: listed, present: listed.length === cells.length ? listed.map(({ keys }) => keys[0] ?? "") : null };
}

/** Where a total of at most 49 has 45 rows, each is between 1 and 5. */
function leavesRoom(rows: readonly StatsRow[], total: number | null, { threshold, step }: Disclosure): boolean {
  if (total === null) return true;
  const least = rows.reduce((sum, { value }) => sum + (value === null ? 1 : Math.max(threshold, value - step + 1)), 0);
  return total + step - 1 - least >= threshold;
}

/**
 * The rows that are not shown although one of their totals is, over all but one of the columns; the left-out key is any that
 * its own table lists. None where they are too many for a table.
 */
function suppressedUnder(columns: readonly string[], values: readonly StatsRow[], told: ReadonlyMap<string, Told>): StatsRow[] {
  const shown = new Set(values.map(({ keys }) => keyOf(keys)));
  const rows = new Map<string, StatsRow>();
  for (const [place, column] of columns.entries()) {
    const total = told.get(nameOf(columns.toSpliced(place, 1)))?.rows ?? [];
    const leftOut = told.get(column)?.rows ?? [];
    for (const { keys: others } of total.filter(({ suppressed }) => !suppressed)) {
      for (const row of leftOut) {
        const keys = others.toSpliced(place, 0, ...row.keys);
        const key = keyOf(keys);
        if (shown.has(key)) continue;
        rows.set(key, { keys, value: null, suppressed: true });
        if (rows.size > STATS_CELL_LIMIT) return [];
      }
    }
  }
  return [...rows.values()];
}

const SEPARATOR = "\u0000";

function partsOf(columns: readonly string[]): string[][] {
  return columns.reduce<string[][]>((parts, name) => [...parts, ...parts.map((part) => [...part, name])], [[]]);
}

/** One value of each list, in every way. */
function combine(lists: readonly (readonly string[])[]): string[][] {
  // Nearly always; a release asks this a million times.
  if (lists.every(({ length }) => length === 1)) return [lists.map(([only = ""]) => only)];
  return lists.reduce<string[][]>((rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])), [[]]);
}

function endsOf(people: ReadonlySet<string>): { readonly first: string; readonly last: string } {
  let [first = "", last = ""] = people;
  for (const id of people) {
    if (id < first) first = id;
    if (id > last || last === "") last = id;
  }
  return { first, last };
}

function keyOf(keys: readonly string[]): string {
  return keys.join(SEPARATOR);
}

function nameOf(columns: readonly string[]): string {
  return columns.length === 0 ? "TOTAL" : columns.join("+");
}

function byKeys(a: StatsRow, b: StatsRow): number {
  for (const [index, key] of a.keys.entries()) {
    const other = b.keys[index] ?? "";
    if (key !== other) return key < other ? -1 : 1;
  }
  return 0;
}
