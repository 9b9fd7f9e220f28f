// GATEWAY_DEDUPE=subgraph: equal queries of one caller to one subgraph share a request, over real HTTP.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { parse } from "graphql";

import { readConfig } from "../../../gateway/config.ts";
import { ANONYMOUS, type Caller } from "../../../gateway/gateway.ts";
import { createTransport, openDeadline, type Transport } from "../../../gateway/transport/transport.ts";
import { callerWith, openFederation, type Federation, type TestServer } from "../core/federation.ts";
import { SHOP } from "../core/shop.ts";
import { hearJoins, hold, pause, serverOf, until, type Hold, type Joins } from "./held-subgraph.ts";

const NAMES = "{ users { name } }";
const DEDUPE = { subgraph: true, inbound: false };

let shop: Federation;
let users: TestServer;
let reviews: TestServer;
let held: Hold;
let joins: Joins;
let serial = 0;

beforeAll(async () => {
  shop = await openFederation(
    {
      ...SHOP,
      till: { sdl: "type Query { total: Int } type Mutation { sell: Int }", resolvers: { Query: { total: () => sold }, Mutation: { sell: () => (sold += 1) } } },
    },
    { config: { dedupe: DEDUPE } },
  );
  users = serverOf(shop, "users");
  reviews = serverOf(shop, "reviews");
});
beforeEach(() => {
  for (const server of Object.values(shop.servers)) {
    server.misbehave(null);
    server.seen.length = 0;
  }
  held = hold(users);
  joins = hearJoins();
});
afterEach(() => joins.end());
afterAll(() => shop.close());

let sold = 0;

/** As a client reads it. */
interface Reply {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly { readonly extensions?: Readonly<Record<string, unknown>> }[];
}

interface Asking {
  readonly caller?: Caller;
  readonly variables?: Record<string, unknown>;
  readonly signal?: AbortSignal;
}

/** Unlike `shop.ask` this forgets nothing of what was seen. */
async function ask(query: string, { caller = ANONYMOUS, variables = {}, signal = new AbortController().signal }: Asking = {}): Promise<Reply> {
  serial += 1;
  const answer = await shop.gateway.execute({ document: parse(query), operationName: null, variables, caller, requestId: `r${serial}`, signal });
  return JSON.parse(JSON.stringify(answer)) as Reply;
}

const NAMES_ANSWER = { data: { users: [{ name: "Ada" }, { name: "Bob" }, { name: "Cleo" }] } };

describe("equal queries of one caller", () => {
  it("are one request when a hundred are under way, and a hundred answers", async () => {
    const all = Array.from({ length: 100 }, () => ask(NAMES, { caller: callerWith(["a", "b"]) }));
    await held.arrived(1);
    await joins.counted(99);
    held.release();
    for (const answer of await Promise.all(all)) expect(JSON.stringify(answer)).toBe(JSON.stringify(NAMES_ANSWER));
    expect(users.seen).toHaveLength(1);
  });

  it("are two requests when one is asked after the other was answered", async () => {
    held.release();
    await ask(NAMES);
    await ask(NAMES);
    expect(users.seen).toHaveLength(2);
  });

  it("are one request although the caller's scopes come in another order, in another token", async () => {
    const all = [ask(NAMES, { caller: callerWith(["a", "b"]) }), ask(NAMES, { caller: callerWith(["b", "a"]) })];
    await held.arrived(1);
    await joins.counted(1);
    held.release();
    await Promise.all(all);
    expect(users.seen).toHaveLength(1);
  });

  it("are told of in the log: who joined whom", async () => {
    const all = [ask(NAMES), ask(NAMES)];
    await held.arrived(1);
    await joins.counted(1);
    held.release();
    await Promise.all(all);
    const leader = users.seen[0]?.headers["x-request-id"];
    expect([`r${serial - 1}`, `r${serial}`]).toContain(leader);
    expect(joins.told).toEqual([{ requestId: leader === `r${serial}` ? `r${serial - 1}` : `r${serial}`, leader, subgraph: "users" }]);
  });
});

describe("what is never shared", () => {
  const A = callerWith(["a"]);
  const PAIRS: readonly (readonly [name: string, one: Caller, other: Caller])[] = [
    ["two callers", callerWith([], "ada"), callerWith([], "bob")],
    ["a caller and nobody", callerWith([]), ANONYMOUS],
    ["two scopes of one caller", A, callerWith(["b"])],
    ["more scopes of one caller", A, callerWith(["a", "b"])],
    ["claims of one caller", { ...A, claims: { team: "blue" } }, { ...A, claims: { team: "red" } }],
    ["a claim more of one caller", A, { ...A, claims: { team: "blue" } }],
  ];

  it.each(PAIRS)("the request of %s", async (_name, one, other) => {
    const all = [ask(NAMES, { caller: one }), ask(NAMES, { caller: other })];
    await held.arrived(2);
    held.release();
    await Promise.all(all);
    expect(users.seen).toHaveLength(2);
  });

  it("a request with other variables", async () => {
    const all = ["u1", "u2"].map((id) => ask("query ($id: ID!) { user(id: $id) { name } }", { variables: { id } }));
    await held.arrived(2);
    held.release();
    expect(await Promise.all(all)).toEqual([{ data: { user: { name: "Ada" } } }, { data: { user: { name: "Bob" } } }]);
  });

  it("a mutation: five are five", async () => {
    const before = sold;
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask("mutation { sell }")));
    expect(answers.map(({ data }) => data?.["sell"]).sort()).toEqual([1, 2, 3, 4, 5].map((more) => before + more));
  });

  it("an answer from before the caller's own mutation", async () => {
    const till = serverOf(shop, "till");
    const slow = hold(till);
    const early = ask("{ total }");
    await slow.arrived(1);
    till.misbehave(null);
    const { data } = await ask("mutation { sell }");
    const late = ask("{ total }");
    expect((await late).data).toEqual({ total: data?.["sell"] });
    slow.release((response) => (response.writeHead(200).end('{"data":{"total":-1}}'), true));
    expect((await early).data).toEqual({ total: -1 });
  });

  it("an object of an answer: what one request adds to it, no other sees", async () => {
    held.release();
    const slow = hold(reviews);
    // Equal at first; then each asks `users` for another field under the same name.
    const all = ["name", "nickname"].map((field) => ask(`{ topReviews(first: 4) { author { x: ${field} id } } }`));
    await slow.arrived(1);
    await joins.counted(1);
    slow.release();
    const answers = await Promise.all(all);
    expect(reviews.seen).toHaveLength(1);
    const valuesOf = (answer: Reply) => (answer?.data?.["topReviews"] as { author: { x: string } }[]).map(({ author }) => author.x);
    expect(answers.map(valuesOf)).toEqual([["Ada", "Bob", "Bob", "Cleo"], ["countess", null, null, "C"]]);
  });
});

describe("a client that leaves", () => {
  const leavers = () => Array.from({ length: 3 }, () => new AbortController());

  it.each([
    ["having begun it", 0],
    ["having joined it", 1],
  ])("takes nothing from the others, %s", async (_name, at) => {
    const controllers = leavers();
    const all = controllers.map(({ signal }) => ask(NAMES, { signal }));
    await held.arrived(1);
    await joins.counted(2);
    controllers[at]?.abort();
    const left = await all[at];
    expect(left?.errors?.map((error) => error.extensions?.["code"])).toEqual(["REQUEST_CANCELLED"]);
    await pause();
    expect(held.left).toBe(0);
    held.release();
    for (const answer of (await Promise.all(all)).filter((_, place) => place !== at)) expect(answer).toEqual(NAMES_ANSWER);
    expect(users.seen).toHaveLength(1);
  });

  it("as the last one ends the request: the subgraph sees the close", async () => {
    const controllers = leavers();
    const all = controllers.map(({ signal }) => ask(NAMES, { signal }));
    await held.arrived(1);
    await joins.counted(2);
    for (const controller of controllers) controller.abort();
    await Promise.all(all);
    await until(() => held.left === 1);
    const again = ask(NAMES);
    await held.arrived(2);
    held.release();
    expect(await again).toEqual(NAMES_ANSWER);
  });
});

describe("a subgraph that fails", () => {
  it("fails for all who share the request, each with an error of their own, and for nobody who asks later", async () => {
    const all = Array.from({ length: 20 }, () => ask(NAMES));
    await held.arrived(1);
    await joins.counted(19);
    held.release((response) => (response.writeHead(500).end(), true));
    for (const { errors = [] } of await Promise.all(all)) expect(errors.map((error) => error.extensions)).toEqual([{ code: "SUBREQUEST_HTTP_ERROR" }]);
    expect(users.seen).toHaveLength(1);
    users.misbehave(null);
    expect(await ask(NAMES)).toEqual(NAMES_ANSWER);
  });

  it("gives its errors and its data to all who share the request", async () => {
    const all = Array.from({ length: 20 }, () => ask("{ users { name nickname } }"));
    await held.arrived(1);
    await joins.counted(19);
    const body = { data: { users: [{ name: "Ada", nickname: null }] }, errors: [{ message: "No nickname.", path: ["users", 0, "nickname"], extensions: { code: "ODD" } }] };
    held.release((response) => (response.writeHead(200).end(JSON.stringify(body)), true));
    const texts = new Set((await Promise.all(all)).map((answer) => JSON.stringify(answer)));
    expect([...texts].map((text) => JSON.parse(text))).toMatchObject([{ data: { users: [{ name: "Ada", nickname: null }] }, errors: [{ message: "No nickname.", extensions: { code: "ODD" } }] }]);
  });

  it.each([
    ["hangs up", 'DOWNSTREAM_SERVICE_ERROR'],
    ["answers a page", "SUBREQUEST_MALFORMED_RESPONSE"],
  ])("costs each their part when it %s", async (what, code) => {
    const all = Array.from({ length: 5 }, () => ask(NAMES));
    await held.arrived(1);
    await joins.counted(4);
    held.release((response) => (what === "hangs up" ? response.destroy() : response.writeHead(200).end("<p>"), true));
    for (const { errors = [] } of await Promise.all(all)) expect(errors.map((error) => error.extensions?.["code"])).toEqual([code]);
    expect(users.seen).toHaveLength(1);
  });
});

describe("each request's own time", () => {
  let transport: Transport;
  const recorded: unknown[] = [];
  beforeAll(() => {
    transport = createTransport({
      urls: new Map([["users", users.url]]),
      responseLimit: readConfig({}, {}).subgraphResponseLimit,
      silenceMs: 5_000,
      tokenFor: async () => null,
      record: (_request, failure) => void recorded.push(failure),
      dedupe: true,
    });
  });
  afterAll(() => transport.close());

  it("is kept: the first to run out gets its error then, those with more time get the answer", async () => {
    const times = [60, 3_000, 120];
    const deadlines = times.map((ms) => openDeadline(ms, new AbortController().signal));
    const startedAt = performance.now();
    const all = deadlines.map(({ signal }) => transport.send({ subgraph: "users", query: "query Own { users { name } }", operationName: null, variables: {}, headers: {}, facts: { caller: ANONYMOUS, requestId: "r", signal } }));
    const [first, second, third] = await Promise.allSettled([all[0], all[1]?.then((answer) => answer.data), all[2], until(() => held.asked > 0).then(() => pause(200)).then(() => held.release())]);
    expect(first).toMatchObject({ status: "rejected", reason: { extensions: { code: "GATEWAY_TIMEOUT", serviceName: "users" } } });
    expect(second).toEqual({ status: "fulfilled", value: NAMES_ANSWER.data });
    expect(third).toMatchObject({ status: "rejected", reason: { extensions: { code: "GATEWAY_TIMEOUT" } } });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(users.seen).toHaveLength(1);
    expect(recorded).toEqual(["GATEWAY_TIMEOUT", "GATEWAY_TIMEOUT", null]);
    for (const deadline of deadlines) deadline.close();
  });

  it("is not spent on a hundred thousand levels: such an answer is copied like any other", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const ask = () => transport.send({ subgraph: "users", query: "query Deep { users { name } }", operationName: null, variables: {}, headers: {}, facts: { caller: ANONYMOUS, requestId: "r", signal: new AbortController().signal } });
    const all = [ask(), ask(), ask()];
    await held.arrived(1);
    held.release((response) => (response.writeHead(200).end(`{"data":{"__proto__":{"polluted":1},"users":${deep}}}`), true));
    const [one, other, third] = await Promise.all(all);
    expect(users.seen).toHaveLength(1);
    const depth = (value: unknown): number => {
      let levels = 0;
      for (let inner = value; Array.isArray(inner); [inner] = inner) levels += 1;
      return levels;
    };
    for (const answer of [one, other, third]) {
      expect(depth(answer?.data?.["users"])).toBe(100_000);
      expect(Object.keys(answer?.data ?? {})).toEqual(["__proto__", "users"]);
    }
    // Printing such a value would break the test run itself.
    expect(one?.data?.["users"] === other?.data?.["users"]).toBe(false);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

it("is off by default, and then equal queries are as many requests", async () => {
  expect(readConfig({}, {}).dedupe).toEqual({ subgraph: false, inbound: false });
  const plain = await openFederation(SHOP);
  const own = serverOf(plain, "users");
  const waiting = hold(own);
  const all = [1, 2, 3].map(() => plain.gateway.execute({ document: parse(NAMES), operationName: null, variables: {}, caller: ANONYMOUS, requestId: "r", signal: new AbortController().signal }));
  await waiting.arrived(3);
  waiting.release();
  await Promise.all(all);
  await plain.close();
});
