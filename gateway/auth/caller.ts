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
