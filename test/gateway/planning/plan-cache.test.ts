// What is kept of planning, for how long, and what is made once only.
import { describe, expect, it } from "@jest/globals";

import { createPlanCache, type SizedPlan } from "../../../gateway/planning/plan-cache.ts";

const clock = { ms: 0 };

function openCache(limit: number) {
  const made: string[] = [];
  const cache = createPlanCache({ limit, failures: { count: 2, ms: 1_000 }, now: () => clock.ms });
  const make = (name: string, bytes: number) => async (): Promise<SizedPlan> => {
    made.push(name);
    if (bytes < 0) throw new Error(`${name} cannot be planned`);
    return { plan: { node: null }, bytes };
  };
  return { made, facts: cache.facts, get: (name: string, bytes = 10) => cache.get(name, make(name, bytes)) };
}

describe("the plan cache", () => {
  it("makes each plan once, also for those who ask while it is being made", async () => {
    const { get, made, facts } = openCache(100);
    const [one, two] = await Promise.all([get("a"), get("a")]);
    expect(await get("a")).toBe(one);
    expect(two).toBe(one);
    expect(made).toEqual(["a"]);
    expect(facts()).toEqual({ plans: 1, bytes: 10, failures: 0, hits: 2, misses: 1 });
  });

  it("forgets the plan that was not used for longest when they are too large together", async () => {
    const { get, made, facts } = openCache(25);
    await get("a");
    await get("b");
    await get("a");
    await get("c");
    expect(facts()).toMatchObject({ plans: 2, bytes: 20 });
    await get("a");
    await get("b");
    expect(made).toEqual(["a", "b", "c", "b"]);
  });

  it("does not keep a plan that alone is too large, nor drops others for it", async () => {
    const { get, made, facts } = openCache(25);
    await get("a");
    await get("huge", 26);
    await get("huge", 26);
    expect(made).toEqual(["a", "huge", "huge"]);
    expect(facts()).toMatchObject({ plans: 1, bytes: 10 });
  });

  it("remembers for a while what could not be planned, a few of them only, and drops no plan for them", async () => {
    const { get, made, facts } = openCache(10);
    await get("good");
    await expect(get("bad", -1)).rejects.toThrow("bad cannot be planned");
    await expect(get("bad", -1)).rejects.toThrow("bad cannot be planned");
    expect(made).toEqual(["good", "bad"]);
    clock.ms += 1_001;
    await get("bad", 5).catch(() => undefined);
    expect(made).toEqual(["good", "bad", "bad"]);
    for (const name of ["x", "y", "z"]) await get(name, -1).catch(() => undefined);
    expect(facts()).toMatchObject({ failures: 2 });
  });
});
