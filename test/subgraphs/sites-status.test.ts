import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { statusFilter, statusOn, type SiteStatus } from "../../subgraphs/sites/status.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { openSites, site, WORLD } from "./sites-world.ts";

const STATUSES: readonly SiteStatus[] = ["PLANNED", "OPEN", "TEMPORARILY_CLOSED", "CLOSED", "REPLACED"];

let sites: TestSubgraph;
beforeAll(async () => {
  const extra = [
    site("antenne-travaux", "Antenne de Villeneuve-la-Garenne", { kind: "ANTENNE", communeCode: "92078" }),
    site("bureau", "Bureau fermé", { kind: "PARTNER_OFFICE", communeCode: "92078", closesOn: "2024-06-30" }),
  ];
  sites = await openSites({ ...WORLD, sites: [...WORLD.sites, ...extra] });
  const closures = [{ from: "2025-07-28", to: "2025-08-22" }];
  await sites.store.connection.collection("sites").updateOne({ _id: "antenne-travaux" } as never, { $set: { closures } });
});
afterAll(() => sites.close());

describe("the status of a site", () => {
  it.each([
    ["2025-01-26", "PLANNED", "OPEN"],
    ["2025-01-27", "OPEN", "REPLACED"],
  ])("on %s is %s for Calvados' houses and %s for the centre that they replace", async (day, house, centre) => {
    const { data } = await sites.ask(`query ($day: Date!) { house: site(id: "mds-caen-1") { status(onDate: $day) } centre: site(id: "cms-caen") { status(onDate: $day) } }`, { day });
    expect(data).toEqual({ house: { status: house }, centre: { status: centre } });
  });

  it("is that of today when no day is given", async () => {
    const { data } = await sites.ask(`{ site(id: "cms-caen") { status closesOn } }`);
    expect(data).toEqual({ site: { status: "REPLACED", closesOn: "2025-01-26" } });
  });

  it.each([
    ["2025-07-27", "OPEN"],
    ["2025-07-28", "TEMPORARILY_CLOSED"],
    ["2025-08-22", "TEMPORARILY_CLOSED"],
    ["2025-08-23", "OPEN"],
  ])("on %s is %s for a site with a closure from 28 July to 22 August", async (day, status) => {
    const { data } = await sites.ask(`query ($day: Date!) { site(id: "antenne-travaux") { status(onDate: $day) } }`, { day });
    expect(data).toEqual({ site: { status } });
  });

  it("is CLOSED after the last day when nothing took over", async () => {
    const { data } = await sites.ask(`{ site(id: "bureau") { last: status(onDate: "2024-06-30") after: status(onDate: "2024-07-01") } }`);
    expect(data).toEqual({ site: { last: "OPEN", after: "CLOSED" } });
  });

  it("has no day of opening or closing when none is known", async () => {
    const { data } = await sites.ask(`{ site(id: "antenne-vanves") { status opensOn closesOn } }`);
    expect(data).toEqual({ site: { status: "OPEN", opensOn: null, closesOn: null } });
  });
});

describe("the filter by status", () => {
  it.each(["2018-01-01", "2023-09-25", "2025-01-26", "2025-01-27", "2025-08-01", "2026-03-02"])(
    "is answered by MongoDB as the rows themselves say, on %s",
    async (onDate) => {
      const all = await sites.ask(`query ($onDate: Date!) { sites(filter: {}, first: 200) { nodes { id status(onDate: $onDate) } } }`, { onDate });
      const nodes = (all.data as unknown as { sites: { nodes: { id: string; status: string }[] } }).sites.nodes;
      for (const status of STATUSES) {
        const some = await sites.ask(`query ($status: SiteStatus!, $onDate: Date!) { sites(filter: { status: $status, onDate: $onDate }, first: 200) { nodes { id } } }`, { status, onDate });
        expect(some.data).toEqual({ sites: { nodes: nodes.filter((node) => node.status === status).map(({ id }) => ({ id })) } });
      }
    },
  );

  it("counts 3 houses open on 2025-01-27 and none the day before", async () => {
    const { data } = await sites.ask(`{
      before: sites(filter: { departmentCode: "14", kinds: [MAISON_DES_SOLIDARITES], status: OPEN, onDate: "2025-01-26" }) { totalCount }
      after: sites(filter: { departmentCode: "14", kinds: [MAISON_DES_SOLIDARITES], status: OPEN, onDate: "2025-01-27" }) { totalCount }
    }`);
    expect(data).toEqual({ before: { totalCount: 0 }, after: { totalCount: 3 } });
  });

  it("leaves no day without exactly one status", () => {
    const row = { open: { from: "2025-01-10", to: "2025-01-20" }, closures: [{ from: "2025-01-12", to: "2025-01-13" }], replacedByIds: ["x"] };
    const days = Array.from({ length: 31 }, (_, index) => `2025-01-${String(index + 1).padStart(2, "0")}`);
    const runs = days.map((day) => statusOn(row, day)).filter((status, index, all) => status !== all[index - 1]);
    expect(runs).toEqual(["PLANNED", "OPEN", "TEMPORARILY_CLOSED", "OPEN", "REPLACED"]);
    expect(STATUSES.map((status) => Object.keys(statusFilter(status, "2025-01-15")).length > 0)).toEqual(STATUSES.map(() => true));
  });
});
