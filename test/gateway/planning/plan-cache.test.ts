// What is kept of planning, for how long, and what is made once only.
import { describe, expect, it } from "@jest/globals";

import { listen, type GatewayEvents } from "../../../gateway/events.ts";
import { createPlanCache, type SizedPlan } from "../../../gateway/planning/plan-cache.ts";
import { openPlanner } from "../../../gateway/planning/planning.ts";
import { composeSdl, operationOf } from "./plans.ts";

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
    expect(facts()).toEqual({ plans: 1, bytes: 10, failures: 0, hits: 2, failureHits: 0, misses: 1 });
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

  it("counts what is found in each of its two halves, and what is in neither", async () => {
    const { get, facts } = openCache(100);
    for (const name of ["a", "a", "a", "b"]) await get(name);
    for (const name of ["bad", "bad", "bad"]) await get(name, -1).catch(() => undefined);
    expect(facts()).toEqual({ plans: 2, bytes: 20, failures: 1, hits: 2, failureHits: 2, misses: 3 });
  });

  it("lets a flood of what cannot be planned push out nothing but older ones of the same kind", async () => {
    const { get, made, facts } = openCache(20);
    await get("a");
    await get("b");
    for (let number = 0; number < 1_000; number += 1) await get(`bad ${number}`, -1).catch(() => undefined);
    expect(facts()).toMatchObject({ plans: 2, bytes: 20, failures: 2 });
    await get("a");
    await get("b");
    await get("bad 999", -1).catch(() => undefined);
    expect(made).toHaveLength(1_002);
  });
});

describe("operators", () => {
  it("hear of each operation that is planned or cannot be, with the figures of both caches, and of none that is found", async () => {
    const heard: GatewayEvents["plan"][] = [];
    const end = listen("plan", (facts) => void heard.push(facts));
    const supergraphSdl = composeSdl({ one: "type Query { a: Int }" });
    const planner = await openPlanner({ kind: "apollo", supergraphSdl });
    const [good, bad] = [operationOf("{ a }"), operationOf("mutation { nothing }")];
    for (const operation of [good, good, bad, bad, good]) await planner.plan(operation).catch(() => undefined);
    end();
    const figures = { fingerprint: good.fingerprint, durationMs: expect.any(Number), failure: null, cache: { plans: 1, bytes: expect.any(Number), failures: 0, hits: 0, failureHits: 0, misses: 1 } };
    expect(heard).toEqual([
      figures,
      { ...figures, fingerprint: bad.fingerprint, failure: "INTERNAL_SERVER_ERROR", cache: { ...figures.cache, failures: 1, hits: 1, misses: 2 } },
    ]);
    expect(planner.facts()).toMatchObject({ hits: 2, failureHits: 1, misses: 2 });
    await planner.close();
  });
});
