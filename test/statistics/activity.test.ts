// The attacker on the activity of sites, and on long tables whose mere rows say that somebody is in them.
import { beforeAll, describe, expect, it } from "@jest/globals";

import { DEMONSTRATION_DISCLOSURE, type TableFact, type TableReport } from "../../subgraphs/kit/kit.ts";
import { publishActivity, type ActivityFact } from "../../subgraphs/sites/activity.ts";
import { toldByActivity } from "./published.ts";
import { tablesOf } from "./small-world.ts";
import { boundsOf, createRandom, judgeSystem, openHighs, type ToldSum } from "./system.ts";

let highs: Awaited<ReturnType<typeof openHighs>>;
beforeAll(async () => void (highs = await openHighs()));

/** A year of a site with so many events of each kind. */
function yearOf(site: number, counts: Readonly<Record<string, number>>): ToldSum[] {
  const facts = Object.entries(counts).flatMap(([what, count]) => {
    const [kind = "", status = ""] = what.split(" ");
    return Array.from({ length: count }, (_, at): ActivityFact => ({ block: `14 2025-01-01 site-${site}`, person: `${site} ${what} ${at}`, kind, status, waitDays: at % 30 }));
  });
  const [published] = publishActivity(facts, DEMONSTRATION_DISCLOSURE);
  if (published === undefined) throw new Error("Expected a year to be published.");
  return toldByActivity(facts, published[1], DEMONSTRATION_DISCLOSURE).map((sum) => ({ ...sum, atoms: sum.atoms.map((atom) => atom + site * 5) }));
}

describe("who solves the activity of sites, told missed and kept appointments too", () => {
  it("leaves each suppressed figure an interval as wide as the threshold", () => {
    const random = createRandom(3);
    const some = () => Math.floor(random() ** 2 * 60);
    const told = Array.from({ length: 120 }, (_, site) => yearOf(site, { "ON_SITE SEEN": some(), "PHONE NO_SHOW": some(), "ON_SITE TO_RECORD": some(), "HOME_VISIT SEEN": some(), "WALK_IN SEEN": some() + 1 }));
    const verdict = judgeSystem(highs, told.flat(), 11);
    expect(verdict.suppressed).toBeGreaterThan(100);
    expect(verdict.told).toEqual([]);
  });

  it("would find a figure that is shown as it is but for small ones, so that it is worth its name", () => {
    const sum = (name: string, atoms: readonly number[], count: number): ToldSum => ({ name, atoms, least: count < 11 ? 1 : count, most: count < 11 ? Infinity : count, suppressed: count < 11 });
    const verdict = judgeSystem(highs, [sum("all", [0, 1], 40), sum("one", [0], 36), sum("other", [1], 4)], 11);
    expect(verdict).toEqual({ suppressed: 1, told: [{ cell: "other", least: 4, most: 4 }] });
  });
});

describe("a table of many small cells", () => {
  const REPORT: TableReport = { dimensions: ["SITE", "MONTH"], combinations: [["SITE", "MONTH"]] };
  const tableOf = (rows: number) => {
    const facts = Array.from({ length: 40 }, (_, at): TableFact => ({ block: "2025", person: `p${at}`, keys: [["north"], [`month ${at % rows}`]] }));
    return tablesOf(facts, REPORT, DEMONSTRATION_DISCLOSURE);
  };
  const rowsOf = (rows: number) => {
    const body = tableOf(rows).get("MONTH");
    return body !== undefined && "rows" in body ? body.rows.length : null;
  };

  it("lists them while they have room under their total, and leaves them out where each could be only a few", () => {
    const total = tableOf(4).get("TOTAL");
    const [row] = total !== undefined && "rows" in total ? total.rows : [];
    const { most } = boundsOf(row?.value ?? null, DEMONSTRATION_DISCLOSURE);
    expect([most === 49 || most === 39, most]).toEqual([true, most]);
    expect(rowsOf(8)).toBe(8);
    expect(rowsOf(most - 11)).toBe(most - 11);
    expect(rowsOf(40)).toBe(0);
  });
});
