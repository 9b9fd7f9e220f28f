// What is hidden inside what is read is told as well: rent of a home, assessments by what they are about (L6, L4).
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { openGrantsWorld, REFERENT, type GrantsWorld } from "./grants-world.ts";

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
