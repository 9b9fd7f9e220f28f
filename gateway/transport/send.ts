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
  /** May be read from `body` at each access: layers pass the request on by `withHeader`. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The three above as the JSON that is sent, where it is ready; equal requests have equal bodies. */
  readonly body?: string;
  /** The bytes that `SubgraphAnswer.bytes` had the last time: while they come again, nothing is read. Changes nothing of the answer. */
  readonly expected?: Buffer;
  /** Added by layers. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly facts: RequestFacts;
}

export interface SubgraphError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string };
}

/** A GraphQL response, the receiver's own: nobody else gets the same objects. Its objects come from JSON: own properties may have any name. */
export interface SubgraphAnswer {
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly SubgraphError[];
  /** The body as it came, where it came as bytes; the very `expected` of the request where it is equal. Not to be written to. */
  readonly bytes?: Buffer;
}

/**
 * Asks a subgraph. Rejects with a GraphQLError of the table that names the subgraph in `extensions.serviceName` when no
 * GraphQL response comes back.
 */
export type Send = (request: SubgraphRequest) => Promise<SubgraphAnswer>;

export type Layer = (next: Send) => Send;

/** The same request with one header more. */
export function withHeader(request: SubgraphRequest, name: string, value: string): SubgraphRequest {
  return withParts(request, { headers: { ...request.headers, [name]: value } });
}

/** The same request with some of its parts replaced. */
export function withParts(request: SubgraphRequest, parts: Partial<Pick<SubgraphRequest, "headers" | "facts" | "body">>): SubgraphRequest {
  const { subgraph, query, operationName, expected } = request;
  const { headers = request.headers, facts = request.facts, body = request.body } = parts;
  return {
    subgraph,
    query,
    operationName,
    ...(body !== undefined && { body }),
    ...(expected !== undefined && { expected }),
    get variables() {
      return request.variables;
    },
    headers,
    facts,
  };
}

/** The body that is sent. */
export function bodyOf(request: SubgraphRequest): string {
  if (request.body !== undefined) return request.body;
  const { query, variables, operationName } = request;
  return JSON.stringify({ query, variables, ...(operationName !== null && { operationName }) });
}
