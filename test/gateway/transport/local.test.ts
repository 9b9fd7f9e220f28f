// Subgraphs of this process: the same answers and errors as over HTTP, and nothing of theirs is changed.
import { buildSubgraphSchema } from "@apollo/subgraph";
import { afterEach, describe, expect, it } from "@jest/globals";
import { buildSchema, parse } from "graphql";

import { readConfig } from "../../../gateway/config.ts";
import { listen } from "../../../gateway/events.ts";
import { createLocalSubgraph, type LocalRequest, type LocalSubgraph } from "../../../gateway/gateway.ts";
import { callerWith, ENGINES, openFederation, type Federation, type SubgraphSource } from "../core/federation.ts";
import { SHOP } from "../core/shop.ts";
import { openAsking, type Asking } from "./ask.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

const QUERIES = [
  "{ topReviews { text author { name nickname manager { name } } item { title ... on Book { pages } } } }",
  "{ users { id name } review(id: \"r1\") { stars author { name } } }",
  "{ review(id: \"nobody\") { text } }",
  "{ __typename users { __typename __proto__: name constructor: id } }",
] as const;

function localOf(sources: Readonly<Record<string, SubgraphSource>>, names: readonly string[], asked: LocalRequest[] = []): ReadonlyMap<string, LocalSubgraph> {
  return new Map(
    names.map((name) => {
      const { sdl = "", resolvers = {} } = sources[name] ?? {};
      const subgraph = createLocalSubgraph(buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]));
      return [name, { execute: (request: LocalRequest) => (asked.push(request), subgraph.execute(request)) }];
    }),
  );
}

async function open(...[sources, options]: Parameters<typeof openFederation>): Promise<Federation> {
  const federation = await openFederation(sources, options);
  ended.push(federation.close);
  return federation;
}

describe("subgraphs of this process", () => {
  const [reference, compiled] = ENGINES;
  it.each([
    { ...reference, here: ["users"] },
    { ...compiled, here: ["users"] },
    { ...compiled, here: Object.keys(SHOP) },
  ])("answer as over HTTP ($engine, $here)", async ({ here, ...on }) => {
    const remote = await open(SHOP, { on });
    const local = await open(SHOP, { on, parts: { local: localOf(SHOP, here) } });
    for (const query of QUERIES) expect(await local.ask(query)).toEqual(await remote.ask(query));
    await local.ask(QUERIES[0]);
    expect(local.fetches().filter((fetch) => here.some((name) => fetch.startsWith(`${name}:`)))).toEqual([]);
    expect(local.fetches().length > 0).toBe(here.length < Object.keys(SHOP).length);
  });
});

describe("a subgraph of this process", () => {
  it("needs no address, is ready, and is told who asks, under which id, with the token of the layers", async () => {
    const asked: LocalRequest[] = [];
    const edit = (sdl: string): string => sdl.replace(/name: "users", url: "[^"]*"/, `name: "users", url: ""`);
    const callerToken = { key: { kind: "generate" as const }, forwardClaims: [], claimHeaders: new Map<string, string>(), claimExtensions: new Map<string, string>() };
    const shop = await open(SHOP, { edit, config: { callerToken }, parts: { local: localOf(SHOP, ["users"], asked) } });
    expect(shop.gateway.health()).toMatchObject({ ready: true, subgraphs: [{}, {}, { name: "users", url: "local:", up: true }] });
    asked.length = 0;
    await shop.ask("{ users { name } }", { caller: callerWith(["a"], "ada"), requestId: "r7" });
    expect(asked).toMatchObject([{ caller: { subject: "ada" }, requestId: "r7", headers: { "x-request-id": "r7", "x-gateway-caller": expect.stringMatching(/^ey/) } }]);
  });

  it("that the supergraph does not have is a mistake, told at the start", async () => {
    await expect(openFederation(SHOP, { parts: { local: new Map([["user", createLocalSubgraph(buildSchema("type Query { a: Int }"))]]) } })).rejects.toThrow(
      "Expected local subgraphs that the supergraph has (catalogue, reviews, users), got user.",
    );
  });

  it("can be embedded as gateway/README.md shows", async () => {
    const sources = { here: { sdl: "type Query { hello: String }" }, there: { sdl: "type Query { bye: String }", resolvers: { Query: { bye: () => "Bye" } } } };
    const schema = buildSubgraphSchema([{ typeDefs: parse(sources.here.sdl), resolvers: { Query: { hello: (_: unknown, __: unknown, { name }: { name: string }) => `Hello ${name}` } } as never }]);
    const local = new Map([["here", createLocalSubgraph(schema, ({ caller }) => ({ name: caller.subject }))]]);
    const federation = await open(sources, { parts: { local }, config: { requestTimeoutMs: readConfig({}, {}).requestTimeoutMs } });
    expect(await federation.ask("{ hello bye }", { caller: callerWith([], "Ada") })).toEqual({ data: { hello: "Hello Ada", bye: "Bye" } });
  });
});

describe("what a subgraph of this process answers", () => {
  const faults: unknown[] = [];
  function openOne(subgraph: LocalSubgraph, dedupe = false): Asking {
    faults.length = 0;
    ended.push(listen("fault", (facts) => void faults.push(facts)));
    const asking = openAsking("local:", { local: new Map([["one", subgraph]]), dedupe });
    ended.push(asking.transport.close);
    return asking;
  }
  const malformed = (detail: string) => ({ message: expect.stringContaining(detail), extensions: { code: "SUBREQUEST_MALFORMED_RESPONSE", serviceName: "one" } });
  const schemaOf = (sdl: string, root: object): LocalSubgraph => {
    const schema = buildSchema(sdl);
    for (const [name, field] of Object.entries(schema.getQueryType()?.getFields() ?? {})) field.resolve = () => root[name as keyof typeof root];
    return createLocalSubgraph(schema);
  };

  it("is its own: what the receiver does to the answer changes nothing here", async () => {
    const kept = { list: [{ deep: 1 }], "toString": "x" };
    const asking = openOne(schemaOf("scalar Json type Query { a: Json b: [Json] }", { a: kept, b: [kept] }));
    const { data } = await asking.ask({ query: "{ a b }" });
    expect(data).toEqual({ a: kept, b: [kept] });
    Object.assign((data?.["a"] as typeof kept).list[0] ?? {}, { deep: 2 });
    (data?.["b"] as object[]).push({});
    expect(kept).toEqual({ list: [{ deep: 1 }], toString: "x" });
  });

  it("becomes what JSON makes of it", async () => {
    const values = { date: new Date(0), none: undefined, nan: Number.NaN, own: JSON.parse('{"__proto__":{"x":1}}') as unknown };
    const asking = openOne({ execute: () => ({ data: { ...values, list: [undefined, () => 1] } }) });
    const { data } = await asking.ask();
    expect(JSON.stringify(data)).toBe('{"date":"1970-01-01T00:00:00.000Z","nan":null,"own":{"__proto__":{"x":1}},"list":[null,null]}');
  });

  it("nested a hundred thousand deep in lists harms nobody", async () => {
    let deep: unknown[] = [];
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    const { data } = await openOne(schemaOf("scalar Json type Query { a: Json }", { a: deep })).ask();
    let levels = 0;
    for (let inner: unknown = data?.["a"]; Array.isArray(inner); [inner] = inner) levels += 1;
    expect(levels).toBe(100_001);
  });

  it("is an error of the document that is not valid here, as over HTTP", async () => {
    const { data, errors } = await openOne(schemaOf("type Query { a: Int }", { a: 1 })).ask({ query: "{ zebra }" });
    expect([data, errors]).toEqual([null, [{ message: `Cannot query field "zebra" on type "Query".`, extensions: { code: "DOWNSTREAM_SERVICE_ERROR" } }]]);
  });

  it("has its errors' message, path and code, and nothing else of them", async () => {
    const error = { message: "No.\n    at secret (/srv/x.js)", path: ["a"], extensions: { code: "ODD", stack: "secret" } };
    expect(await openOne({ execute: () => ({ data: { a: null }, errors: [error] }) }).ask()).toEqual({ data: { a: null }, errors: [{ message: "No.", path: ["a"], extensions: { code: "ODD" } }] });
  });

  it.each([
    ["throws", { execute: () => { throw new TypeError("secret"); } }, "it threw an error"],
    ["rejects", { execute: () => Promise.reject(new Error("secret")) }, "it threw an error"],
    ["answers with neither data nor errors", { execute: () => ({}) }, "it has neither `data` nor `errors`"],
    ["answers with data that are text", { execute: () => ({ data: "all" }) }, "`data` is not an object"],
    ["answers with a number that JSON has not", { execute: () => ({ data: { a: 1n } }) }, "it is not JSON"],
    ["answers with an object that holds itself", { execute: () => ({ data: { a: circle() } }) }, "it is not JSON"],
  ] satisfies readonly (readonly [string, LocalSubgraph, string])[])("is one error when it %s", async (_name, subgraph, detail) => {
    await expect(openOne(subgraph).ask()).rejects.toMatchObject(malformed(detail));
    expect(JSON.stringify(faults)).not.toContain("secret");
    expect(faults).toHaveLength(detail === "it threw an error" ? 1 : 0);
  });

  it("is waited for no longer than the request's time and its client, and it sees both", async () => {
    const signals: AbortSignal[] = [];
    const asking = openOne({ execute: ({ signal }) => (signals.push(signal), new Promise(() => undefined)) });
    await expect(asking.ask({ deadlineMs: 20 })).rejects.toMatchObject({ extensions: { code: "GATEWAY_TIMEOUT" } });
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(), 10);
    await expect(asking.ask({ signal: leaving.signal })).rejects.toMatchObject({ extensions: { code: "REQUEST_CANCELLED" } });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(faults).toEqual([]);
  });

  it("is shared by equal queries where the setting says so", async () => {
    let asked = 0;
    const asking = openOne({ execute: async () => (await new Promise((resolve) => setTimeout(resolve, 20)), { data: { a: (asked += 1) } }) }, true);
    expect((await Promise.all([asking.ask(), asking.ask(), asking.ask()])).map(({ data }) => data?.["a"])).toEqual([1, 1, 1]);
    expect(asked).toBe(1);
  });
});

function circle(): object {
  const one: Record<string, unknown> = {};
  one["self"] = one;
  return one;
}
