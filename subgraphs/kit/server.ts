// Serves one subgraph over HTTP: caller verified, fresh data access for each request, errors masked.
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";

import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { unwrapResolverError } from "@apollo/server/errors";
import { ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import { buildSubgraphSchema } from "@apollo/subgraph";
import fastifyApollo, { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from "fastify";
import { parse, type GraphQLSchema } from "graphql";

import type { Audit } from "../audit/audit.ts";
import type { DirectoryDoor } from "../directory/directory.ts";
import { enforcePolicy } from "../law/law.ts";
import { SealError } from "../sealed/sealed.ts";
import { CALLER_HEADER, type CallerReader } from "./caller.ts";
import type { Clock } from "./clock.ts";
import { maskError } from "./errors.ts";
import type { Log } from "./log.ts";
import { DateScalar, DateTimeScalar } from "./scalars.ts";
import type { OpenSubgraph, Subgraph, SubgraphContext } from "./subgraph.ts";

const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

export interface ServerOptions {
  readonly subgraph: Subgraph;
  readonly open: OpenSubgraph;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly readCaller: CallerReader;
  readonly clock: Clock;
  readonly log: Log;
  /** Where readings are written before they happen. */
  readonly audit: Pick<Audit, "begin">;
  /** Of its sharing tickets, where it issues them: served at /sharing-keys. */
  readonly publicKeys?: unknown;
  /** What it tells other subgraphs who ask at /directory. */
  readonly directory?: DirectoryDoor | null;
  /** Programs' messages, where it takes any. */
  readonly messages?: Messages;
}

export interface Messages {
  /** `/readings`. */
  readonly path: string;
  /** Of what came as it came, since a signature is over that; who sent it is not known yet. */
  readonly receive: (message: { readonly headers: FastifyRequest["headers"]; readonly body: string }) => Promise<{ readonly status: number; readonly body: object }>;
}

export interface SubgraphServer {
  readonly url: string;
  close(): Promise<void>;
}

/** The subgraph's executable schema, `_service` and `_entities` included, with its policy enforced. Throws PolicyError. */
export function buildSchema(subgraph: Subgraph): GraphQLSchema {
  const typeDefs = parse(readFileSync(subgraph.schema, "utf8"));
  const schema = buildSubgraphSchema([
    { typeDefs, resolvers: { Date: DateScalar, DateTime: DateTimeScalar, ...subgraph.resolvers } as never },
  ]);
  enforcePolicy(schema, subgraph.policy);
  return schema;
}

/** Listens; the promise settles when requests can be answered. */
export async function serveSubgraph(options: ServerOptions): Promise<SubgraphServer> {
  const app = Fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: "idle" });
  const server = createApollo(options, app);
  await server.start();
  await app.register(fastifyApollo(server), {
    path: "/graphql",
    method: ["POST"],
    context: (request: FastifyRequest) => createContext(options, request),
  });
  app.get("/health", async () => ({ status: "up", subgraph: options.subgraph.name }));
  if (options.publicKeys !== undefined) app.get("/sharing-keys", async () => options.publicKeys);
  if (options.directory != null) openDirectory(app, options.directory);
  if (options.messages !== undefined) await app.register(routeOf(options.messages));
  const address = await app.listen({ host: options.host, port: options.port });
  return { url: `${address}/graphql`, close: () => stop(server, app) };
}

function openDirectory(app: FastifyInstance, door: DirectoryDoor): void {
  app.get("/directory-keys", async () => door.publicKeys);
  app.get("/directory", async (request, reply) => {
    const answer = await door.answer(request.headers.authorization);
    if (answer !== null) return reply.header("cache-control", "no-store").type("application/jwt").send(answer);
    return reply.code(401).send({ code: "UNAUTHENTICATED", message: "Expected the token of a subgraph that may ask for the directory." });
  });
}

/** In a scope of its own, where a body stays text. */
function routeOf({ path, receive }: Messages): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => done(null, body));
    scope.setErrorHandler<FastifyError>(async ({ statusCode }, _request, reply) => {
      const [status, code, message] = statusCode === 413 ? TOO_LARGE : MALFORMED;
      return reply.code(status).send({ code, message });
    });
    scope.post(path, async ({ headers, body }, reply) => {
      const answer = await receive({ headers, body: typeof body === "string" ? body : "" });
      return reply.code(answer.status).send(answer.body);
    });
  };
}

const TOO_LARGE = [413, "MESSAGE_TOO_LARGE", `Expected a message of ${BODY_LIMIT_BYTES} bytes at most, got a longer one.`] as const;
const MALFORMED = [400, "MESSAGE_MALFORMED", "Expected a message in JSON, got another."] as const;

function createApollo(options: ServerOptions, app: FastifyInstance): ApolloServer<SubgraphContext<unknown>> {
  return new ApolloServer<SubgraphContext<unknown>>({
    schema: buildSchema(options.subgraph),
    introspection: true,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => maskError(formatted, unwrapResolverError(error)),
    logger: options.log,
    plugins: [ApolloServerPluginLandingPageDisabled(), fastifyApolloDrainPlugin(app), reportErrors(options), finishTrails()],
  });
}

async function createContext(options: ServerOptions, request: FastifyRequest): Promise<SubgraphContext<unknown>> {
  const header = request.headers[CALLER_HEADER];
  const caller = await options.readCaller(Array.isArray(header) ? undefined : header);
  const { clock } = options;
  return options.open.createContext({ caller, clock, audit: options.audit.begin({ caller, clock, request: requestOf(request) }) });
}

const REQUEST_ID_HEADER = "x-request-id";

/** A client may have chosen the id, and put into it what it liked. */
function requestOf({ headers }: FastifyRequest): string | null {
  const id = headers[REQUEST_ID_HEADER];
  return typeof id === "string" && id !== "" ? hash("sha256", id, "base64url").slice(0, REQUEST_LETTERS) : null;
}

/** Enough to tell a day's requests of one professional from one another. */
const REQUEST_LETTERS = 12;

/** The truth about masked errors, for the operator: class and stack, never a value of a record. */
function reportErrors(options: ServerOptions): ApolloServerPlugin<SubgraphContext<unknown>> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, request }) {
          for (const error of errors) {
            const cause = error.originalError;
            if (cause === undefined || cause === null || "extensions" in cause) continue;
            const requestId = request.http?.headers.get("x-request-id") ?? null;
            const fault = cause instanceof SealError && { fault: cause.fault, message: cause.message };
            options.log.error({ requestId, path: error.path?.join("."), error: cause.name, ...fault, stack: cause.stack?.split("\n").slice(1, 6) });
          }
        },
      };
    },
  };
}

/** What came of the readings, when the answer is out. Its intent is durable, so nobody waits for this. */
function finishTrails(): ApolloServerPlugin<SubgraphContext<unknown>> {
  return {
    async requestDidStart() {
      return { willSendResponse: async ({ contextValue }) => void setImmediate(() => void contextValue.audit.finish()) };
    },
  };
}

async function stop(server: ApolloServer<SubgraphContext<unknown>>, app: FastifyInstance): Promise<void> {
  await server.stop();
  await app.close();
}
