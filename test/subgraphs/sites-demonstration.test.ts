// The facts of the five départements that *sites* tells, on the whole demonstration world.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { createWorld } from "../../subgraphs/world/world.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { askEntities, openSites, printCommands, stagesOf } from "./sites-world.ts";

const world = createWorld("2026-03-02");
let sites: TestSubgraph;
beforeAll(async () => void (sites = await openSites(world)), 60_000);
afterAll(() => sites.close());

interface Site {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly professionsPresent: string[];
  readonly staffing: { readonly profession: string; readonly filled: boolean; readonly team: { readonly id: string; readonly kind: string; readonly communes: string[] } | null; readonly professional: { readonly id: string } | null }[];
  readonly [field: string]: unknown;
}

async function list(filter: string, selection: string): Promise<readonly Site[]> {
  const { data, errors } = await sites.ask(`{ sites(filter: ${filter}, first: 200) { totalCount nodes { ${selection} } } }`);
  expect(errors).toBeUndefined();
  const page = (data as unknown as { sites: { totalCount: number; nodes: Site[] } }).sites;
  expect(page.nodes).toHaveLength(Math.min(200, page.totalCount));
  return page.nodes;
}

async function coverage(code: string, args = ""): Promise<{ share: number; rows: { communeCode: string; kept: boolean; minutes: number | null; population: number }[] }> {
  const { data } = await sites.ask(`{ accessCoverage(departmentCode: "${code}"${args}) { share rows { communeCode kept minutes population } } }`);
  return (data as unknown as { accessCoverage: Awaited<ReturnType<typeof coverage>> }).accessCoverage;
}

const countBy = (values: readonly string[]) => Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]).toSorted());

describe("Seine-Maritime", () => {
  it("has nursing homes, day centres and meeting points (SM6, SM9)", async () => {
    expect(countBy((await list(`{ departmentCode: "76", kinds: [NURSING_HOME, DAY_CENTRE, MEETING_POINT], status: OPEN }`, "kind")).map(({ kind }) => kind))).toEqual({
      DAY_CENTRE: 2,
      MEETING_POINT: 2,
      NURSING_HOME: 3,
    });
  });

  it("keeps the places of its shelters secret (SM8)", async () => {
    const shelters = await list(`{ kinds: [SHELTER] }`, "id name addressConfidential address { line1 } servesCommunes");
    expect(shelters.length).toBeGreaterThan(0);
    for (const shelter of shelters) expect(shelter).toMatchObject({ addressConfidential: true, address: null, servesCommunes: [] });
    const homes = world.sites.filter(({ kind }) => kind === "SHELTER").map(({ communeCode }) => world.communes.find(({ code }) => code === communeCode)?.name ?? "?");
    for (const { name } of shelters) for (const home of homes) expect(name).not.toContain(home);
  });
});

describe("Seine-et-Marne", () => {
  it("shows the communes that a promise would not reach (ST6)", async () => {
    const { share, rows } = await coverage("77");
    expect(rows).toHaveLength(507);
    expect(rows.filter(({ kept }) => !kept).length).toBeGreaterThan(50);
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.9);
  });
});

describe("Calvados", () => {
  const HOUSES = `departmentCode: "14", kinds: [MAISON_DES_SOLIDARITES]`;

  it("opens 25 houses on 27 January 2025, planned the day before (CA1, CA3)", async () => {
    expect(await list(`{ ${HOUSES}, status: OPEN, onDate: "2025-01-27" }`, "id")).toHaveLength(25);
    expect(await list(`{ ${HOUSES}, status: PLANNED, onDate: "2025-01-26" }`, `id status(onDate: "2025-01-26")`)).toHaveLength(25);
    expect(await list(`{ ${HOUSES}, status: OPEN, onDate: "2025-01-26" }`, "id")).toEqual([]);
  });

  it("replaces 7 centres, each by at least one house (CA2)", async () => {
    const centres = await list(`{ departmentCode: "14", kinds: [CENTRE_MEDICO_SOCIAL] }`, "closesOn status replacedBy { id }");
    expect(centres).toHaveLength(7);
    for (const centre of centres) expect(centre).toMatchObject({ closesOn: "2025-01-26", status: "REPLACED", replacedBy: expect.arrayContaining([expect.anything()]) });
    expect(new Set(centres.flatMap(({ replacedBy }) => (replacedBy as Site[]).map(({ id }) => id))).size).toBe(25);
  });

  it("lies in five areas, each with houses, that hold every commune once (CA4)", async () => {
    const { data } = await sites.ask(`{ territories(kind: LOCAL_AREA, departmentCode: "14") { name communes seats { id } } }`);
    const areas = (data as unknown as { territories: { name: string; communes: string[]; seats: { id: string }[] }[] }).territories;
    expect(areas.map(({ name }) => name)).toEqual(["Agglomération caennaise", "Bessin", "Bocage", "Pays d'Auge", "Suisse normande"]);
    expect(areas.flatMap(({ seats }) => seats)).toHaveLength(25);
    expect(areas.every(({ seats }) => seats.length > 0)).toBe(true);
    const communes = areas.flatMap((area) => area.communes);
    expect(new Set(communes).size).toBe(communes.length);
    expect(communes).toHaveLength(526);
  });

  it("has six professions in each house, 600 agents and some posts to fill (CA5, CA11)", async () => {
    const houses = await list(`{ ${HOUSES} }`, "professionsPresent staffing { profession filled professional { id } }");
    for (const { professionsPresent } of houses) {
      expect(professionsPresent).toEqual(expect.arrayContaining(["MEDICO_SOCIAL_SECRETARY", "SOCIAL_WORKER", "SPECIALISED_EDUCATOR", "CESF", "MIDWIFE", "PAEDIATRIC_NURSE"]));
    }
    const posts = houses.flatMap(({ staffing }) => staffing);
    expect(new Set(posts.flatMap(({ professional }) => professional?.id ?? [])).size).toBe(600);
    expect(posts.filter(({ filled }) => !filled)).toHaveLength(20);
  });

  it("gives 25,000 appointments and 2,500 home visits in the year from the opening (CA7)", async () => {
    const { data } = await sites.ask(`{ siteActivity(from: "2025-01-27", to: "2026-01-26", departmentCode: "14") { site { id kind } appointments homeVisits noShowRate medianWaitDays suppressed } }`);
    const rows = (data as unknown as { siteActivity: { site: Site; appointments: number | null; homeVisits: number | null; noShowRate: number | null; medianWaitDays: number | null }[] }).siteActivity;
    const houses = rows.filter(({ site }) => site.kind === "MAISON_DES_SOLIDARITES");
    expect(houses).toHaveLength(25);
    const sum = (of: typeof rows, field: "appointments" | "homeVisits") => of.reduce((total, row) => total + (row[field] ?? 0), 0);
    expect([sum(houses, "appointments"), sum(houses, "homeVisits")]).toEqual([25_000, 2_500]);
    // Elsewhere people of Calvados have a few appointments each, too few a site to be told.
    expect([sum(rows, "appointments"), sum(rows, "homeVisits")]).toEqual([25_000, 2_500]);
    for (const { noShowRate, medianWaitDays } of houses) {
      expect(noShowRate).toBeGreaterThan(0.02);
      expect(noShowRate).toBeLessThan(0.25);
      expect(medianWaitDays).toBeGreaterThan(1);
      expect(medianWaitDays).toBeLessThan(30);
    }
  });

  it("hosts associations in its houses (CA9)", async () => {
    for (const { hostedPartners } of await list(`{ ${HOUSES} }`, "hostedPartners { id }")) expect(hostedPartners).not.toEqual([]);
  });

  it("reaches more people by its houses than by its centres (CA10)", async () => {
    const [before, after] = [await coverage("14", `, onDate: "2025-01-26"`), await coverage("14", `, onDate: "2025-01-27"`)];
    expect(after.rows).toHaveLength(526);
    expect(after.share).toBeGreaterThan(before.share + 0.1);
  });
});

describe("Hauts-de-Seine", () => {
  it("has a pole at Issy for four communes, found from Vanves, open since 26 September 2023 (HS1)", async () => {
    const [pole] = await list(`{ departmentCode: "92", kinds: [POLE_SOCIAL], communeCode: "92075" }`, "id opensOn servesCommunes");
    expect(pole).toMatchObject({ id: "pole-issy", opensOn: "2023-09-26" });
    expect((pole?.["servesCommunes"] as string[]).toSorted()).toEqual(["92023", "92040", "92048", "92075"]);
  });

  it("has an antenna in each of its 36 communes, each with a pole as its centre (HS2)", async () => {
    const antennas = await list(`{ departmentCode: "92", kinds: [ANTENNE] }`, "address { communeCode } parent { kind }");
    expect(new Set(antennas.map(({ address }) => (address as { communeCode: string }).communeCode)).size).toBe(36);
    for (const { parent } of antennas) expect(parent).toEqual({ kind: "POLE_SOCIAL" });
  });

  it.each(["PUBLIC_TRANSPORT", "CAR"])("keeps its promise for nearly everybody by %s (HS3)", async (mode) => {
    const { share, rows } = await coverage("92", `, mode: ${mode}`);
    expect(rows).toHaveLength(36);
    expect(share).toBeGreaterThan(0.95);
  });

  it("has a tramway near the pole, a station to come, more than ten professions and its services (HS4, HS5, HS6)", async () => {
    const { data } = await sites.ask(`{ site(id: "pole-issy") { transport { label availableFrom } professionsPresent units { kind } } }`);
    const pole = (data as unknown as { site: { transport: { label: string; availableFrom: string | null }[]; professionsPresent: string[]; units: { kind: string }[] } }).site;
    expect(pole.transport.map(({ availableFrom }) => availableFrom)).toEqual([null, "2027-04-30"]);
    expect(pole.professionsPresent.length).toBeGreaterThan(10);
    expect(pole.units.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["PMI", "SEXUAL_HEALTH", "INSERTION", "CHILD_WELFARE", "RECEPTION", "EVALUATION", "SUPPORT"]));
  });

  it("opened five modernised sites between 2016 and 2023 (HS8) and hosts communal staff at the PMI of Vanves (HS11)", async () => {
    const poles = await list(`{ departmentCode: "92", kinds: [POLE_SOCIAL] }`, "opensOn");
    expect(poles.map(({ opensOn }) => String(opensOn).slice(0, 4)).toSorted()).toEqual(["2016", "2018", "2019", "2023", "2023"]);
    expect(await list(`{ kinds: [PMI_CENTRE], communeCode: "92075" }`, "operator { id } hostedPartners { id }")).toEqual([{ operator: { id: "dept-92" }, hostedPartners: [{ id: "commune-92075" }] }]);
  });
});

describe("Guadeloupe", () => {
  const SEATS = `{ departmentCode: "971", kinds: [TIS_SEAT] }`;

  it("has 13 walk-in seats, one in each of 13 TIS that hold all 32 communes (GU1, GU2)", async () => {
    const { data } = await sites.ask(`{ territories(kind: TIS, departmentCode: "971") { code communes validFrom parent { kind } seats { walkIn } } }`);
    const tis = (data as unknown as { territories: { code: string; communes: string[]; validFrom: string; parent: object; seats: object[] }[] }).territories;
    expect(tis.map(({ code }) => code)).toEqual(Array.from({ length: 13 }, (_, index) => `971-TIS-${String(index + 1).padStart(2, "0")}`));
    expect(new Set(tis.flatMap(({ communes }) => communes)).size).toBe(32);
    for (const { seats, parent, validFrom } of tis) expect({ seats, parent, validFrom }).toEqual({ seats: [{ walkIn: true }], parent: { kind: "TAS" }, validFrom: "2018-01-01" });
  });

  it("receives with 14 secretaries and 17 social workers in 8 pairs and 5 trios (GU3)", async () => {
    const posts = (await list(SEATS, "staffing { profession filled team { id kind } }")).flatMap(({ staffing }) => staffing);
    const reception = posts.filter(({ profession }) => profession.startsWith("RECEPTION_"));
    expect(countBy(reception.map(({ profession }) => profession))).toEqual({ RECEPTION_SECRETARY: 14, RECEPTION_SOCIAL_WORKER: 17 });
    const teams = new Map(reception.map(({ team }) => [team?.id, team?.kind ?? ""]));
    expect(countBy([...teams.values()])).toEqual({ PAIR: 8, TRIO: 5 });
    expect(posts.every(({ filled }) => filled)).toBe(true);
  });

  it("supports with 67 workers in teams on one, two or three communes (GU9)", async () => {
    const posts = (await list(`{ departmentCode: "971" }`, "staffing { profession team { id kind communes } }")).flatMap(({ staffing }) => staffing);
    const support = posts.filter(({ team }) => team?.kind === "COMMUNE_TEAM");
    expect(support).toHaveLength(67);
    expect(countBy([...new Map(support.map(({ team }) => [team?.id, String(team?.communes.length)])).values()])).toEqual({ "1": 1, "2": 5, "3": 7 });
  });

  it("groups its TIS into territories of several communes (GU4) and has the poles reception and support (GU13)", async () => {
    const { data } = await sites.ask(`{ territories(kind: TAS, departmentCode: "971") { children { code } } }`);
    const tas = (data as unknown as { territories: { children: object[] }[] }).territories;
    expect(tas.flatMap(({ children }) => children)).toHaveLength(13);
    for (const { units } of await list(SEATS, "units { kind }")) expect(units).toEqual([{ kind: "RECEPTION" }, { kind: "SUPPORT" }]);
  });

  it("keeps its 30 minutes for most, by land or boat, and shows what the sea takes away", async () => {
    const { share, rows } = await coverage("971", ", mode: MIXED");
    expect(rows).toHaveLength(32);
    expect(share).toBeGreaterThan(0.9);
    expect(rows.every(({ minutes }) => minutes !== null)).toBe(true);
    expect((await coverage("971")).rows.find(({ communeCode }) => communeCode === "97130")).toMatchObject({ kept: false, minutes: null });
  });
});

describe("the whole world", () => {
  it("gives b1 sites near Vanves within the promise, and steps with places and appointments", async () => {
    const steps = world.pathways.find(({ id }) => id === "p1")?.steps ?? [];
    const { data, errors } = await askEntities(sites, {
      representations: [{ __typename: "Beneficiary", id: "b1", residence: { communeCode: "92075" } }, ...steps.map(({ id }) => ({ __typename: "PathwayStep", id }))],
      selection: `... on Beneficiary { nearestSites(kind: [POLE_SOCIAL, ANTENNE, TIS_SEAT, MAISON_DES_SOLIDARITES]) { minutes withinGuarantee site { name kind } } appointments { status } }
        ... on PathwayStep { site { name address { communeName } } appointments { startsAt kind status site { name } } }`,
    });
    expect(errors).toBeUndefined();
    const [person, ...parts] = (data as unknown as { _entities: { nearestSites: { withinGuarantee: boolean }[]; appointments: object[]; site: object | null }[] })._entities;
    expect(person?.nearestSites).toHaveLength(3);
    expect(person?.nearestSites.every(({ withinGuarantee }) => withinGuarantee)).toBe(true);
    expect(person?.appointments.length).toBeGreaterThan(3);
    expect(parts.filter(({ site }) => site !== null).length).toBeGreaterThanOrEqual(6);
    // Sites come at three places of the answer; those whose ids are known at the same moment share a query.
    const once = ["aggregate travel", "find appointments", "find appointments", "find guarantees", "find steps"];
    const commands = printCommands(sites.commands);
    expect(commands.filter((command) => command !== "find sites").toSorted()).toEqual(once);
    expect(commands.length - once.length).toBeLessThanOrEqual(3);
  });

  it("writes opening hours as OpenStreetMap does", async () => {
    const days = "(Mo|Tu|We|Th|Fr|Sa|Su)([-,](Mo|Tu|We|Th|Fr|Sa|Su))*";
    const times = String.raw`\d{2}:\d{2}-\d{2}:\d{2}(,\d{2}:\d{2}-\d{2}:\d{2})*`;
    const syntax = new RegExp(`^(24/7|${days} ${times}(; ${days} ${times})*; PH off)$`);
    const hours = (await list(`{ kinds: [${[...new Set(world.sites.map(({ kind }) => kind))].filter((kind) => kind !== "PARTNER_OFFICE").join(", ")}] }`, "openingHours")).flatMap(
      ({ openingHours }) => openingHours ?? [],
    );
    expect(hours.length).toBeGreaterThan(100);
    for (const text of hours) expect(text).toMatch(syntax);
  });

  it("answers its lists and reports from indexes at full size", async () => {
    for (const query of [
      `{ sites(filter: { departmentCode: "14", kinds: [MAISON_DES_SOLIDARITES], status: OPEN, onDate: "2025-01-27" }) { totalCount nodes { replaces { name } professionsPresent hostedPartners { id } } } }`,
      `{ sites(filter: { text: "maison" }, first: 5) { totalCount nodes { id } } }`,
      `{ accessCoverage(departmentCode: "76") { share rows { bestSite { name } } } }`,
      `{ siteActivity(from: "2025-01-01", to: "2025-12-31", departmentCode: "92") { site { name } appointments } }`,
    ]) {
      await sites.ask(query);
      expect(sites.commands.length).toBeLessThanOrEqual(4);
      for (const command of sites.commands) {
        const stages = await stagesOf(sites, command);
        expect(stages).not.toContain("COLLSCAN");
        if (command.name === "find") expect(stages).not.toContain("SORT");
      }
    }
  });
});
