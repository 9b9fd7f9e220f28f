// The HTTP face of the gateway: statuses, media types, refusals, and what reaches the gateway behind it.
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { PLAIN_CONFIG, startPlain, TOKEN, type PlainServer } from "./plain-gateway.ts";

const RESPONSE = "application/graphql-response+json";
const JSON_TYPE = "application/json";

let server: PlainServer;
let url: string;

beforeAll(async () => {
  server = await startPlain();
  url = `${server.url}/graphql`;
});
afterAll(() => server.close());
beforeEach(() => {
  (server.gateway.requests as unknown[]).length = 0;
});

interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly text: string;
  readonly code: string | undefined;
  readonly json: { readonly data?: unknown; readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[] };
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text();
  const json = text.startsWith("{") ? JSON.parse(text) : {};
  return { status: response.status, type: response.headers.get("content-type"), headers: response.headers, text, json, code: json.errors?.[0]?.extensions?.code };
}

async function post(body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return read(await fetch(url, { method: "POST", headers: { "content-type": JSON_TYPE, accept: RESPONSE, ...headers }, body: text }));
}

async function get(parameters: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> {
  return read(await fetch(`${url}?${new URLSearchParams(parameters)}`, { headers: { authorization: `Bearer ${TOKEN}`, accept: RESPONSE, ...headers } }));
}

describe("an operation", () => {
  it("is answered over POST and over GET, with its variables", async () => {
    const operation = { query: "query Q($name: String) { hello(name: $name) }", variables: { name: "you" }, operationName: "Q" };
    const posted = await post(operation);
    const got = await get({ ...operation, variables: JSON.stringify(operation.variables) });
    for (const reply of [posted, got]) {
      expect(reply).toMatchObject({ status: 200, type: `${RESPONSE}; charset=utf-8`, json: { data: { hello: "Hello you" } } });
    }
    expect(server.gateway.requests.map((request) => [request.operationName, request.variables])).toEqual([["Q", { name: "you" }], ["Q", { name: "you" }]]);
  });

  it("carries who asks, as the token says", async () => {
    expect((await post({ query: "{ whoami }" })).json.data).toEqual({ whoami: null });
    expect((await post({ query: "{ whoami }" }, { authorization: `bearer ${TOKEN}` })).status).toBe(401);
    expect((await post({ query: "{ whoami }" }, { authorization: `Bearer ${TOKEN}` })).json.data).toEqual({ whoami: "somebody" });
  });

  it("answers 200 when it has data beside errors, and when data is null", async () => {
    const partial = await post({ query: "{ hello broken }" });
    const none = await post({ query: "{ hello required }" });
    expect(partial).toMatchObject({ status: 200, code: "DOWNSTREAM_SERVICE_ERROR", json: { data: { hello: "Hello world", broken: null } } });
    expect(partial.json.errors).toMatchObject([{ path: ["broken"], locations: [{ line: 1, column: 9 }] }]);
    expect(none).toMatchObject({ status: 200, code: "DOWNSTREAM_SERVICE_ERROR", json: { data: null } });
  });

  it("may come with properties and extensions that nobody knows", async () => {
    const reply = await post({ query: "{ hello }", documentId: null, whatever: [1], extensions: { clientLibrary: { name: "x" } } });
    expect(reply).toMatchObject({ status: 200, json: { data: { hello: "Hello world" } } });
  });

  it("is answered to names such as __proto__ without harm", async () => {
    const reply = await post('{"query":"query($name: String) { __proto__: hello(name: $name) constructor: hello }","variables":{"name":"x","__proto__":{"polluted":true}}}');
    expect(JSON.parse(reply.text).data).toEqual(JSON.parse('{"__proto__":"Hello x","constructor":"Hello world"}'));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("is as many bytes as its head says, whatever the letters", async () => {
    const { headers, text } = await post({ query: "query($name: String) { hello(name: $name) }", variables: { name: "Zoë, 李, 🌍" } });
    expect(text).toBe('{"data":{"hello":"Hello Zoë, 李, 🌍"}}\n');
    expect(headers.get("content-length")).toBe(String(Buffer.byteLength(text)));
  });

  it("is never kept by a cache", async () => {
    expect((await post({ query: "{ hello }" })).headers.get("cache-control")).toBe("no-store");
  });
});

describe("what GraphQL refuses", () => {
  const cases = [
    ["a document that is not GraphQL", { query: "{" }, "GRAPHQL_PARSE_FAILED"],
    ["an unknown field", { query: "{ nothing }" }, "GRAPHQL_VALIDATION_FAILED"],
    ["a variable of the wrong type", { query: "query($name: String) { hello(name: $name) }", variables: { name: { $ne: 1 } } }, "BAD_USER_INPUT"],
    ["an operation that the document lacks", { query: "query A { hello }", operationName: "B" }, "OPERATION_RESOLUTION_FAILURE"],
    ["a field of an object that is not one", { query: "{ hello { deeper } }" }, "GRAPHQL_VALIDATION_FAILED"],
  ] as const;

  it.each(cases)("%s is 400 with graphql-response+json and 200 with json", async (_name, body, code) => {
    const modern = await post(body);
    const old = await post(body, { accept: JSON_TYPE });
    expect(modern).toMatchObject({ status: 400, type: `${RESPONSE}; charset=utf-8`, code });
    expect(old).toMatchObject({ status: 200, type: `${JSON_TYPE}; charset=utf-8`, code });
    expect(modern.json).not.toHaveProperty("data");
    expect(modern.text + old.text).not.toMatch(/stack|node_modules|\.ts:/);
  });

  it("a document of a hundred thousand tokens is not read to its end", async () => {
    const roomy = await startPlain({ bodyLimit: 1_000_000 });
    const body = JSON.stringify({ query: `{ ${"hello ".repeat(100_000)}}` });
    const reply = await read(await fetch(`${roomy.url}/graphql`, { method: "POST", headers: { "content-type": JSON_TYPE, accept: RESPONSE }, body }));
    expect(reply).toMatchObject({ status: 400, code: "GRAPHQL_PARSE_FAILED" });
    await roomy.close();
  });

  it("a document of thousands of levels is 400 and not a broken process", async () => {
    const roomy = await startPlain({ bodyLimit: 1_000_000 });
    const ask = (query: string) => fetch(`${roomy.url}/graphql`, { method: "POST", headers: { "content-type": JSON_TYPE, accept: RESPONSE }, body: JSON.stringify({ query }) });
    const reply = await read(await ask(`${"{hello".repeat(4_900)}${"}".repeat(4_900)}`));
    expect(reply).toMatchObject({ status: 400, code: "GRAPHQL_PARSE_FAILED" });
    expect((await ask("{ hello }")).status).toBe(200);
    await roomy.close();
  });

  it("a mutation by GET is 405, names POST, and is not executed", async () => {
    const reply = await get({ query: "mutation { greet }" });
    expect(reply).toMatchObject({ status: 405, code: "METHOD_NOT_ALLOWED" });
    expect(reply.headers.get("allow")).toBe("POST");
    expect(server.gateway.requests).toEqual([]);
  });

  it("a persisted query is refused in the words after which clients send the document itself", async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } };
    expect(await post({ extensions })).toMatchObject({ status: 200, code: "PERSISTED_QUERY_NOT_SUPPORTED", json: { errors: [{ message: "PersistedQueryNotSupported" }] } });
  });
});

describe("what is no GraphQL request", () => {
  const bodies = [
    ["text that is not JSON", "{ not json"],
    ["nothing", ""],
    ["a batch", [{ query: "{ hello }" }]],
    ["a string", '"{ hello }"'],
    ["no query", { variables: {} }],
    ["an empty query", { query: "" }],
    ["a query that is an object", { query: { kind: "Document" } }],
    ["variables that are a list", { query: "{ hello }", variables: [] }],
    ["variables that are text", { query: "{ hello }", variables: "{}" }],
    ["extensions that are a number", { query: "{ hello }", extensions: 3 }],
    ["an operation name that is a number", { query: "{ hello }", operationName: 3 }],
  ] as const;

  it.each(bodies)("%s is 400 and says what was expected", async (_name, body) => {
    for (const accept of [RESPONSE, JSON_TYPE]) {
      const reply = await post(body, { accept });
      expect(reply).toMatchObject({ status: 400, code: "BAD_REQUEST", type: `${accept}; charset=utf-8` });
      expect(reply.json.errors?.[0]?.message).toMatch(/^Expected /);
    }
    expect(server.gateway.requests).toEqual([]);
  });

  it("bytes that are not UTF-8 are 400", async () => {
    const body = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const reply = await read(await fetch(url, { method: "POST", headers: { "content-type": JSON_TYPE }, body }));
    expect(reply).toMatchObject({ status: 400, code: "BAD_REQUEST" });
  });

  it("a GET with a repeated parameter or variables that are not JSON is 400", async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect(await read(await fetch(`${url}?query={hello}&query={whoami}`, { headers }))).toMatchObject({ status: 400, code: "BAD_REQUEST" });
    expect(await get({ query: "{ hello }", variables: "{" })).toMatchObject({ status: 400, code: "BAD_REQUEST" });
    expect(await get({})).toMatchObject({ status: 400, code: "BAD_REQUEST" });
  });

  it("a body over the limit is 413 and names the limit", async () => {
    const reply = await post({ query: "{ hello }", pad: "x".repeat(PLAIN_CONFIG.bodyLimit) });
    expect(reply).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" });
    expect(reply.json.errors?.[0]?.message).toContain(String(PLAIN_CONFIG.bodyLimit));
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-7", "application/json\ta", "application/json x", "application/graphql"])(
    "a body of %s is 415",
    async (contentType) => {
      const reply = await post({ query: "{ hello }" }, { "content-type": contentType });
      expect(reply).toMatchObject({ status: 415, code: "UNSUPPORTED_MEDIA_TYPE" });
    },
  );

  it("a GET that claims a body of text is 415, bearer token or not", async () => {
    expect(await get({ query: "{ hello }" }, { "content-type": "text/plain" })).toMatchObject({ status: 415 });
  });

  it("a compressed body is 415", async () => {
    expect(await post({ query: "{ hello }" }, { "content-encoding": "gzip" })).toMatchObject({ status: 415 });
  });

  it("whatever was accepted before, each client gets the type that it prefers, and one that takes none is refused each time", async () => {
    const preferred = Array.from({ length: 130 }, (_, at) => (at % 2 === 0 ? JSON_TYPE : RESPONSE));
    for (const [at, type] of [...preferred.entries(), ...preferred.entries()]) {
      const accept = `${JSON_TYPE};q=${type === JSON_TYPE ? "0.9" : "0.1"}, ${RESPONSE};q=0.5, x/y${at}`;
      expect((await post({ query: "{ hello }" }, { accept })).type).toBe(`${type}; charset=utf-8`);
    }
    for (const accept of ["text/html", "text/html"]) expect((await post({ query: "{ hello }" }, { accept })).status).toBe(406);
  });

  it("a client that takes none of our types gets 406 with the list of them, and nothing is executed", async () => {
    const reply = await post({ query: "mutation { greet }" }, { accept: "text/html" });
    expect(reply).toMatchObject({ status: 406, code: "NOT_ACCEPTABLE" });
    expect(reply.json.errors?.[0]?.message).toContain(`${JSON_TYPE}, ${RESPONSE}`);
    expect(server.gateway.requests).toEqual([]);
  });

  it.each(["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])("the method %s is 405 and names those that are served", async (method) => {
    const reply = await read(await fetch(url, { method }));
    expect(reply.status).toBe(405);
    expect(reply.headers.get("allow")).toBe("GET, POST");
  });

  it("a path that is not served is 404, one that cannot be read 400, both with a code", async () => {
    expect(await read(await fetch(`${server.url}/nothing`))).toMatchObject({ status: 404, code: "NOT_FOUND" });
    expect(await read(await fetch(`${server.url}/%zz`))).toMatchObject({ status: 400, code: "BAD_REQUEST" });
  });
});

describe("the media type of an answer", () => {
  it.each([
    [undefined, JSON_TYPE],
    ["*/*", JSON_TYPE],
    [JSON_TYPE, JSON_TYPE],
    [RESPONSE, RESPONSE],
    [`${RESPONSE},${JSON_TYPE};q=0.9`, RESPONSE],
    [`${RESPONSE};q=0.1,${JSON_TYPE}`, JSON_TYPE],
    [`multipart/mixed;deferSpec=20220824, ${RESPONSE}, ${JSON_TYPE}`, RESPONSE],
    [`multipart/mixed;incrementalSpec=v0.2, ${JSON_TYPE}`, JSON_TYPE],
    [`${RESPONSE}, application/graphql+json, ${JSON_TYPE}, text/event-stream, multipart/mixed`, RESPONSE],
    [`application/*;q=0.5, ${JSON_TYPE};q=0`, RESPONSE],
  ])("for `accept: %s` is %s", async (accept, type) => {
    const headers: Record<string, string> = { "content-type": JSON_TYPE, ...(accept !== undefined && { accept }) };
    const text = await raw("POST", headers, '{"query":"{ hello }"}');
    expect(text.headers["content-type"]).toBe(`${type}; charset=utf-8`);
    expect(text.body).toContain("Hello world");
  });
});

/** Without the `accept` that `fetch` adds. */
function raw(method: string, headers: Record<string, string>, body: string): Promise<{ headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part)).on("end", () => resolve({ headers: response.headers, body: text }));
    });
    sent.on("error", reject).end(body);
  });
}

describe("who may ask", () => {
  it("a bad token is 401 with its code and the Bearer challenge, before the body is looked at", async () => {
    const reply = await post("not even json", { authorization: "Bearer bad" });
    expect(reply).toMatchObject({ status: 401, code: "TOKEN_EXPIRED", type: `${RESPONSE}; charset=utf-8` });
    expect(reply.headers.get("www-authenticate")).toBe("Bearer");
  });

  it("Basic credentials are refused and Bearer alone is offered, so that no browser asks for a password", async () => {
    for (const reply of [await post({ query: "{ hello }" }, { authorization: "Basic dTpw" }), await get({ query: "{ hello }" }, { authorization: "Basic dTpw" })]) {
      expect(reply).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
      expect(reply.headers.get("www-authenticate")).toBe("Bearer");
    }
    expect(server.gateway.requests).toEqual([]);
  });

  it("a GET that a link could make is refused, and passes with a header that only a script sends", async () => {
    const plain = await read(await fetch(`${url}?query={hello}`, { headers: { accept: RESPONSE } }));
    expect(plain).toMatchObject({ status: 400, code: "BAD_REQUEST" });
    const marked = await read(await fetch(`${url}?query={hello}`, { headers: { accept: RESPONSE, "apollo-require-preflight": "true" } }));
    expect(marked).toMatchObject({ status: 200, json: { data: { hello: "Hello world" } } });
  });
});

describe("the request id", () => {
  it("is the client's when harmless, and comes back", async () => {
    const reply = await post({ query: "{ hello }" }, { "x-request-id": "abc-1._Z" });
    expect(reply.headers.get("x-request-id")).toBe("abc-1._Z");
    expect(server.gateway.requests[0]?.requestId).toBe("abc-1._Z");
  });

  it.each(["", "a b", "x".repeat(65), "a\u00e9", "{\"a\":1}"])("is made when the client's is %j", async (id) => {
    const reply = await post({ query: "{ hello }" }, { "x-request-id": id });
    expect(reply.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("comes back with a refusal too", async () => {
    expect((await post("nope", { "x-request-id": "r1" })).headers.get("x-request-id")).toBe("r1");
  });
});

describe("a client that leaves", () => {
  it("aborts its operation", async () => {
    const release = server.gateway.hold();
    const client = new AbortController();
    const answer = fetch(url, { method: "POST", headers: { "content-type": JSON_TYPE }, body: '{"query":"{ hello }"}', signal: client.signal });
    while (server.gateway.requests.length === 0) await sleep(5);
    expect(server.gateway.requests[0]?.signal.aborted).toBe(false);
    client.abort();
    await expect(answer).rejects.toThrow();
    for (let n = 0; n < 200 && server.gateway.requests[0]?.signal.aborted === false; n++) await sleep(5);
    expect(server.gateway.requests[0]?.signal.aborted).toBe(true);
    release();
  });

  it("does not abort an operation that was answered", async () => {
    await post({ query: "{ hello }" });
    await sleep(20);
    expect(server.gateway.requests[0]?.signal.aborted).toBe(false);
  });
});

describe("errors that are not for clients", () => {
  it("leave as one generic sentence, and the log knows the request id but not the message", async () => {
    const broken = await startPlain();
    broken.gateway.authenticate = async () => {
      throw new Error("password=hunter2 at mongodb://secret");
    };
    const response = await fetch(`${broken.url}/graphql`, { method: "POST", headers: { "content-type": JSON_TYPE, "x-request-id": "r42" }, body: "{}" });
    const reply = await read(response);
    expect(reply).toMatchObject({ status: 500, code: "INTERNAL_SERVER_ERROR" });
    expect(reply.text).not.toMatch(/hunter2|mongodb/);
    expect(broken.published).toMatchObject([{ requestId: "r42", error: "Error" }, { requestId: "r42", status: 500 }]);
    expect(JSON.stringify(broken.published)).not.toMatch(/hunter2/);
    await broken.close();
  });

  it("a gateway that throws although it must not is a 500 with a code, and no stack", async () => {
    const broken = await startPlain();
    broken.gateway.execute = async () => {
      throw new Error("password=hunter2");
    };
    const reply = await read(await fetch(`${broken.url}/graphql`, { method: "POST", headers: { "content-type": JSON_TYPE }, body: '{"query":"{ hello }"}' }));
    expect(reply).toMatchObject({ status: 500, code: "INTERNAL_SERVER_ERROR" });
    expect(reply.text).not.toMatch(/hunter2|stack/);
    await broken.close();
  });

  it("bytes that are not HTTP get 400", async () => {
    const { port, hostname } = new URL(server.url);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write("NOT HTTP\r\n\r\n"));
      socket.on("data", (data) => resolve(data.toString()));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("another origin", () => {
  it("may not read answers unless it is configured", async () => {
    const reply = await post({ query: "{ hello }" }, { origin: "https://portal.example" });
    expect(reply.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("may when it is configured, after a preflight; others still may not", async () => {
    const open = await startPlain({ corsOrigins: ["https://portal.example"] });
    const preflight = (origin: string) =>
      fetch(`${open.url}/graphql`, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type" } });
    const allowed = await preflight("https://portal.example");
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://portal.example");
    expect(allowed.headers.get("access-control-allow-headers")).toBe("authorization,content-type");
    expect(allowed.headers.get("access-control-allow-credentials")).toBeNull();
    expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).not.toBe("https://evil.example");
    await open.close();
  });
});

describe("names of the schema", () => {
  it("are offered for a slip of the pen, unless the operator hides them", async () => {
    const hidden = await startPlain({ schemaHints: false, introspection: false });
    const ask = async (at: string, query: string) =>
      (await read(await fetch(`${at}/graphql`, { method: "POST", headers: { "content-type": JSON_TYPE }, body: JSON.stringify({ query }) }))).text;
    expect(await ask(server.url, "{ helo }")).toContain("Did you mean");
    expect(await ask(hidden.url, "{ helo }")).not.toContain("Did you mean");
    expect(await ask(hidden.url, "{ __schema { types { name } } }")).not.toContain("secret");
    await hidden.close();
  });
});
