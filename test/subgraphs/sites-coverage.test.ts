import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { isWithin, toCoverage } from "../../subgraphs/sites/coverage.ts";
import { openModels } from "../../subgraphs/sites/models.ts";
import { openStore } from "../../subgraphs/kit/kit.ts";
import { testMongodbUri, type TestSubgraph } from "../harness/subgraph.ts";
import { askEntities, openSites, printCommands, stagesOf } from "./sites-world.ts";

const REPORT = `query ($code: String!, $onDate: Date, $mode: TravelMode) {
  accessCoverage(departmentCode: $code, onDate: $onDate, mode: $mode) {
    rule { siteKind maxMinutes orElse { siteKind maxMinutes orElse { siteKind } } }
    share populationCovered populationTotal
    rows { communeCode communeName population minutes kept bestSite { id } }
  }
}`;

interface Report {
  readonly share: number;
  readonly populationCovered: number;
  readonly rows: { readonly communeCode: string; readonly minutes: number | null; readonly kept: boolean; readonly bestSite: { readonly id: string } | null }[];
}

let sites: TestSubgraph;
beforeAll(async () => void (sites = await openSites()));
afterAll(() => sites.close());

async function report(variables: { code: string; onDate?: string; mode?: string }, subgraph = sites): Promise<Report> {
  const { data, errors } = await subgraph.ask(REPORT, variables);
  expect(errors).toBeUndefined();
  return (data as unknown as { accessCoverage: Report }).accessCoverage;
}

describe("the promise of a département", () => {
  it("is told as a rule: a pole within 20 minutes, or else an antenna within 15", async () => {
    expect(await report({ code: "92" })).toMatchObject({
      rule: [{ siteKind: "POLE_SOCIAL", maxMinutes: 20, orElse: { siteKind: "ANTENNE", maxMinutes: 15, orElse: null } }],
    });
  });

  it("is kept by the first alternative that holds, and names the nearest site where none does", async () => {
    const { rows, share, populationCovered } = await report({ code: "92", mode: "WALK" });
    expect(rows.map(({ communeCode, kept, bestSite }) => [communeCode, kept, bestSite?.id])).toEqual([
      ["92040", true, "pole-issy"],
      ["92075", true, "antenne-vanves"],
      ["92078", false, undefined],
    ]);
    expect(populationCovered).toBe(68_000 + 27_000);
    expect(share).toBeCloseTo(95_000 / 119_000, 10);
  });

  it("names the nearest site and its minutes where it is not kept", async () => {
    const { rows } = await report({ code: "92", mode: "PUBLIC_TRANSPORT" });
    expect(rows.at(2)).toMatchObject({ communeCode: "92078", kept: false, bestSite: { id: expect.any(String) }, minutes: expect.any(Number) });
  });

  it("changes with the day: Calvados by its centre the day before, by its houses since", async () => {
    const before = await report({ code: "14", onDate: "2025-01-26" });
    const after = await report({ code: "14", onDate: "2025-01-27" });
    expect(before.rows.map(({ bestSite }) => bestSite?.id)).toEqual(["cms-caen", "cms-caen", "cms-caen"]);
    expect(before.rows.map(({ kept }) => kept)).toEqual([false, true, false]);
    expect(after.rows.map(({ bestSite }) => bestSite?.id)).toEqual(["mds-bayeux", "mds-caen-1", "mds-bayeux"]);
    expect(after.share).toBeGreaterThan(before.share);
  });

  it("meets the sea: islands without a seat need a boat and lie beyond 30 minutes", async () => {
    const byRoad = await report({ code: "971" });
    const bySea = await report({ code: "971", mode: "MIXED" });
    expect(byRoad.rows.find(({ communeCode }) => communeCode === "97110")).toMatchObject({ kept: false, minutes: null, bestSite: null });
    expect(bySea.rows.find(({ communeCode }) => communeCode === "97110")).toMatchObject({ kept: false, minutes: expect.any(Number), bestSite: { id: "tis-01" } });
    expect(bySea.rows.find(({ communeCode }) => communeCode === "97131")).toMatchObject({ kept: true, bestSite: { id: "tis-02" } });
    expect(bySea.rows.find(({ communeCode }) => communeCode === "97130")).toMatchObject({ bestSite: { id: "tis-02" } });
  });

  it("is strict: 20 minutes are not less than 20 minutes", () => {
    const guarantee = { _id: "92", alternatives: [{ siteKind: "POLE_SOCIAL", maxMinutes: 20 }] };
    expect(isWithin(guarantee, { kind: "POLE_SOCIAL", minutes: 19.9 })).toBe(true);
    expect(isWithin(guarantee, { kind: "POLE_SOCIAL", minutes: 20 })).toBe(false);
    expect(isWithin(guarantee, { kind: "ANTENNE", minutes: 1 })).toBe(false);
    expect(isWithin(null, { kind: "POLE_SOCIAL", minutes: 1 })).toBe(false);
    const commune = { _id: "92075", name: "Vanves", departmentCode: "92", population: 10, lat: 0, lon: 0 };
    const at20 = [{ communeCode: "92075", nearest: [{ siteId: "p", kind: "POLE_SOCIAL", minutes: 20 }] }];
    expect(toCoverage(guarantee, [commune], at20)).toMatchObject({ share: 0, rows: [{ kept: false, siteId: "p", minutes: 20 }] });
    expect(toCoverage(guarantee, [], [])).toMatchObject({ share: 0, rows: [] });
  });

  it("is null where there is none, and refused for what is no département", async () => {
    expect((await sites.ask(REPORT, { code: "33" })).data).toEqual({ accessCoverage: null });
    for (const code of ["", "1", "14118", "$ne", "__proto__"]) {
      const { errors } = await sites.ask(REPORT, { code });
      expect(errors?.[0]?.extensions["code"]).toBe("BAD_USER_INPUT");
    }
    expect((await sites.ask(REPORT, { code: { $ne: "" } })).errors).toHaveLength(1);
  });

  it("is read by four indexed queries, however many communes", async () => {
    await report({ code: "92" });
    expect(printCommands(sites.commands).toSorted()).toEqual(["aggregate travel", "find communes", "find guarantees", "find sites"]);
    for (const command of sites.commands) {
      const stages = await stagesOf(sites, command);
      expect(stages).not.toContain("COLLSCAN");
      expect(stages).not.toContain("SORT");
    }
  });

  it("follows a site that closes or moves, once the département is computed again", async () => {
    const world = await openSites();
    const store = await openStore({ uri: testMongodbUri(), database: world.store.connection.name });
    const { recomputeTravel } = openModels(store.connection);
    const rows = () => world.store.connection.collection("travel").countDocuments({});
    const count = await rows();

    await store.connection.collection("sites").updateOne({ _id: "antenne-vanves" } as never, { $set: { "open.to": "2025-12-31" } });
    await recomputeTravel("92");
    const closed = await report({ code: "92", mode: "WALK" }, world);
    expect(closed.rows.map(({ kept }) => kept)).toEqual([true, false, false]);
    expect((await report({ code: "92", mode: "WALK", onDate: "2025-12-31" }, world)).rows.map(({ kept }) => kept)).toEqual([true, true, false]);

    const moved = { "address.lat": 48.94, "address.lon": 2.33 };
    await store.connection.collection("sites").updateOne({ _id: "pole-issy" } as never, { $set: moved });
    await recomputeTravel("92");
    expect((await report({ code: "92", mode: "WALK" }, world)).rows.map(({ bestSite }) => bestSite?.id)).toEqual(["antenne-issy", "antenne-issy", "pole-issy"]);

    await store.connection.collection("communes").deleteOne({ _id: "92078" } as never);
    await recomputeTravel("92");
    expect(await rows()).toBe(count - 3);
    await store.close();
    await world.close();
  });
});

describe("the sites nearest to a person", () => {
  const NEAREST = `... on Beneficiary { nearestSites { minutes withinGuarantee site { id } } }`;
  const person = (id: string, communeCode: string | null) => ({ __typename: "Beneficiary", id, residence: communeCode === null ? null : { communeCode } });

  interface Nearest {
    readonly _entities: { readonly nearestSites: { readonly minutes: number; readonly withinGuarantee: boolean; readonly site: { readonly id: string } }[] }[];
  }

  async function nearest(communeCode: string | null, args = ""): Promise<Nearest["_entities"][number]["nearestSites"]> {
    const { data, errors } = await askEntities(sites, { representations: [person("b1", communeCode)], selection: NEAREST.replace("nearestSites", `nearestSites${args}`) });
    expect(errors).toBeUndefined();
    return (data as unknown as Nearest)._entities[0]?.nearestSites ?? [];
  }

  it("come quickest first, three of them, and say whether the promise is kept", async () => {
    const found = await nearest("92075");
    expect(found.map(({ site }) => site.id)).toEqual(["antenne-vanves", "antenne-issy", "pole-issy"]);
    expect(found.map(({ minutes }) => minutes)).toEqual(found.map(({ minutes }) => minutes).toSorted((a, b) => a - b));
    expect(found.every(({ withinGuarantee }) => withinGuarantee)).toBe(true);
  });

  it("can be of some kinds, by some mode, and only so many", async () => {
    expect((await nearest("92075", "(kind: [POLE_SOCIAL])")).map(({ site }) => site.id)).toEqual(["pole-issy"]);
    expect(await nearest("92075", "(kind: [])")).toEqual([]);
    expect(await nearest("92075", "(first: 1)")).toHaveLength(1);
    expect((await nearest("97110", "(mode: MIXED)")).map(({ site, withinGuarantee }) => [site.id, withinGuarantee])).toEqual([["tis-01", false]]);
    expect(await nearest("97110")).toEqual([]);
  });

  it("are open today: not the centre that closed, and kinds without a promise are not within it", async () => {
    expect((await nearest("14118", "(first: 10)")).map(({ site }) => site.id)).not.toContain("cms-caen");
    expect((await nearest("76540")).map(({ withinGuarantee }) => withinGuarantee)).toEqual([false]);
  });

  it("are none where the residence is unknown or lies elsewhere", async () => {
    for (const code of [null, "99999", "75056", "$ne", "__proto__"]) expect(await nearest(code)).toEqual([]);
  });

  it("are refused above 200", async () => {
    const { errors } = await askEntities(sites, { representations: [person("b1", "92075")], selection: "... on Beneficiary { nearestSites(first: 201) { minutes } }" });
    expect(errors?.[0]?.extensions["code"]).toBe("PAGE_TOO_LARGE");
  });

  it("are one query for all people of a level, from an index", async () => {
    const representations = ["92075", "92040", "14118", "97113", null, "92075"].map((code, index) => person(`b${index}`, code));
    await askEntities(sites, { representations, selection: NEAREST });
    expect(printCommands(sites.commands)).toEqual(["aggregate travel", "find guarantees", "find sites"]);
    for (const command of sites.commands) expect(await stagesOf(sites, command)).not.toContain("COLLSCAN");
  });
});
