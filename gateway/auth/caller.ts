// Who asks.

/** Who asks, as their token says; `ANONYMOUS` without one. */
export interface Caller {
  /** Null for a caller without a token. */
  readonly subject: string | null;
  readonly scopes: ReadonlySet<string>;
  /** Those claims of the token that are handed on to subgraphs. */
  readonly claims: Readonly<Record<string, string>>;
}

export const ANONYMOUS: Caller = { subject: null, scopes: new Set(), claims: {} };

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
