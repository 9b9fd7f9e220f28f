// The referee of the reports: an attacker by linear programming over all tables that a small world's report answers (L16).
import { beforeAll, describe, expect, it } from "@jest/globals";

import { createDisclosure, DEMONSTRATION_DISCLOSURE, type Disclosure } from "../../subgraphs/kit/kit.ts";
import { createAttacker, type Attacker, type Interval, type Publication } from "./attacker.ts";
import { answerOf, createRows, DIMENSIONS, everyGroupBy, publish, type Row } from "./small-world.ts";

let attacker: Attacker;
beforeAll(async () => void (attacker = await createAttacker(DIMENSIONS)));

describe("who solves all tables of a report together", () => {
  it.each([[1, 60], [2, 150], [3, 400]])("leaves every suppressed cell an interval as wide as the threshold (world %i of %i records)", (seed, count) => {
    const found = attacker.suppressed({ before: everyTable(createRows(seed, count)) });
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((interval) => widthOf(interval) < 11)).toEqual([]);
  });

  it("the same for a threshold of 5, whose figures are rounded less", () => {
    const disclosure = createDisclosure({ threshold: 5, key: Buffer.alloc(32, "five") });
    expect(disclosure.step).toBe(5);
    const found = attacker.suppressed({ before: everyTable(createRows(5, 150), disclosure) });
    expect(found.filter((interval) => widthOf(interval) < 5)).toEqual([]);
  });

  it("finds small cells where figures are exact and only small cells are hidden, so that it is worth its name", () => {
    const rows = createRows(2, 150);
    const found = attacker.suppressed({ before: everyGroupBy().map((groupBy) => unprotected(rows, groupBy)) });
    expect(found.filter((interval) => widthOf(interval) < 11).length).toBeGreaterThan(10);
    expect(found.filter((interval) => widthOf(interval) === 0).length).toBeGreaterThan(0);
  });
});

describe("who asks before and after one person came", () => {
  const comeTo = (rows: readonly Row[], seed: number): Row[] => [...rows, ...createRows(seed + 100, 1).map((row) => ({ ...row, personId: "newcomer" }))];

  it.each([[1, 150]])("cannot tell in which cell she is, nor learns of a suppressed one (world %i of %i records)", (seed, count) => {
    const rows = createRows(seed, count);
    const snapshots = { before: everyTable(rows), after: everyTable(comeTo(rows, seed)) };
    const candidates = attacker.newcomer(snapshots).map((values) => values.join());
    const near = rows.filter(({ of }) => candidates.includes(Object.values(of).join()));
    expect(new Set(near.map(({ personId }) => personId)).size).toBeGreaterThanOrEqual(11);
    expect(candidates).toHaveLength(Object.values(DIMENSIONS).reduce((product, values) => product * values.length, 1));
    expect(attacker.suppressed(snapshots).filter((interval) => widthOf(interval) < 11)).toEqual([]);
  });

  it("sees figures move that she is in as often as others", () => {
    const moved = { in: { yes: 0, all: 0 }, out: { yes: 0, all: 0 } };
    for (let seed = 1; seed <= 40; seed += 1) {
      const rows = createRows(seed, 400);
      const after = comeTo(rows, seed);
      const of = after.at(-1)?.of ?? {};
      const published = { before: publish(rows, DEMONSTRATION_DISCLOSURE), after: publish(after, DEMONSTRATION_DISCLOSURE) };
      for (const groupBy of everyGroupBy()) {
        const later = answerOf(published.after, groupBy, { disclosure: DEMONSTRATION_DISCLOSURE });
        for (const { keys, value } of answerOf(published.before, groupBy, { disclosure: DEMONSTRATION_DISCLOSURE }).rows) {
          if (value === null) continue;
          const tally = groupBy.every((name, at) => of[name] === keys[at]) ? moved.in : moved.out;
          tally.all += 1;
          if (later.rows.find((row) => row.keys.join() === keys.join())?.value !== value) tally.yes += 1;
        }
      }
    }
    const [inside, outside] = [moved.in.yes / moved.in.all, moved.out.yes / moved.out.all];
    expect(moved.in.all).toBeGreaterThan(200);
    expect(Math.abs(inside - outside)).toBeLessThan(0.1);
    expect(outside).toBeGreaterThan(0.2);
  });
});

function everyTable(rows: readonly Row[], disclosure: Disclosure = DEMONSTRATION_DISCLOSURE): Publication[] {
  const published = publish(rows, disclosure);
  return everyGroupBy().map((groupBy) => answerOf(published, groupBy, { disclosure }));
}

/** What a report without protection beyond the threshold would answer. */
function unprotected(rows: readonly Row[], groupBy: readonly string[]): Publication {
  const groups = Map.groupBy(rows, ({ of }) => JSON.stringify(groupBy.map((name) => of[name])));
  const cells = [...groups].map(([keys, { length }]) => ({ keys: JSON.parse(keys) as string[], value: length < 11 ? null : length, suppressed: length < 11 }));
  return { columns: groupBy, rows: cells, threshold: 11, roundedTo: 1, suppressedCells: 0, asOf: "2026-03-01", generatedAt: new Date(0) };
}

function widthOf({ least, most }: Interval): number {
  return Math.round((most - least) * 1000) / 1000;
}
