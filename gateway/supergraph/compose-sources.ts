// Fetches the schemas that `supergraph.yaml` names: from files, as plain SDL by HTTP, or by asking running subgraphs.
// A subgraph that is not up yet is named and waited for; one that answers wrongly is an error at once.
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { gatewayError } from "../errors.ts";
import type { SchemaSource, SubgraphEntry, SupergraphConfig } from "./compose-config.ts";

/** The schema of one subgraph, as its owner wrote it. */
export interface SubgraphSchema {
  readonly name: string;
  /** Where the gateway will reach it. */
  readonly url: string;
  readonly sdl: string;
  /** Where the SDL was read, as errors name it: a file path or an address. */
  readonly origin: string;
}

export interface ReadSchemasOptions {
  /** The folder to which file sources are relative. */
  readonly folder: string;
  /** How long subgraphs that are not up yet are waited for, together, in milliseconds. */
  readonly waitMs: number;
  /** Told, in one line, who is waited for. */
  readonly progress: (line: string) => void;
}

/** Why a try failed, and whether another may succeed: a refused connection may, a wrong answer will not. */
class NotRead extends Error {
  readonly again: boolean;

  constructor(reason: string, again: boolean) {
    super(reason);
    this.again = again;
  }
}

/** One try may take this long, or what is left of the wait, but a subgraph always gets the shorter time to answer. */
const LONGEST_TRY_MS = 5_000;
const SHORTEST_TRY_MS = 1_000;
const PAUSE_MS = 500;
/** A subgraph that is waited for is named again this often. */
const REMINDER_MS = 10_000;
const LARGEST_SDL_BYTES = 16 * 1024 * 1024;
/** Statuses with which a proxy or a server says "not yet". */
const NOT_YET = new Set([408, 425, 429, 502, 503, 504]);
const SDL_QUERY = "query SubgraphIntrospectQuery { _service { sdl } }";

/** In the order of the configuration. Throws SUBGRAPH_SCHEMA_UNREADABLE, which names the subgraph, the source and the reason. */
export async function readSchemas(config: SupergraphConfig, options: ReadSchemasOptions): Promise<SubgraphSchema[]> {
  const giveUp = new AbortController();
  const deadline = Date.now() + options.waitMs;
  const reads = config.subgraphs.map((entry) => readSchema(entry, { ...options, deadline, signal: giveUp.signal }));
  try {
    return await Promise.all(reads);
  } catch (error) {
    giveUp.abort();
    await Promise.allSettled(reads);
    throw error;
  }
}

type RemoteSource = Exclude<SchemaSource, { kind: "file" }>;
type Reading = ReadSchemasOptions & { readonly deadline: number; readonly signal: AbortSignal };

async function readSchema({ name, routingUrl, schema }: SubgraphEntry, reading: Reading): Promise<SubgraphSchema> {
  const origin = schema.kind === "file" ? pathOf(schema.file, reading.folder) : schema.url;
  let namedAt = -Infinity;
  for (;;) {
    const read = await tryRead(schema, reading);
    if (typeof read === "string") return { name, url: routingUrl, sdl: read, origin };
    const over = Date.now() + PAUSE_MS > reading.deadline || reading.signal.aborted;
    if (!read.again || over) {
      const reason = read.again ? `${read.message}, after waiting for ${Math.round(reading.waitMs / 1_000)} s` : read.message;
      throw gatewayError("SUBGRAPH_SCHEMA_UNREADABLE", { subgraph: name, source: origin, reason });
    }
    if (Date.now() - namedAt >= REMINDER_MS) {
      reading.progress(`Waiting for ${name} (${origin}): ${read.message}.`);
      namedAt = Date.now();
    }
    await sleep(PAUSE_MS, undefined, { signal: reading.signal }).catch(() => undefined);
  }
}

async function tryRead(schema: SchemaSource, reading: Reading): Promise<string | NotRead> {
  try {
    const sdl = schema.kind === "file" ? await readSdlFile(pathOf(schema.file, reading.folder)) : await fetchSdl(schema, reading);
    return sdl.trim() === "" ? new NotRead("the schema is empty", false) : sdl;
  } catch (error) {
    if (error instanceof NotRead) return error;
    throw error;
  }
}

function pathOf(file: string, folder: string): string {
  return isAbsolute(file) ? file : join(folder, file);
}

async function readSdlFile(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new NotRead(error.code === "ENOENT" ? "there is no such file" : `the file cannot be read (${error.code})`, false);
  });
}

async function fetchSdl(schema: RemoteSource, reading: Reading): Promise<string> {
  const { status, body } = await fetchText(schema, reading);
  if (NOT_YET.has(status)) throw new NotRead(`it answers with HTTP status ${status}`, true);
  if (status >= 300 && status < 400) throw new NotRead(`it redirects (HTTP status ${status}), which is not followed`, false);
  if (schema.kind === "introspection") return readIntrospection(body, status);
  if (status !== 200) throw new NotRead(`it answers with HTTP status ${status}`, false);
  return body;
}

async function fetchText(schema: RemoteSource, { signal, deadline }: Reading): Promise<{ status: number; body: string }> {
  const tryMs = Math.max(SHORTEST_TRY_MS, Math.min(LONGEST_TRY_MS, deadline - Date.now()));
  const timeout = AbortSignal.timeout(tryMs);
  try {
    const response = await fetch(schema.url, { ...requestOf(schema), redirect: "manual", signal: AbortSignal.any([signal, timeout]) });
    return { status: response.status, body: await readBody(response) };
  } catch (error) {
    if (error instanceof NotRead) throw error;
    throw new NotRead(timeout.aborted ? `no answer within ${Math.round(tryMs / 1_000)} s` : reasonOf(error), true);
  }
}

function requestOf(schema: RemoteSource): RequestInit {
  if (schema.kind === "url") return { headers: { accept: "text/plain, application/graphql, */*" } };
  const headers = { accept: "application/json", ...schema.headers, "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify({ query: SDL_QUERY }) };
}

async function readBody(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > LARGEST_SDL_BYTES) throw new NotRead(`the schema is larger than ${LARGEST_SDL_BYTES} bytes`, false);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** The system's word for what went wrong, which says more than fetch's own "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ECONNREFUSED") return "the connection is refused";
  return /^E[A-Z]+(_[A-Z]+)?$/.test(code) ? `the connection fails (${code})` : "the connection breaks off";
}

function readIntrospection(body: string, status: number): string {
  const answer = parseAnswer(body);
  const sdl = answer?.data?._service?.sdl;
  if (typeof sdl === "string") return sdl;
  const message = answer?.errors?.[0]?.message;
  if (typeof message === "string") throw new NotRead(`it does not tell its schema: ${message.slice(0, 300)}`, false);
  throw new NotRead(`expected a GraphQL answer to { _service { sdl } }, got something else with HTTP status ${status}`, false);
}

interface IntrospectionAnswer {
  readonly data?: { readonly _service?: { readonly sdl?: unknown } | null } | null;
  readonly errors?: readonly ({ readonly message?: unknown } | null)[];
}

function parseAnswer(body: string): IntrospectionAnswer | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
