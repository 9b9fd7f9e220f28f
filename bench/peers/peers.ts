// The gateways that are compared, each in the settings in which it is measured.
import { fileURLToPath } from "node:url";

import { GATEWAY_SETTINGS } from "../../gateway/config.ts";
import type { PinnedOptions } from "../processes.ts";

export interface Peer {
  readonly name: string;
  readonly title: string;
  /** How its process is started. */
  readonly start: (place: PeerPlace) => Pick<PinnedOptions, "script" | "args" | "env">;
  /** Settings without which it cannot be measured. */
  readonly settings: readonly string[];
}

export interface PeerPlace {
  /** Files. */
  readonly supergraph: string;
  readonly answer: string;
  readonly port: number;
}

/** The one that ratios are taken to, and whose answers are the yardstick. */
export const BASE = "apollo";
/** It gives whatever bytes it is told to, so that it has no say in what is right. */
export const FLOOR = "floor";

const QUIET = { GATEWAY_LOG_LEVEL: "error", GATEWAY_PLAYGROUND: "false" };

export const PEERS: readonly Peer[] = [
  { name: BASE, title: "@apollo/server + @apollo/gateway", settings: [], start: (place) => script("plain-gateway", place.supergraph, place.port) },
  hive("hive-js", "Hive Gateway, JavaScript planner", ["javascript", "subgraph"]),
  hive("hive-rust-off", "Hive Gateway, Rust planner, no dedupe", ["rust", "off"]),
  hive("hive-rust-subgraph", "Hive Gateway, Rust planner, subgraph dedupe", ["rust", "subgraph"]),
  hive("hive-rust-inbound", "Hive Gateway, Rust planner, both dedupes", ["rust", "both"]),
  ours("ours-reference", "ours, engine: reference", { GATEWAY_ENGINE: "reference", GATEWAY_DEDUPE: "off" }),
  ours("ours-off", "ours, no dedupe", { GATEWAY_ENGINE: "compiled", GATEWAY_DEDUPE: "off", GATEWAY_REPLAY: "false" }),
  ours("ours-apollo-planner", "ours, no dedupe, Apollo's planner", { GATEWAY_ENGINE: "compiled", GATEWAY_DEDUPE: "off", GATEWAY_REPLAY: "false", GATEWAY_PLANNER: "apollo" }),
  ours("ours-replay", "ours, replay, no dedupe", { GATEWAY_ENGINE: "compiled", GATEWAY_DEDUPE: "off", GATEWAY_REPLAY: "true" }, ["GATEWAY_REPLAY"]),
  ours("ours-subgraph", "ours, subgraph dedupe", { GATEWAY_ENGINE: "compiled", GATEWAY_DEDUPE: "subgraph", GATEWAY_REPLAY: "false" }, ["GATEWAY_DEDUPE"]),
  ours("ours-inbound", "ours, inbound dedupe", { GATEWAY_ENGINE: "compiled", GATEWAY_DEDUPE: "inbound", GATEWAY_REPLAY: "false" }, ["GATEWAY_DEDUPE"]),
  { name: FLOOR, title: "Fastify with the ready bytes", settings: [], start: (place) => script("floor", place.answer, place.port) },
];

/** What cannot be measured with the gateway as it is, as a sentence; null where nothing is missing. */
export function missingOf({ name, settings }: Peer): string | null {
  const missing = settings.filter((setting) => !Object.hasOwn(GATEWAY_SETTINGS, setting));
  return missing.length === 0 ? null : `${name} is left out: the gateway has no setting ${missing.join(", ")}.`;
}

function script(name: string, ...args: readonly (string | number)[]) {
  return { script: fileURLToPath(new URL(`${name}.ts`, import.meta.url)), args: args.map(String) };
}

function hive(name: string, title: string, settings: readonly [planner: string, dedupe: string]): Peer {
  return { name, title, settings: [], start: (place) => script("hive-gateway", place.supergraph, place.port, ...settings) };
}

/** `needed`: settings that make the difference; others that the gateway does not have are left away. */
function ours(name: string, title: string, settings: Readonly<Record<string, string>>, needed: readonly string[] = []): Peer {
  const env = Object.fromEntries(Object.entries({ ...QUIET, ...settings }).filter(([setting]) => Object.hasOwn(GATEWAY_SETTINGS, setting)));
  const engine = settings["GATEWAY_ENGINE"] === "compiled" ? ["GATEWAY_ENGINE"] : [];
  return {
    name,
    title,
    settings: [...engine, ...needed],
    start: ({ supergraph, port }) => ({
      script: fileURLToPath(new URL("../../gateway/main.ts", import.meta.url)),
      args: ["serve", "--supergraph", supergraph, "--port", String(port)],
      env,
    }),
  };
}
