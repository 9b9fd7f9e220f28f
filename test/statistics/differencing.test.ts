// The attacker by subtraction: every pair of filters that differ by one value, one year, one month or one day (L16).
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { DEMONSTRATION_DISCLOSURE } from "../../subgraphs/kit/kit.ts";
import { activityYearOf } from "../../subgraphs/sites/activity.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { openBeneficiaries, pathway, person, step, world } from "../subgraphs/beneficiaries-world.ts";
import { answerOf, createRows, everyGroupBy, publish } from "./small-world.ts";

interface Table {
  readonly rows: readonly { readonly keys: readonly string[]; readonly value: number | null }[];
}

describe("two reports whose filters differ by one block", () => {
  const BLOCKS = ["2023 14", "2023 92", "2024 14", "2024 92", "2025 14", "2025 92"];
  const subsets = Array.from({ length: 2 ** BLOCKS.length - 1 }, (_, at) => BLOCKS.filter((_block, bit) => ((at + 1) & (1 << bit)) !== 0));

  it.each([1, 2, 3])("differ by what that block's own report shows, and by nothing where it hides (world %i)", (seed) => {
    const published = publish(createRows(seed, 500, BLOCKS), DEMONSTRATION_DISCLOSURE);
    let compared = 0;
    for (const groupBy of everyGroupBy()) {
      const tables = new Map(subsets.map((blocks) => [blocks.join(), answerOf(published, groupBy, { blocks, disclosure: DEMONSTRATION_DISCLOSURE })]));
      for (const blocks of subsets) {
        for (const block of BLOCKS.filter((one) => !blocks.includes(one))) {
          const wider = BLOCKS.filter((one) => one === block || blocks.includes(one));
          for (const [keys, difference] of subtract(tables.get(wider.join()), tables.get(blocks.join()))) {
            compared += 1;
            expect(difference).toBe(valueOf(tables.get(block), keys) ?? 0);
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(1000);
  });
});

describe("pathwayStats, asked with every pair of filters that differ by one value", () => {
  let counted: TestSubgraph;
  beforeAll(async () => void (counted = await openBeneficiaries(peopleOverYears())));
  afterAll(() => counted.close());

  const ask = async (filter: Record<string, unknown>, groupBy: readonly string[]) => {
    const query = "query ($filter: StatsFilter!, $groupBy: [StatsDimension!]!) { pathwayStats(filter: $filter, groupBy: $groupBy) { rows { keys value } } }";
    const { data, errors } = await counted.ask(query, { filter, groupBy });
    return { table: (JSON.parse(JSON.stringify(data)) as { pathwayStats: Table | null }).pathwayStats, code: errors?.[0]?.extensions["code"] };
  };

  it.each([[[]], [["STEP_KIND"]], [["OUTCOME", "STEP_KIND"]], [["MONTH"]], [["PARTNER", "STEP_KIND"]]])("gives by %j never a figure that the year alone hides", async (groupBy) => {
    const periods = [2023, 2024, 2025].flatMap((from) => [2023, 2024, 2025].filter((to) => from <= to).map((to): [number, number] => [from, to]));
    const tables = new Map<string, Table | null>();
    for (const [from, to] of periods) tables.set(`${from} ${to}`, (await ask({ from: `${from}-01-01`, to: `${to}-12-31` }, groupBy)).table);
    let compared = 0;
    for (const [from, to] of periods.filter(([first, last]) => first < last)) {
      for (const [inner, alone] of [[`${from} ${to - 1}`, `${to} ${to}`], [`${from + 1} ${to}`, `${from} ${from}`]]) {
        for (const [keys, difference] of subtract(tables.get(`${from} ${to}`), tables.get(inner ?? ""))) {
          compared += 1;
          expect(difference).toBe(valueOf(tables.get(alone ?? ""), keys) ?? 0);
        }
      }
    }
    expect(compared).toBeGreaterThan(0);
    for (const table of tables.values()) for (const { value } of table?.rows ?? []) expect(value === null || (value >= 11 && value % 10 === 0)).toBe(true);
  });

  it("is refused for each period that is a day, a month or a quarter longer or shorter, before anything is counted", async () => {
    const shifted = [
      ["2025-01-02", "2025-12-31"], ["2024-12-31", "2025-12-31"], ["2025-01-01", "2025-12-30"], ["2025-01-01", "2026-01-01"],
      ["2025-02-01", "2025-12-31"], ["2024-12-01", "2025-12-31"], ["2025-01-01", "2025-11-30"], ["2025-01-01", "2026-01-31"],
      ["2025-04-01", "2025-12-31"], ["2025-01-01", "2025-09-30"], ["2025-12-31", "2025-01-01"],
    ];
    for (const [from, to] of shifted) {
      expect(await ask({ from, to }, [])).toEqual({ table: null, code: "BAD_USER_INPUT" });
      expect(counted.commands).toEqual([]);
    }
  });
});

describe("the years of a site's activity", () => {
  it("begin on the day of its opening, on 1 January where that is not known, and never overlap", () => {
    expect(activityYearOf("2025-01-27", "2025-01-27")).toBe("2025-01-27");
    expect(activityYearOf("2026-01-26", "2025-01-27")).toBe("2025-01-27");
    expect(activityYearOf("2026-01-27", "2025-01-27")).toBe("2026-01-27");
    expect(activityYearOf("2025-12-31", null)).toBe("2025-01-01");
    expect(activityYearOf("2025-02-28", "2024-02-29")).toBe("2024-03-01");
    expect(activityYearOf("2025-03-01", "2024-02-29")).toBe("2025-03-01");
  });
});

/** Where both show a row: how much more the wider one has. A row that the narrower one lacks counts nothing there. */
function subtract(wider: Table | null | undefined, narrower: Table | null | undefined): [readonly string[], number][] {
  return (wider?.rows ?? []).flatMap(({ keys, value }) => {
    const other = valueOf(narrower, keys);
    return value === null || other === null || other === undefined ? [] : [[keys, value - other]];
  });
}

/** Null where suppressed, undefined where not listed. */
function valueOf(table: Table | null | undefined, keys: readonly string[]): number | null | undefined {
  return table?.rows.find((row) => row.keys.join("/") === keys.join("/"))?.value;
}

/** Many people in 2024, some in 2025, three in 2023. */
function peopleOverYears() {
  const years = [...Array(48).keys()].map((index) => (index < 3 ? 2023 : index < 30 ? 2024 : 2025));
  return world({
    people: years.map((_, index) => person(`y${index}`, {})),
    households: years.map((_, index) => ({ id: `h-y${index}`, tenancy: null })),
    pathways: years.map((year, index) =>
      pathway(`w${index}`, `y${index}`, [
        step(`w${index}-1`, "INTAKE", { startedAt: `${year}-05-05T08:00:00.000Z`, endedAt: `${year}-05-05T09:00:00.000Z` }),
        step(`w${index}-2`, "SUPPORT", { startedAt: `${year}-10-05T08:00:00.000Z`, endedAt: `${year}-10-05T09:00:00.000Z`, leadPartnerId: index % 2 === 0 ? "ngo-toit-et-vie" : "dept-92" }),
      ], { openedOn: `${year}-05-01` }),
    ),
  });
}
