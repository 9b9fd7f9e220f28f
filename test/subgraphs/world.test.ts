// The demonstration world: the published arithmetic of the five départements, and the catalogue.
import { describe, expect, it } from "@jest/globals";

import { isInseeCommune } from "../../subgraphs/kit/kit.ts";
import { createWorld, type SiteRecord } from "../../subgraphs/world/world.ts";

const world = createWorld("2026-03-02");
const sites = new Map(world.sites.map((site) => [site.id, site]));

describe("geography", () => {
  const of = (departmentCode: string) => world.communes.filter((commune) => commune.departmentCode === departmentCode);
  const box = (codes: readonly string[]) => world.communes.filter((commune) => codes.includes(commune.code));

  it("holds every commune of the five départements", () => {
    expect(["14", "76", "77", "92", "971"].map((code) => of(code).length)).toEqual([526, 707, 507, 36, 32]);
  });

  it("gives each commune a valid code, inhabitants, postal codes and an EPCI", () => {
    const wrong = world.communes.filter(
      ({ code, population, postalCodes, epciCode, epciName }) =>
        !isInseeCommune(code) ||
        !(population >= 0) ||
        postalCodes.length === 0 ||
        !postalCodes.every((postalCode) => /^\d{5}$/.test(postalCode)) ||
        epciCode === null ||
        epciName === null,
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    ["14", [48.7, 49.5, -1.2, 0.5]],
    ["76", [49.2, 50.1, 0.0, 1.8]],
    ["77", [48.1, 49.15, 2.35, 3.6]],
    ["92", [48.7, 48.96, 2.1, 2.4]],
    ["971", [15.8, 16.55, -61.85, -60.95]],
  ])("places the communes of %s inside it", (code, [south = 0, north = 0, west = 0, east = 0]) => {
    expect(of(code).filter(({ lat, lon }) => lat < south || lat > north || lon < west || lon > east)).toEqual([]);
  });

  it("keeps the communes of islands on their islands", () => {
    for (const { lat, lon } of box(["97110"])) expect([lat > 16.28 && lat < 16.35, lon > -61.13 && lon < -60.98]).toEqual([true, true]);
    for (const { lat, lon } of box(["97130", "97131"]))
      expect([lat > 15.82 && lat < 15.89, lon > -61.68 && lon < -61.56]).toEqual([true, true]);
    for (const { lat, lon } of box(["97108", "97112", "97126"]))
      expect([lat > 15.86 && lat < 16.03, lon > -61.34 && lon < -61.18]).toEqual([true, true]);
    expect(new Set(box(["97110", "97130", "97131", "97108", "97112", "97126"]).map(({ lat, lon }) => `${lat} ${lon}`)).size).toBe(6);
  });
});

describe("the published figures", () => {
  const open = (departmentCode: string, kind: string) =>
    world.sites.filter((site) => site.departmentCode === departmentCode && site.kind === kind);
  const staffOf = (site: SiteRecord) => world.professionals.filter((professional) => professional.siteIds.includes(site.id));

  it("Calvados: 25 houses open on 27 January 2025 and replace all of 7 centres that close the day before", () => {
    const houses = open("14", "MAISON_DES_SOLIDARITES");
    const centres = open("14", "CENTRE_MEDICO_SOCIAL");
    expect([houses.length, centres.length]).toEqual([25, 7]);
    expect(new Set(houses.map((house) => house.opensOn))).toEqual(new Set(["2025-01-27"]));
    expect(new Set(centres.map((centre) => centre.closesOn))).toEqual(new Set(["2025-01-26"]));
    expect(new Set(houses.map((house) => house.replacesIds.length))).toEqual(new Set([1]));
    expect(new Set(houses.flatMap((house) => house.replacesIds))).toEqual(new Set(centres.map((centre) => centre.id)));
    expect(houses.every((house) => house.hostedPartnerIds.length >= 1 && house.hostedPartnerIds.length <= 3)).toBe(true);
    expect(new Set(houses.flatMap((house) => house.servesCommunes)).size).toBe(526);
  });

  it("Calvados: 600 agents of six professions at its houses, 24 in each", () => {
    const houses = open("14", "MAISON_DES_SOLIDARITES");
    expect(world.professionals.filter(({ employerId, siteIds }) => employerId === "dept-14" && siteIds.length > 0).length).toBe(600);
    for (const house of houses) {
      expect(staffOf(house).length).toBe(24);
      expect(new Set(staffOf(house).map(({ profession }) => profession)).size).toBe(6);
    }
  });

  it("Hauts-de-Seine: poles serve all 36 communes, each with an antenna that belongs to the pole serving it", () => {
    const poles = open("92", "POLE_SOCIAL");
    const antennas = open("92", "ANTENNE");
    expect(poles.flatMap((pole) => pole.servesCommunes).length).toBe(36);
    expect(new Set(poles.flatMap((pole) => pole.servesCommunes)).size).toBe(36);
    expect(new Set(antennas.map((antenna) => antenna.communeCode)).size).toBe(36);
    for (const antenna of antennas) expect(sites.get(antenna.parentId ?? "")?.servesCommunes).toContain(antenna.communeCode);
  });

  it("Hauts-de-Seine: the pole of Issy opens on 26 September 2023 for four communes with the twelve professions", () => {
    const pole = sites.get("pole-issy");
    expect(pole).toMatchObject({ opensOn: "2023-09-26", communeCode: "92040", servesCommunes: ["92075", "92040", "92023", "92048"] });
    const professions = new Set(pole === undefined ? [] : staffOf(pole).map(({ profession }) => profession));
    expect(professions.size).toBeGreaterThanOrEqual(12);
    expect(sites.get("pmi-mary-besseyre")).toMatchObject({
      kind: "PMI_CENTRE",
      operatorId: "dept-92",
      hostedPartnerIds: ["commune-92075"],
    });
  });

  it("Guadeloupe: 14 secretaries and 17 social workers receive at 13 seats in 8 pairs and 5 trios", () => {
    const seats = open("971", "TIS_SEAT");
    const count = (profession: string) => world.professionals.filter((professional) => professional.profession === profession).length;
    expect([seats.length, count("RECEPTION_SECRETARY"), count("RECEPTION_SOCIAL_WORKER")]).toEqual([13, 14, 17]);
    const teams = world.teams.filter((team) => team.kind === "PAIR" || team.kind === "TRIO");
    expect(teams.filter((team) => team.kind === "PAIR").length).toBe(8);
    expect(teams.filter((team) => team.kind === "TRIO").length).toBe(5);
    expect(new Set(teams.map((team) => team.siteId)).size).toBe(13);
    for (const team of teams) {
      const members = world.professionals.filter((professional) => professional.teamId === team.id);
      expect(members.length).toBe(team.kind === "PAIR" ? 2 : 3);
      expect(members.every((member) => member.siteIds.includes(team.siteId))).toBe(true);
    }
  });

  it("Guadeloupe: 67 support workers in 13 teams on one to three communes cover all 32, La Désirade alone", () => {
    const teams = world.teams.filter((team) => team.kind === "COMMUNE_TEAM");
    const members = world.professionals.filter((professional) => teams.some((team) => team.id === professional.teamId));
    expect([teams.length, members.length]).toEqual([13, 67]);
    expect([1, 2, 3].map((size) => teams.filter((team) => team.communes.length === size).length)).toEqual([1, 5, 7]);
    expect(new Set(teams.flatMap((team) => team.communes)).size).toBe(32);
    expect(teams.find((team) => team.communes.length === 1)?.communes).toEqual(["97110"]);
  });

  it("Guadeloupe: no support team works across the border of an EPCI", () => {
    const epciOf = new Map(world.communes.map((commune) => [commune.code, commune.epciCode]));
    const teams = world.teams.filter((team) => team.kind === "COMMUNE_TEAM");
    expect(teams.filter((team) => new Set(team.communes.map((code) => epciOf.get(code))).size !== 1)).toEqual([]);
  });
});

describe("the catalogue", () => {
  const lines = world.services
    .filter((service) => service.providerId === "dept-76")
    .filter((service) => service.id !== "srv-76-se-maintenir-dans-le-logement");
  const AREAS_OF_76 = [
    "CHILDREN_AND_YOUNG_PEOPLE",
    "FAMILIES",
    "EDUCATION",
    "ELDERLY",
    "DISABILITY",
    "SOCIAL_INCLUSION",
    "EMPLOYMENT",
    "ENERGY_POVERTY",
    "HEALTH",
    "HOUSING",
    "DIGITALISATION",
  ];

  it("holds the 26 lines of Seine-Maritime, half of them for beneficiaries", () => {
    const count = (audience: string) => lines.filter((service) => service.audience === audience).length;
    expect(lines.length).toBe(26);
    expect(["BENEFICIARIES", "PROFESSIONALS", "LOCAL_AUTHORITIES", "ASSOCIATIONS", "MEMBERS", "OWN_ROLE"].map(count)).toEqual([
      12, 4, 3, 1, 1, 5,
    ]);
    const areas = new Set(lines.flatMap((service) => service.areas));
    for (const area of AREAS_OF_76) expect(areas).toContain(area);
  });

  it.each([
    ["ENERGY_POVERTY", "FINANCIAL_AID"],
    ["CAREGIVERS", "WORKSHOP"],
    ["ADDICTIONS", "WORKSHOP"],
  ])("has %s of type %s in Seine-Maritime", (area, type) => {
    expect(lines.some((service) => service.areas.includes(area) && service.type === type)).toBe(true);
  });

  it("covers all 16 categories of themes and keeps homes in every département", () => {
    expect(world.services.length).toBeGreaterThanOrEqual(200);
    expect(new Set(world.services.flatMap((service) => service.themes)).size).toBe(69);
    expect(new Set(world.services.flatMap((service) => service.themes.map((theme) => theme.split("--")[0]))).size).toBe(16);
    const keeping = world.services.filter((service) => service.themes.includes("logement-hebergement--se-maintenir-dans-le-logement"));
    expect(new Set(keeping.map((service) => service.departmentCode)).size).toBe(5);
  });

  it("offers housing, employment and family support at the first house of Caen, and digital help on La Désirade", () => {
    const areas = new Set(world.services.filter((service) => service.siteIds.includes("mds-caen-1")).flatMap((service) => service.areas));
    expect(["HOUSING", "EMPLOYMENT", "FAMILY_SUPPORT"].every((area) => areas.has(area))).toBe(true);
    const digital = world.services.filter((service) => service.themes.some((theme) => theme.startsWith("numerique")));
    const there = digital.filter((service) => service.siteIds.some((id) => sites.get(id)?.communeCode === "97110"));
    expect(there.length).toBeGreaterThanOrEqual(4);
  });

  it("has services for the four publics of the Hauts-de-Seine", () => {
    const publics = new Set(world.services.filter((service) => service.departmentCode === "92").flatMap((service) => service.publics));
    expect(["SENIORS", "DISABLED_PEOPLE", "FAMILIES", "JOB_SEEKERS"].every((name) => publics.has(name))).toBe(true);
  });
});
