// The executor of this stage: ApolloGateway plans and executes, and reaches subgraphs through our transport.
import type { ApolloGateway, GraphQLDataSource } from "@apollo/gateway";
import { GraphQLError, type GraphQLFormattedError } from "graphql";

import { isDeeperThan } from "../depth.ts";
import { codeOf, gatewayError, toClientError } from "../errors.ts";
import { publishFault } from "../events.ts";
import { withoutDefer, type Operation } from "../operation/operation.ts";
import { createPlanStore } from "../planning/planning.ts";
import type { IncompleteMarks } from "../supergraph/supergraph.ts";
import type { RequestFacts, Send, SubgraphAnswer } from "../transport/transport.ts";
import { ReadyData, type Answer, type Executor, type Variables } from "./executor.ts";
import { createBrought, readLossesByName, type Brought, type FetchNotes } from "./losses.ts";
import { createReservedNames } from "./reserved-names.ts";
import { asksWhatIsMissing, codesExcepted, tellIncomplete, type Telling } from "./tell-incomplete.ts";

export interface ExecutorOptions {
  /** A supergraph without features that ApolloGateway does not know. */
  readonly supergraphSdl: string;
  readonly send: Send;
  /** Which fields tell what is missing of their object; none by default. */
  readonly incomplete?: IncompleteMarks;
}

/** Throws what ApolloGateway finds wrong with the supergraph. */
export async function openStockExecutor({ supergraphSdl, send, incomplete = new Map() }: ExecutorOptions): Promise<Executor> {
  const Gateway = await importGateway();
  const notes: NotesByRequest = new WeakMap();
  const gateway = new Gateway({
    supergraphSdl,
    buildService: ({ name }) => createDataSource(name, send, notes),
    queryPlannerConfig: { cache: createPlanStore() },
    validateSupergraph: true,
    __exposeQueryPlanExperimental: false,
    logger: QUIET,
  });
  const { schema, executor } = await gateway.load();
  const { rename } = createReservedNames();
  const wholes = new WeakMap<Operation, Operation>();
  return {
    schema,
    execute: async (operation, variables, facts) => {
      const whole = wholes.get(operation) ?? withoutDefer(operation);
      wholes.set(operation, whole);
      const safe = rename(whole, variables);
      try {
        notes.set(facts, { answered: [], failures: [] });
        const answer = toAnswer(await executor(toRequestContext(schema, safe, facts)), facts);
        addMissing({ schema, marks: incomplete, operation: whole, variables }, answer, notes.get(facts));
        return answer;
      } catch (error) {
        publishFault(facts.requestId, error);
        return { errors: [gatewayError("INTERNAL_SERVER_ERROR").toJSON()] };
      }
    },
    close: () => gateway.stop(),
  };
}

/**
 * ApolloGateway posts facts about the machine to its vendor unless this is set before it is constructed; nobody has
 * configured that address.
 */
async function importGateway() {
  process.env["APOLLO_TELEMETRY_DISABLED"] = "1";
  return (await import("@apollo/gateway")).ApolloGateway;
}

/** What it would say concerns its own life, which events tell better. */
const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

type Context = Parameters<ApolloGateway["executor"]>[0];

/** The parts of Apollo Server's request context that ApolloGateway reads; there is no Apollo Server here. */
function toRequestContext(
  schema: Executor["schema"],
  { operation, variables }: { readonly operation: Operation; readonly variables: Variables },
  facts: RequestFacts,
): Context {
  const context: Partial<Context> = {
    request: { variables },
    document: operation.document,
    operation: operation.definition,
    operationName: operation.name,
    queryHash: operation.fingerprint,
    schema,
    context: { facts },
    logger: QUIET,
    metrics: {},
  };
  return context as Context;
}

/** What became of the fetches of each request. */
type NotesByRequest = WeakMap<RequestFacts, FetchNotes>;

/** Changes the answer's data, which are nobody else's. */
function addMissing(telling: Telling, { data }: Answer, notes: FetchNotes | undefined): void {
  const type = telling.schema.getRootType(telling.operation.definition.operation);
  if (data == null || data instanceof ReadyData || type == null || notes === undefined || !asksWhatIsMissing(telling)) return;
  const losses = readLossesByName(notes, codesExcepted(telling.marks));
  if (losses !== null) tellIncomplete(telling, { type, tree: data, place: [] }, losses);
}

function createDataSource(subgraph: string, send: Send, notes: NotesByRequest): GraphQLDataSource<Record<string, unknown>> {
  return {
    process: async (options) => {
      const { query = "", variables = {}, operationName } = options.request;
      const facts = options.context["facts"] as RequestFacts;
      const path = "pathInIncomingRequest" in options ? (options.pathInIncomingRequest ?? []) : [];
      const place = path.filter((part) => part !== "@");
      const asked: Fetched = { query, place: place.map(String), notes: notes.get(facts) };
      try {
        const answer = await send({ subgraph, query, operationName: operationName ?? null, variables, headers: {}, facts });
        assertLevels(answer, subgraph);
        return noteAnswer(asked, assertEntities(answer, { subgraph, variables }));
      } catch (error) {
        noteFailure(asked, error);
        throw withPath(error, place);
      }
    },
  };
}

interface Fetched {
  readonly query: string;
  /** Of the entities that are asked for; empty for the root. */
  readonly place: readonly string[];
  readonly notes: FetchNotes | undefined;
}

function noteAnswer(fetched: Fetched, answer: SubgraphAnswer): SubgraphAnswer {
  const { place, notes } = fetched;
  const brought = broughtBy(fetched);
  for (const { path = [], extensions } of answer.errors) {
    const { code } = extensions;
    const below = place.length === 0 ? path : path.slice(2);
    const { _entities: entities } = answer.data ?? {};
    // An error that names a field has taken that away; any other one, or one that left nothing of its entity, the whole.
    const isWhole = answer.data === null || below.length === 0 || (place.length > 0 && Array.isArray(entities) && entities[Number(path[1])] === null);
    const lost = isWhole ? null : [...place, ...below];
    notes?.failures.push({ brought, code: typeof code === "string" ? code : null, path: lost });
  }
  if (answer.data !== null) notes?.answered.push(brought);
  return answer;
}

function noteFailure(fetched: Fetched, error: unknown): void {
  fetched.notes?.failures.push({ brought: broughtBy(fetched), code: codeOf(error), path: null });
}

function broughtBy({ query, place }: Fetched): Brought {
  return createBrought({ document: query, entities: place.length === 0 ? [] : [{ alias: "_entities", places: [place] }] });
}

/** Printing JSON ends at some 4,500 levels, and would take the whole answer with it. */
const MAX_LEVELS = 2_000;

function assertLevels({ data }: SubgraphAnswer, service: string): void {
  if (isDeeperThan(MAX_LEVELS, data)) throw malformed(service, "it is nested too deep");
}

/** An answer to `_entities` has one place for each representation; otherwise values would land on other objects. */
function assertEntities(answer: SubgraphAnswer, asked: { readonly subgraph: string; readonly variables: Variables }): SubgraphAnswer {
  const { representations } = asked.variables;
  if (!Array.isArray(representations) || answer.data === null) return answer;
  const { _entities: entities } = answer.data;
  if (entities == null && answer.errors.length > 0) return { data: null, errors: answer.errors };
  if (Array.isArray(entities) && entities.length === representations.length && entities.every(isEntity)) return answer;
  throw malformed(asked.subgraph, "it has not one entity for each that was asked");
}

/** Looking a type up by something else than its name would end the whole request. */
function isEntity(entity: unknown): boolean {
  if (typeof entity !== "object" || Array.isArray(entity)) return false;
  const { __typename: name } = (entity ?? {}) as { readonly __typename?: unknown };
  return name === undefined || name === null || typeof name === "string";
}

function malformed(service: string, detail: string): GraphQLError {
  return gatewayError("SUBREQUEST_MALFORMED_RESPONSE", { service, detail }, { extensions: { serviceName: service } });
}

/** Where the part would be that is missing now, without indexes of lists; nothing for a part of the root. */
function withPath(error: unknown, path: readonly (string | number)[]): unknown {
  if (!(error instanceof GraphQLError) || path.length === 0) return error;
  return new GraphQLError(error.message, { extensions: error.extensions, path });
}

interface Result {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly GraphQLError[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

function toAnswer({ data, errors = [], extensions }: Result, { requestId }: RequestFacts): Answer {
  const all = [...errors.map((error) => toFormatted(error, requestId)), ...missingValues(extensions)];
  return { ...(data !== undefined && { data }), ...(all.length > 0 && { errors: all }) };
}

/** Ours and subgraphs' are clean by now; what else there is may quote values. */
function toFormatted(error: GraphQLError, requestId: string): GraphQLFormattedError {
  const { message, path, extensions } = error;
  const { code, serviceName } = extensions;
  const place = path === undefined ? {} : { path };
  if (typeof serviceName === "string") return { message, ...place, extensions: codeOf(error) === null ? { code, serviceName } : { ...extensions } };
  if (codeOf(error) === null) publishFault(requestId, error.originalError ?? error);
  return toClientError(error).toJSON();
}

/** Nulls where the schema allows none, though no subgraph gave an error: told by names of types and fields only. */
function missingValues(extensions: Result["extensions"]): GraphQLFormattedError[] {
  const found = extensions?.["valueCompletion"];
  return (Array.isArray(found) ? found : []).flatMap((error: unknown) =>
    error instanceof GraphQLError ? [gatewayError("VALUE_MISSING", { detail: error.message }, { path: error.path }).toJSON()] : [],
  );
}
