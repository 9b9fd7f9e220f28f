// A visit that there was only to protect a child (L4, CASF L.226-2-2): it keeps the file (L8, CASF R.263-8), and nobody
// learns of it who does not protect the child.
import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import { exportPerson, runRetention } from "../../subgraphs/rights/rights.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { openBeneficiaries, pathway, person, step, world } from "./beneficiaries-world.ts";
import { openFourDatabases, type FourDatabases } from "./four-databases.ts";

const TODAY = "2026-03-02";
const CHILD = "child";
const SUPPORT_AT = "2025-10-06T09:00:00.000Z";
const VISIT_AT = "2026-02-20T09:00:00.000Z";

const worker = (id: string) => ({ id, givenName: id, familyName: id, profession: "SUPPORT_SOCIAL_WORKER", employerId: "dept-92", siteIds: [], teamId: null });

/** A child who is supported and, for whoever may know, evaluated. */
function home() {
  const base = world();
  const support = step("s-support", "SUPPORT", { endedAt: SUPPORT_AT, actors: [{ professionalId: "supporter", role: "LEAD" }] });
  const visit = step("s-visit", "CHILD_EVALUATION", { startedAt: "2026-02-20T08:00:00.000Z", endedAt: VISIT_AT, actors: [{ professionalId: "evaluator", role: "LEAD" }] });
  return world({
    partners: [{ id: "dept-92", kind: "DEPARTMENT_COUNCIL", departmentCode: "92" }] as never,
    professionals: [...base.professionals, worker("supporter"), worker("evaluator")] as never,
    people: [...base.people, person(CHILD, { birthDate: "2015-01-01", householdRole: "CHILD", householdId: "h1" })],
    pathways: [
      ...base.pathways,
      pathway("p-support", CHILD, [support], { referentId: "supporter" }),
      pathway("p-protection", CHILD, [visit], { referentId: "evaluator", openedOn: "2026-02-19" }),
    ],
  });
}

const SUPPORTER: Partial<Caller> = { professionalId: "supporter", partnerId: "dept-92", purpose: "SUPPORT" };
const EVALUATOR: Partial<Caller> = { professionalId: "evaluator", partnerId: "dept-92", purpose: "CHILD_PROTECTION" };
const GUARDIAN: Partial<Caller> = { personId: CHILD, purpose: "SELF_ACCESS", scopes: new Set(["self:read"]) };

const RETENTION = "query ($id: ID!) { beneficiary(id: $id) { id retention { state lastContactAt archiveOn destroyOn } assessments { id } withheld { path reason count } } }";

describe("what is told of how long a file is kept", () => {
  let subgraph: TestSubgraph;
  beforeAll(async () => void (subgraph = await openBeneficiaries(home())));
  afterAll(() => subgraph.close());

  const ask = async (caller: Partial<Caller>) => JSON.parse(JSON.stringify((await subgraph.ask(RETENTION, { id: CHILD }, caller)).data)).beneficiary;
  const change = (said: object) => subgraph.store.connection.collection("people").updateOne({ _id: CHILD as never }, { $set: said });
  const TOLD = { state: "ACTIVE", lastContactAt: SUPPORT_AT, archiveOn: "2027-10-06", destroyOn: "2029-10-06" };

  it("is by what everybody may know, and moves with a visit for whoever protects the child alone", async () => {
    expect((await ask(SUPPORTER)).retention).toEqual(TOLD);
    expect((await ask(GUARDIAN)).retention).toEqual(TOLD);
    expect((await ask(EVALUATOR)).retention).toEqual({ state: "ACTIVE", lastContactAt: VISIT_AT, archiveOn: "2028-02-20", destroyOn: "2030-02-20" });
  });

  it("is the same answer, byte by byte, whether or not there was a visit", async () => {
    for (const caller of [SUPPORTER, GUARDIAN]) {
      const visited = await ask(caller);
      await change({ lastProtectionContactAt: null });
      expect(await ask(caller)).toEqual(visited);
      await change({ lastProtectionContactAt: new Date(VISIT_AT) });
    }
  });

  it("and the file is archived for all but the protection when its own time has come", async () => {
    await change({ lastContactAt: new Date("2024-01-10T09:00:00Z") });
    const archived = await ask(SUPPORTER);
    expect(archived).toMatchObject({ retention: null, withheld: expect.arrayContaining([expect.objectContaining({ path: "retention", reason: "ARCHIVED" })]) });
    expect((await ask(EVALUATOR)).assessments).toEqual([{ id: "assessment-s-visit" }]);
    await change({ lastProtectionContactAt: null });
    expect(await ask(SUPPORTER)).toEqual(archived);
    expect((await ask(EVALUATOR)).assessments ?? []).toEqual([]);
    await change({ lastContactAt: new Date(SUPPORT_AT), lastProtectionContactAt: new Date(VISIT_AT) });
  });

  it("is nothing at all where dates that have passed would ask why the file is still there", async () => {
    await change({ lastContactAt: new Date("2020-01-10T09:00:00Z") });
    expect(await ask(GUARDIAN)).toMatchObject({ id: CHILD, retention: null });
    await change({ lastContactAt: new Date(SUPPORT_AT) });
  });
});

describe("the retention job", () => {
  let four: FourDatabases;
  beforeAll(async () => void (four = await openFourDatabases(`test-visits-${randomUUID().slice(0, 8)}-`, TODAY)), 120_000);
  afterAll(() => four.close());

  const people = () => four.collection("beneficiaries", "people");
  const run = async () => {
    const lines: string[] = [];
    await runRetention({ retention: four.retention, doors: four.doors, today: TODAY, dryRun: false, onErased: async () => undefined, print: (line) => void lines.push(line) });
    return lines;
  };
  const LONG_AGO = new Date("2021-03-01T09:00:00Z");

  it.each([
    ["long ago", LONG_AGO],
    ["never", null],
  ])("keeps a file with a recent visit for a child's protection, where the last other contact was %s, and ends it later", async (_, lastContactAt) => {
    const row = await people().findOne({ _id: { $nin: ["b1", "b2", "b3"] as never[] }, litigationHold: false, anonymisedOn: null });
    if (row === null) throw new Error("Nobody is left.");
    const filter = { _id: row._id };
    await people().updateOne(filter, { $set: { lastContactAt, lastProtectionContactAt: new Date(VISIT_AT) } });
    expect((await run()).filter((line) => line.startsWith("anonymised"))).toEqual([]);
    expect(await people().countDocuments(filter)).toBe(1);
    await people().updateOne(filter, { $set: { lastProtectionContactAt: LONG_AGO } });
    // There was a contact: what is counted stays.
    expect((await run()).filter((line) => line.startsWith("anonymised"))).toHaveLength(1);
    expect(await people().countDocuments(filter)).toBe(0);
  });

  it("and an export says neither that there was a visit nor when (L4)", async () => {
    await people().updateOne({ _id: "b1" as never }, { $set: { lastProtectionContactAt: new Date("2026-02-28T07:07:07Z") } });
    const file = await exportPerson("b1", four.doors, TODAY);
    expect(JSON.stringify(file)).not.toMatch(/2026-02-28T07:07:07/);
    expect(JSON.stringify(file?.subgraphs[0]?.tables[0]?.rows)).not.toMatch(/lastProtection/);
  });
});
