// Small worlds of records for the attacker, and every table that the report over them would answer.
import { publishStats, type BlockCell, type Disclosure, type StatsAnswer } from "../../subgraphs/kit/kit.ts";
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

/** What the report answers to one `groupBy`, over the blocks that a filter names. */
export function answer(rows: readonly Row[], groupBy: readonly string[], { blocks, disclosure }: { readonly blocks?: readonly string[]; readonly disclosure: Disclosure }): StatsAnswer {
  const asked = rows.filter(({ block }) => blocks?.includes(block) ?? true);
  const groups = Map.groupBy(asked, ({ block, of }) => JSON.stringify([block, groupBy.map((name) => of[name])]));
  const cells = [...groups].map(([key, group]): BlockCell => {
    const [block, keys] = JSON.parse(key) as [string, string[]];
    const people = [...new Set(group.map(({ personId }) => personId))].sort();
    return { block, keys, count: group.length, people: people.length, first: people.at(0) ?? "", last: people.at(-1) ?? "" };
  });
  return publishStats({ columns: groupBy, cells, disclosure, now: NOW });
}

/** Every choice of up to three dimensions. */
export function everyGroupBy(names: readonly string[] = Object.keys(DIMENSIONS)): string[][] {
  return Array.from({ length: 2 ** names.length }, (_, mask) => names.filter((_name, at) => (mask & (1 << at)) !== 0)).filter(({ length }) => length <= 3);
}
