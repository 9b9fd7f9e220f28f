// GraphQL over HTTP to a subgraph: one POST, and whatever comes back is either a GraphQL response or one clean error.
import { Pool, type Dispatcher } from "undici";

import { codeOf, gatewayError, systemCodeOf } from "../errors.ts";
import { readAnswer } from "./answer.ts";
import type { Send, SubgraphAnswer, SubgraphRequest } from "./send.ts";

export interface HttpOptions {
  /** Subgraph name → where it answers. */
  readonly urls: ReadonlyMap<string, string>;
  /** The most bytes of one answer. */
  readonly responseLimit: number;
  /** The most that a subgraph may take for the head of an answer, and between two parts of its body. */
  readonly silenceMs: number;
}

const CONNECT_TIMEOUT_MS = 2_000;
const HEADERS = {
  accept: "application/graphql-response+json, application/json;q=0.9",
  "content-type": "application/json",
};
/** Statuses whose body is a GraphQL response: 400 and 422 are what a server says about the operation itself. */
const RESPONSE_STATUSES: ReadonlySet<number> = new Set([200, 400, 422]);

export function createHttpSend(options: HttpOptions): { readonly send: Send; close(): Promise<void> } {
  const urls = new Map([...options.urls].map(([name, url]): [string, URL] => [name, new URL(url)]));
  const pools = new Map<string, Pool>();
  const poolOf = (origin: string): Pool => {
    const pool = pools.get(origin) ?? openPool(origin, options);
    pools.set(origin, pool);
    return pool;
  };
  return {
    send: async (request) => {
      const url = urls.get(request.subgraph);
      if (url === undefined) throw new RangeError(`Expected a subgraph with an address, got ${request.subgraph}.`);
      return post(poolOf(url.origin), url, request);
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

function openPool(origin: string, { responseLimit, silenceMs }: HttpOptions): Pool {
  return new Pool(origin, {
    connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, silenceMs) },
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    maxResponseSize: responseLimit,
  });
}

async function post(pool: Pool, url: URL, request: SubgraphRequest): Promise<SubgraphAnswer> {
  const { subgraph: service, query, variables, operationName } = request;
  const response = await open(pool, url, { request, body: JSON.stringify({ query, variables, ...(operationName !== null && { operationName }) }) });
  const { statusCode: status, body } = response;
  const refused = () => gatewayError("SUBREQUEST_HTTP_ERROR", { service, status }, { extensions: { serviceName: service, status } });
  if (!RESPONSE_STATUSES.has(status)) {
    // The rest of a refusal is of no interest; reading a little of it keeps the connection for the next request.
    await body.dump({ limit: 16_384 }).catch(() => undefined);
    throw refused();
  }
  const text = await body.text().catch((error: unknown) => {
    const failure = failed(service, error);
    throw codeOf(failure) === "DOWNSTREAM_SERVICE_ERROR" ? malformed(service, "it broke off") : failure;
  });
  const answer = readAnswer(text, url);
  if (typeof answer !== "string") return answer;
  throw status === 200 ? malformed(service, answer) : refused();
}

async function open(pool: Pool, url: URL, { request, body }: { readonly request: SubgraphRequest; readonly body: string }): Promise<Dispatcher.ResponseData> {
  try {
    return await pool.request({
      method: "POST",
      path: `${url.pathname}${url.search}`,
      headers: { ...HEADERS, ...request.headers },
      body,
      signal: request.facts.signal,
    });
  } catch (error) {
    throw failed(request.subgraph, error);
  }
}

/** Codes by undici: what a slow, an over-large and a broken answer are. Everything else could not be reached. */
function failed(service: string, error: unknown): Error {
  const code = systemCodeOf(error);
  const extensions = { serviceName: service };
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") return gatewayError("GATEWAY_TIMEOUT", { service }, { extensions });
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return malformed(service, "it is too large");
  if (code !== null && /^(HPE_|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)/.test(code)) return malformed(service, "it is not HTTP");
  return gatewayError("DOWNSTREAM_SERVICE_ERROR", { service }, { extensions });
}

function malformed(service: string, detail: string): Error {
  return gatewayError("SUBREQUEST_MALFORMED_RESPONSE", { service, detail }, { extensions: { serviceName: service } });
}
