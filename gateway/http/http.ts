// The gateway's HTTP face: GraphQL at /graphql, probes under /health, the caller keys, and the playground at /.
import cors from "@fastify/cors";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

import type { GatewayConfig, GetConfig } from "../config.ts";
import { codeOf, gatewayError } from "../errors.ts";
import { publish, publishFault } from "../events.ts";
import type { Caller, Gateway, GatewayFace } from "../gateway.ts";
import { createForgeryWatch, type TellForgery } from "./forgery.ts";
import { answerHttp, createApollo, type Apollo, type Ask, type GraphqlContext } from "./graphql.ts";
import { chooseType } from "./media-type.ts";
import { answerInParts, readPartsForm } from "./multipart.ts";
import { registerPlayground } from "./playground/playground.ts";
import { registerProbes } from "./probes.ts";
import { readAsked, readQuestion } from "./question.ts";
import { printRefusal } from "./refusal.ts";
import { assertAddress, assertHead, assertMethod, readRequestId, readText } from "./request.ts";
import { createSharing } from "./sharing.ts";

export type HttpConfig = Pick<
  GatewayConfig,
  | "host" | "port" | "bodyLimit" | "requestTimeoutMs" | "corsOrigins" | "guardedHeaders"
  | "introspection" | "schemaHints" | "secretPattern" | "get" | "dedupe" | "playground"
>;

export interface HttpOptions {
  readonly gateway: Gateway;
  readonly config: HttpConfig;
}

export interface HttpServer {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** From now on /health/ready answers 503, so that a load balancer looks elsewhere; requests are still answered. */
  drain(): void;
  /** Stops listening, waits for the answers under way (10 s at most), and settles when all is closed. */
  close(): Promise<void>;
}

export const GRAPHQL_PATH = "/graphql";
const PLAYGROUND_PATH = "/";

const REQUEST_ID_HEADER = "x-request-id";
/** How long a client may take to send its request, and to take any next part of its answer once there is one. */
const SLOW_CLIENT_MS = 30_000;
const UNSERVED_METHODS = ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/** Listens; settles when requests can be answered. Throws PORT_IN_USE or SETTING_INVALID. */
export async function startHttp({ gateway, config }: HttpOptions): Promise<HttpServer> {
  const state = { draining: false };
  const app = createApp(config, state);
  const tellForgery = createForgeryWatch(config.guardedHeaders);
  const { introspection, schemaHints, secretPattern } = config;
  const shown = { introspection, schemaHints, secretPattern };
  const open = async ([path, face]: [string, GatewayFace]) => ({ path, face, apollo: await createApollo({ ...shown, gateway: face, app }) });
  const faces = await Promise.all(facesOf(gateway).map(open));
  const close = async (): Promise<void> => {
    state.draining = true;
    await Promise.all(faces.map(({ apollo }) => apollo.stop()));
  };
  try {
    if (config.corsOrigins.length > 0) await registerCors(app, config.corsOrigins);
    for (const face of faces) await app.register((scope) => registerGraphql(scope, { ...face, tellForgery, secretPattern, get: config.get, isShared: config.dedupe.inbound }));
    registerProbes(app, gateway, state);
    if (config.playground.enabled) registerPlayground(app, { ...config.playground, path: PLAYGROUND_PATH, endpoint: GRAPHQL_PATH });
    return { url: await listen(app, config), drain: () => void (state.draining = true), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function createApp({ bodyLimit, requestTimeoutMs, secretPattern }: HttpConfig, state: { readonly draining: boolean }): FastifyInstance {
  const app = Fastify({
    bodyLimit,
    exposeHeadRoutes: false,
    forceCloseConnections: "idle",
    genReqId: (request) => readRequestId(request.headers[REQUEST_ID_HEADER], secretPattern),
    requestTimeout: SLOW_CLIENT_MS,
    connectionTimeout: requestTimeoutMs + SLOW_CLIENT_MS,
    frameworkErrors: (error, request, reply) => void refuse(request, reply, translate(error, bodyLimit)),
    // While closing, requests on connections that are still open are answered and their connections ended.
    return503OnClosing: false,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_request: FastifyRequest, body: Buffer) => readText(body));
  app.addHook("onRequest", (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id).header("x-content-type-options", "nosniff");
    done();
  });
  // An answer under way when the server closes would else leave its connection open, and closing would wait for the client.
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (state.draining) reply.header("connection", "close");
    done(null, payload);
  });
  app.setNotFoundHandler((request, reply) => refuse(request, reply, gatewayError("NOT_FOUND", { path: GRAPHQL_PATH })));
  app.setErrorHandler((error, request, reply) => {
    const known = translate(error, bodyLimit);
    if (codeOf(known) === null) publishFault(request.id, known);
    return refuse(request, reply, known);
  });
  return app;
}

/** Path → what is served there: the whole, and each contract in a path of its own. */
function facesOf(gateway: Gateway): [string, GatewayFace][] {
  return [[GRAPHQL_PATH, gateway], ...[...gateway.contracts].map(([name, face]): [string, GatewayFace] => [`${GRAPHQL_PATH}/${name}`, face])];
}

interface GraphqlRoute {
  readonly path: string;
  readonly face: GatewayFace;
  readonly apollo: Apollo;
  readonly tellForgery: TellForgery;
  readonly secretPattern: RegExp | null;
  readonly get: GetConfig;
  readonly isShared: boolean;
}

/** In the order of a request's way: head, who asks, and — the body being read by then — what is asked. */
async function registerGraphql(scope: FastifyInstance, { path, face, apollo, tellForgery, secretPattern, get, isShared }: GraphqlRoute): Promise<void> {
  scope.decorateRequest("caller", null);
  scope.addHook("onRequest", async (request, reply) => {
    // Answers are made for one caller; no cache on the way may keep them.
    reply.header("cache-control", "no-store");
    if (UNSERVED_METHODS.includes(request.method)) return;
    tellForgery(request.id, request.headers);
    assertHead(request.method, request.headers);
    assertMethod(request.method, request.headers, get);
    assertAddress(request.url, request.headers, secretPattern);
    request.setDecorator("caller", await face.authenticate(request.headers));
  });
  const ask = isShared ? share(scope, face, apollo) : answerEach(apollo);
  scope.route({
    method: ["GET", "POST"],
    url: path,
    // Not `reply.send`, whose result an asynchronous function would wait for, by nine listeners on the response.
    handler: async (request, reply) => {
      const question = readQuestion(request);
      const context = createContext(request, reply);
      const form = readPartsForm(question);
      const { status, headers, body } = await (form === null ? ask(question, context) : answerInParts(apollo, form, { question, context }));
      reply.code(status).headers(headers);
      return body;
    },
  });
  scope.route({ method: UNSERVED_METHODS, url: path, handler: refuseMethod });
}

function answerEach(apollo: Apollo): Ask {
  return (question, context) => answerHttp(apollo, { question, body: readAsked(question).body, context });
}

function share(scope: FastifyInstance, face: GatewayFace, apollo: Apollo): Ask {
  const sharing = createSharing(apollo);
  // From then on answers are others for all who ask.
  const endTelling = face.onSchema(sharing.seal);
  scope.addHook("onClose", async () => endTelling());
  return sharing.ask;
}

function createContext(request: FastifyRequest, reply: FastifyReply): GraphqlContext {
  const left = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) left.abort();
  });
  return { caller: request.getDecorator<Caller>("caller"), requestId: request.id, signal: left.signal };
}

async function refuseMethod(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header("allow", "GET, POST");
  await refuse(request, reply, gatewayError("METHOD_NOT_ALLOWED", { expected: "GET or POST", method: request.method }));
}

function refuse(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const { status, code, headers, body } = printRefusal(error, chooseType(request.headers.accept));
  publish("refusal", { requestId: request.id, status, code });
  return reply.code(status).headers(headers).send(body);
}

/** Fastify's own complaints → the table's codes. */
function translate(error: unknown, bodyLimit: number): unknown {
  switch (readCode(error)) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return gatewayError("BODY_TOO_LARGE", { limit: bodyLimit });
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return gatewayError("UNSUPPORTED_MEDIA_TYPE", { expected: "`content-type: application/json`" });
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return gatewayError("BAD_REQUEST", { expected: "a body as long as its `content-length` says" });
    case "ECONNRESET":
      return gatewayError("REQUEST_CANCELLED");
    case "FST_ERR_BAD_URL":
      return gatewayError("BAD_REQUEST", { expected: "a valid URL" });
    default:
      return error;
  }
}

async function registerCors(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  await app.register(cors, {
    origin: origins.includes("*") ? "*" : [...origins],
    methods: ["GET", "POST"],
    exposedHeaders: [REQUEST_ID_HEADER],
    strictPreflight: false,
    maxAge: 600,
  });
}

async function listen(app: FastifyInstance, { host, port }: HttpConfig): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    switch (readCode(error)) {
      case "EADDRINUSE":
        throw gatewayError("PORT_IN_USE", { host, port });
      case "EACCES":
        throw gatewayError("SETTING_INVALID", { name: "GATEWAY_PORT", expected: "a port that this user may open", value: port });
      case "EADDRNOTAVAIL":
      case "ENOTFOUND":
        throw gatewayError("SETTING_INVALID", { name: "GATEWAY_HOST", expected: "an address of this machine", value: host });
      default:
        throw error;
    }
  }
}

function readCode(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}
