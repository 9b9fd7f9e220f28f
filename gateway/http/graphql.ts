// Apollo Server around the gateway: it parses, validates, guards against cross-site requests and prints; it executes nothing.
import { ApolloServer, HeaderMap, type ApolloServerOptionsWithGateway, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginSchemaReportingDisabled, ApolloServerPluginUsageReportingDisabled } from "@apollo/server/plugin/disabled";
import { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import type { FastifyInstance } from "fastify";
import type { FormattedExecutionResult } from "graphql";

import { gatewayError } from "../errors.ts";
import { publish, publishFault } from "../events.ts";
import { ReadyData, type Caller, type GatewayFace } from "../gateway.ts";
import { chooseType, JSON_TYPE } from "./media-type.ts";
import { AnsweredError, formatError, statusOfAnswer } from "./refusal.ts";
import { PREFLIGHTED } from "./request.ts";

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
}

/** The parts of an HTTP request that its answer may depend on, apart from who asks. */
export interface HttpQuestion {
  readonly method: string;
  /** Of the URL, with its question mark. */
  readonly search: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** As JSON. */
  readonly body: unknown;
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
    formatError,
    stringifyResult: printResult,
    logger: SILENT,
    plugins: [...STAY_SILENT, finishAnswer(), fastifyApolloDrainPlugin(options.app)],
  });
  await server.start();
  return server;
}

/** The answer to a request that does not take one in parts. */
export async function answerHttp(apollo: Apollo, { method, search, headers, body }: HttpQuestion, context: GraphqlContext): Promise<HttpAnswer> {
  const question = { method, search, headers: new HeaderMap(Object.entries(headers)), body };
  const answer = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest: question, context: async () => context });
  if (answer.body.kind !== "complete") throw new TypeError("Expected an answer that is whole, got one in parts.");
  return { status: answer.status ?? 200, headers: Object.fromEntries(answer.headers), body: Buffer.from(answer.body.string) };
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
  return {
    onSchemaLoadOrUpdate: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: async () => {
      for (const listener of listeners) listener({ apiSchema: gateway.schema(), coreSupergraphSdl: "" });
      return { executor: createExecutor(gateway) };
    },
    // The process closes the gateway itself, after the last answer has left.
    stop: async () => {},
  };
}

function createExecutor(gateway: GatewayFace): Executor {
  return async ({ document, request, context }) => {
    const { caller, requestId, signal } = context as GraphqlContext;
    const { operationName = null, variables = {} } = request;
    const { data, errors = [] } = await gateway.execute({ document, operationName, variables, caller, requestId, signal });
    return { ...(data !== undefined && { data: data as Data }), ...(errors.length > 0 && { errors: errors.map((error) => new AnsweredError(error)) }) };
  };
}

/** Apollo Server hands `data` on as it is, whatever it is, and `printResult` prints it. */
type Data = Record<string, unknown> | null;

/** The body of an answer, `errors` first as the specification advises. Data that are text already are put in as they are. */
function printResult({ errors, data, extensions }: FormattedExecutionResult<Record<string, unknown>>): string {
  if (!((data as unknown) instanceof ReadyData)) return `${JSON.stringify({ errors, data, extensions })}\n`;
  const { text } = data as unknown as ReadyData;
  const head = errors === undefined ? "{" : `{"errors":${JSON.stringify(errors)},`;
  return `${head}"data":${text}${extensions === undefined ? "" : `,"extensions":${JSON.stringify(extensions)}`}}\n`;
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
