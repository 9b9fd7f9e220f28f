// Clients that send what only the gateway, or one subgraph to another, may say. No header of a client's goes further, so that
// nothing comes of it; but whoever sends one tries something, and is told of.
import { publish } from "../events.ts";

export type TellForgery = (requestId: string, headers: Readonly<Record<string, unknown>>) => void;

/** `guarded`: names of headers, in lower case. */
export function createForgeryWatch(guarded: readonly string[]): TellForgery {
  let count = 0;
  return (requestId, headers) => {
    const sent = guarded.filter((name) => headers[name] !== undefined);
    if (sent.length > 0) publish("forgery", { requestId, headers: sent, count: ++count });
  };
}
