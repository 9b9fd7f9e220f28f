// The demonstration world as *beneficiaries* holds it: everything in it can be read, and it is alive on the day.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { createWorld, type World } from "../../subgraphs/world/world.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { DECIDING, openBeneficiaries, READ_PEOPLE, printCommands, TODAY } from "./beneficiaries-world.ts";

let demonstration: World;
let subgraph: TestSubgraph;
let answer: { readonly files: readonly File[]; readonly errors: unknown; readonly commands: readonly string[] };
beforeAll(async () => {
  demonstration = createWorld(TODAY);
  subgraph = await openBeneficiaries(demonstration);
  answer = await readFiles();
}, 120_000);
afterAll(() => subgraph.close());

const FILE = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Beneficiary {
  id pseudonym ageBand lifeStage publics residence { communeCode lat lon } household { id members { role since beneficiary { id } } tenancy { hearingDate } }
  identity { birthName firstNames birthDate nirStatus contact { preferred safeToContact language } localIdentifiers { system } }
  needs { id theme severity status identifiedAt closedAt } assessments { id kind requestedAt dueAt completedAt overdue needs { id } }
  pathways {
    id status openedAt closedAt closureReason referent { professional { id } since until }
    goals { id status actions { status } }
    steps { id kind status order outcome startedAt endedAt ... on AssessmentStep { assessment { id kind } } ... on SupportStep { goals { id } } ... on ReferralStep { referral { id } } ... on IntakeStep { onlineProcedures } }
    timeline { at kind label }
  }
  grants { basis status purpose dataCategories toPartnerIds givenAt expiresAt withdrawnAt } withheld { path } retention { state archiveOn }
} } }`;

async function readFiles() {
  const representations = demonstration.people.map(({ id }) => ({ __typename: "Beneficiary", id }));
  const { data, errors } = await subgraph.ask(FILE, { representations });
  return { files: JSON.parse(JSON.stringify(data))._entities as File[], errors, commands: printCommands(subgraph.commands) };
}

interface File {
  readonly id: string;
  readonly needs: readonly { readonly theme: string; readonly status: string }[];
  readonly assessments: readonly { readonly kind: string; readonly dueAt: string | null; readonly overdue: boolean }[];
  readonly pathways: readonly { readonly id: string; readonly status: string; readonly steps: readonly { readonly id: string; readonly kind: string }[] }[];
  readonly grants: readonly { readonly basis: string; readonly status: string }[];
  readonly retention: { readonly state: string };
}

describe("the demonstration", () => {
  it("answers every file whole, in one query a collection and level for all of them together, and decides in as many", async () => {
    const { files, errors, commands } = answer;
    expect(errors).toBeUndefined();
    expect(files.map(({ id }) => id)).toEqual(demonstration.people.map(({ id }) => id));
    expect(files.length).toBeGreaterThanOrEqual(400);
    const rows = ["assessments", "assessments", "households", "pathways", "pathways", "personKeys", "steps"].map((name) => `find ${name}`);
    expect(commands).toEqual([...rows, READ_PEOPLE, READ_PEOPLE, ...DECIDING].sort());
  });

  it("holds for b1 a pathway under way with an eviction survey, needs of several kinds and rights in force", async () => {
    const { files } = answer;
    const b1 = files.find(({ id }) => id === "b1");
    const active = b1?.pathways.filter(({ status }) => status === "ACTIVE") ?? [];
    expect(active.map(({ id }) => id)).toContain("p1");
    expect(active.flatMap(({ steps }) => steps.map(({ kind }) => kind))).toContain("EVICTION_SURVEY");
    expect(new Set(b1?.needs.filter(({ status }) => status === "IDENTIFIED").map(({ theme }) => theme.split("--")[0])).size).toBeGreaterThanOrEqual(3);
    expect(b1?.grants.filter(({ status }) => status === "ACTIVE").length).toBeGreaterThanOrEqual(2);
    expect(b1?.retention.state).toBe("ACTIVE");
  });

  it("holds a child at risk with its deadline, and grants that were withdrawn and opposed", async () => {
    const { files } = answer;
    const child = files.find(({ pathways }) => pathways.some(({ id }) => id === "p-child-1"));
    expect(child?.assessments.filter(({ kind }) => kind === "CHILD_AT_RISK").every(({ dueAt }) => dueAt !== null)).toBe(true);
    const statuses = new Set(files.flatMap(({ grants }) => grants.map(({ basis, status }) => `${basis} ${status}`)));
    expect([...statuses]).toEqual(expect.arrayContaining(["CONSENT ACTIVE", "CONSENT WITHDRAWN", "INSERTION_NETWORK OPPOSED", "CHILD_PROTECTION ACTIVE"]));
    expect([...statuses].filter((status) => /^(CHILD_PROTECTION|LEGAL_OBLIGATION) WITHDRAWN$/.test(status))).toEqual([]);
  });

  it("does not take any couple for one person", async () => {
    const couples = demonstration.people.filter(({ story, householdRole }) => story === "couple-sharing-a-phone" && householdRole === "APPLICANT");
    expect(couples).not.toEqual([]);
    for (const { id, householdId } of couples) {
      const { data } = await subgraph.ask("query ($id: ID!) { possibleDuplicates(of: $id, minScore: 0.75) { candidate { id } } }", { id });
      const found: { candidate: { id: string } }[] = JSON.parse(JSON.stringify(data)).possibleDuplicates;
      const household = demonstration.people.filter((person) => person.householdId === householdId).map((person) => person.id);
      expect(found.filter(({ candidate }) => household.includes(candidate.id))).toEqual([]);
    }
  });

  it("counts in every département without showing a cell of fewer than eleven people (L16)", async () => {
    const query = `query ($code: String, $groupBy: [StatsDimension!]!) {
      pathwayStats(filter: { departmentCode: $code, from: "2025-01-01", to: "2025-12-31" }, groupBy: $groupBy) { rows { keys value suppressed } suppressedCells } }`;
    for (const code of ["14", "76", "77", "92", "971"]) {
      for (const groupBy of [["STEP_KIND"], ["THEME"], ["AGE_BAND", "THEME"], ["TERRITORY", "THEME", "OUTCOME"], ["STEP_KIND", "OUTCOME", "MONTH"]]) {
        const { data, errors } = await subgraph.ask(query, { code, groupBy });
        expect(errors).toBeUndefined();
        const { rows } = JSON.parse(JSON.stringify(data)).pathwayStats as { rows: { value: number | null; suppressed: boolean }[] };
        for (const { value, suppressed } of rows) expect(suppressed ? value === null : Number(value) >= 11).toBe(true);
        if (groupBy.length === 1) expect(rows.filter(({ suppressed }) => !suppressed)).not.toEqual([]);
      }
    }
  });
});
