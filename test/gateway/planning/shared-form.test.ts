// Operations that share a plan: which do, which must not, and that each gets its own answer all the same.
import { buildSubgraphSchema } from "@apollo/subgraph";
import { describe, expect, it } from "@jest/globals";
import { buildSchema, graphql, parse, print, validate, visit, type DocumentNode } from "graphql";

import { openCompiledExecutor } from "../../../gateway/execution/execution.ts";
import { ANONYMOUS } from "../../../gateway/gateway.ts";
import { readOperation } from "../../../gateway/operation/operation.ts";
import { openPlanner, toSharedForm } from "../../../gateway/planning/planning.ts";
import { readApiSchema } from "../../../gateway/supergraph/supergraph.ts";
import type { Send } from "../../../gateway/transport/transport.ts";
import { openContest } from "../../referee/contest.ts";
import { federationNames, readFederation } from "../../referee/federation.ts";
import { generateOperation } from "../../referee/generate.ts";
import { judge } from "../../referee/referee.ts";
import { parseAnswer } from "../core/federation.ts";
import { composeSdl, LINK } from "./plans.ts";

const SCHEMA = buildSchema(`
  scalar Any
  enum Size { S M }
  input Where { city: String  near: [Float!]  deep: Where  any: Any }
  type Query { user(id: ID!): User  users(where: Where, ids: [ID!], sizes: [Size], by: Any): [User]  self: User }
  type Mutation { add(n: Int): Int }
  type User { id: ID! name(form: String = "LONG", size: Size): String pay(from: Float, exact: Boolean, n: Int): Float friend: User }
`);

/** The text that is planned, in one line, and the values of its variables. */
function share(text: string): readonly [text: string, values: unknown] {
  const document = parse(text);
  expect(validate(SCHEMA, document)).toEqual([]);
  const { operation, values } = toSharedForm(readOperation(document, null, 1_000), SCHEMA);
  return [print(operation.document).replaceAll(/\s+/g, " ").trim(), values];
}

describe("the form in which an operation is planned", () => {
  it.each([
    ["without its name", `query A { self { id } }`, `{ self { id } }`],
    ["without fragments", `{ self { ...F ... on User { name } } } fragment F on User { id friend { ...G } } fragment G on User { id }`, `{ self { id friend { id } name } }`],
    ["with equal fields once", `{ self { friend { id } } self { friend { name } } }`, `{ self { friend { id name } } }`],
  ])("is %s", (_, text, expected) => {
    expect(share(text)).toEqual([expected, null]);
  });

  it.each([
    [`{ user(id: "1") { name(form: "A") } }`, `query ($_l0: ID!, $_l1: String!) { user(id: $_l0) { name(form: $_l1) } }`, { _l0: "1", _l1: "A" }],
    [`{ user(id: 7) { pay(from: 1, exact: true, n: -3) } }`, `query ($_l0: ID!, $_l1: Float!, $_l2: Boolean!, $_l3: Int!) { user(id: $_l0) { pay(from: $_l1, exact: $_l2, n: $_l3) } }`, { _l0: "7", _l1: 1, _l2: true, _l3: -3 }],
    [`{ users(where: { city: "X", deep: { near: [1.5, 2] } }, ids: ["a", 1]) { id } }`, `query ($_l0: String!, $_l1: [Float!]!, $_l2: [ID!]!) { users(where: {city: $_l0, deep: {near: $_l1}}, ids: $_l2) { id } }`, { _l0: "X", _l1: [1.5, 2], _l2: ["a", "1"] }],
    [`query ($_l: ID!) { user(id: $_l) { name(form: "A") } }`, `query ($_l: ID!, $__l0: String!) { user(id: $_l) { name(form: $__l0) } }`, { __l0: "A" }],
    [`mutation { a: add(n: 1) b: add(n: 2) }`, `mutation ($_l0: Int!, $_l1: Int!) { a: add(n: $_l0) b: add(n: $_l1) }`, { _l0: 1, _l1: 2 }],
  ])("has variables in the place of scalar literals: %s", (text, expected, values) => {
    expect(share(text)).toEqual([expected, values]);
  });

  it("has one variable for equal values of one type, so that fields of one response name keep equal arguments", () => {
    expect(share(`{ self { name(form: "A") ... on User { name(form: "A") } friend { name(form: "A") x: name(form: "B") } } }`)).toEqual([
      `query ($_l0: String!, $_l1: String!) { self { name(form: $_l0) friend { name(form: $_l0) x: name(form: $_l1) } } }`,
      { _l0: "A", _l1: "B" },
    ]);
  });

  it.each([
    ["enum values", `{ self { name(size: M) } }`],
    ["null", `{ self { name(form: null) } }`],
    ["custom scalars", `{ users(by: { a: "x" }, where: {any: "x"}) { id } }`],
    ["lists of what is not lifted", `{ users(sizes: [S, M], where: {near: [1, -0.0]}) { id } }`],
    ["single values for a list", `{ users(ids: "a") { id } }`],
    ["numbers that JSON has not", `{ self { pay(from: 1e999) } }`],
    ["defaults of variables", `query ($f: String = "B") { self { name(form: $f) } }`],
  ])("keeps %s", (_, text) => {
    expect(share(text)).toEqual([text.replaceAll(`{ a: "x" }`, `{a: "x"}`), null]);
  });

  it("is the operation itself where a directive stands, which may mean its fragment", () => {
    const operation = readOperation(parse(`query A { ... @other { self { name(form: "A") } } }`), null, 1_000);
    expect(toSharedForm(operation, SCHEMA)).toEqual({ operation, values: null });
  });
});

const SUBGRAPHS = {
  users: { sdl: `type Query { user(id: ID!): User } type User @key(fields: "id") { id: ID! name(form: String): String }`, of: { name: ({ id }: Keyed, { form }: Formed) => `${id} ${form}` } },
  posts: { sdl: `type User @key(fields: "id") { id: ID! post(form: String): String }`, of: { post: ({ id }: Keyed, { form }: Formed) => `post of ${id} ${form}` } },
};

interface Keyed {
  readonly id: string;
}

interface Formed {
  readonly form: string;
}

async function openWorld() {
  const supergraphSdl = composeSdl(Object.fromEntries(Object.entries(SUBGRAPHS).map(([name, { sdl }]) => [name, sdl])));
  const planner = await openPlanner({ kind: "auto", supergraphSdl });
  const schemas = new Map(Object.entries(SUBGRAPHS).map(([name, { sdl, of }]) => [name, buildSubgraphSchema([{ typeDefs: parse(`${LINK}\n${sdl}`), resolvers: { User: of } }])]));
  const seen: string[] = [];
  const send: Send = async ({ subgraph, query, variables }) => {
    seen.push(subgraph);
    const schema = schemas.get(subgraph);
    if (schema === undefined) throw new Error(`Expected a subgraph, got ${subgraph}.`);
    const answer = await graphql({ schema, source: query, variableValues: variables, rootValue: { user: ({ id }: Keyed) => ({ id }) } });
    return JSON.parse(JSON.stringify({ data: answer.data ?? null, errors: answer.errors ?? [] })) as Awaited<ReturnType<Send>>;
  };
  const schema = readApiSchema(supergraphSdl);
  const { execute, close } = openCompiledExecutor({ schema, planner, send });
  const ask = async (text: string, variables: Record<string, unknown> = {}) =>
    parseAnswer(await execute(readOperation(parse(text), null, 1_000), variables, { caller: ANONYMOUS, requestId: "test", signal: new AbortController().signal }));
  return { ask, close, seen, facts: planner.facts };
}

describe("operations that share a plan", () => {
  it("are planned once, and each is answered by its own literals, in its own order and under its own names", async () => {
    const { ask, facts, close } = await openWorld();
    expect(await ask(`query One { user(id: "1") { name(form: "A") p: post(form: "B") } }`)).toEqual({ data: { user: { name: "1 A", p: "post of 1 B" } } });
    expect(await ask(`{user(id:2){...F}} fragment F on User{name(form:"C"),...{p:post(form:"D")}}`)).toEqual({ data: { user: { name: "2 C", p: "post of 2 D" } } });
    expect(facts()).toMatchObject({ plans: 1, hits: 1, misses: 1 });
    await close();
  });

  it("are not those whose equal literals stand at other places, nor those with other variables, names or defaults", async () => {
    const { ask, facts, close } = await openWorld();
    expect(await ask(`{ user(id: "1") { name(form: "A") post(form: "A") } }`)).toEqual({ data: { user: { name: "1 A", post: "post of 1 A" } } });
    expect(await ask(`{ user(id: "1") { name(form: "A") post(form: "B") } }`)).toEqual({ data: { user: { name: "1 A", post: "post of 1 B" } } });
    expect(await ask(`{ user(id: "1") { x: name(form: "A") post(form: "B") } }`)).toEqual({ data: { user: { x: "1 A", post: "post of 1 B" } } });
    expect(await ask(`query ($f: String = "A") { user(id: "1") { name(form: $f) post(form: "B") } }`)).toEqual({ data: { user: { name: "1 A", post: "post of 1 B" } } });
    expect(await ask(`query ($f: String = "C") { user(id: "1") { name(form: $f) post(form: "B") } }`)).toEqual({ data: { user: { name: "1 C", post: "post of 1 B" } } });
    expect(facts()).toMatchObject({ plans: 5, hits: 0 });
    await close();
  });

  it("do so with @skip and @include, as far as the same is left", async () => {
    const { ask, facts, seen, close } = await openWorld();
    const text = (form: string) => `query ($x: Boolean!) { user(id: "1") { name(form: "${form}") @include(if: $x) post(form: "B") @skip(if: $x) } }`;
    expect(await ask(text("C"), { x: true })).toEqual({ data: { user: { name: "1 C" } } });
    expect(await ask(text("D"), { x: true })).toEqual({ data: { user: { name: "1 D" } } });
    // Who is left out is not asked.
    expect(seen).toEqual(["users", "users"]);
    expect(await ask(text("D"), { x: false })).toEqual({ data: { user: { post: "post of 1 B" } } });
    expect(await ask(`{ user(id: "5") { name(form: "E") } }`)).toEqual({ data: { user: { name: "5 E" } } });
    expect(facts()).toMatchObject({ plans: 2, misses: 2 });
    await close();
  });

  it("get the right answers with other literals, in every federation", async () => {
    const wrong: string[] = [];
    for (const name of federationNames()) {
      const contest = await openContest(readFederation(name), ["apollo"]);
      for (let seed = 1; seed <= 3 && contest.contestants.length > 0; seed += 1) {
        const asked = generateOperation(contest.federation.apiSchema, 77_000 + seed);
        const mood = { seed, nulls: 0, faults: 0 };
        // What is wrong with the first is not for this test to tell.
        if ((await judge(contest, "apollo", asked, mood)) !== null) continue;
        const document = withOtherLiterals(asked.document);
        const why = await judge(contest, "apollo", { ...asked, document, text: print(document) }, mood);
        if (why !== null) wrong.push(`${name}: ${why}\n${print(document)}`);
      }
      await contest.close();
    }
    expect(wrong).toEqual([]);
  }, 180_000);
});

/** Of arguments of fields; equal ones stay equal. */
function withOtherLiterals(document: DocumentNode): DocumentNode {
  return visit(document, {
    Directive: () => false,
    VariableDefinition: () => false,
    StringValue: (node) => ({ ...node, value: `${node.value}~` }),
    IntValue: (node) => ({ ...node, value: String(Number(node.value) + 1) }),
    FloatValue: (node) => ({ ...node, value: String(Number(node.value) + 0.5) }),
  });
}
