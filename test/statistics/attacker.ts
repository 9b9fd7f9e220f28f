// The attacker: somebody who asks for every table that there is, knows how figures are rounded but for the key, and solves
// all that was answered as one system of inequalities. HiGHS tells the least and the most that each cell can then hold.
import loader, { type Highs } from "highs";

import type { StatsAnswer } from "../../subgraphs/kit/kit.ts";

/** Dimension → its values; the attacker knows the lists. */
export type Dimensions = Readonly<Record<string, readonly string[]>>;

/** The answer to one `groupBy`, over one block. */
export type Publication = StatsAnswer;

export interface Interval {
  /** `SITE=a MONTH=2025-01`. */
  readonly cell: string;
  readonly least: number;
  readonly most: number;
}

export interface Attacker {
  /** What the answers leave open of each cell that one of them suppresses. */
  suppressed(snapshots: Snapshots): Interval[];
  /** The atoms, as their values, of which the newcomer between the two snapshots can be. */
  newcomer(snapshots: Required<Pick<Snapshots, "before" | "after">>): (readonly string[])[];
}

export interface Snapshots {
  readonly before: readonly Publication[];
  /** The same questions asked again; the attacker knows how many records came in between. */
  readonly after?: readonly Publication[];
  /** One by default. */
  readonly came?: number;
}

/** A sum of atoms with what was told of it. */
interface Told {
  readonly name: string;
  readonly sum: string;
  readonly least: number;
  readonly most: number;
  readonly suppressed: boolean;
}

/** The package's types say CommonJS of what is an ES module, whose default export is the function itself. */
const loadHighs = loader as unknown as typeof loader.default;

export async function createAttacker(dimensions: Dimensions): Promise<Attacker> {
  const highs = await loadHighs();
  const names = Object.keys(dimensions);
  const atoms = names.reduce<readonly (readonly string[])[]>((rows, name) => rows.flatMap((row) => (dimensions[name] ?? []).map((value) => [...row, value])), [[]]);
  const read = ({ before, after = [] }: Snapshots): Told[] => [
    ...before.flatMap((publication) => readPublication(publication, { names, atoms, variables: ["x"] })),
    ...after.flatMap((publication) => readPublication(publication, { names, atoms, variables: ["x", "e"] })),
  ];
  const newcomer = atoms.map((_, atom) => `e${atom}`);
  const bodyOf = (told: readonly Told[], came: number | null): string =>
    `Subject To\n${[...told.flatMap(printConstraints), ...(came === null ? [] : [`${newcomer.join(" + ")} = ${came}`])].join("\n")}\nEnd`;
  return {
    suppressed: (snapshots) => {
      const told = read(snapshots);
      const body = bodyOf(told, snapshots.after === undefined ? null : (snapshots.came ?? 1));
      return told.filter(({ suppressed }) => suppressed).map(({ name, sum }) => ({ cell: name, least: solve(highs, "Minimize", sum, body), most: solve(highs, "Maximize", sum, body) }));
    },
    newcomer: (snapshots) => {
      const body = bodyOf(read(snapshots), 1);
      return atoms.filter((_, atom) => solve(highs, "Maximize", `e${atom}`, body) > 0.999);
    },
  };
}

interface Reading {
  readonly names: readonly string[];
  readonly atoms: readonly (readonly string[])[];
  /** Those that an atom is the sum of: who was there, and who came. */
  readonly variables: readonly string[];
}

/** Over one dimension somebody is in a suppressed row that is listed; a shown one holds less than a step more or less than it says. */
function readPublication({ columns, rows, roundedTo, threshold }: Publication, { names, atoms, variables }: Reading): Told[] {
  const places = columns.map((column) => names.indexOf(column));
  return rows.map(({ keys, value, suppressed }) => ({
    name: columns.map((column, index) => `${column}=${keys[index]}`).join(" "),
    sum: variables.flatMap((variable) => atoms.flatMap((atom, index) => (places.every((place, at) => atom[place] === keys[at]) ? [`${variable}${index}`] : []))).join(" + "),
    least: value === null ? Number(columns.length === 1) : Math.max(threshold, value - roundedTo + 1),
    most: value === null ? Infinity : value + roundedTo - 1,
    suppressed,
  }));
}

function printConstraints({ sum, least, most }: Told): string[] {
  return [`${sum} >= ${least}`, ...(most === Infinity ? [] : [`${sum} <= ${most}`])];
}

function solve(highs: Highs, goal: "Minimize" | "Maximize", sum: string, body: string): number {
  const { Status, ObjectiveValue } = highs.solve(`${goal}\n${sum}\n${body}`);
  if (Status === "Unbounded" || Status === "Primal infeasible or unbounded") return Infinity;
  if (Status !== "Optimal") throw new Error(`Expected answers that can all be true, got a system that is ${Status}.`);
  return ObjectiveValue;
}
