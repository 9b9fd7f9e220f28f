// The gateway's settings: their shape, defaults and checks. The only reader of the environment and of a settings file.
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";

import { gatewayError } from "./errors.ts";

/** Setting → what it sets. `--help` and `gateway/README.md` print this table; every value is text, lists are split at commas. */
export const GATEWAY_SETTINGS = {
  GATEWAY_SETTINGS_FILE: "A file of settings, a `NAME=value` on each line; the environment comes before it, options of the command line before both.",
  GATEWAY_SUPERGRAPH: "The supergraph to serve: a file path or an http(s) URL; `supergraph.graphql` by default.",
  GATEWAY_SUPERGRAPH_POLL_S: "Every how many seconds the supergraph is read again, to serve it when it has changed; 0, only on SIGHUP, by default.",
  GATEWAY_CONTRACTS: "Parts of the schema by @tag, each served at `/graphql/<name>` with all that has one of its tags, as `name=tag` or `name=tag+tag`, with the compiled engine; none by default.",
  GATEWAY_CONTRACT_CLAIM: "The claim by which a client's token is bound to a contract, or to a list of them: it opens no other path then; none by default.",
  GATEWAY_HOST: "The address to listen on; `127.0.0.1` by default.",
  GATEWAY_PORT: "The port to listen on, 0 for any; 4000 by default.",
  GATEWAY_OPEN: "`true` lets the gateway listen beyond loopback although no GATEWAY_JWKS says who may ask; `false` by default.",
  GATEWAY_JWKS: "Where the public keys of the identity provider are: file paths or http(s) URLs. Without it every token is refused.",
  GATEWAY_JWT_ISSUER: "The issuers whose tokens are accepted; any by default.",
  GATEWAY_JWT_AUDIENCE: "The audiences of which a token must name one; any by default.",
  GATEWAY_JWT_ALGORITHMS: "The signature algorithms that are accepted, asymmetric ones only; `EdDSA,ES256,RS256,PS256` by default.",
  GATEWAY_JWT_CLOCK_SKEW_S: "By how many seconds the clocks of issuer and gateway may differ; 5 by default.",
  GATEWAY_OPERATOR_SCOPE: "The scope of callers who may see what is behind the gateway: query plans, and which subgraph an error came from; `gateway:operator` by default.",
  GATEWAY_SIGNING_KEY: "A file with a private Ed25519 JWK that signs the caller token sent to subgraphs, or `generate` for one that lasts as long as the process. Without it no caller token is sent.",
  GATEWAY_FORWARD_CLAIMS: "The claims of the client's token that the caller token repeats; none by default.",
  GATEWAY_CLAIM_HEADERS: "Headers that a request may say a claim of the caller token with, as header=claim, in the place of its token's; none by default.",
  GATEWAY_CLAIM_EXTENSIONS: "The same for members of a request's `extensions`, as member=claim; they come before headers.",
  GATEWAY_GUARDED_HEADERS: "Headers of which the log tells when a client sends them; none of a client's headers reaches a subgraph. `x-gateway-caller` by default.",
  GATEWAY_SUBGRAPH_URLS: "Addresses that replace those of the supergraph, as `name=url`.",
  GATEWAY_REQUEST_TIMEOUT_MS: "How long one request may take with all its fetches, in milliseconds; 10000 by default.",
  GATEWAY_SHUTDOWN_DELAY_MS: "How long, after a signal, the gateway goes on answering while /health/ready says 503, in milliseconds; 0 by default. Behind a load balancer: longer than its probe takes to notice.",
  GATEWAY_SUBGRAPH_RESPONSE_LIMIT: "The most bytes that one subgraph's answer may have; 16777216 by default.",
  GATEWAY_SUBGRAPH_CONNECTIONS: "The most connections to one address of subgraphs; who asks while all are busy waits. 256 by default.",
  GATEWAY_SUBGRAPH_COMPRESSION: "The subgraphs that are asked for compressed answers (gzip, br, zstd), `*` for all; none by default. Over a slow network it saves time, in one data centre it only costs CPU.",
  GATEWAY_OPERATION_LIMIT: "The most selections that an operation may have with its fragments spread out; 1000 by default.",
  GATEWAY_ENGINE: "How operations are executed: `compiled` or, by `@apollo/gateway`, `reference`; `compiled` by default.",
  GATEWAY_PLANNER: "Who plans for the compiled engine: `hive`, `apollo`, or `auto` for Hive's planner where its binary loads and Apollo's elsewhere; `auto` by default.",
  GATEWAY_PLANNING_TIMEOUT_MS: "How long planning one operation may take, in milliseconds, with the compiled engine; 2000 by default.",
  GATEWAY_FETCH_LIMIT: "The most requests to subgraphs that one operation may need, with the compiled engine; 1000 by default.",
  GATEWAY_ENTITY_LIMIT: "The most entities that one operation may ask subgraphs for, each counted once a request, with the compiled engine; 50000 by default.",
  GATEWAY_DEDUPE: "What equal queries of one caller share while one of them is under way: `subgraph` each request to a subgraph, `inbound` the whole answer, `both` or `off`; `off` by default.",
  GATEWAY_REPLAY: "`true` keeps the last run of each query in memory, with the compiled engine, and gives its answer again while the subgraphs, asked as ever, answer byte by byte the same; `false` by default.",
  GATEWAY_REPLAY_LIMIT: "The most bytes of runs that are kept, of all queries together; 67108864 by default.",
  GATEWAY_REPLAY_SECONDS: "How long a run is kept after it was last found true, in seconds; 60 by default.",
  GATEWAY_REPLAY_PROTECTED: "`true` keeps also runs of queries that touch fields with `@authenticated`, `@requiresScopes` or `@policy`; `false` by default.",
  GATEWAY_BODY_LIMIT: "The most bytes that a request's body may have; 1048576 by default.",
  GATEWAY_GET: "Whose queries are served by GET: `anonymous` callers' alone, since an address is kept by whatever forwards it, with who and what a caller with a token asks about; or `all` callers'; `all` by default, which client libraries that ask by GET need.",
  GATEWAY_CORS_ORIGINS: "The origins whose pages may read answers; none by default.",
  GATEWAY_INTROSPECTION: "`false` refuses introspection; `true` by default.",
  GATEWAY_SCHEMA_HINTS: "`false` leaves names of the schema out of error messages (\"Did you mean …\"); `true` by default.",
  GATEWAY_PLAYGROUND: "`false` serves no playground at `/`; `true` by default.",
  GATEWAY_COLLECTIONS: "A folder of `.graphql` files that the playground offers.",
  GATEWAY_PERSONAS: "A JSON file `[{ name, description, token }]` of callers that the playground offers.",
  GATEWAY_SECRET_PATTERN: "A regular expression for what stands in no message of an error and in no name that is logged, even if the client wrote it there: what matches is replaced by `[…]`, taken for no request id, and refused in the address of a caller with a token. None by default.",
  GATEWAY_LOG_LEVEL: "`silent`, `error`, `warn`, `info` or `debug`; `info` by default.",
} as const;

export type SettingName = keyof typeof GATEWAY_SETTINGS;

export interface GatewayConfig {
  /** A file path or an http(s) URL. */
  readonly supergraph: string;
  /** 0: only when told to. */
  readonly supergraphPollS: number;
  /** Name → the tags that it takes in. */
  readonly contracts: ReadonlyMap<string, readonly string[]>;
  /** Null: no token is bound to a contract. */
  readonly contractClaim: string | null;
  /** In lower case. */
  readonly guardedHeaders: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly open: boolean;
  readonly jwt: JwtConfig;
  /** Of callers who may see what is behind the gateway. */
  readonly operatorScope: string;
  readonly callerToken: CallerTokenConfig;
  /** Subgraph name → URL. */
  readonly subgraphUrls: ReadonlyMap<string, string>;
  readonly requestTimeoutMs: number;
  readonly shutdownDelayMs: number;
  readonly subgraphResponseLimit: number;
  readonly subgraphConnections: number;
  /** Names of subgraphs, or `*` for all. */
  readonly subgraphCompression: readonly string[];
  readonly operationLimit: number;
  readonly execution: ExecutionConfig;
  readonly dedupe: DedupeConfig;
  readonly bodyLimit: number;
  readonly get: GetConfig;
  readonly corsOrigins: readonly string[];
  readonly introspection: boolean;
  readonly schemaHints: boolean;
  readonly playground: PlaygroundConfig;
  /** Global; what matches is said in no error and no log. */
  readonly secretPattern: RegExp | null;
  readonly logLevel: LogLevel;
}

/** Whose queries are served by GET. */
export type GetConfig = "anonymous" | "all";

export interface JwtConfig {
  /** File paths or http(s) URLs; without any, every token is refused. */
  readonly jwks: readonly string[];
  /** Any when empty. */
  readonly issuers: readonly string[];
  /** Any when empty. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly clockSkewS: number;
}

export interface CallerTokenConfig {
  /** `none` sends no caller token. */
  readonly key: { readonly kind: "none" } | { readonly kind: "generate" } | { readonly kind: "file"; readonly path: string };
  readonly forwardClaims: readonly string[];
  /** Header, in lower case → claim. */
  readonly claimHeaders: ReadonlyMap<string, string>;
  /** Member of `extensions` → claim. */
  readonly claimExtensions: ReadonlyMap<string, string>;
}

export interface ExecutionConfig {
  readonly engine: "compiled" | "reference";
  readonly planner: "auto" | "hive" | "apollo";
  readonly planningTimeoutMs: number;
  /** Of one operation: requests to subgraphs, and entities that they are asked for. */
  readonly limits: { readonly fetches: number; readonly entities: number };
  readonly replay: ReplayConfig;
}

/** What is kept of runs of queries, to be compared with the next. */
export interface ReplayConfig {
  readonly enabled: boolean;
  readonly bytes: number;
  readonly seconds: number;
  /** Whether runs of queries that touch fields which not everybody may read are kept. */
  readonly protected: boolean;
}

/** Where equal queries of one caller that are under way at the same time are answered once. */
export interface DedupeConfig {
  readonly subgraph: boolean;
  readonly inbound: boolean;
}

export interface PlaygroundConfig {
  readonly enabled: boolean;
  readonly collections: string | null;
  readonly personas: string | null;
}

const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A token signed with a shared secret would make every reader of the keys an issuer, so HS* is not offered. */
const ALGORITHMS = ["EdDSA", "Ed25519", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

const PREFIX = "GATEWAY_";
const MAX_TIMEOUT_MS = 600_000;
const MAX_BYTES = 2 ** 30;

type Texts = Readonly<Partial<Record<SettingName, string>>>;
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings in force. `options` are those of the command line, by setting name. Empty text counts as not set.
 * Throws SETTING_UNKNOWN or SETTING_INVALID.
 */
export function readConfig(options: Texts = {}, environment: Environment = process.env): GatewayConfig {
  const named = { ...readNamed(environment), ...options };
  const texts: Texts = { ...readSettingsFile(named.GATEWAY_SETTINGS_FILE), ...named };
  return {
    supergraph: texts.GATEWAY_SUPERGRAPH ?? "supergraph.graphql",
    supergraphPollS: readInteger(texts, "GATEWAY_SUPERGRAPH_POLL_S", { min: 0, max: 86_400, otherwise: 0 }),
    contracts: readContracts(texts),
    contractClaim: readContractClaim(texts),
    guardedHeaders: readList(texts.GATEWAY_GUARDED_HEADERS ?? "x-gateway-caller").map((name) => name.toLowerCase()),
    host: texts.GATEWAY_HOST ?? "127.0.0.1",
    port: readInteger(texts, "GATEWAY_PORT", { min: 0, max: 65_535, otherwise: 4000 }),
    open: readBoolean(texts, "GATEWAY_OPEN", false),
    jwt: readJwt(texts),
    operatorScope: texts.GATEWAY_OPERATOR_SCOPE ?? "gateway:operator",
    callerToken: readCallerToken(texts),
    subgraphUrls: readSubgraphUrls(texts),
    requestTimeoutMs: readInteger(texts, "GATEWAY_REQUEST_TIMEOUT_MS", { min: 1, max: MAX_TIMEOUT_MS, otherwise: 10_000 }),
    shutdownDelayMs: readInteger(texts, "GATEWAY_SHUTDOWN_DELAY_MS", { min: 0, max: MAX_TIMEOUT_MS, otherwise: 0 }),
    subgraphResponseLimit: readInteger(texts, "GATEWAY_SUBGRAPH_RESPONSE_LIMIT", { min: 1, max: MAX_BYTES, otherwise: 2 ** 24 }),
    subgraphConnections: readInteger(texts, "GATEWAY_SUBGRAPH_CONNECTIONS", { min: 1, max: 65_535, otherwise: 256 }),
    subgraphCompression: readList(texts.GATEWAY_SUBGRAPH_COMPRESSION),
    operationLimit: readInteger(texts, "GATEWAY_OPERATION_LIMIT", { min: 1, max: 1_000_000, otherwise: 1_000 }),
    execution: {
      engine: readOneOf(texts, "GATEWAY_ENGINE", ["compiled", "reference"] as const) ?? "compiled",
      planner: readOneOf(texts, "GATEWAY_PLANNER", ["auto", "hive", "apollo"] as const) ?? "auto",
      planningTimeoutMs: readInteger(texts, "GATEWAY_PLANNING_TIMEOUT_MS", { min: 1, max: MAX_TIMEOUT_MS, otherwise: 2_000 }),
      limits: {
        fetches: readInteger(texts, "GATEWAY_FETCH_LIMIT", { min: 1, max: 1_000_000, otherwise: 1_000 }),
        entities: readInteger(texts, "GATEWAY_ENTITY_LIMIT", { min: 1, max: 10_000_000, otherwise: 50_000 }),
      },
      replay: readReplay(texts),
    },
    dedupe: readDedupe(texts),
    bodyLimit: readInteger(texts, "GATEWAY_BODY_LIMIT", { min: 1, max: MAX_BYTES, otherwise: 2 ** 20 }),
    get: readOneOf(texts, "GATEWAY_GET", ["anonymous", "all"] as const) ?? "all",
    corsOrigins: readList(texts.GATEWAY_CORS_ORIGINS),
    introspection: readBoolean(texts, "GATEWAY_INTROSPECTION", true),
    schemaHints: readBoolean(texts, "GATEWAY_SCHEMA_HINTS", true),
    playground: {
      enabled: readBoolean(texts, "GATEWAY_PLAYGROUND", true),
      collections: texts.GATEWAY_COLLECTIONS ?? null,
      personas: texts.GATEWAY_PERSONAS ?? null,
    },
    secretPattern: readPattern(texts),
    logLevel: readOneOf(texts, "GATEWAY_LOG_LEVEL", LOG_LEVELS) ?? "info",
  };
}

/** The settings among an environment's variables; other programs' variables are none of our business. */
function readNamed(environment: Environment): Texts {
  const ours = Object.entries(environment).filter(([name, text]) => name.startsWith(PREFIX) && text !== undefined && text !== "");
  const unknown = ours.map(([name]) => name).filter((name) => !Object.hasOwn(GATEWAY_SETTINGS, name));
  if (unknown.length === 0) return Object.fromEntries(ours);
  throw gatewayError("SETTING_UNKNOWN", { names: unknown.join(", "), known: Object.keys(GATEWAY_SETTINGS).join(", ") });
}

function readSettingsFile(path: string | undefined): Texts {
  if (path === undefined) return {};
  return readNamed(withoutForeign(parseEnv(readText(path)), path));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw invalid("GATEWAY_SETTINGS_FILE", "a file that can be read", path);
  }
}

/** A settings file holds settings only: a name without the prefix is a slip, not another program's variable. */
function withoutForeign(file: NodeJS.Dict<string>, path: string): NodeJS.Dict<string> {
  const foreign = Object.keys(file).find((name) => !name.startsWith(PREFIX));
  if (foreign === undefined) return file;
  throw gatewayError("SETTING_UNKNOWN", { names: `${foreign} in ${path}`, known: Object.keys(GATEWAY_SETTINGS).join(", ") });
}

function readJwt(texts: Texts): JwtConfig {
  const algorithms = readList(texts.GATEWAY_JWT_ALGORITHMS ?? "EdDSA,ES256,RS256,PS256");
  const refused = algorithms.find((name) => !ALGORITHMS.includes(name));
  if (refused !== undefined) throw invalid("GATEWAY_JWT_ALGORITHMS", `a list of ${ALGORITHMS.join(", ")}`, refused);
  return {
    jwks: readList(texts.GATEWAY_JWKS),
    issuers: readList(texts.GATEWAY_JWT_ISSUER),
    audiences: readList(texts.GATEWAY_JWT_AUDIENCE),
    algorithms,
    clockSkewS: readInteger(texts, "GATEWAY_JWT_CLOCK_SKEW_S", { min: 0, max: 300, otherwise: 5 }),
  };
}

function readCallerToken(texts: Texts): CallerTokenConfig {
  const text = texts.GATEWAY_SIGNING_KEY;
  const forwardClaims = readList(texts.GATEWAY_FORWARD_CLAIMS);
  const reserved = forwardClaims.find((claim) => RESERVED_CLAIMS.has(claim));
  if (reserved !== undefined) throw invalid("GATEWAY_FORWARD_CLAIMS", "claims that the caller token does not define itself", reserved);
  const claims = { forwardClaims, claimHeaders: readClaimHeaders(texts), claimExtensions: readClaimNames(texts, "GATEWAY_CLAIM_EXTENSIONS", "member=claim") };
  if (text === undefined) return { key: { kind: "none" }, ...claims };
  return { key: text === "generate" ? { kind: "generate" } : { kind: "file", path: text }, ...claims };
}

/** Names of headers have no case. */
function readClaimHeaders(texts: Texts): ReadonlyMap<string, string> {
  return new Map([...readClaimNames(texts, "GATEWAY_CLAIM_HEADERS", "header=claim")].map(([header, claim]) => [header.toLowerCase(), claim]));
}

function readClaimNames(texts: Texts, setting: "GATEWAY_CLAIM_HEADERS" | "GATEWAY_CLAIM_EXTENSIONS", form: string): ReadonlyMap<string, string> {
  return new Map(
    readList(texts[setting]).map((entry): [string, string] => {
      const [, name, claim = ""] = /^([\w-]+)=([\w-]+)$/.exec(entry) ?? [];
      if (name === undefined || RESERVED_CLAIMS.has(claim)) throw invalid(setting, `${form}, with a claim that the caller token does not define itself`, entry);
      return [name, claim];
    }),
  );
}

/** What the gateway itself says in a caller token; a client's token must not be able to replace it. */
const RESERVED_CLAIMS: ReadonlySet<string> = new Set(["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "scope"]);

/**
 * Off unless asked for: an answer that is shared may have been read just before its question was asked, and subgraphs'
 * logs know only one of the requests. Who serves the same to everybody gains much; who serves persons, nothing.
 */
function readDedupe(texts: Texts): DedupeConfig {
  const where = readOneOf(texts, "GATEWAY_DEDUPE", ["off", "subgraph", "inbound", "both"] as const) ?? "off";
  return { subgraph: where === "subgraph" || where === "both", inbound: where === "inbound" || where === "both" };
}

/**
 * Off unless asked for: it answers nothing wrong, but it keeps what subgraphs said in memory after the request is over, which
 * whoever answers for the data should have decided; and only who has answers that stay the same for a while gains by it.
 */
function readReplay(texts: Texts): ReplayConfig {
  return {
    enabled: readBoolean(texts, "GATEWAY_REPLAY", false),
    bytes: readInteger(texts, "GATEWAY_REPLAY_LIMIT", { min: 1, max: 2 ** 34, otherwise: 2 ** 26 }),
    seconds: readInteger(texts, "GATEWAY_REPLAY_SECONDS", { min: 1, max: 86_400, otherwise: 60 }),
    protected: readBoolean(texts, "GATEWAY_REPLAY_PROTECTED", false),
  };
}

function readPattern({ GATEWAY_SECRET_PATTERN: text }: Texts): RegExp | null {
  if (text === undefined) return null;
  try {
    return new RegExp(text, "g");
  } catch {
    throw invalid("GATEWAY_SECRET_PATTERN", "a regular expression", text);
  }
}

function readSubgraphUrls(texts: Texts): ReadonlyMap<string, string> {
  return new Map(
    readList(texts.GATEWAY_SUBGRAPH_URLS).map((entry): [string, string] => {
      const at = entry.indexOf("=");
      const [name, url] = [entry.slice(0, at), entry.slice(at + 1)];
      if (at < 1 || !/^https?:/.test(url) || !URL.canParse(url)) throw invalid("GATEWAY_SUBGRAPH_URLS", "a list of name=http(s) URL", entry);
      return [name, url];
    }),
  );
}

function readContracts(texts: Texts): ReadonlyMap<string, readonly string[]> {
  const entries = readList(texts.GATEWAY_CONTRACTS).map((entry): [string, string[]] => {
    const [, name, tags = ""] = /^([a-z][a-z0-9-]*)=([\w/-]+(?:\+[\w/-]+)*)$/i.exec(entry) ?? [];
    if (name === undefined) throw invalid("GATEWAY_CONTRACTS", "a list of name=tag or name=tag+tag", entry);
    return [name, tags.split("+")];
  });
  if (entries.length > 0 && texts.GATEWAY_ENGINE === "reference") throw invalid("GATEWAY_CONTRACTS", "empty with GATEWAY_ENGINE=reference, which shows every client the whole schema", texts.GATEWAY_CONTRACTS ?? "");
  const twice = entries.map(([name]) => name).find((name, at, names) => names.indexOf(name) !== at);
  if (twice !== undefined) throw invalid("GATEWAY_CONTRACTS", "a list of names that differ", twice);
  return new Map(entries);
}

function readContractClaim({ GATEWAY_CONTRACT_CLAIM: claim }: Texts): string | null {
  if (claim !== undefined && RESERVED_CLAIMS.has(claim)) throw invalid("GATEWAY_CONTRACT_CLAIM", "a claim that tokens do not have for another reason", claim);
  return claim ?? null;
}

function readInteger(texts: Texts, name: SettingName, range: { readonly min: number; readonly max: number; readonly otherwise: number }): number {
  const text = texts[name];
  if (text === undefined) return range.otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw invalid(name, `a whole number from ${range.min} to ${range.max}`, text);
}

function readBoolean(texts: Texts, name: SettingName, otherwise: boolean): boolean {
  const text = readOneOf(texts, name, ["true", "false"] as const);
  return text === null ? otherwise : text === "true";
}

function readOneOf<Value extends string>(texts: Texts, name: SettingName, values: readonly Value[]): Value | null {
  const text = texts[name];
  if (text === undefined) return null;
  const value = values.find((known) => known === text);
  if (value === undefined) throw invalid(name, `one of ${values.join(", ")}`, text);
  return value;
}

function readList(text: string | undefined): string[] {
  return (text ?? "").split(",").map((part) => part.trim()).filter(Boolean);
}

function invalid(name: SettingName, expected: string, value: string): Error {
  return gatewayError("SETTING_INVALID", { name, expected, value: JSON.stringify(value) });
}
