// Proof queries HS1 to HS12: poles, antennas, and the promise of twenty or fifteen minutes.
import { beforeAll, describe, expect, it } from "@jest/globals";

import { askAs, openSharedStack, type StackFacts } from "../harness/stack.ts";

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 120_000);
const anybody = (query: string) => askAs(stack, "anonymous", query);
const referent = (query: string) => askAs(stack, "hauts-de-seine-referent", query);

describe("Hauts-de-Seine", () => {
  it("HS1: the pole of Issy opened on a 26 September and serves four communes, Vanves among them", async () => {
    const { data, errors } = await anybody('{ sites(filter: { departmentCode: "92", kinds: [POLE_SOCIAL], communeCode: "92075" }) { nodes { name opensOn servesCommunes } } }');
    expect(errors).toEqual([]);
    expect(data.sites.nodes).toHaveLength(1);
    expect(data.sites.nodes[0]?.opensOn).toMatch(/-09-26$/);
    expect([...(data.sites.nodes[0]?.servesCommunes ?? [])].sort()).toEqual(["92023", "92040", "92048", "92075"]);
  });

  it("HS2: an antenna stands in each commune, under a pole", async () => {
    const { data } = await anybody(`{
      site(id: "pole-issy") { satellites { name kind address { communeName } } }
      sites(filter: { departmentCode: "92", kinds: [ANTENNE] }, first: 200) { nodes { parent { kind } address { communeCode } } } }`);
    expect(data.site.satellites.some(({ kind, address }) => kind === "ANTENNE" && address.communeName === "Vanves")).toBe(true);
    expect(new Set(data.sites.nodes.map(({ address }) => address.communeCode)).size).toBe(36);
    for (const { parent } of data.sites.nodes) expect(parent.kind).toBe("POLE_SOCIAL");
  });

  it("HS3: every resident has a pole within 20 minutes or else an antenna within 15", async () => {
    const query = `{ accessCoverage(departmentCode: "92", mode: PUBLIC_TRANSPORT) {
      share rule { siteKind maxMinutes orElse { siteKind maxMinutes } } rows { communeName minutes kept bestSite { kind } } } }`;
    const { data } = await anybody(query);
    expect(data.accessCoverage.rule).toEqual([{ siteKind: "POLE_SOCIAL", maxMinutes: 20, orElse: { siteKind: "ANTENNE", maxMinutes: 15 } }]);
    expect(data.accessCoverage.rows).toHaveLength(36);
    for (const { kept, minutes, bestSite } of data.accessCoverage.rows) {
      if (kept) expect(minutes).toBeLessThan(bestSite.kind === "POLE_SOCIAL" ? 20 : 15);
    }
    expect(data.accessCoverage.share).toBeGreaterThan(0.9);
  });

  it("HS4: the pole of Issy is next to the tramway and a station to come", async () => {
    const { data } = await anybody('{ site(id: "pole-issy") { transport { mode label walkMinutes availableFrom } } }');
    expect(data.site.transport.some(({ label }) => /tram/i.test(label))).toBe(true);
    expect(data.site.transport.some(({ label, availableFrom }) => /Grand Paris Express/.test(label) && availableFrom !== null)).toBe(true);
  });

  it("HS5: more than ten professions work at the pole", async () => {
    const { data } = await anybody('{ site(id: "pole-issy") { professionsPresent } }');
    expect(data.site.professionsPresent.length).toBeGreaterThanOrEqual(10);
  });

  it("HS6: it holds PMI, sexual health, social action and child welfare", async () => {
    const { data } = await anybody('{ site(id: "pole-issy") { units { kind label domains } } }');
    const kinds = data.site.units.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["RECEPTION", "EVALUATION", "SUPPORT", "PMI", "SEXUAL_HEALTH", "INSERTION", "CHILD_WELFARE"]));
  });

  it("HS7: reception, then evaluation of all fragilities, then support over time", async () => {
    const { data, errors } = await referent(`{ beneficiary(id: "b1") { pathways(status: ACTIVE) { steps { order kind status
      ... on IntakeStep { onlineProcedures } ... on AssessmentStep { assessment { kind needs { theme } } } } } } }`);
    expect(errors).toEqual([]);
    const steps = data.beneficiary.pathways[0]?.steps ?? [];
    const first = (kind: string) => steps.findIndex((step) => step.kind === kind);
    expect(steps.map(({ order }) => order)).toEqual([...steps.map(({ order }) => order)].sort((a, b) => a - b));
    expect(first("INTAKE")).toBe(0);
    expect(first("EVALUATION")).toBeGreaterThan(first("INTAKE"));
    expect(first("SUPPORT")).toBeGreaterThan(first("EVALUATION"));
    expect(steps[0]?.onlineProcedures.length).toBeGreaterThan(0);
    expect(steps[first("EVALUATION")]?.assessment.needs.length).toBeGreaterThan(1);
  });

  it("HS8: four sites were modernised before it", async () => {
    const { data } = await anybody('{ sites(filter: { departmentCode: "92", kinds: [POLE_SOCIAL] }) { nodes { opensOn address { communeName } } } }');
    const openings = new Map(data.sites.nodes.map(({ address, opensOn }) => [String(address.communeName), String(opensOn)]));
    expect(openings.get("Châtenay-Malabry")).toMatch(/^2016/);
    expect(openings.get("Villeneuve-la-Garenne")).toMatch(/^2018/);
    expect(openings.get("Châtillon")).toMatch(/^2019/);
    expect(openings.get("Asnières-sur-Seine")).toMatch(/^2023-06/);
  });

  it("HS9: 969 million euros went to solidarity in 2023", async () => {
    const { data } = await anybody('{ department(code: "92") { socialBudget(year: 2023) { amount currency } } }');
    expect(data.department.socialBudget).toEqual({ amount: 969_000_000, currency: "EUR" });
  });

  it("HS10: services address the elderly, disabled people, families and people in insertion", async () => {
    const { data } = await anybody("{ services(filter: { publics: [SENIORS, DISABLED_PEOPLE, FAMILIES, JOB_SEEKERS] }) { totalCount } }");
    expect(data.services.totalCount).toBeGreaterThan(4);
  });

  it("HS11: the PMI Mary Besseyre hosts the town's early-childhood staff", async () => {
    const { data, errors } = await anybody('{ sites(filter: { kinds: [PMI_CENTRE], communeCode: "92075" }) { nodes { name operator { name } hostedPartners { name kind } } } }');
    expect(errors).toEqual([]);
    const site = data.sites.nodes.find(({ name }) => name.includes("Mary Besseyre"));
    expect(site?.operator.name).toContain("Hauts-de-Seine");
    expect(site?.hostedPartners.some(({ kind }) => kind === "COMMUNE")).toBe(true);
  });

  it("HS12: support takes all difficulties into account", async () => {
    const { data } = await referent('{ beneficiary(id: "b1") { needs { theme severity status } identified: needs(status: IDENTIFIED) { status } } }');
    const categories = new Set(data.beneficiary.needs.map(({ theme }) => theme.split("--")[0]));
    expect(categories.size).toBeGreaterThanOrEqual(3);
    for (const { status } of data.beneficiary.identified) expect(status).toBe("IDENTIFIED");
    expect(data.beneficiary.identified.length).toBeGreaterThan(0);
  });
});
