// The gateway without its HTTP face: composition root of everything between an authenticated request and its answer.
import { getVariableValues, validate, type DocumentNode, type GraphQLFormattedError, type GraphQLSchema } from "graphql";

import { assertOpens, createAuthenticate, createCallerTokens, printReason, withExtensionClaims, withHeaderClaims, type Authenticate, type Caller, type CallerTokens, type GrantsPolicy } from "./auth/auth.ts";
import type { GatewayConfig } from "./config.ts";
import { codeOf, gatewayError, toClientError, withoutInside } from "./errors.ts";
import { publish, publishFault } from "./events.ts";
import { completeAnswer, hideInside, ReadyData, withEnd, type Answer as Executed } from "./execution/execution.ts";
import { openGeneration, type Face, type Generation, type Permission } from "./generation.ts";
import type { Operation } from "./operation/operation.ts";
import { toQueryPlan, type QueryPlan } from "./planning/planning.ts";
import { createSuccession, type Reign, type Succession } from "./succession.ts";
import { createRenewal, createSupergraphSource, readSupergraph, type Renewal, type Renewed, type SubgraphEntry } from "./supergraph/supergraph.ts";
import { createHealth, createTransport, openDeadline, type Health, type LocalSubgraph, type RequestFacts, type SubgraphHealth, type Transport } from "./transport/transport.ts";

export { ANONYMOUS, callerKey, type Caller, type GrantsPolicy } from "./auth/auth.ts";
export { ReadyData, type Delivery, type LaterParts, type Part, type PendingPart } from "./execution/execution.ts";
export type { Renewed } from "./supergraph/supergraph.ts";
export { createLocalSubgraph, type LocalRequest, type LocalResponse, type LocalSubgraph, type SubgraphHealth } from "./transport/transport.ts";

/** One operation of a client, validated against `schema()`. */
export interface GatewayRequest {
  readonly document: DocumentNode;
  /** What `schema()` gave when the document was validated; the one in force by default. */
  readonly schema?: GraphQLSchema;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** As the client sent them; some may say claims of the caller. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Travels to every subgraph and into every log line. */
  readonly requestId: string;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** Whether the client takes what it defers later; the answer may have `later` then, which is to be read to its end. */
  readonly inParts?: boolean;
  /** Missing: the plan is not shown. Only callers with the operator's scope may ask for it. */
  readonly queryPlan?: QueryPlanWish;
}

/** The plan with the answer, or in its place: then nothing is fetched. */
export type QueryPlanWish = "with data" | "alone";

export interface Answer extends Executed {
  /** `queryPlan`, where it was asked for. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** What is asked and answered of one schema. */
export interface GatewayFace {
  /**
   * Reads the `authorization` header, and those that say claims. Throws a GraphQLError with the table's code when one is not
   * good, or the token is bound to another face.
   */
  authenticate(headers: RequestHeaders): Promise<Caller>;
  /** What clients may ask: the API schema of the generation in force, or a contract of it. */
  schema(): GraphQLSchema;
  /** Told of each schema that comes into force from now on. Returns what ends the telling. */
  onSchema(listener: (schema: GraphQLSchema) => void): () => void;
  /** Never rejects. Every error has a code. An answer without `data` is a refusal of the whole request. */
  execute(request: GatewayRequest): Promise<Answer>;
}

export interface Gateway extends GatewayFace {
  /** The faces that show a part of the schema only, by name. */
  readonly contracts: ReadonlyMap<string, GatewayFace>;
  /** Reads the supergraph again and serves it, if it has changed and can be served, to all requests that begin from then on. Never rejects. */
  reload(): Promise<Renewed>;
  health(): { readonly ready: boolean; readonly subgraphs: readonly SubgraphHealth[] };
  /** The public keys with which subgraphs verify caller tokens, as a JSON Web Key Set; empty where none are sent. */
  callerKeys(): CallerTokens["publicKeys"];
  close(): Promise<void>;
}

/** Of HTTP, names in lower case. */
export type RequestHeaders = Readonly<Record<string, unknown>> & { readonly authorization?: string | undefined };

export interface GatewayParts {
  /** Subgraphs of this process, by their name in the supergraph; all others are asked over HTTP. */
  readonly local?: ReadonlyMap<string, LocalSubgraph>;
  /** Decides about @policy; without it nobody has been granted any. */
  readonly grantsPolicy?: GrantsPolicy;
}

/**
 * Loads the supergraph and asks each subgraph once; resolves although subgraphs are down.
 * Throws SUPERGRAPH_UNREADABLE, SUPERGRAPH_INVALID, KEYS_INVALID or SETTING_INVALID.
 */
export async function createGateway(config: GatewayConfig, parts: GatewayParts = {}): Promise<Gateway> {
  const source = createSupergraphSource(config.supergraph);
  const text = await source.load();
  const [authenticate, callerTokens] = await Promise.all([
    createAuthenticate(config.jwt, config.callerToken.forwardClaims, config.contractClaim),
    createCallerTokens(config.callerToken),
  ]);
  const given: Given = { source: source.name, parts, config, callerTokens, fetches: new WeakMap() };
  const succession = createSuccession(await openServed(given, text, null));
  await assertLocal(succession, parts);
  const serve = (changed: string, isStopped: () => boolean) => renew(given, succession, { text: changed, isStopped });
  const renewal = createRenewal({ source, text, everySeconds: config.supergraphPollS, serve });
  return wire({ ...given, succession, renewal, authenticate });
}

/** A subgraph that is here and never asked is a slip of whoever wrote its name; one that a later supergraph leaves out is none. */
async function assertLocal(succession: Succession<Served>, { local }: GatewayParts): Promise<void> {
  const names = succession.current().health.list().map(({ name }) => name);
  const unknown = [...(local?.keys() ?? [])].find((name) => !names.includes(name));
  if (unknown === undefined) return;
  await succession.close();
  throw new RangeError(`Expected local subgraphs that the supergraph has (${names.join(", ")}), got ${unknown}.`);
}

/** By what all fetches of a request share: how many there were. */
type FetchCount = WeakMap<RequestFacts, number>;

/** What all supergraphs that are served one after the other share. */
interface Given {
  /** How the supergraph is named in errors. */
  readonly source: string;
  readonly parts: GatewayParts;
  readonly config: GatewayConfig;
  readonly callerTokens: CallerTokens;
  readonly fetches: FetchCount;
}

/** One supergraph with all that is open for it. */
interface Served extends Reign {
  readonly generation: Generation;
  readonly health: Health;
}

interface Rooms extends Given {
  readonly succession: Succession<Served>;
  readonly renewal: Renewal;
  readonly authenticate: Authenticate;
}

function wire(rooms: Rooms): Gateway {
  const { succession, renewal, callerTokens } = rooms;
  return {
    ...showFace(rooms, null),
    contracts: new Map([...rooms.config.contracts.keys()].map((name) => [name, showFace(rooms, name)])),
    reload: renewal.now,
    health: () => {
      const { health } = succession.current();
      return { ready: health.isReady(), subgraphs: health.list() };
    },
    callerKeys: () => callerTokens.publicKeys,
    close: async () => {
      await renewal.close();
      await succession.close();
    },
  };
}

/** Opens it and asks each of its subgraphs once. Throws SUPERGRAPH_INVALID or SETTING_INVALID. */
async function openServed(given: Given, text: string, before: Served | null): Promise<Served> {
  const { source, config, callerTokens, fetches } = given;
  const supergraph = readSupergraph(text, source);
  const { grantsPolicy = () => false, local = new Map<string, LocalSubgraph>() } = given.parts;
  const urls = readUrls(supergraph.subgraphs, config, local);
  const health = createHealth(urls, before?.health);
  const transport = openTransport({ config, urls, local, callerTokens, health, fetches });
  const generation = await openGeneration({ supergraph, source, send: transport.send, config, grantsPolicy });
  await health.start(transport.send);
  return {
    schemas: [generation, ...generation.contracts.values()].map(({ schema }) => schema),
    generation,
    health,
    retire: health.close,
    close: async () => {
      health.close();
      await generation.close();
      await transport.close();
    },
  };
}

type ChooseFace = (generation: Generation) => Face;

/** The whole, or what one contract shows of it. */
function showFace(rooms: Rooms, contract: string | null): GatewayFace {
  const { succession, config } = rooms;
  const faceOf: ChooseFace = (generation) => (contract === null ? generation : contractNamed(contract, generation.contracts));
  return {
    authenticate: async (headers) => {
      const caller = await rooms.authenticate(headers.authorization);
      assertOpens(caller, contract);
      return withHeaderClaims(caller, config.callerToken.claimHeaders, headers);
    },
    schema: () => faceOf(succession.current().generation).schema,
    onSchema: (listener) => succession.onReplace(({ generation }) => listener(faceOf(generation).schema)),
    execute: (request) => execute(rooms, faceOf, request),
  };
}

/** Each generation has each contract of the settings, or is never opened. */
function contractNamed(name: string, contracts: Generation["contracts"]): Face {
  const face = contracts.get(name);
  if (face === undefined) throw new RangeError(`Expected one of the contracts ${[...contracts.keys()].join(", ")}, got ${name}.`);
  return face;
}

interface Changed {
  readonly text: string;
  readonly isStopped: () => boolean;
}

async function renew(given: Given, succession: Succession<Served>, { text, isStopped }: Changed): Promise<readonly string[]> {
  const served = await openServed(given, text, succession.current());
  if (isStopped()) await served.close();
  else succession.replace(served);
  return served.health.list().map(({ name }) => name);
}

/** The supergraph's addresses, replaced where settings say so. Subgraphs of this process need none. */
function readUrls(subgraphs: readonly SubgraphEntry[], { subgraphUrls, subgraphCompression }: GatewayConfig, local: ReadonlyMap<string, unknown>): ReadonlyMap<string, string> {
  const names = subgraphs.map((subgraph) => subgraph.name);
  assertNames("GATEWAY_SUBGRAPH_URLS", names, [...subgraphUrls.keys()]);
  assertNames("GATEWAY_SUBGRAPH_COMPRESSION", [...names, EVERY_SUBGRAPH], subgraphCompression);
  return new Map(
    subgraphs.map(({ name, url }): [string, string] => {
      if (local.has(name)) return [name, LOCAL_ADDRESS];
      const address = subgraphUrls.get(name) ?? url;
      if (!/^https?:/.test(address) || !URL.canParse(address)) throw invalidUrls(`an http(s) URL for ${name}, which the supergraph does not give`, address);
      return [name, address];
    }),
  );
}

const EVERY_SUBGRAPH = "*";
/** What health tells of a subgraph that has no address. */
const LOCAL_ADDRESS = "local:";

function assertNames(setting: string, expected: readonly string[], names: readonly string[]): void {
  const unknown = names.find((name) => !expected.includes(name));
  if (unknown === undefined) return;
  throw gatewayError("SETTING_INVALID", { name: setting, expected: `names of subgraphs (${expected.join(", ")})`, value: JSON.stringify(unknown) });
}

function invalidUrls(expected: string, value: string): Error {
  return gatewayError("SETTING_INVALID", { name: "GATEWAY_SUBGRAPH_URLS", expected, value: JSON.stringify(value) });
}

interface TransportParts extends Pick<Given, "config" | "callerTokens" | "fetches"> {
  readonly urls: ReadonlyMap<string, string>;
  readonly local: ReadonlyMap<string, LocalSubgraph>;
  readonly health: Health;
}

function openTransport({ config, urls, local, callerTokens, health, fetches }: TransportParts): Transport {
  return createTransport({
    urls,
    local,
    responseLimit: config.subgraphResponseLimit,
    connections: config.subgraphConnections,
    compressed: new Set(config.subgraphCompression.includes(EVERY_SUBGRAPH) ? urls.keys() : config.subgraphCompression),
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
async function execute(rooms: Rooms, faceOf: ChooseFace, asked: GatewayRequest): Promise<Answer> {
  const startedAt = performance.now();
  const { succession, config, fetches } = rooms;
  const { request, refusal } = readClaims(asked, config.callerToken.claimExtensions);
  const { member, leave } = succession.enter(request.schema);
  const face = faceOf(member.generation);
  const deadline = openDeadline(config.requestTimeoutMs, request.signal);
  const facts: RequestFacts = { caller: request.caller, requestId: request.requestId, signal: deadline.signal };
  let operation: Operation | null = null;
  let answer: Answer;
  const isOperator = request.caller.scopes.has(config.operatorScope);
  try {
    if (refusal !== null) throw refusal;
    if (request.queryPlan !== undefined && !isOperator) throw planRefused(`the caller's token lacks the scope ${config.operatorScope}`);
    if (request.schema !== undefined && request.schema !== face.schema) assertStillValid(request.document, face);
    operation = face.operationOf(request.document, request.operationName);
    answer = readVariableErrors(face, operation, request) ?? (await answerOperation(face, { operation, request, facts }));
  } catch (error) {
    if (codeOf(error) === null) publishFault(request.requestId, error);
    answer = { errors: [toClientError(error).toJSON()] };
  }
  const errors = [...(answer.errors ?? [])];
  const finish = (): void => {
    deadline.close();
    leave();
    publish("request", {
      requestId: request.requestId,
      operationName: operation?.name ?? null,
      fingerprint: operation?.fingerprint ?? null,
      durationMs: Math.round(performance.now() - startedAt),
      fetches: fetches.get(facts) ?? 0,
      errorCodes: [...new Set(errors.map((error) => String(error.extensions?.["code"])))],
    });
  };
  if (answer.later === undefined) finish();
  const later = answer.later && withEnd(answer.later, errors, finish);
  return showTo(isOperator, later === undefined ? answer : { ...answer, later });
}

interface Claimed {
  readonly request: GatewayRequest;
  /** What is wrong with the claims that the request says; null when nothing is. */
  readonly refusal: unknown;
}

function readClaims(asked: GatewayRequest, names: GatewayConfig["callerToken"]["claimExtensions"]): Claimed {
  if (names.size === 0 || asked.extensions === undefined) return { request: asked, refusal: null };
  try {
    return { request: { ...asked, caller: withExtensionClaims(asked.caller, names, asked.extensions) }, refusal: null };
  } catch (refusal) {
    return { request: asked, refusal };
  }
}

/** What names the inside is for operators. */
function showTo(isOperator: boolean, answer: Answer): Answer {
  if (isOperator) return answer;
  const { errors, later } = answer;
  if (errors === undefined && later === undefined) return answer;
  return { ...answer, ...(errors !== undefined && { errors: errors.map(withoutInside) }), ...(later !== undefined && { later: hideInside(later) }) };
}

/** Refused rather than ignored: a dry run that is ignored is a run. */
function planRefused(reason: string): Error {
  return gatewayError("QUERY_PLAN_REFUSED", { reason });
}

/** The supergraph was replaced after the document was validated and before it came here, and nothing of the one before is left. */
function assertStillValid(document: DocumentNode, { schema }: Face): void {
  const [error] = validate(schema, document, undefined, { maxErrors: 1, hideSuggestions: true });
  if (error !== undefined) throw gatewayError("GRAPHQL_VALIDATION_FAILED", { detail: error.message });
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
  const extensions = request.queryPlan === undefined ? null : { queryPlan: await planOf(face, permission, request) };
  if (extensions !== null && request.queryPlan === "alone") return { extensions };
  const answer = await answerPermitted(face, permission, { operation, request, facts });
  return extensions === null ? answer : { ...answer, extensions };
}

async function answerPermitted(face: Face, permission: Permission, { operation, request, facts }: Run): Promise<Executed> {
  const { executor } = face;
  // An answer of which something is refused gets its shape back as a whole.
  if (request.inParts === true && !permission.refused && executor.executeInParts !== undefined) {
    return executor.executeInParts(operation, request.variables, facts);
  }
  const answer: Executed = permission.operation === null ? { data: {} } : await executor.execute(permission.operation, request.variables, facts);
  return permission.refused ? complete(face, { operation, request, permission, answer }) : answer;
}

/** Of what the caller may have: the rest is not fetched. */
async function planOf({ executor }: Face, { operation }: Permission, { variables }: GatewayRequest): Promise<QueryPlan> {
  if (executor.plan === undefined) throw planRefused("the engine `reference` does not tell its plans");
  return toQueryPlan(operation === null ? { node: null } : await executor.plan(operation, variables));
}

interface Refused extends Omit<Run, "facts"> {
  readonly permission: Permission;
  readonly answer: Executed;
}

function complete({ schema }: Face, { operation, request, permission, answer }: Refused): Executed {
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
