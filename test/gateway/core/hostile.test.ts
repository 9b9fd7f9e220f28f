// What is meant to hurt, over real HTTP: each gets a clear error or an answer, and whoever asks next is served.
import { request as httpRequest } from "node:http";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { readConfig } from "../../../gateway/config.ts";
import { listen } from "../../../gateway/events.ts";
import { startHttp, type HttpServer } from "../../../gateway/http/http.ts";
import { openFederation, type Federation, type TestServer } from "./federation.ts";

const SDL = `scalar Json
input Filter { and: [Filter!]  id: Int }
type Query { hello: String  echo(x: Json): Json  count(filter: Filter): Int  node: Node }
type Node { id: ID  next: Node  list: [Node] }`;

let federation: Federation;
let one: TestServer;
let server: HttpServer;
const faults: unknown[] = [];
const ending = listen("fault", (facts) => void faults.push(facts));

beforeAll(async () => {
  const resolvers = { Query: { hello: () => "Hello", echo: (_: unknown, { x }: { x: unknown }) => x, count: () => 1, node: () => ({ id: "n" }) } };
  federation = await openFederation({ one: { sdl: SDL, resolvers } }, { config: { requestTimeoutMs: 3_000 } });
  const [first] = Object.values(federation.servers);
  if (first === undefined) throw new RangeError("Expected a subgraph.");
  one = first;
  server = await startHttp({ gateway: federation.gateway, config: { ...readConfig({}, {}), port: 0 } });
});
beforeEach(() => {
  one.misbehave(null);
  one.seen.length = 0;
  faults.length = 0;
});
afterAll(async () => {
  ending();
  await server.close();
  await federation.close();
});

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly tookMs: number;
  readonly codes: readonly string[];
}

async function post(body: unknown): Promise<Reply> {
  const startedAt = performance.now();
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}/graphql`, { method: "POST", headers: { "content-type": "application/json", accept: "application/graphql-response+json" }, body: text });
  const answer = await response.text();
  const codes = [...answer.matchAll(/"code":"(\w+)"/g)].map(([, code = ""]) => code);
  return { status: response.status, text: answer, tookMs: performance.now() - startedAt, codes };
}

async function expectServed(): Promise<void> {
  one.misbehave(null);
  expect(await post({ query: "{ hello }" })).toMatchObject({ status: 200, text: '{"data":{"hello":"Hello"}}\n' });
}

const aliases = (count: number): string => `{ ${Array.from({ length: count }, (_, at) => `a${at}: hello`).join(" ")} }`;
const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;

describe("an operation", () => {
  it.each([
    ["of 10,000 aliases", aliases(10_000), "GRAPHQL_PARSE_FAILED"],
    ["of 4,000 aliases", aliases(4_000), "OPERATION_TOO_LARGE"],
    ["of a fragment that spreads itself", "{ node { ...F } } fragment F on Node { id next { ...F } }", "GRAPHQL_VALIDATION_FAILED"],
    ["of two fragments that spread each other", "{ node { ...F } } fragment F on Node { id ...G } fragment G on Node { next { ...F } }", "GRAPHQL_VALIDATION_FAILED"],
    ["of fragments that double twenty times", `{ node { ...F20 } } fragment F0 on Node { id } ${Array.from({ length: 20 }, (_, at) => `fragment F${at + 1} on Node { a: next { ...F${at} } b: next { ...F${at} } }`).join(" ")}`, "OPERATION_TOO_LARGE"],
    ["that reads the schema in circles", `{ __schema { types { ${"fields { type { ".repeat(8)} name ${"} }".repeat(8)} } } }`, "GRAPHQL_VALIDATION_FAILED"],
    ["that overlaps with itself", `{ ${"node { next { id } } ".repeat(1_800)} }`, "GRAPHQL_VALIDATION_FAILED"],
  ])("%s is refused, soon, and asks no subgraph", async (_name, query, code) => {
    const { status, codes, tookMs } = await post({ query });
    expect([status, new Set(codes)]).toEqual([400, new Set([code])]);
    expect(tookMs).toBeLessThan(5_000);
    expect(one.seen).toEqual([]);
    expect(faults).toEqual([]);
    await expectServed();
  });

  it("of 900 aliases is answered", async () => {
    const { status, text } = await post({ query: aliases(900) });
    expect([status, Object.keys(JSON.parse(text).data)]).toEqual([200, Array.from({ length: 900 }, (_, at) => `a${at}`)]);
  });
});

describe("variables", () => {
  const ECHO = "query ($x: Json) { echo(x: $x) }";
  const COUNT = "query ($x: Filter) { count(filter: $x) }";

  it.each([
    ["a value of 100,000 levels", ECHO, nested(100_000)],
    ["a value of 201 levels", ECHO, nested(200)],
    ["an input of 20,000 levels", COUNT, `${'{"and":['.repeat(20_000)}${"]}".repeat(20_000)}`],
    ["an input of 20,000 levels with a wrong end", COUNT, `${'{"and":['.repeat(20_000)}{"id":"x"}${"]}".repeat(20_000)}`],
    ["a list of 300,000 wrong values", COUNT, `{"and":[${'"",'.repeat(299_999)}""]}`],
  ])("with %s are refused and no fault of ours", async (_name, query, x) => {
    const { status, codes, text } = await post(`{"query":${JSON.stringify(query)},"variables":{"x":${x}}}`);
    expect(status).toBe(400);
    expect(codes.every((code) => ["BAD_REQUEST", "BAD_USER_INPUT"].includes(code))).toBe(true);
    expect(codes.length).toBeGreaterThan(0);
    expect(text.length).toBeLessThan(10_000);
    expect(text).not.toMatch(/call stack|RangeError/);
    expect(federation.gateway.health().ready).toBe(true);
    expect(one.seen).toEqual([]);
    expect(faults).toEqual([]);
    await expectServed();
  });

  it("with a value of 200 levels pass", async () => {
    const { status, text } = await post(`{"query":"${ECHO}","variables":{"x":${nested(199)}}}`);
    expect([status, JSON.parse(text)]).toEqual([200, { data: { echo: JSON.parse(nested(199)) } }]);
  });

  it("with 50,000 that the operation does not know are ignored", async () => {
    const variables = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`v${at}`, at]));
    expect(await post({ query: "query ($x: Json) { hello echo(x: $x) }", variables: { ...variables, x: 1 } })).toMatchObject({ status: 200, text: '{"data":{"hello":"Hello","echo":1}}\n' });
    expect(one.seen.map(({ variables: sent }) => sent)).toEqual([{ x: 1 }]);
  });
});

describe("a subgraph's answer", () => {
  const answerWith = (data: string): void => one.misbehave((response) => (response.writeHead(200).end(`{"data":${data}}`), true));

  it("nested a thousand deep passes", async () => {
    answerWith(`{"echo":${nested(1_000)}}`);
    expect(await post({ query: "{ echo }" })).toMatchObject({ status: 200, text: `{"data":{"echo":${nested(1_000)}}}\n` });
  });

  it.each([
    ["a value", "{ hello echo }", `{"hello":"Hello","echo":${nested(100_000)}}`],
    ["a place for text", "{ hello }", `{"hello":${nested(100_000)}}`],
    ["objects", "{ hello node { id next { id } } }", `{"hello":"Hello","node":${'{"id":"n","next":'.repeat(50_000)}null${"}".repeat(50_000)}}`],
    ["a member that nobody asked for", "{ hello }", `{"hello":"Hello","more":${nested(100_000)}}`],
    ["lists instead of objects", "{ hello node { list { id } } }", `{"hello":"Hello","node":{"list":${nested(100_000)}}}`],
  ])("nested a hundred thousand deep in %s harms nobody", async (_name, query, data) => {
    answerWith(data);
    const { status, codes, text } = await post({ query });
    expect([status, codes.filter((code) => code === "INTERNAL_SERVER_ERROR")]).toEqual([200, []]);
    expect(text).not.toMatch(/Maximum call stack|RangeError/);
    expect(faults).toEqual([]);
    await expectServed();
  });

  it("with members named like those of every object stays within its own", async () => {
    answerWith('{"hello":"Hello","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    expect((await post({ query: "{ hello }" })).text).toBe('{"data":{"hello":"Hello"}}\n');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("a client that leaves in the middle", () => {
  it("ends its requests to subgraphs: they see the close", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    one.misbehave((response) => {
      response.once("close", close);
      arrive();
      return true;
    });
    const client = httpRequest(`${server.url}/graphql`, { method: "POST", headers: { "content-type": "application/json" } });
    client.on("error", () => undefined).end('{"query":"{ hello }"}');
    await arrived;
    const startedAt = performance.now();
    client.destroy();
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(faults).toEqual([]);
    await expectServed();
  });

  it("while its body is still coming, asks nobody", async () => {
    const client = httpRequest(`${server.url}/graphql`, { method: "POST", headers: { "content-type": "application/json", "content-length": "100" } });
    client.on("error", () => undefined).write('{"query":"{ hello');
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.destroy();
    await expectServed();
    expect(one.seen).toHaveLength(1);
    expect(faults).toEqual([]);
  });
});
