// One subgraph and a transport to it, for tests of what goes over the wire.
import { expect } from "@jest/globals";

import { ANONYMOUS } from "../../../gateway/gateway.ts";
import { createTransport, openDeadline, type SubgraphAnswer, type Transport, type TransportOptions } from "../../../gateway/transport/transport.ts";

export interface Asking {
  readonly transport: Transport;
  ask(options?: { readonly query?: string; readonly signal?: AbortSignal; readonly deadlineMs?: number }): Promise<SubgraphAnswer>;
}

/** Asks the subgraph `one`. */
export function openAsking(url: string, options: Partial<TransportOptions> = {}): Asking {
  const transport = createTransport({
    urls: new Map([["one", url]]),
    responseLimit: 100_000,
    silenceMs: 1_000,
    tokenFor: async () => null,
    record: () => undefined,
    ...options,
  });
  return {
    transport,
    ask: async ({ query = "{ a }", signal = new AbortController().signal, deadlineMs = 5_000 } = {}) => {
      const deadline = openDeadline(deadlineMs, signal);
      const facts = { caller: ANONYMOUS, requestId: "r", signal: deadline.signal };
      try {
        const { data, errors } = await transport.send({ subgraph: "one", query, operationName: null, variables: {}, headers: {}, facts });
        return { data, errors };
      } finally {
        deadline.close();
      }
    },
  };
}

/** What a failure is to say. */
export function failure(code: string, detail = ""): object {
  return { message: expect.stringContaining(detail), extensions: { code, serviceName: "one" } };
}
