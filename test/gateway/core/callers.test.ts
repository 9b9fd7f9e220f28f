// Who asks: tokens of clients in, tokens for subgraphs out.
import { createHmac } from "node:crypto";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createLocalJWKSet, decodeJwt, exportJWK, exportSPKI, generateKeyPair, jwtVerify, SignJWT, type CryptoKey, type JSONWebKeySet, type JWK, type JWTPayload } from "jose";

import { createAuthenticate, type Authenticate } from "../../../gateway/auth/auth.ts";
import { readConfig, type GatewayConfig, type JwtConfig } from "../../../gateway/config.ts";
import { ANONYMOUS, type Caller } from "../../../gateway/gateway.ts";
import { callerWith, listen, openFederation, stopServer } from "./federation.ts";
import { SHOP } from "./shop.ts";

const ISSUER = "https://idp.example";
const AUDIENCE = "gateway";

interface Issuer {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

let folder = "";
let issuer: Issuer;
let stranger: Issuer;
let jwksFile = "";
let authenticate: Authenticate;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-keys-"));
  issuer = await createIssuer("RS256", "one");
  stranger = await createIssuer("RS256", "one");
  jwksFile = await writeKeys("jwks.json", [issuer.jwk]);
  authenticate = await createAuthenticate(jwtConfig([jwksFile]), ["team", "level", "constructor"]);
});
afterAll(() => rm(folder, { recursive: true }));

describe("a client's token", () => {
  it("is not needed", async () => {
    expect(await authenticate(undefined)).toBe(ANONYMOUS);
  });

  it("says who asks, with which scopes, and the claims that are handed on", async () => {
    const caller = await authenticate(`Bearer ${await sign({ sub: "ada", scope: "a b  c", team: "blue", level: 3, other: "x" })}`);
    expect(caller).toEqual({ subject: "ada", scopes: new Set(["a", "b", "c"]), claims: { team: "blue", level: "3" } });
  });

  it.each([
    ["scp as text", { scp: "a b" }],
    ["scp as a list", { scp: ["a", "b"] }],
    ["scopes as a list", { scopes: ["a", "b", 7, ""] }],
  ])("may name its scopes otherwise: %s", async (_name, claims) => {
    expect((await authenticate(`Bearer ${await sign({ sub: "ada", ...claims })}`)).scopes).toEqual(new Set(["a", "b"]));
  });

  it("may be called bearer in any case", async () => {
    expect((await authenticate(`bearer  ${await sign({ sub: "ada" })}`)).subject).toBe("ada");
  });

  it("may be from a clock that is a little off, and not more", async () => {
    const now = Math.floor(Date.now() / 1000);
    expect((await authenticate(`Bearer ${await sign({ sub: "ada", exp: now - 2 })}`)).subject).toBe("ada");
    expect((await authenticate(`Bearer ${await sign({ sub: "ada", nbf: now + 2 })}`)).subject).toBe("ada");
    expect(await codeFor(await sign({ sub: "ada", exp: now - 60 }))).toBe("TOKEN_EXPIRED");
    expect(await codeFor(await sign({ sub: "ada", nbf: now + 60 }))).toBe("TOKEN_NOT_YET_VALID");
  });

  const UNSIGNED = (header: object, payload: object): string => [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const GOOD = { sub: "ada", iss: ISSUER, aud: AUDIENCE, exp: 4_000_000_000 };

  const BAD: readonly (readonly [name: string, token: () => string | Promise<string>, code: string])[] = [
    ["is no token", () => "hello", "TOKEN_MALFORMED"],
    ["has three parts of nonsense", () => "a.b.c", "TOKEN_MALFORMED"],
    ["is encrypted, with five parts", () => "a.b.c.d.e", "TOKEN_MALFORMED"],
    ["is endless", () => `${"a".repeat(9_000)}.b.c`, "TOKEN_MALFORMED"],
    ["is not signed", () => `${UNSIGNED({ alg: "none" }, GOOD)}.`, "TOKEN_SIGNATURE_INVALID"],
    ["is not signed and says None", () => `${UNSIGNED({ alg: "None" }, GOOD)}.`, "TOKEN_SIGNATURE_INVALID"],
    ["is signed with the public key as a secret", async () => hmac(UNSIGNED({ alg: "HS256", kid: "one" }, GOOD), await exportSPKI(issuer.publicKey)), "TOKEN_SIGNATURE_INVALID"],
    ["is signed with the key set as a secret", () => hmac(UNSIGNED({ alg: "HS256" }, GOOD), JSON.stringify({ keys: [issuer.jwk] })), "TOKEN_SIGNATURE_INVALID"],
    ["is signed by a stranger under the same key id", () => sign({ sub: "ada" }, stranger), "TOKEN_SIGNATURE_INVALID"],
    ["names an unknown key", () => sign({ sub: "ada" }, issuer, { kid: "two" }), "TOKEN_SIGNATURE_INVALID"],
    ["names a file as its key", () => sign({ sub: "ada" }, issuer, { kid: "../../etc/passwd" }), "TOKEN_SIGNATURE_INVALID"],
    ["brings its own key", () => sign({ sub: "ada" }, stranger, { kid: "new", jwk: stranger.jwk }), "TOKEN_SIGNATURE_INVALID"],
    ["names an address for its key", () => sign({ sub: "ada" }, stranger, { kid: "new", jku: "http://127.0.0.1:1/keys" }), "TOKEN_SIGNATURE_INVALID"],
    ["asks for an extension that nobody knows", () => `${UNSIGNED({ alg: "RS256", kid: "one", crit: ["x"], x: 1 }, GOOD)}.AAAA`, "TOKEN_MALFORMED"],
    ["is by another issuer", () => sign({ sub: "ada", iss: "https://other.example" }), "TOKEN_FOREIGN"],
    ["is for another audience", () => sign({ sub: "ada", aud: "shop" }), "TOKEN_FOREIGN"],
    ["says nobody", () => sign({}), "TOKEN_FOREIGN"],
    ["never expires", () => sign({ sub: "ada", exp: undefined }), "TOKEN_FOREIGN"],
    ["was changed after it was signed", async () => tamper(await sign({ sub: "ada" })), "TOKEN_SIGNATURE_INVALID"],
  ];

  it.each(BAD)("is refused with a code of its own when it %s", async (_name, token, code) => {
    expect(await codeFor(await token())).toBe(code);
  });

  it.each([["Basic YWRhOmFkYQ=="], ["Bearer"], [""], ["Bearer a b"], ["Token abc"]])("is refused under another scheme: %s", async (header) => {
    await expect(authenticate(header)).rejects.toMatchObject({ extensions: { code: "UNAUTHENTICATED" } });
  });

  it("is refused where nobody's keys are known", async () => {
    const nobody = await createAuthenticate(jwtConfig([]), []);
    await expect(nobody(`Bearer ${await sign({ sub: "ada" })}`)).rejects.toMatchObject({ extensions: { code: "TOKEN_SIGNATURE_INVALID" } });
  });

  it("without a key id is tried with each key that fits", async () => {
    const other = await createIssuer("RS256", "other");
    const file = await writeKeys("several.json", [other.jwk, issuer.jwk]);
    const several = await createAuthenticate(jwtConfig([file]), []);
    expect((await several(`Bearer ${await sign({ sub: "ada" }, issuer, { kid: undefined })}`)).subject).toBe("ada");
    expect(await codeFor(await sign({ sub: "ada" }, stranger, { kid: undefined }), several)).toBe("TOKEN_SIGNATURE_INVALID");
  });
});

describe("the keys of identity providers", () => {
  it("are read from a file again when a key is new", async () => {
    const file = await writeKeys("rotating.json", [issuer.jwk]);
    const rotating = await createAuthenticate(jwtConfig([file]), []);
    const next = await createIssuer("EdDSA", "next");
    const token = await sign({ sub: "ada" }, next);
    expect(await codeFor(token, rotating)).toBe("TOKEN_SIGNATURE_INVALID");
    await writeKeys("rotating.json", [issuer.jwk, next.jwk]);
    await utimes(file, new Date(), new Date());
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await rotating(`Bearer ${token}`)).subject).toBe("ada");
  });

  it("stay known while the file is being written", async () => {
    const file = await writeKeys("half.json", [issuer.jwk]);
    const reading = await createAuthenticate(jwtConfig([file]), []);
    await writeFile(file, `{"keys":[`);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await codeFor(await sign({ sub: "ada" }, issuer, { kid: "unknown" }), reading)).toBe("TOKEN_SIGNATURE_INVALID");
    expect((await reading(`Bearer ${await sign({ sub: "ada" })}`)).subject).toBe("ada");
  });

  it("come from an address too, with several places at once, and a place that is away is said", async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [remote.jwk] }));
    });
    const remote = await createIssuer("ES256", "remote");
    const url = await listen(server);
    const both = await createAuthenticate(jwtConfig([jwksFile, url]), []);
    expect((await both(`Bearer ${await sign({ sub: "ada" })}`)).subject).toBe("ada");
    expect(asked).toBe(0);
    for (const subject of ["bob", "cleo"]) expect((await both(`Bearer ${await sign({ sub: subject }, remote)}`)).subject).toBe(subject);
    for (let count = 0; count < 20; count += 1) await codeFor(await sign({ sub: "x" }, remote, { kid: `made-up-${count}` }), both);
    expect(asked).toBe(1);
    await stopServer(server);
    const away = await createAuthenticate(jwtConfig([jwksFile, url]), []);
    expect((await away(`Bearer ${await sign({ sub: "ada" })}`)).subject).toBe("ada");
    expect(await codeFor(await sign({ sub: "bob" }, remote), away)).toBe("TOKEN_KEYS_UNAVAILABLE");
  });

  it.each([
    ["that is missing", null],
    ["that is not JSON", "keys: []"],
    ["that is no key set", "{}"],
  ])("in a file %s stop the start", async (_name, text) => {
    const file = join(folder, "bad.json");
    await rm(file, { force: true });
    if (text !== null) await writeFile(file, text);
    await expect(createAuthenticate(jwtConfig([file]), [])).rejects.toMatchObject({ extensions: { code: "KEYS_INVALID" } });
  });
});

describe("a subgraph", () => {
  const QUERY = `{ review(id: "r1") { author { name } } }`;
  const CALLER: Caller = { subject: "ada", scopes: new Set(["a", "b"]), claims: { team: "blue" } };

  async function withShop(callerToken: GatewayConfig["callerToken"], run: (shop: Awaited<ReturnType<typeof openFederation>>) => Promise<void>): Promise<void> {
    const shop = await openFederation(SHOP, { config: { callerToken } });
    await run(shop).finally(() => shop.close());
  }

  const tokenSeen = (shop: Awaited<ReturnType<typeof openFederation>>, name: string): string => String(shop.servers[name]?.seen[0]?.headers["x-gateway-caller"]);

  it("is told who asks by a token of thirty seconds that is for it alone", async () => {
    await withShop({ key: { kind: "generate" }, forwardClaims: ["team"], claimHeaders: new Map(), claimExtensions: new Map() }, async (shop) => {
      await shop.ask(QUERY, { caller: CALLER });
      const keys = createLocalJWKSet(shop.gateway.callerKeys() as JSONWebKeySet);
      for (const name of ["users", "reviews"]) {
        const { payload, protectedHeader } = await jwtVerify(tokenSeen(shop, name), keys, { issuer: "gateway", audience: name, algorithms: ["EdDSA"] });
        expect(protectedHeader).toEqual({ alg: "EdDSA", kid: expect.any(String) });
        expect(payload).toMatchObject({ sub: "ada", scope: "a b", team: "blue" });
        expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(30);
      }
      await expect(jwtVerify(tokenSeen(shop, "users"), keys, { audience: "reviews" })).rejects.toThrow();
      expect(JSON.stringify(shop.gateway.callerKeys())).not.toContain(`"d"`);
    });
  });

  it("gets the same token for the same caller, and another for another", async () => {
    await withShop({ key: { kind: "generate" }, forwardClaims: [], claimHeaders: new Map(), claimExtensions: new Map() }, async (shop) => {
      const tokens: string[] = [];
      for (const caller of [CALLER, { ...CALLER, scopes: new Set(["b", "a"]) }, callerWith(["a", "b"], "bob"), callerWith(["a"], "ada"), ANONYMOUS]) {
        await shop.ask(QUERY, { caller });
        tokens.push(tokenSeen(shop, "users"));
      }
      expect(tokens[1]).toBe(tokens[0]);
      expect(new Set(tokens).size).toBe(4);
      expect(decodeJwt(tokens[4] ?? "")).not.toHaveProperty("sub");
    });
  });

  it("verifies the token with the key of a file, whose private half stays", async () => {
    const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
    const path = join(folder, "signing.json");
    await writeFile(path, JSON.stringify({ ...(await exportJWK(privateKey)), kid: "mine" }));
    await withShop({ key: { kind: "file", path }, forwardClaims: [], claimHeaders: new Map(), claimExtensions: new Map() }, async (shop) => {
      await shop.ask(QUERY, { caller: CALLER });
      expect(shop.gateway.callerKeys().keys).toEqual([{ kty: "OKP", crv: "Ed25519", x: expect.any(String), kid: "mine", alg: "EdDSA", use: "sig" }]);
      await jwtVerify(tokenSeen(shop, "users"), createLocalJWKSet(shop.gateway.callerKeys() as JSONWebKeySet), { audience: "users" });
    });
  });

  it("gets no token where none is configured, and the request's id always", async () => {
    await withShop({ key: { kind: "none" }, forwardClaims: [], claimHeaders: new Map(), claimExtensions: new Map() }, async (shop) => {
      await shop.ask(QUERY, { caller: CALLER, requestId: "req-7" });
      expect(shop.gateway.callerKeys()).toEqual({ keys: [] });
      for (const name of ["users", "reviews"]) {
        expect(shop.servers[name]?.seen[0]?.headers).toMatchObject({ "x-request-id": "req-7" });
        expect(shop.servers[name]?.seen[0]?.headers).not.toHaveProperty("x-gateway-caller");
        expect(shop.servers[name]?.seen[0]?.headers).not.toHaveProperty("authorization");
      }
    });
  });

  it.each([
    ["missing", null],
    ["not JSON", "-----BEGIN PRIVATE KEY-----"],
    ["a public key", `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`],
    ["a shared secret", `{"kty":"oct","k":"c2VjcmV0"}`],
  ])("is not asked at all when the signing key is %s: the start stops, and the key is not shown", async (_name, text) => {
    const path = join(folder, "unusable.json");
    await rm(path, { force: true });
    if (text !== null) await writeFile(path, text);
    const start = withShop({ key: { kind: "file", path }, forwardClaims: [], claimHeaders: new Map(), claimExtensions: new Map() }, async () => undefined);
    await expect(start).rejects.toMatchObject({ extensions: { code: "KEYS_INVALID" }, message: expect.not.stringMatching(/PRIVATE|11qYAY|c2VjcmV0/) });
  });
});

function jwtConfig(jwks: readonly string[]): JwtConfig {
  return { ...readConfig({}, {}).jwt, jwks, issuers: [ISSUER], audiences: [AUDIENCE] };
}

async function createIssuer(algorithm: string, kid: string): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm } };
}

async function writeKeys(name: string, keys: readonly JWK[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, JSON.stringify({ keys }));
  return file;
}

/** A token that is good but for what the arguments change; `undefined` leaves a claim out. */
async function sign(claims: Record<string, unknown>, by: Issuer = issuer, header: Record<string, unknown> = {}): Promise<string> {
  const payload = { iss: ISSUER, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 60, ...claims };
  const protectedHeader = { alg: by.jwk.alg ?? "", kid: by.jwk.kid ?? "", ...header };
  return new SignJWT(JSON.parse(JSON.stringify(payload)) as JWTPayload).setProtectedHeader(JSON.parse(JSON.stringify(protectedHeader)) as { alg: string }).sign(by.privateKey);
}

function hmac(unsigned: string, secret: string): string {
  return `${unsigned}.${createHmac("sha256", secret).update(unsigned).digest("base64url")}`;
}

function tamper(token: string): string {
  const [header, payload = "", signature] = token.split(".");
  const changed = { ...(JSON.parse(Buffer.from(payload, "base64url").toString()) as object), sub: "boss" };
  return [header, Buffer.from(JSON.stringify(changed)).toString("base64url"), signature].join(".");
}

async function codeFor(token: string, by = authenticate): Promise<unknown> {
  return by(`Bearer ${token}`).then(
    () => "accepted",
    (error: unknown) => (error as { extensions?: { code?: unknown } }).extensions?.code,
  );
}
