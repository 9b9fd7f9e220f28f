// Who must not even be known of: to an outsider a child whom only its protection made known is as little there as nobody
// (L4, CASF L.226-2-2). The answers are equal to the byte, and so is what MongoDB was asked.
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";

import { addDays } from "../../subgraphs/beneficiaries/calendar.ts";
import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import type { Caller } from "../../subgraphs/kit/kit.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, type SeenCommand, type TestSubgraph } from "../harness/subgraph.ts";
import { NIR_KEY, openBeneficiaries, pathway, person, step, world } from "./beneficiaries-world.ts";

const EVALUATOR: Partial<Caller> = { professionalId: "evaluator", partnerId: "dept-92", purpose: "CHILD_PROTECTION" };
const COLLEAGUE: Partial<Caller> = { professionalId: "colleague", partnerId: "dept-92", purpose: "CHILD_PROTECTION" };
const REFERENT: Partial<Caller> = { professionalId: "pro-92-referent", partnerId: "dept-92", purpose: "SUPPORT" };
const MAYOR: Partial<Caller> = { professionalId: "mayor", partnerId: "commune-92075", purpose: "SUPPORT" };
const NOBODY: Partial<Caller> = {};

const work = (id: string, profession: string, employerId = "dept-92") => ({ id, givenName: id, familyName: id, profession, employerId, siteIds: [], teamId: null });

/** c1 is being evaluated by one of two colleagues; c2 and the grown-up c3 live in the same home, b1 is their mother. */
function home() {
  const base = world();
  const evaluation = step("sc1", "CHILD_EVALUATION", { status: "IN_PROGRESS", outcome: null, endedAt: null, actors: [{ professionalId: "evaluator", role: "LEAD" }] });
  const support = step("sc2", "SUPPORT", { order: 2, status: "PLANNED", outcome: null, startedAt: null, endedAt: null, plannedFor: "2026-04-01" });
  return world({
    partners: [
      { id: "dept-92", kind: "DEPARTMENT_COUNCIL", departmentCode: "92" },
      { id: "commune-92075", kind: "COMMUNE", departmentCode: "92" },
    ] as never,
    professionals: [
      ...base.professionals,
      work("evaluator", "SUPPORT_SOCIAL_WORKER"),
      work("colleague", "SUPPORT_SOCIAL_WORKER"),
      work("mayor", "RECEPTION_SECRETARY", "commune-92075"),
    ] as never,
    people: [
      ...base.people,
      person("c2", { birthName: "Lefèvre", birthDate: "2012-01-01", householdId: "h1", householdRole: "CHILD" }),
      person("c3", { birthName: "Lefèvre", birthDate: "2005-01-01", householdId: "h1", householdRole: "CHILD" }),
    ],
    pathways: [...base.pathways.filter(({ personId }) => personId !== "c1"), pathway("p-child-1", "c1", [evaluation, support], { referentId: "evaluator" })],
  });
}

let subgraph: TestSubgraph;
beforeAll(async () => void (subgraph = await openBeneficiaries(home())));
afterAll(() => subgraph.close());

/** A pipeline tells it inside its first stage. */
function workOf(explained: unknown): { readonly documents: number; readonly rows: number } {
  type Explained = { readonly executionStats?: { readonly totalDocsExamined: number; readonly nReturned: number } };
  const [stage] = (explained as { readonly stages?: readonly { readonly $cursor: Explained }[] }).stages ?? [];
  const { executionStats } = stage?.$cursor ?? (explained as Explained);
  return { documents: executionStats?.totalDocsExamined ?? Number.NaN, rows: executionStats?.nReturned ?? Number.NaN };
}

const ask = async (query: string, variables: Record<string, unknown>, caller: Partial<Caller>) => JSON.parse(JSON.stringify((await subgraph.ask(query, variables, caller)).data));

describe("to an outsider a secret child is nobody", () => {
  const entity = (type: string) => `query ($id: ID!) { _entities(representations: [{ __typename: "${type}", id: $id }]) { ... on ${type} { id } } }`;
  const ROUTES: readonly (readonly [string, string, string])[] = [
    ["Query.beneficiary", "query ($id: ID!) { beneficiary(id: $id) { id pseudonym ageBand identity { birthName } withheld { path reason count } sharingTicket } }", "c1"],
    ["Query.pathway", "query ($id: ID!) { pathway(id: $id) { id status openedAt beneficiary { id } withheld { path reason } } }", "p-child-1"],
    ["Query.possibleDuplicates", "query ($id: ID!) { possibleDuplicates(of: $id) { score } }", "c1"],
    ["the entity Beneficiary", entity("Beneficiary"), "c1"],
    ["the entity Pathway", entity("Pathway"), "p-child-1"],
    ["the entity AssessmentStep", entity("AssessmentStep"), "sc1"],
    ["the entity SupportStep of its pathway", entity("SupportStep"), "sc2"],
  ];
  const OUTSIDERS: readonly (readonly [string, Partial<Caller>])[] = [
    ["the referent of the mother", REFERENT],
    ["a mayor's agent", MAYOR],
    ["a colleague for another purpose", { ...COLLEAGUE, purpose: "SUPPORT" }],
    ["the mother", { personId: "b1", purpose: "SELF_ACCESS", scopes: new Set(["self:read"]) }],
    ["nobody in particular", NOBODY],
  ];
  const printed = async (query: string, id: string, caller: Partial<Caller>) => {
    const answer = JSON.stringify(await subgraph.ask(query, { id }, caller)).replaceAll(id, "ID");
    // Of whom a colleague asks after reading a row is another id, in the same place.
    const commands = subgraph.commands.map(({ command: { lsid, $clusterTime, txnNumber, ...command } }) => JSON.stringify(command).replaceAll(id, "ID").replaceAll('["c1"]', '["ID"]'));
    return { answer, commands };
  };

  it.each(ROUTES.flatMap(([route, query, id]) => OUTSIDERS.map(([who, caller]) => ({ route, who, query, id, caller }))))(
    "by $route, for $who: equal bytes and equal commands",
    async ({ query, id, caller }) => {
      const secret = await printed(query, id, caller);
      expect(secret).toEqual(await printed(query, "no-such-id", caller));
      expect(secret.answer).toMatch(/null/);
    },
  );

  const routes = ROUTES.map(([route, query, id]) => ({ route, query, id }));
  it.each(routes)("by $route MongoDB reads of a secret one what it reads of nobody, and no document", async ({ query, id }) => {
    const explain = async ({ command: { lsid, $clusterTime, txnNumber, $db, ...explained } }: SeenCommand) =>
      workOf(await subgraph.store.connection.db?.command({ explain: explained, verbosity: "executionStats" }));
    const reads = async (asked: string) => {
      await subgraph.ask(query, { id: asked }, REFERENT);
      return Promise.all(subgraph.commands.filter(({ command }) => JSON.stringify(command).includes(`"${asked}"`)).map(explain));
    };
    const secret = await reads(id);
    expect(secret.length).toBeGreaterThan(0);
    expect(secret).toEqual(await reads("no-such-id"));
    expect(secret.every(({ documents }) => documents === 0)).toBe(true);
  });

  it("and by a search: neither found nor counted", async () => {
    const query = `query ($name: String) { beneficiarySearch(input: { name: $name, purpose: SUPPORT }) { totalCount nodes { id } pageInfo { endCursor hasNextPage } } }`;
    const { beneficiarySearch } = await ask(query, { name: "lefevre" }, REFERENT);
    expect(beneficiarySearch.nodes.map(({ id }: { id: string }) => id)).toEqual(["b1"]);
    expect(beneficiarySearch).toMatchObject({ totalCount: 1, pageInfo: { hasNextPage: false } });
  });

  it.each([
    ["a name", { name: "noé" }, { name: "zoé" }],
    ["a birth date", { birthDate: "2020-02-29" }, { birthDate: "1901-02-28" }],
    ["both", { name: "noé", birthDate: "2020-02-29" }, { name: "noé", birthDate: "1901-02-28" }],
  ])("of whom a search by %s fetches nothing, in equal commands", async (_, input, other) => {
    const SEARCH = "query ($input: BeneficiarySearchInput!) { beneficiarySearch(input: $input) { totalCount nodes { id } } }";
    const search = async (asked: Record<string, string>, caller: Partial<Caller>) => {
      const { data } = await subgraph.ask(SEARCH, { input: { ...asked, purpose: caller.purpose } }, caller);
      const commands = subgraph.commands.map(({ command: { lsid, $clusterTime, txnNumber, ...command } }) => command);
      const people = commands.filter(({ aggregate }) => aggregate === "people");
      const work = await Promise.all(people.map(async ({ $db, ...explained }) => workOf(await subgraph.store.connection.db?.command({ explain: explained, verbosity: "executionStats" }))));
      return { answer: JSON.stringify(data), commands: commands.map((command) => Object.entries(asked).reduce((text, [field, value]) => text.replaceAll(value.replace("é", "e"), field), JSON.stringify(command))), work };
    };
    // Nobody else is called so.
    await subgraph.store.connection.collection<{ _id: string }>("people").updateOne({ _id: "c1" }, { $addToSet: { "keys.prefixes": "noe" } } as never);
    const secret = await search(input, REFERENT);
    expect(secret).toEqual(await search(other, REFERENT));
    expect(secret.work).toEqual([{ documents: 0, rows: 0 }, { documents: 0, rows: 0 }]);
    expect((await search(input, EVALUATOR)).answer).toContain('"id":"c1"');
  });

  it("and what a search finds and counts is told on a beat each, whether somebody was looked at or not", async () => {
    const intervals = jest.spyOn(globalThis, "setInterval");
    const beats = async (name: string) => {
      intervals.mockClear();
      await subgraph.ask("query ($name: String) { beneficiarySearch(input: { name: $name, purpose: SUPPORT }) { totalCount nodes { id } } }", { name }, REFERENT);
      return intervals.mock.calls.filter(([, ms]) => ms === 20).length;
    };
    expect([await beats("lefevre"), await beats("nobody")]).toEqual([2, 2]);
    intervals.mockRestore();
  });

  it("and among those of a home, of whom the others alone are fetched", async () => {
    const members = async (caller: Partial<Caller>) => {
      const { beneficiary } = await ask('{ beneficiary(id: "b1") { household { members { beneficiary { id } } } } }', {}, caller);
      const isOfHome = ({ command }: SeenCommand) => command["aggregate"] === "people" && JSON.stringify(command).includes('"householdId"');
      const [command, ...more] = subgraph.commands.filter(isOfHome);
      const { lsid, $clusterTime, txnNumber, $db, ...explained } = command?.command ?? {};
      const work = workOf(await subgraph.store.connection.db?.command({ explain: explained, verbosity: "executionStats" }));
      return { ids: beneficiary.household.members.map((member: { beneficiary: { id: string } | null }) => member.beneficiary?.id), work, more };
    };
    const { ids, work, more } = await members(REFERENT);
    expect(more).toEqual([]);
    expect(ids).not.toContain("c1");
    expect(work.documents).toBe(ids.length);
  });

  it("while the evaluator finds the child by each of them", async () => {
    for (const [route, query, id] of ROUTES.filter(([name]) => !/Duplicates/.test(name))) {
      expect({ route, found: JSON.stringify(await ask(query, { id }, EVALUATOR)).includes(`"id":"${id}"`) }).toEqual({ route, found: true });
    }
  });
});

describe("the ground on which a child is protected", () => {
  const GRANTS = "query ($id: ID!) { beneficiary(id: $id) { grants { basis } withheld { path count } } }";
  const people = () => subgraph.store.connection.collection<{ _id: string }>("people");
  const read = async (caller: Partial<Caller>) => (await ask(GRANTS, { id: "c1" }, caller)).beneficiary;

  it("is shown to who protects the child, and neither to the guardian with the child's login nor counted (L4)", async () => {
    expect((await read(EVALUATOR)).grants).toContainEqual({ basis: "CHILD_PROTECTION" });
    const guardian = await read({ personId: "c1", purpose: "SELF_ACCESS", scopes: new Set(["self:read"]) });
    expect(guardian.grants).toEqual([{ basis: "SOCIAL_ACTION_COORDINATION" }]);
    expect(guardian.withheld).not.toContainEqual(expect.objectContaining({ path: "grants" }));
  });

  it("is not shown to who supports a child that is known for another reason", async () => {
    const member = { professionalId: "pro-92-referent", partnerId: "dept-92", role: "LEAD", since: "2025-01-01", until: null, childProtection: false };
    await people().updateOne({ _id: "c1" }, { $set: { protectedOnly: false }, $push: { team: member } } as never);
    expect((await read(REFERENT)).grants).toEqual([{ basis: "SOCIAL_ACTION_COORDINATION" }]);
    await people().updateOne({ _id: "c1" }, { $set: { protectedOnly: true }, $pop: { team: 1 } } as never);
  });
});

describe("a home in which a child is evaluated", () => {
  const HOME = "query ($id: ID!) { beneficiary(id: $id) { identity { birthName contact { phone } } household { id } needs { id } pathways { id } withheld { path reason } } }";
  const search = async (caller: Partial<Caller>) => {
    const { beneficiarySearch } = await ask("query ($purpose: Purpose!) { beneficiarySearch(input: { name: \"lefevre\", purpose: $purpose }) { nodes { id } } }", { purpose: caller.purpose }, caller);
    return beneficiarySearch.nodes.map(({ id }: { id: string }) => id);
  };

  it("opens the other minors' rows to the evaluation team (L5, CASF L.226-3), not the grown-ups'", async () => {
    expect(await search(EVALUATOR)).toEqual(["c1", "c2"]);
    expect((await ask(HOME, { id: "c2" }, EVALUATOR)).beneficiary).toMatchObject({ identity: { birthName: "Lefèvre", contact: null }, household: { id: "h1" }, needs: [], pathways: null });
    expect((await ask(HOME, { id: "c3" }, EVALUATOR)).beneficiary).toMatchObject({ identity: null, household: null, needs: null });
  });

  it("opens them to no colleague with the same missions, and to the evaluator for no other purpose", async () => {
    expect((await ask(HOME, { id: "c2" }, COLLEAGUE)).beneficiary).toMatchObject({ identity: null, household: null, needs: null });
    expect(await search({ ...EVALUATOR, purpose: "SUPPORT" })).toEqual([]);
  });

  it("closes them when the evaluation ends", async () => {
    const evaluations = subgraph.store.connection.collection("evaluations");
    await evaluations.updateMany({}, { $set: { closedAt: new Date("2026-03-01T00:00:00Z") } });
    expect((await ask(HOME, { id: "c2" }, EVALUATOR)).beneficiary).toMatchObject({ identity: null });
    await evaluations.updateMany({}, { $set: { closedAt: null } });
  });

  it("is not opened by a parent's consent, neither the mother's own nor one that she gave for the child (CASF L.226-2-2)", async () => {
    const grants = subgraph.store.connection.collection("grants");
    const consent = { basis: "CONSENT", status: "ACTIVE", purpose: "SUPPORT", dataCategories: ["IDENTITY", "PATHWAY", "NEEDS", "CHILD_PROTECTION"], toPartnerIds: ["dept-92"], givenAt: new Date("2026-01-01"), expiresAt: null, withdrawnAt: null, informedAt: new Date("2026-01-01"), informedException: null, professionalIds: [], evidence: null };
    await grants.insertMany([{ _id: "g-parent" as never, personId: "b1", ...consent }, { _id: "g-child" as never, personId: "c1", ...consent }]);
    expect(await ask(HOME, { id: "c1" }, REFERENT)).toEqual({ beneficiary: null });
    expect(await ask("query ($id: ID!) { pathway(id: $id) { id } }", { id: "p-child-1" }, REFERENT)).toEqual({ pathway: null });
    await grants.deleteMany({ _id: { $in: ["g-parent", "g-child"] as never[] } });
  });
});

describe("a mayor's agent", () => {
  const SEEN = "query ($id: ID!) { beneficiary(id: $id) { id ageBand publics needs { id } grants { id } pathways { id status openedAt closureReason goals { id } steps { id } timeline { label } referent { since } withheld { path reason } } } }";

  it("is told that support is coordinated, its state and its dates, and not why (CASF L.121-6-2)", async () => {
    const { beneficiary } = await ask(SEEN, { id: "b1" }, MAYOR);
    expect(beneficiary).toMatchObject({ ageBand: null, publics: null, needs: null, grants: null });
    expect(beneficiary.pathways).toContainEqual({
      id: "p1",
      status: "ACTIVE",
      openedAt: "2025-09-01",
      closureReason: null,
      goals: null,
      steps: null,
      timeline: null,
      referent: null,
      withheld: ["closureReason", "goals", "steps", "timeline", "referent"].map((path) => ({ path, reason: "PURPOSE_NOT_COVERED" })),
    });
  });

  it("is told so of nobody for whom no coordination was told, and sees no more where more was granted", async () => {
    expect((await ask(SEEN, { id: "b2" }, MAYOR)).beneficiary).toMatchObject({ pathways: null });
    const grants = subgraph.store.connection.collection("grants");
    await grants.updateMany({ toPartnerIds: "commune-92075" }, { $set: { dataCategories: ["COORDINATION", "NEEDS", "PATHWAY", "IDENTITY"] } });
    expect((await ask(SEEN, { id: "b1" }, MAYOR)).beneficiary).toMatchObject({ ageBand: null, needs: null, pathways: expect.arrayContaining([expect.objectContaining({ id: "p1", goals: null })]) });
  });
});

describe("a recognised disability among the publics", () => {
  it("is read with HEALTH only (CASF L.263-4-1), and nothing says that there is one", async () => {
    const people = subgraph.store.connection.collection("people");
    await people.updateOne({ _id: "b1" as never }, { $set: { publics: ["FAMILIES", "DISABLED_PEOPLE"] } });
    const { beneficiary } = await ask("query ($id: ID!) { beneficiary(id: $id) { publics withheld { path } } }", { id: "b1" }, REFERENT);
    expect(beneficiary.publics).toEqual(["FAMILIES"]);
    expect(beneficiary.withheld.map(({ path }: { path: string }) => path)).not.toContain("publics");
    expect((await ask("query ($id: ID!) { beneficiary(id: $id) { publics } }", { id: "b1" }, { personId: "b1" })).beneficiary.publics).toContain("DISABLED_PEOPLE");
  });
});

describe("a former referent", () => {
  const LEFT = "2026-01-31";
  /** On the day `on`, after the pathway closed on LEFT, with so many days of grace. */
  const reads = async (on: string, graceDays?: number) => {
    const closed = world({ partners: home().partners, pathways: [pathway("p-left", "b2", [step("s-left", "SUPPORT", { startedAt: "2026-01-10T08:00:00.000Z", endedAt: "2026-01-10T09:00:00.000Z" })], { openedOn: "2026-01-05", closedOn: LEFT, status: "TRANSFERRED" })] });
    const options = { blindingKey: NIR_KEY, tickets: createTestTickets().issuer, ...(graceDays !== undefined && { graceDays }) };
    const opened = await openTestSubgraph(createBeneficiaries(options), { at: `${on}T09:00:00Z`, world: closed });
    try {
      const { data } = await opened.ask('{ beneficiary(id: "b2") { ageBand } }', {}, REFERENT);
      return JSON.parse(JSON.stringify(data)).beneficiary.ageBand !== null;
    } finally {
      await opened.close();
    }
  };

  it("reads on for thirty days, then no more, by the clock alone", async () => {
    expect(await reads(addDays(LEFT, 30))).toBe(true);
    expect(await reads(addDays(LEFT, 31))).toBe(false);
  });

  it("reads on for as long as the operator says", async () => {
    expect(await reads(addDays(LEFT, 1), 0)).toBe(false);
    expect(await reads(addDays(LEFT, 60), 60)).toBe(true);
  });
});

describe("a pathway in which one step protects a child", () => {
  it("does not tell of that step to who reads the pathway, neither among its steps nor in its timeline (L4)", async () => {
    const read = async (caller: Partial<Caller>) => {
      const { steps, timeline, withheld } = (await ask('{ pathway(id: "p1") { steps { id } timeline { stepId } withheld { path } } }', {}, caller)).pathway;
      return { steps: steps.map(({ id }: { id: string }) => id), events: new Set(timeline.map(({ stepId }: { stepId: string | null }) => stepId)), withheld };
    };
    const before = await read(REFERENT);
    const [secret] = before.steps;
    expect(before.events.has(secret)).toBe(true);
    const steps = subgraph.store.connection.collection<{ _id: string }>("steps");
    await steps.updateOne({ _id: secret }, { $set: { childProtection: true } });
    const after = await read(REFERENT);
    await steps.updateOne({ _id: secret }, { $set: { childProtection: false } });
    expect(after).toEqual({ steps: before.steps.slice(1), events: new Set([...before.events].filter((id) => id !== secret)), withheld: before.withheld });
  });
});
