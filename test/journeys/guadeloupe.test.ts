// Proof queries GU1 to GU13: thirteen seats, thirty minutes, and the sea between the islands.
import { beforeAll, describe, expect, it } from "@jest/globals";

import { askAs, openSharedStack, type StackFacts } from "../harness/stack.ts";

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 120_000);
const anybody = (query: string) => askAs(stack, "anonymous", query);
const referent = (query: string) => askAs(stack, "hauts-de-seine-referent", query);
const SEATS = 'departmentCode: "971", kinds: [TIS_SEAT]';

describe("Guadeloupe", () => {
  it("GU1: any seat is less than 30 minutes away, by land or boat, or the graph says where not", async () => {
    const query = `{ accessCoverage(departmentCode: "971", mode: MIXED) { share rule { siteKind maxMinutes } rows { communeCode minutes kept } }
      sites(filter: { ${SEATS}, walkIn: true }) { totalCount } }`;
    const { data, errors } = await anybody(query);
    expect(errors).toEqual([]);
    expect(data.accessCoverage.rule).toEqual([{ siteKind: "TIS_SEAT", maxMinutes: 30 }]);
    expect(data.accessCoverage.rows).toHaveLength(32);
    for (const { minutes, kept } of data.accessCoverage.rows) expect(kept).toBe(minutes !== null && minutes < 30);
    expect(data.sites.totalCount).toBe(13);
  });

  it("GU2: thirteen territories have a seat that receives without appointment", async () => {
    const { data } = await anybody('{ territories(kind: TIS, departmentCode: "971") { code communes seats { name walkIn } } }');
    expect(data.territories).toHaveLength(13);
    expect(new Set(data.territories.flatMap(({ communes }) => [...communes])).size).toBe(32);
    for (const { seats } of data.territories) expect(seats.some(({ walkIn }) => walkIn)).toBe(true);
  });

  it("GU3: fourteen secretaries and seventeen social workers receive in eight pairs and five trios", async () => {
    const { data } = await anybody(`{ sites(filter: { ${SEATS} }) { nodes { staffing { profession filled team { id kind } } } } }`);
    const posts = data.sites.nodes.flatMap(({ staffing }) => [...staffing]).filter(({ filled }) => filled);
    const teams = new Map(posts.filter(({ team }) => team !== null).map(({ team }) => [String(team.id), String(team.kind)]));
    const kinds = [...teams.values()];
    expect(posts.filter(({ profession }) => profession === "RECEPTION_SECRETARY")).toHaveLength(14);
    expect(posts.filter(({ profession }) => profession === "RECEPTION_SOCIAL_WORKER")).toHaveLength(17);
    expect([kinds.filter((kind) => kind === "PAIR").length, kinds.filter((kind) => kind === "TRIO").length]).toEqual([8, 5]);
  });

  it("GU4: territories are grouped by intercommunal territory", async () => {
    const { data } = await anybody('{ territories(kind: TAS, departmentCode: "971") { name children { code name } } }');
    expect(data.territories.flatMap(({ children }) => [...children])).toHaveLength(13);
  });

  it("GU5: the organisation dates from 2018", async () => {
    const { data } = await anybody('{ territory(code: "971-TIS-01") { validFrom validTo parent { name } } }');
    expect(data.territory.validFrom).toMatch(/^2018/);
    expect(data.territory.validTo).toBeNull();
    expect(data.territory.parent.name).not.toBe("");
  });

  it("GU6: action plans are agreed with the person and with others, France Travail among them", async () => {
    const { data, errors } = await referent('{ beneficiary(id: "b1") { pathways { goals { label agreedWithBeneficiary coSignedBy { employer { name formerNames { name until } } } } } } }');
    expect(errors).toEqual([]);
    const goals = data.beneficiary.pathways.flatMap((pathway) => [...pathway.goals]);
    const signed = goals.flatMap(({ coSignedBy }) => coSignedBy.map(({ employer }) => employer));
    expect(goals.some(({ agreedWithBeneficiary }) => agreedWithBeneficiary)).toBe(true);
    expect(signed.some(({ formerNames }) => formerNames.some(({ name }) => /pôle emploi/i.test(name)))).toBe(true);
  });

  it("GU7: Pôle emploi is France Travail since 1 January 2024", async () => {
    const { data } = await anybody('{ partners(filter: { text: "Pôle emploi" }) { nodes { id name formerNames { name until } } } }');
    const national = data.partners.nodes.find(({ id }) => id === "france-travail");
    expect(national).toMatchObject({ name: "France Travail", formerNames: [{ name: "Pôle emploi", until: "2023-12-31" }] });
  });

  it("GU8: collective actions take place in the neighbourhood", async () => {
    const { data } = await referent('{ beneficiary(id: "b1") { appointments { kind startsAt } pathways { steps(kind: COLLECTIVE_ACTION) { status } } } }');
    expect(data.beneficiary.appointments.some(({ kind }) => kind === "COLLECTIVE")).toBe(true);
    expect(data.beneficiary.pathways.flatMap(({ steps }) => [...steps])).not.toHaveLength(0);
  });

  it("GU9: 67 support workers work in teams of one, two or three communes, over all 32", async () => {
    const { data } = await anybody('{ sites(filter: { departmentCode: "971" }, first: 200) { nodes { staffing { profession filled professional { id } team { id kind communes } } } } }');
    const workers = data.sites.nodes.flatMap(({ staffing }) => [...staffing]).filter(({ profession, filled }) => filled && profession === "SUPPORT_SOCIAL_WORKER");
    expect(new Set(workers.map(({ professional }) => professional.id)).size).toBe(67);
    for (const { team } of workers) {
      expect(team.kind).toBe("COMMUNE_TEAM");
      expect([1, 2, 3]).toContain(team.communes.length);
    }
    expect(new Set(workers.flatMap(({ team }) => [...team.communes])).size).toBe(32);
  });

  it("GU10: an eviction survey is made at the State's request, by its deadline", async () => {
    const { data } = await referent('{ pathway(id: "p1") { steps(kind: EVICTION_SURVEY) { status ... on AssessmentStep { assessment { requestedBy dueAt overdue } } } } }');
    expect(data.pathway.steps).not.toHaveLength(0);
    expect(data.pathway.steps[0]?.assessment.requestedBy).toMatch(/préf/i);
    expect(data.pathway.steps[0]?.assessment.dueAt).not.toBeNull();
  });

  it("GU12: the review of 2021 concluded on reception pairs and on eviction surveys", async () => {
    const { data } = await anybody('{ department(code: "971") { schemes { label evaluations { year conclusions } } } }');
    const review = data.department.schemes.flatMap(({ evaluations }) => [...evaluations]).find(({ year }) => year === 2021);
    expect(review?.conclusions.length).toBeGreaterThanOrEqual(2);
    expect(review?.conclusions.join(" ")).toMatch(/binômes/);
    expect(review?.conclusions.join(" ")).toMatch(/expulsions/);
  });

  it("GU13: each seat has its reception and its support", async () => {
    const { data } = await anybody(`{ sites(filter: { ${SEATS} }) { nodes { units { kind } } } }`);
    for (const { units } of data.sites.nodes) {
      expect(units.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["RECEPTION", "SUPPORT"]));
    }
  });
});
