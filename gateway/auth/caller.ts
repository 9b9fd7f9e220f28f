// Who asks.
import { gatewayError } from "../errors.ts";

/** Who asks, as their token says; `ANONYMOUS` without one. */
export interface Caller {
  /** Null for a caller without a token. */
  readonly subject: string | null;
  readonly scopes: ReadonlySet<string>;
  /** Those claims of the token that are handed on to subgraphs. */
  readonly claims: Readonly<Record<string, string>>;
  /** Contracts outside of which the token opens nothing; missing: it opens all that is served. */
  readonly boundTo?: ReadonlySet<string>;
}

export const ANONYMOUS: Caller = { subject: null, scopes: new Set(), claims: {} };

const CLAIM = /^[\w.:-]{1,64}$/;

/** Where a request says claims of its own, such as its purpose: name there → claim. */
export type ClaimNames = ReadonlyMap<string, string>;

/** The caller with the claims that the request's headers say. Throws BAD_REQUEST. */
export function withHeaderClaims(caller: Caller, names: ClaimNames, headers: Readonly<Record<string, unknown>>): Caller {
  return withSaid(caller, names, (name) => readClaim(headers[name], `the header ${name} once`));
}

/** The same for GraphQL's `extensions`, which come before headers. Throws BAD_REQUEST. */
export function withExtensionClaims(caller: Caller, names: ClaimNames, extensions: Readonly<Record<string, unknown>>): Caller {
  return withSaid(caller, names, (name) => readClaim(Object.hasOwn(extensions, name) ? extensions[name] : undefined, `\`extensions.${name}\` to be a text`));
}

function withSaid(caller: Caller, names: ClaimNames, read: (name: string) => string | null): Caller {
  const said = [...names].flatMap(([name, claim]): [string, string][] => {
    const value = read(name);
    return value === null ? [] : [[claim, value]];
  });
  return said.length === 0 ? caller : { ...caller, claims: { ...caller.claims, ...Object.fromEntries(said) } };
}

function readClaim(value: unknown, expected: string): string | null {
  if (value === undefined) return null;
  if (typeof value !== "string" || !CLAIM.test(value)) throw gatewayError("BAD_REQUEST", { expected: `${expected}, with 1 to 64 letters, digits, _ . : or -` });
  return value;
}

/** Null: one that serves all. Throws CONTRACT_BOUND when the caller's token opens other contracts only. */
export function assertOpens({ boundTo }: Caller, contract: string | null): void {
  if (boundTo !== undefined && (contract === null || !boundTo.has(contract))) throw gatewayError("CONTRACT_BOUND");
}

const keys = new WeakMap<Caller, string>();

/** The same text for callers who are told apart by nothing, another for any other. Not for logs: it holds what the token says. */
export function callerKey(caller: Caller): string {
  const key = keys.get(caller) ?? printKey(caller);
  keys.set(caller, key);
  return key;
}

function printKey({ subject, scopes, claims, boundTo, ...others }: Caller): string {
  // Fails to compile as soon as a caller has more to them, which would belong here.
  const nothing: Record<string, never> = others;
  return JSON.stringify([subject, [...scopes].sort(), Object.entries(claims).sort(), boundTo === undefined ? null : [...boundTo].sort(), nothing]);
}
