// The operations of `queries/`, asked as the persona whose question it is. Q3 and Q5 are mutations and come later.
import { beforeAll, describe, expect, it } from "@jest/globals";

import { askAs, openSharedStack, readOperation, type Answer, type Json, type StackFacts } from "../harness/stack.ts";

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 120_000);

async function run(operation: string, persona: string, variables: Record<string, unknown> = {}): Promise<Json> {
  const { data, errors }: Answer = await askAs(stack, persona, await readOperation(operation), variables);
  expect(errors).toEqual([]);
  return data;
}

describe("Q1, the full support pathway", () => {
  it("assembles b1's pathway over at least six partners, with every branch filled and no error", async () => {
    const { beneficiary } = await run("01_full_support_pathway", "hauts-de-seine-referent", { id: "b1" });
    const [pathway] = beneficiary.pathways;
    const partners = new Set(pathway.steps.map(({ leadPartner }) => leadPartner.name));
    const kinds = new Set(pathway.steps.map(({ kind }) => kind));
    const referrals = pathway.steps.filter(({ kind }) => kind === "REFERRAL").map(({ referral }) => referral);
    expect(partners.size).toBeGreaterThanOrEqual(6);
    expect([...kinds].sort()).toEqual(
      ["COLLECTIVE_ACTION", "EVALUATION", "EVICTION_SURVEY", "FINANCIAL_AID", "HOME_VISIT", "INTAKE", "REFERRAL", "SUPPORT"].sort(),
    );
    expect(beneficiary).toMatchObject({
      identity: { contact: { safeToContact: expect.any(Boolean) } },
      household: { tenancy: { rentArrears: true, hearingDate: expect.any(String) } },
    });
    for (const part of ["needs", "careTeam", "nearestSites", "grants"]) expect(beneficiary[part]).not.toHaveLength(0);
    expect(pathway.referent.professional.employer.name).toContain("Hauts-de-Seine");
    expect(pathway.goals.some(({ coSignedBy }) => coSignedBy.length > 0)).toBe(true);
    expect(pathway.goals.some(({ actions }) => actions.length > 0)).toBe(true);
    expect(pathway.steps.every(({ actors }) => actors.length > 0)).toBe(true);
    expect(pathway.steps.some(({ appointments }) => appointments.some(({ site }) => site !== null))).toBe(true);
    expect(referrals.length).toBeGreaterThanOrEqual(2);
    for (const referral of referrals) {
      expect(referral.receiver.phone).toMatch(/^\+?[\d ]+$/);
      expect(referral.agreementInForce.legalBasis).not.toBe("");
      expect(referral.service.sites.length).toBeGreaterThan(0);
      expect(referral.history.length).toBeGreaterThan(0);
    }
  });
});

describe("Q2, what can this person get near home", () => {
  it("lists eligible services with their capacity and sites", async () => {
    const { beneficiary } = await run("02_find_service", "hauts-de-seine-referent", { id: "b1" });
    expect(beneficiary.eligibleServices).not.toHaveLength(0);
    for (const { match, service } of beneficiary.eligibleServices) {
      expect(["ELIGIBLE", "PROBABLE", "TO_CHECK"]).toContain(match);
      expect(service.provider.name).not.toBe("");
    }
    expect(beneficiary.nearestSites).toEqual([]); // Hauts-de-Seine has poles and antennas, no maison des solidarités.
  });

  it("finds the houses of a person who lives in Calvados, nearest first", async () => {
    const query = '{ beneficiarySearch(input: { communeCode: "14118", purpose: SUPPORT }, first: 200) { nodes { id residence { communeCode } } } }';
    const { data } = await askAs(stack, "calvados-social-worker", query);
    // Whose residence is read is in the social worker's care.
    const { id } = data.beneficiarySearch.nodes.find(({ residence }) => residence !== null);
    const { beneficiary } = await run("02_find_service", "calvados-social-worker", { id });
    const minutes = beneficiary.nearestSites.map((near) => near.minutes);
    expect(minutes).toHaveLength(3);
    expect(minutes).toEqual([...minutes].sort((a, b) => a - b));
  });
});

describe("Q4, an NGO's inbox", () => {
  it("shows what has waited for more than ten days, longest first, by pseudonym", async () => {
    const { referralInbox } = await run("04_inbox", "ngo-referral-officer", { partner: "ngo-toit-et-vie" });
    const sent = referralInbox.nodes.map(({ sentAt }) => sentAt);
    expect(referralInbox.nodes.length).toBeGreaterThanOrEqual(12);
    expect(sent).toEqual([...sent].sort());
    for (const { status, sentAt, beneficiary } of referralInbox.nodes) {
      expect(["REQUESTED", "RECEIVED"]).toContain(status);
      expect(Date.parse(sentAt)).toBeLessThan(Date.parse("2026-03-02T09:00:00Z") - 10 * 86_400_000);
      expect(beneficiary.pseudonym).not.toMatch(/^b\d/);
    }
  });
});

describe("Q6, who saw my file", () => {
  it("E1: the person reads all that is kept about her, and is told what is not hers to read", async () => {
    const { accessLog, beneficiary } = await run("E1_export", "person-b1", { id: "b1" });
    expect(beneficiary.identity).toMatchObject({ birthName: expect.any(String), contact: { phone: expect.any(String) } });
    for (const part of ["needs", "assessments", "careTeam", "appointments", "referrals", "pathways", "grants"]) expect([part, beneficiary[part]?.length > 0]).toEqual([part, true]);
    const hidden = [{ path: "identity.nir", reason: "NOT_HABILITATED" }, { path: "household.members", reason: "NO_GRANT" }];
    expect(beneficiary.withheld).toEqual(hidden.map((one) => ({ ...one, count: null })));
    expect(accessLog.totalCount).toBeGreaterThan(0);
  });

  it("is answered to the person", async () => {
    const { accessLog, beneficiary } = await run("06_who_saw_me", "person-b1", { id: "b1" });
    const read = accessLog.nodes.map(({ at }) => at);
    expect(accessLog.totalCount).toBeGreaterThan(0);
    expect(read).toEqual([...read].sort().reverse());
    expect(beneficiary.grants).not.toHaveLength(0);
  });
});

describe("Q7, Calvados' reorganisation", () => {
  it("tells for each of the 25 houses what it replaces, who works there and what it offers", async () => {
    const { sites } = await run("07_reorganisation", "anonymous");
    expect(sites.totalCount).toBe(25);
    for (const house of sites.nodes) {
      expect(house.opensOn).toBe("2025-01-27");
      expect(house.replaces).toEqual([expect.objectContaining({ kind: "CENTRE_MEDICO_SOCIAL", closesOn: "2025-01-26" })]);
    }
  });
});

describe("Q8, a child at risk", () => {
  it("shows the actors bound by secrecy, the siblings and the three-month deadline", async () => {
    const { pathway } = await run("08_child_at_risk", "crip-professional", { pathway: "p-child-1" });
    const [step] = pathway.steps;
    expect(pathway.beneficiary.household.members.length).toBeGreaterThanOrEqual(3);
    expect(step.actors.length).toBeGreaterThan(0);
    for (const { professional } of step.actors) {
      expect(professional).toMatchObject({ boundBySecrecy: true, secrecyBasis: expect.any(String), habilitation: { active: true } });
    }
    const { kind, requestedAt, dueAt } = step.assessment;
    expect(kind).toBe("CHILD_AT_RISK");
    expect(Date.parse(dueAt) - Date.parse(requestedAt)).toBeLessThanOrEqual(93 * 86_400_000);
  });
});

describe("Q9, the public directory near La Désirade", () => {
  it("finds digital help in range, nearest first", async () => {
    const { services } = await run("09_directory", "anonymous");
    const distances = services.edges.map(({ distanceKm }) => distanceKm).filter((distance) => distance !== null);
    expect(services.totalCount).toBe(services.edges.length);
    expect(distances.length).toBeGreaterThan(0);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(Math.max(...distances)).toBeLessThanOrEqual(60);
  });
});

describe("Q10, possible duplicates", () => {
  it("does not take a couple with one phone, one CAF number and one first name for one person", async () => {
    const { possibleDuplicates } = await run("10_duplicates", "data-steward", { id: "b2" });
    expect(possibleDuplicates.map(({ candidate }) => candidate.id)).not.toContain("b3");
    for (const { score } of possibleDuplicates) expect(score).toBeGreaterThanOrEqual(0.75);
  });
});

describe("reports", () => {
  it("R1: the promise of Hauts-de-Seine, commune by commune", async () => {
    const { accessCoverage } = await run("R1_coverage", "reporting-analyst");
    const covered = accessCoverage.rows.filter(({ kept }) => kept).reduce((sum, { population }) => sum + population, 0);
    expect(accessCoverage.populationCovered).toBe(covered);
    expect(accessCoverage.share).toBeCloseTo(covered / accessCoverage.populationTotal, 6);
  });

  it("R2: the year of Calvados' houses, with no-shows and waiting days", async () => {
    const { siteActivity } = await run("R2_activity", "reporting-analyst");
    const houses = siteActivity.filter(({ site }) => site.replaces.length > 0);
    expect(houses).toHaveLength(25);
    for (const { noShowRate, medianWaitDays } of houses) {
      expect(noShowRate).toBeGreaterThan(0);
      expect(noShowRate).toBeLessThan(0.5);
      expect(medianWaitDays).toBeGreaterThan(0);
    }
  });

  it.each([
    ["R3_funnel", "referralStats", ["RECEIVER", "STATUS", "REFUSAL_REASON"]],
    ["R4_needs", "pathwayStats", ["TERRITORY", "THEME", "OUTCOME"]],
    ["R6_deadlines", "pathwayStats", undefined],
  ])("%s: counts of eleven and more, and null where fewer", async (operation, field, columns) => {
    const table = (await run(operation, "reporting-analyst"))[field];
    const suppressed = table.rows.filter((row) => row.suppressed);
    if (columns !== undefined) expect(table.columns).toEqual(columns);
    expect(table.threshold).toBe(11);
    if (table.suppressedCells !== undefined) expect(table.suppressedCells).toBe(suppressed.length);
    expect(table.rows.length).toBeGreaterThan(suppressed.length);
    for (const { value, suppressed: hidden } of table.rows) {
      if (hidden) expect(value).toBeNull();
      else expect(value).toBeGreaterThanOrEqual(11);
    }
  });

  it("R5: the board of a département out of three subgraphs", async () => {
    const board = await run("R5_composite", "reporting-analyst");
    expect(board.department.socialBudget.amount).toBe(969_000_000);
    expect(board.accessCoverage.share).toBeGreaterThan(0);
    expect(board.referralStats.rows).not.toHaveLength(0);
    expect(board.siteActivity).not.toHaveLength(0);
  });
});
