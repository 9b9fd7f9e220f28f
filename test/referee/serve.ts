// The two ways to answer from the data: each subgraph by its own schema, in this process, and the monolith, one schema
// of everything that clients may ask. Both are graphql-js over the same values.
import { buildSubgraphSchema } from "@apollo/subgraph";
import {
  execute,
  GraphQLError,
  isObjectType,
  isUnionType,
  Kind,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from "graphql";

import type { Send, SubgraphAnswer } from "../../gateway/transport/transport.ts";
import type { Facts, SubgraphFacts } from "./facts.ts";
import type { Federation } from "./federation.ts";
import { findEntity, readValue, requiredFrom, rootThing, type Json, type Run, type Thing } from "./model.ts";

export interface Fetched {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Json;
}

/** One run and what subgraphs were asked in it. */
export interface Served extends Run {
  readonly fetched: Fetched[];
}

/** The run of a request is found by its request id. */
export function createSend(federation: Federation, facts: Facts, runOf: (requestId: string) => Served): Send {
  const subgraphs = new Map(federation.subgraphs.map(({ name, sdl }) => [name, openSubgraph(sdl, facts, name)]));
  return async (request) => {
    const run = runOf(request.facts.requestId);
    const { query, variables } = readRequest(request);
    run.fetched.push({ subgraph: request.subgraph, query, variables });
    const ask = subgraphs.get(request.subgraph);
    if (ask === undefined) throw new Error(`Expected a subgraph of ${federation.name}, got ${request.subgraph}.`);
    return ask(run, query, variables);
  };
}

/** Answers an operation of the API schema. */
export function askMonolith(schema: GraphQLSchema, run: Run, asked: { readonly document: DocumentNode; readonly variables: Json }): FormattedExecutionResult {
  const result = execute({
    schema,
    document: asked.document,
    variableValues: asked.variables,
    contextValue: run,
    fieldResolver: resolveFromData,
    typeResolver: (value: Thing) => value.type,
  });
  if (result instanceof Promise) throw new Error("The monolith answers at once.");
  return JSON.parse(JSON.stringify(result)) as FormattedExecutionResult;
}

/** An executor may send a request as text that is ready. */
function readRequest(request: { readonly query: string; readonly variables: Json; readonly body?: unknown }): { readonly query: string; readonly variables: Json } {
  if (typeof request.body !== "string") return { query: request.query, variables: JSON.parse(JSON.stringify(request.variables)) as Json };
  const { query, variables = {} } = JSON.parse(request.body) as { query: string; variables?: Json | null };
  return { query, variables: variables ?? {} };
}

const resolveFromData: GraphQLFieldResolver<Thing | undefined, Run> = (source, args, run, info) =>
  readValue(run, source ?? rootThing(info.parentType.name), { field: info.fieldName, args: args as Json });

type Ask = (run: Run, query: string, variables: Json) => SubgraphAnswer;

function openSubgraph(sdl: string, facts: Facts, name: string): Ask {
  const own = facts.subgraphs.get(name);
  if (own === undefined) throw new Error(`Expected facts of ${name}, got none.`);
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl) }]);
  setEntities(schema, own);
  const resolve = createResolver(facts, own);
  const documents = new Map<string, DocumentNode | GraphQLError>();
  return (run, query, variables) => {
    const document = documents.get(query) ?? readDocument(schema, query);
    documents.set(query, document);
    if (document instanceof GraphQLError) return refuse(`the document is invalid: ${document.message}`);
    const result = execute({
      schema,
      document,
      variableValues: variables,
      contextValue: run,
      fieldResolver: resolve,
      typeResolver: (thing: Thing) => facts.typeIn(own, thing.type)?.name,
    });
    if (result instanceof Promise) throw new Error("A subgraph answers at once.");
    return toAnswer(result);
  };
}

function readDocument(schema: GraphQLSchema, query: string): DocumentNode | GraphQLError {
  try {
    const document = parse(query);
    return validate(schema, document)[0] ?? document;
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function toAnswer(result: ExecutionResult): SubgraphAnswer {
  const { data = null, errors = [] } = JSON.parse(JSON.stringify(result)) as { data?: Record<string, unknown> | null; errors?: { message: string; path?: (string | number)[] }[] };
  return {
    data,
    errors: errors.map(({ message, path }) => ({ message, ...(path !== undefined && { path }), extensions: { code: "DOWNSTREAM_SERVICE_ERROR" } })),
  };
}

function refuse(message: string): SubgraphAnswer {
  return { data: null, errors: [{ message, extensions: { code: "DOWNSTREAM_SERVICE_ERROR" } }] };
}

function createResolver(facts: Facts, subgraph: SubgraphFacts): GraphQLFieldResolver<Thing | undefined, Run> {
  return (source, args, run, info) => {
    const thing = source ?? rootThing(info.parentType.name);
    const field = facts.typeIn(subgraph, info.parentType.name)?.fields.get(info.fieldName);
    if (field === undefined) throw new GraphQLError(`${subgraph.name} has no ${info.parentType.name}.${info.fieldName}`);
    const required = field.requires === null ? {} : { required: requiredFrom(facts, thing.representation, field.requires) };
    return readValue(run, thing, { field: info.fieldName, args: args as Json, isForbidden: field.isForbidden, ...required });
  };
}

/** Our own `_entities`: a representation that no resolvable key of this subgraph understands is an error. */
function setEntities(schema: GraphQLSchema, subgraph: SubgraphFacts): void {
  const entities = schema.getQueryType()?.getFields()["_entities"];
  if (entities === undefined) return;
  const union = schema.getType("_Entity");
  // Its own would want `__typename` on things.
  if (isUnionType(union)) union.resolveType = undefined;
  entities.resolve = (_source, args: { representations: readonly Json[] }, run: Run) =>
    args.representations.map((representation) => {
      const name = String(representation["__typename"]);
      const type = subgraph.types.get(name);
      const isKnown = type?.kind === Kind.INTERFACE_TYPE_DEFINITION || isObjectType(schema.getType(name));
      const thing = isKnown && type !== undefined ? findEntity(run, representation, type.keys) : null;
      return thing ?? new GraphQLError(`${subgraph.name} cannot resolve ${JSON.stringify(representation)}`);
    });
}
