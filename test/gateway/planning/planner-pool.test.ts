// Planning in processes of their own: limits that really end a plan, and what that means for others.
import { afterEach, describe, expect, it } from "@jest/globals";

import { openPlanner, printPlan, type Planner, type PlannerOptions } from "../../../gateway/planning/planning.ts";
import { composeSdl, operationOf } from "./plans.ts";

const PEOPLE = composeSdl({
  users: `type Query { user(id: ID!): User } type User @key(fields: "id") { id: ID! name: String }`,
  posts: `type User @key(fields: "id") { id: ID! posts: [String] }`,
});

/** Twelve types behind one interface in three subgraphs: from a few levels on, no planner finds an end. */
const MAZE = composeSdl({
  a: `type Query { i: I } interface I { id: ID! i: I n: String } ${twelve("i: I @shareable n: String @shareable")}`,
  b: `type Query { k: I } interface I { id: ID! i: I x: String } ${twelve("i: I @shareable x: String")}`,
  c: `type Query { l: I } interface I { id: ID! i: I y: String } ${twelve(`i: I @shareable x: String @external y: String @requires(fields: "x")`)}`,
});
const MONSTER = `{ i ${"{ x y i ".repeat(8)} { id } ${"}".repeat(8)} }`;

function twelve(fields: string): string {
  return Array.from({ length: 12 }, (_, index) => `type T${index} implements I @key(fields: "id") { id: ID! ${fields} }`).join(" ");
}

describe("planning in another process", () => {
  let planner: Planner | null = null;
  afterEach(() => planner?.close());
  const open = async (options: PlannerOptions): Promise<Planner> => (planner = await openPlanner(options));

  it.each(["hive", "apollo"] as const)("gives the plan that %s gives here", async (kind) => {
    const operation = operationOf(`query($id: ID!) { user(id: $id) { name posts } }`);
    const here = await openPlanner({ kind, supergraphSdl: PEOPLE });
    const there = await open({ kind, supergraphSdl: PEOPLE, limits: { ms: 5_000, megabytes: 256 } });
    expect(there.kind).toBe(kind);
    expect(printPlan(await there.plan(operation))).toBe(printPlan(await here.plan(operation)));
  });

  it("ends a plan at its limit of time, and goes on with others, which did not wait for it", async () => {
    const { plan } = await open({ kind: "apollo", supergraphSdl: MAZE, limits: { ms: 8_000, megabytes: 2_048 } });
    const startedAt = performance.now();
    const monster = plan(operationOf(MONSTER)).then(
      () => "a plan",
      (error: unknown) => ({ error, at: performance.now() - startedAt }),
    );
    await plan(operationOf("{ i { n } }"));
    const otherAt = performance.now() - startedAt;
    const outcome = await monster;
    expect(outcome).toMatchObject({ error: { extensions: { code: "PLANNING_TIMEOUT" } } });
    expect(otherAt).toBeLessThan(typeof outcome === "string" ? 0 : outcome.at);
    expect(printPlan(await plan(operationOf("{ i { id } }")))).toContain("Fetch query from a");
  }, 60_000);

  it("ends a plan at its limit of memory", async () => {
    const { plan } = await open({ kind: "apollo", supergraphSdl: MAZE, limits: { ms: 60_000, megabytes: 48 } });
    await expect(plan(operationOf(MONSTER))).rejects.toMatchObject({ extensions: { code: "PLANNING_TIMEOUT" } });
    expect(printPlan(await plan(operationOf("{ i { id } }")))).toContain("Fetch query from a");
  }, 60_000);

  it("refuses the same operation at once the next time", async () => {
    const { plan, facts } = await open({ kind: "apollo", supergraphSdl: MAZE, limits: { ms: 1_000, megabytes: 2_048 } });
    await expect(plan(operationOf(MONSTER))).rejects.toThrow("more than 1000 ms");
    const startedAt = performance.now();
    await expect(plan(operationOf(MONSTER))).rejects.toThrow("more than 1000 ms");
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(facts()).toMatchObject({ plans: 0, failures: 1 });
  });

  it.each(["hive", "apollo"] as const)("says at the start what %s finds wrong with the supergraph", async (kind) => {
    await expect(open({ kind, supergraphSdl: "type Query {", limits: { ms: 1_000, megabytes: 256 } })).rejects.toThrow();
  });

  it("rejects what waits when it is closed", async () => {
    const { plan, close } = await open({ kind: "apollo", supergraphSdl: MAZE, limits: { ms: 30_000, megabytes: 2_048 } });
    const plans = [MONSTER, `query Two ${MONSTER}`, `query Three ${MONSTER}`].map((query) => plan(operationOf(query)).catch((error: Error) => error.message));
    await close();
    expect(await Promise.all(plans)).toEqual(Array(3).fill("The planner was closed."));
  });
});
