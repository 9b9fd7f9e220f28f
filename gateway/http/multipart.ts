// Answers in parts over HTTP, for clients that say in `Accept` which form they read:
//
//   multipart/mixed;deferSpec=20220824       Apollo Router's, Apollo Client 3 and 4, Apollo Kotlin and iOS
//   multipart/mixed;incrementalSpec=v0.2     that of graphql-js 17, Apollo Client 4, urql, Apollo Kotlin
//
// Apollo Server answers with the first part as if it were the whole, so that its checks and statuses hold here too; what
// comes later goes past it. Each part ends with the boundary of the next one, because clients read up to there.
import { Readable } from "node:stream";

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLFormattedError } from "graphql";

import type { Delivery, LaterParts, PendingPart } from "../gateway.ts";
import { answerHttp, type Apollo, type GraphqlContext, type HttpQuestion, type PartsContext } from "./graphql.ts";
import { choosePartsForm, type PartsForm } from "./media-type.ts";

export interface MultipartOptions {
  readonly apollo: Apollo;
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => Promise<GraphqlContext>;
}

/** After the hooks that check a request, before the route that answers those which are whole. */
export function registerMultipart(scope: FastifyInstance, options: MultipartOptions): void {
  // With a callback: who returns a reply from an async hook waits for its last byte, and fails when the client leaves.
  scope.addHook("preHandler", (request, reply, done) => {
    const form = choosePartsForm(request.headers.accept);
    if (form === null || !mayDefer(request)) return done();
    answer(options, form, { request, reply }).catch(done);
  });
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function answer({ apollo, contextOf }: MultipartOptions, form: PartsForm, { request, reply }: Exchange): Promise<void> {
  const came: LaterParts[] = [];
  const context: PartsContext = { ...(await contextOf(request, reply)), takeLater: (later) => void came.push(later) };
  const { status, headers, body } = await answerHttp(apollo, questionOf(request), context);
  const [later] = came;
  reply.code(status).headers(headers);
  if (later === undefined) return void reply.send(body);
  const type = `multipart/mixed; boundary="-"; ${form === "v0.2" ? "incrementalSpec=v0.2" : "deferSpec=20220824"}`;
  return void reply.header("content-type", type).send(Readable.from(printParts(form, body.toString(), later)));
}

/** The directive's name has no other spelling: a document without it defers nothing. */
function mayDefer({ method, body, url }: FastifyRequest): boolean {
  const query = method === "GET" ? new URL(url, "http://gateway").searchParams.get("query") : readQuery(body);
  return query?.includes("defer") === true;
}

function readQuery(body: unknown): string | null {
  return typeof body === "object" && body !== null && "query" in body && typeof body.query === "string" ? body.query : null;
}

function questionOf({ method, url, headers, body }: FastifyRequest): HttpQuestion {
  const named = Object.entries(headers).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
  return { method, search: new URL(url, "http://gateway").search, headers: Object.fromEntries(named), body };
}

const BOUNDARY = "\r\n---";
const HEAD = "\r\ncontent-type: application/json; charset=utf-8\r\n\r\n";

/** `first` is the body that a client without parts would get. */
async function* printParts(form: PartsForm, first: string, { pending, deliveries }: LaterParts): AsyncGenerator<string> {
  const announced = form === "v0.2" ? `,"pending":${printPending(pending)}` : "";
  yield `${BOUNDARY}${HEAD}${first.trimEnd().slice(0, -1)}${announced},"hasNext":true}${BOUNDARY}`;
  for await (const delivery of deliveries) {
    const members = form === "v0.2" ? printIncrements(delivery) : printPatches(delivery);
    if (members.length === 0 && delivery.hasNext) continue;
    yield `${HEAD}{${[...members, `"hasNext":${String(delivery.hasNext)}`].join(",")}}${BOUNDARY}${delivery.hasNext ? "" : "--\r\n"}`;
  }
}

/** By path. What became null in the meantime has no place any more. */
function printPatches({ parts }: Delivery): string[] {
  const patches = parts.filter(({ gone }) => !gone).map(({ data, path, label, errors }) => {
    const head = `{"path":${JSON.stringify(path)}${label === null ? "" : `,"label":${JSON.stringify(label)}`}`;
    return `${head},"data":${data?.text ?? "null"}${printErrors(errors)}}`;
  });
  return printList("incremental", patches);
}

/** By id; a part without data ends with its errors. */
function printIncrements({ parts, pending }: Delivery): string[] {
  const incremental = parts.flatMap(({ id, data, errors }) => (data === null ? [] : [`{"id":"${id}","data":${data.text}${printErrors(errors)}}`]));
  const completed = parts.map(({ id, data, errors }) => `{"id":"${id}"${data === null ? printErrors(errors) : ""}}`);
  const announced = pending.length === 0 ? [] : [`"pending":${printPending(pending)}`];
  return [...announced, ...printList("incremental", incremental), ...printList("completed", completed)];
}

function printPending(pending: readonly PendingPart[]): string {
  return JSON.stringify(pending.map(({ id, path, label }) => ({ id, path, ...(label !== null && { label }) })));
}

function printErrors(errors: readonly GraphQLFormattedError[]): string {
  return errors.length === 0 ? "" : `,"errors":${JSON.stringify(errors)}`;
}

function printList(name: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`"${name}":[${items.join(",")}]`];
}
