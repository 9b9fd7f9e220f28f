// GraphQL over HTTP to a subgraph: one POST, and whatever comes back is either a GraphQL response or one clean error.
import { Pool, type Dispatcher } from "undici";

import { codeOf, gatewayError, systemCodeOf } from "../errors.ts";
import { decodeBody, ExpectedAnswer, readAnswer } from "./answer.ts";
import { createBody } from "./body.ts";
import { ACCEPTED_ENCODINGS, decompress, readEncoding, Unreadable } from "./compression.ts";
import { bodyOf, type Send, type SubgraphAnswer, type SubgraphRequest } from "./send.ts";

export interface HttpOptions {
  /** Subgraph name → where it answers. */
  readonly urls: ReadonlyMap<string, string>;
  /** The most bytes of one answer, compressed and not. */
  readonly responseLimit: number;
  /** The most connections to one address; any number by default. */
  readonly connections?: number;
  /** The subgraphs that are asked for compressed answers; none by default. */
  readonly compressed?: ReadonlySet<string>;
  /** The most that a subgraph may take for the head of an answer, and between two parts of its body. */
  readonly silenceMs: number;
}

const CONNECT_TIMEOUT_MS = 2_000;
const HEADERS = {
  accept: "application/graphql-response+json, application/json;q=0.9",
  "content-type": "application/json",
};
const COMPRESSED_HEADERS = { ...HEADERS, "accept-encoding": ACCEPTED_ENCODINGS };
/** Statuses whose body is a GraphQL response: 400 and 422 are what a server says about the operation itself. */
const RESPONSE_STATUSES: ReadonlySet<number> = new Set([200, 400, 422]);

export function createHttpSend(options: HttpOptions): { readonly send: Send; close(): Promise<void> } {
  const targets = new Map([...options.urls].map(([name, url]): [string, Target] => [name, readTarget(name, url, options)]));
  const pools = new Map<string, Pool>();
  const poolOf = (origin: string): Pool => {
    const pool = pools.get(origin) ?? openPool(origin, options);
    pools.set(origin, pool);
    return pool;
  };
  return {
    send: async (request) => {
      const target = targets.get(request.subgraph);
      if (target === undefined) throw new RangeError(`Expected a subgraph with an address, got ${request.subgraph}.`);
      return post(poolOf(target.url.origin), target, request);
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

/** One subgraph. */
interface Target {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly responseLimit: number;
}

function readTarget(name: string, url: string, { responseLimit, compressed }: HttpOptions): Target {
  return { url: new URL(url), headers: compressed?.has(name) === true ? COMPRESSED_HEADERS : HEADERS, responseLimit };
}

/** Over TLS, HTTP/2 is spoken where the subgraph offers it: many requests on one connection. */
function openPool(origin: string, { responseLimit, silenceMs, connections }: HttpOptions): Pool {
  return new Pool(origin, {
    connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, silenceMs), preferH2: true },
    allowH2: true,
    ...(connections !== undefined && { connections }),
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    maxResponseSize: responseLimit,
  });
}

async function post(pool: Pool, target: Target, request: SubgraphRequest): Promise<SubgraphAnswer> {
  const { subgraph: service, expected } = request;
  const { url } = target;
  const { status, bytes } = await exchange(pool, target, request);
  if (bytes === null) throw refused(service, status);
  if (bytes === expected) return new ExpectedAnswer(bytes, url);
  const answer = readAnswer(decodeBody(bytes), url);
  if (typeof answer !== "string") return { ...answer, bytes };
  throw status === 200 ? malformed(service, answer) : refused(service, status);
}

interface Reply {
  readonly status: number;
  /** Null for a status whose body is no GraphQL response. */
  readonly bytes: Buffer | null;
}

/** By undici's own interface, because the stream that `request` makes of each body costs about as much as all the rest. */
function exchange(pool: Pool, { url, headers: own, responseLimit }: Target, request: SubgraphRequest): Promise<Reply> {
  const { subgraph, headers, facts } = request;
  return new Promise((resolve, reject) => {
    const reader = createReader({ expected: request.expected, limit: responseLimit }, (outcome, status) => {
      facts.signal.removeEventListener("abort", reader.leave);
      if (outcome === null || Buffer.isBuffer(outcome)) return resolve({ status, bytes: outcome });
      const failure = failed(subgraph, outcome);
      reject(status !== 0 && codeOf(failure) === "DOWNSTREAM_SERVICE_ERROR" ? malformed(subgraph, "it broke off") : failure);
    });
    facts.signal.addEventListener("abort", reader.leave, { once: true });
    if (facts.signal.aborted) return reader.leave();
    pool.dispatch({ method: "POST", path: `${url.pathname}${url.search}`, headers: { ...own, ...headers }, body: bodyOf(request) }, reader.handler);
  });
}

interface Reader {
  readonly handler: Dispatcher.DispatchHandler;
  /** Gives up, whether or not the request has left yet. */
  leave(): void;
}

/** So much of a refusal is read, which is of no interest, because its connection can be used again when it has ended. */
const REFUSAL_LIMIT = 16_384;
const LEFT = new Error("Nobody waits for the answer any more.");

interface Expectation {
  readonly expected: Buffer | undefined;
  /** Of bytes, after decompression. */
  readonly limit: number;
}

/** `done` is told once: the body, null for one that is of no interest, or what went wrong; and the status, 0 before there is one. */
function createReader({ expected, limit }: Expectation, done: (outcome: Buffer | Error | null, status: number) => void): Reader {
  const body = createBody(expected);
  let [status, bytes] = [0, 0];
  let controller: Dispatcher.DispatchController | null = null;
  let encoding: string | null = null;
  let isOver = false;
  const finish = (outcome: Buffer | Error | null): void => {
    if (!isOver) done(outcome, status);
    isOver = true;
  };
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: (started) => {
      controller = started;
      // To abort what has waited for a connection would end the connection as well.
      if (isOver) throw LEFT;
    },
    // A status below 200 announces another.
    onResponseStart: (_, received, headers) => {
      status = received < 200 ? 0 : received;
      encoding = readEncoding(headers["content-encoding"]);
    },
    onResponseData: (reading, chunk) => {
      bytes += chunk.length;
      if (RESPONSE_STATUSES.has(status)) body.add(chunk);
      else if (bytes > REFUSAL_LIMIT) (finish(null), reading.abort(LEFT));
    },
    onResponseEnd: () => {
      controller = null;
      if (!RESPONSE_STATUSES.has(status)) finish(null);
      else if (encoding === null) finish(body.end());
      else void decompress(body.end(), encoding, limit).then((plain) => finish(expected?.equals(plain) === true ? expected : plain), finish);
    },
    onResponseError: (_, error) => finish(RESPONSE_STATUSES.has(status) || status === 0 ? error : null),
  };
  return { handler, leave: () => (finish(LEFT), controller?.abort(LEFT)) };
}

/** Codes by undici: what a slow, an over-large and a broken answer are. Everything else could not be reached. */
function failed(service: string, error: unknown): Error {
  if (error instanceof Unreadable) return malformed(service, error.message);
  const code = systemCodeOf(error);
  const extensions = { serviceName: service };
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") return gatewayError("GATEWAY_TIMEOUT", { service }, { extensions });
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return malformed(service, "it is too large");
  if (code !== null && /^(HPE_|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)/.test(code)) return malformed(service, "it is not HTTP");
  return gatewayError("DOWNSTREAM_SERVICE_ERROR", { service }, { extensions });
}

function refused(service: string, status: number): Error {
  return gatewayError("SUBREQUEST_HTTP_ERROR", { service, status }, { extensions: { serviceName: service, status } });
}

function malformed(service: string, detail: string): Error {
  return gatewayError("SUBREQUEST_MALFORMED_RESPONSE", { service, detail }, { extensions: { serviceName: service } });
}
