// What goes over the wire to subgraphs, seen where the HTTP client itself tells of it (`node:diagnostics_channel`): exact
// times and bytes, and nothing in the way of requests while nobody watches.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";

export interface WatchedFetch {
  /** More than one where they have one address. */
  readonly subgraph: string;
  /** Milliseconds of `performance.now()`. */
  readonly startedAt: number;
  /** Null where the answer did not end. */
  readonly endedAt: number | null;
  readonly bytesOut: number;
  /** Of the body, as it came. */
  readonly bytesIn: number;
  /** Representations; null for a fetch of root fields. */
  readonly entities: number | null;
  /** How many errors the answer has; null where it is no GraphQL response. */
  readonly errors: number | null;
}

/** `urls` are those of subgraphs by name. What returns ends the watching and gives what was seen, in the order of starts. */
export function watchFetches(urls: ReadonlyMap<string, string>): () => WatchedFetch[] {
  const seen = new Map<unknown, Seen>();
  const on = (name: string, hear: (message: Message) => void): (() => void) => {
    const listener = (message: unknown): void => hear(message as Message);
    subscribe(`undici:request:${name}`, listener);
    return () => void unsubscribe(`undici:request:${name}`, listener);
  };
  const endings = [
    on("create", ({ request }) => {
      const subgraph = subgraphOf(request, urls);
      const body = String(request.body ?? "");
      if (subgraph !== "" && !isProbe(body)) seen.set(request, { subgraph, body, startedAt: performance.now(), endedAt: null, encoding: "", chunks: [] });
    }),
    on("headers", ({ request, response }) => {
      const one = seen.get(request);
      if (one !== undefined) one.encoding = encodingOf(response?.headers ?? []);
    }),
    on("bodyChunkReceived", ({ request, chunk }) => void (chunk !== undefined && seen.get(request)?.chunks.push(chunk))),
    on("trailers", ({ request }) => {
      const one = seen.get(request);
      if (one !== undefined) one.endedAt = performance.now();
    }),
  ];
  return () => {
    endings.forEach((end) => end());
    return [...seen.values()].map(toFetch);
  };
}

/** Of what undici publishes, the parts that are read here. */
interface Message {
  readonly request: { readonly origin?: unknown; readonly path?: unknown; readonly body?: unknown };
  readonly response?: { readonly headers: readonly unknown[] | object };
  readonly chunk?: Buffer;
}

interface Seen {
  readonly subgraph: string;
  readonly body: string;
  readonly startedAt: number;
  endedAt: number | null;
  encoding: string;
  readonly chunks: Buffer[];
}

function subgraphOf({ origin, path }: Message["request"], urls: ReadonlyMap<string, string>): string {
  const names = [...urls].flatMap(([name, text]) => {
    const url = new URL(text);
    return url.origin === new URL(String(origin)).origin && `${url.pathname}${url.search}` === path ? [name] : [];
  });
  return names.join(" or ");
}

/** The gateway asks subgraphs now and then whether they are there. */
function isProbe(body: string): boolean {
  return body.includes('"{ __typename }"');
}

/** Names and values by turns, or by name as HTTP/2 has them. */
function encodingOf(headers: readonly unknown[] | object): string {
  const texts = (Array.isArray(headers) ? headers : Object.entries(headers).flat()).map(String);
  const at = texts.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === "content-encoding");
  return at < 0 ? "" : (texts[at + 1] ?? "");
}

function toFetch({ subgraph, body, startedAt, endedAt, encoding, chunks }: Seen): WatchedFetch {
  const received = Buffer.concat(chunks);
  return { subgraph, startedAt, endedAt, bytesOut: Buffer.byteLength(body), bytesIn: received.length, entities: countEntities(body), errors: countErrors(received, encoding) };
}

function countEntities(body: string): number | null {
  const { query, variables } = readRecord(body) ?? {};
  if (typeof query !== "string" || typeof variables !== "object" || variables === null) return null;
  const names = [...query.matchAll(/\$(\w+)\s*:\s*\[_Any!\]!/g)].map(([, name]) => name ?? "");
  const lists = Object.entries(variables).flatMap(([name, value]) => (names.includes(name) && Array.isArray(value) ? [value.length] : []));
  return lists.length === 0 ? null : lists.reduce((sum, length) => sum + length, 0);
}

function countErrors(received: Buffer, encoding: string): number | null {
  const answer = readRecord(decode(received, encoding));
  if (answer === null || !("data" in answer || "errors" in answer)) return null;
  return Array.isArray(answer["errors"]) ? answer["errors"].length : 0;
}

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = { gzip: gunzipSync, br: brotliDecompressSync, deflate: inflateSync, zstd: zstdDecompressSync };

function decode(received: Buffer, encoding: string): string {
  try {
    return (DECODERS[encoding.toLowerCase()]?.(received) ?? received).toString();
  } catch {
    return "";
  }
}

function readRecord(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
