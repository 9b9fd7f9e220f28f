// Proof queries SM1 to SM13: what the seed document of Seine-Maritime says, asked of the graph.
// Excepted: SM10's record-level secrecy, which comes with the policy; the child-at-risk evaluation itself is Q8.
import { beforeAll, describe, expect, it } from "@jest/globals";

import { askAs, openSharedStack, type StackFacts } from "../harness/stack.ts";

const AREAS_OF_WORK = [
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

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 120_000);
const anybody = (query: string) => askAs(stack, "anonymous", query);

describe("Seine-Maritime", () => {
  it("SM1: the département leads social solidarity", async () => {
    const { data, errors } = await anybody('{ department(code: "76") { leadAuthority { name kind siret } } }');
    expect(errors).toEqual([]);
    expect(data.department.leadAuthority).toMatchObject({ kind: "DEPARTMENT_COUNCIL", siret: expect.stringMatching(/^\d{14}$/) });
    expect(data.department.leadAuthority.name).toContain("Seine-Maritime");
  });

  it("SM2: it intervenes at all stages of life", async () => {
    const query = `{ pathwayStats(filter: { departmentCode: "76", from: "2025-01-01", to: "2025-12-31" }, groupBy: [AGE_BAND, THEME]) {
      columns threshold rows { keys value suppressed } } }`;
    const { data, errors } = await askAs(stack, "reporting-analyst", query);
    expect(errors).toEqual([]);
    expect(data.pathwayStats).toMatchObject({ columns: ["AGE_BAND", "THEME"], threshold: 11 });
    const ages = new Set(data.pathwayStats.rows.map((row) => row.keys[0]));
    expect([...ages].length).toBeGreaterThanOrEqual(4);
    for (const row of data.pathwayStats.rows) expect(row.suppressed).toBe(row.value === null);
  });

  it("SM3: its policies are ranked priorities with schemes", async () => {
    const { data } = await anybody('{ department(code: "76") { priorities { rank label schemes { label } } } }');
    const { priorities } = data.department;
    expect(priorities.map(({ rank }) => rank)).toEqual(priorities.map((_, index) => index + 1));
    expect(priorities.length).toBeGreaterThanOrEqual(4);
    expect(priorities.some(({ schemes }) => schemes.length > 0)).toBe(true);
  });

  it("SM4: it works in eleven areas, energy poverty and digitalisation among them", async () => {
    const query = `{ department(code: "76") { areasOfWork }
      services(filter: { areas: [ENERGY_POVERTY, DIGITALISATION] }) { totalCount nodes { name areas } } }`;
    const { data, errors } = await anybody(query);
    expect(errors).toEqual([]);
    expect([...data.department.areasOfWork].sort()).toEqual([...AREAS_OF_WORK].sort());
    expect(data.services.totalCount).toBeGreaterThan(0);
    for (const { areas } of data.services.nodes) {
      expect(areas.includes("ENERGY_POVERTY") || areas.includes("DIGITALISATION")).toBe(true);
    }
  });

  it("SM5: of its 26 lines, twelve address the public and the others say whom", async () => {
    const { data } = await anybody('{ partner(id: "dept-76") { services { id audience } } }');
    // Beside the 26 lines stands the housing fund, which the demonstration gives to each département for Q2.
    const lines = data.partner.services.filter(({ id }) => id !== "srv-76-se-maintenir-dans-le-logement");
    const audiences = lines.map(({ audience }) => audience);
    const counts = ["BENEFICIARIES", "PROFESSIONALS", "LOCAL_AUTHORITIES", "ASSOCIATIONS", "MEMBERS", "OWN_ROLE"].map(
      (audience) => audiences.filter((found) => found === audience).length,
    );
    expect(counts).toEqual([12, 4, 3, 1, 1, 5]);
  });

  it("SM6: public nursing homes and day centres for older people are open", async () => {
    const query = `{ sites(filter: { departmentCode: "76", kinds: [NURSING_HOME, DAY_CENTRE], status: OPEN }) {
      nodes { name kind address { communeName } services { name } } } }`;
    const { data, errors } = await anybody(query);
    expect(errors).toEqual([]);
    expect(new Set(data.sites.nodes.map(({ kind }) => kind))).toEqual(new Set(["NURSING_HOME", "DAY_CENTRE"]));
    for (const { address } of data.sites.nodes) expect(address.communeName).not.toBe("");
    expect(data.sites.nodes.some(({ services }) => services.length > 0)).toBe(true);
  });

  it("SM7: older and dependent people are cared for at home", async () => {
    const { data } = await anybody('{ services(filter: { areas: [ELDERLY], text: "domicile" }) { nodes { name eligibilityZone } } }');
    expect(data.services.nodes.some(({ eligibilityZone }) => eligibilityZone.includes("76"))).toBe(true);
  });

  it("SM8: shelters for victims of violence are there, and their place is nowhere", async () => {
    const query = `{ sites(filter: { departmentCode: "76", kinds: [SHELTER] }) {
      totalCount nodes { name addressConfidential address { line1 communeCode } servesCommunes } } }`;
    const { data } = await anybody(query);
    expect(data.sites.totalCount).toBeGreaterThan(0);
    for (const site of data.sites.nodes) expect(site).toMatchObject({ addressConfidential: true, address: null });
  });

  it("SM9: meeting points say when they are open", async () => {
    const { data } = await anybody("{ sites(filter: { kinds: [MEETING_POINT] }) { nodes { name openingHours } } }");
    expect(data.sites.nodes.length).toBeGreaterThan(0);
    for (const { openingHours } of data.sites.nodes) expect(openingHours).toMatch(/\d\d:\d\d-\d\d:\d\d/);
  });

  it("SM11: help against energy poverty says what to bring and what it costs", async () => {
    const query = "{ services(filter: { areas: [ENERGY_POVERTY], types: [FINANCIAL_AID] }) { nodes { name requiredDocuments fee } } }";
    const { data } = await anybody(query);
    expect(data.services.nodes.length).toBeGreaterThan(0);
    expect(data.services.nodes[0]?.requiredDocuments.length).toBeGreaterThan(0);
    expect(data.services.nodes[0]?.fee).toBe("FREE");
  });

  it("SM12: caregivers meet in groups of so many hours and weeks", async () => {
    const query = "{ services(filter: { areas: [CAREGIVERS], types: [WORKSHOP] }) { nodes { weeklyHours weeks } } }";
    const { data } = await anybody(query);
    expect(data.services.nodes.length).toBeGreaterThan(0);
    for (const { weeklyHours, weeks } of data.services.nodes) {
      expect(weeklyHours).toBeGreaterThan(0);
      expect(weeks).toBeGreaterThan(0);
    }
  });

  it("SM13: it trains the social workforce", async () => {
    const { data } = await anybody("{ services(filter: { audience: PROFESSIONALS, types: [TRAINING] }) { nodes { name publicsNote } } }");
    expect(data.services.nodes.some(({ publicsNote }) => publicsNote !== null)).toBe(true);
  });
});
