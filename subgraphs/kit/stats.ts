// Disclosure control for tables of counts: from exact counts to a table that may leave the subgraph.
//
// A cell with fewer than `threshold` people behind it is hidden (*primary*). That is not enough: the same API also gives
// the totals over any part of the columns, and a total minus its visible cells gives back a cell that is hidden alone
// ("secret secondaire", INSEE's manual on the protection of tables). So more cells are hidden (*complementary*).
//
// The obvious rule, "hide a second cell in each row and column with one hidden cell", forgets two things. The totals are
// tables of this API too, with hidden cells of their own; and a row with a single cell gives that cell away when its total
// is shown. So this asks what a reader can work out: every table over a subset of the columns is decided first, coarse to
// fine, each by the same rule; then the reader's knowledge is played forward (a shown total with one unknown part gives
// that part; a total whose parts are all known is known) and as long as a primary cell becomes known, or a group of
// unknown cells is known to hold fewer people than the threshold, the smallest shown cell of the leaking group is hidden.
// Where none is left to hide, it is the mere presence of the rows that leaks: these are left out, so that nobody can tell
// an empty cell from one that is not shown.
//
// A cell is also primary when it would tell an organisation's business (L16): fewer than three organisations behind it, or
// one with more than 85 % of it.
//
// Not covered here: solving several sums as equations together, which `published-stats.ts` blunts by rounding what is shown
// (the referee in test/statistics solves them all by linear programming); subtracting two tables whose *filters* differ,
// which `published-stats.ts` closes; and two tables of different days, which `release.ts` closes.
import { LEAST_THRESHOLD } from "./disclosure.ts";
import { clientError } from "./errors.ts";

/** Each further column doubles the tables to weigh up: of three, the longest table takes a second, of four ten. */
export const STATS_COLUMN_LIMIT = 3;

export const STATS_CELL_LIMIT = 5_000;

/** An exact count. Rows that would count 0 are left out. */
export interface StatsCell {
  /** One a column, in the order of the columns. */
  readonly keys: readonly string[];
  readonly count: number;
  /** How many people are behind the count; the count itself when left out. */
  readonly people?: number;
  /** Organisation → its part of the count, where the cell could tell the business of one that it does not name. */
  readonly units?: Readonly<Record<string, number>>;
}

const NO_UNITS: Readonly<Record<string, number>> = {};

/** "At least three units, none above 85 %" (L16). */
const LEAST_UNITS = 3;
const MOST_SHARE = 0.85;

export interface StatsInput {
  readonly columns: readonly string[];
  /** Each combination of keys at most once. */
  readonly cells: readonly StatsCell[];
  readonly threshold: number;
  readonly now: Date;
}

export interface StatsRow {
  readonly keys: readonly string[];
  /** Null, never 0, when suppressed. */
  readonly value: number | null;
  readonly suppressed: boolean;
}

/** Rows are sorted by their keys. */
export interface StatsTable {
  readonly columns: readonly string[];
  readonly rows: readonly StatsRow[];
  readonly threshold: number;
  readonly suppressedCells: number;
  readonly generatedAt: Date;
}

/** A cell of one of the tables: the asked one or one of its totals. */
interface Node {
  readonly keys: readonly string[];
  count: number;
  people: number;
  readonly units: Map<string, number>;
  primary: boolean;
  hidden: boolean;
  /** Hidden, and not even listed. */
  omitted: boolean;
}

/** A table over the columns in `mask` (bit i: column i). */
interface Table {
  readonly mask: number;
  readonly nodes: Map<string, Node>;
}

/** A total and its parts in a finer table. */
interface Sum {
  readonly total: Node;
  readonly parts: readonly Node[];
}

interface SumsBetween {
  readonly part: Table;
  readonly sums: readonly Sum[];
}

/** Through which a reader learns the unknown parts, or too much about them. */
interface Gap {
  readonly total: Node;
  readonly unknown: readonly Node[];
}

/** A node → the cells of the table being protected that it is the sum of. */
type CellsUnder = ReadonlyMap<Node, readonly Node[]>;

/** Throws BAD_USER_INPUT for a column named twice, or for more columns than can be protected. */
export function assertStatsColumns(columns: readonly string[]): void {
  if (new Set(columns).size !== columns.length) {
    throw clientError("BAD_USER_INPUT", `Expected each dimension of \`groupBy\` once, got ${columns.join(", ")}.`);
  }
  if (columns.length > STATS_COLUMN_LIMIT) {
    throw clientError("BAD_USER_INPUT", `Expected at most ${STATS_COLUMN_LIMIT} dimensions in \`groupBy\`, got ${columns.length}.`);
  }
}

/**
 * The table that may be shown. Throws what `assertStatsColumns` throws, BAD_USER_INPUT for a table that is too long to be
 * protected, and RangeError for a threshold below 5.
 */
export function toStatsTable(input: StatsInput): StatsTable {
  const { columns, cells, threshold, now } = input;
  assertStatsColumns(columns);
  if (threshold < LEAST_THRESHOLD) throw new RangeError(`Expected a threshold of ${LEAST_THRESHOLD} at least, got ${threshold}.`);
  if (cells.length > STATS_CELL_LIMIT) {
    throw clientError("BAD_USER_INPUT", `Expected a table of at most ${STATS_CELL_LIMIT} cells, got ${cells.length}: ask for fewer dimensions or a shorter period.`);
  }
  const tables = sumTables(columns.length, cells, threshold);
  const sums = sumsOf(tables);
  let safe = true;
  for (const table of [...tables].sort((a, b) => bitCount(a.mask) - bitCount(b.mask))) safe = protect(table, sums, threshold);
  const nodes = [...(tables.at(-1)?.nodes.values() ?? [])].filter((node) => safe && !node.omitted);
  return {
    columns,
    rows: nodes.sort(byKeys).map(toRow),
    threshold,
    suppressedCells: nodes.filter((node) => node.hidden).length,
    generatedAt: now,
  };
}

/** One table for each subset of the columns; the last is the one that was asked for. */
function sumTables(columnCount: number, cells: readonly StatsCell[], threshold: number): Table[] {
  const tables = Array.from({ length: 2 ** columnCount }, (_, mask): Table => ({ mask, nodes: new Map() }));
  for (const { mask, nodes } of tables) {
    for (const cell of cells) {
      const key = keyOf(cell.keys, mask);
      const node = nodes.get(key) ?? { keys: cell.keys, count: 0, people: 0, units: new Map<string, number>(), primary: false, hidden: false, omitted: false };
      node.count += cell.count;
      node.people += cell.people ?? cell.count;
      for (const [unit, part] of Object.entries(cell.units ?? NO_UNITS)) node.units.set(unit, (node.units.get(unit) ?? 0) + part);
      nodes.set(key, node);
    }
    for (const node of nodes.values()) node.primary = node.hidden = node.people < threshold || isDominated(node);
  }
  return tables;
}

function isDominated({ units, count }: Node): boolean {
  if (units.size === 0) return false;
  return units.size < LEAST_UNITS || Math.max(...units.values()) > MOST_SHARE * count;
}

/** Hides cells of `table`, then leaves some out, until nothing leaks. False: it leaks even so. */
function protect(table: Table, all: readonly SumsBetween[], threshold: number): boolean {
  const coarser = all.filter(({ part }) => (part.mask & table.mask) === part.mask);
  const sums = coarser.flatMap((one) => one.sums);
  const under = new Map(coarser.filter(({ part }) => part === table).flatMap((one) => one.sums.map(({ total, parts }) => [total, parts])));
  const nodes = [...under.keys()];
  for (;;) {
    const shown = nodes.filter((node) => !node.hidden);
    const { leaks, gaps } = deduce(sums, new Set(shown), threshold);
    if (!leaks) return true;
    const mended = gaps.some((generation) => hideUnder(generation, under)) || gaps.some((generation) => omitUnder(generation, under));
    if (!mended) return false;
  }
}

/** Hides the smallest shown cell under each total, one cell doing for all totals above it. */
function hideUnder(gaps: readonly Gap[], under: CellsUnder): boolean {
  const victims = new Set<Node>();
  for (const { total } of gaps) {
    const cells = under.get(total) ?? [];
    if (cells.some((cell) => victims.has(cell))) continue;
    const victim = smallestShown(cells);
    if (victim === null) continue;
    victim.hidden = true;
    victims.add(victim);
  }
  return victims.size > 0;
}

/** Leaves out the cells that the gaps give away. */
function omitUnder(gaps: readonly Gap[], under: CellsUnder): boolean {
  const cells = gaps.flatMap(({ unknown }) => unknown.flatMap((node) => under.get(node) ?? []));
  const listed = cells.filter((cell) => cell.hidden && !cell.omitted);
  for (const cell of listed) cell.omitted = true;
  return listed.length > 0;
}

/** Of each table and each finer one. With the table itself: each cell as the sum of itself. */
function sumsOf(tables: readonly Table[]): SumsBetween[] {
  const pairs = tables.flatMap((whole) => tables.filter(({ mask }) => (whole.mask & mask) === whole.mask).map((part) => ({ whole, part })));
  return pairs.map(({ whole, part }) => ({ part, sums: sumsBetween(whole, part) }));
}

function sumsBetween(whole: Table, part: Table): Sum[] {
  const parts = Map.groupBy(part.nodes.values(), (node) => keyOf(node.keys, whole.mask));
  return [...whole.nodes].map(([key, total]) => ({ total, parts: parts.get(key) ?? [] }));
}

/**
 * Plays the reader's knowledge forward from the cells that are shown. `leaks`: something protected becomes known.
 * `gaps`: through what hidden cells become known, nearest to the shown cells first.
 */
function deduce(sums: readonly Sum[], known: Set<Node>, threshold: number): { leaks: boolean; gaps: Gap[][] } {
  const gaps: Gap[][] = [];
  let leaks = false;
  for (let before = -1; before !== known.size; ) {
    before = known.size;
    const generation: Gap[] = [];
    const learnt: Node[] = [];
    for (const { total, parts } of sums) {
      const unknown = parts.filter((node) => !known.has(node));
      if (unknown.length === 0) learnt.push(total);
      if (unknown.length === 0 || !known.has(total)) continue;
      const isSolved = unknown.length === 1 && unknown.every((node) => !node.omitted);
      const tooFew = unknown.some((node) => node.primary) && (isSolved || sumOfPeople(unknown) < threshold);
      if (isSolved) learnt.push(...unknown);
      if (isSolved || tooFew) generation.push({ total, unknown });
      leaks ||= tooFew;
    }
    for (const node of learnt) known.add(node);
    gaps.push(generation);
  }
  return { leaks, gaps };
}

function sumOfPeople(nodes: readonly Node[]): number {
  return nodes.reduce((sum, { people }) => sum + people, 0);
}

function smallestShown(nodes: readonly Node[]): Node | null {
  const shown = nodes.filter((node) => !node.hidden);
  return shown.sort((a, b) => a.count - b.count || byKeys(a, b)).at(0) ?? null;
}

function toRow({ keys, count, hidden }: Node): StatsRow {
  return { keys, value: hidden ? null : count, suppressed: hidden };
}

function keyOf(keys: readonly string[], mask: number): string {
  let key = "";
  for (const [column, value] of keys.entries()) if ((mask & (1 << column)) !== 0) key += `${value}\u0000`;
  return key;
}

function bitCount(mask: number): number {
  return mask.toString(2).replaceAll("0", "").length;
}

function byKeys(a: { readonly keys: readonly string[] }, b: { readonly keys: readonly string[] }): number {
  for (const [index, key] of a.keys.entries()) {
    const other = b.keys[index] ?? "";
    if (key !== other) return key < other ? -1 : 1;
  }
  return 0;
}
