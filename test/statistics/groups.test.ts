// The referee by groups of dimensions: what it leaves out tells nothing, and presence is no way round it (L16).
import { beforeAll, describe, expect, it } from "@jest/globals";

import { DEMONSTRATION_DISCLOSURE, everyGrouping, joinBlocks, type TableBody, type TableFact, type TableReport } from "../../subgraphs/kit/kit.ts";
import { toldByTables, type SolvedReport, type TablesOfBlock } from "./published.ts";
import { tablesOf } from "./small-world.ts";
import { REFERRALS, STEPS } from "./solved-reports.ts";
import { createRandom, judgeSystem, openHighs, type Verdict } from "./system.ts";

const REPORT: TableReport = { dimensions: ["SITE", "AGE", "KIND", "MONTH"], combinations: [["SITE", "AGE"], ["AGE", "KIND", "MONTH"]] };
const BY_GROUPS: SolvedReport = { report: REPORT, groups: REPORT.combinations };
const AT_ONCE: SolvedReport = { report: REPORT, groups: [REPORT.dimensions] };

/** Wider than anything: every cell is told, with its interval. */
const EVERY_WIDTH = 1e6;

let highs: Awaited<ReturnType<typeof openHighs>>;
beforeAll(async () => void (highs = await openHighs()));

describe("solving by groups of dimensions that overlap like a tree", () => {
  it.each([1, 2, 3])("leaves each cell the interval that all crossings of all dimensions leave it, where all of these can be (world %i)", (seed) => {
    const block = blockOf(createFacts(seed, 300));
    const intervals = ({ told }: Verdict) => told.map(({ cell, least, most }) => `${cell} ${least} ${Math.min(most, 5_000)}`).sort();
    const byGroups = intervals(judgeSystem(highs, toldByTables([block], BY_GROUPS, DEMONSTRATION_DISCLOSURE), EVERY_WIDTH));
    expect(new Set(block.facts.map(({ keys }) => keys.join())).size).toBe(36);
    expect(byGroups.length).toBeGreaterThan(5);
    expect(byGroups).toEqual(intervals(judgeSystem(highs, toldByTables([block], AT_ONCE, DEMONSTRATION_DISCLOSURE), EVERY_WIDTH)));
  });

  it("finds cells of one group through another's tables, where figures are exact and only small ones hidden", () => {
    const told = toldByTables([blockOf(createFacts(2, 300))], BY_GROUPS, { ...DEMONSTRATION_DISCLOSURE, step: 1 });
    expect(() => judgeSystem(highs, told, 11)).toThrow(/Expected answers that can all be true/);
    const facts = createFacts(2, 300);
    const found = judgeSystem(highs, toldByTables([{ facts, tables: unprotected(facts) }], BY_GROUPS, { ...DEMONSTRATION_DISCLOSURE, step: 1 }), 11);
    expect(found.told.length).toBeGreaterThan(0);
  });

  it("is refused for groups that hang together otherwise: their worlds need not be one", () => {
    const circle = { report: REPORT, groups: [["SITE", "AGE"], ["AGE", "KIND", "MONTH"], ["SITE", "MONTH"]] };
    expect(() => toldByTables([blockOf(createFacts(1, 300))], circle, DEMONSTRATION_DISCLOSURE)).toThrow("Expected SITE, MONTH to be together in a group before SITE, MONTH.");
  });

  it.each([["referralStats", REFERRALS], ["pathwayStats", STEPS]])("takes in all that %s can be asked for, each dimension too", (_name, { report, groups }) => {
    const fact: TableFact = { block: "2025", person: "p", keys: report.dimensions.map((name) => [name]) };
    const facts = Array.from({ length: 20 }, (_, at) => ({ ...fact, person: `p${at}` }));
    expect(toldByTables([{ facts, tables: tablesOf(facts, report, DEMONSTRATION_DISCLOSURE) }], { report, groups }, DEMONSTRATION_DISCLOSURE).length).toBeGreaterThan(everyGrouping(report).length);
    expect(everyGrouping(report).filter(({ length }) => length === 1)).toEqual(expect.arrayContaining(report.dimensions.map((name) => [name])));
  });
});

describe("that a row over several dimensions is listed", () => {
  const many = (count: number, keys: readonly string[], name: string): TableFact[] => Array.from({ length: count }, (_, at) => ({ block: "2025", person: `${name}-${at}`, keys: keys.map((key) => [key]) }));
  const common = [...many(40, ["north", "young", "INTAKE", "01"], "a"), ...many(40, ["south", "old", "SUPPORT", "02"], "b"), ...many(40, ["north", "old", "SUPPORT", "01"], "c")];

  it("does not hang on whether anybody is in it", () => {
    const tableOf = (facts: readonly TableFact[]) => keysOf(tablesOf(facts, REPORT, DEMONSTRATION_DISCLOSURE).get("SITE+AGE"));
    const everywhere = ["north old", "north young", "south old", "south young"];
    expect(tableOf(common)).toEqual(everywhere);
    expect(tableOf([...common, ...many(3, ["south", "young", "INTAKE", "02"], "d")])).toEqual(everywhere);
  });

  it("says that one of its totals is shown: under suppressed ones there is nothing", () => {
    const tables = tablesOf([...common, ...many(3, ["harbour", "unknown", "INTAKE", "02"], "d")], REPORT, DEMONSTRATION_DISCLOSURE);
    expect(keysOf(tables.get("SITE"))).toContain("harbour");
    expect(keysOf(tables.get("AGE"))).toContain("unknown");
    const listed = keysOf(tables.get("SITE+AGE"));
    expect(listed).toEqual(expect.arrayContaining(["harbour old", "north unknown"]));
    expect(listed).not.toContain("harbour unknown");
  });

  it("does not hang on it either over several blocks, and what cannot be in a block counts nothing there", () => {
    const row = (keys: readonly string[], value: number | null) => ({ keys, value, suppressed: value === null });
    const one = { rows: [row(["north", "01"], 40), row(["south", "01"], 30), row(["north", "02"], null)], keys: [["north", "south"], ["01", "02"]] };
    const other = { rows: [row(["north", "13"], 50)], keys: [["north", "south"], ["13"]] };
    const unlisted = { rows: [row(["north", "01"], 20)], keys: [["north", "south"], ["01"]] };
    const printed = (tables: Parameters<typeof joinBlocks>[0]) => joinBlocks(tables).map(({ keys, value }) => `${keys.join(" ")} ${value ?? "—"}`);
    expect(printed([one, other])).toEqual(["north 01 40", "south 01 30", "north 02 —", "north 13 50"]);
    expect(printed([one, unlisted])).toEqual(["north 01 60", "south 01 —", "north 02 —"]);
    expect(printed([one, { rows: [], keys: [null, ["01"]] }])).toEqual(["north 01 —", "south 01 —", "north 02 —"]);
  });
});

/** Each of the 36 crossings occurs, with unequal chances. */
function createFacts(seed: number, count: number): TableFact[] {
  const random = createRandom(seed);
  const values = [["north", "south", "harbour"], ["young", "old"], ["INTAKE", "SUPPORT", "SURVEY"], ["01", "02"]];
  const all = values.reduce<string[][]>((rows, ofColumn) => rows.flatMap((row) => ofColumn.map((value) => [...row, value])), [[]]);
  return Array.from({ length: count }, (_, at): TableFact => {
    const keys = all[at] ?? values.map((ofColumn) => ofColumn[Math.floor(ofColumn.length * random() ** 3)] ?? "");
    return { block: "2025", person: `p${at}`, keys: keys.map((key) => [key]) };
  });
}

function blockOf(facts: readonly TableFact[]): TablesOfBlock {
  return { facts, tables: tablesOf(facts, REPORT, DEMONSTRATION_DISCLOSURE) };
}

function keysOf(body: TableBody | undefined): string[] {
  return body !== undefined && "rows" in body ? body.rows.map(({ keys }) => keys.join(" ")).sort() : [];
}

/** Exact figures, of which only those below the threshold are hidden. */
function unprotected(facts: readonly TableFact[]): ReadonlyMap<string, TableBody> {
  const placesOf = (columns: readonly string[]) => columns.map((name) => REPORT.dimensions.indexOf(name));
  return new Map(
    everyGrouping(REPORT).map((columns) => {
      const groups = Map.groupBy(facts, ({ keys }) => JSON.stringify(placesOf(columns).map((place) => keys[place]?.[0])));
      const rows = [...groups].map(([keys, { length }]) => ({ keys: JSON.parse(keys) as string[], value: length < 11 ? null : length, suppressed: length < 11 }));
      return [columns.length === 0 ? "TOTAL" : columns.join("+"), { rows, keys: columns.map(() => null) }];
    }),
  );
}
