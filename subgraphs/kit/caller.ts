// Who asks, as the gateway vouches for it: a JWT of thirty seconds, signed by the gateway and meant for this subgraph.
// The header and the claims are the contract with the gateway; test/contract holds both sides to it.
import { readFile } from "node:fs/promises";

import { createLocalJWKSet, createRemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";

import { isPurpose, type Purpose } from "../law/law.ts";
import { clientError } from "./errors.ts";

export const CALLER_HEADER = "x-gateway-caller";
const GATEWAY_ISSUER = "gateway";

/** Nobody in particular asks when `subject` is null: the public directory only. */
export interface Caller {
  readonly subject: string | null;
  readonly scopes: ReadonlySet<string>;
  /** Id in *partners* of the professional who asks. */
  readonly professionalId: string | null;
  /** Id in *partners* of the organisation for which is asked. */
  readonly partnerId: string | null;
  /** Id in *beneficiaries* when the person asks about themself. */
  readonly personId: string | null;
  /** For what is asked; null where the request names none that there is. */
  readonly purpose: Purpose | null;
}

export const ANONYMOUS: Caller = {
  subject: null,
  scopes: new Set(),
  professionalId: null,
  partnerId: null,
  personId: null,
  purpose: null,
};

/** Answers the caller of a request, or throws UNAUTHENTICATED, which is answered as HTTP says it: 401. */
export type CallerReader = (token: string | undefined) => Promise<Caller>;

/** Trusts everybody and asks nobody: for `--open`, which listens on loopback only. */
export const openCallerReader: CallerReader = async () => ANONYMOUS;

/** `jwks` is a file path or an http(s) URL of the gateway's public keys; `audience` the subgraph's name. */
export async function createCallerReader(jwks: string, audience: string): Promise<CallerReader> {
  const keys = await openKeySet(jwks);
  return async (token) => {
    if (token === undefined) throw refused();
    const { payload } = await verify(token, keys, audience);
    return toCaller(payload);
  };
}

/** `jwks` is a file path or an http(s) URL of public keys. */
export async function openKeySet(jwks: string): Promise<JWTVerifyGetKey> {
  if (/^https?:/.test(jwks)) return createRemoteJWKSet(new URL(jwks));
  return createLocalJWKSet(JSON.parse(await readFile(jwks, "utf8")));
}

async function verify(token: string, keys: JWTVerifyGetKey, audience: string): Promise<{ payload: JWTPayload }> {
  try {
    return await jwtVerify(token, keys, { issuer: GATEWAY_ISSUER, audience, algorithms: ["EdDSA"], requiredClaims: ["exp"] });
  } catch {
    throw refused();
  }
}

function toCaller(payload: JWTPayload): Caller {
  const { sub, scope, professional, partner, person, purpose } = payload;
  return {
    subject: sub ?? null,
    scopes: new Set(typeof scope === "string" ? scope.split(" ").filter(Boolean) : []),
    professionalId: typeof professional === "string" ? professional : null,
    partnerId: typeof partner === "string" ? partner : null,
    personId: typeof person === "string" ? person : null,
    purpose: isPurpose(purpose) ? purpose : null,
  };
}

function refused(): Error {
  return clientError("UNAUTHENTICATED", `Expected a caller token of the gateway in the header ${CALLER_HEADER}.`, 401);
}
