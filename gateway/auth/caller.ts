// Who asks.
import { gatewayError } from "../errors.ts";

/** Who asks, as their token says; `ANONYMOUS` without one. */
export interface Caller {
  /** Null for a caller without a token. */
  readonly subject: string | null;
  readonly scopes: ReadonlySet<string>;
  /** Those claims of the token that are handed on to subgraphs. */
  readonly claims: Readonly<Record<string, string>>;
}

export const ANONYMOUS: Caller = { subject: null, scopes: new Set(), claims: {} };

const CLAIM = /^[\w.:-]{1,64}$/;

/** The caller with the claims that the request's headers say. Throws BAD_REQUEST. */
export function withHeaderClaims(caller: Caller, claimHeaders: ReadonlyMap<string, string>, headers: Readonly<Record<string, unknown>>): Caller {
  const said = [...claimHeaders].flatMap(([header, claim]): [string, string][] => {
    const value = headers[header];
    if (value === undefined) return [];
    if (typeof value !== "string" || !CLAIM.test(value)) throw gatewayError("BAD_REQUEST", { expected: `the header ${header} once, with 1 to 64 letters, digits, _ . : or -` });
    return [[claim, value]];
  });
  return said.length === 0 ? caller : { ...caller, claims: { ...caller.claims, ...Object.fromEntries(said) } };
}

const keys = new WeakMap<Caller, string>();

/** The same text for callers who are told apart by nothing, another for any other. Not for logs: it holds what the token says. */
export function callerKey(caller: Caller): string {
  const key = keys.get(caller) ?? printKey(caller);
  keys.set(caller, key);
  return key;
}

function printKey({ subject, scopes, claims, ...others }: Caller): string {
  // Fails to compile as soon as a caller has more to them, which would belong here.
  const nothing: Record<string, never> = others;
  return JSON.stringify([subject, [...scopes].sort(), Object.entries(claims).sort(), nothing]);
}
