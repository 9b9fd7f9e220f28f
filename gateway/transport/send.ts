// The one interface of transport.
import type { Caller } from "../auth/auth.ts";

/** What every fetch of one client request shares. */
export interface RequestFacts {
  readonly caller: Caller;
  readonly requestId: string;
  /** Aborted when the deadline passes or the client leaves; `openDeadline` makes it. */
  readonly signal: AbortSignal;
}

export interface SubgraphRequest {
  readonly subgraph: string;
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Added by layers. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly facts: RequestFacts;
}

export interface SubgraphError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string };
}

/** A GraphQL response. Its objects come from JSON: own properties may have any name. */
export interface SubgraphAnswer {
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly SubgraphError[];
}

/**
 * Asks a subgraph. Rejects with a GraphQLError of the table that names the subgraph in `extensions.serviceName` when no
 * GraphQL response comes back.
 */
export type Send = (request: SubgraphRequest) => Promise<SubgraphAnswer>;

export type Layer = (next: Send) => Send;
