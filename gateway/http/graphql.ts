// Apollo Server around the gateway: it parses, validates, guards against cross-site requests and prints; it executes nothing.
import { ApolloServer, HeaderMap, type ApolloServerOptionsWithGateway, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginSchemaReportingDisabled, ApolloServerPluginUsageReportingDisabled } from "@apollo/server/plugin/disabled";
import { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import type { FastifyInstance } from "fastify";
import type { FormattedExecutionResult, GraphQLSchema } from "graphql";

import { gatewayError } from "../errors.ts";
import { publish, publishFault } from "../events.ts";
import { ReadyData, type Caller, type GatewayFace, type LaterParts } from "../gateway.ts";
import { chooseType, JSON_TYPE } from "./media-type.ts";
import type { HttpQuestion } from "./question.ts";
import { AnsweredError, formatError, statusOfAnswer, withoutSecrets } from "./refusal.ts";
import { PREFLIGHTED, QUERY_PLAN_HEADER, readQueryPlanWish } from "./request.ts";

export type Apollo = ApolloServer<GraphqlContext>;

/** What the HTTP request brings along to its execution. */
export interface GraphqlContext {
  readonly caller: Caller;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

export interface GraphqlOptions {
  readonly gateway: GatewayFace;
  /** Drained and closed when the server stops. */
  readonly app: FastifyInstance;
  readonly introspection: boolean;
  readonly schemaHints: boolean;
  readonly secretPattern: RegExp | null;
}

/** For a client that takes an answer in parts. */
export interface PartsContext extends GraphqlContext {
  /** Told what comes after the first part, if anything does. */
  readonly takeLater: (later: LaterParts) => void;
}

/** Throws what is wrong with the question. */
export type Ask = (question: HttpQuestion, context: GraphqlContext) => Promise<HttpAnswer>;

export interface Asking {
  readonly question: HttpQuestion;
  readonly body: unknown;
  readonly context: GraphqlContext;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

type ApolloGateway = ApolloServerOptionsWithGateway<GraphqlContext>["gateway"];
type Executor = NonNullable<Awaited<ReturnType<ApolloGateway["load"]>>["executor"]>;

/** Introspection of today's tools is below 2,000 tokens; the parser stops here rather than at the end of a hostile megabyte. */
const MAX_TOKENS = 15_000;

export async function createApollo(options: GraphqlOptions): Promise<Apollo> {
  const server = new ApolloServer<GraphqlContext>({
    gateway: adaptGateway(options.gateway),
    introspection: options.introspection,
    hideSchemaDetailsFromClientErrors: !options.schemaHints,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: { requestHeaders: PREFLIGHTED },
    persistedQueries: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => withoutSecrets(formatError(formatted, error), options.secretPattern),
    // Whatever it gives, Apollo Server hands on as it is.
    stringifyResult: printResult as unknown as (result: FormattedExecutionResult) => string,
    logger: SILENT,
    plugins: [...STAY_SILENT, finishAnswer(), fastifyApolloDrainPlugin(options.app)],
  });
  await server.start();
  return server;
}

/** The answer, or the first part of it. `body` is the question's, read. */
export async function answerHttp(apollo: Apollo, { question, body, context }: Asking): Promise<HttpAnswer> {
  const { method, search } = question;
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, search, headers: headersOf(question), body },
    context: async () => context,
  });
  if (answer.body.kind !== "complete") throw new TypeError("Expected an answer that is whole, got one in parts.");
  return { status: answer.status ?? 200, headers: Object.fromEntries(answer.headers), body: answer.body.string as unknown as Buffer };
}

/** Which header it was that no link can send is nobody's business: all are the same to Apollo Server's own guard. */
function headersOf({ accept, contentType, queryPlan, isPreflighted }: HttpQuestion): HeaderMap {
  const headers = new HeaderMap();
  if (accept !== "") headers.set("accept", accept);
  if (contentType !== "") headers.set("content-type", contentType);
  if (queryPlan !== "") headers.set(QUERY_PLAN_HEADER, queryPlan);
  if (isPreflighted) headers.set("apollo-require-preflight", "true");
  return headers;
}

/** Apollo Server reports to its vendor when it finds a key in the environment, and traces when a header asks; this gateway does neither. */
const STAY_SILENT = [
  ApolloServerPluginUsageReportingDisabled(),
  ApolloServerPluginSchemaReportingDisabled(),
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginCacheControlDisabled(),
  ApolloServerPluginLandingPageDisabled(),
];

function adaptGateway(gateway: GatewayFace): ApolloGateway {
  const listeners = new Set<Parameters<ApolloGateway["onSchemaLoadOrUpdate"]>[0]>();
  const tell = (apiSchema: GraphQLSchema): void => {
    for (const listener of listeners) listener({ apiSchema, coreSupergraphSdl: "" });
  };
  const endTelling = gateway.onSchema(tell);
  return {
    onSchemaLoadOrUpdate: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: async () => {
      tell(gateway.schema());
      return { executor: createExecutor(gateway) };
    },
    // The process closes the gateway itself, after the last answer has left.
    stop: async () => endTelling(),
  };
}

function createExecutor(gateway: GatewayFace): Executor {
  return async ({ document, schema, request, context }) => {
    const { caller, requestId, signal, takeLater } = context as GraphqlContext & Partial<PartsContext>;
    const { operationName = null, variables = {}, extensions: said, http } = request;
    const queryPlan = readQueryPlanWish(http?.headers.get(QUERY_PLAN_HEADER));
    const inParts = takeLater !== undefined;
    const asked = {
      ...{ document, schema, operationName, variables, caller, requestId, signal, inParts },
      ...(said !== undefined && { extensions: said }),
      ...(queryPlan !== null && { queryPlan }),
    };
    const { data, errors = [], extensions, later } = await gateway.execute(asked);
    if (later !== undefined) takeLater?.(later);
    return {
      ...(data !== undefined && { data: data as Data }),
      ...(errors.length > 0 && { errors: errors.map((error) => new AnsweredError(error)) }),
      ...(extensions !== undefined && { extensions }),
    };
  };
}

/** Apollo Server hands `data` on as it is, whatever it is, and `printResult` prints it. */
type Data = Record<string, unknown> | null;

/**
 * The body of an answer, `errors` first as the specification advises. Data that are bytes already are put in as they are.
 * In bytes, because all who are told the same get the same ones, and a text would be encoded for each, and before that
 * measured.
 */
function printResult(result: FormattedExecutionResult<Record<string, unknown>>): Buffer {
  const { errors, data, extensions } = result;
  if (!((data as unknown) instanceof ReadyData)) return Buffer.from(`${JSON.stringify({ errors, data, extensions })}\n`);
  const ready = data as unknown as ReadyData;
  if (!ready.isKept || errors !== undefined || extensions !== undefined) return printReady(ready, result);
  const body = printed.get(ready) ?? printReady(ready, result);
  printed.set(ready, body);
  return body;
}

/** Bodies of data that are given again and again, without anything beside them. */
const printed = new WeakMap<ReadyData, Buffer>();

function printReady({ bytes }: ReadyData, { errors, extensions }: FormattedExecutionResult): Buffer {
  const head = errors === undefined ? "{" : `{"errors":${JSON.stringify(errors)},`;
  const tail = extensions === undefined ? "" : `,"extensions":${JSON.stringify(extensions)}`;
  return Buffer.concat([Buffer.from(`${head}"data":`), bytes, Buffer.from(`${tail}}\n`)]);
}

/** Gives each answer its status and media type, where Apollo Server's own choices differ from the draft's advice. */
function finishAnswer(): ApolloServerPlugin<GraphqlContext> {
  return {
    requestDidStart: async ({ contextValue: { requestId } }) => {
      let executed = false;
      return {
        executionDidStart: async () => void (executed = true),
        willSendResponse: async ({ request, response: { http, body } }) => {
          if (body.kind !== "single") return;
          if (http.status === 405) body.singleResult = refuseMutation();
          const type = chooseType(request.http?.headers.get("accept")) ?? JSON_TYPE;
          http.status = statusOfAnswer(body.singleResult, type);
          http.headers.set("content-type", `${type}; charset=utf-8`);
          const code = String(body.singleResult.errors?.[0]?.extensions?.["code"]);
          if (!executed) publish("refusal", { requestId, status: http.status, code });
        },
      };
    },
    unexpectedErrorProcessingRequest: async ({ requestContext, error }) => publishFault(requestContext.contextValue.requestId, error),
  };
}

/** Apollo Server has seen the operation by now and set the `allow` header; only its code is not ours. */
function refuseMutation(): FormattedExecutionResult {
  const { message, extensions } = gatewayError("METHOD_NOT_ALLOWED", { expected: "POST for an operation that is not a query", method: "GET" });
  return { errors: [{ message, extensions }] };
}

/** Its lines quote what was thrown; what matters of that is published by whoever threw. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
