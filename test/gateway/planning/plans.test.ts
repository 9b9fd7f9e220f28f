// What both planners make of an operation, in our form.
import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, it } from "@jest/globals";
import { parse, print, visit } from "graphql";

import { createPlanMaker, type FetchNode, type Plan, type PlanNode, type RequiredSelection } from "../../../gateway/planning/planning.ts";
import { readSupergraph } from "../../../gateway/supergraph/supergraph.ts";
import { SUBGRAPH_NAMES } from "../../../subgraphs/config.ts";
import { composeText } from "../core/federation.ts";
import { countFetches, openPlans, plansOf, type Plans } from "./plans.ts";

const PEOPLE = {
  users: `
    type Query { users: [User!]! user(id: ID!): User }
    type Mutation { rename(id: ID!, name: String!): User  forget(id: ID!): Boolean }
    type User @key(fields: "id") { id: ID! name: String manager: User }`,
  posts: `
    type Query { post(id: ID!): Post }
    type Mutation { publish(text: String!): Post }
    type Post { text: String author: User }
    type User @key(fields: "id") { id: ID! posts(first: Int = 3): [Post!] }`,
};

const KINDS = ["hive", "apollo"] as const;

describe.each(KINDS)("a plan by %s", (kind) => {
  let plans: Plans;
  beforeAll(async () => {
    plans = await openPlans(kind, PEOPLE);
  });

  it("has a fetch of root fields, then one of entities by what their key is", () => {
    const [root, entities] = fetchesOf(plans.make(`query Named($id: ID!, $first: Int) { user(id: $id) { name posts(first: $first) { text } } }`));
    expect(root).toMatchObject({ subgraph: "users", operationKind: "query", variables: ["id"], entities: [], outputRewrites: [] });
    expect(entities).toEqual({
      kind: "Fetch",
      subgraph: "posts",
      operationKind: "query",
      document: "query($_r0:[_Any!]!$first:Int){_entities(representations:$_r0){...on User{posts(first:$first){text}}}}",
      variables: ["first"],
      entities: [
        {
          alias: "_entities",
          variable: "_r0",
          paths: [[{ kind: "field", name: "user" }]],
          requires: [
            {
              kind: "fragment",
              typeCondition: "User",
              selections: [
                { kind: "field", name: "__typename", responseName: "__typename", selections: [] },
                { kind: "field", name: "id", responseName: "id", selections: [] },
              ],
            },
          ],
          inputRewrites: [],
          outputRewrites: [],
        },
      ],
      outputRewrites: [],
    });
  });

  it("has no names of operations, so that equal fetches are equal text", () => {
    const [one] = fetchesOf(plans.make(`query One { users { name } }`));
    const [two] = fetchesOf(plans.make(`query Two { __typename users { ...F } } fragment F on User { name }`));
    expect(two).toEqual(one);
  });

  it.each(["{ __typename }", `{ __schema { types { name } } again: __type(name: "User") { name } }`, `query($x: Boolean!) { ... on Query @include(if: $x) { ...F } } fragment F on Query { __typename }`])(
    "fetches nothing for %s",
    (query) => {
      expect(plans.make(query)).toEqual({ node: null });
    },
  );

  it("leaves introspection to the executor, and `__typename` in objects to subgraphs", () => {
    const [fetch, ...more] = fetchesOf(plans.make(`{ __typename ...F } fragment F on Query { __schema { queryType { name } } users { __typename name } kind: __typename }`));
    expect(more).toEqual([]);
    expect(fetch?.document).toBe("{users{__typename name}}");
  });

  it("runs mutations in their order, each with what it answers", () => {
    const plan = plans.make(`mutation { rename(id: 1, name: "A") { posts { text } } publish(text: "B") { author { name } } forget(id: 2) }`);
    expect(fetchesOf(plan).map(({ subgraph, operationKind, document }) => `${subgraph} ${operationKind} ${/rename|publish|forget|posts|name/.exec(document)?.[0]}`)).toEqual([
      "users mutation rename",
      "posts query posts",
      "posts mutation publish",
      "users query name",
      "users mutation forget",
    ]);
    expect(plan.node?.kind).toBe("Sequence");
    expect(plan.node?.kind === "Sequence" && plan.node.nodes.every(({ kind: inner }) => inner === "Fetch")).toBe(true);
  });

  it("keeps a client's variables apart from those of representations", () => {
    const fetches = fetchesOf(plans.make(`query($representations: ID!, $__batch_reps_0: Int, $_r0: Boolean!) { user(id: $representations) { posts(first: $__batch_reps_0) @include(if: $_r0) { text } } }`));
    expect(fetches.map(({ variables }) => [...variables].sort())).toEqual([["representations"], ["__batch_reps_0"]]);
    expect(fetches[1]?.document).toMatch(/^query\(\$__r0:\[_Any!\]!/);
    expect(fetches[1]?.entities[0]?.variable).toBe("__r0");
  });

  it("names the client's variable of a condition, whatever it is called", () => {
    expect(plans.print(`query($representations: Boolean!) { users { posts @skip(if: $representations) { text } } }`)).toContain("If not $representations {");
  });

  it("does not fetch what a literal condition leaves out", () => {
    expect(fetchesOf(plans.make(`{ users { name posts @skip(if: true) { text } } post(id: 1) @include(if: false) { text } }`)).map(({ subgraph }) => subgraph)).toEqual(["users"]);
  });

});

describe.each(KINDS)("names that client and planner both use, by %s", (kind) => {
  const CARDS = {
    users: `type Query { users: [User!]! } type User @key(fields: "id") { id: ID! name: String age: Int boss: User nick(form: String): String }`,
    cards: `type User @key(fields: "id") { id: ID! name: String @external card: String @requires(fields: "name") }`,
  };
  let plans: Plans;
  beforeAll(async () => {
    plans = await openPlans(kind, CARDS);
  });

  it("leaves the client's alias alone and moves the key aside", () => {
    const [root, entities] = fetchesOf(plans.make("{ users { id: age boss { id: nick card } } }"));
    expect(root?.document).toMatch(/id:age/);
    expect(root?.document).toMatch(/id:nick/);
    expect(root?.document).toMatch(/_k_id:id/);
    expect(printRequired(entities)).toEqual(["__typename", "id from _k_id", "name"]);
  });

  it("does so for a field that is required", () => {
    const [root, entities] = fetchesOf(plans.make(`query($form: String) { users { name: nick(form: $form) card } }`));
    expect(root?.document).toMatch(/[ {]name:nick\(form:\$form\)/);
    expect(printRequired(entities)).toEqual(["__typename", "id", "name from _k_name"]);
  });

  it("finds a name that is free even where the client uses ours", () => {
    const [root, entities] = fetchesOf(plans.make("{ users { id: age _k_id: name _c_id: age card } }"));
    expect(root?.document).toMatch(/__k_id:id/);
    expect(printRequired(entities)).toContain("id from __k_id");
  });

  it("goes on to what lies below such a name", () => {
    const [, entities] = fetchesOf(plans.make("{ users { name: boss { card } } }"));
    expect(entities?.entities[0]?.paths).toEqual([[{ kind: "field", name: "users" }, { kind: "items" }, { kind: "field", name: "name" }]]);
  });

  it("asks for `__typename` under its own name, whatever the client calls it", async () => {
    const { make } = await openPlans(kind, { a: "type Query { any: Any } union Any = A | B type A { a: Int } type B { b: Int }" });
    const [fetch] = fetchesOf(make("{ any { kind: __typename } }"));
    expect(fetch?.document).toBe("{any{__typename kind:__typename}}");
  });

  it("is not led astray by fragments in which nothing can be", async () => {
    const { make } = await openPlans(kind, { a: "type Query { any: Any } union Any = A | B type A { a: Int } type B { b: Int }" });
    const [fetch, ...more] = fetchesOf(make("{ any { ... on A { ... on Any { ... on B { b } } } } }"));
    expect(fetch?.document).toBe("{any{__typename}}");
    expect(more).toEqual([]);
  });
});

describe.each(KINDS)("required fields with arguments, by %s", (kind) => {
  const FORMS = {
    users: `type Query { user: User } type User @key(fields: "id") { id: ID! name(form: String): String town: Town } type Town { size(unit: String): Int }`,
    cards: `type User @key(fields: "id") { id: ID! name(form: String): String @external town: Town @external
      short: String @requires(fields: "name(form: \\"short\\")")
      long: String @requires(fields: "name(form: \\"long\\") town { size(unit: \\"km\\") }")
      near: String @requires(fields: "town { size(unit: \\"m\\") }")
      plain: String @requires(fields: "name") }
      type Town { size(unit: String): Int @external }`,
  };
  let plans: Plans;
  beforeAll(async () => {
    plans = await openPlans(kind, FORMS);
  });

  it("are each asked for, and each is sent to the field that requires it, in one request", () => {
    const fetches = fetchesOf(plans.make(`{ user { name(form: "own") short long near plain } }`));
    expect(fetches.map(({ subgraph }) => subgraph)).toEqual(["users", "cards"]);
    expect(argumentsOf(fetches[0], "name")).toEqual(["", 'form: "long"', 'form: "own"', 'form: "short"']);
    expect(argumentsOf(fetches[0], "size")).toEqual(['unit: "km"', 'unit: "m"']);
    expect(sentFor(fetches[1])).toEqual({
      short: "__typename id name",
      long: "__typename id name town{size}",
      near: "__typename id name town{size}",
      plain: "__typename id name",
    });
  });

  it("are sent once where no other arguments are required", () => {
    const [, cards] = fetchesOf(plans.make("{ user { short } }"));
    expect(cards?.entities).toHaveLength(1);
    expect(printRequired(cards)).toEqual(["__typename", "id", "name from name__0"]);
  });

  it("are asked for below a condition on the root, too", () => {
    const [users] = fetchesOf(plans.make("query($x: Boolean!) { ... on Query @include(if: $x) { user { short long } } }"));
    expect(argumentsOf(users, "name")).toEqual(['form: "long"', 'form: "short"']);
  });

  it("use no variable and no fragment that the document does not have", () => {
    const fetches = fetchesOf(plans.make("query($x: Boolean!) { user { short @include(if: $x) long near } }"));
    for (const { document, variables } of fetches) {
      const used = new Set(document.match(/(?<=if:\$)\w+/g));
      expect(variables).toEqual([...used]);
    }
  });
});

/** With which arguments a document asks for a field. */
function argumentsOf(fetch: FetchNode | undefined, name: string): string[] {
  const found: string[] = [];
  visit(parse(fetch?.document ?? ""), { Field: (node) => void (node.name.value === name && found.push((node.arguments ?? []).map((one) => print(one)).join())) });
  return found.sort();
}

/** Field → the members of the representation that is sent for it. */
function sentFor(fetch: FetchNode | undefined): Record<string, string> {
  const members = (selections: readonly RequiredSelection[]): string =>
    selections.flatMap((one) => (one.kind === "field" ? `${one.name}${one.selections.length === 0 ? "" : `{${members(one.selections)}}`}` : [])).sort().join(" ");
  return Object.fromEntries(
    (fetch?.entities ?? []).flatMap(({ alias, requires }) => {
      const [, fields = ""] = new RegExp(`\\b${alias}(?::_entities)?\\([^)]*\\)\\{\\.\\.\\.on User\\{([\\w ]+)\\}`).exec(fetch?.document ?? "") ?? [];
      return fields.split(" ").map((field) => [field, members(requires[0]?.selections ?? [])]);
    }),
  );
}

describe("the project's own supergraph", () => {
  const sdl = readSupergraph(composeText(Object.fromEntries(SUBGRAPH_NAMES.map((name) => [name, { sdl: readFileSync(`subgraphs/${name}/schema.graphql`, "utf8") }]))), "test").sdl;
  const PATHWAY = readFileSync("queries/01_full_support_pathway.graphql", "utf8");

  it.each([
    ["hive", 6],
    ["apollo", 11],
  ] as const)("answers a full pathway in 6 requests by %s, which alone would make %d", async (kind, alone) => {
    const plans = await plansOf(kind, sdl);
    expect(countFetches(plans.make(PATHWAY, false))).toBe(alone);
    expect(countFetches(plans.make(PATHWAY))).toBe(6);
  });
});

describe("what neither planner can do", () => {
  it("is said at the start for values taken from ancestors", async () => {
    const supergraphSdl = `type A @join__type(graph: A) { b(c: Int): Int @join__field(graph: A, contextArguments: [{context: "x", name: "c", type: "Int", selection: "{ c }"}]) }`;
    await expect(createPlanMaker({ kind: "hive", supergraphSdl })).rejects.toThrow("@fromContext");
  });
});

function fetchesOf({ node }: Plan): FetchNode[] {
  const collect = (one: PlanNode | null): FetchNode[] => {
    if (one === null) return [];
    if (one.kind === "Fetch") return [one];
    if (one.kind === "Defer") return [...collect(one.primary), ...one.deferred.flatMap(({ node: later }) => collect(later))];
    return one.kind === "Condition" ? [...collect(one.whenTrue), ...collect(one.whenFalse)] : one.nodes.flatMap(collect);
  };
  return collect(node);
}

/** The members of the first representation of a fetch, by name. */
function printRequired(fetch: FetchNode | undefined): string[] {
  const selections = fetch?.entities[0]?.requires[0]?.selections ?? [];
  return selections.flatMap((one) => (one.kind === "field" ? `${one.name}${one.name === one.responseName ? "" : ` from ${one.responseName}`}` : [])).sort();
}
