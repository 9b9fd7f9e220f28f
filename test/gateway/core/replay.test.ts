// GATEWAY_REPLAY over real HTTP: what clients get, and what subgraphs see all the same.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { decodeJwt } from "jose";

import { readConfig, type GatewayConfig } from "../../../gateway/config.ts";
import { listen } from "../../../gateway/events.ts";
import { ANONYMOUS, ReadyData, type Answer, type Caller } from "../../../gateway/gateway.ts";
import { hold, pause, serverOf } from "../dedupe/held-subgraph.ts";
import { callerWith, openFederation, type Federation, type TestServer } from "./federation.ts";
import { SHOP } from "./shop.ts";

const CALLERS = `{ users { name reviews { text } } }`;

let shop: Federation;
let users: TestServer;
let outcomes: string[];
let deaf: () => void;
let sold = 0;

const TILL = { sdl: "type Query { total: Int } type Mutation { sell: Int }", resolvers: { Query: { total: () => sold }, Mutation: { sell: () => (sold += 1) } } };

function configWith(settings: Record<string, string> = {}): Partial<GatewayConfig> {
  const { execution, callerToken } = readConfig({}, { GATEWAY_ENGINE: "compiled", GATEWAY_REPLAY: "true", GATEWAY_SIGNING_KEY: "generate", ...settings });
  return { execution, callerToken, requestTimeoutMs: 1_000 };
}

const documents = new Map<string, ReturnType<typeof parse>>();

interface Asking {
  readonly caller?: Caller;
  readonly variables?: Record<string, unknown>;
  readonly signal?: AbortSignal;
  readonly of?: Federation;
}

/** The same document each time, as behind a cache of documents. */
async function ask(text: string, { caller = ANONYMOUS, variables = {}, signal = new AbortController().signal, of = shop }: Asking = {}): Promise<Answer> {
  const document = documents.get(text) ?? parse(text);
  documents.set(text, document);
  for (const server of Object.values(of.servers)) server.seen.length = 0;
  return of.gateway.execute({ document, operationName: null, variables, caller, requestId: "test", signal });
}

function textOf({ data, errors }: Answer): string {
  return `${data instanceof ReadyData ? data.text : JSON.stringify(data)}${errors === undefined ? "" : JSON.stringify(errors)}`;
}

/** Answers the next requests of a subgraph with this. */
function say(server: TestServer, answer: unknown, status = 200): void {
  server.misbehave((response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(typeof answer === "string" ? answer : JSON.stringify(answer));
    return true;
  });
}

beforeAll(async () => {
  shop = await openFederation({ ...SHOP, till: TILL }, { config: configWith() });
  users = serverOf(shop, "users");
});
beforeEach(() => {
  outcomes = [];
  deaf = listen("replay", ({ outcome }) => void outcomes.push(outcome));
});
afterEach(() => {
  deaf();
  for (const server of Object.values(shop.servers)) server.misbehave(null);
});
afterAll(() => shop.close());

describe("a run with the answers of the last one", () => {
  it("gives the very same data, and asks subgraphs the same", async () => {
    const text = `{ topReviews(first: 3) { text author { name manager { name } } item { title maker { name } } } }`;
    const first = await ask(text);
    const asked = shop.fetches();
    const variables = Object.values(shop.servers).map(({ seen }) => seen.map((one) => one.variables));
    const second = await ask(text);
    expect(second).toEqual({ data: first.data });
    expect(second.data).toBe(first.data);
    expect(shop.fetches().sort()).toEqual(asked.sort());
    expect(asked.length).toBeGreaterThan(3);
    expect(Object.values(shop.servers).map(({ seen }) => seen.map((one) => one.variables))).toEqual(variables);
    expect(outcomes).toEqual(["unknown", "same"]);
  });

  it("is one with the same variables", async () => {
    const text = `query ($id: ID!) { user(id: $id) { name reviews { text } } }`;
    const [one, other] = [await ask(text, { variables: { id: "u1" } }), await ask(text, { variables: { id: "u2" } })];
    expect(textOf(other)).not.toBe(textOf(one));
    expect((await ask(text, { variables: { id: "u1" } })).data).toBe(one.data);
    expect((await ask(text, { variables: { id: "u2" } })).data).toBe(other.data);
  });

  it("sends what tells who asks now, and gives a caller nothing that their own answers do not say", async () => {
    const text = `{ users { id name } }`;
    users.misbehave((response) => {
      const { sub = "" } = decodeJwt(String(users.seen.at(-1)?.headers["x-gateway-caller"]));
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data: { users: [{ __typename: "User", id: "u1", name: `for ${sub}` }] } }));
      return true;
    });
    for (const subject of ["ada", "bob", "ada", "ada", "cleo", "bob"]) {
      expect(textOf(await ask(text, { caller: callerWith([], subject) }))).toBe(`{"users":[{"id":"u1","name":"for ${subject}"}]}`);
      expect(users.seen).toHaveLength(1);
    }
    expect(outcomes).toEqual(["unknown", "different", "different", "same", "different", "different"]);
  });
});

describe("a run with other answers", () => {
  it("goes on from the first difference: nothing is stale, and nobody is asked twice", async () => {
    const before = textOf(await ask(CALLERS));
    say(users, { data: { users: [{ __typename: "User", id: "u3", name: "Zoe" }] } });
    const changed = textOf(await ask(CALLERS));
    expect(changed).toBe(`{"users":[{"name":"Zoe","reviews":[{"text":"r4 says 4"}]}]}`);
    expect(Object.entries(shop.servers).map(([name, { seen }]) => [name, seen.length])).toEqual([["users", 1], ["catalogue", 0], ["reviews", 1], ["till", 0]]);
    expect(textOf(await ask(CALLERS))).toBe(changed);
    users.misbehave(null);
    expect(textOf(await ask(CALLERS))).toBe(before);
    expect(outcomes).toEqual(["unknown", "different", "same", "different"]);
  });

  it("gives the same when JSON differs in its blanks only", async () => {
    const text = `{ users { nickname } }`;
    const before = textOf(await ask(text));
    const { data } = JSON.parse(`{"data":${before}}`) as { data: unknown };
    say(users, JSON.stringify({ data }, null, 2));
    expect([textOf(await ask(text)), textOf(await ask(text))]).toEqual([before, before]);
    expect(outcomes).toEqual(["unknown", "different", "same"]);
  });

  it.each([
    ["an error", { errors: [{ message: "Not now." }], data: null }, 200, "DOWNSTREAM_SERVICE_ERROR"],
    ["half a body", `{"data":{"users":[{"na`, 200, "SUBREQUEST_MALFORMED_RESPONSE"],
    ["a page", "<html>", 503, "SUBREQUEST_HTTP_ERROR"],
  ])("meets %s as ever, and neither keeps nor repeats it", async (name, answer, status, code) => {
    const text = `{ ${name.replaceAll(" ", "_")}: users { name reviews { stars } } }`;
    const before = textOf(await ask(text));
    say(users, answer, status);
    for (const _ of [1, 2]) {
      expect((await ask(text)).errors?.map(({ extensions }) => extensions?.["code"])).toEqual([code]);
      expect(users.seen).toHaveLength(1);
    }
    users.misbehave(null);
    expect(textOf(await ask(text))).toBe(before);
    expect(outcomes).toEqual(["unknown", "different", "different", "same"]);
  });

  it("never begins with an error: a run with one is not kept", async () => {
    const text = `{ late: users { name } }`;
    say(users, { errors: [{ message: "Not now." }], data: null });
    await ask(text);
    users.misbehave(null);
    expect((await ask(text)).errors).toBeUndefined();
    expect(outcomes).toEqual(["unknown", "unknown"]);
  });
});

describe("a run by its trace", () => {
  it("ends when the client leaves, and the subgraph sees it", async () => {
    const text = `{ leaving: users { name } }`;
    await ask(text);
    const held = hold(users);
    const client = new AbortController();
    const answer = ask(text, { signal: client.signal });
    await held.arrived(1);
    client.abort();
    expect((await answer).errors?.map(({ extensions }) => extensions?.["code"])).toEqual(["REQUEST_CANCELLED"]);
    await pause();
    expect([held.asked, held.left]).toEqual([1, 1]);
    held.release();
    await ask(text);
    expect(outcomes).toEqual(["unknown", "different", "same"]);
  });

  it("ends when the time is up, with what has come by then", async () => {
    const text = `{ slow: users { name } topReviews(first: 1) { text } }`;
    await ask(text);
    const held = hold(users);
    const { data, errors } = await ask(text);
    expect(errors?.map(({ extensions }) => extensions?.["code"])).toContain("GATEWAY_TIMEOUT");
    // `slow` may not be null.
    expect([data, held.asked]).toEqual([null, 1]);
    held.release();
  });
});

describe("what is kept", () => {
  it("are no mutations", async () => {
    const first = sold;
    for (const expected of [first + 1, first + 2]) expect(textOf(await ask(`mutation { sell }`))).toBe(`{"sell":${expected}}`);
    expect(outcomes).toEqual([]);
  });

  it("are no queries of fields that not everybody may read, unless a setting says so", async () => {
    const asked = [`{ users { salary } }`, `{ users { ...U } } fragment U on User { manager { email } }`, `{ items { cost } }`];
    const caller = callerWith(["email:read", "cost:read"]);
    for (const text of asked) for (const _ of [1, 2]) await ask(text, { caller });
    expect(outcomes).toEqual([]);

    const of = await openFederation(SHOP, { config: configWith({ GATEWAY_REPLAY_PROTECTED: "true" }) });
    for (const text of asked) expect((await ask(text, { caller, of })).data).toBe((await ask(text, { caller, of })).data);
    expect(outcomes).toEqual(asked.flatMap(() => ["unknown", "same"]));
    await of.close();
  });

  it("is told apart by the rights of who asks, although the text is the same", async () => {
    const of = await openFederation(SHOP, { config: configWith({ GATEWAY_REPLAY_PROTECTED: "true" }) });
    const text = `{ users { name email } }`;
    const [reader, other] = [callerWith(["email:read"], "ada"), callerWith([], "bob")];
    const texts = [];
    for (const caller of [reader, other, reader, other]) texts.push(textOf(await ask(text, { caller, of })));
    expect(texts.slice(2)).toEqual(texts.slice(0, 2));
    expect(texts[1]).toContain("UNAUTHORIZED_FIELD");
    expect(texts[1]).not.toContain("@shop.example");
    expect(outcomes).toEqual(["unknown", "unknown", "same", "same"]);
    await of.close();
  });

  it("is nothing by default", async () => {
    const of = await openFederation(SHOP, { config: configWith({ GATEWAY_REPLAY: "" }) });
    expect((await ask(CALLERS, { of })).data).not.toBe((await ask(CALLERS, { of })).data);
    expect(outcomes).toEqual([]);
    await of.close();
  });
});

describe("together with deduplication", () => {
  it("each of those who share a request compares for themselves", async () => {
    const of = await openFederation(SHOP, { config: { ...configWith(), dedupe: { subgraph: true, inbound: false } } });
    const [known, fresh] = [`{ users { name } }`, `query Other { users { name } }`];
    const { data } = await ask(known, { of });
    const server = serverOf(of, "users");
    const held = hold(server);
    const answers = [known, known, fresh, fresh].map((text) => ask(text, { of }));
    await held.arrived(1);
    await pause();
    held.release();
    const [first, second, third, fourth] = await Promise.all(answers);
    expect([first?.data, second?.data]).toEqual([data, data]);
    expect(second?.data).toBe(data);
    expect([third, fourth].map((one) => JSON.stringify(one?.data))).toEqual([JSON.stringify(data), JSON.stringify(data)]);
    await of.close();
  });
});
