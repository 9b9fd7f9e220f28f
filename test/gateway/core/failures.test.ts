// A subgraph that is down, slow, wrong or half there takes its own part of an answer away and nothing else.
import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { ANONYMOUS } from "../../../gateway/gateway.ts";
import { createTransport, openDeadline } from "../../../gateway/transport/transport.ts";
import { callerWith, ENGINES, listen, openFederation, OPERATOR, stopServer, type Federation, type Misbehaviour } from "./federation.ts";
import { SHOP } from "./shop.ts";

const QUERY = `{ review(id: "r1") { text author { name } item { title } } }`;
const REST = { review: { text: "r1 says 5", author: null, item: { title: "Trees" } } };

/** Ends every test within a second, whatever a subgraph does. */
const CONFIG = { requestTimeoutMs: 700, subgraphResponseLimit: 10_000 };

const send =
  (status: number, body: string, headers: Record<string, string> = { "content-type": "application/json" }): Misbehaviour =>
  (response) => {
    response.writeHead(status, headers).end(body);
    return true;
  };

describe.each(ENGINES)("a subgraph that fails ($engine, $planner)", (on) => {
  let shop: Federation;
  beforeAll(async () => {
    shop = await openFederation(SHOP, { on, config: CONFIG });
  });
  afterEach(() => shop.servers["users"]?.misbehave(null));
  afterAll(() => shop.close());

  const FAILURES: readonly (readonly [name: string, how: Misbehaviour, code: string])[] = [
    ["answers 500", send(500, "{}"), "SUBREQUEST_HTTP_ERROR"],
    ["answers 503 with a page", send(503, "<h1>Sorry</h1>", { "content-type": "text/html" }), "SUBREQUEST_HTTP_ERROR"],
    ["answers 401 with a GraphQL response", send(401, `{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}]}`), "SUBREQUEST_HTTP_ERROR"],
    ["answers 400 with something else than GraphQL", send(400, `{"error":"no"}`), "SUBREQUEST_HTTP_ERROR"],
    ["answers 204 with nothing", send(204, ""), "SUBREQUEST_HTTP_ERROR"],
    ["redirects", send(302, "", { location: "http://127.0.0.1:1/elsewhere" }), "SUBREQUEST_HTTP_ERROR"],
    ["answers with a page", send(200, "<h1>Hello</h1>", { "content-type": "text/html" }), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["answers with nothing", send(200, ""), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["answers with null", send(200, "null"), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["answers with a list", send(200, "[]"), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["answers with neither data nor errors", send(200, "{}"), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["answers with data that is text", send(200, `{"data":"all of it"}`), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["answers with errors that are text", send(200, `{"data":{},"errors":"none"}`), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["answers with too few entities", send(200, `{"data":{"_entities":[]}}`), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["answers with too many entities", send(200, `{"data":{"_entities":[{"__typename":"User","name":"Ada"},{"__typename":"User","name":"Bob"}]}}`), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["answers with entities that are no list", send(200, `{"data":{"_entities":{}}}`), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["answers with half a body", (response) => (response.writeHead(200, { "content-length": "999" }).write(`{"data":{"_ent`), setTimeout(() => response.destroy(), 20), true), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["answers with more than the limit", send(200, `{"data":{"x":"${"x".repeat(20_000)}"}}`), "SUBREQUEST_MALFORMED_RESPONSE"],
    ["hangs up", (response) => (response.destroy(), true), "DOWNSTREAM_SERVICE_ERROR"],
    ["never answers", () => true, "GATEWAY_TIMEOUT"],
    ["stops in the middle of its answer", (response) => (response.writeHead(200).write(`{"data":`), true), "GATEWAY_TIMEOUT"],
  ];

  it.each(FAILURES)("costs its part and one error when it %s", async (_name, how, code) => {
    shop.servers["users"]?.misbehave(how);
    const { data, errors = [] } = await shop.ask(QUERY, { caller: OPERATOR });
    expect(data).toEqual(REST);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: ["review", "author"], extensions: { code, serviceName: "users" } });
    expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|stack|\bat /);
  });

  it.each(FAILURES)("is told to nobody but operators by its name, or by how it answered, when it %s", async (_name, how, code) => {
    shop.servers["users"]?.misbehave(how);
    const { data, errors = [] } = await shop.ask(QUERY, { caller: callerWith(["some:scope"]) });
    expect(data).toEqual(REST);
    expect(errors).toEqual([{ message: expect.stringMatching(/^Cannot answer this part because a service [a-z ]+\.$/), path: ["review", "author"], extensions: { code } }]);
  });

  it.each([
    ["an entity of another type", `{"data":{"_entities":[{"__typename":"Book","name":"x"}]}}`],
    ["an entity of a type that is not there", `{"data":{"_entities":[{"__typename":"Nonsense","name":"x"}]}}`],
    ["an entity whose type is no text", `{"data":{"_entities":[{"__typename":{"a":1},"name":"x"}]}}`],
    ["an entity whose type is nothing", `{"data":{"_entities":[{"__typename":null,"name":"x"}]}}`],
  ])("that answers with %s gives no value that the schema does not have, breaks nothing, and answers next time", async (_name, body) => {
    shop.servers["users"]?.misbehave(send(200, body));
    const { data, errors = [] } = await shop.ask(`{ review(id: "r1") { text author { __typename name } item { title } } }`);
    expect(data).toMatchObject({ review: { text: "r1 says 5", item: { title: "Trees" } } });
    const { author } = (data as { review: { author: unknown } }).review;
    // The stock executor believes a subgraph the type of its own entity.
    const believed = on.engine === "reference" ? [{ __typename: "Book", name: "x" }] : [];
    expect([null, { __typename: "User", name: "x" }, ...believed]).toContainEqual(author);
    expect(errors.filter(({ extensions }) => extensions?.["code"] === "INTERNAL_SERVER_ERROR")).toEqual([]);
    shop.servers["users"]?.misbehave(null);
    expect((await shop.ask(QUERY)).errors).toBeUndefined();
  });

  it("costs a root field of it that may be null, and leaves the others", async () => {
    shop.servers["users"]?.misbehave(send(500, ""));
    const { data, errors } = await shop.ask(`{ user(id: "u1") { name } topReviews { id } }`, { caller: OPERATOR });
    expect(data).toEqual({ user: null, topReviews: [{ id: "r1" }, { id: "r2" }] });
    expect(errors).toEqual([expect.objectContaining({ message: "Cannot answer this part because users answered with HTTP status 500.", extensions: { code: "SUBREQUEST_HTTP_ERROR", serviceName: "users", status: 500 } })]);
  });

  it("lets its own errors through with message, code and place, and nothing else of them", async () => {
    const error = { message: "Expected a date.\n    at secret (/srv/users.js:1:2)", path: ["_entities", 0, "name"], locations: [{ line: 1, column: 9 }], extensions: { code: "BAD_USER_INPUT", stacktrace: ["Error: x", "at y"], exception: { sql: "SELECT" } } };
    shop.servers["users"]?.misbehave(send(200, JSON.stringify({ data: { _entities: [null] }, errors: [error] })));
    const { data, errors } = await shop.ask(QUERY, { caller: OPERATOR });
    expect(data).toEqual(REST);
    expect(errors).toEqual([{ message: "Expected a date.", path: ["review", "author", "name"], extensions: { code: "BAD_USER_INPUT", serviceName: "users" } }]);
  });

  it("lets errors through that come with status 400, as GraphQL servers give them for bad values", async () => {
    shop.servers["users"]?.misbehave(send(400, JSON.stringify({ errors: [{ message: "Expected a date.", extensions: { code: "BAD_USER_INPUT" } }] })));
    const { errors } = await shop.ask(`{ user(id: "u1") { name } }`, { caller: OPERATOR });
    expect(errors).toEqual([{ message: "Expected a date.", extensions: { code: "BAD_USER_INPUT", serviceName: "users" } }]);
  });

  it("has a code given to errors that bring none, and its address taken out of them", async () => {
    const { url = "" } = shop.servers["users"] ?? {};
    shop.servers["users"]?.misbehave(send(200, JSON.stringify({ errors: [{ message: `connect ${new URL(url).host} refused by ${url}` }] })));
    const { errors } = await shop.ask(`{ user(id: "u1") { name } }`);
    // The words are the subgraph's own, though the code is ours.
    expect(errors).toEqual([{ message: "connect the subgraph refused by the subgraph", extensions: { code: "DOWNSTREAM_SERVICE_ERROR" } }]);
  });

  it("gets no more of a request's time than what is left", async () => {
    for (const name of ["users", "catalogue", "reviews"]) {
      shop.servers[name]?.misbehave(async () => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        return false;
      });
    }
    const startedAt = performance.now();
    const { data, errors = [] } = await shop.ask(QUERY);
    const tookMs = performance.now() - startedAt;
    for (const name of ["users", "catalogue", "reviews"]) shop.servers[name]?.misbehave(null);
    expect(tookMs).toBeGreaterThan(650);
    expect(tookMs).toBeLessThan(2_500);
    expect(data).toEqual({ review: { text: "r1 says 5", author: null, item: null } });
    expect(errors.map((error) => error.extensions?.["code"])).toEqual(["GATEWAY_TIMEOUT", "GATEWAY_TIMEOUT"]);
  });

  it("is left alone when the client leaves", async () => {
    const leaving = new AbortController();
    const closed = Promise.withResolvers<void>();
    shop.servers["users"]?.misbehave((response) => {
      response.on("close", closed.resolve);
      leaving.abort();
      return true;
    });
    const { errors = [] } = await shop.ask(QUERY, { signal: leaving.signal });
    expect(new Set(errors.map((error) => error.extensions?.["code"]))).toEqual(new Set(["REQUEST_CANCELLED"]));
    await closed.promise;
  });

  it("answers again as soon as it can", async () => {
    shop.servers["users"]?.misbehave(send(500, ""));
    await shop.ask(QUERY);
    expect(shop.gateway.health().subgraphs.find((one) => one.name === "users")).toMatchObject({ answered: true, up: false });
    shop.servers["users"]?.misbehave(null);
    expect((await shop.ask(QUERY)).errors).toBeUndefined();
    expect(shop.gateway.health().subgraphs.find((one) => one.name === "users")).toMatchObject({ answered: true, up: true });
  });
});

describe("a request whose time is up", () => {
  it("asks nobody any more and holds it against nobody", async () => {
    const recorded: unknown[] = [];
    const transport = createTransport({
      urls: new Map([["one", "http://127.0.0.1:9/"]]),
      responseLimit: 1_000,
      silenceMs: 1_000,
      tokenFor: async () => null,
      record: (request, failure) => recorded.push([request.subgraph, failure]),
    });
    const ask = (signal: AbortSignal) =>
      transport.send({ subgraph: "one", query: "{ a }", operationName: null, variables: {}, headers: {}, facts: { caller: ANONYMOUS, requestId: "r", signal } });
    const deadline = openDeadline(1, new AbortController().signal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(ask(deadline.signal)).rejects.toMatchObject({ extensions: { code: "GATEWAY_TIMEOUT", serviceName: "one" } });
    expect(recorded).toEqual([]);
    const leaving = openDeadline(1_000, AbortSignal.abort());
    await expect(ask(leaving.signal)).rejects.toMatchObject({ extensions: { code: "REQUEST_CANCELLED" } });
    expect(recorded).toEqual([]);
    await expect(ask(new AbortController().signal)).rejects.toMatchObject({ extensions: { code: "DOWNSTREAM_SERVICE_ERROR" } });
    expect(recorded).toEqual([["one", "DOWNSTREAM_SERVICE_ERROR"]]);
    leaving.close();
    await transport.close();
  });
});

describe("a gateway", () => {
  it("starts although a subgraph is down, says which, answers the rest, and finds it when it comes up", async () => {
    const late = createServer((_request, response) => response.end(`{"data":{"__typename":"Query"}}`));
    const url = await listen(late);
    await stopServer(late);
    const shop = await openFederation(SHOP, { config: { ...CONFIG, subgraphUrls: new Map([["users", url]]) } });
    try {
      expect(shop.gateway.health()).toMatchObject({ ready: false, subgraphs: [{ name: "catalogue", up: true }, { name: "reviews", up: true }, { name: "users", url, answered: false, up: false }] });
      const { data, errors } = await shop.ask(QUERY);
      expect(data).toEqual(REST);
      expect(errors).toEqual([expect.objectContaining({ extensions: { code: "DOWNSTREAM_SERVICE_ERROR" } })]);
      await new Promise<void>((resolve) => late.listen(Number(new URL(url).port), "127.0.0.1", resolve));
      const deadline = Date.now() + 8_000;
      while (!shop.gateway.health().ready && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
      expect(shop.gateway.health().ready).toBe(true);
    } finally {
      await shop.close();
      await stopServer(late);
    }
  });

  it("starts although a subgraph takes connections and never answers", async () => {
    const mute = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}/`;
    const shop = await openFederation(SHOP, { config: { ...CONFIG, subgraphUrls: new Map([["users", url]]) } });
    expect(shop.gateway.health().ready).toBe(false);
    await shop.close();
    mute.close();
  });

  it.each(ENGINES)("runs the fields of a mutation one after the other, on two subgraphs ($engine, $planner)", async (on) => {
    const order: string[] = [];
    const slow = async (name: string): Promise<string> => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`${name} ends`);
      return name;
    };
    const sources = {
      one: { sdl: `type Query { a: Int } type Mutation { first: String third: String }`, resolvers: { Mutation: { first: () => slow("first"), third: () => slow("third") } } },
      two: { sdl: `type Query { b: Int } type Mutation { second: String }`, resolvers: { Mutation: { second: () => slow("second") } } },
    };
    const pair = await openFederation(sources, { on });
    expect(await pair.ask(`mutation { first second third }`)).toEqual({ data: { first: "first", second: "second", third: "third" } });
    expect(order).toEqual(["first begins", "first ends", "second begins", "second ends", "third begins", "third ends"]);
    await pair.close();
  });

  it("does not answer a subscription", async () => {
    const ticking = await openFederation({ one: { sdl: `type Query { a: Int } type Subscription { tick: Int }` } });
    const answer = await ticking.ask(`subscription { tick }`);
    expect(answer.errors?.[0]?.extensions?.["code"]).toBe("OPERATION_RESOLUTION_FAILURE");
    await ticking.close();
  });
});
