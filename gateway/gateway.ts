// The gateway without its HTTP face: composition root of everything between an authenticated request and its answer.
import { getVariableValues, type DocumentNode, type GraphQLFormattedError, type GraphQLSchema } from "graphql";

import { createAuthenticate, createCallerTokens, printReason, withHeaderClaims, type Authenticate, type Caller, type CallerTokens, type GrantsPolicy } from "./auth/auth.ts";
import type { GatewayConfig } from "./config.ts";
import { codeOf, gatewayError, toClientError } from "./errors.ts";
import { publish, publishFault } from "./events.ts";
import { completeAnswer, ReadyData, type Answer } from "./execution/execution.ts";
import { openGeneration, type Face, type Generation, type Permission } from "./generation.ts";
import type { Operation } from "./operation/operation.ts";
import { createSupergraphSource, readSupergraph, type SubgraphEntry } from "./supergraph/supergraph.ts";
import { createHealth, createTransport, openDeadline, type Health, type RequestFacts, type SubgraphHealth, type Transport } from "./transport/transport.ts";

export { ANONYMOUS, callerKey, type Caller, type GrantsPolicy } from "./auth/auth.ts";
export { ReadyData, type Answer } from "./execution/execution.ts";
export type { SubgraphHealth } from "./transport/transport.ts";

/** One operation of a client, validated against `schema()`. */
export interface GatewayRequest {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** Travels to every subgraph and into every log line. */
  readonly requestId: string;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** What is asked and answered of one schema. */
export interface GatewayFace {
  /** What clients may ask: the API schema of the generation in force, or a contract of it. */
  schema(): GraphQLSchema;
  /** Never rejects. Every error has a code. An answer without `data` is a refusal of the whole request. */
  execute(request: GatewayRequest): Promise<Answer>;
}

export interface Gateway extends GatewayFace {
  /** The faces that show a part of the schema only, by name. */
  readonly contracts: ReadonlyMap<string, GatewayFace>;
  /** Reads the `authorization` header, and those that say claims; throws a GraphQLError with the table's code when one is not good. */
  authenticate(headers: RequestHeaders): Promise<Caller>;
  health(): { readonly ready: boolean; readonly subgraphs: readonly SubgraphHealth[] };
  /** The public keys with which subgraphs verify caller tokens, as a JSON Web Key Set; empty where none are sent. */
  callerKeys(): CallerTokens["publicKeys"];
  close(): Promise<void>;
}

/** Of HTTP, names in lower case. */
export type RequestHeaders = Readonly<Record<string, unknown>> & { readonly authorization?: string | undefined };

export interface GatewayParts {
  /** Decides about @policy; without it nobody has been granted any. */
  readonly grantsPolicy?: GrantsPolicy;
}

/**
 * Loads the supergraph and asks each subgraph once; resolves although subgraphs are down.
 * Throws SUPERGRAPH_UNREADABLE, SUPERGRAPH_INVALID, KEYS_INVALID or SETTING_INVALID.
 */
export async function createGateway(config: GatewayConfig, parts: GatewayParts = {}): Promise<Gateway> {
  const source = createSupergraphSource(config.supergraph);
  const supergraph = readSupergraph(await source.load(), source.name);
  const urls = readUrls(supergraph.subgraphs, config);
  const [authenticate, callerTokens] = await Promise.all([
    createAuthenticate(config.jwt, config.callerToken.forwardClaims),
    createCallerTokens(config.callerToken),
  ]);
  const health = createHealth(urls);
  const fetches: FetchCount = new WeakMap();
  const transport = openTransport({ config, urls, callerTokens, health, fetches });
  const { grantsPolicy = () => false } = parts;
  const generation = await openGeneration({ supergraph, source: source.name, send: transport.send, config, grantsPolicy });
  await health.start(transport.send);
  return wire({ generation, transport, health, fetches, authenticate, callerTokens, config });
}

/** By what all fetches of a request share: how many there were. */
type FetchCount = WeakMap<RequestFacts, number>;

interface Rooms {
  readonly generation: Generation;
  readonly transport: Transport;
  readonly health: Health;
  readonly fetches: FetchCount;
  readonly authenticate: Authenticate;
  readonly callerTokens: CallerTokens;
  readonly config: GatewayConfig;
}

function wire(rooms: Rooms): Gateway {
  const { generation, transport, health, callerTokens } = rooms;
  return {
    ...showFace(rooms, generation),
    contracts: new Map([...generation.contracts].map(([name, face]) => [name, showFace(rooms, face)])),
    authenticate: async (headers) => withHeaderClaims(await rooms.authenticate(headers.authorization), rooms.config.callerToken.claimHeaders, headers),
    health: () => {
      const subgraphs = health.list();
      return { ready: subgraphs.every((subgraph) => subgraph.answered), subgraphs };
    },
    callerKeys: () => callerTokens.publicKeys,
    close: async () => {
      health.close();
      await generation.close();
      await transport.close();
    },
  };
}

function showFace(rooms: Rooms, face: Face): GatewayFace {
  return { schema: () => face.schema, execute: (request) => execute(rooms, face, request) };
}

/** The supergraph's addresses, replaced where settings say so. */
function readUrls(subgraphs: readonly SubgraphEntry[], { subgraphUrls }: GatewayConfig): ReadonlyMap<string, string> {
  const names = subgraphs.map((subgraph) => subgraph.name);
  const unknown = [...subgraphUrls.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalidUrls(`names of subgraphs (${names.join(", ")})`, unknown);
  return new Map(
    subgraphs.map(({ name, url }): [string, string] => {
      const address = subgraphUrls.get(name) ?? url;
      if (!/^https?:/.test(address) || !URL.canParse(address)) throw invalidUrls(`an http(s) URL for ${name}, which the supergraph does not give`, address);
      return [name, address];
    }),
  );
}

function invalidUrls(expected: string, value: string): Error {
  return gatewayError("SETTING_INVALID", { name: "GATEWAY_SUBGRAPH_URLS", expected, value: JSON.stringify(value) });
}

interface TransportParts extends Pick<Rooms, "config" | "callerTokens" | "health" | "fetches"> {
  readonly urls: ReadonlyMap<string, string>;
}

function openTransport({ config, urls, callerTokens, health, fetches }: TransportParts): Transport {
  return createTransport({
    urls,
    responseLimit: config.subgraphResponseLimit,
    silenceMs: config.requestTimeoutMs,
    dedupe: config.dedupe.subgraph,
    tokenFor: callerTokens.tokenFor,
    record: ({ subgraph, facts }, failure) => {
      fetches.set(facts, (fetches.get(facts) ?? 0) + 1);
      health.record(subgraph, failure);
    },
  });
}

/** The data path: operation → authorised operation → answer → the answer in the client's shape. */
async function execute({ config, fetches }: Rooms, face: Face, request: GatewayRequest): Promise<Answer> {
  const startedAt = performance.now();
  const deadline = openDeadline(config.requestTimeoutMs, request.signal);
  const facts: RequestFacts = { caller: request.caller, requestId: request.requestId, signal: deadline.signal };
  let operation: Operation | null = null;
  let answer: Answer;
  try {
    operation = face.operationOf(request.document, request.operationName);
    answer = readVariableErrors(face, operation, request) ?? (await answerOperation(face, { operation, request, facts }));
  } catch (error) {
    if (codeOf(error) === null) publishFault(request.requestId, error);
    answer = { errors: [toClientError(error).toJSON()] };
  } finally {
    deadline.close();
  }
  publish("request", {
    requestId: request.requestId,
    operationName: operation?.name ?? null,
    fingerprint: operation?.fingerprint ?? null,
    durationMs: Math.round(performance.now() - startedAt),
    fetches: fetches.get(facts) ?? 0,
    errorCodes: [...new Set((answer.errors ?? []).map((error) => String(error.extensions?.["code"])))],
  });
  return answer;
}

/** The answer to variables that the operation does not take; null when it takes them. */
function readVariableErrors({ schema }: Face, { definition }: Operation, { variables }: GatewayRequest): Answer | null {
  const { errors } = getVariableValues(schema, definition.variableDefinitions ?? [], variables, { maxErrors: 10 });
  if (errors === undefined) return null;
  return { errors: errors.map(({ message }) => gatewayError("BAD_USER_INPUT", { detail: message }).toJSON()) };
}

interface Run {
  readonly operation: Operation;
  readonly request: GatewayRequest;
  readonly facts: RequestFacts;
}

async function answerOperation(face: Face, { operation, request, facts }: Run): Promise<Answer> {
  const permission = face.authorise(operation, request.caller);
  const answer: Answer =
    permission.operation === null ? { data: {} } : await face.executor.execute(permission.operation, request.variables, facts);
  return permission.refused ? complete(face, { operation, request, permission, answer }) : answer;
}

interface Refused extends Omit<Run, "facts"> {
  readonly permission: Permission;
  readonly answer: Answer;
}

function complete({ schema }: Face, { operation, request, permission, answer }: Refused): Answer {
  if (answer.data === undefined) return answer;
  const data = answer.data instanceof ReadyData ? answer.data.toJSON() : answer.data;
  const reasonAgainst = (type: string, field: string): string | null => {
    const requirement = permission.verdict(type, field);
    return requirement === null ? null : printReason(requirement);
  };
  const completed = completeAnswer({ operation, schema, variables: request.variables, reasonAgainst }, data);
  const errors: GraphQLFormattedError[] = [...(answer.errors ?? []), ...completed.errors.map((error) => error.toJSON())];
  return { data: completed.data, ...(errors.length > 0 && { errors }) };
}
