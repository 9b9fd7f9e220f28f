// Plans as JSON, in the shape of Hive's planner: its own plans come out as they went in.
import { describe, expect, it } from "@jest/globals";
import { QueryPlanner } from "@graphql-hive/router-query-planner";
import { parse, print } from "graphql";

import { createPlanMaker, toQueryPlan, type Plan, type RequiredSelection } from "../../../gateway/planning/planning.ts";
import { composeSdl } from "./plans.ts";

const SHELF = {
  books: `type Query { books: [Book] book(id: ID!): Book } type Book @key(fields: "id") { id: ID! title: String sequel: Book }`,
  prices: `type Book @key(fields: "id") { id: ID! price(in: String): Int }`,
};

const entities = { alias: "_entities", variable: "_r0", requires: [], inputRewrites: [], outputRewrites: [] } as const;
const fetch = { kind: "Fetch", subgraph: "one", operationKind: "query", document: "{a}", variables: [], entities: [], outputRewrites: [] } as const;
const field = (name: string, responseName = name): RequiredSelection => ({ kind: "field", name, responseName, selections: [] });

describe("a query plan", () => {
  it.each([
    ["one subgraph", "{ book(id: 1) { title } }"],
    ["entities of one place", "query ($in: String) { book(id: 1) { title price(in: $in) } }"],
    ["entities of a list", "{ books { title price } }"],
    ["entities of two places", "{ books { title price sequel { price } } }"],
  ])("for %s is Hive's own, but for layout and names of variables", async (_name, query) => {
    const supergraphSdl = composeSdl(SHELF);
    const { makePlan } = await createPlanMaker({ kind: "hive", supergraphSdl });
    const theirs = new QueryPlanner(supergraphSdl).plan(query, null, new Set(), 100);
    const ours = toQueryPlan(makePlan(query, false));
    expect(normalised(ours)).toEqual(normalised(theirs));
  });

  it("has no node where nothing is fetched", () => {
    expect(toQueryPlan({ node: null })).toEqual({ kind: "QueryPlan" });
  });

  it("tells conditions, steps and what runs side by side", () => {
    const condition = { kind: "Condition", variable: "some", whenTrue: fetch, whenFalse: null } as const;
    const plan: Plan = { node: { kind: "Sequence", nodes: [fetch, { kind: "Parallel", nodes: [fetch, condition] }] } };
    const shown = { kind: "Fetch", serviceName: "one", operationKind: "query", operation: "{a}" };
    expect(toQueryPlan(plan).node).toEqual({ kind: "Sequence", nodes: [shown, { kind: "Parallel", nodes: [shown, { kind: "Condition", condition: "some", ifClause: shown }] }] });
  });

  it("has rewrites and requirements in a form that Hive Laboratory draws: values are text, no fragment is in another", () => {
    const nested: RequiredSelection = { kind: "fragment", typeCondition: "Item", selections: [field("id"), { kind: "fragment", typeCondition: "Book", selections: [field("isbn", "_isbn")] }] };
    const rewrites = { inputRewrites: [{ kind: "set", path: [{ kind: "type", names: ["A"] }, { kind: "field", name: "x" }], value: 7 }], outputRewrites: [{ kind: "rename", path: [{ kind: "field", name: "y" }], name: "z" }] } as const;
    const plan: Plan = { node: { ...fetch, entities: [{ ...entities, ...rewrites, paths: [[{ kind: "field", name: "a" }, { kind: "items" }, { kind: "type", names: ["Item"] }]], requires: [nested] }] } };
    expect(toQueryPlan(plan).node).toEqual({
      kind: "Flatten",
      path: [{ Field: "a" }, "@", { TypeCondition: ["Item"] }],
      node: {
        kind: "Fetch",
        serviceName: "one",
        operationKind: "query",
        operation: "{a}",
        requires: [
          { kind: "InlineFragment", typeCondition: "Item", selections: [{ kind: "Field", name: "id" }] },
          { kind: "InlineFragment", typeCondition: "Book", selections: [{ kind: "Field", name: "_isbn", alias: "isbn" }] },
        ],
        inputRewrites: [{ kind: "ValueSetter", path: [{ TypenameEquals: ["A"] }, { Key: "x" }], setValueTo: "7" }],
        outputRewrites: [{ kind: "KeyRenamer", path: [{ Key: "y" }], renameKeyTo: "z" }],
      },
    });
  });
});

/** Without members that are null, documents as graphql-js prints them, variables of representations by one name. */
function normalised(plan: unknown): unknown {
  const text = JSON.stringify(plan, (key, value: unknown) => {
    if (value === null) return undefined;
    return key === "operation" ? print(parse(String(value))) : value;
  });
  return JSON.parse(text.replaceAll(/_r\d|__batch_reps_\d|\brepresentations(?=:\[| *: *\[_Any|")/g, "reps").replaceAll(/\$representations/g, "$reps"));
}
