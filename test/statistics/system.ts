// All that was told as a system of inequalities over unknown counts, the *atoms*, and what it leaves open of each suppressed cell.
//
// A block of the demonstration has a thousand suppressed cells; to solve for the least and the most of each takes long.
// But each solution of the system is a world that could be true, and says something about every cell at once. So all cells that
// are not settled are pushed together, in random directions: a cell of which two worlds differ by the threshold has an
// interval at least as wide. What is left when pushes settle few more is solved for itself, exactly: every cell is settled.
import loader, { type Highs, type Model } from "highs";

/** A sum of atoms with what was told of it. */
export interface ToldSum {
  readonly name: string;
  /** Their numbers. */
  readonly atoms: readonly number[];
  /** Of those that count against it. */
  readonly minus?: readonly number[];
  readonly least: number;
  readonly most: number;
  readonly suppressed: boolean;
}

export interface Verdict {
  /** Different sums that nothing shows: the same records under several names are one, and shown as soon as one is. */
  readonly suppressed: number;
  /** Of which somebody can tell less than the threshold. */
  readonly told: readonly ToldCell[];
}

export interface ToldCell {
  readonly cell: string;
  readonly least: number;
  readonly most: number;
}

/** What was shown of a count: less than a step more or less, and never fewer than the threshold. Where presence is told, a suppressed row is not empty. */
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
  readonly minus: readonly number[];
  least: number;
  most: number;
  suppressed: boolean;
  /** What solutions had here. */
  low: number;
  high: number;
}

/** No atom is taken to hold more: it makes intervals narrower, and keeps them finite. */
const MOST = 10_000;

/** Pushes go on while they settle this part of what is open. */
const WORTH_PUSHING = 0.03;
const IDLE_PUSHES = 4;

/** Throws when no world fits what was told. */
export function judgeSystem(highs: Highs, told: readonly ToldSum[], threshold: number): Verdict {
  const rows = mergeRows(told);
  const hidden = rows.filter(({ suppressed }) => suppressed);
  if (hidden.length === 0) return { suppressed: 0, told: [] };
  const atomCount = 1 + rows.reduce((most, { atoms, minus }) => [...atoms, ...minus].reduce((greatest, atom) => Math.max(greatest, atom), most), 0);
  const model = createModel(highs, rows, atomCount);
  try {
    const solver = { highs, model, rows, atomCount };
    pushTogether(solver, threshold);
    const open = hidden.filter((row) => widthOf(row) < threshold);
    // Worlds that settle one may settle others.
    for (const row of open) if (widthOf(row) < threshold) solveFor(solver, row);
    const narrow = open.filter((row) => widthOf(row) < threshold);
    return { suppressed: hidden.length, told: narrow.map(({ name, low, high }) => ({ cell: name, least: round(low), most: round(high) })) };
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
  for (const { name, atoms, minus = [], least, most, suppressed } of told) {
    const key = `${atoms.toSorted((a, b) => a - b).join()} ${minus.join()}`;
    const row = rows.get(key) ?? { name, atoms, minus, least: 0, most: Infinity, suppressed: true, low: Infinity, high: -Infinity };
    row.least = Math.max(row.least, least);
    row.most = Math.min(row.most, most);
    row.suppressed &&= suppressed;
    rows.set(key, row);
  }
  return [...rows.values()].filter(({ atoms }) => atoms.length > 0);
}

function createModel(highs: Highs, rows: readonly Row[], atomCount: number) {
  const starts = [0];
  for (const { atoms, minus } of rows) starts.push((starts.at(-1) ?? 0) + atoms.length + minus.length);
  const indices = rows.flatMap(({ atoms, minus }) => [...atoms, ...minus]);
  const values = rows.flatMap(({ atoms, minus }) => [...atoms.map(() => 1), ...minus.map(() => -1)]);
  const model = highs.createModel({
    numCols: atomCount,
    numRows: rows.length,
    colCost: new Float64Array(atomCount),
    colLower: new Float64Array(atomCount),
    colUpper: new Float64Array(atomCount).fill(MOST),
    rowLower: Float64Array.from(rows, ({ least }) => least),
    rowUpper: Float64Array.from(rows, ({ most }) => most),
    matrix: { format: "csr", numRows: rows.length, numCols: atomCount, starts: Int32Array.from(starts), indices: Int32Array.from(indices), values: Float64Array.from(values) },
  });
  model.options.set({ output_flag: false });
  return model;
}

/** Few atoms at a time take all the records that there are: what they are in grows, and what they are not in is emptied. */
function pushTogether(solver: Solver, threshold: number): void {
  const random = createRandom(7);
  const stillOpen = () => solver.rows.filter((row) => row.suppressed && widthOf(row) < threshold);
  let open = stillOpen();
  for (let push = 0, idle = 0; open.length > 0 && idle < IDLE_PUSHES; push += 1) {
    const weights = new Float64Array(solver.atomCount);
    for (const { atoms } of open) {
      const weight = random() ** 4;
      for (const atom of atoms) weights[atom] = (weights[atom] ?? 0) + weight;
    }
    solve(solver, weights.map((weight) => weight * random() ** 8), push % 5 !== 4);
    const left = stillOpen();
    idle = open.length - left.length < Math.max(3, open.length * WORTH_PUSHING) ? idle + 1 : 0;
    open = left;
  }
}

/** Both ends of one row's interval, exactly. */
function solveFor(solver: Solver, { atoms }: Row): void {
  const weights = new Float64Array(solver.atomCount);
  for (const atom of atoms) weights[atom] = 1;
  solve(solver, weights, true);
  solve(solver, weights, false);
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
  return round(high - low);
}

function round(count: number): number {
  return Math.round(count * 1000) / 1000;
}

/** The same numbers in each run. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
