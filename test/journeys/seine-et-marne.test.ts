// Proof queries ST1 to ST6. ST7 (named elected people) is no query: the product keeps the lead authority only.
import { beforeAll, describe, expect, it } from "@jest/globals";

import { askAs, openSharedStack, type StackFacts } from "../harness/stack.ts";

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 120_000);
const anybody = (query: string) => askAs(stack, "anonymous", query);

describe("Seine-et-Marne", () => {
  it("ST1, ST2: the second rencontres des solidarités brought 400 professionals to Provins", async () => {
    const { data, errors } = await anybody('{ department(code: "77") { events { name edition communeCode attendees programme } } }');
    expect(errors).toEqual([]);
    const meeting = data.department.events.find(({ edition }) => edition === 2);
    expect(meeting).toMatchObject({ communeCode: "77379", attendees: 400 });
    expect(meeting?.programme.length).toBeGreaterThanOrEqual(4);
  });

  it("ST3: four priorities are ranked", async () => {
    const { data } = await anybody('{ department(code: "77") { priorities { rank label publics } } }');
    expect(data.department.priorities.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
    expect(data.department.priorities[3]?.label).toMatch(/médicale/);
  });

  it("ST4: schemes are evaluated, then changed", async () => {
    const { data } = await anybody('{ department(code: "77") { schemes { label evaluations { year conclusions decidedChanges } } } }');
    const evaluated = data.department.schemes.filter(({ evaluations }) => evaluations.length > 0);
    expect(evaluated.length).toBeGreaterThan(0);
    expect(evaluated.some(({ evaluations }) => evaluations.some(({ decidedChanges }) => decidedChanges.length > 0))).toBe(true);
  });

  it("ST5: it acts with all its partners", async () => {
    const query = `{ partners(filter: { departmentCode: "77", status: ACTIVE }) {
      totalCount nodes { name kind agreements { status purposes } } } }`;
    const { data, errors } = await askAs(stack, "calvados-social-worker", query);
    expect(errors).toEqual([]);
    expect(data.partners.totalCount).toBeGreaterThanOrEqual(5);
    expect(data.partners.nodes.some(({ agreements }) => agreements.some(({ status }) => status === "IN_FORCE"))).toBe(true);
  });

  it("ST6: it says which communes are too far from any house", async () => {
    const { data } = await anybody('{ accessCoverage(departmentCode: "77") { share rows { communeName population minutes kept } } }');
    expect(data.accessCoverage.rows).toHaveLength(507);
    expect(data.accessCoverage.rows.filter(({ kept }) => !kept).length).toBeGreaterThan(0);
    expect(data.accessCoverage.share).toBeGreaterThan(0);
    expect(data.accessCoverage.share).toBeLessThan(1);
  });
});
