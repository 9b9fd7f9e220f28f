// One deadline for a client request and all its fetches: what has not come by then is missing from the answer, each part
// with its own error. A limit a fetch would let a chain of slow fetches take any time.
import { gatewayError } from "../../errors.ts";
import type { Send, SubgraphRequest } from "../send.ts";

export interface Deadline {
  readonly signal: AbortSignal;
  /** To be called when the request is answered. */
  close(): void;
}

/** `leaving` is aborted when the client leaves. */
export function openDeadline(limitMs: number, leaving: AbortSignal): Deadline {
  const controller = new AbortController();
  const leave = (): void => controller.abort(LEFT);
  const timer = setTimeout(() => controller.abort(PASSED), limitMs);
  leaving.addEventListener("abort", leave, { once: true });
  if (leaving.aborted) leave();
  return {
    signal: controller.signal,
    close: () => {
      clearTimeout(timer);
      leaving.removeEventListener("abort", leave);
    },
  };
}

const PASSED = new Error("The deadline has passed.");
const LEFT = new Error("The client has left.");

export function withDeadline(next: Send): Send {
  return async (request) => {
    if (request.facts.signal.aborted) throw interrupted(request);
    try {
      return await next(request);
    } catch (error) {
      throw request.facts.signal.aborted ? interrupted(request) : error;
    }
  };
}

function interrupted({ subgraph, facts }: SubgraphRequest): Error {
  const extensions = { serviceName: subgraph };
  if (facts.signal.reason === LEFT) return gatewayError("REQUEST_CANCELLED", {}, { extensions });
  return gatewayError("GATEWAY_TIMEOUT", { service: subgraph }, { extensions });
}
