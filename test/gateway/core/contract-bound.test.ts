// GATEWAY_CONTRACT_CLAIM: a token that is bound to contracts opens their paths and no other.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from "jose";

import { callerKey } from "../../../gateway/auth/auth.ts";
import { readConfig } from "../../../gateway/config.ts";
import { ANONYMOUS } from "../../../gateway/gateway.ts";
import { startHttp, type HttpServer } from "../../../gateway/http/http.ts";
import { openFederation, type Federation } from "./federation.ts";

const SDL = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@tag"])
  type Query { title: String @tag(name: "shop")  reader: String @tag(name: "desk") }`;

let folder = "";
let key: CryptoKey;
let federation: Federation;
let server: HttpServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-bound-"));
  const pair = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  key = pair.privateKey;
  const jwks = join(folder, "jwks.json");
  await writeFile(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: "one", alg: "EdDSA" }] }));
  const settings = readConfig({}, { GATEWAY_CONTRACTS: "shop=shop,desk=shop+desk", GATEWAY_CONTRACT_CLAIM: "contract", GATEWAY_JWKS: jwks, GATEWAY_PORT: "0" });
  const resolvers = { Query: { title: () => "Graphs", reader: () => "Ada" } };
  const { contracts, contractClaim, jwt } = settings;
  federation = await openFederation({ books: { sdl: SDL, resolvers } }, { on: { engine: "compiled", planner: "auto" }, config: { contracts, contractClaim, jwt } });
  server = await startHttp({ gateway: federation.gateway, config: settings });
});
afterAll(async () => {
  await server.close();
  await federation.close();
  await rm(folder, { recursive: true });
});

async function tokenWith(claims: Readonly<Record<string, unknown>>): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: "EdDSA", kid: "one" }).setSubject("tool").setIssuedAt().setExpirationTime("1m").sign(key);
}

/** The status, and the code of the first error, of the same question. */
async function ask(path: string, token: string | null, query = "{ title }"): Promise<[number, string | null]> {
  const headers = { "content-type": "application/json", ...(token !== null && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${server.url}${path}`, { method: "POST", headers, body: JSON.stringify({ query }) });
  const { errors } = (await response.json()) as { readonly errors?: readonly { readonly extensions: { readonly code: string } }[] };
  return [response.status, errors?.[0]?.extensions.code ?? null];
}

describe("a token that is bound to a contract", () => {
  it("opens its path, and neither the whole nor another contract, not even to what both have", async () => {
    const token = await tokenWith({ contract: "shop" });
    expect(await ask("/graphql/shop", token)).toEqual([200, null]);
    expect(await ask("/graphql", token)).toEqual([403, "CONTRACT_BOUND"]);
    expect(await ask("/graphql/desk", token)).toEqual([403, "CONTRACT_BOUND"]);
  });

  it("is refused before what it asks is read: schema and introspection stay unknown", async () => {
    const token = await tokenWith({ contract: "shop" });
    expect(await ask("/graphql", token, "{ __schema { types { name } } }")).toEqual([403, "CONTRACT_BOUND"]);
    expect(await ask("/graphql", token, "{ reade }")).toEqual([403, "CONTRACT_BOUND"]);
  });

  it("may be bound to several", async () => {
    const token = await tokenWith({ contract: ["shop", "desk"] });
    expect(await ask("/graphql/shop", token)).toEqual([200, null]);
    expect(await ask("/graphql/desk", token)).toEqual([200, null]);
    expect(await ask("/graphql", token)).toEqual([403, "CONTRACT_BOUND"]);
  });

  it("that there is not opens nothing", async () => {
    const token = await tokenWith({ contract: "attic" });
    expect(await ask("/graphql/shop", token)).toEqual([403, "CONTRACT_BOUND"]);
    expect(await ask("/graphql", token)).toEqual([403, "CONTRACT_BOUND"]);
  });

  it.each([[""], [null], [7], [[]], [["shop", 7]], [{ shop: true }], [true]])("by the claim %j is refused or opens nothing: nothing is bound by mistake to all", async (contract) => {
    const token = await tokenWith({ contract });
    for (const path of ["/graphql", "/graphql/desk"]) {
      const [status, code] = await ask(path, token);
      expect([401, 403]).toContain(status);
      expect(["TOKEN_FOREIGN", "CONTRACT_BOUND"]).toContain(code);
    }
  });
});

describe("a token without the claim, and none", () => {
  it("open all paths", async () => {
    for (const token of [await tokenWith({}), null]) {
      for (const path of ["/graphql", "/graphql/shop", "/graphql/desk"]) expect(await ask(path, token)).toEqual([200, null]);
    }
  });
});

describe("callers", () => {
  it("are told apart by what their tokens are bound to", () => {
    const keys = [ANONYMOUS, { ...ANONYMOUS, boundTo: new Set(["shop"]) }, { ...ANONYMOUS, boundTo: new Set(["desk", "shop"]) }].map(callerKey);
    expect(new Set(keys).size).toBe(3);
    expect(callerKey({ ...ANONYMOUS, boundTo: new Set(["shop", "desk"]) })).toBe(keys[2]);
  });
});

describe("the setting GATEWAY_CONTRACT_CLAIM", () => {
  it("binds no token by default, and takes no claim that all tokens have", () => {
    expect(readConfig({}, {}).contractClaim).toBeNull();
    expect(() => readConfig({}, { GATEWAY_CONTRACT_CLAIM: "scope" })).toThrow(/GATEWAY_CONTRACT_CLAIM/);
  });
});
