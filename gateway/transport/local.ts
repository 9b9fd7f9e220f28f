// A subgraph in this process: no HTTP, and its answer is never JSON text. All else is as with any other — the same
// layers around it, the same checks of what it answers, the same errors.
import { execute, parse, validate, type DocumentNode, type ExecutionResult, type GraphQLError, type GraphQLSchema } from "graphql";

import type { Caller } from "../auth/auth.ts";
import { gatewayError } from "../errors.ts";
import { publishFault } from "../events.ts";
import { readResponse } from "./answer.ts";
import type { Send, SubgraphAnswer, SubgraphRequest } from "./send.ts";

/** What a subgraph in this process is asked. */
export interface LocalRequest {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Those that it would get over HTTP: the request id, and the token that tells who asks. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly caller: Caller;
  readonly requestId: string;
  /** Aborted when nobody waits any longer. */
  readonly signal: AbortSignal;
}

export interface LocalSubgraph {
  /** A GraphQL response. What is in it stays the subgraph's own: the gateway takes a copy, and never changes it. */
  execute(request: LocalRequest): Promise<LocalResponse> | LocalResponse;
}

export interface LocalResponse {
  readonly data?: unknown;
  /** Of each, the message, the path and `extensions.code` are read. */
  readonly errors?: readonly object[];
}

/** Gives each request the context of its resolvers. */
export type ContextOf = (request: LocalRequest) => unknown;

/** A subgraph by its schema; `@apollo/subgraph` and others make one that answers `_entities` and `_service`. */
export function createLocalSubgraph(schema: GraphQLSchema, contextOf: ContextOf = (request) => request): LocalSubgraph {
  const documents = new Map<string, Prepared>();
  return {
    execute: async (request): Promise<LocalResponse> => {
      const { document, errors } = prepare(documents, schema, request.query);
      if (errors.length > 0) return { errors };
      const { operationName, variables: variableValues } = request;
      const result: ExecutionResult = await execute({ schema, document, operationName, variableValues, contextValue: await contextOf(request) });
      return { data: result.data, ...(result.errors !== undefined && { errors: result.errors }) };
    },
  };
}

/** What `next` sends, but for the subgraphs that are here. */
export function withLocal(subgraphs: ReadonlyMap<string, LocalSubgraph>, next: Send): Send {
  return (request) => {
    const subgraph = subgraphs.get(request.subgraph);
    return subgraph === undefined ? next(request) : ask(subgraph, request);
  };
}

interface Prepared {
  readonly document: DocumentNode;
  /** Empty for a document that is valid. */
  readonly errors: readonly GraphQLError[];
}

/** Documents come from plans, of which there are many times as many as these only where clients write their own all the time. */
const MAX_DOCUMENTS = 1_000;

/** Throws what the parser does, which no plan gives reason for. */
function prepare(documents: Map<string, Prepared>, schema: GraphQLSchema, query: string): Prepared {
  const known = documents.get(query);
  if (known !== undefined) return known;
  const document = parse(query, { noLocation: true });
  const prepared = { document, errors: validate(schema, document) };
  const [oldest] = documents.keys();
  if (documents.size >= MAX_DOCUMENTS && oldest !== undefined) documents.delete(oldest);
  documents.set(query, prepared);
  return prepared;
}

async function ask(subgraph: LocalSubgraph, { subgraph: service, query, operationName, variables, headers, facts }: SubgraphRequest): Promise<SubgraphAnswer> {
  const { caller, requestId, signal } = facts;
  signal.throwIfAborted();
  const response = await respond(subgraph, { query, operationName, variables, headers, caller, requestId, signal });
  const answer = response === null ? "it threw an error" : readResponse(copyResponse(response), null);
  if (typeof answer !== "string") return answer;
  throw gatewayError("SUBREQUEST_MALFORMED_RESPONSE", { service, detail: answer }, { extensions: { serviceName: service } });
}

/** Null when the subgraph throws; rejects when nobody waits any longer, whether or not the subgraph takes notice. */
async function respond(subgraph: LocalSubgraph, request: LocalRequest): Promise<LocalResponse | null> {
  const { signal, requestId } = request;
  const { promise: left, reject: leave } = Promise.withResolvers<never>();
  const onAbort = (): void => leave(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([subgraph.execute(request), left]);
  } catch (error) {
    signal.throwIfAborted();
    publishFault(requestId, error);
    return null;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Undefined, like text that does not parse, for values that JSON cannot have. */
function copyResponse({ data, errors }: LocalResponse): unknown {
  try {
    return { data: copyAsJson(data), errors };
  } catch {
    return undefined;
  }
}

/**
 * What parsing the same answer as JSON would give. graphql-js makes lists and objects without a prototype, which are
 * copied by members, at any depth; every other object is a value of a custom scalar, or not of graphql-js.
 */
function copyAsJson(data: unknown): unknown {
  const root = { data };
  const pending: object[] = [root];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    const members = parent as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      const copy = copyMember(member);
      if (copy === member) continue;
      members[name] = copy;
      if (typeof member === "object" && member !== null && isOfExecution(member)) pending.push(copy as object);
    }
  }
  return root.data;
}

function copyMember(member: unknown): unknown {
  if (typeof member === "string" || typeof member === "boolean" || member === null || Number.isFinite(member)) return member;
  if (typeof member === "object" && isOfExecution(member)) return Array.isArray(member) ? member.slice() : { ...member };
  const text = JSON.stringify(member) as string | undefined;
  return text === undefined ? null : (JSON.parse(text) as unknown);
}

function isOfExecution(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === null;
}
