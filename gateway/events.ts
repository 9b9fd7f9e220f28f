// What the gateway tells whoever listens: one channel of node:diagnostics_channel an event. Publishing costs nothing
// while nobody listens, and no module knows who does. Facts hold ids, names and figures only: never a variable, a
// token, a document or a value of an answer.
import { channel, type Channel, subscribe, unsubscribe } from "node:diagnostics_channel";

export interface GatewayEvents {
  /** An operation was answered. */
  readonly request: {
    readonly requestId: string;
    readonly operationName: string | null;
    /** Of the operation's text; null when none could be chosen from the document. */
    readonly fingerprint: string | null;
    readonly durationMs: number;
    readonly fetches: number;
    /** Each code once. */
    readonly errorCodes: readonly string[];
  };
  /** A request was turned away before it was executed: not well-formed, not allowed, not valid against the schema. */
  readonly refusal: { readonly requestId: string; readonly status: number; readonly code: string };
  /** A client sent headers that are not for clients to send; they were dropped. Names only; `count` is of such requests since the start. */
  readonly forgery: { readonly requestId: string; readonly headers: readonly string[]; readonly count: number };
  /** A subgraph was asked. */
  readonly fetch: {
    readonly requestId: string;
    readonly subgraph: string;
    readonly durationMs: number;
    /** The code of the failure, or null when a GraphQL response came back. */
    readonly failure: string | null;
  };
  /** An operation was planned, or could not be; what was planned before is found in a cache and told by its figures. */
  readonly plan: {
    readonly fingerprint: string;
    readonly durationMs: number;
    /** The code of the failure, or null. */
    readonly failure: string | null;
    /** Since the supergraph was loaded: plans kept, their bytes as JSON, failures kept, and how often which was found. */
    readonly cache: Readonly<Record<"plans" | "bytes" | "failures" | "hits" | "failureHits" | "misses", number>>;
  };
  /** A request was answered with what an equal one of the same caller had begun; of `leader` the subgraph's log speaks, if any. */
  readonly join: {
    readonly requestId: string;
    /** The id of the request that began it. */
    readonly leader: string;
    /** Null for an operation as a whole. */
    readonly subgraph: string | null;
  };
  /** A query was run where runs are kept: with the answers of the last run or with others, or of which none is kept; `rests`: too often in vain. */
  readonly replay: { readonly requestId: string; readonly outcome: "same" | "different" | "unknown" | "rests" };
  /** A subgraph came up or went down. */
  readonly subgraph: { readonly name: string; readonly up: boolean; readonly code: string | null };
  /** A changed supergraph was taken up, or could not be; `reason` speaks of the file and its schema. */
  readonly supergraph: {
    readonly outcome: "served" | "refused";
    /** Names of those that are asked from now on. */
    readonly subgraphs: readonly string[];
    readonly code: string | null;
    readonly reason: string | null;
  };
  /** Something that must not happen did: the name of the error and where, without its message. */
  readonly fault: { readonly requestId: string | null; readonly error: string; readonly frames: readonly string[] };
}

export type GatewayEventName = keyof GatewayEvents;

/** Looked up once: by name it costs as much as all else that publishing does. */
const CHANNELS: Readonly<Record<GatewayEventName, Channel>> = {
  request: channel(channelName("request")),
  refusal: channel(channelName("refusal")),
  forgery: channel(channelName("forgery")),
  plan: channel(channelName("plan")),
  fetch: channel(channelName("fetch")),
  join: channel(channelName("join")),
  replay: channel(channelName("replay")),
  supergraph: channel(channelName("supergraph")),
  subgraph: channel(channelName("subgraph")),
  fault: channel(channelName("fault")),
};

export function publish<Name extends GatewayEventName>(name: Name, facts: GatewayEvents[Name]): void {
  CHANNELS[name].publish(facts);
}

/** A mistake of ours or of a library: its message may quote data, so only its class and place are told. */
export function publishFault(requestId: string | null, error: unknown): void {
  const { name, stack = "" } = error instanceof Error ? error : new Error();
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  publish("fault", { requestId, error: name, frames: frames.slice(0, 6).map((line) => line.trim()) });
}

/** Returns what ends the listening. */
export function listen<Name extends GatewayEventName>(name: Name, hear: (facts: GatewayEvents[Name]) => void): () => void {
  const listener = (facts: unknown): void => hear(facts as GatewayEvents[Name]);
  subscribe(channelName(name), listener);
  return () => void unsubscribe(channelName(name), listener);
}

function channelName(name: GatewayEventName): string {
  return `gateway:${name}`;
}
