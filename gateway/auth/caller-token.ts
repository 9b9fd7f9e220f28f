// How subgraphs learn who asks: a JWT of thirty seconds that the gateway signs for one subgraph. The identity
// provider's token stays here, so that a subgraph can neither read it nor use it elsewhere.
import { readFile } from "node:fs/promises";

import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from "jose";

import type { CallerTokenConfig } from "../config.ts";
import { gatewayError, messageOf } from "../errors.ts";
import { callerKey, type Caller } from "./caller.ts";

export interface CallerTokens {
  /** A token for the subgraph as its audience; null where the gateway signs none. */
  tokenFor(caller: Caller, subgraph: string): Promise<string | null>;
  /** The public half of the signing key as a JSON Web Key Set. */
  readonly publicKeys: { readonly keys: readonly JWK[] };
}

const ISSUER = "gateway";
const LIFETIME_S = 30;
/** A token is used again while it has this much left, so that a slow subgraph still finds it valid. */
const MIN_REMAINING_MS = 10_000;
const MAX_KEPT = 1_000;

/** Throws KEYS_INVALID. */
export async function createCallerTokens(config: CallerTokenConfig): Promise<CallerTokens> {
  const signer = await openSigner(config);
  if (signer === null) return { tokenFor: async () => null, publicKeys: { keys: [] } };
  const kept = new Map<string, KeptToken>();
  return {
    publicKeys: { keys: [signer.publicKey] },
    tokenFor: (caller, subgraph) => {
      const name = JSON.stringify([subgraph, callerKey(caller)]);
      const token = reuse(kept, name) ?? sign(signer, caller, subgraph);
      keep(kept, name, token);
      return token;
    },
  };
}

interface Signer {
  readonly key: CryptoKey;
  readonly publicKey: JWK & { readonly kid: string };
}

interface KeptToken {
  readonly token: Promise<string>;
  readonly madeAt: number;
}

async function openSigner({ key }: CallerTokenConfig): Promise<Signer | null> {
  if (key.kind === "none") return null;
  if (key.kind === "generate") {
    const pair = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
    return toSigner(await exportJWK(pair.privateKey));
  }
  try {
    return await toSigner(JSON.parse(await readFile(key.path, "utf8")) as JWK);
  } catch (error) {
    // A parser's message quotes the file, which is a secret.
    const reason = error instanceof SyntaxError ? "it is not JSON" : messageOf(error);
    throw gatewayError("KEYS_INVALID", { source: key.path, reason });
  }
}

async function toSigner(jwk: JWK): Promise<Signer> {
  const { kty, crv, x, d } = jwk;
  if (kty !== "OKP" || crv !== "Ed25519" || x === undefined || d === undefined) {
    throw new TypeError("it is not a private Ed25519 key in JWK form (kty OKP, crv Ed25519, x, d)");
  }
  const key = await importJWK({ kty, crv, x, d }, "EdDSA");
  if (key instanceof Uint8Array) throw new TypeError("it is a shared secret");
  const kid = jwk.kid ?? (await calculateJwkThumbprint({ kty, crv, x }));
  return { key, publicKey: { kty, crv, x, kid, alg: "EdDSA", use: "sig" } };
}

function sign({ key, publicKey }: Signer, caller: Caller, subgraph: string): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const token = new SignJWT({ ...caller.claims, scope: [...caller.scopes].join(" ") })
    .setProtectedHeader({ alg: "EdDSA", kid: publicKey.kid })
    .setIssuer(ISSUER)
    .setAudience(subgraph)
    .setIssuedAt(now)
    .setExpirationTime(now + LIFETIME_S);
  if (caller.subject !== null) token.setSubject(caller.subject);
  return token.sign(key);
}

function reuse(kept: Map<string, KeptToken>, name: string): Promise<string> | null {
  const entry = kept.get(name);
  if (entry === undefined || Date.now() > entry.madeAt + LIFETIME_S * 1_000 - MIN_REMAINING_MS - 1_000) return null;
  return entry.token;
}

/** Forgets the token made longest ago when there are too many. */
function keep(kept: Map<string, KeptToken>, name: string, token: Promise<string>): void {
  if (kept.get(name)?.token === token) return;
  kept.delete(name);
  kept.set(name, { token, madeAt: Date.now() });
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
}
