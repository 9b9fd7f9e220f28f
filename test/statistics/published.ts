// What the tables of one block tell, as sums of its atoms.
//
// Nobody outside knows which combinations of all ten dimensions there are, and there are too many to write them all down. The
// attacker here works with those that there are and with a sample of those that could be: some values of one record, the
// rest of another's. Each further one could only make intervals wider, so what this finds safe is safe.
import { STATS_COLUMN_LIMIT, tableNameOf, everyGrouping, type Disclosure, type TableBody, type TableFact, type TableReport } from "../../subgraphs/kit/kit.ts";
import type { ActivityFact, Figures, SiteYear } from "../../subgraphs/sites/activity.ts";
import { boundsOf, createRandom, type ToldSum } from "./system.ts";

export interface TablesOfBlock {
  readonly facts: readonly TableFact[];
  /** Name → body. */
  readonly tables: ReadonlyMap<string, TableBody>;
}

/** Of one release; of two, the second is told of the same atoms and of who came, of whom one knows that they were many. */
export function toldByTables(releases: readonly TablesOfBlock[], report: TableReport, disclosure: Disclosure): ToldSum[] {
  const atoms = atomsOf(releases.flatMap(({ facts }) => facts));
  const told = releases.flatMap(({ tables }, release) => everyGrouping(report.dimensions).flatMap((columns) => toldByTable({ columns, atoms, isLater: release > 0 }, tables, { report, disclosure })));
  if (releases.length < 2) return told;
  return [...told, { name: "who came", atoms: atoms.map((_, at) => atoms.length + at), least: disclosure.threshold, most: Infinity, suppressed: false }];
}

type Atom = TableFact["keys"];

const SAMPLE = 500;

function atomsOf(facts: readonly TableFact[]): Atom[] {
  const random = createRandom(11);
  const real = [...new Map(facts.map(({ keys }) => [JSON.stringify(keys), keys])).values()];
  const any = (): Atom => real[Math.floor(random() * real.length)] ?? [];
  const mixed = Array.from({ length: SAMPLE }, (): Atom => {
    const [one, other] = [any(), any()];
    return one.map((values, place) => (random() < 0.5 ? values : (other[place] ?? values)));
  });
  return [...new Map([...real, ...mixed].map((keys) => [JSON.stringify(keys), keys])).values()];
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

interface Asked {
  readonly columns: readonly string[];
  readonly atoms: readonly Atom[];
  readonly isLater: boolean;
}

function toldByTable({ columns, atoms, isLater }: Asked, tables: ReadonlyMap<string, TableBody>, { report, disclosure }: { readonly report: TableReport; readonly disclosure: Disclosure }): ToldSum[] {
  const name = tableNameOf(columns, report);
  const body = tables.get(name);
  if (body === undefined) throw new Error(`Expected the table ${name} of the block, got none of at most ${STATS_COLUMN_LIMIT} dimensions.`);
  if ("tooLong" in body) return [];
  const places = columns.map((column) => report.dimensions.indexOf(column));
  const under = new Map<string, number[]>();
  for (const [at, atom] of atoms.entries()) {
    for (const keys of combine(places.map((place) => atom[place] ?? []))) {
      const key = keys.join("\u0000");
      const list = under.get(key);
      if (list === undefined) under.set(key, [at]);
      else list.push(at);
    }
  }
  return body.rows.map(({ keys, value, suppressed }) => {
    const there = under.get(keys.join("\u0000")) ?? [];
    return { name: `${name}: ${keys.join(" ")}`, atoms: isLater ? [...there, ...there.map((at) => atoms.length + at)] : there, ...boundsOf(value, disclosure), suppressed };
  });
}

function combine(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>((rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])), [[]]);
}
