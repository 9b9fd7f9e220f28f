// What is hidden inside what is read is told as well: rent of a home, assessments by what they are about (L6, L4).
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { B1, openGrantsWorld, REFERENT, type GrantsWorld } from "./grants-world.ts";

let file: GrantsWorld;
beforeAll(async () => void (file = await openGrantsWorld()));
afterAll(() => file.close());

type Told = { readonly path: string; readonly reason: string; readonly count: number | null };

const FILE = `{ beneficiary(id: "b1") {
  household { tenancy { rentArrears } } assessments { id kind conclusion needs { id } } withheld { path reason count }
} }`;
const SCOPES = new Set([...(REFERENT.scopes ?? []), "assessment:read", "assessment:content"]);

/** b1 has one need that tells of health, which the referent does not read. */
const HEALTH = { path: "assessments.needs", reason: "NOT_IN_MISSION", count: 1 };

async function readWithout(...categories: readonly string[]) {
  await file.store.connection.collection<{ _id: string }>("standings").updateOne({ _id: "pro-92-referent" }, { $pull: { "habilitation.dataCategories": { $in: categories } } } as never);
  const { data } = await file.ask(FILE, {}, { ...REFERENT, scopes: SCOPES });
  const { beneficiary } = data as unknown as { beneficiary: { household: { tenancy: object | null }; assessments: { id: string; kind: string }[]; withheld: Told[] } };
  const told = beneficiary.withheld.filter(({ path }) => /^(household|assessments)/.test(path));
  return { ...beneficiary, kinds: beneficiary.assessments.map(({ kind }) => kind), told };
}

describe("withheld", () => {
  let before: object;
  beforeAll(async () => void (before = (await file.rows("standings", { _id: "pro-92-referent" }))[0] ?? {}));
  afterEach(async () => void (await file.store.connection.collection<{ _id: string }>("standings").replaceOne({ _id: "pro-92-referent" }, before)));

  it("tells who reads money of neither, but of a need inside an assessment", async () => {
    const { household, kinds, told } = await readWithout();
    expect([household.tenancy, kinds]).toEqual([{ rentArrears: true }, expect.arrayContaining(["EVICTION_SURVEY"])]);
    expect(told).toEqual([HEALTH]);
  });

  it("tells who reads no money of the tenancy, and how many assessments are about it", async () => {
    const { household, kinds, told } = await readWithout("FINANCE");
    expect([household.tenancy, kinds]).toEqual([null, expect.not.arrayContaining(["EVICTION_SURVEY"])]);
    expect(told).toEqual([
      { path: "assessments", reason: "NOT_IN_MISSION", count: 1 },
      { path: "household.tenancy", reason: "NOT_IN_MISSION", count: null },
    ]);
  });

  it("never counts what evaluates a child at risk", async () => {
    const assessments = file.store.connection.collection<Record<string, unknown> & { _id: string }>("assessments");
    const [one = {}] = await file.rows("assessments", { personId: "b1", kind: "EVICTION_SURVEY" });
    await assessments.insertOne({ ...one, _id: "of-a-child", kind: "CHILD_AT_RISK", childProtection: true });
    expect((await readWithout()).told).toEqual([HEALTH]);
    expect((await readWithout("FINANCE")).told[0]).toEqual({ path: "assessments", reason: "NOT_IN_MISSION", count: 1 });
    await assessments.deleteOne({ _id: "of-a-child" });
  });

  it("tells in how many assessments that are read the conclusion is hidden", async () => {
    const { data } = await file.ask(FILE, {}, { ...REFERENT, scopes: new Set(["assessment:read"]) });
    const { beneficiary } = data as unknown as { beneficiary: { assessments: object[]; withheld: Told[] } };
    expect(beneficiary.withheld).toContainEqual({ path: "assessments.conclusion", reason: "NOT_HABILITATED", count: beneficiary.assessments.length });
  });
});

describe("who reads her own file", () => {
  const read = async (by: object) => {
    const { data } = await file.ask('{ beneficiary(id: "b1") { household { members { beneficiary { id } } } withheld { path reason count } } }', {}, by);
    const { beneficiary } = data as unknown as { beneficiary: { household: { members: object[] }; withheld: Told[] } };
    return { members: beneficiary.household.members.length, told: beneficiary.withheld.filter(({ path }) => path === "household.members") };
  };
  const told = [{ path: "household.members", reason: "NO_GRANT", count: null }];

  const people = () => file.store.connection.collection<{ _id: string; householdId: string }>("people");
  /** b1 lives alone: with somebody else there, as long as it takes. */
  async function withSomebody<Result>(work: () => Promise<Result>): Promise<Result> {
    const [b1, b2] = await Promise.all(["b1", "b2"].map((_id) => people().findOne({ _id })));
    await people().updateOne({ _id: "b2" }, { $set: { householdId: b1?.householdId ?? "" } });
    return work().finally(() => people().updateOne({ _id: "b2" }, { $set: { householdId: b2?.householdId ?? "" } }));
  }

  it("is told that of her home she sees herself, whether there are others or not, and never how many", async () => {
    expect([await read(B1), await withSomebody(() => read(B1))]).toEqual([{ members: 1, told }, { members: 1, told }]);
  });

  it("is told what nobody else is, who sees everybody there", async () => {
    expect(await withSomebody(() => read(REFERENT))).toEqual({ members: 2, told: [] });
  });
});

describe("a step's assessment", () => {
  const QUERY = '{ beneficiary(id: "b1") { pathways { withheld { path reason count } steps { ... on AssessmentStep { assessment { id } } } } } }';
  type Pathway = { readonly withheld: Told[]; readonly steps: { readonly assessment?: object | null }[] };
  const read = async (scopes: ReadonlySet<string> = SCOPES) => {
    const { data } = await file.ask(QUERY, {}, { ...REFERENT, scopes });
    const { pathways } = (data as unknown as { beneficiary: { pathways: Pathway[] } }).beneficiary;
    const steps = pathways.flatMap((one) => one.steps).filter(({ assessment }) => assessment !== undefined);
    return { shown: steps.filter(({ assessment }) => assessment !== null).length, all: steps.length, told: pathways.flatMap(({ withheld }) => withheld).filter(({ path }) => path === "steps.assessment") };
  };
  const assessments = () => file.store.connection.collection<{ _id: string; childProtection: boolean }>("assessments");
  const ofSteps = async () => (await file.rows("steps", { personId: "b1", assessmentId: { $ne: null }, childProtection: { $ne: true } })).map(({ assessmentId }) => String(assessmentId));
  let kinds: { readonly _id: string; readonly kind: unknown }[];
  beforeAll(async () => void (kinds = (await file.rows("assessments", { personId: "b1" })).map(({ _id, kind }) => ({ _id: String(_id), kind }))));
  afterEach(async () => {
    for (const { _id, kind } of kinds) await assessments().updateOne({ _id }, { $set: { kind, childProtection: false } } as never);
  });

  it("that is of what the caller does not read is told on the pathway, with its number", async () => {
    const before = await read();
    expect([before.shown > 0, before.told]).toEqual([true, []]);
    await assessments().updateMany({ _id: { $in: await ofSteps() } }, { $set: { kind: "AUTONOMY" } } as never);
    const { shown, told } = await read();
    expect([shown, told]).toEqual([0, [{ path: "steps.assessment", reason: "NOT_IN_MISSION", count: before.shown }]]);
  });

  it("is not told where it is about a child at risk: neither that there is one, nor how many", async () => {
    await assessments().updateMany({ _id: { $in: await ofSteps() } }, { $set: { kind: "CHILD_AT_RISK", childProtection: true } } as never);
    expect(await read()).toMatchObject({ shown: 0, told: [] });
  });

  it("is told of every such step to who reads no assessments at all, whatever there is", async () => {
    const { all, told } = await read(new Set());
    expect(told).toEqual([{ path: "steps.assessment", reason: "NOT_HABILITATED", count: all }]);
  });
});
