// GATEWAY_DEDUPE=inbound: equal queries of one caller are executed once, from a client's socket to a subgraph's and back.
import { request as httpRequest, type ClientRequest } from "node:http";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { decodeJwt } from "jose";

import { readConfig } from "../../../gateway/config.ts";
import { listen } from "../../../gateway/events.ts";
import { ANONYMOUS, type Caller, type Gateway } from "../../../gateway/gateway.ts";
import { startHttp, type HttpServer } from "../../../gateway/http/http.ts";
import { openFederation, type Federation, type TestServer } from "../core/federation.ts";
import { hearJoins, hold, pause, serverOf, until, type Hold, type Joins } from "./held-subgraph.ts";

const SDL = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@requiresScopes"])
type Query { told: String  half(of: Float): Float  secret: String @requiresScopes(scopes: [["secrets"]]) }
type Mutation { write: Int }`;

const RESPONSE = "application/graphql-response+json";
const TOLD = { query: "{ told }" };

let federation: Federation;
let server: HttpServer;
let one: TestServer;
let joins: Joins;
let written = 0;
const ended: (() => void)[] = [];

beforeAll(async () => {
  const resolvers = { Query: { told: () => `told ${written}`, half: (_: unknown, { of }: { of: number | null }) => (of === null ? null : of / 2), secret: () => "s3cret" }, Mutation: { write: () => (written += 1) } };
  federation = await openFederation({ one: { sdl: SDL, resolvers } }, { config: { callerToken: { key: { kind: "generate" }, forwardClaims: ["team"], claimHeaders: new Map(), claimExtensions: new Map() } } });
  one = serverOf(federation, "one");
  const gateway: Gateway = { ...federation.gateway, authenticate: async ({ authorization }) => readCaller(authorization) };
  server = await startHttp({ gateway, config: { ...readConfig({}, {}), port: 0, dedupe: { subgraph: false, inbound: true } } });
});
beforeEach(() => {
  one.misbehave(null);
  one.seen.length = 0;
  joins = hearJoins();
});
afterEach(() => joins.end());
afterEach(() => ended.splice(0).forEach((end) => end()));
afterAll(async () => {
  await server.close();
  await federation.close();
});

/** `Bearer <subject>;<scopes>;<team>` */
function readCaller(header: string | undefined): Caller {
  const [, subject, scopes = "", team = ""] = /^Bearer (\w+);([\w ]*);(\w*)$/.exec(header ?? "") ?? [];
  if (subject === undefined) return ANONYMOUS;
  return { subject, scopes: new Set(scopes.split(" ").filter(Boolean)), claims: team === "" ? {} : { team } };
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function post(body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return read(await fetch(`${server.url}/graphql`, { method: "POST", headers: { "content-type": "application/json", accept: RESPONSE, ...headers }, body: text }));
}

async function get(query: string, headers: Record<string, string> = {}): Promise<Reply> {
  return read(await fetch(`${server.url}/graphql?${new URLSearchParams({ query })}`, { headers: { "apollo-require-preflight": "1", accept: RESPONSE, ...headers } }));
}

async function read(response: Response): Promise<Reply> {
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** A client whose connection can be cut. */
function connect(body: unknown): ClientRequest {
  const request = httpRequest(`${server.url}/graphql`, { method: "POST", headers: { "content-type": "application/json" } });
  request.on("error", () => undefined).end(JSON.stringify(body));
  return request;
}

/** Sends all, and lets the subgraph answer when as many have reached it as are to, and as many have joined them. */
async function together(asked: readonly (() => Promise<Reply>)[], { reaching, joining }: { readonly reaching: number; readonly joining: number }): Promise<readonly Reply[]> {
  const held = hold(one);
  const all = asked.map((ask) => ask());
  await held.arrived(reaching);
  await joins.counted(joining);
  held.release();
  return Promise.all(all);
}

describe("equal queries of one caller", () => {
  it("are executed once when a hundred are under way, and each client gets the answer under its own request id", async () => {
    // So many connections take a while to open.
    await Promise.all(Array.from({ length: 100 }, (_, at) => post({ query: `{ a${at}: __typename }` })));
    const replies = await together(Array.from({ length: 100 }, (_, at) => () => post(TOLD, { "x-request-id": `r${at}` })), { reaching: 1, joining: 99 });
    expect(one.seen).toHaveLength(1);
    expect(new Set(replies.map(({ text }) => text))).toEqual(new Set([`{"data":{"told":"told ${written}"}}\n`]));
    expect(replies.map(({ headers }) => headers.get("x-request-id"))).toEqual(Array.from({ length: 100 }, (_, at) => `r${at}`));
    expect(new Set(replies.map(({ status, headers }) => `${status} ${headers.get("content-type")} ${headers.get("cache-control")}`))).toEqual(new Set([`200 ${RESPONSE}; charset=utf-8 no-store`]));
    const leader = one.seen[0]?.headers["x-request-id"];
    expect(joins.told).toHaveLength(99);
    expect(joins.told).toContainEqual({ requestId: leader === "r7" ? "r8" : "r7", leader, subgraph: null });
  });

  it("are executed once over GET, too", async () => {
    const replies = await together(Array.from({ length: 20 }, () => () => get("{ told }")), { reaching: 1, joining: 19 });
    expect(one.seen).toHaveLength(1);
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  });

  it("are executed once whichever header a script of another origin must be allowed to send", async () => {
    const replies = await together([() => get("{ told }"), () => get("{ told }", { "x-apollo-operation-name": "Q" })], { reaching: 1, joining: 1 });
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
  });

  it("are executed anew when the first was answered", async () => {
    await post(TOLD);
    await post(TOLD);
    expect(one.seen).toHaveLength(2);
  });

  it("answer as they do when nothing is shared", async () => {
    const plain = await startHttp({ gateway: federation.gateway, config: { ...readConfig({}, {}), port: 0 } });
    const bodies: readonly unknown[] = [TOLD, { query: "{" }, { query: "{ nothing }" }, { query: "{ secret told }" }, { query: "query ($x: Float) { half(of: $x) }", variables: { x: "y" } }, { query: "query A { told } query B { told }" }, { query: "{ told }", operationName: "B" }, {}, [], "{", { query: "mutation { nothing }" }];
    const shape = async (url: string, body: unknown, accept: string): Promise<unknown> => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const reply = await fetch(`${url}/graphql`, { method: "POST", headers: { "content-type": "application/json", accept, "x-request-id": "r" }, body: text });
      const headers = [...reply.headers].filter(([name]) => name !== "date").sort();
      return { status: reply.status, headers, text: await reply.text() };
    };
    for (const accept of [RESPONSE, "application/json", "multipart/mixed; deferSpec=20220824, application/json", "text/html"]) {
      for (const body of bodies) expect(await shape(server.url, body, accept)).toEqual(await shape(plain.url, body, accept));
    }
    await plain.close();
  });
});

describe("what is never shared", () => {
  const HEADERS: readonly (readonly [name: string, one: Record<string, string>, other: Record<string, string>])[] = [
    ["two callers", { authorization: "Bearer ada;;" }, { authorization: "Bearer bob;;" }],
    ["a caller and nobody", { authorization: "Bearer ada;;" }, {}],
    ["one caller with other scopes", { authorization: "Bearer ada;a;" }, { authorization: "Bearer ada;a b;" }],
    ["one caller with other claims", { authorization: "Bearer ada;a;blue" }, { authorization: "Bearer ada;a;red" }],
    ["clients who take other media types", {}, { accept: "application/json" }],
    ["bodies of another content type", {}, { "content-type": "application/json; charset=utf-8" }],
  ];

  it.each(HEADERS)("the answer to %s", async (_name, first, second) => {
    const [left, right] = await together([() => post(TOLD, first), () => post(TOLD, second)], { reaching: 2, joining: 0 });
    expect(one.seen).toHaveLength(2);
    expect([left?.headers.get("content-type"), right?.headers.get("content-type")]).toEqual([`${RESPONSE}; charset=utf-8`, `${second["accept"] ?? RESPONSE}; charset=utf-8`]);
  });

  it("what one may read and another may not", async () => {
    const query = { query: "{ secret told }" };
    const [may, mayNot] = await together([() => post(query, { authorization: "Bearer ada;secrets;" }), () => post(query, { authorization: "Bearer ada;;" })], { reaching: 2, joining: 0 });
    expect(JSON.parse(may?.text ?? "")).toMatchObject({ data: { secret: "s3cret" } });
    expect(JSON.parse(mayNot?.text ?? "")).toMatchObject({ data: { secret: null }, errors: [{ extensions: { code: "UNAUTHORIZED_FIELD" } }] });
  });

  it("numbers that JSON prints alike: 1e400 is not null", async () => {
    const ask = (value: string) => post(`{"query":"query ($x: Float) { half(of: $x) }","variables":{"x":${value}}}`);
    const [none, endless] = await together([() => ask("null"), () => ask("1e400")], { reaching: 1, joining: 0 });
    expect(JSON.parse(none?.text ?? "")).toEqual({ data: { half: null } });
    expect(JSON.parse(endless?.text ?? "")).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
  });

  it("a mutation, however its JSON is written: five are five", async () => {
    const before = written;
    const body = '{"query":"\\u006dutation { write }"}';
    const replies = await together(Array.from({ length: 5 }, () => () => post(body)), { reaching: 5, joining: 0 });
    expect(replies.map(({ text }) => JSON.parse(text).data.write).sort()).toEqual([1, 2, 3, 4, 5].map((more) => before + more));
  });

  it("an answer from before the client's own mutation", async () => {
    const slow = hold(one);
    const early = post(TOLD);
    await slow.arrived(1);
    one.misbehave(null);
    const { data } = JSON.parse((await post({ query: "mutation { write }" })).text);
    expect(JSON.parse((await post(TOLD)).text)).toEqual({ data: { told: `told ${data.write}` } });
    slow.release((response) => (response.writeHead(200).end('{"data":{"told":"long ago"}}'), true));
    expect(JSON.parse((await early).text)).toEqual({ data: { told: "long ago" } });
  });
});

describe("a client that leaves", () => {
  let held: Hold;
  beforeEach(() => {
    held = hold(one);
  });

  it("having begun it, takes nothing from those who joined", async () => {
    const first = connect(TOLD);
    await held.arrived(1);
    const followers = [1, 2, 3].map(() => post(TOLD, { accept: "" }));
    await joins.counted(3);
    first.destroy();
    await pause(60);
    expect(held.left).toBe(0);
    held.release();
    for (const { status, text } of await Promise.all(followers)) expect([status, JSON.parse(text)]).toEqual([200, { data: { told: `told ${written}` } }]);
  });

  it("having joined, takes nothing from who began it", async () => {
    const first = post(TOLD, { accept: "" });
    await held.arrived(1);
    const follower = connect(TOLD);
    await joins.counted(1);
    follower.destroy();
    await pause(60);
    held.release();
    expect(JSON.parse((await first).text)).toEqual({ data: { told: `told ${written}` } });
    expect(one.seen).toHaveLength(1);
  });

  it("as the last one ends the execution: the subgraph sees the close", async () => {
    const faults: unknown[] = [];
    ended.push(listen("fault", (facts) => faults.push(facts)));
    const clients = [connect(TOLD), connect(TOLD)];
    await held.arrived(1);
    await joins.counted(1);
    for (const client of clients) client.destroy();
    await until(() => held.left === 1);
    const again = post(TOLD, { accept: "" });
    await held.arrived(2);
    held.release();
    expect((await again).status).toBe(200);
    expect(faults).toEqual([]);
  });
});

it("a subgraph that fails, fails once for all who ask, and for nobody later", async () => {
  const held = hold(one);
  const all = Array.from({ length: 20 }, () => post(TOLD));
  await held.arrived(1);
  await joins.counted(19);
  held.release((response) => (response.writeHead(500).end(), true));
  const replies = await Promise.all(all);
  expect(one.seen).toHaveLength(1);
  for (const { text } of replies) expect(JSON.parse(text)).toMatchObject({ data: { told: null }, errors: [{ extensions: { code: "SUBREQUEST_HTTP_ERROR" } }] });
  one.misbehave(null);
  expect(JSON.parse((await post(TOLD)).text)).toEqual({ data: { told: `told ${written}` } });
});

describe("two to eight callers over real HTTP", () => {
  /** The subgraph answers whom it takes the caller for, by the token that the gateway signed. */
  const answerByToken = (): void =>
    one.misbehave(async (response) => {
      const { sub, scope, team } = decodeJwt(String(response.req.headers["x-gateway-caller"]));
      await pause(Math.random() * 6);
      response.writeHead(200).end(JSON.stringify({ data: { told: `${String(sub)};${String(scope)};${String(team ?? "")}` } }));
      return true;
    });

  it("never read each other's answers, in any interleaving", async () => {
    answerByToken();
    const totals = { asked: 0, sent: 0 };
    const callers = fc.uniqueArray(fc.record({ subject: fc.constantFrom("ada", "bob", "cleo"), scopes: fc.constantFrom("", "a", "a b"), team: fc.constantFrom("", "blue") }), { minLength: 2, maxLength: 8, selector: (caller) => JSON.stringify(caller) });
    const asks = fc.array(fc.record({ by: fc.nat(7), after: fc.nat(8) }), { minLength: 10, maxLength: 40, size: "max" });
    const property = fc.asyncProperty(callers, asks, async (who, when) => {
      one.seen.length = 0;
      const replies = when.map(async ({ by, after }) => {
        const { subject, scopes, team } = who[by % who.length] ?? who[0] ?? { subject: "ada", scopes: "", team: "" };
        await pause(after);
        const caller = `${subject};${scopes};${team}`;
        return { caller, told: JSON.parse((await post(TOLD, { authorization: `Bearer ${caller}` })).text).data.told };
      });
      for (const { caller, told } of await Promise.all(replies)) expect(told).toBe(caller);
      totals.asked += when.length;
      totals.sent += one.seen.length;
    });
    await fc.assert(property, { numRuns: 60, seed: 4 });
    expect(totals.sent).toBeLessThan(totals.asked);
  }, 60_000);
});
