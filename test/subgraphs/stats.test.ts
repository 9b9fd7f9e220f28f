// Disclosure control: what a reader of every table of the API can and cannot work out.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { toStatsTable, type StatsCell, type StatsTable } from "../../subgraphs/kit/kit.ts";

const NOW = new Date("2026-03-02T09:00:00Z");

describe("a table of counts", () => {
  it("shows cells of the threshold and above, sorted by their keys", () => {
    const table = tableOf(["SITE"], { b: 11, a: 40 });
    expect(table).toEqual({
      columns: ["SITE"],
      rows: [
        { keys: ["a"], value: 40, suppressed: false },
        { keys: ["b"], value: 11, suppressed: false },
      ],
      threshold: 11,
      suppressedCells: 0,
      generatedAt: NOW,
    });
  });

  it("answers null, never 0, for a cell below the threshold", () => {
    expect(print(tableOf(["SITE"], { a: 10, b: 10, c: 30 }))).toBe("a — · b — · c 30");
  });

  it("hides the smallest other cell too when one cell is hidden alone, since the total is shown elsewhere", () => {
    expect(print(tableOf(["SITE"], { a: 3, b: 20, c: 30 }))).toBe("a — · b — · c 30");
  });

  it("hides a further cell when two hidden cells together are still below the threshold", () => {
    expect(print(tableOf(["SITE"], { a: 1, b: 1, c: 30, d: 40 }))).toBe("a — · b — · c — · d 40");
  });

  it("hides in each row and column of two dimensions what a total would give back", () => {
    const table = tableOf(["SITE", "MONTH"], { "a 1": 3, "a 2": 20, "b 1": 30, "b 2": 40, "c 1": 50, "c 2": 60 });
    expect(print(table)).toBe("a 1 — · a 2 — · b 1 — · b 2 — · c 1 50 · c 2 60");
  });

  it("counts people, not things: many steps of few people are hidden", () => {
    const table = toStatsTable({
      columns: ["SITE"],
      cells: [
        { keys: ["a"], count: 60, people: 4 },
        { keys: ["b"], count: 60, people: 50 },
        { keys: ["c"], count: 70, people: 50 },
      ],
      threshold: 11,
      now: NOW,
    });
    expect(print(table)).toBe("a — · b — · c 70");
  });

  it("hides a lone row that is too small, and shows one that is not", () => {
    expect(print(tableOf(["SITE"], { a: 4 }))).toBe("a —");
    expect(print(tableOf([], { "": 12 }))).toBe(" 12");
  });

  it("does not take a cell as cover that its own total gives away", () => {
    // (b, 1) is the only cell of b, and b's total of 20 is shown by the table over SITE alone.
    const table = tableOf(["SITE", "MONTH"], { "a 1": 3, "a 2": 37, "b 1": 20, "c 1": 45, "c 2": 50 });
    const row = (keys: string) => table.rows.find((one) => one.keys.join(" ") === keys);
    expect(row("a 1")).toMatchObject({ suppressed: true });
    expect(row("c 1")).toMatchObject({ suppressed: true });
  });

  it("leaves rows out where their presence alone would give a small cell away", () => {
    // b, c and d have one cell each, which their own totals show; so 1 less b and c would be the 3 of (a, 1).
    const table = tableOf(["A", "B"], { "a 1": 3, "a 2": 30, "b 1": 40, "c 1": 50, "d 2": 60 });
    expect(print(table)).toBe("a 1 — · a 2 —");
    expect(table.suppressedCells).toBe(2);
  });

  it("refuses a table that is too long to be protected", () => {
    const cells = Array.from({ length: 5001 }, (_, index) => ({ keys: [String(index)], count: 20 }));
    expect(() => toStatsTable({ columns: ["A"], cells, threshold: 11, now: NOW })).toThrow(/at most 5000 cells, got 5001: ask for fewer dimensions/);
  });

  it("answers an empty table for no cells", () => {
    expect(toStatsTable({ columns: ["SITE"], cells: [], threshold: 11, now: NOW }).rows).toEqual([]);
  });

  it("refuses a column named twice, four columns, and a threshold below 5", () => {
    expect(() => tableOf(["SITE", "SITE"], {})).toThrow(/each dimension of `groupBy` once, got SITE, SITE/);
    expect(() => tableOf(["A", "B", "C", "D"], {})).toThrow(/at most 3 dimensions in `groupBy`, got 4/);
    expect(() => toStatsTable({ columns: [], cells: [], threshold: 4, now: NOW })).toThrow(/threshold of 5 at least, got 4/);
  });

  it("never leaves one hidden cell below the threshold under a total that is shown, in any table of up to three dimensions", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }).chain(arbitraryCells), (cells) => {
        const columns = ["A", "B", "C"].slice(0, cells[0]?.keys.length);
        expect(recoverable(columns, cells)).toEqual([]);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("gives the same answer whatever the order of the cells", () => {
    fc.assert(
      fc.property(arbitraryCells(2), (cells) => {
        const [one, other] = [cells, [...cells].reverse()].map((input) => toStatsTable({ columns: ["A", "B"], cells: input, threshold: 11, now: NOW }));
        expect(one).toEqual(other);
      }),
      { numRuns: 50, seed: 7 },
    );
  });
});

/**
 * What a reader gets right who asks the API for every table over the columns, and subtracts. Rows that are left out make
 * them err: what they take for one cell is then the sum of several.
 */
function recoverable(columns: readonly string[], cells: readonly StatsCell[]): string[] {
  const fine = toStatsTable({ columns, cells, threshold: 11, now: NOW });
  const exact = new Map(cells.map((cell) => [cell.keys.join("/"), cell.count]));
  const known = new Map(fine.rows.flatMap(({ keys, value }) => (value === null ? [] : [[keys.join("/"), value] as const])));
  const found: string[] = [];
  for (let before = -1; before !== known.size; ) {
    before = known.size;
    for (const subset of subsets(columns)) {
      for (const total of marginal(columns, subset, cells).rows) {
        const group = fine.rows.map(({ keys }) => keys).filter((keys) => isUnder(keys, total.keys, subset)).map((keys) => keys.join("/"));
        const [only, ...others] = group.filter((key) => !known.has(key));
        if (total.value === null || only === undefined || others.length > 0) continue;
        const rest = total.value - group.reduce((sum, key) => sum + (known.get(key) ?? 0), 0);
        known.set(only, rest);
        if (rest < 11 && rest === exact.get(only)) found.push(only);
      }
    }
  }
  return found;
}

/** The table over some of the columns, as the API itself would answer it. */
function marginal(columns: readonly string[], subset: readonly number[], cells: readonly StatsCell[]): StatsTable {
  const groups = Map.groupBy(cells, ({ keys }) => JSON.stringify(subset.map((column) => keys[column])));
  const sums = [...groups].map(([keys, group]) => ({ keys: JSON.parse(keys), count: group.reduce((sum, { count }) => sum + count, 0) }));
  return toStatsTable({ columns: subset.map((column) => columns[column] ?? ""), cells: sums, threshold: 11, now: NOW });
}

function isUnder(keys: readonly string[], totalKeys: readonly string[], subset: readonly number[]): boolean {
  return subset.every((column, index) => keys[column] === totalKeys[index]);
}

function subsets(columns: readonly string[]): number[][] {
  return Array.from({ length: 2 ** columns.length - 1 }, (_, mask) => columns.map((_, column) => column).filter((column) => mask & (1 << column)));
}

function arbitraryCells(dimensions: number): fc.Arbitrary<StatsCell[]> {
  const key = fc.constantFrom("x", "y", "z");
  const cell = fc.record({ keys: fc.array(key, { minLength: dimensions, maxLength: dimensions }), count: fc.integer({ min: 1, max: 40 }) });
  return fc.uniqueArray(cell, { minLength: 1, maxLength: 12, selector: ({ keys }) => keys.join("/") });
}

function tableOf(columns: readonly string[], counts: Readonly<Record<string, number>>): StatsTable {
  const cells = Object.entries(counts).map(([keys, count]) => ({ keys: columns.length === 0 ? [] : keys.split(" "), count }));
  return toStatsTable({ columns, cells, threshold: 11, now: NOW });
}

function print(table: StatsTable): string {
  return table.rows.map(({ keys, value }) => `${keys.join(" ")} ${value ?? "—"}`).join(" · ");
}
