// The settings of the subgraphs' processes: the only reader of their environment. Unknown names are errors.
import { parseArgs } from "node:util";

export const SUBGRAPH_NAMES = ["beneficiaries", "services", "sites", "partners"] as const;
export type SubgraphName = (typeof SUBGRAPH_NAMES)[number];

const FIRST_PORT = 4001;
const PREFIX = "PARCOURS_";

/** Environment variable → what it sets; printed by `--help` and compared with the README by a test. */
export const SUBGRAPH_SETTINGS = {
  MONGODB_URI: "One MongoDB server for all subgraphs, a database each (replica set).",
  BENEFICIARIES_MONGODB_URI: "The MongoDB server of beneficiaries alone.",
  SERVICES_MONGODB_URI: "The MongoDB server of services alone.",
  SITES_MONGODB_URI: "The MongoDB server of sites alone.",
  PARTNERS_MONGODB_URI: "The MongoDB server of partners alone.",
  MONGOD_BINARY: "A mongod program to start when no server is named.",
  PARCOURS_GATEWAY_JWKS: "The gateway's public keys: a file path or an http(s) URL.",
  PARCOURS_BLINDING_KEY: "A file with the key of the NIR's blind index and of pseudonyms (32 bytes, base64); a demonstration key by default. Another key changes them all.",
  PARCOURS_TICKET_KEY: "beneficiaries only: a file with the private Ed25519 key (JWK, or a set whose first one signs) of sharing tickets; one of its own by default, which ends with the process.",
  PARCOURS_TICKET_JWKS: "The public keys of sharing tickets: a file path or an http(s) URL; by default those of beneficiaries in the same process.",
  PARCOURS_STATS_THRESHOLD: "The fewest people that a figure of a report stands for, 5 at least; 11 by default.",
  PARCOURS_STATS_KEY: "A file with the key of the rounding of reports' figures (32 bytes, base64); a demonstration key by default. Another key rounds them all otherwise.",
  PARCOURS_HOST: "The address to listen on; 127.0.0.1 by default.",
  PARCOURS_DATABASE_PREFIX: "Put before each database's name; `parcours-` by default.",
  PARCOURS_CLOCK: "An ISO 8601 instant at which the clock stands still, for demonstrations and tests.",
  PARCOURS_LOG_LEVEL: "silent, error, warn, info or debug; info by default.",
} as const;

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "sdl"; readonly name: SubgraphName }
  | { readonly kind: "serve" | "seed"; readonly names: readonly SubgraphName[]; readonly settings: Settings };

export interface Settings {
  /** The port of a subgraph is this plus its place in `SUBGRAPH_NAMES`, or this itself when one is served alone. */
  readonly port: number | null;
  readonly host: string;
  /** Answer anybody, on loopback only. */
  readonly open: boolean;
  readonly gatewayJwks: string | null;
  readonly blindingKeyFile: string | null;
  readonly ticketKeyFile: string | null;
  readonly ticketJwks: string | null;
  /** Null: the default. */
  readonly statsThreshold: number | null;
  readonly statsKeyFile: string | null;
  readonly databasePrefix: string;
  readonly clock: string | undefined;
  /** Write the demonstration world first where the database is empty. */
  readonly seed: boolean;
  /** The day of the seed, `YYYY-MM-DD`; the clock's day by default. */
  readonly today: string | undefined;
  readonly logLevel: string;
  readonly mongodbUri: (name: SubgraphName) => string | null;
}

/** A mistake in the command line or the environment; the message says what was expected. */
export class SettingError extends Error {}

export const USAGE = `Usage: node subgraphs/main.ts <command> <subgraph|all> [options]

  serve <name|all>   answer GraphQL requests
  seed <name|all>    write the demonstration world into an empty database
  sdl <name>         print the subgraph's schema

Subgraphs: ${SUBGRAPH_NAMES.join(", ")}

  --port N      ${FIRST_PORT} and following by default
  --open        answer without the gateway's caller token; loopback only
  --seed        with serve: write the demonstration world first where the database is empty
  --today DAY   the seed's day, YYYY-MM-DD

Environment:
${Object.entries(SUBGRAPH_SETTINGS)
  .map(([name, text]) => `  ${name}\n      ${text}`)
  .join("\n")}
`;

/** The port on which a subgraph listens when nothing else is said. */
export function defaultPort(name: SubgraphName): number {
  return FIRST_PORT + SUBGRAPH_NAMES.indexOf(name);
}

/** Throws SettingError. */
export function readCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Command {
  const { values, positionals } = readArguments(argv);
  const [verb, target] = positionals;
  if (values.help === true || verb === undefined) return { kind: "help" };
  if (verb === "sdl") return { kind: "sdl", name: readName(target) };
  if (verb !== "serve" && verb !== "seed") throw new SettingError(`Expected serve, seed or sdl, got ${verb}.`);
  const names = target === "all" ? SUBGRAPH_NAMES : [readName(target)];
  return { kind: verb, names, settings: readSettings(values, env) };
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { port: { type: "string" }, open: { type: "boolean" }, seed: { type: "boolean" }, today: { type: "string" }, help: { type: "boolean" } },
    });
  } catch (error) {
    throw new SettingError(error instanceof Error ? error.message : String(error));
  }
}

function readSettings(values: { port?: string; open?: boolean; seed?: boolean; today?: string }, env: NodeJS.ProcessEnv): Settings {
  refuseUnknown(env);
  const host = env["PARCOURS_HOST"] ?? "127.0.0.1";
  const open = values.open ?? false;
  if (open && !isLoopback(host)) throw new SettingError(`--open answers anybody and listens on loopback only; PARCOURS_HOST is ${host}.`);
  return {
    port: values.port === undefined ? null : readPort(values.port),
    host,
    open,
    gatewayJwks: env["PARCOURS_GATEWAY_JWKS"] ?? null,
    blindingKeyFile: env["PARCOURS_BLINDING_KEY"] ?? null,
    ticketKeyFile: env["PARCOURS_TICKET_KEY"] ?? null,
    ticketJwks: env["PARCOURS_TICKET_JWKS"] ?? null,
    statsThreshold: readThreshold(env["PARCOURS_STATS_THRESHOLD"]),
    statsKeyFile: env["PARCOURS_STATS_KEY"] ?? null,
    databasePrefix: env["PARCOURS_DATABASE_PREFIX"] ?? "parcours-",
    clock: env["PARCOURS_CLOCK"],
    seed: values.seed ?? false,
    today: values.today,
    logLevel: env["PARCOURS_LOG_LEVEL"] ?? "info",
    mongodbUri: (name) => env[`${name.toUpperCase()}_MONGODB_URI`] ?? env["MONGODB_URI"] ?? null,
  };
}

function refuseUnknown(env: NodeJS.ProcessEnv): void {
  const unknown = Object.keys(env).filter((name) => name.startsWith(PREFIX) && !(name in SUBGRAPH_SETTINGS));
  if (unknown.length === 0) return;
  const known = Object.keys(SUBGRAPH_SETTINGS).filter((name) => name.startsWith(PREFIX));
  throw new SettingError(`Unknown setting ${unknown.join(", ")}. Expected one of ${known.join(", ")}.`);
}

function readName(target: string | undefined): SubgraphName {
  const name = SUBGRAPH_NAMES.find((known) => known === target);
  if (name === undefined) throw new SettingError(`Expected a subgraph (${SUBGRAPH_NAMES.join(", ")}), got ${target ?? "nothing"}.`);
  return name;
}

function readThreshold(text: string | undefined): number | null {
  if (text === undefined) return null;
  const threshold = Number(text);
  if (Number.isInteger(threshold) && threshold >= 0 && threshold <= 1_000) return threshold;
  throw new SettingError(`Expected PARCOURS_STATS_THRESHOLD to be a whole number up to 1000, got ${text}.`);
}

function readPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new SettingError(`Expected a port from 0 to 65535, got ${text}.`);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
