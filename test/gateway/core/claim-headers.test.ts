// GATEWAY_CLAIM_HEADERS and GATEWAY_CLAIM_EXTENSIONS: what a request says about itself, such as its purpose, in the place of
// its token's claim.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { decodeJwt } from "jose";

import { callerKey, withExtensionClaims, withHeaderClaims } from "../../../gateway/auth/auth.ts";
import { readConfig } from "../../../gateway/config.ts";
import { listen } from "../../../gateway/events.ts";
import { ANONYMOUS, type Caller } from "../../../gateway/gateway.ts";
import { startHttp, type HttpServer } from "../../../gateway/http/http.ts";
import { openFederation, type Federation } from "./federation.ts";

const HEADERS = new Map([["x-colour", "colour"]]);
const EXTENSIONS = new Map([["colour", "colour"]]);
const ADA: Caller = { subject: "ada", scopes: new Set(["a"]), claims: { colour: "red", team: "one" } };

describe("a claim header", () => {
  it("says the claim in the place of the token's, and of none", () => {
    expect(withHeaderClaims(ADA, HEADERS, { "x-colour": "blue" }).claims).toEqual({ colour: "blue", team: "one" });
    expect(withHeaderClaims(ANONYMOUS, HEADERS, { "x-colour": "blue" })).toEqual({ ...ANONYMOUS, claims: { colour: "blue" } });
  });

  it("that is not sent leaves the token's claim", () => {
    expect(withHeaderClaims(ADA, HEADERS, { "x-other": "blue" })).toBe(ADA);
    expect(withHeaderClaims(ADA, new Map(), { "x-colour": "blue" })).toBe(ADA);
  });

  it("says nothing of who asks and with which scopes", () => {
    const { subject, scopes } = withHeaderClaims(ADA, HEADERS, { "x-colour": "blue", subject: "eve", scope: "b" });
    expect([subject, [...scopes]]).toEqual(["ada", ["a"]]);
  });

  it.each([[""], [" "], ["a b"], ["blue, red"], ["é"], ["x".repeat(65)], ['{"$ne":1}'], [["blue", "red"]]])("of %j is refused, and the message does not repeat it", (value) => {
    const refused = () => withHeaderClaims(ADA, HEADERS, { "x-colour": value });
    expect(refused).toThrow(expect.objectContaining({ extensions: { code: "BAD_REQUEST" } }));
    if (value.length > 2) expect(refused).not.toThrow(String(value));
  });

  it("makes another caller for whatever is shared by caller", () => {
    const keys = ["red", "blue"].map((colour) => callerKey(withHeaderClaims(ADA, HEADERS, { "x-colour": colour })));
    expect(new Set([...keys, callerKey(withHeaderClaims(ANONYMOUS, HEADERS, { "x-colour": "red" }))]).size).toBe(3);
    expect(keys[0]).toBe(callerKey(ADA));
  });
});

describe("a member of extensions that says a claim", () => {
  it("says it in the place of the token's, and leaves it where it is not there", () => {
    expect(withExtensionClaims(ADA, EXTENSIONS, { colour: "blue", persistedQuery: {} }).claims).toEqual({ colour: "blue", team: "one" });
    expect(withExtensionClaims(ADA, EXTENSIONS, { team: "two" })).toBe(ADA);
    expect(withExtensionClaims(ADA, new Map([["constructor", "colour"]]), {})).toBe(ADA);
  });

  it.each([[""], ["a b"], [7], [null], [["blue"]], [{ $ne: 1 }], ["x".repeat(65)]])("is refused when it is %j", (value) => {
    expect(() => withExtensionClaims(ADA, EXTENSIONS, { colour: value })).toThrow(expect.objectContaining({ extensions: { code: "BAD_REQUEST" } }));
  });
});

describe("the setting GATEWAY_CLAIM_EXTENSIONS", () => {
  it("names members, whose case counts, and their claims", () => {
    expect(readConfig({}, { GATEWAY_CLAIM_EXTENSIONS: "Colour=colour" }).callerToken.claimExtensions).toEqual(new Map([["Colour", "colour"]]));
    expect(() => readConfig({}, { GATEWAY_CLAIM_EXTENSIONS: "colour=sub" })).toThrow(/GATEWAY_CLAIM_EXTENSIONS/);
  });
});

describe("the setting GATEWAY_CLAIM_HEADERS", () => {
  it("names headers, in any case, and their claims", () => {
    expect(readConfig({}, { GATEWAY_CLAIM_HEADERS: "X-Colour=colour, x-b=b" }).callerToken.claimHeaders).toEqual(new Map([["x-colour", "colour"], ["x-b", "b"]]));
    expect(readConfig({}, {}).callerToken.claimHeaders).toEqual(new Map());
  });

  it.each(["colour", "=colour", "x-colour=", "x colour=colour", "x-colour=sub", "x-colour=scope", "x-colour=exp"])("refuses %s", (text) => {
    expect(() => readConfig({}, { GATEWAY_CLAIM_HEADERS: text })).toThrow(/GATEWAY_CLAIM_HEADERS/);
  });
});

describe("a request with claim headers", () => {
  let federation: Federation;
  let server: HttpServer;

  beforeAll(async () => {
    const sdl = "type Query { colour: String }";
    const resolvers = { Query: { colour: () => "seen" } };
    federation = await openFederation({ one: { sdl, resolvers } }, { config: { callerToken: { key: { kind: "generate" }, forwardClaims: ["colour"], claimHeaders: HEADERS, claimExtensions: EXTENSIONS } } });
    server = await startHttp({ gateway: federation.gateway, config: { ...readConfig({}, {}), port: 0 } });
  });
  afterAll(async () => {
    await server.close();
    await federation.close();
  });

  async function post(headers: Record<string, string>, extensions: Record<string, unknown> = {}): Promise<{ readonly status: number; readonly body: { readonly errors?: readonly { readonly extensions: { readonly code: string } }[] } }> {
    const response = await fetch(`${server.url}/graphql`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify({ query: "{ colour }", extensions }) });
    return { status: response.status, body: (await response.json()) as never };
  }

  function seenHeaders(): Readonly<Record<string, unknown>> {
    return federation.servers["one"]?.seen.at(-1)?.headers ?? {};
  }

  it("hands the claim on in the caller token alone, and no header of the client's", async () => {
    const { status } = await post({ "x-colour": "blue", "x-gateway-caller": "forged", "x-sharing-ticket": "forged" });
    const headers = seenHeaders();
    expect(status).toBe(200);
    expect(decodeJwt(String(headers["x-gateway-caller"]))["colour"]).toBe("blue");
    expect(headers).not.toHaveProperty("x-colour");
    expect(JSON.stringify(headers)).not.toContain("forged");
  });

  it("with headers that are not for clients to send is answered, and told of with their names and a count", async () => {
    const told: unknown[] = [];
    const end = listen("forgery", (facts) => void told.push(facts));
    await post({ "x-gateway-caller": "forged", "x-request-id": "first" });
    await post({ "x-colour": "blue" });
    await post({ "x-gateway-caller": "forged", "x-request-id": "second" });
    end();
    const [{ count = 0 } = {}] = told as { readonly count: number }[];
    expect(told).toEqual(["first", "second"].map((requestId, at) => ({ requestId, headers: ["x-gateway-caller"], count: count + at })));
  });

  it("may say it by extensions, by POST and by GET, which come before headers", async () => {
    await post({ "x-colour": "blue" }, { colour: "green" });
    expect(decodeJwt(String(seenHeaders()["x-gateway-caller"]))["colour"]).toBe("green");
    const search = new URLSearchParams({ query: "{ colour }", extensions: '{"colour":"grey"}' });
    await fetch(`${server.url}/graphql?${search.toString()}`, { headers: { "apollo-require-preflight": "yes" } });
    expect(decodeJwt(String(seenHeaders()["x-gateway-caller"]))["colour"]).toBe("grey");
  });

  it("is refused with BAD_REQUEST for a member of extensions that is no text", async () => {
    const before = federation.servers["one"]?.seen.length;
    const { status, body } = await post({}, { colour: ["red"] });
    expect([status, body.errors?.map(({ extensions }) => extensions.code)]).toEqual([400, ["BAD_REQUEST"]]);
    expect(federation.servers["one"]?.seen.length).toBe(before);
  });

  it("is refused with BAD_REQUEST for a value that is none, and asks no subgraph", async () => {
    const before = federation.servers["one"]?.seen.length;
    const { body } = await post({ "x-colour": "a b" });
    expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(["BAD_REQUEST"]);
    expect(federation.servers["one"]?.seen.length).toBe(before);
  });
});
