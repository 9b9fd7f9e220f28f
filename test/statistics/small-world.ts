// Small worlds of records for the attacker, and every table that the report over them would answer.
import { everyGrouping, publishTables, tableNameOf, toStatsAnswer, type Disclosure, type StatsAnswer, type TableBody, type TableFact, type TableReport } from "../../subgraphs/kit/kit.ts";
import type { Dimensions } from "./attacker.ts";

export interface Row {
  readonly personId: string;
  readonly block: string;
  /** Dimension → value. */
  readonly of: Readonly<Record<string, string>>;
}

export const DIMENSIONS: Dimensions = { SITE: ["north", "south", "harbour"], OUTCOME: ["COMPLETED", "MISSED", "NONE"], AGE: ["young", "old"], KIND: ["INTAKE", "SUPPORT"] };

const NOW = new Date("2026-03-02T09:00:00Z");

/** The same rows for the same seed; values come with unequal chances, as in life. */
export function createRows(seed: number, count: number, blocks: readonly string[] = ["2025"]): Row[] {
  let state = seed >>> 0;
  const chance = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const pick = (values: readonly string[]): string => values[Math.floor(values.length * chance() ** 2)] ?? "";
  return Array.from({ length: count }, (_, index) => ({
    personId: `p${(index * 7919) % count}`,
    block: blocks[Math.floor(chance() * blocks.length)] ?? "",
    of: Object.fromEntries(Object.entries(DIMENSIONS).map(([name, values]) => [name, pick(values)])),
  }));
}

/** The report over these worlds. */
export const REPORT: TableReport = {
  dimensions: Object.keys(DIMENSIONS),
  combinations: Object.keys(DIMENSIONS).map((left) => Object.keys(DIMENSIONS).filter((name) => name !== left)),
};

export function factsOf(rows: readonly Row[]): TableFact[] {
  return rows.map(({ block, personId, of }) => ({ block, person: personId, keys: REPORT.dimensions.map((name) => [of[name] ?? ""]) }));
}

/** Block → its tables. */
export type Published = ReadonlyMap<string, ReadonlyMap<string, TableBody>>;

export function publish(rows: readonly Row[], disclosure: Disclosure): Published {
  const blocks = Map.groupBy(factsOf(rows), ({ block }) => block);
  return new Map([...blocks].map(([block, facts]) => [block, tablesOf(facts, REPORT, disclosure)]));
}

/** Of facts of one block. */
export function tablesOf(facts: readonly TableFact[], report: TableReport, disclosure: Disclosure): ReadonlyMap<string, TableBody> {
  return new Map([...publishTables(facts, report, disclosure)].filter((entry) => entry !== null));
}

interface Asked {
  readonly blocks?: readonly string[];
  readonly disclosure: Disclosure;
}

/** What the report answers to one `groupBy`, over the blocks that a filter names. */
export function answerOf(published: Published, groupBy: readonly string[], { blocks, disclosure: { threshold, step } }: Asked): StatsAnswer {
  const asked = [...published].filter(([block]) => blocks?.includes(block) ?? true);
  const bodies = asked.flatMap(([, tables]) => tables.get(tableNameOf(groupBy, REPORT)) ?? []);
  return toStatsAnswer({ asOf: "2026-03-01", madeAt: NOW, threshold, step, bodies }, groupBy, REPORT);
}

export function everyGroupBy(): string[][] {
  return everyGrouping(REPORT);
}
