// Two releases: what somebody learns who has both of them (L16).
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { createDisclosure, decidePublication, DEMONSTRATION_DISCLOSURE, releaseDayOf, sketchOf } from "../../subgraphs/kit/kit.ts";
import { createAttacker, type Attacker } from "./attacker.ts";
import { answerOf, createRows, DIMENSIONS, everyGroupBy, factsOf, publish, type Row } from "./small-world.ts";

const DISCLOSURE = DEMONSTRATION_DISCLOSURE;

/** What becomes of a block when its rows change. */
function decide(before: readonly Row[], after: readonly Row[]) {
  return decidePublication(sketchOf(factsOf(before), DISCLOSURE), factsOf(after), DISCLOSURE);
}

const comers = (count: number): Row[] => createRows(count + 500, count).map((row, at) => ({ ...row, personId: `new-${at}` }));

describe("the day of a release", () => {
  it.each([
    ["2026-03-02", "2026-03-01", "2026-01-01"],
    ["2026-01-01", "2026-01-01", "2026-01-01"],
    ["2025-12-31", "2025-12-01", "2025-10-01"],
    ["2026-06-30", "2026-06-01", "2026-04-01"],
  ])("on %s is %s by months and %s by quarters", (today, monthly, quarterly) => {
    expect([releaseDayOf(today, "monthly"), releaseDayOf(today, "quarterly")]).toEqual([monthly, quarterly]);
  });
});

describe("a block that was published", () => {
  const rows = createRows(1, 200);

  it("stays as it was while fewer people than the threshold came, left, or have other values, in whatever mixture", () => {
    const change = fc.record({ come: fc.nat(10), leave: fc.nat(10), alter: fc.nat(10), rename: fc.nat(10) }).filter(({ come, leave, alter, rename }) => come + leave + alter + rename <= 10);
    fc.assert(
      fc.property(change, ({ come, leave, alter, rename }) => {
        const after = rows.slice(leave).map((row, at): Row => {
          if (at < alter) return { ...row, of: { ...row.of, OUTCOME: "ANOTHER" } };
          return at < alter + rename ? { ...row, personId: `former-${at}` } : row;
        });
        expect(decide(rows, [...after, ...comers(come)])).toBe("kept");
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it("is the same to it whatever the order of its records", () => {
    expect(sketchOf(factsOf(rows), DISCLOSURE)).toEqual(sketchOf(factsOf(rows.toReversed()), DISCLOSURE));
  });

  it("is published anew once many people changed, and not any more once few are left", () => {
    expect(decide(rows, [...rows, ...comers(40)])).toBe("anew");
    expect(decide(rows, rows.slice(0, 10))).toBe("none");
    expect(decide(rows, [])).toBe("none");
    expect(decide(createRows(1, 15), [])).toBe("kept");
  });

  it("counts what changed since it was published, and not since the last release, so that small changes add up", () => {
    const [one, other] = [comers(40).slice(0, 10), comers(40)];
    expect(decide(rows, [...rows, ...one])).toBe("kept");
    expect(decide(rows, [...rows, ...other])).toBe("anew");
  });

  it("was not published before at least as many people were in it as the threshold", () => {
    const first = (count: number) => decidePublication(null, factsOf(createRows(1, count)), DISCLOSURE);
    expect([0, 1, 10, 11, 12].map(first)).toEqual(["none", "none", "none", "anew", "anew"]);
    const oneOften = createRows(1, 50).map((row) => ({ ...row, personId: "the same" }));
    expect(decidePublication(null, factsOf(oneOften), DISCLOSURE)).toBe("none");
  });
});

describe("a sketch", () => {
  it("says nothing without the key: with another one it is another", () => {
    const other = createDisclosure({ threshold: 11, key: Buffer.alloc(32, "other") });
    const facts = factsOf(createRows(1, 50));
    const [one, another] = [sketchOf(facts, DISCLOSURE), sketchOf(facts, other)];
    expect(one.filter((sum, bucket) => sum !== 0 && sum === another[bucket])).toHaveLength(0);
  });
});

describe("who solves two releases together", () => {
  let attacker: Attacker;
  beforeAll(async () => void (attacker = await createAttacker(DIMENSIONS)));

  const tablesOf = (rows: readonly Row[]) => {
    const published = publish(rows, DISCLOSURE);
    return everyGroupBy().map((groupBy) => answerOf(published, groupBy, { disclosure: DISCLOSURE }));
  };

  it.each([[3, 150, 30]])("learns no suppressed cell of either, knowing how many records came between (world %i of %i records, and %i)", (seed, count, come) => {
    const rows = createRows(seed, count);
    const after = [...rows, ...comers(come)];
    expect(decide(rows, after)).toBe("anew");
    const found = attacker.suppressed({ before: tablesOf(rows), after: tablesOf(after), came: come });
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(({ least, most }) => Math.round((most - least) * 1000) / 1000 < 11)).toEqual([]);
  });
});
