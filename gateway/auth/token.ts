// Reads the `authorization` header: no header is an anonymous caller, a good token is a caller, anything else is 401.
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from "jose";

import type { JwtConfig } from "../config.ts";
import { gatewayError } from "../errors.ts";
import { ANONYMOUS, type Caller } from "./caller.ts";
import { openKeys } from "./keys.ts";

/** Throws a GraphQLError of the table when the token is not good. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

/** A bearer token beyond this is refused unread. */
const MAX_TOKEN_LENGTH = 8_192;

/**
 * `forwardClaims` are the claims that a caller keeps; `contractClaim` binds a token to contracts. Throws KEYS_INVALID when a key
 * file cannot be used.
 */
export async function createAuthenticate(config: JwtConfig, forwardClaims: readonly string[], contractClaim: string | null = null): Promise<Authenticate> {
  const keys = await openKeys(config.jwks);
  const options = toVerifyOptions(config);
  return async (authorization) => {
    if (authorization === undefined) return ANONYMOUS;
    const payload = await verify(readBearer(authorization), keys, options);
    const caller = toCaller(payload, forwardClaims);
    return contractClaim === null || !Object.hasOwn(payload, contractClaim) ? caller : { ...caller, boundTo: readContracts(payload, contractClaim) };
  };
}

function toVerifyOptions(config: JwtConfig): JWTVerifyOptions {
  return {
    algorithms: [...config.algorithms],
    clockTolerance: config.clockSkewS,
    requiredClaims: ["exp", "sub"],
    ...(config.issuers.length > 0 && { issuer: [...config.issuers] }),
    ...(config.audiences.length > 0 && { audience: [...config.audiences] }),
  };
}

function readBearer(authorization: string): string {
  const [, token] = /^Bearer +([^ ]+) *$/i.exec(authorization) ?? [];
  if (token === undefined) throw gatewayError("UNAUTHENTICATED");
  if (token.length > MAX_TOKEN_LENGTH || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) throw gatewayError("TOKEN_MALFORMED");
  return token;
}

async function verify(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithEach(token, error, options);
    throw toRefusal(error);
  }
}

/** A token without a key id may have been signed by any key of its algorithm. */
async function verifyWithEach(token: string, candidates: errors.JWKSMultipleMatchingKeys, options: JWTVerifyOptions): Promise<JWTPayload> {
  for await (const key of candidates) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw toRefusal(error);
    }
  }
  throw gatewayError("TOKEN_SIGNATURE_INVALID");
}

function toRefusal(error: unknown): Error {
  if (error instanceof errors.JWTExpired) return gatewayError("TOKEN_EXPIRED");
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "nbf" && error.reason === "check_failed") return gatewayError("TOKEN_NOT_YET_VALID");
    return gatewayError("TOKEN_FOREIGN", { claim: error.claim });
  }
  if (SIGNATURE_ERRORS.some((kind) => error instanceof kind)) return gatewayError("TOKEN_SIGNATURE_INVALID");
  if (FORM_ERRORS.some((kind) => error instanceof kind)) return gatewayError("TOKEN_MALFORMED");
  return gatewayError("TOKEN_KEYS_UNAVAILABLE");
}

const SIGNATURE_ERRORS = [errors.JWSSignatureVerificationFailed, errors.JWKSNoMatchingKey, errors.JOSEAlgNotAllowed];
const FORM_ERRORS = [errors.JWSInvalid, errors.JWTInvalid, errors.JOSENotSupported];

function toCaller(payload: JWTPayload, forwardClaims: readonly string[]): Caller {
  const claims = forwardClaims.flatMap((name): [string, string][] => {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? [[name, String(value)]] : [];
  });
  return { subject: payload.sub ?? null, scopes: readScopes(payload), claims: Object.fromEntries(claims) };
}

/** One name, or a list of names; whoever meant to bind a token and wrote something else has not opened it. */
function readContracts(payload: JWTPayload, name: string): ReadonlySet<string> {
  const claim = payload[name];
  const names = typeof claim === "string" ? [claim] : Array.isArray(claim) ? claim : [];
  if (names.length === 0 || !names.every((one): one is string => typeof one === "string")) throw gatewayError("TOKEN_FOREIGN", { claim: name });
  return new Set(names);
}

/** RFC 8693's `scope`, or what some identity providers write instead: `scp`, `scopes`, as text or as a list. */
function readScopes(payload: JWTPayload): ReadonlySet<string> {
  const claim = payload["scope"] ?? payload["scp"] ?? payload["scopes"];
  const parts = typeof claim === "string" ? claim.split(" ") : Array.isArray(claim) ? claim : [];
  return new Set(parts.filter((part): part is string => typeof part === "string" && part !== ""));
}
