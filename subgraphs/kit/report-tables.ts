// Every table that a report by dimensions can answer: computed for a block when it is published, put together when asked.
//
// The tables of a block are all that there are of it: each choice of up to three dimensions, in one order. Asked in another
// order, the columns of the same table change places; computed anew, what is hidden could come out otherwise.
import type { Disclosure } from "./disclosure.ts";
import { clientError } from "./errors.ts";
import { joinBlocks, publishBlock, type BlockCell, type BlockTable, type StatsAnswer } from "./published-stats.ts";
import type { Counted } from "./release.ts";
import type { Release } from "./releases.ts";
import { STATS_CELL_LIMIT, STATS_COLUMN_LIMIT, type StatsRow } from "./stats.ts";

/** A thing with the values that it counts under: a list for each dimension of the report, in their order, none empty. */
export interface TableFact extends Counted {
  readonly keys: readonly (readonly string[])[];
  /** The organisation whose business it is, where a cell could tell it. */
  readonly unit?: string;
}

export interface TableReport {
  readonly dimensions: readonly string[];
  /** Those that name the organisations themselves: what such a table tells of them is what it is asked for. */
  readonly naming?: ReadonlySet<string>;
}

/** As it is stored; `tooLong` cells cannot be protected. */
export type TableBody = BlockTable | { readonly tooLong: number };

/** The tables of one block by their names. */
export function* publishTables(facts: readonly TableFact[], report: TableReport, disclosure: Disclosure): Generator<readonly [string, TableBody]> {
  for (const columns of everyGrouping(report.dimensions)) {
    const cells = countCells(facts, columns, report);
    yield [nameOf(columns), cells.length > STATS_CELL_LIMIT ? { tooLong: cells.length } : publishBlock(columns, cells, disclosure)];
  }
}

/** Every choice of dimensions that may be asked for, in the report's order. */
export function everyGrouping(dimensions: readonly string[]): string[][] {
  const larger = (chosen: readonly string[], from: number): string[][] => [
    [...chosen],
    ...(chosen.length === STATS_COLUMN_LIMIT ? [] : dimensions.slice(from).flatMap((name, at) => larger([...chosen, name], from + at + 1))),
  ];
  return larger([], 0);
}

/** The exact cells of facts that are all of one block. */
export function countCells(facts: readonly TableFact[], columns: readonly string[], { dimensions, naming }: TableReport): BlockCell[] {
  const places = columns.map((name) => dimensions.indexOf(name));
  const hidesUnits = !columns.some((name) => naming?.has(name));
  const cells = new Map<string, Tally>();
  for (const fact of facts) {
    for (const keys of combine(places.map((place) => fact.keys[place] ?? []))) {
      const key = keys.join("\u0000");
      const tally = cells.get(key) ?? { block: fact.block, keys, count: 0, people: new Set<string>(), units: {} };
      tally.count += 1;
      tally.people.add(fact.person);
      if (hidesUnits && fact.unit !== undefined) tally.units[fact.unit] = (tally.units[fact.unit] ?? 0) + 1;
      cells.set(key, tally);
    }
  }
  return [...cells.values()].map(({ people, units, ...cell }) => ({ ...cell, people: people.size, ...endsOf(people), ...(Object.keys(units).length > 0 && { units }) }));
}

/** The name under which the table over these columns is kept, in whatever order they are asked for. */
export function tableNameOf(columns: readonly string[], { dimensions }: TableReport): string {
  return nameOf(dimensions.filter((name) => columns.includes(name)));
}

/** Throws BAD_USER_INPUT where a block's table is too long to be protected. */
export function toStatsAnswer({ asOf, madeAt, threshold, step, bodies }: Release<TableBody>, columns: readonly string[], { dimensions }: TableReport): StatsAnswer {
  const tooLong = bodies.flatMap((body) => ("tooLong" in body ? [body.tooLong] : []));
  if (tooLong.length > 0) {
    const got = Math.max(...tooLong);
    throw clientError("BAD_USER_INPUT", `Expected a table of at most ${STATS_CELL_LIMIT} cells, got ${got}: ask for fewer dimensions or for another year.`);
  }
  const kept = dimensions.filter((name) => columns.includes(name));
  const places = columns.map((name) => kept.indexOf(name));
  const joined = joinBlocks(bodies.flatMap((body) => ("rows" in body ? [body] : [])));
  const rows = joined.map((row) => ({ ...row, keys: places.map((place) => row.keys[place] ?? "") })).sort(byKeys);
  return { columns, rows, threshold, roundedTo: step, suppressedCells: rows.filter(({ suppressed }) => suppressed).length, generatedAt: madeAt, asOf };
}

interface Tally {
  readonly block: string;
  readonly keys: readonly string[];
  count: number;
  readonly people: Set<string>;
  readonly units: Record<string, number>;
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
