// Reads `supergraph.yaml` in Rover's format: which subgraphs there are, where the gateway reaches each, and where its
// schema is to be had. Strict: a misspelt key is an error with its line, never ignored.
import { isAlias, isMap, isScalar, LineCounter, parseDocument, type Document, type Node, type YAMLMap } from "yaml";

import { gatewayError } from "../errors.ts";

export type SchemaSource =
  /** A path, relative to the folder of the configuration. */
  | { readonly kind: "file"; readonly file: string }
  /** The SDL itself, by HTTP GET. */
  | { readonly kind: "url"; readonly url: string }
  /** A running subgraph, asked for `{ _service { sdl } }`. */
  | { readonly kind: "introspection"; readonly url: string; readonly headers: Readonly<Record<string, string>> };

export interface SubgraphEntry {
  readonly name: string;
  readonly routingUrl: string;
  readonly schema: SchemaSource;
}

export interface SupergraphConfig {
  /** As written: `2`, `latest-2` or `=2.9.0`. */
  readonly federationVersion: string;
  /** In the order of the file; at least one. */
  readonly subgraphs: readonly SubgraphEntry[];
}

export interface ConfigReading {
  /** Names the text in errors. */
  readonly file: string;
  /** What `${env.NAME}` and `${env.NAME:-default}` in values are replaced from. */
  readonly env: NodeJS.ProcessEnv;
  /** The version of the composer at hand, `2.14.4`: a configuration that asks for a newer one is refused. */
  readonly composer: string;
}

/** The text being read; every complaint about it names the file and the line. */
interface Reading extends ConfigReading {
  readonly lines: LineCounter;
  readonly document: Document.Parsed;
}

/** Key → value; a key without a value stands for it, so that complaints have a line. */
type Entries = ReadonlyMap<string, Node>;

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const VERSION = /^(?:=?2|latest-2|=2\.\d+\.\d+(?:-[\w.]+)?)$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const SOURCES = ["file", "url", "subgraph_url"] as const;

/** Throws SUPERGRAPH_CONFIG_INVALID with the line and what was expected there. */
export function readSupergraphYaml(text: string, options: ConfigReading): SupergraphConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const reading: Reading = { ...options, lines, document };
  const broken = document.errors[0];
  if (broken !== undefined) throw invalidAt(reading, broken.pos[0], `it is not valid YAML: ${broken.message}`);
  const top = readMap(reading, document.contents, "a mapping with federation_version and subgraphs");
  refuseUnknown(reading, top, ["federation_version", "subgraphs"]);
  const subgraphs = readMap(reading, readRequired(reading, top, "subgraphs"), "a mapping from names to subgraphs");
  if (subgraphs.size === 0) throw invalid(reading, top.get("subgraphs"), "expected at least one subgraph under subgraphs");
  return {
    federationVersion: readVersion(reading, top.get("federation_version")),
    subgraphs: [...subgraphs].map(([name, node]) => readSubgraph(reading, name, node)),
  };
}

function readVersion(reading: Reading, node: Node | undefined): string {
  if (node === undefined) throw invalid(reading, node, `expected federation_version, such as =${reading.composer} or 2`);
  const version = isScalar(node) && typeof node.value === "number" ? String(node.value) : readText(reading, node, "federation_version");
  if (!VERSION.test(version)) {
    throw invalid(reading, node, `expected federation_version to be 2, latest-2 or a version such as =${reading.composer}, got ${version}`);
  }
  if (isNewer(version, reading.composer)) {
    throw invalid(reading, node, `expected federation_version to be at most =${reading.composer}, the composer at hand, got ${version}`);
  }
  return version;
}

function isNewer(version: string, composer: string): boolean {
  const [wanted, known] = [version, composer].map((text) => /^=?2\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number));
  const [minor = 0, patch = 0] = wanted ?? [];
  const [knownMinor = 0, knownPatch = 0] = known ?? [];
  return minor > knownMinor || (minor === knownMinor && patch > knownPatch);
}

function readSubgraph(reading: Reading, name: string, node: Node): SubgraphEntry {
  if (!NAME.test(name)) {
    throw invalid(reading, node, `expected the name of a subgraph (a letter, then letters, digits, _ and -, 64 at most), got ${name}`);
  }
  const entries = readMap(reading, node, `a mapping with routing_url and schema for ${name}`);
  refuseUnknown(reading, entries, ["routing_url", "schema"]);
  const schema = readSchemaSource(reading, name, readRequired(reading, entries, "schema", node));
  const routing = entries.get("routing_url");
  if (routing !== undefined) return { name, routingUrl: readUrl(reading, routing, `routing_url of ${name}`), schema };
  // As with Rover: a subgraph that is introspected is by default reached where it was introspected.
  if (schema.kind === "introspection") return { name, routingUrl: schema.url, schema };
  throw invalid(reading, node, `expected routing_url for ${name}`);
}

function readSchemaSource(reading: Reading, name: string, node: Node): SchemaSource {
  const expected = `one of ${SOURCES.join(", ")} as the schema of ${name}`;
  const entries = readMap(reading, node, expected);
  refuseUnknown(reading, entries, [...SOURCES, "introspection_headers"]);
  const [kind, second] = SOURCES.filter((source) => entries.has(source));
  const value = kind === undefined ? undefined : entries.get(kind);
  if (kind === undefined || value === undefined || second !== undefined) throw invalid(reading, node, `expected exactly ${expected}`);
  const headers = entries.get("introspection_headers");
  if (kind === "subgraph_url") {
    return { kind: "introspection", url: readUrl(reading, value, `subgraph_url of ${name}`), headers: readHeaders(reading, headers) };
  }
  if (headers !== undefined) throw invalid(reading, headers, "expected introspection_headers beside subgraph_url only");
  if (kind === "url") return { kind, url: readUrl(reading, value, `schema url of ${name}`) };
  return { kind, file: readText(reading, value, `schema file of ${name}`) };
}

function readHeaders(reading: Reading, node: Node | undefined): Record<string, string> {
  if (node === undefined) return {};
  const entries = [...readMap(reading, node, "a mapping from header names to values")];
  return Object.fromEntries(entries.map(([name, value]) => [readHeaderName(reading, name, value), readHeaderValue(reading, name, value)]));
}

function readHeaderName(reading: Reading, name: string, node: Node): string {
  if (HEADER_NAME.test(name)) return name;
  throw invalid(reading, node, `expected the name of an HTTP header, got ${JSON.stringify(name)}`);
}

/** The value may be a secret: a complaint never repeats it. */
function readHeaderValue(reading: Reading, name: string, node: Node): string {
  const value = readText(reading, node, `header ${name}`);
  if (/^[\t\x20-\x7e]*$/.test(value)) return value;
  throw invalid(reading, node, `expected header ${name} to hold printable ASCII characters only`);
}

function readUrl(reading: Reading, node: Node, what: string): string {
  const text = readText(reading, node, what);
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw invalid(reading, node, `expected ${what} to be an http or https URL, got ${JSON.stringify(text)}`);
  }
  if (url.username === "" && url.password === "") return text;
  throw invalid(reading, node, `expected ${what} without a user name or password in it`);
}

function readText(reading: Reading, given: Node, what: string): string {
  const node = resolve(reading, given);
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value !== "string" || value === "") throw invalid(reading, given, `expected ${what} to be a text`);
  return value.replace(/\$\{([^}]*)\}/g, (_, inner: string) => expand(reading, given, inner));
}

function expand(reading: Reading, node: Node, inner: string): string {
  const [, name, fallback] = /^env\.([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inner) ?? [];
  if (name === undefined) throw invalid(reading, node, `expected \${env.NAME} or \${env.NAME:-default}, got \${${inner}}`);
  const value = reading.env[name] ?? fallback;
  if (value !== undefined) return value;
  throw invalid(reading, node, `the environment variable ${name} is not set; set it, or write \${env.${name}:-default}`);
}

function readMap(reading: Reading, given: Node | null, expected: string): Entries {
  const node = given === null ? null : resolve(reading, given);
  if (!isMap(node)) throw invalid(reading, given ?? undefined, `expected ${expected}`);
  return new Map((node as YAMLMap<Node, Node | null>).items.map(({ key, value }) => [readKey(reading, key), value ?? key]));
}

function readKey(reading: Reading, key: Node): string {
  if (isScalar(key) && typeof key.value === "string") return key.value;
  throw invalid(reading, key, "expected a text as key");
}

function readRequired(reading: Reading, entries: Entries, key: string, owner?: Node): Node {
  const node = entries.get(key);
  if (node === undefined) throw invalid(reading, owner, `expected ${key}`);
  return node;
}

function refuseUnknown(reading: Reading, entries: Entries, known: readonly string[]): void {
  for (const [key, node] of entries) {
    if (!known.includes(key)) throw invalid(reading, node, `expected one of ${known.join(", ")}, got the unknown key ${key}`);
  }
}

/** An alias (`*name`) stands for the node that it names. */
function resolve(reading: Reading, node: Node): Node | undefined {
  return isAlias(node) ? node.resolve(reading.document) : node;
}

function invalid(reading: Reading, node: Node | undefined, reason: string): Error {
  return invalidAt(reading, node?.range?.[0] ?? 0, reason);
}

function invalidAt(reading: Reading, offset: number, reason: string): Error {
  const { line } = reading.lines.linePos(offset);
  return gatewayError("SUPERGRAPH_CONFIG_INVALID", { file: `${reading.file}:${Math.max(line, 1)}`, reason });
}
