// The graph of *beneficiaries* on a real MongoDB: every field, entities by reference, and what MongoDB was asked.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { TestSubgraph } from "../harness/subgraph.ts";
import { DECIDING, DECIDING_AGAIN, openBeneficiaries, READ_PEOPLE, printCommands, READER } from "./beneficiaries-world.ts";

let subgraph: TestSubgraph;
beforeAll(async () => void (subgraph = await openBeneficiaries()));
afterAll(() => subgraph.close());

const EVERYTHING = `query ($id: ID!) {
  beneficiary(id: $id) {
    id pseudonym ageBand lifeStage publics
    identity {
      birthName usageName firstNames birthDate birthCommuneCode nir nirStatus
      contact { phone email preferred safeToContact language } localIdentifiers { system value }
    }
    residence { communeCode lat lon inPriorityDistrict homeless }
    household { id tenancy { landlordKind rentArrears hearingDate } members { role since until beneficiary { id ageBand } } }
    needs { id theme description severity status identifiedAt closedAt }
    assessments { id kind requestedBy requestedAt dueAt completedAt overdue conclusion needs { id } }
    pathways {
      id status openedAt closedAt closureReason beneficiary { id }
      referent { professional { id } since until }
      goals { id label agreedWithBeneficiary coSignedBy { id } dueOn status actions { id label status startsOn dueOn } }
      steps {
        __typename id kind status order plannedFor startedAt endedAt outcome
        ... on IntakeStep { withoutAppointment onlineProcedures }
        ... on AssessmentStep { assessment { id kind overdue needs { theme } } }
        ... on SupportStep { goals { id } }
        ... on ReferralStep { referral { id } }
      }
      timeline { at kind label stepId byPartnerId }
    }
    grants { id basis status purpose dataCategories toPartnerIds givenAt expiresAt withdrawnAt informedAt evidence }
    withheld { path reason }
    retention { state lastContactAt archiveOn destroyOn litigationHold }
  }
}`;

describe("a person's file", () => {
  it("answers every field", async () => {
    const { data, errors } = await subgraph.ask(EVERYTHING, { id: "b1" });
    expect(errors).toBeUndefined();
    const { beneficiary } = clone(data);
    expect(beneficiary).toMatchObject({
      id: "b1",
      ageBand: "A40_59",
      lifeStage: "ADULTHOOD",
      publics: ["FAMILIES", "WOMEN"],
      identity: { birthName: "Lefèvre", usageName: "N’Diaye-Lefèvre", firstNames: ["Aïssata", "Marie"], birthDate: "1985-06-15", birthCommuneCode: "92075", nir: null },
      residence: { communeCode: "92075", lat: 48.822, lon: 2.289, inPriorityDistrict: false, homeless: false },
      household: { id: "h1", tenancy: { landlordKind: "SOCIAL", rentArrears: true, hearingDate: "2026-05-12" } },
      retention: { state: "ACTIVE", lastContactAt: "2026-02-10T08:00:00.000Z", archiveOn: "2028-02-10", destroyOn: "2030-02-10", litigationHold: false },
    });
    expect(beneficiary.identity.contact).toMatchObject({ phone: "+33 6 39 98 00 01", safeToContact: true, language: expect.any(String) });
    expect(beneficiary.identity.localIdentifiers).toContainEqual({ system: "caf", value: "9200001" });
    expect(beneficiary.household.members).toEqual([
      { role: "APPLICANT", since: null, until: null, beneficiary: { id: "b1", ageBand: "A40_59" } },
      { role: "CHILD", since: "2020-02-29", until: null, beneficiary: { id: "c1", ageBand: "A6_10" } },
    ]);
    expect(beneficiary.needs.length).toBeGreaterThanOrEqual(3);
    expect(beneficiary.grants.map(({ basis, status }: Row) => `${basis} ${status}`)).toEqual([
      "SOCIAL_ACTION_COORDINATION ACTIVE",
      "LEGAL_OBLIGATION ACTIVE",
      "SOCIAL_ACTION_COORDINATION ACTIVE",
      "CONSENT ACTIVE",
    ]);
  });

  it("answers pathways oldest first, with goals, signatures and steps in their order (L17)", async () => {
    const { data } = await subgraph.ask(EVERYTHING, { id: "b1" });
    const { pathways } = clone(data).beneficiary;
    expect(pathways.map(({ id, closureReason }: Row) => [id, closureReason])).toEqual([["p0", "GOALS_MET"], ["p1", null]]);
    const [, open] = pathways;
    expect(open).toMatchObject({ openedAt: "2025-09-01", beneficiary: { id: "b1" }, referent: { professional: { id: "pro-92-referent" }, since: "2025-09-01", until: null } });
    expect(open.goals).toMatchObject([{ id: "g1", coSignedBy: [{ id: "pro-ngo-1" }], actions: [{ id: "a1", status: "IN_PROGRESS", dueOn: "2026-04-30" }] }]);
    expect(open.steps.map(({ id, __typename }: Row) => `${id} ${__typename}`)).toEqual([
      "s1 IntakeStep",
      "s2 AssessmentStep",
      "s3 SupportStep",
      "s4 ReferralStep",
      "s5 AssessmentStep",
      "s6 SupportStep",
    ]);
    expect(open.steps[0].onlineProcedures.length).toBeGreaterThan(0);
    expect(open.steps[1].assessment).toMatchObject({ id: "assessment-s2", kind: "GLOBAL", overdue: false });
    expect(open.steps[2].goals).toEqual([{ id: "g1" }]);
    expect(open.steps[3].referral).toEqual({ id: "r1" });
    expect(open.steps[4].assessment).toMatchObject({ kind: "EVICTION_SURVEY" });
  });

  it("is one query a collection and level, whatever the number of rows, and one for each kind of record that decides", async () => {
    await subgraph.ask(EVERYTHING, { id: "b1" });
    const rows = ["assessments", "assessments", "households", "pathways", "pathways", "personKeys", "steps"].map((name) => `find ${name}`);
    expect(printCommands(subgraph.commands)).toEqual([...rows, READ_PEOPLE, READ_PEOPLE, READ_PEOPLE, ...DECIDING, ...DECIDING_AGAIN].sort());
  });

  it("filters needs, pathways and steps by what is asked, without another query", async () => {
    const { data } = await subgraph.ask(`{ beneficiary(id: "b1") {
      identified: needs(status: IDENTIFIED) { status } met: needs(status: MET) { status }
      active: pathways(status: ACTIVE) { surveys: steps(kind: EVICTION_SURVEY) { id } missed: steps(status: MISSED) { id } all: steps { id } }
      completed: pathways(status: COMPLETED) { id }
    } }`);
    const { identified, met, active, completed } = clone(data).beneficiary;
    expect(identified.length).toBeGreaterThan(0);
    expect(identified.every(({ status }: Row) => status === "IDENTIFIED")).toBe(true);
    expect([met, completed]).toEqual([[], [{ id: "p0" }]]);
    expect(active).toEqual([{ surveys: [{ id: "s5" }], missed: [{ id: "s6" }], all: ["s1", "s2", "s3", "s4", "s5", "s6"].map((id) => ({ id })) }]);
    expect(printCommands(subgraph.commands)).toEqual([...DECIDING, "find pathways", READ_PEOPLE, "find steps"].sort());
  });

  it("is null for an unknown id", async () => {
    expect(await subgraph.ask(EVERYTHING, { id: "nobody" })).toEqual({ data: { beneficiary: null } });
    expect(await subgraph.ask('{ pathway(id: "none") { id } }')).toEqual({ data: { pathway: null } });
  });

  it("knows no residence of somebody whose commune is unknown", async () => {
    const { data } = await subgraph.ask('{ beneficiary(id: "b4") { residence { communeCode } pathways { id } needs { id } identity { nirStatus } } }');
    expect(clone(data).beneficiary).toEqual({ residence: null, pathways: [], needs: [], identity: { nirStatus: "ABSENT" } });
  });

  it("gives another pseudonym to another organisation, and never the id", async () => {
    const ask = async (partnerId: string | null) => clone((await subgraph.ask('{ beneficiary(id: "b1") { pseudonym } }', {}, { partnerId })).data).beneficiary.pseudonym;
    const [council, ngo, nobody] = [await ask("dept-92"), await ask("ngo-toit-et-vie"), await ask(null)];
    expect(new Set([council, ngo, nobody, "b1"]).size).toBe(4);
    expect(await ask("dept-92")).toBe(council);
  });

  it("says which fields the caller's scopes do not open", async () => {
    const { data } = await subgraph.ask('{ beneficiary(id: "b1") { withheld { path reason } } }', {}, { ...READER, scopes: new Set(["beneficiary:identity"]) });
    expect(clone(data).beneficiary.withheld).toEqual([
      { path: "assessments", reason: "NOT_HABILITATED" },
      { path: "identity.nir", reason: "NOT_HABILITATED" },
      { path: "appointments", reason: "NOT_HABILITATED" },
    ]);
  });
});

describe("an assessment", () => {
  it("is overdue once its legal deadline has passed, by the clock", async () => {
    const { data } = await subgraph.ask('{ beneficiary(id: "c1") { assessments { kind dueAt completedAt overdue } } }');
    expect(clone(data).beneficiary.assessments).toMatchObject([{ kind: "CHILD_AT_RISK", completedAt: null, overdue: true }]);
  });
});

describe("a timeline", () => {
  it("tells what happened, oldest first, without a name", async () => {
    const { data } = await subgraph.ask('{ pathway(id: "p1") { timeline { at kind label stepId byPartnerId } } }');
    const { timeline } = clone(data).pathway;
    expect(timeline.map(({ at, label }: Row) => `${at?.slice(0, 10)} ${label}`)).toEqual([
      "2025-09-01 Pathway opened",
      "2025-09-01 Intake started",
      "2025-09-01 Intake ended",
      "2025-09-15 Evaluation started",
      "2025-09-22 Evaluation ended",
      "2025-10-06 Support started",
      "2026-01-12 Home visit missed",
      "2026-02-10 Referral started",
    ]);
    expect(timeline.at(-1)).toMatchObject({ kind: "STEP_STARTED", stepId: "s4", byPartnerId: "ngo-toit-et-vie" });
  });

  it("keeps to the days that are asked for, both included", async () => {
    const query = 'query ($from: Date, $to: Date) { pathway(id: "p1") { timeline(from: $from, to: $to) { label } } }';
    const labels = async (period: Record<string, string>) => clone((await subgraph.ask(query, period)).data).pathway.timeline.map(({ label }: Row) => label);
    expect(await labels({ from: "2026-01-12" })).toEqual(["Home visit missed", "Referral started"]);
    expect(await labels({ from: "2025-09-15", to: "2025-09-15" })).toEqual(["Evaluation started"]);
    expect(await labels({ to: "2020-01-01" })).toEqual([]);
  });
});

describe("entities", () => {
  const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
    __typename
    ... on Beneficiary { id ageBand }
    ... on Pathway { id status }
    ... on IntakeStep { id order withoutAppointment }
    ... on AssessmentStep { id order assessment { kind needs { id } } }
    ... on SupportStep { id order goals { id } }
    ... on ReferralStep { id order referral { id } }
  } }`;
  const ask = async (representations: readonly object[]) => clone((await subgraph.ask(query, { representations })).data)._entities;

  it("are found by reference, an unknown one is null", async () => {
    const [person, path, nobody] = await ask([{ __typename: "Beneficiary", id: "b1" }, { __typename: "Pathway", id: "p1" }, { __typename: "Beneficiary", id: "no" }]);
    expect([person, path, nobody]).toEqual([{ __typename: "Beneficiary", id: "b1", ageBand: "A40_59" }, { __typename: "Pathway", id: "p1", status: "ACTIVE" }, null]);
  });

  it("of steps take the type of their kind when they are asked for as PathwayStep", async () => {
    const steps = await ask(["s1", "s2", "s3", "s4", "no-step"].map((id) => ({ __typename: "PathwayStep", id })));
    expect(steps).toMatchObject([
      { __typename: "IntakeStep", id: "s1", withoutAppointment: true },
      { __typename: "AssessmentStep", id: "s2", assessment: { kind: "GLOBAL" } },
      { __typename: "SupportStep", id: "s3", goals: [{ id: "g1" }] },
      { __typename: "ReferralStep", id: "s4", referral: { id: "r1" } },
      null,
    ]);
  });

  it("of steps are found by their own type, and not by another", async () => {
    const steps = await ask([
      { __typename: "IntakeStep", id: "s1" },
      { __typename: "AssessmentStep", id: "s2" },
      { __typename: "SupportStep", id: "s3" },
      { __typename: "ReferralStep", id: "s4" },
      { __typename: "ReferralStep", id: "s1" },
    ]);
    expect(steps.map((row: Row | null) => row?.__typename ?? null)).toEqual(["IntakeStep", "AssessmentStep", "SupportStep", "ReferralStep", null]);
  });

  it("are one query a type, with equal references asked for once", async () => {
    await ask([...Array(20).keys()].flatMap((index) => [{ __typename: "Beneficiary", id: ["b1", "b2"][index % 2] }, { __typename: "PathwayStep", id: `s${1 + (index % 4)}` }]));
    const rows = [...["assessments", "pathways", "steps"].map((name) => `find ${name}`), READ_PEOPLE];
    const commands = printCommands(subgraph.commands);
    expect([...new Set(commands)]).toEqual([...rows, ...DECIDING].sort());
    // People and steps are found side by side: when the rows of one come first, its people are decided on first.
    expect(commands.length).toBeLessThanOrEqual(rows.length + DECIDING.length + DECIDING_AGAIN.length);
  });

  it("are refused when the key is no text", async () => {
    const { data, errors } = await subgraph.ask(query, {
      representations: [
        { __typename: "Beneficiary", id: { $ne: null } },
        { __typename: "PathwayStep", id: ["s1"] },
        { __typename: "SupportStep", id: { $where: "1" } },
        { __typename: "Pathway" },
      ],
    });
    expect(clone(data)._entities).toEqual([null, null, null, null]);
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT" });
    expect(subgraph.commands).toEqual([]);
  });
});

describe("a person who asks about themself", () => {
  const self = { personId: "b1", scopes: new Set(["self:read", "beneficiary:identity"]) };

  it("reads their own file", async () => {
    const { data } = await subgraph.ask(EVERYTHING, { id: "b1" }, self);
    expect(clone(data).beneficiary.pathways).toHaveLength(2);
  });

  it("gets nobody else's file, pathway or step, by no way", async () => {
    const { data } = await subgraph.ask(
      `query ($representations: [_Any!]!) {
        beneficiary(id: "b2") { id } pathway(id: "p-child-1") { id }
        beneficiarySearch(input: { name: "petit", purpose: SELF_ACCESS }) { totalCount nodes { id } }
        possibleDuplicates(of: "b2") { score } ownDuplicates: possibleDuplicates(of: "b1", minScore: 0) { score }
        _entities(representations: $representations) { __typename }
      }`,
      { representations: [{ __typename: "Beneficiary", id: "b2" }, { __typename: "PathwayStep", id: "sc1" }, { __typename: "AssessmentStep", id: "sc1" }] },
      self,
    );
    expect(clone(data)).toEqual({
      beneficiary: null,
      pathway: null,
      beneficiarySearch: { totalCount: 0, nodes: [] },
      possibleDuplicates: null,
      ownDuplicates: [],
      _entities: [null, null, null],
    });
  });

  it("sees of the household themself only", async () => {
    const { data } = await subgraph.ask('{ beneficiary(id: "b1") { household { members { beneficiary { id } } } } }', {}, self);
    expect(clone(data).beneficiary.household.members).toEqual([{ beneficiary: { id: "b1" } }]);
  });
});

type Row = Readonly<Record<string, string | undefined>>;

/** Plain objects out of graphql-js' prototype-less ones, loosely typed for reading. */
function clone(data: unknown) {
  return JSON.parse(JSON.stringify(data));
}
