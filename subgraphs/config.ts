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
  KEYS_MONGODB_URI: "The MongoDB server of people's data keys (beneficiaries, sites); by default the one of the data. In production another one, with backups of its own.",
  MONGOD_BINARY: "A mongod program to start when no server is named.",
  PARCOURS_GATEWAY_JWKS: "The gateway's public keys: a file path or an http(s) URL.",
  PARCOURS_BLINDING_KEY: "A file with the key of the NIR's blind index and of pseudonyms (32 bytes, base64); a demonstration key by default. Another key changes them all.",
  PARCOURS_KEY_RING: "beneficiaries and sites: a file with the keys that wrap data keys (a JSON Web Key Set, kty oct, 32 bytes; the first one wraps); a demonstration key by default. `npm run keys` makes and rotates it.",
  PARCOURS_TICKET_KEY: "beneficiaries only: a file with the private Ed25519 key (JWK, or a set whose first one signs) of sharing tickets; one of its own by default, which ends with the process.",
  PARCOURS_TICKET_JWKS: "The public keys of sharing tickets: a file path or an http(s) URL; by default those of beneficiaries in the same process.",
  PARCOURS_DIRECTORY_URL: "all but partners: where partners tells who is habilitated, which conventions there are and how long files are kept (`http://partners:4004/directory`); in one process with it they are told there.",
  PARCOURS_DIRECTORY_KEY: "A file with a private Ed25519 key (JWK): partners signs the directory with it, the others their question for it.",
  PARCOURS_DIRECTORY_JWKS: "The public keys of the other side, a file path or an http(s) URL: to partners those of who may ask, to the others those of partners (which it tells at `/directory-keys`).",
  PARCOURS_DIRECTORY_SECONDS: "all but partners: every how many seconds they ask, 1 to 3600; 60 by default.",
  PARCOURS_GRACE_DAYS: "beneficiaries only: for how many days, 0 to 365, who left a care team reads on; 30 by default.",
  PARCOURS_NOTIFY_URL: "beneficiaries only: where notifications and alarms are sent (Standard Webhooks; https, or http on loopback); nobody is told without it.",
  PARCOURS_NOTIFY_KEY_FILE: "beneficiaries only: a file with the key that signs them (`whsec_` and 24 to 64 bytes in base64).",
  PARCOURS_READINGS_URL: "services, sites and partners: where beneficiaries takes in who read what about whom (its address with `/readings`), so that the person sees it; readings stay in their own logs without it.",
  PARCOURS_READINGS_KEY_FILE: "services, sites and partners: a file with the key that signs what is sent there (`whsec_` and 24 to 64 bytes in base64); another one for each.",
  PARCOURS_READINGS_SENDERS: "beneficiaries only: whose readings it takes in, as `name=file` separated by commas; the file has the sender's key, or two while it is replaced, one a line.",
  PARCOURS_AUDIT_FOLDER: "Where the read audit is written, a folder for each subgraph; `.data/audit` by default, or a temporary one beside a MongoDB in memory. Each process needs one of its own.",
  PARCOURS_AUDIT_KEY: "A file with the private Ed25519 key (JWK) that signs the audit's checkpoints; one in the audit's folder by default.",
  PARCOURS_AUDIT_MONTHS: "How many months the texts of the read audit are kept, 6 to 36; 12 by default (CASF R.262-107).",
  PARCOURS_STATS_THRESHOLD: "The fewest people that a figure of a report stands for, 5 at least; 11 by default.",
  PARCOURS_STATS_RELEASE: "When reports' figures are fixed: monthly (on the first of the month) or quarterly; monthly by default. Threshold and key take effect with the next release.",
  PARCOURS_STATS_KEY: "A file with the key of the rounding of reports' figures (32 bytes, base64); a demonstration key by default. Another key rounds them all otherwise.",
  PARCOURS_HOST: "The address to listen on; 127.0.0.1 by default.",
  PARCOURS_DATABASE_PREFIX: "Put before each database's name; `parcours-` by default.",
  PARCOURS_CLOCK: "An ISO 8601 instant at which the clock stands still, for demonstrations and tests.",
  PARCOURS_LOG_LEVEL: "silent, error, warn, info or debug; info by default.",
} as const;

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "sdl"; readonly name: SubgraphName }
  | { readonly kind: "serve" | "seed"; readonly names: readonly SubgraphName[]; readonly settings: Settings }
  | RightsCommand;

/** Over all four databases. */
export type RightsCommand =
  | { readonly kind: "retention"; readonly dryRun: boolean; readonly isSure: boolean; readonly settings: Settings }
  | { readonly kind: "export"; readonly personId: string; readonly folder: string; readonly receivedOn: string | null; readonly settings: Settings };

export interface Settings {
  /** The port of a subgraph is this plus its place in `SUBGRAPH_NAMES`, or this itself when one is served alone. */
  readonly port: number | null;
  readonly host: string;
  /** Answer anybody, on loopback only. */
  readonly open: boolean;
  readonly gatewayJwks: string | null;
  readonly blindingKeyFile: string | null;
  readonly keys: KeySettings;
  readonly ticketKeyFile: string | null;
  readonly ticketJwks: string | null;
  /** How the others come to know what partners decides; null: not by HTTP. */
  readonly directory: DirectorySettings | null;
  readonly directoryEveryMs: number;
  /** Undefined: as *beneficiaries* has it. */
  readonly graceDays: number | undefined;
  /** Where messages go out; null: nowhere. */
  readonly notify: NotifySettings | null;
  /** Where readings are told; null: nowhere. */
  readonly readings: ReadingsSettings | null;
  /** Of readings: subgraph → file of its keys; null: none are taken in. */
  readonly readingsSenders: ReadonlyMap<string, string> | null;
  readonly auditFolder: string | null;
  readonly auditKeyFile: string | null;
  readonly auditMonths: number;
  /** Null: the default. */
  readonly statsThreshold: number | null;
  readonly statsKeyFile: string | null;
  readonly statsRelease: string | null;
  readonly databasePrefix: string;
  readonly clock: string | undefined;
  /** Write the demonstration world first where the database is empty. */
  readonly seed: boolean;
  /** The day of the seed, `YYYY-MM-DD`; the clock's day by default. */
  readonly today: string | undefined;
  readonly logLevel: string;
  readonly mongodbUri: (name: SubgraphName) => string | null;
}

/** Where data keys are, and what wraps them. */
export interface KeySettings {
  readonly ringFile: string | null;
  /** Null: on the server of the data. */
  readonly mongodbUri: string | null;
}

export interface DirectorySettings {
  /** Null at partners. */
  readonly url: string | null;
  readonly keyFile: string;
  readonly jwks: string;
}

export interface NotifySettings {
  readonly url: string;
  readonly keyFile: string;
}

export interface ReadingsSettings {
  readonly url: string;
  readonly keyFile: string;
}

/** The subgraphs that keep something sealed. */
export const SEALING: readonly SubgraphName[] = ["beneficiaries", "sites"];

/** A mistake in the command line or the environment; the message says what was expected. */
export class SettingError extends Error {}

export const USAGE = `Usage: node subgraphs/main.ts <command> <subgraph|all> [options]

  serve <name|all>   answer GraphQL requests
  seed <name|all>    write the demonstration world into an empty database
  sdl <name>         print the subgraph's schema
  retention          end the files whose time is over (--dry-run: only say which; --sure: the clock is right)
  export             write all that is kept about a person (--person ID --out FOLDER [--received-on DAY])

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
  if (verb === "retention") return { kind: "retention", dryRun: values["dry-run"] ?? false, isSure: values.sure ?? false, settings: readSettings(values, env) };
  if (verb === "export") return readExport(values, env);
  if (verb !== "serve" && verb !== "seed") throw new SettingError(`Expected serve, seed, sdl, retention or export, got ${verb}.`);
  const names = target === "all" ? SUBGRAPH_NAMES : [readName(target)];
  return { kind: verb, names, settings: readSettings(values, env) };
}

/** What the command `keys` needs of the settings. Throws SettingError. */
export function readKeySettings(env: NodeJS.ProcessEnv): KeySettings & { readonly databaseOf: (name: SubgraphName) => string; readonly uriOf: (name: SubgraphName) => string | null } {
  const { keys, databasePrefix, mongodbUri } = readSettings({}, env);
  return { ...keys, databaseOf: (name) => `${databasePrefix}${name}${KEYS_SUFFIX}`, uriOf: (name) => keys.mongodbUri ?? mongodbUri(name) };
}

/** What commands over the subgraphs' own databases need of the settings. Throws SettingError. */
export function readDataSettings(env: NodeJS.ProcessEnv): { readonly databaseOf: (name: SubgraphName) => string; readonly uriOf: (name: SubgraphName) => string | null } {
  const { databasePrefix, mongodbUri } = readSettings({}, env);
  return { databaseOf: (name) => `${databasePrefix}${name}`, uriOf: mongodbUri };
}

/** Put after the database's name: where its data keys are. */
export const KEYS_SUFFIX = "-keys";

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        port: { type: "string" },
        open: { type: "boolean" },
        seed: { type: "boolean" },
        today: { type: "string" },
        help: { type: "boolean" },
        "dry-run": { type: "boolean" },
        sure: { type: "boolean" },
        person: { type: "string" },
        out: { type: "string" },
        "received-on": { type: "string" },
      },
    });
  } catch (error) {
    throw new SettingError(error instanceof Error ? error.message : String(error));
  }
}

function readExport(values: { readonly person?: string; readonly out?: string; readonly "received-on"?: string }, env: NodeJS.ProcessEnv): RightsCommand {
  const { person, out, "received-on": receivedOn = null } = values;
  if (person === undefined || out === undefined) throw new SettingError("Expected --person ID and --out FOLDER.");
  if (receivedOn !== null && !isDayOfCalendar(receivedOn)) throw new SettingError(`Expected --received-on with a day, YYYY-MM-DD, got ${receivedOn}.`);
  return { kind: "export", personId: person, folder: out, receivedOn, settings: readSettings({}, env) };
}

function isDayOfCalendar(text: string): boolean {
  const instant = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
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
    keys: { ringFile: env["PARCOURS_KEY_RING"] ?? null, mongodbUri: env["KEYS_MONGODB_URI"] ?? null },
    ticketKeyFile: env["PARCOURS_TICKET_KEY"] ?? null,
    ticketJwks: env["PARCOURS_TICKET_JWKS"] ?? null,
    directory: readDirectorySettings(env),
    directoryEveryMs: readSeconds(env["PARCOURS_DIRECTORY_SECONDS"] ?? "60") * 1_000,
    graceDays: readGraceDays(env["PARCOURS_GRACE_DAYS"]),
    notify: readNotify(env["PARCOURS_NOTIFY_URL"], env["PARCOURS_NOTIFY_KEY_FILE"]),
    readings: readReadings(env["PARCOURS_READINGS_URL"], env["PARCOURS_READINGS_KEY_FILE"]),
    readingsSenders: readSenders(env["PARCOURS_READINGS_SENDERS"]),
    auditFolder: env["PARCOURS_AUDIT_FOLDER"] ?? null,
    auditKeyFile: env["PARCOURS_AUDIT_KEY"] ?? null,
    auditMonths: readMonths(env["PARCOURS_AUDIT_MONTHS"] ?? "12"),
    statsThreshold: readThreshold(env["PARCOURS_STATS_THRESHOLD"]),
    statsKeyFile: env["PARCOURS_STATS_KEY"] ?? null,
    statsRelease: env["PARCOURS_STATS_RELEASE"] ?? null,
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

/** L12: six to twelve months, up to three years for whoever has to look into misuse. */
function readMonths(text: string): number {
  const months = Number(text);
  if (Number.isInteger(months) && months >= 6 && months <= 36) return months;
  throw new SettingError(`Expected PARCOURS_AUDIT_MONTHS from 6 to 36, got ${text}.`);
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

const MOST_GRACE_DAYS = 365;

function readGraceDays(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,3}$/.test(text) && Number(text) <= MOST_GRACE_DAYS) return Number(text);
  throw new SettingError(`Expected days from 0 to ${MOST_GRACE_DAYS} in PARCOURS_GRACE_DAYS, got ${text}.`);
}

function readDirectorySettings(env: NodeJS.ProcessEnv): DirectorySettings | null {
  const { PARCOURS_DIRECTORY_URL: address, PARCOURS_DIRECTORY_KEY: keyFile, PARCOURS_DIRECTORY_JWKS: jwks } = env;
  if (address === undefined && keyFile === undefined && jwks === undefined) return null;
  if (keyFile === undefined || jwks === undefined) throw new SettingError("Expected PARCOURS_DIRECTORY_KEY and PARCOURS_DIRECTORY_JWKS, got one of the two or PARCOURS_DIRECTORY_URL alone.");
  if (address === undefined) return { url: null, keyFile, jwks };
  const url = URL.parse(address);
  const isFit = url !== null && url.username === "" && url.password === "" && (url.protocol === "https:" || url.protocol === "http:");
  if (!isFit) throw new SettingError("Expected PARCOURS_DIRECTORY_URL to be an http or https address without a user or password, got another.");
  return { url: url.href, keyFile, jwks };
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,4}$/.test(text) && seconds >= 1 && seconds <= 3_600) return seconds;
  throw new SettingError(`Expected PARCOURS_DIRECTORY_SECONDS from 1 to 3600, got ${text}.`);
}

/** No message repeats the address: it may hold a secret. */
function readNotify(address: string | undefined, keyFile: string | undefined): NotifySettings | null {
  if (address === undefined && keyFile === undefined) return null;
  if (address === undefined || keyFile === undefined) throw new SettingError("Expected PARCOURS_NOTIFY_URL and PARCOURS_NOTIFY_KEY_FILE, got one of the two.");
  const url = URL.parse(address);
  const isFit = url !== null && url.username === "" && url.password === "" && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  if (!isFit) throw new SettingError("Expected PARCOURS_NOTIFY_URL to be an https address (http on loopback) without a user or password, got another.");
  return { url: url.href, keyFile };
}

/** As for the other subgraphs' addresses, plain http is for a network of one's own. */
function readReadings(address: string | undefined, keyFile: string | undefined): ReadingsSettings | null {
  if (address === undefined && keyFile === undefined) return null;
  if (address === undefined || keyFile === undefined) throw new SettingError("Expected PARCOURS_READINGS_URL and PARCOURS_READINGS_KEY_FILE, got one of the two.");
  const url = URL.parse(address);
  const isFit = url !== null && url.username === "" && url.password === "" && /^https?:$/.test(url.protocol);
  if (!isFit) throw new SettingError("Expected PARCOURS_READINGS_URL to be an http or https address without a user or password, got another.");
  return { url: url.href, keyFile };
}

function readSenders(text: string | undefined): ReadonlyMap<string, string> | null {
  if (text === undefined) return null;
  const entries = text.split(",").map((one) => one.split("=", 2).map((part) => part.trim()));
  const senders = new Map<string, string>();
  for (const [name = "", file = ""] of entries) {
    const isSender = name !== "beneficiaries" && SUBGRAPH_NAMES.some((known) => known === name);
    if (!isSender || file === "" || senders.has(name)) throw new SettingError("Expected PARCOURS_READINGS_SENDERS to name services, sites or partners, each once, as `name=file` separated by commas, got something else.");
    senders.set(name, file);
  }
  return senders;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
