// Equal queries of one caller that are under way at the same time are executed once, and their clients get the same bytes.
//
// What can change the bytes is what Apollo Server is handed, and who asks. So it is handed nothing but the parts of a
// key — no header that is not in it — and the key holds the body as it came, letter by letter. The request id is not a
// part of it: it comes back in a header that each reply has for itself.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { gatewayError } from "../errors.ts";
import { publish } from "../events.ts";
import { createFlights, type Flights } from "../flights.ts";
import { callerKey, type Gateway } from "../gateway.ts";
import { answerHttp, type Apollo, type GraphqlContext, type HttpAnswer, type HttpQuestion } from "./graphql.ts";
import { PREFLIGHTED } from "./request.ts";

export interface SharingOptions {
  readonly apollo: Apollo;
  /** Told when answers change for all who ask from then on. */
  readonly onSchema: Gateway["onSchema"];
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => Promise<GraphqlContext>;
  /** The body of a request as it came; null where there is none. */
  readonly textOf: (request: FastifyRequest) => string | null;
}

/** After the hooks that check a request, before the route that answers those which are not shared. */
export function registerSharing(scope: FastifyInstance, options: SharingOptions): void {
  const flights = createFlights<HttpAnswer>({ copy: (answer) => answer });
  const endTelling = options.onSchema(flights.seal);
  scope.addHook("onClose", async () => endTelling());
  scope.addHook("preHandler", async (request, reply) => {
    const question = readQuestion(request);
    if (question === null) return;
    const context = await options.contextOf(request, reply);
    const { status, headers, body } = await ask(flights, { question, context, text: options.textOf(request) ?? "", apollo: options.apollo });
    return reply.code(status).headers(headers).send(body);
  });
  scope.addHook("onSend", async (request) => {
    if (mayWrite(request)) flights.seal();
  });
}

/** What is asked, when it cannot but be a query that is answered whole; else null. */
function readQuestion(request: FastifyRequest): HttpQuestion | null {
  const { method, headers, body } = request;
  if (readDocument(request) === null || mayWrite(request)) return null;
  // Parts of an answer that leave one after the other belong to one connection.
  if (headers.accept?.toLowerCase().includes("multipart") === true) return null;
  return { method, search: searchOf(request), body, headers: readHeaders(request) };
}

/** The keyword has no other spelling: a document without it has no mutation. */
function mayWrite(request: FastifyRequest): boolean {
  return readDocument(request)?.includes("mutation") === true;
}

function readDocument(request: FastifyRequest): string | null {
  if (request.method === "GET") return new URLSearchParams(searchOf(request)).get("query");
  const { body } = request;
  if (request.method !== "POST" || typeof body !== "object" || body === null) return null;
  return "query" in body && typeof body.query === "string" ? body.query : null;
}

function searchOf({ url }: FastifyRequest): string {
  return url.includes("?") ? new URL(url, "http://gateway").search : "";
}

/** A header that answers come to depend on belongs here: those that are not here are not handed on. */
const ANSWER_HEADERS = ["accept", "content-type", ...PREFLIGHTED];

/** Whether there is an `authorization` matters to the guard against cross-site requests; what it says is the caller. */
function readHeaders({ headers }: FastifyRequest): Readonly<Record<string, string>> {
  const names = ANSWER_HEADERS.filter((name) => headers[name]);
  return Object.fromEntries(names.map((name) => [name, name === "authorization" ? "Bearer" : String(headers[name])]));
}

interface Asking {
  readonly question: HttpQuestion;
  readonly context: GraphqlContext;
  readonly text: string;
  readonly apollo: Apollo;
}

async function ask(flights: Flights<HttpAnswer>, { question, context, text, apollo }: Asking): Promise<HttpAnswer> {
  const { caller, requestId, signal, ...others } = context;
  // Fails to compile as soon as a context has more to it, which would belong into the key.
  const nothing: Record<string, never> = others;
  const { method, search, headers } = question;
  // JSON has no line break of its own, so that no two questions have one key.
  const key = `${JSON.stringify([method, search, headers, callerKey(caller), nothing])}\n${text}`;
  const passenger = { id: requestId, signal, joined: (leader: string) => publish("join", { requestId, leader, subgraph: null }) };
  try {
    return await flights.share({ key, passenger, start: (flying) => answerHttp(apollo, question, { ...context, signal: flying }) });
  } catch (error) {
    throw signal.aborted ? gatewayError("REQUEST_CANCELLED") : error;
  }
}
