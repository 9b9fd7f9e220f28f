// What happened, for the operator: JSON lines on standard output. Nobody imports this but the entry point; everybody
// else publishes events. A line holds ids, names, figures and codes; variables, tokens and documents never reach it.
import pino from "pino";

import { listen } from "../events.ts";

export type Log = pino.Logger;

const MAX_NAME_LENGTH = 100;

/** `level` is `silent`, `error`, `warn`, `info` or `debug`. */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  const options = { level, base: { name: "gateway" } };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * One line an event: requests, refusals, plans and subgraphs at `info`, fetches and replays at `debug`, fetches that fail
 * and forgeries at `warn`, what joins a request or a fetch like it, faults at `error`. Returns what ends it. A name that a client gave its
 * operation is the only text of theirs in a line; what `secrets` matches in it is left out.
 */
export function logEvents(log: Log, secrets: RegExp | null = null): () => void {
  const shown = (name: string | null): string | null => {
    const said = secrets === null ? name : name?.replace(secrets, "[…]");
    return said?.slice(0, MAX_NAME_LENGTH) ?? null;
  };
  const endings = [
    listen("request", (facts) => log.info({ ...facts, operationName: shown(facts.operationName) }, "request")),
    listen("refusal", (facts) => log.info(facts, "refusal")),
    listen("forgery", (facts) => log.warn(facts, "headers of a client's were dropped")),
    listen("plan", (facts) => log.info(facts, "plan")),
    listen("fetch", (facts) => (facts.failure === null ? log.debug(facts, "fetch") : log.warn(facts, "fetch"))),
    listen("join", (facts) => (facts.subgraph === null ? log.info(facts, "join") : log.debug(facts, "join"))),
    listen("replay", (facts) => log.debug(facts, "replay")),
    listen("subgraph", ({ name, up, code }) => {
      if (up) log.info({ subgraph: name }, "subgraph is up");
      else log.warn({ subgraph: name, code }, "subgraph is down");
    }),
    listen("supergraph", ({ outcome, subgraphs, code, reason }) => {
      if (outcome === "served") log.info({ subgraphs }, "supergraph is served");
      else log.error({ code, reason }, "supergraph is refused, the one before stays");
    }),
    listen("fault", (facts) => log.error(facts, "fault")),
  ];
  return () => endings.forEach((end) => end());
}
