import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { TestSubgraph } from "../harness/subgraph.ts";
import { askEntities, openSites, printCommands, stagesOf, WORLD } from "./sites-world.ts";

let sites: TestSubgraph;
beforeAll(async () => void (sites = await openSites()));
afterAll(() => sites.close());

const LIST = `query ($filter: SiteFilter!, $first: Int, $after: String) {
  sites(filter: $filter, first: $first, after: $after) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
}`;

interface Listed {
  readonly sites: { readonly totalCount: number; readonly nodes: { readonly id: string }[]; readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null } };
}

async function list(filter: object, page: { first?: number; after?: string | null } = {}): Promise<Listed["sites"]> {
  const { data, errors } = await sites.ask(LIST, { filter, ...page });
  expect(errors).toBeUndefined();
  return (data as unknown as Listed).sites;
}

async function idsOf(filter: object): Promise<string[]> {
  return (await list(filter)).nodes.map(({ id }) => id);
}

async function codeOf(query: string, variables: Record<string, unknown> = {}): Promise<unknown> {
  const { errors } = await sites.ask(query, variables);
  return errors?.[0]?.extensions["code"];
}

describe("the list of sites", () => {
  it("is ordered by name, whatever the case and the accents", async () => {
    expect(await idsOf({ departmentCode: "92" })).toEqual(["antenne-issy", "antenne-vanves", "pole-issy"]);
  });

  it.each([
    ["kinds", { kinds: ["POLE_SOCIAL", "DAY_CENTRE"] }, ["jour-rouen", "pole-issy"]],
    ["no kind at all", { kinds: [] }, []],
    ["a commune, as home or as served", { communeCode: "92075" }, ["antenne-vanves", "pole-issy"]],
    ["a territory", { territoryCode: "971-TIS-02" }, ["tis-02"]],
    ["a territory that nobody knows", { territoryCode: "971-TIS-99" }, []],
    ["walk-in", { walkIn: true, departmentCode: "14", kinds: ["CENTRE_MEDICO_SOCIAL"] }, []],
    ["the day since which a site took over from another", { replacedSince: "2025-01-27" }, ["mds-caen-2", "mds-caen-1"]],
    ["a later day of taking over", { replacedSince: "2025-01-28" }, []],
    ["a word of the name", { text: "guérinière" }, ["mds-caen-1"]],
    ["the beginning of words in any order, case and accent", { text: "CAEN maison  solid" }, ["mds-caen-2", "mds-caen-1"]],
    ["a text of blanks only", { text: "  ", departmentCode: "76" }, ["jour-rouen", "refuge"]],
    ["the middle of a word", { text: "aen" }, []],
  ])("can be narrowed by %s", async (_, filter, expected) => {
    expect(await idsOf(filter)).toEqual(expected);
  });

  it("counts all that the filter finds, not only the page", async () => {
    expect(await list({ departmentCode: "14" }, { first: 1 })).toMatchObject({ totalCount: 4, nodes: [{ id: "cms-caen" }], pageInfo: { hasNextPage: true } });
  });

  it("does not count where nobody asks for it", async () => {
    await sites.ask(`{ sites(filter: {}) { nodes { id } } }`);
    expect(printCommands(sites.commands)).toEqual(["find sites"]);
  });

  it("gives every site once when it is read page by page while sites are inserted before the cursor", async () => {
    const world = await openSites();
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 20; page++) {
      const { data } = await world.ask(LIST, { filter: {}, first: 2, after });
      const { nodes, pageInfo } = (data as unknown as Listed).sites;
      seen.push(...nodes.map(({ id }) => id));
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
      const row = { _id: `new-${page}`, name: "AAA", nameKey: "aaa", terms: [], kind: "OTHER", departmentCode: "76", open: { from: "0000-01-01", to: "9999-12-31" } };
      await world.store.connection.collection("sites").insertOne(row as never);
    }
    expect(seen).toHaveLength(WORLD.sites.length);
    expect(new Set(seen)).toEqual(new Set(WORLD.sites.map(({ id }) => id)));
    await world.close();
  });

  it.each([
    ["a page of 100,000", { filter: {}, first: 100_000 }, "PAGE_TOO_LARGE"],
    ["a page of nothing", { filter: {}, first: 0 }, "PAGE_TOO_LARGE"],
    ["a cursor that is none", { filter: {}, after: "xyz" }, "BAD_CURSOR"],
    ["a cursor that holds an operator", { filter: {}, after: Buffer.from('[{"$gt":""},"a"]').toString("base64url") }, "BAD_CURSOR"],
    ["a département that is none", { filter: { departmentCode: "14; drop" } }, "BAD_USER_INPUT"],
    ["a commune that is none", { filter: { communeCode: "1411" } }, "BAD_USER_INPUT"],
  ])("refuses %s", async (_, variables, code) => {
    expect(await codeOf(LIST, variables)).toBe(code);
  });

  it.each([{ onDate: "2025-02-30" }, { replacedSince: "27/01/2025" }, { status: "OPENED" }])("refuses %j in the filter", async (filter) => {
    const { errors } = await sites.ask(LIST, { filter });
    expect(errors).toHaveLength(1);
    expect(sites.commands).toEqual([]);
  });

  it.each(["departmentCode", "communeCode", "territoryCode", "text", "onDate"])("refuses an operator object as %s before MongoDB hears of it", async (field) => {
    for (const value of [{ $ne: null }, { $where: "1" }, JSON.parse('{"__proto__": {"admin": true}}') as object]) {
      expect((await sites.ask(LIST, { filter: { [field]: value } })).errors).toHaveLength(1);
      expect(sites.commands).toEqual([]);
    }
  });

  it.each(["$where", '{"$ne": null}', "__proto__", "constructor", ".*", "(a+)+$", "[", "\\", "'; return true; //"])("finds nothing by %j, a text like any other", async (text) => {
    expect(await idsOf({ territoryCode: text })).toEqual([]);
    expect(await idsOf({ text: `${text} zzz` })).toEqual([]);
    expect((await sites.ask(`query ($id: ID!) { site(id: $id) { id } territory(code: $id) { code } }`, { id: text })).data).toEqual({ site: null, territory: null });
  });

  it.each([
    {},
    { departmentCode: "14" },
    { departmentCode: "14", kinds: ["MAISON_DES_SOLIDARITES", "CENTRE_MEDICO_SOCIAL"], status: "OPEN", onDate: "2025-01-27" },
    { kinds: ["POLE_SOCIAL"] },
    { communeCode: "92075" },
    { territoryCode: "971" },
    { text: "maison caen" },
    { walkIn: true },
    { replacedSince: "2025-01-27" },
    { status: "REPLACED" },
  ])("walks an index in the order of the page for %j", async (filter) => {
    const first = await list(filter, { first: 1 });
    for (const after of [null, first.pageInfo.endCursor]) {
      await list(filter, { first: 1, after });
      expect(sites.commands).toHaveLength(2);
      for (const command of sites.commands) {
        const stages = await stagesOf(sites, command);
        expect(stages.some((stage) => stage === "IXSCAN" || stage === "COUNT_SCAN")).toBe(true);
        expect(stages).not.toContain("COLLSCAN");
        expect(stages).not.toContain("SORT");
      }
    }
  });
});

describe("a site", () => {
  it("is null for an unknown id, as a query and as an entity", async () => {
    expect((await sites.ask(`{ site(id: "nowhere") { id } }`)).data).toEqual({ site: null });
    const { data } = await askEntities(sites, { representations: [{ __typename: "Site", id: "nowhere" }], selection: "... on Site { id }" });
    expect(data).toEqual({ _entities: [null] });
  });

  it("tells its relations to other sites", async () => {
    const { data } = await sites.ask(`{
      house: site(id: "mds-caen-1") { replaces { id replacedBy { id } } }
      pole: site(id: "pole-issy") { satellites { id parent { id } } }
    }`);
    expect(data).toEqual({
      house: { replaces: [{ id: "cms-caen", replacedBy: [{ id: "mds-caen-1" }, { id: "mds-caen-2" }] }] },
      pole: { satellites: [{ id: "antenne-issy", parent: { id: "pole-issy" } }, { id: "antenne-vanves", parent: { id: "pole-issy" } }] },
    });
  });

  it("names its operator without asking partners, and hosted partners by id", async () => {
    const { data } = await sites.ask(`{ site(id: "mds-caen-1") { operator { id name } hostedPartners { id } } }`);
    expect(data).toEqual({ site: { operator: { id: "dept-14", name: "Département du Calvados" }, hostedPartners: [{ id: "ngo" }] } });
  });

  it("has address, hours, units and lines as the seed has them", async () => {
    const { data } = await sites.ask(`{ site(id: "pole-issy") {
      address { communeCode communeName postalCode lat lon } banId openingHours walkIn
      units { kind } transport { mode availableFrom } servesCommunes territory { code kind }
    } }`);
    expect(data).toMatchObject({
      site: {
        address: { communeCode: "92040", communeName: "Issy-les-Moulineaux", postalCode: "92040", lat: 48.82, lon: 2.27 },
        banId: "92040",
        openingHours: "Mo-Fr 08:30-18:00; PH off",
        walkIn: true,
        units: ["RECEPTION", "EVALUATION", "SUPPORT", "PMI", "SEXUAL_HEALTH", "INSERTION", "CHILD_WELFARE"].map((kind) => ({ kind })),
        transport: [{ mode: "PUBLIC_TRANSPORT", availableFrom: null }, { mode: "PUBLIC_TRANSPORT", availableFrom: "2027-04-30" }],
        servesCommunes: ["92040", "92075"],
        territory: { code: "200054781", kind: "EPCI" },
      },
    });
  });

  it("tells posts, filled and empty, and only professions that are there", async () => {
    const { data } = await sites.ask(`{ site(id: "mds-caen-1") { professionsPresent staffing { profession filled fullTimeEquivalent professional { id } } } }`);
    expect(data).toEqual({
      site: {
        professionsPresent: ["MIDWIFE", "SOCIAL_WORKER"],
        staffing: [
          { profession: "SOCIAL_WORKER", filled: true, fullTimeEquivalent: 1, professional: { id: "pro-1" } },
          { profession: "MIDWIFE", filled: true, fullTimeEquivalent: 0.5, professional: { id: "pro-2" } },
          { profession: "SOCIAL_WORKER", filled: false, fullTimeEquivalent: 1, professional: null },
        ],
      },
    });
  });

  it("tells teams with their members and communes", async () => {
    const { data } = await sites.ask(`{ site(id: "tis-01") { staffing { team { id kind members { profession } } } } }`);
    const team = { id: "pair-1", kind: "PAIR", members: [{ profession: "RECEPTION_SECRETARY" }, { profession: "RECEPTION_SOCIAL_WORKER" }] };
    expect(data).toEqual({ site: { staffing: [{ team }, { team }] } });
  });

  it("is reached from professionals who work there and partners that run it or are hosted", async () => {
    const { data } = await askEntities(sites, {
      representations: [
        { __typename: "Professional", id: "pro-2" },
        { __typename: "Professional", id: "nobody" },
        { __typename: "Partner", id: "ngo" },
      ],
      selection: "... on Professional { worksAt { id } } ... on Partner { sites { id } }",
    });
    expect(data).toEqual({ _entities: [{ worksAt: [{ id: "mds-caen-1" }, { id: "mds-bayeux" }] }, { worksAt: [] }, { sites: [{ id: "refuge" }, { id: "mds-caen-1" }] }] });
  });
});

describe("a level of an answer", () => {
  it("is one query for each type of row, however many sites it has", async () => {
    await sites.ask(`{ sites(filter: {}) { nodes {
      replaces { id } replacedBy { id } parent { id } satellites { id } territory { name parent { name } children { name } seats { name } }
      staffing { team { members { id } } } professionsPresent operator { name } hostedPartners { id }
    } } }`);
    expect(printCommands(sites.commands).toSorted()).toEqual([
      "find sites",
      "find sites",
      "find sites",
      "find sites",
      "find staffPosts",
      "find staffPosts",
      "find teams",
      "find territories",
      "find territories",
      "find territories",
    ]);
    for (const command of sites.commands.slice(1)) expect(await stagesOf(sites, command)).not.toContain("COLLSCAN");
  });

  it("is one query for many entities of each type", async () => {
    const representations = ["Site", "Professional", "Partner"].flatMap((__typename) => ["mds-caen-1", "pro-1", "ngo", "x"].map((id) => ({ __typename, id })));
    await askEntities(sites, { representations, selection: "... on Site { name } ... on Professional { worksAt { name } } ... on Partner { sites { name } }" });
    expect(printCommands(sites.commands).toSorted()).toEqual(["find sites", "find sites", "find staffPosts"]);
    for (const command of sites.commands) expect(await stagesOf(sites, command)).not.toContain("COLLSCAN");
  });
});

describe("a shelter", () => {
  const SECRET = `id name kind addressConfidential address { line1 communeCode lat lon } banId servesCommunes territory { code } transport { label } accessibilityUrl openingHours units { id }`;

  it("is listed with its département, and nothing tells where it is", async () => {
    const { data } = await sites.ask(`{ sites(filter: { departmentCode: "76", kinds: [SHELTER] }) { nodes { ${SECRET} } } }`);
    const nothing = { address: null, banId: null, servesCommunes: [], territory: null, transport: [], accessibilityUrl: null, openingHours: null, units: [] };
    expect(data).toEqual({ sites: { nodes: [{ id: "refuge", name: "Hébergement Les Glycines", kind: "SHELTER", addressConfidential: true, ...nothing }] } });
  });

  it.each([{ communeCode: "76540" }, { territoryCode: "76540" }, { territoryCode: "200023414" }, { text: "Rouen" }])("is not found by %j", async (filter) => {
    expect(await idsOf(filter)).not.toContain("refuge");
    expect(await idsOf(filter)).toHaveLength(filter.text === undefined ? 1 : 0);
  });

  it("is near nobody, and no row of the travel table holds it", async () => {
    const { data } = await askEntities(sites, {
      representations: [{ __typename: "Beneficiary", id: "b", residence: { communeCode: "76540" } }],
      selection: "... on Beneficiary { nearestSites(first: 200) { site { id } } }",
    });
    expect(data).toEqual({ _entities: [{ nearestSites: [{ site: { id: "jour-rouen" } }] }] });
    expect(await sites.store.connection.collection("travel").countDocuments({ "reach.siteId": "refuge" })).toBe(0);
  });

  it("keeps its place out of the database altogether", async () => {
    const row = await sites.store.connection.collection("sites").findOne({ _id: "refuge" } as never);
    expect(JSON.stringify(row)).not.toMatch(/76540|Rouen|49\.44|1\.1\b/);
  });
});

describe("territories", () => {
  it("hold communes, parents, children, validity and the seats that are open", async () => {
    const { data } = await sites.ask(`{ territories(kind: TIS, departmentCode: "971") { code name communes validFrom validTo parent { code kind } seats { id } } }`);
    const tis = { validFrom: "2018-01-01", validTo: null };
    expect(data).toEqual({
      territories: [
        { ...tis, code: "971-TIS-01", name: "TIS Le Gosier", communes: ["97110", "97113"], parent: { code: "971-TAS-01", kind: "TAS" }, seats: [{ id: "tis-01" }] },
        { ...tis, code: "971-TIS-02", name: "TIS Terre-de-Haut", communes: ["97130", "97131"], parent: { code: "971-TAS-02", kind: "TAS" }, seats: [{ id: "tis-02" }] },
      ],
    });
  });

  it("group Calvados' communes into its areas, with houses and without the centre that closed", async () => {
    const { data } = await sites.ask(`{ territories(kind: LOCAL_AREA, departmentCode: "14") { name communes seats { id } } }`);
    expect(data).toEqual({
      territories: [
        { name: "Agglomération caennaise", communes: ["14118"], seats: [{ id: "mds-caen-2" }, { id: "mds-caen-1" }] },
        { name: "Bessin", communes: ["14047"], seats: [{ id: "mds-bayeux" }] },
        { name: "Bocage", communes: ["14762"], seats: [] },
      ],
    });
  });

  it("know islands, départements and communes", async () => {
    const { data } = await sites.ask(`{
      islands: territories(kind: ISLAND) { name communes }
      department: territory(code: "971") { kind children { kind } }
      commune: territory(code: "92075") { name kind parent { kind } }
    }`);
    expect(data).toMatchObject({
      islands: [
        { name: "La Désirade", communes: ["97110"] },
        { name: "Terre-de-Bas (Les Saintes)", communes: ["97130"] },
        { name: "Terre-de-Haut (Les Saintes)", communes: ["97131"] },
      ],
      department: { kind: "DEPARTMENT" },
      commune: { name: "Vanves", kind: "COMMUNE", parent: { kind: "EPCI" } },
    });
  });

  it("are null as an unknown entity", async () => {
    const { data } = await askEntities(sites, {
      representations: [{ __typename: "Territory", code: "971-TIS-01" }, { __typename: "Territory", code: "?" }],
      selection: "... on Territory { kind }",
    });
    expect(data).toEqual({ _entities: [{ kind: "TIS" }, null] });
  });

  it("are read from an index", async () => {
    for (const args of [`kind: TIS, departmentCode: "971"`, `kind: ISLAND`]) {
      await sites.ask(`{ territories(${args}) { code } }`);
      for (const command of sites.commands) {
        const stages = await stagesOf(sites, command);
        expect(stages).toContain("IXSCAN");
        expect(stages).not.toContain("SORT");
      }
    }
  });

  it.each([`kind: TIS, departmentCode: "nine"`, `kind: COMMUNE`])("refuse %s", async (args) => {
    expect(await codeOf(`{ territories(${args}) { code } }`)).toBe("BAD_USER_INPUT");
  });
});

describe("a representation whose key is no text", () => {
  it.each(["Site", "Appointment", "Beneficiary", "PathwayStep", "Professional", "Partner"])("of %s is refused by name, and costs nobody else their answer", async (__typename) => {
    for (const id of [{ $ne: null }, ["mds-caen-1"], null, 5]) {
      const representations = [{ __typename, id }, { __typename: "Site", id: "mds-caen-1" }];
      const { data, errors } = await askEntities(sites, { representations, selection: "... on Site { id }" });
      expect(data).toEqual({ _entities: [null, { id: "mds-caen-1" }] });
      expect(errors).toMatchObject([{ message: "Expected `id` of a representation to be text, got something else.", extensions: { code: "BAD_USER_INPUT" } }]);
    }
  });
});
