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

/**
 * The tables of one block by their names. Null: whoever runs this may do something else first.
 *
 * That a suppressed row is listed says that somebody is in it, and a long table says it many times: where a total of at
 * most 49 has 45 rows, each is between 1 and 5. So when all tables are there, suppressed rows are left out of those where
 * they would leave too little room under a total that another table shows.
 */
export function* publishTables(
  facts: readonly TableFact[],
  report: TableReport,
  disclosure: Disclosure,
): Generator<readonly [string, TableBody] | null> {
  const groupings = everyGrouping(report.dimensions);
  const bodies = new Map<string, TableBody>();
  for (const columns of groupings) {
    const cells = countCells(facts, columns, report);
    bodies.set(nameOf(columns), cells.length > STATS_CELL_LIMIT ? { tooLong: cells.length } : publishBlock(columns, cells, disclosure));
    yield null;
  }
  const several = new Set(report.dimensions.filter((_, place) => facts.some(({ keys }) => (keys[place] ?? []).length > 1)));
  for (const columns of groupings) {
    const name = nameOf(columns);
    const body = bodies.get(name);
    if (body === undefined) continue;
    if ("tooLong" in body) yield [name, body];
    // A thing that counts under several values of a dimension makes the sum over them as great as it likes.
    else yield [name, leaveRoom(body, columns, { totals: totalsOf(columns, bodies, several), disclosure })];
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

interface Total {
  /** The places of its columns in the finer table. */
  readonly places: readonly number[];
  readonly table: BlockTable;
}

/** The tables that a table's rows add up to. */
function totalsOf(columns: readonly string[], bodies: ReadonlyMap<string, TableBody>, several: ReadonlySet<string>): Total[] {
  const placesIn = (mask: number) => columns.map((_, place) => place).filter((place) => (mask & (1 << place)) !== 0);
  return Array.from({ length: 2 ** columns.length - 1 }, (_, mask) => placesIn(mask)).flatMap((places) => {
    const table = bodies.get(nameOf(places.map((place) => columns[place] ?? "")));
    const isSum = columns.every((name, place) => places.includes(place) || !several.has(name));
    return isSum && table !== undefined && "rows" in table ? [{ places, table }] : [];
  });
}

interface Room {
  readonly totals: readonly Total[];
  readonly disclosure: Disclosure;
}

function leaveRoom({ rows, leftOut }: BlockTable, columns: readonly string[], { totals, disclosure: { threshold, step } }: Room): BlockTable {
  const crowded = new Set<StatsRow>();
  const leastOf = ({ value }: StatsRow): number => (value === null ? 1 : Math.max(threshold, value - step + 1));
  for (const { places, table } of totals) {
    const groups = Map.groupBy(rows, ({ keys }) => places.map((place) => keys[place]).join("\u0000"));
    for (const { keys, value } of table.rows) {
      const group = groups.get(keys.join("\u0000")) ?? [];
      const most = value === null ? Infinity : value + step - 1;
      if (most - group.reduce((sum, row) => sum + leastOf(row), 0) >= threshold) continue;
      for (const row of group) if (row.suppressed) crowded.add(row);
    }
  }
  if (crowded.size === 0 || columns.length === 0) return { rows, leftOut };
  return { rows: rows.filter((row) => !crowded.has(row)), leftOut: [...leftOut, ...[...crowded].map(({ keys }) => keys)] };
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
