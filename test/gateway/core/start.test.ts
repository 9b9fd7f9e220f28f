// What stops a start, what a start does not do, and what the log says afterwards.
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";

import { afterEach, describe, expect, it } from "@jest/globals";

import { readConfig } from "../../../gateway/config.ts";
import { createGateway } from "../../../gateway/gateway.ts";
import { createLog, logEvents } from "../../../gateway/telemetry/telemetry.ts";
import { callerWith, composeText, listen, openFederation, stopServer } from "./federation.ts";
import { SHOP } from "./shop.ts";

const CONFIG = readConfig({}, {});

describe("a supergraph that cannot be served", () => {
  const start = (supergraph: string) => createGateway({ ...CONFIG, supergraph });

  it("is named when its file is missing", async () => {
    await expect(start("/nowhere/supergraph.graphql")).rejects.toMatchObject({
      message: "Cannot read the supergraph /nowhere/supergraph.graphql because there is no such file.",
      extensions: { code: "SUPERGRAPH_UNREADABLE" },
    });
  });

  it.each([
    [404, "", "SUPERGRAPH_UNREADABLE", "HTTP status 404"],
    [302, "", "SUPERGRAPH_UNREADABLE", "HTTP status 302"],
    [200, "<h1>Hello</h1>", "SUPERGRAPH_INVALID", "Syntax Error"],
    [200, "type Query { a: Int }", "SUPERGRAPH_INVALID", "compose the subgraphs first"],
    [200, `enum join__Graph { A @join__graph(name: "a", url: "http://127.0.0.1:9/") } type Query { a: Int }`, "SUPERGRAPH_INVALID", "because"],
  ])("is refused when its address answers %i %s", async (status, body, code, words) => {
    const server = createServer((_request, response) => response.writeHead(status, { location: "/elsewhere" }).end(body));
    const url = await listen(server);
    await expect(start(url)).rejects.toMatchObject({ message: expect.stringContaining(words), extensions: { code } });
    await stopServer(server);
  });

  it("is refused when nobody answers at its address", async () => {
    await expect(start("http://127.0.0.1:9/supergraph")).rejects.toMatchObject({ extensions: { code: "SUPERGRAPH_UNREADABLE" } });
  });

  it.each([
    ["an address for a subgraph that is not there", new Map([["nobody", "http://127.0.0.1:9/"]]), /GATEWAY_SUBGRAPH_URLS.*users.*nobody/],
  ])("is refused with %s", async (_name, subgraphUrls, words) => {
    await expect(openFederation(SHOP, { config: { subgraphUrls } })).rejects.toMatchObject({ message: expect.stringMatching(words), extensions: { code: "SETTING_INVALID" } });
  });

  it("is refused when it says no address for a subgraph, unless the settings do", async () => {
    const source = { one: { sdl: `type Query { a: Int }`, resolvers: { Query: { a: () => 1 } } } };
    const edit = (sdl: string): string => sdl.replace(/url: "http:\/\/127[^"]*"/, `url: ""`);
    await expect(openFederation(source, { edit })).rejects.toMatchObject({ message: expect.stringContaining("one"), extensions: { code: "SETTING_INVALID" } });
  });
});

describe("a supergraph by its address", () => {
  it("is served like one in a file", async () => {
    const shop = await openFederation(SHOP);
    const text = composeText(SHOP, (name) => shop.servers[name]?.url ?? "");
    const server = createServer((_request, response) => response.end(text));
    const url = await listen(server);
    const gateway = await createGateway({ ...CONFIG, supergraph: url });
    expect(gateway.health().ready).toBe(true);
    expect(Object.keys(gateway.schema().getQueryType()?.getFields() ?? {})).toContain("topReviews");
    await gateway.close();
    await stopServer(server);
    await shop.close();
  });
});

describe("the gateway's connections", () => {
  const connect = Socket.prototype.connect;
  afterEach(() => {
    Socket.prototype.connect = connect;
  });

  it("lead to the subgraphs and nowhere else, at the start and for a query", async () => {
    const seen: string[] = [];
    Socket.prototype.connect = function record(this: Socket, ...args: unknown[]) {
      const [options] = (Array.isArray(args[0]) ? args[0] : args) as [{ host?: string; hostname?: string; port?: unknown } | undefined];
      seen.push(`${options?.host ?? options?.hostname}:${options?.port}`);
      return Reflect.apply(connect, this, args) as Socket;
    } as typeof connect;
    delete process.env["APOLLO_TELEMETRY_DISABLED"];
    const shop = await openFederation(SHOP);
    await shop.ask(`{ review(id: "r1") { author { name } item { title } } }`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await shop.close();
    const configured = new Set(Object.values(shop.servers).map(({ url }) => new URL(url).host));
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(seen.filter((address) => !configured.has(address))).toEqual([]);
  });
});

describe("the log", () => {
  it("has one line for a request, with ids, figures and codes, and nothing of what was asked or answered", async () => {
    const lines: string[] = [];
    const destination = new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()) });
    const end = logEvents(createLog("debug", destination));
    const shop = await openFederation(SHOP, { config: { callerToken: { key: { kind: "generate" }, forwardClaims: [], claimHeaders: new Map(), claimExtensions: new Map() } } });
    lines.length = 0;
    const query = `query Canary($id: ID!) { review(id: $id) { author { name email } } user(id: "canary-literal") { name } }`;
    await shop.ask(query, { variables: { id: "r1", extra: "canary-variable" }, caller: callerWith([], "canary-subject"), requestId: "req-1" });
    end();
    await shop.ask(query, { variables: { id: "r1" }, requestId: "req-2" });
    await shop.close();
    const facts = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(facts.filter(({ msg }) => msg === "request")).toEqual([
      expect.objectContaining({ requestId: "req-1", operationName: "Canary", fetches: 3, errorCodes: ["UNAUTHORIZED_FIELD"], durationMs: expect.any(Number), fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) }),
    ]);
    expect(facts.filter(({ msg }) => msg === "fetch").map(({ subgraph }) => subgraph).sort()).toEqual(["reviews", "users", "users"]);
    expect(lines.join("")).not.toMatch(/canary|Ada|eyJ|127\.0\.0\.1/);
    expect(lines.join("")).not.toContain("req-2");
  });

  it("tells of a fault by its class and place, without its message", async () => {
    const lines: string[] = [];
    const destination = new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()) });
    const end = logEvents(createLog("info", destination));
    const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@policy"]) type Query { a: Int @policy(policies: [["p"]]) }`;
    const grantsPolicy = (): boolean => {
      throw new TypeError("canary");
    };
    const shop = await openFederation({ one: { sdl } }, { parts: { grantsPolicy } });
    const answer = await shop.ask(`{ a }`, { requestId: "req-3" });
    end();
    await shop.close();
    expect(answer.errors).toEqual([{ message: "The gateway could not answer. Its log tells more under the request id.", extensions: { code: "INTERNAL_SERVER_ERROR" } }]);
    const fault = lines.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ msg }) => msg === "fault");
    expect(fault).toMatchObject({ requestId: "req-3", error: expect.any(String), frames: expect.arrayContaining([expect.stringContaining("at ")]) });
    expect(lines.join("")).not.toContain("canary");
  });

  it("keeps a client's line breaks and control characters inside one line", async () => {
    const lines: string[] = [];
    const log = createLog("info", new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()) }));
    log.info({ requestId: "a\n{\"level\":60}\u001b[31m" }, "request");
    expect(lines.join("").trimEnd().split("\n")).toHaveLength(1);
    expect(lines.join("")).not.toContain("\u001b");
  });
});

describe("settings", () => {
  it("have defaults for a gateway on loopback", () => {
    expect(readConfig({}, { PATH: "/bin", GATEWAY_PORT: "" })).toMatchObject({ supergraph: "supergraph.graphql", host: "127.0.0.1", port: 4000, requestTimeoutMs: 10_000, operationLimit: 1_000, corsOrigins: [], callerToken: { key: { kind: "none" } }, jwt: { jwks: [], issuers: [], audiences: [] } });
  });

  it("are read from the command line before the environment before the file", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "gateway-settings-")), "settings.env");
    await writeFile(file, `# a comment\nGATEWAY_PORT=1\nGATEWAY_HOST=file\nGATEWAY_LOG_LEVEL="warn"\n`);
    const config = readConfig({ GATEWAY_PORT: "3" }, { GATEWAY_SETTINGS_FILE: file, GATEWAY_PORT: "2", GATEWAY_HOST: "environment" });
    expect(config).toMatchObject({ port: 3, host: "environment", logLevel: "warn" });
    await writeFile(file, `PORT=1\n`);
    expect(() => readConfig({}, { GATEWAY_SETTINGS_FILE: file })).toThrow(/Unknown setting PORT in/);
  });

  it("are lists where several make sense", () => {
    const config = readConfig({}, { GATEWAY_JWKS: "a.json, https://idp.example/keys", GATEWAY_SUBGRAPH_URLS: "one=http://a/x?y=1,two=https://b", GATEWAY_FORWARD_CLAIMS: "team,level", GATEWAY_SIGNING_KEY: "generate" });
    expect(config.jwt.jwks).toEqual(["a.json", "https://idp.example/keys"]);
    expect([...config.subgraphUrls]).toEqual([["one", "http://a/x?y=1"], ["two", "https://b"]]);
    expect(config.callerToken).toEqual({ key: { kind: "generate" }, forwardClaims: ["team", "level"], claimHeaders: new Map(), claimExtensions: new Map() });
    expect(readConfig({}, { GATEWAY_SIGNING_KEY: "key.json" }).callerToken.key).toEqual({ kind: "file", path: "key.json" });
  });

  it("that nobody knows are errors which name those that are known", () => {
    expect(() => readConfig({}, { GATEWAY_PROT: "1" })).toThrow(/Unknown setting GATEWAY_PROT\. Expected one of .*GATEWAY_PORT/);
  });

  it.each([
    ["GATEWAY_PORT", "http"],
    ["GATEWAY_PORT", "65536"],
    ["GATEWAY_PORT", "-1"],
    ["GATEWAY_PORT", "1.5"],
    ["GATEWAY_REQUEST_TIMEOUT_MS", "0"],
    ["GATEWAY_OPEN", "yes"],
    ["GATEWAY_LOG_LEVEL", "loud"],
    ["GATEWAY_JWT_ALGORITHMS", "RS256,HS256"],
    ["GATEWAY_JWT_ALGORITHMS", "none"],
    ["GATEWAY_JWT_CLOCK_SKEW_S", "3600"],
    ["GATEWAY_FORWARD_CLAIMS", "team,sub"],
    ["GATEWAY_SUBGRAPH_URLS", "http://a/"],
    ["GATEWAY_SUBGRAPH_URLS", "one=file:///etc/passwd"],
    ["GATEWAY_SETTINGS_FILE", "/nowhere/settings.env"],
  ])("that make no sense are errors which say what was expected: %s=%s", (name, value) => {
    expect(() => readConfig({}, { [name]: value })).toThrow(expect.objectContaining({ message: expect.stringMatching(new RegExp(`^Expected ${name} to be .+, got ".+"\\.$`)), extensions: { code: "SETTING_INVALID" } }));
  });
});
