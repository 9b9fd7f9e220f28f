// Tells what came of each fetch: to the health table, to the request's count, to whoever listens.
import { codeOf, type GatewayErrorCode } from "../../errors.ts";
import { publish } from "../../events.ts";
import type { Layer, SubgraphRequest } from "../send.ts";

/** `failure` is null when the subgraph gave a GraphQL response, whatever is in it. */
export type RecordOutcome = (request: SubgraphRequest, failure: GatewayErrorCode | null) => void;

export function withRecord(record: RecordOutcome): Layer {
  return (next) => async (request) => {
    // A subgraph that is not asked any more, because the time is up, has not failed.
    if (request.facts.signal.aborted) return next(request);
    const startedAt = performance.now();
    const tell = (failure: GatewayErrorCode | null): void => {
      record(request, failure);
      const durationMs = Math.round(performance.now() - startedAt);
      publish("fetch", { requestId: request.facts.requestId, subgraph: request.subgraph, durationMs, failure });
    };
    try {
      const answer = await next(request);
      tell(null);
      return answer;
    } catch (error) {
      tell(codeOf(error) ?? "INTERNAL_SERVER_ERROR");
      throw error;
    }
  };
}
