// The scope of a search and the decision about one file are one rule in two forms: here each is held against the other, over
// the demonstration world and over random files, and the queries that carry it are looked at.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { createBlinding } from "../../subgraphs/beneficiaries/blinding.ts";
import { decide, type Asker, type File, type When } from "../../subgraphs/beneficiaries/decide.ts";
import { scopeStages } from "../../subgraphs/beneficiaries/filters.ts";
import { createJudge } from "../../subgraphs/beneficiaries/judge.ts";
import { openModels } from "../../subgraphs/beneficiaries/models.ts";
import type { Drafts, PersonDraft, StandingRow } from "../../subgraphs/beneficiaries/rows.ts";
import { searchablePeople } from "../../subgraphs/beneficiaries/scope.ts";
import { toDocuments } from "../../subgraphs/beneficiaries/seed.ts";
import { ANONYMOUS, createClock, type Caller } from "../../subgraphs/kit/kit.ts";
import { PURPOSES, SHARING_BASES, UNAUDITED, type Purpose } from "../../subgraphs/law/law.ts";
import { createWorld } from "../../subgraphs/world/world.ts";
import { PERSONAS } from "../../deploy/personas.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { explainStages, NIR_KEY, NOW, openBeneficiaries, SLOW_STAGES, TODAY } from "./beneficiaries-world.ts";

const WHEN: When = { now: new Date(NOW), today: TODAY, graceDays: 30 };

/** On a machine that does much else. */
const SEEDING_MS = 120_000;

type Files = Pick<Drafts, "people" | "grants" | "standings" | "agreements" | "emergencies" | "evaluations">;

/** Whom the asker finds, each person decided for themself. */
function decidedOneByOne(asker: Asker, files: Files): string[] {
  const grants = Map.groupBy(files.grants, ({ personId }) => personId);
  const mine = files.emergencies.filter(({ professionalId }) => professionalId === asker.professionalId);
  const evaluations = files.evaluations.filter(({ professionalIds }) => professionalIds.includes(asker.professionalId ?? ""));
  const fileOf = (person: PersonDraft): File => ({
    person,
    grants: grants.get(person._id) ?? [],
    emergencies: mine.filter(({ personId }) => personId === person._id),
    evaluations: evaluations.filter(({ householdId }) => householdId === person.householdId),
  });
  const isFound = (person: PersonDraft): boolean => {
    const may = (category: "IDENTITY" | "CHILD_PROTECTION") => decide(category, asker, fileOf(person), WHEN).allowed;
    return may("IDENTITY") && (!person.protectedOnly || asker.personId === person._id || may("CHILD_PROTECTION"));
  };
  return files.people.filter(isFound).map(({ _id }) => _id).sort();
}

async function foundByScope(subgraph: TestSubgraph, scope: Parameters<typeof scopeStages>[0], among: object = {}): Promise<string[]> {
  const rows = await subgraph.store.connection
    .collection("people")
    .aggregate([{ $match: among }, ...scopeStages(scope), { $project: { _id: 1 } }])
    .toArray();
  return rows.map(({ _id }) => String(_id)).sort();
}

describe("over the demonstration world", () => {
  const world = createWorld(TODAY);
  const files = toDocuments(world, createBlinding(NIR_KEY));
  let subgraph: TestSubgraph;
  beforeAll(async () => void (subgraph = await openBeneficiaries(world)), SEEDING_MS);
  afterAll(() => subgraph.close());

  const standings = new Map(files.standings.map((one) => [one._id, one]));
  /** One professional of each kind, for each purpose that they are habilitated for. */
  const oneOfEachKind = Object.values(Object.groupBy(files.standings, ({ partnerKind, profession, missions }) => JSON.stringify([partnerKind, profession, missions]))).flatMap(
    (all) => all?.slice(-1) ?? [],
  );
  const callers: Partial<Caller>[] = [
    ...PERSONAS.flatMap(({ claims }) => (claims === null ? [] : [callerOf(claims)])),
    ...oneOfEachKind.flatMap(({ _id, partnerId, habilitation }) => (habilitation?.purposes ?? []).map((purpose) => ({ professionalId: _id, partnerId, purpose: purpose as Purpose }))),
  ];

  it(`a search reaches exactly those whose identity is decided to be readable, for ${callers.length} callers`, async () => {
    let found = 0;
    for (const said of callers) {
      const caller: Caller = { ...ANONYMOUS, ...said };
      const asker: Asker = {
        ...caller,
        standing: standings.get(caller.professionalId ?? "") ?? null,
        agreements: files.agreements.filter(({ partyIds }) => partyIds.includes(caller.partnerId ?? "")),
      };
      const judge = createJudge(openedModels(subgraph), { caller, clock: createClock(NOW), audit: UNAUDITED }, WHEN.graceDays);
      const reached = await foundByScope(subgraph, await judge.searchable());
      expect({ said, reached }).toEqual({ said, reached: decidedOneByOne(asker, files) });
      found += reached.length;
    }
    expect(callers.length).toBeGreaterThan(30);
    expect(found).toBeGreaterThan(300);
  }, SEEDING_MS);
});

let models: { readonly of: TestSubgraph; readonly opened: ReturnType<typeof openModels> } | null = null;

/** Models are opened by the subgraph; a second set on its connection would define each collection twice. */
function openedModels(of: TestSubgraph): ReturnType<typeof openModels> {
  if (models?.of !== of) {
    for (const name of of.store.connection.modelNames()) of.store.connection.deleteModel(name);
    models = { of, opened: openModels(of.store.connection) };
  }
  return models.opened;
}

function callerOf({ scope = "", professional, partner, person, purpose }: Readonly<Record<string, string>>): Partial<Caller> {
  return {
    scopes: new Set(scope.split(" ")),
    professionalId: professional ?? null,
    partnerId: partner ?? null,
    personId: person ?? null,
    purpose: (purpose ?? null) as Purpose | null,
  };
}

describe("over random files", () => {
  let subgraph: TestSubgraph;
  beforeAll(async () => void (subgraph = await openBeneficiaries()));
  afterAll(() => subgraph.close());

  const pick = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
  /** Days around those on which something ends: today, the grace, the archive, the coming of age. */
  const day = pick("2025-06-01", "2026-01-30", "2026-01-31", "2026-02-01", "2026-03-01", TODAY, "2026-03-03");
  const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
  const instant = day.map((one) => new Date(`${one}T09:00:00Z`));
  const professional = pick("p1", "p2");
  const partner = pick("dept-92", "dept-971", "ngo");
  const categories = fc.subarray(["IDENTITY", "CHILD_PROTECTION", "PATHWAY"]);
  const SIZE = 40;

  const person = fc.record({
    departmentCode: pick("92", "971"),
    birthDate: pick(null, "2008-03-01", "2008-03-02", "2008-03-03", "2015-05-05"),
    householdId: pick(null, "h1", "h2"),
    householdUntil: maybe(day),
    lastContactAt: pick(null, ...["2024-03-01T22:59:59.999Z", "2024-03-01T23:00:00Z", "2024-03-02T23:00:00Z", NOW].map((at) => new Date(at))),
    lastProtectionContactAt: pick(null, null, ...["2024-03-01T22:59:59.999Z", "2024-03-01T23:00:00Z", NOW].map((at) => new Date(at))),
    anonymisedOn: pick(null, null, null, TODAY, "2026-03-03"),
    litigationHold: fc.boolean(),
    protectedOnly: fc.boolean(),
    team: fc.array(fc.record({ professionalId: professional, partnerId: partner, role: pick("LEAD", "CONTRIBUTOR", "OBSERVER"), since: day, until: maybe(day) }), { maxLength: 2 }),
  });
  const index = fc.nat(SIZE - 1);
  const grant = fc.record({
    of: index,
    basis: pick(...SHARING_BASES),
    status: pick("ACTIVE", "ACTIVE", "ACTIVE", "OPPOSED", "WITHDRAWN"),
    purpose: pick("SUPPORT", "CHILD_PROTECTION", "EVALUATION"),
    dataCategories: categories,
    toPartnerIds: fc.subarray(["dept-92", "dept-971", "ngo"]),
    professionalIds: fc.subarray(["p1", "p2"]),
    givenAt: instant,
    expiresAt: maybe(instant),
    withdrawnAt: pick(null, null, null, new Date(NOW)),
    liftedAt: pick(null, null, new Date(NOW)),
    informedAt: maybe(instant),
    informedException: pick(null, null, "against the child's interest"),
  });
  const files = fc.record({
    people: fc.array(person, { minLength: SIZE, maxLength: SIZE }),
    grants: fc.array(grant, { maxLength: 80 }),
    emergencies: fc.array(fc.record({ of: index, professionalId: professional, purpose: pick("SUPPORT", "CHILD_PROTECTION"), until: instant }), { maxLength: 3 }),
    evaluations: fc.array(
      fc.record({ of: index, householdId: pick("h1", "h2"), professionalIds: fc.subarray(["p1", "p2"]), openedAt: instant, closedAt: maybe(instant), informedAt: maybe(instant), informedException: fc.constant(null) }),
      { maxLength: 4 },
    ),
  });
  const habilitation = fc.record({
    purposes: fc.subarray<string>(["SUPPORT", "CHILD_PROTECTION", "EVALUATION"], { minLength: 2 }),
    dataCategories: fc.subarray(["IDENTITY", "CHILD_PROTECTION", "COORDINATION"], { minLength: 1 }),
    validFrom: pick("2024-01-01", "2024-01-01", "2026-03-03"),
    validTo: pick(null, null, TODAY, "2026-03-01"),
  });
  const standing: fc.Arbitrary<StandingRow> = fc.record({
    _id: professional,
    partnerId: partner,
    partnerKind: pick("DEPARTMENT_COUNCIL", "ASSOCIATION", "COMMUNE"),
    profession: pick("SOCIAL_WORKER", "OFFER_MANAGER"),
    secrecyBasis: pick(null, "CASF L.411-3"),
    missions: fc.subarray(["ACCOMPAGNEMENT", "CRIP"]),
    habilitation: fc.option(habilitation, { nil: null, freq: 9 }),
  });
  const agreement = fc.record({
    _id: fc.constant("a"),
    partyIds: fc.subarray(["dept-92", "dept-971", "ngo"], { minLength: 2 }),
    purposes: fc.subarray<string>([...PURPOSES]),
    validFrom: day,
    validTo: maybe(day),
    suspensions: fc.array(fc.record({ from: day, until: maybe(day) }), { maxLength: 1 }),
  });
  const asker = fc.record({
    purpose: fc.option(pick<Purpose>("SUPPORT", "CHILD_PROTECTION", "EVALUATION"), { nil: null, freq: 9 }),
    standing,
    agreements: fc.array(agreement, { maxLength: 2 }),
    scopes: pick(new Set<string>(), new Set(["identity:merge"])),
    isSelf: pick(false, false, false, false, false, false, true),
  });

  it("a search reaches exactly those whose identity is decided to be readable", async () => {
    const seen = { some: 0, none: 0 };
    await fc.assert(
      fc.asyncProperty(files, fc.array(asker, { minLength: 12, maxLength: 12 }), async (drawn, askers) => {
        const made = make(drawn as never);
        await store(subgraph, made);
        for (const { isSelf, standing: who, ...said } of askers) {
          const one: Asker = { ...said, standing: who, professionalId: who._id, partnerId: who.partnerId, personId: isSelf ? "x0" : null };
          const expected = decidedOneByOne(one, made);
          const emergencies = made.emergencies.filter(({ professionalId }) => professionalId === who._id);
          const evaluations = made.evaluations.filter(({ professionalIds }) => professionalIds.includes(who._id));
          const scope = searchablePeople("IDENTITY", { asker: one, emergencies, evaluations, when: WHEN });
          const reached = await foundByScope(subgraph, scope, { _id: { $in: made.people.map(({ _id }) => _id) } });
          expect(reached).toEqual(expected);
          seen[expected.length > 0 ? "some" : "none"] += 1;
        }
      }),
      { numRuns: 40 },
    );
    expect(seen.some).toBeGreaterThan(50);
    expect(seen.none).toBeGreaterThan(20);
  }, SEEDING_MS);

  function make({ people, grants, emergencies, evaluations }: { readonly [Name in "people" | "grants" | "emergencies" | "evaluations"]: (Record<string, unknown> & { of: number })[] }): Files {
    const owned = (rows: readonly { readonly of: number }[]) => rows.map(({ of, ...row }, at) => ({ _id: `r${at}`, personId: `x${of}`, ...row }));
    return { people: people.map((row, at) => ({ _id: `x${at}`, ...row })), grants: owned(grants), emergencies: owned(emergencies), evaluations: owned(evaluations), standings: [], agreements: [] } as unknown as Files;
  }

  async function store({ store: { connection } }: TestSubgraph, rows: Files): Promise<void> {
    for (const name of ["people", "grants"] as const) {
      await connection.collection(name).deleteMany({});
      if (rows[name].length > 0) await connection.collection(name).insertMany(rows[name] as never);
    }
  }
});

describe("the query of a search", () => {
  let subgraph: TestSubgraph;
  beforeAll(async () => void (subgraph = await openBeneficiaries()));
  afterAll(() => subgraph.close());

  const SEARCH = `query ($input: BeneficiarySearchInput!, $first: Int, $after: String) {
    beneficiarySearch(input: $input, first: $first, after: $after) { totalCount nodes { id } pageInfo { hasNextPage endCursor } withheld { path reason count } }
  }`;
  const REFERENT: Partial<Caller> = { professionalId: "pro-92-referent", partnerId: "dept-92", purpose: "SUPPORT", scopes: new Set(["beneficiary:identity"]) };
  const ask = async (input: object, page: object = {}, caller: Partial<Caller> = REFERENT) => {
    const { data, errors } = await subgraph.ask(SEARCH, { input: { purpose: "SUPPORT", ...input }, ...page }, caller);
    expect(errors).toBeUndefined();
    return JSON.parse(JSON.stringify(data)).beneficiarySearch;
  };

  /** The referent's partner is a département's council, and every person is in the referent's team. */
  beforeAll(async () => {
    const { connection } = subgraph.store;
    const habilitation = { purposes: ["SUPPORT", "EVALUATION"], dataCategories: ["IDENTITY", "NEEDS"], validFrom: "2024-01-01", validTo: null };
    await connection.collection("standings").updateOne({ _id: "pro-92-referent" as never }, { $set: { habilitation, partnerKind: "DEPARTMENT_COUNCIL", secrecyBasis: "CASF L.411-3" } });
    const member = { professionalId: "pro-92-referent", partnerId: "dept-92", role: "LEAD", since: "2025-01-01", until: null };
    await connection.collection("people").updateMany({ _id: { $in: ["b2", "b3"] as never[] } }, { $set: { team: [member] } });
  });

  it("gives pages, counts and cursors of those alone whom the caller may read", async () => {
    expect(await ask({ name: "petit" })).toMatchObject({ totalCount: 2, nodes: [{ id: "b2" }, { id: "b3" }], pageInfo: { hasNextPage: false } });
    const first = await ask({ name: "petit" }, { first: 1 });
    expect(first).toMatchObject({ totalCount: 2, nodes: [{ id: "b2" }], pageInfo: { hasNextPage: true } });
    expect(await ask({ name: "petit" }, { first: 1, after: first.pageInfo.endCursor })).toMatchObject({ totalCount: 2, nodes: [{ id: "b3" }], pageInfo: { hasNextPage: false } });
  });

  it("says of the page's rows what is hidden and of how many, and of the page when it is kept back as a whole", async () => {
    expect((await ask({ name: "petit" })).withheld).toEqual(expect.arrayContaining([{ path: "nodes.household", reason: "NOT_IN_MISSION", count: 2 }, { path: "nodes.identity.contact", reason: "NOT_IN_MISSION", count: 2 }]));
    expect(await ask({ name: "petit" }, {}, { ...REFERENT, partnerId: "ngo" })).toEqual(expect.objectContaining({ totalCount: 0, nodes: [], withheld: [{ path: "nodes", reason: "NOT_HABILITATED", count: null }] }));
    expect(await ask({ name: "no such name" }, {}, { ...REFERENT, partnerId: "ngo" })).toMatchObject({ totalCount: 0, withheld: [{ path: "nodes", reason: "NOT_HABILITATED", count: null }] });
  });

  it("finds nobody for a purpose that is not the request's", async () => {
    expect(await ask({ name: "petit", purpose: "EVALUATION" })).toMatchObject({ totalCount: 0, nodes: [], withheld: [{ path: "nodes", reason: "PURPOSE_NOT_COVERED", count: null }] });
  });

  it("by the place where they live finds nobody whose home the caller may not read (L1): guessing would tell it", async () => {
    const found = await ask({ name: "petit", communeCode: "92040" });
    expect(found).toMatchObject({ totalCount: 0, nodes: [], withheld: [{ path: "nodes", reason: "NOT_IN_MISSION", count: null }] });
    expect(await ask({ name: "petit", communeCode: "92075" })).toEqual(found);
    await readsHomes(true);
    expect(await ask({ name: "petit", communeCode: "92075" })).toMatchObject({ totalCount: 2, nodes: [{ id: "b2" }, { id: "b3" }] });
    await readsHomes(false);
  });

  const readsHomes = (reads: boolean) =>
    subgraph.store.connection.collection<{ _id: string }>("standings").updateOne({ _id: "pro-92-referent" }, { [reads ? "$push" : "$pull"]: { "habilitation.dataCategories": "HOUSEHOLD" } } as never);

  it("reads people and their grants over indexes and sorts nothing in memory", async () => {
    for (const input of [{ name: "petit" }, { name: "n diaye lefevr" }, { birthDate: "1990-01-10" }, { localId: "9200002" }, { communeCode: "92075" }, { nir: "2951099126111" }]) {
      await readsHomes("communeCode" in input);
      await ask(input);
      await readsHomes(false);
      const reads = subgraph.commands.filter(({ command }) => command["aggregate"] === "people" && JSON.stringify(command).includes("$lookup"));
      expect(reads).toHaveLength(2);
      for (const read of reads) {
        const stages = await explainStages(subgraph, read);
        expect(stages.filter((stage) => SLOW_STAGES.includes(stage))).toEqual([]);
        expect(stages).toContain("IXSCAN");
        const plan = JSON.stringify(await explainLookup(read));
        expect(plan).toContain('"collectionScans":0');
        // Where nobody matches, no grant is looked up.
        if ("name" in input && input.name === "petit") expect(plan).toContain('"indexesUsed":["personId_1_givenAt_1__id_1"]');
      }
    }
  });

  /** With its executed plan, which alone names the index of the looked-up collection. */
  async function explainLookup({ command: { lsid, $db, $clusterTime, maxTimeMS, ...command } }: TestSubgraph["commands"][number]): Promise<unknown> {
    return subgraph.store.connection.db?.command({ explain: command, verbosity: "executionStats" });
  }
});

describe("candidates for one person", () => {
  let subgraph: TestSubgraph;
  beforeAll(async () => void (subgraph = await openBeneficiaries()));
  afterAll(() => subgraph.close());

  const ask = async (id: string, partnerId: string) => {
    const caller = { professionalId: "pro-92-referent", partnerId, purpose: "SUPPORT" as const, scopes: new Set(["identity:merge"]) };
    const { data } = await subgraph.ask("query ($id: ID!) { possibleDuplicates(of: $id, minScore: 0) { candidate { id } } }", { id }, caller);
    return JSON.parse(JSON.stringify(data)).possibleDuplicates?.map(({ candidate }: { candidate: { id: string } }) => candidate.id) ?? null;
  };

  it("are of the steward's own département, as the person must be (GDPR art. 5.1.d)", async () => {
    expect(await ask("b2", "dept-92")).toEqual(expect.arrayContaining(["b2-again", "b3"]));
    expect(await ask("b4", "dept-92")).toBeNull();
    await subgraph.store.connection.collection("people").updateOne({ _id: "b2-again" as never }, { $set: { departmentCode: "971" } });
    expect(await ask("b2", "dept-92")).toEqual(["b3"]);
  });
});
