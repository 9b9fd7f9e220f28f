// All that was told of one block as a system of inequalities over its *atoms*, the groups of records that are alike in every
// dimension, and what it leaves open of each suppressed cell.
//
// A block of the demonstration has thousands of suppressed cells; to solve for the least and the most of each would take a
// day. But each solution of the system is a world that could be true, and says something about every cell at once. So all
// cells that are not settled are pushed together, in random directions: a cell of which two worlds differ by the threshold has
// an interval at least as wide. What is left is solved for itself, exactly, as far as the effort goes.
import loader, { type Highs, type Model } from "highs";

/** A sum of atoms with what was told of it. */
export interface ToldSum {
  readonly name: string;
  /** Their numbers. */
  readonly atoms: readonly number[];
  readonly least: number;
  readonly most: number;
  readonly suppressed: boolean;
}

export interface Verdict {
  /** Different sums that are suppressed: the same records under several names are one. */
  readonly suppressed: number;
  /** Of which somebody can tell less than the threshold. */
  readonly told: number;
  /** Of which the effort did not suffice to say. */
  readonly unsettled: number;
  /** The narrowest interval, or what worlds have moved the cell by that they moved least. */
  readonly narrowest: { readonly cell: string; readonly width: number; readonly isExact: boolean } | null;
}

/** What was shown of a count: less than a step more or less, and never fewer than the threshold. A suppressed row that is listed is not empty. */
export function boundsOf(value: number | null, { step, threshold }: { readonly step: number; readonly threshold: number }): { readonly least: number; readonly most: number } {
  return value === null ? { least: 1, most: Infinity } : { least: Math.max(threshold, value - step + 1), most: value + step - 1 };
}

/** The package's types say CommonJS of what is an ES module, whose default export is the function itself. */
const loadHighs = loader as unknown as typeof loader.default;

export async function openHighs(): Promise<Highs> {
  return loadHighs();
}

interface Row {
  readonly name: string;
  readonly atoms: readonly number[];
  least: number;
  most: number;
  suppressed: boolean;
  /** What solutions had here. */
  low: number;
  high: number;
}

/** No atom is taken to hold more: it makes intervals narrower, and keeps them finite. */
const MOST = 10_000;

export interface Effort {
  readonly threshold: number;
  /** Worlds to look for. */
  readonly rounds: number;
  /** Cells to solve exactly. */
  readonly exact: number;
}

/** Throws when no world fits what was told. */
export function judgeSystem(highs: Highs, told: readonly ToldSum[], effort: Effort): Verdict {
  const rows = mergeRows(told);
  const hidden = rows.filter(({ suppressed }) => suppressed);
  if (hidden.length === 0) return { suppressed: 0, told: 0, unsettled: 0, narrowest: null };
  const atomCount = 1 + rows.reduce((most, { atoms }) => atoms.reduce((greatest, atom) => Math.max(greatest, atom), most), 0);
  const model = createModel(highs, rows, atomCount);
  try {
    const solver = { highs, model, rows, atomCount };
    pushTogether(solver, effort);
    const exact = solveNarrowest(solver, hidden, effort);
    const open = hidden.filter((row) => widthOf(row) < effort.threshold);
    const least = hidden.reduce((narrowest, row) => (widthOf(row) < widthOf(narrowest) ? row : narrowest));
    const toldCells = open.filter((row) => exact.has(row)).length;
    return { suppressed: hidden.length, told: toldCells, unsettled: open.length - toldCells, narrowest: { cell: least.name, width: widthOf(least), isExact: exact.has(least) } };
  } finally {
    model.dispose();
  }
}

interface Solver {
  readonly highs: Highs;
  readonly model: Model;
  readonly rows: readonly Row[];
  readonly atomCount: number;
}

/** The same atoms under several names are one row, of which all is known that was told of any. */
function mergeRows(told: readonly ToldSum[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { name, atoms, least, most, suppressed } of told) {
    const key = atoms.join();
    const row = rows.get(key) ?? { name, atoms, least: 0, most: Infinity, suppressed: false, low: Infinity, high: -Infinity };
    row.least = Math.max(row.least, least);
    row.most = Math.min(row.most, most);
    row.suppressed ||= suppressed;
    rows.set(key, row);
  }
  return [...rows.values()].filter(({ atoms }) => atoms.length > 0);
}

function createModel(highs: Highs, rows: readonly Row[], atomCount: number) {
  const starts = [0];
  for (const { atoms } of rows) starts.push((starts.at(-1) ?? 0) + atoms.length);
  const indices = rows.flatMap(({ atoms }) => [...atoms]);
  const model = highs.createModel({
    numCols: atomCount,
    numRows: rows.length,
    colCost: new Float64Array(atomCount),
    colLower: new Float64Array(atomCount),
    colUpper: new Float64Array(atomCount).fill(MOST),
    rowLower: Float64Array.from(rows, ({ least }) => least),
    rowUpper: Float64Array.from(rows, ({ most }) => most),
    matrix: { format: "csr", numRows: rows.length, numCols: atomCount, starts: Int32Array.from(starts), indices: Int32Array.from(indices), values: new Float64Array(indices.length).fill(1) },
  });
  model.options.set({ output_flag: false });
  return model;
}

/** Few atoms at a time take all the records that there are: what they are in grows, and what they are not in is emptied. */
function pushTogether(solver: Solver, { threshold, rounds }: Effort): void {
  const random = createRandom(7);
  for (let round = 0; round < rounds; round += 1) {
    const open = solver.rows.filter((row) => row.suppressed && widthOf(row) < threshold);
    if (open.length === 0) return;
    const weights = new Float64Array(solver.atomCount);
    for (const { atoms } of open) {
      const weight = random() ** 4;
      for (const atom of atoms) weights[atom] = (weights[atom] ?? 0) + weight;
    }
    solve(solver, weights.map((weight) => weight * random() ** 8), true);
  }
}

/** Both ends of one row's interval, exactly. */
function solveFor(solver: Solver, { atoms }: Row): void {
  const weights = new Float64Array(solver.atomCount);
  for (const atom of atoms) weights[atom] = 1;
  solve(solver, weights, true);
  solve(solver, weights, false);
}

/** Those that worlds have moved least, until none can be narrower than one that is solved, or there were enough. */
function solveNarrowest(solver: Solver, hidden: readonly Row[], { threshold, exact: limit }: Effort): Set<Row> {
  const exact = new Set<Row>();
  while (exact.size < limit) {
    const open = hidden.filter((row) => !exact.has(row));
    const [first] = open;
    if (first === undefined) break;
    const row = open.reduce((least, one) => (widthOf(one) < widthOf(least) ? one : least), first);
    if (widthOf(row) >= threshold && [...exact].some((one) => widthOf(one) <= widthOf(row))) break;
    exact.add(row);
    solveFor(solver, row);
  }
  return exact;
}

function solve({ highs, model, rows, atomCount }: Solver, weights: Float64Array, isMost: boolean): void {
  model.changeObjectiveSense(isMost ? highs.constants.objectiveSense.maximize : highs.constants.objectiveSense.minimize);
  model.changeColsCost({ kind: "range", from: 0, to: atomCount - 1 }, weights);
  const { modelStatus } = model.run();
  if (modelStatus !== highs.constants.modelStatus.optimal) throw new Error(`Expected answers that can all be true, got a system of status ${modelStatus}.`);
  const { rowValue } = model.getSolution();
  for (const [at, row] of rows.entries()) {
    const value = rowValue[at] ?? NaN;
    row.low = Math.min(row.low, value);
    row.high = Math.max(row.high, value);
  }
}

function widthOf({ low, high }: Row): number {
  return Math.round((high - low) * 1000) / 1000;
}

/** The same numbers in each run. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
