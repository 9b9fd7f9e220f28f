// How to talk to subgraphs. Everything is one function, `Send`, and layers that take one and give one.
import { createHttpSend, type HttpOptions } from "./http.ts";
import { withLocal, type LocalSubgraph } from "./local.ts";
import { withCaller, type TokenFor } from "./layers/caller.ts";
import { withDeadline } from "./layers/deadline.ts";
import { withDedupe } from "./layers/dedupe.ts";
import { withRecord, type RecordOutcome } from "./layers/record.ts";
import { withRequestId } from "./layers/request-id.ts";
import type { Send } from "./send.ts";

export { openDeadline, type Deadline } from "./layers/deadline.ts";
export { createLocalSubgraph, type ContextOf, type LocalRequest, type LocalResponse, type LocalSubgraph } from "./local.ts";
export { createHealth, type Health, type SubgraphHealth } from "./health.ts";
export type { Layer, RequestFacts, Send, SubgraphAnswer, SubgraphError, SubgraphRequest } from "./send.ts";

export interface TransportOptions extends HttpOptions {
  readonly tokenFor: TokenFor;
  /** Told of each attempt to ask a subgraph. */
  readonly record: RecordOutcome;
  /** Whether equal queries of one caller share a request while it is under way; `false` by default. */
  readonly dedupe?: boolean;
  /** Subgraphs of this process, by name; they need no address. */
  readonly local?: ReadonlyMap<string, LocalSubgraph>;
}

export interface Transport {
  readonly send: Send;
  close(): Promise<void>;
}

/**
 * A request passes from the outermost layer (first here) to the wire, its answer back. Whoever asks is counted and has
 * their own time; what is shared is only what comes after.
 */
export function createTransport(options: TransportOptions): Transport {
  const http = createHttpSend(options);
  const dedupe = options.dedupe === true ? [withDedupe] : [];
  const layers = [withRecord(options.record), withDeadline, ...dedupe, withRequestId, withCaller(options.tokenFor)];
  const wire = options.local === undefined ? http.send : withLocal(options.local, http.send);
  return { send: layers.reduceRight((next: Send, layer) => layer(next), wire), close: http.close };
}
