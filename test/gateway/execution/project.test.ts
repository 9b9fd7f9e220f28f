// From the tree to the client's answer: shape, nulls, types, names.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { buildSchema, execute, isObjectType, parse, type ExecutionResult, type GraphQLSchema } from "graphql";

import { openCompiledExecutor, ReadyData } from "../../../gateway/execution/execution.ts";
import { readOperation } from "../../../gateway/operation/operation.ts";
import { at, each, entities, root, run, sequence, type Outcome, type World } from "./plans.ts";

const SCHEMA = `
  type Query { user: User  users: [User!]!  must: User!  any: [Any]  node: Node  odd: JSON  color: Color  colors: [Color!]  id: ID  int: Int  float: Float  text: String  flag: Boolean  grid: [[Int!]!]  query: Query }
  type User implements Node { id: ID!  name: String  friend: User  best: User!  friends: [User]  color: Color }
  type Bot implements Node { id: ID!  name: String!  maker: User }
  interface Node { id: ID!  name: String }
  union Any = User | Bot
  enum Color { RED GREEN }
  scalar JSON
`;

/** What is printed where one subgraph answers with this. */
function project(data: Record<string, unknown>, query: string, variables: Record<string, unknown> = {}, more: Partial<World> = {}): Promise<Outcome> {
  return run({ schema: SCHEMA, plan: root("a"), answers: { a: () => ({ data }) }, ...more }, query, variables);
}

/** graphql-js reads fields of texts and lists, too, unless it is told what an object is. */
function strict(sdl: string): GraphQLSchema {
  const schema = buildSchema(sdl);
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && type.name !== "Query") type.isTypeOf = (value) => typeof value === "object" && !Array.isArray(value);
  }
  return schema;
}

describe("nulls", () => {
  const WRAPPINGS = ["T", "T!", "[T]", "[T!]", "[T]!", "[T!]!", "[[T]]", "[[T!]]", "[[T]!]", "[[T!]!]!"];
  const INNER = ["Int", "Color", "Box"];

  /** Wherever a value may be: a right one, null, or one of a wrong kind. */
  const values = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<unknown>(1, null, "RED", "BLUE", {}, { a: 1 }, { a: null }, { b: { a: 1 } }, { a: 1, b: { a: null } }, { a: 1, b: null, c: [{ a: 1 }, { a: null }] }),
      fc.array(tie("value"), { maxLength: 3 }),
    ),
  })).value;

  it.each(WRAPPINGS.flatMap((wrapping) => INNER.map((inner) => [wrapping.replace("T", inner), inner] as const)))("of %s come to the place that the specification says, with an error there", async (type, inner) => {
    const schema = `type Query { outer: Outer } type Outer { f: ${type}  g: Int } type Box { a: Int!  b: Box  c: [Box!] } enum Color { RED }`;
    const selection = inner === "Box" ? " { a b { a } c { a } }" : "";
    const query = `{ outer { f${selection} g } }`;
    await fc.assert(
      fc.asyncProperty(values, async (f) => {
        const data = { outer: { f, g: 7 } };
        const expected = (await execute({ schema: strict(schema), document: parse(query), rootValue: data })) as ExecutionResult;
        const actual = await run({ schema, plan: root("a"), answers: { a: () => ({ data }) } }, query);
        expect(JSON.stringify(actual.data)).toBe(JSON.stringify(expected.data));
        expect(new Set(actual.errors?.map(({ path }) => JSON.stringify(path)))).toEqual(new Set(expected.errors?.map(({ path }) => JSON.stringify(path))));
      }),
      { numRuns: 25, seed: 4 },
    );
  });

  it("reach the root, and are told once", async () => {
    const { data, errors } = await project({ must: { best: { id: "1", name: "x" } } }, `{ must { best { id best { name } } } }`);
    expect(data).toBeNull();
    expect(errors).toEqual([{ message: "Cannot return null for non-nullable field User.best.", path: ["must", "best", "best"], extensions: { code: "VALUE_MISSING" } }]);
  });

  it("are not told again where a subgraph's error explains them, wherever in the chain it stands", async () => {
    const ask = async (path: (string | number)[] | undefined) => {
      const errors = [{ message: "no", ...(path && { path }), extensions: { code: "X" } }];
      const outcome = await project({}, `{ users { best { name } } text }`, {}, { answers: { a: () => ({ data: { users: [{ best: null }], text: "t" }, errors }) } });
      expect(outcome.data).toBeNull();
      return (outcome.errors ?? []).map((error) => error.extensions?.["code"]);
    };
    expect(await ask(["users", 0, "best", "name"])).toEqual(["X"]);
    expect(await ask(["users", 0])).toEqual(["X"]);
    expect(await ask(["users"])).toEqual(["X"]);
    expect(await ask(undefined)).toEqual(["X"]);
    expect(await ask(["users", 1, "best"])).toEqual(["X", "VALUE_MISSING"]);
    expect(await ask(["text"])).toEqual(["X", "VALUE_MISSING"]);
  });
});

describe("values", () => {
  it("of built-in types pass as they are when they are of the type's kind", async () => {
    const data = { id: 7, int: 1, float: 1.5e300, text: `"\\\u0000\u2028é😀\ud800`, flag: false, color: "GREEN", odd: { a: [1, { __proto__: null, b: "x" }], "": null } };
    const { text } = await project(data, `{ id int float text flag color odd }`);
    expect(text).toBe(JSON.stringify(data));
  });

  it.each([
    ["int", "1"], ["float", true], ["text", 1], ["flag", "true"], ["id", {}], ["color", "BLUE"], ["color", "toString"], ["text", ["x"]], ["user", "u"], ["user", []], ["users", { 0: {} }], ["grid", [[1], 2]],
  ])("of another kind are null and told: %s", async (name, value) => {
    const query = `{ ${name} ${name.startsWith("user") ? "{ id }" : ""} }`;
    const { data, errors } = await project({ [name]: value }, query);
    expect(data === null || data?.[name] === null).toBe(true);
    expect(errors?.map(({ path, extensions }) => [path?.[0], extensions?.["code"]])).toEqual([[name, "VALUE_MISSING"]]);
    expect(JSON.stringify(errors)).not.toContain("BLUE");
  });

  it("that clients may not see are null", async () => {
    const { data, errors } = await project({ user: { color: "SECRET" } }, `{ user { color } }`, {}, { fullSchema: SCHEMA.replace("GREEN", "GREEN SECRET") });
    expect(data).toEqual({ user: { color: null } });
    expect(JSON.stringify(errors)).not.toContain("SECRET");
  });

  it("nested a hundred thousand deep crash nothing", async () => {
    const text = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const deep = JSON.parse(text) as unknown;
    const { execute } = openCompiledExecutor({
      schema: buildSchema(SCHEMA),
      planner: { plan: async () => ({ node: sequence(root("a"), root("b")) }) } as never,
      send: async () => ({ data: { odd: deep, grid: deep, user: { friend: deep, name: "n" } }, errors: [] }),
    });
    const answer = await execute(readOperation(parse(`{ grid user { friend { id } name } odd }`), null, 100), {}, { signal: new AbortController().signal } as never);
    expect(answer.data instanceof ReadyData && answer.data.text).toBe(`{"grid":null,"user":{"friend":null,"name":"n"},"odd":${text}}`);
    expect(answer.errors?.map(({ path }) => path)).toEqual([["grid", 0, 0], ["user", "friend"]]);
  });
});

describe("the client's shape", () => {
  it("has its order, its names, and each name once with all that was asked under it", async () => {
    const user = { id: "1", n: "N", friend: { id: "2", name: "F" } };
    const { text } = await project({ user }, `{ user { friend { id } n: name ...F friend { name } } } fragment F on User { id n: name friend { id } }`);
    expect(text).toBe(`{"user":{"friend":{"id":"2","name":"F"},"n":"N","id":"1"}}`);
  });

  it("has names of prototypes like any others, of fields that are there and that are not", async () => {
    const user = JSON.parse(`{"__proto__":{"id":"1"},"constructor":"N","hasOwnProperty":null}`) as unknown;
    const query = `{ user { __proto__: friend { id __proto__: name } constructor: name toString: name valueOf: friend { id } hasOwnProperty: id } }`;
    const { text, errors } = await project({ user }, query.replace("hasOwnProperty: id", ""));
    expect(text).toBe(`{"user":{"__proto__":{"id":"1","__proto__":null},"constructor":"N","toString":null,"valueOf":null}}`);
    expect(errors).toBeUndefined();
    expect((await project({ user }, query)).errors?.map(({ path }) => path)).toEqual([["user", "hasOwnProperty"]]);
    expect(({} as Record<string, unknown>)["id"]).toBeUndefined();
  });

  it("has names of prototypes through entities, too", async () => {
    const world: World = {
      schema: SCHEMA,
      plan: sequence(root("a"), entities("b", at("__proto__.constructor", "User"))),
      answers: {
        a: () => ({ data: JSON.parse(`{"__proto__":{"constructor":{"__typename":"User","id":"1"}}}`) as Record<string, unknown> }),
        b: each(() => JSON.parse(`{"__proto__":{"id":"2"},"toString":"T"}`)),
      },
    };
    const { text } = await run(world, `{ __proto__: user { constructor: friend { __proto__: friend { id } toString: name } } }`);
    expect(text).toBe(`{"__proto__":{"constructor":{"__proto__":{"id":"2"},"toString":"T"}}}`);
    expect(({} as Record<string, unknown>)["toString"]).toBe(Object.prototype.toString);
  });

  it("has for objects of each type what was asked of that type", async () => {
    const any = [{ __typename: "User", id: "1", name: null, u: "U" }, { __typename: "Bot", id: "2", b: "B" }, null];
    const { text } = await project({ any, node: any[1] }, `{ any { ... on Node { id } ... on User { u: name __typename } ... on Bot { b: name t: __typename } } node { ... on User { name } ... on Node { ... on Bot { id } } } }`);
    expect(text).toBe(`{"any":[{"id":"1","u":"U","__typename":"User"},{"id":"2","b":"B","t":"Bot"},null],"node":{"id":"2"}}`);
  });

  it.each([
    ["is none of the schema", { any: [{ __typename: "Hidden", id: "1" }] }, `{ any { ... on User { id } } }`, `{"any":[null]}`],
    ["is not behind the interface", { node: { __typename: "Query", id: "1" } }, `{ node { id } }`, `{"node":null}`],
    ["is not the one of the field", { user: { __typename: "Bot", id: "1" } }, `{ user { id } }`, `{"user":null}`],
    ["is no name", { any: [{ __typename: ["User"], id: "1" }] }, `{ any { __typename } }`, `{"any":[null]}`],
    ["is missing in a union", { any: [{ id: "1" }] }, `{ any { ... on User { id } } }`, `{"any":[null]}`],
    ["is that of its interface though asked for", { node: { __typename: "Node", id: "1" } }, `{ node { id __typename } }`, `{"node":null}`],
    ["is missing though asked for", { node: { id: "1" } }, `{ node { id __typename } }`, `{"node":null}`],
  ])("has null and one error for an object whose type %s", async (_what, data, query, expected) => {
    const { text, errors } = await project(data, query);
    expect(text).toBe(expected);
    expect(errors?.map(({ extensions }) => extensions?.["code"])).toEqual(["VALUE_MISSING"]);
  });

  it("has the interface's own fields of an object that is known by its interface only", async () => {
    const { text, errors } = await project({ node: { __typename: "Node", id: "1", name: "N" } }, `{ node { id ... on Node { name } } }`);
    expect(text).toBe(`{"node":{"id":"1","name":"N"}}`);
    expect(errors).toBeUndefined();
  });

  it("is null with an error where the fields depend on a type that nobody told", async () => {
    const { text, errors } = await project({ node: { __typename: "Node", id: "1", name: "N" } }, `{ node { id ... on User { friend { id } } } }`);
    expect(text).toBe(`{"node":null}`);
    expect(errors).toMatchObject([{ path: ["node"], extensions: { code: "VALUE_MISSING" } }]);
  });

  it("follows @skip and @include, for each request anew", async () => {
    const query = `query ($a: Boolean!, $b: Boolean = true) { text @include(if: $a) int @skip(if: $b) ... @include(if: $a) @skip(if: $b) { flag } id @skip(if: false) }`;
    const ask = async (variables: Record<string, unknown>) => (await project({ text: "t", int: 1, flag: true, id: "i" }, query, variables)).text;
    expect(await ask({ a: true })).toBe(`{"text":"t","id":"i"}`);
    expect(await ask({ a: true, b: false })).toBe(`{"text":"t","int":1,"flag":true,"id":"i"}`);
    expect(await ask({ a: false, b: false })).toBe(`{"int":1,"id":"i"}`);
  });

  it("is empty for objects of which nothing was asked that they have", async () => {
    expect((await project({ any: [{ __typename: "Bot" }] }, `{ any { ... on User { id } } }`)).text).toBe(`{"any":[{}]}`);
  });

  it("has what was asked about the schema, beside data and alone", async () => {
    const query = `query ($name: String!) { __typename s: __schema { queryType { ...T } } text __type(name: $name) { ...T } none: __type(name: "None") { name } } fragment T on __Type { name }`;
    const ask = async (name: string) => (await project({ text: "t" }, query, { name })).text;
    expect(await ask("User")).toBe(`{"__typename":"Query","s":{"queryType":{"name":"Query"}},"text":"t","__type":{"name":"User"},"none":null}`);
    expect(await ask("Bot")).toContain(`"__type":{"name":"Bot"}`);
    const alone = await project({}, `{ __typename __schema { types { name } } }`, {}, { plan: null });
    expect(alone.sent).toEqual([]);
    expect(alone.text).toContain(`"name":"Color"`);
  });
});
