// What the tables of one block tell somebody who has all of them, as sums of unknown numbers.
//
// What the attacker knows of a release: the table of every choice of dimensions that the API takes, of every block (a table
// over several blocks is the sum of theirs, and blocks have no record in common); that a shown figure is less than a step
// away from the count and not below the threshold; which keys each dimension alone lists, in each of which somebody is; and
// how all that is made, but for the key of the rounding. Beyond what is published he is told, in each *group* of dimensions
// below, which crossings of their values occur: hence who runs which site and offers which theme, which commune is in which
// territory, what can be refused for which reason, and more than anybody outside could know.
//
// His unknowns are the counts of these crossings, for each group its own, where two groups overlap of the same sums. Groups
// hang together like a tree: what a group shares with those before it lies in one of them. Numbers for each group that agree
// on what is shared are then always those of one world of whole records (a decomposable model), so that nothing is
// lost by leaving out the crossings of all dimensions; and each of these is taken to be possible that its groups allow.
// Things with several values of a dimension have that set of values for one value here.
//
// Of two releases he also knows that nobody left in between and nothing changed, some only came, the threshold's number of
// people at least: that is when a block is published anew. He does not know how many they were, which the API does not tell.
//
// A suppressed cell whose records another table shows under another name, as far as crossings tell, counts as shown.
//
// Not in this model: what somebody knows who is counted, or who wrote records (ten people who know themselves know an
// eleventh); what is known of single people; three releases and more; that counts are whole numbers; and that a cell
// which is not shown was hidden for one reason or another.
import { countCells, everyGrouping, tableNameOf, type Disclosure, type TableBody, type TableFact, type TableReport } from "../../subgraphs/kit/kit.ts";
import type { ActivityFact, Figures, SiteYear } from "../../subgraphs/sites/activity.ts";
import { boundsOf, type ToldSum } from "./system.ts";

export interface TablesOfBlock {
  readonly facts: readonly TableFact[];
  /** Name → body. */
  readonly tables: ReadonlyMap<string, TableBody>;
}

/** A report with its groups, each combination in one of them. */
export interface SolvedReport {
  readonly report: TableReport;
  readonly groups: readonly (readonly string[])[];
}

/** Of one release; of two, the second is told of the same crossings and of who came. Throws where groups are no tree. */
export function toldByTables(releases: readonly TablesOfBlock[], { report, groups }: SolvedReport, disclosure: Disclosure): ToldSum[] {
  const all = crossingsOf(releases.flatMap(({ facts }) => facts), report, groups);
  const count = all.reduce((sum, { crossings }) => sum + crossings.length, 0);
  const told = releases.flatMap((release, at) => [
    ...all.flatMap((group, place) => agreements(group, all.slice(0, place))).map((sum) => (at === 0 ? sum : { ...sum, atoms: sum.atoms.map(later(count)), minus: sum.minus.map(later(count)) })),
    ...everyGrouping(report).flatMap((columns) => toldByTable(columns, release, { all, report, disclosure })).map((sum) => (at === 0 ? sum : { ...sum, name: `later ${sum.name}`, atoms: [...sum.atoms, ...sum.atoms.map(later(count))] })),
  ]);
  if (releases.length < 2) return told;
  return [...told, { name: "who came", atoms: (all[0]?.crossings ?? []).map(({ atom }) => later(count)(atom)), least: disclosure.threshold, most: Infinity, suppressed: false }];
}

/** The attacker is told missed and kept appointments too, of which only the rate is published. */
export function toldByActivity(facts: readonly ActivityFact[], { siteId, year, figures }: SiteYear, disclosure: Disclosure): ToldSum[] {
  const place = (name: keyof typeof ACTIVITY_ATOMS) => ACTIVITY_ATOMS[name].filter((atom) => atom !== OTHER || facts.length > 0);
  return (Object.keys(ACTIVITY_ATOMS) as (keyof Figures)[]).map((name) => {
    const value = figures[name];
    const bounds = value === 0 ? { least: 0, most: 0 } : boundsOf(value, disclosure);
    return { name: `${siteId} ${year} ${name}`, atoms: place(name), ...bounds, suppressed: value === null };
  });
}

const [HOME, WALK_IN, MISSED, SEEN, OTHER] = [0, 1, 2, 3, 4];

const ACTIVITY_ATOMS: Readonly<Record<keyof Figures, readonly number[]>> = { appointments: [MISSED, SEEN, OTHER], homeVisits: [HOME], walkIns: [WALK_IN], missed: [MISSED], seen: [SEEN] };

interface Group {
  readonly columns: readonly string[];
  readonly crossings: readonly Crossing[];
}

/** The values that some records have in the columns of a group; `atom` is the number of their count. */
interface Crossing {
  readonly atom: number;
  readonly keys: readonly (readonly string[])[];
}

function later(count: number): (atom: number) => number {
  return (atom) => atom + count;
}

function crossingsOf(facts: readonly TableFact[], { dimensions }: TableReport, groups: readonly (readonly string[])[]): Group[] {
  let next = 0;
  return groups.map((columns) => {
    const places = columns.map((name) => dimensions.indexOf(name));
    const occurring = new Map(facts.map(({ keys }) => places.map((place) => keys[place] ?? [])).map((keys) => [JSON.stringify(keys), keys]));
    return { columns, crossings: [...occurring.values()].map((keys) => ({ atom: next++, keys })) };
  });
}

interface Agreement extends ToldSum {
  readonly minus: readonly number[];
}

/** That a group counts the same as one before it of what they share. */
function agreements(group: Group, before: readonly Group[]): Agreement[] {
  if (before.length === 0) return [];
  const shared = group.columns.filter((name) => before.some(({ columns }) => columns.includes(name)));
  const other = before.find(({ columns }) => shared.every((name) => columns.includes(name)));
  if (other === undefined) throw new Error(`Expected ${shared.join(", ")} to be together in a group before ${group.columns.join(", ")}.`);
  const sumsIn = ({ columns, crossings }: Group) => Map.groupBy(crossings, ({ keys }) => JSON.stringify(shared.map((name) => keys[columns.indexOf(name)])));
  const [ours, theirs] = [sumsIn(group), sumsIn(other)];
  const atomsOf = (crossings: readonly Crossing[] = []) => crossings.map(({ atom }) => atom);
  return [...ours].map(([key, crossings]) => ({ name: `shared ${key}`, atoms: atomsOf(crossings), minus: atomsOf(theirs.get(key)), least: 0, most: 0, suppressed: false }));
}

interface Solved {
  readonly all: readonly Group[];
  readonly report: TableReport;
  readonly disclosure: Disclosure;
}

/** Of each cell that occurs, whether it is listed or not. */
function toldByTable(columns: readonly string[], { facts, tables }: TablesOfBlock, { all, report, disclosure }: Solved): ToldSum[] {
  const name = tableNameOf(columns, report);
  const body = tables.get(name);
  if (body === undefined || "tooLong" in body) throw new Error(`Expected the table ${name} of the block, got ${body === undefined ? "none" : "one that is too long"}.`);
  const group = all.find((one) => columns.every((column) => one.columns.includes(column)));
  if (group === undefined) throw new Error(`Expected a group with ${columns.join(", ")}.`);
  const under = atomsUnder(group, columns);
  const rows = new Map(body.rows.map((row) => [row.keys.join("\u0000"), row]));
  return countCells(facts, columns, report).map(({ keys }): ToldSum => {
    const row = rows.get(keys.join("\u0000"));
    const bounds = boundsOf(row?.value ?? null, disclosure);
    // Over several dimensions, that a suppressed row is listed does not say that somebody is in it.
    const least = bounds.most === Infinity && (columns.length > 1 || row === undefined) ? 0 : bounds.least;
    return { name: `${name}: ${keys.join(" ")}`, atoms: under.get(keys.join("\u0000")) ?? [], ...bounds, least, suppressed: bounds.most === Infinity };
  });
}

function atomsUnder({ columns: ofGroup, crossings }: Group, columns: readonly string[]): Map<string, number[]> {
  const places = columns.map((column) => ofGroup.indexOf(column));
  const under = new Map<string, number[]>();
  for (const { atom, keys } of crossings) {
    for (const chosen of combine(places.map((place) => keys[place] ?? []))) {
      const key = chosen.join("\u0000");
      const list = under.get(key);
      if (list === undefined) under.set(key, [atom]);
      else list.push(atom);
    }
  }
  return under;
}

function combine(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>((rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])), [[]]);
}
