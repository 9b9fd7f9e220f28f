// Proof queries CA1 to CA11: the seven centres become twenty-five houses on 27 January 2025.
import { beforeAll, describe, expect, it } from "@jest/globals";

import { askAs, openSharedStack, type StackFacts } from "../harness/stack.ts";

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 120_000);
const anybody = (query: string) => askAs(stack, "anonymous", query);
const HOUSES = 'departmentCode: "14", kinds: [MAISON_DES_SOLIDARITES]';

describe("Calvados", () => {
  it("CA1: 25 houses are open on 27 January 2025", async () => {
    const { data, errors } = await anybody(`{ sites(filter: { ${HOUSES}, status: OPEN, onDate: "2025-01-27" }) { totalCount } }`);
    expect(errors).toEqual([]);
    expect(data.sites.totalCount).toBe(25);
  });

  it("CA2: they replace the seven centres médico-sociaux", async () => {
    const query = `{ sites(filter: { departmentCode: "14", kinds: [CENTRE_MEDICO_SOCIAL] }) {
      totalCount nodes { closesOn status before: status(onDate: "2025-01-26") after: status(onDate: "2025-01-27") replacedBy { id } } } }`;
    const { data } = await anybody(query);
    expect(data.sites.totalCount).toBe(7);
    for (const centre of data.sites.nodes) {
      expect(centre).toMatchObject({ closesOn: "2025-01-26", status: "REPLACED", before: "OPEN", after: "REPLACED" });
    }
    const houses = data.sites.nodes.flatMap(({ replacedBy }) => replacedBy.map(({ id }) => id));
    expect(new Set(houses).size).toBe(25);
  });

  it("CA3: the day before, every house is planned and none is open", async () => {
    const { data } = await anybody(`{
      planned: sites(filter: { ${HOUSES}, onDate: "2025-01-26" }) { nodes { status(onDate: "2025-01-26") } }
      open: sites(filter: { ${HOUSES}, status: OPEN, onDate: "2025-01-26" }) { totalCount } }`);
    expect(new Set(data.planned.nodes.map(({ status }) => status))).toEqual(new Set(["PLANNED"]));
    expect(data.open.totalCount).toBe(0);
  });

  it("CA4: the houses lie in the five areas of the département", async () => {
    const { data } = await anybody('{ territories(kind: LOCAL_AREA, departmentCode: "14") { name communes seats { name } } }');
    expect(data.territories.map(({ name }) => name).sort((a, b) => a.localeCompare(b, "fr"))).toEqual(
      ["Agglomération caennaise", "Bessin", "Bocage", "Pays d'Auge", "Suisse normande"].sort((a, b) => a.localeCompare(b, "fr")),
    );
    for (const { communes, seats } of data.territories) {
      expect(communes.length).toBeGreaterThan(0);
      expect(seats.length).toBeGreaterThan(0);
    }
  });

  it("CA5: each house has its whole team", async () => {
    const { data } = await anybody(`{ sites(filter: { ${HOUSES} }) { nodes { name professionsPresent staffing { profession filled } } } }`);
    const team = ["MEDICO_SOCIAL_SECRETARY", "SOCIAL_WORKER", "SPECIALISED_EDUCATOR", "CESF", "MIDWIFE", "PAEDIATRIC_NURSE"];
    expect(data.sites.nodes).toHaveLength(25);
    for (const { professionsPresent } of data.sites.nodes) expect(professionsPresent).toEqual(expect.arrayContaining(team));
  });

  it("CA6: a house in Caen helps with housing, work and family", async () => {
    const query = `{ site(id: "mds-caen-1") { services(filter: { areas: [HOUSING, EMPLOYMENT, FAMILY_SUPPORT] }) { name areas } } }`;
    const { data, errors } = await anybody(query);
    expect(errors).toEqual([]);
    const areas = data.site.services.flatMap((service) => [...service.areas]);
    expect(areas).toEqual(expect.arrayContaining(["HOUSING", "EMPLOYMENT", "FAMILY_SUPPORT"]));
  });

  it("CA7: 25,000 appointments and 2,500 home visits in the first year", async () => {
    const query = '{ siteActivity(from: "2025-01-27", to: "2026-01-26", departmentCode: "14") { site { kind } appointments homeVisits suppressed } }';
    const { data, errors } = await askAs(stack, "reporting-analyst", query);
    expect(errors).toEqual([]);
    const houses = data.siteActivity.filter(({ site }) => site.kind === "MAISON_DES_SOLIDARITES");
    expect(houses).toHaveLength(25);
    expect(houses.reduce((sum, { appointments }) => sum + appointments, 0)).toBe(25_000);
    expect(houses.reduce((sum, { homeVisits }) => sum + homeVisits, 0)).toBe(2_500);
  });

  it("CA8: one professional cannot answer every problem", async () => {
    const { data } = await askAs(stack, "hauts-de-seine-referent", '{ beneficiary(id: "b1") { careTeam { role professional { professionCode } partner { name } } } }');
    const { careTeam } = data.beneficiary;
    expect(new Set(careTeam.map(({ partner }) => partner.name)).size).toBeGreaterThanOrEqual(3);
    expect(careTeam.filter(({ role }) => role === "LEAD")).not.toHaveLength(0);
  });

  it("CA9: associations work in the houses", async () => {
    const { data, errors } = await anybody(`{ sites(filter: { ${HOUSES} }) { nodes { hostedPartners { name kind } } } }`);
    expect(errors).toEqual([]);
    for (const { hostedPartners } of data.sites.nodes) {
      expect(hostedPartners.some(({ kind }) => kind === "ASSOCIATION")).toBe(true);
    }
  });

  it("CA10: the places follow from who lives where", async () => {
    const query = '{ accessCoverage(departmentCode: "14") { share populationTotal rows { communeName population minutes bestSite { name } } } }';
    const { data } = await anybody(query);
    expect(data.accessCoverage.rows).toHaveLength(526);
    expect(data.accessCoverage.rows.reduce((sum, { population }) => sum + population, 0)).toBe(data.accessCoverage.populationTotal);
    expect(data.accessCoverage.share).toBeGreaterThan(0.7);
  });

  it("CA11: 600 agents work in them", async () => {
    const query = `{ sites(filter: { ${HOUSES} }) { nodes { id staffing { fullTimeEquivalent filled professional { id worksAt { name } } } } } }`;
    const { data, errors } = await anybody(query);
    expect(errors).toEqual([]);
    const agents = data.sites.nodes.flatMap(({ staffing }) => staffing.filter(({ filled }) => filled).map(({ professional }) => professional.id));
    expect(new Set(agents).size).toBe(600);
  });
});
