// The last stage of `explain`: the operation is run against the subgraphs, and each fetch is told as a line of a waterfall.
import type { GraphQLFormattedError } from "graphql";

import type { GatewayConfig } from "../config.ts";
import { gatewayError } from "../errors.ts";
import { listen } from "../events.ts";
import { createGateway, ReadyData, type Answer, type Gateway } from "../gateway.ts";
import type { Operation } from "../operation/operation.ts";
import { watchFetches, type WatchedFetch } from "./watch-fetches.ts";

export interface FetchesToExplain {
  readonly operation: Operation;
  readonly variables: Readonly<Record<string, unknown>>;
  /** A bearer token of who asks; null for nobody. */
  readonly token: string | null;
  readonly config: GatewayConfig;
}

export interface FetchesExplained {
  readonly text: string;
  /** Whether each subgraph gave a GraphQL response. */
  readonly complete: boolean;
}

const REQUEST_ID = "explain";

/** Throws errors of the table: for a mutation, for what the gateway says to the token or to variables. */
export async function explainFetches({ operation, variables, token, config }: FetchesToExplain): Promise<FetchesExplained> {
  // To explain must not change anything.
  if (operation.definition.operation !== "query") throw gatewayError("BAD_REQUEST", { expected: "a query, because the stage fetches runs it, got a mutation" });
  const gateway = await createGateway(config);
  const failures: string[] = [];
  const endListening = listen("fetch", ({ requestId, subgraph, failure }) => {
    if (requestId === REQUEST_ID && failure !== null) failures.push(`${subgraph} failed: ${failure}`);
  });
  try {
    const caller = await gateway.authenticate(token === null ? {} : { authorization: `Bearer ${token}` });
    const { document, name } = operation;
    const endWatching = watchFetches(urlsOf(gateway));
    const startedAt = performance.now();
    const answer = await gateway.execute({ document, operationName: name, variables, caller, requestId: REQUEST_ID, signal: new AbortController().signal });
    const endedAt = performance.now();
    const fetches = endWatching();
    if (answer.data === undefined) throw refusalOf(answer);
    return { text: [...printWaterfall(fetches, { startedAt, endedAt }), ...printAnswer(answer), ...failures].map((line) => `${line}\n`).join(""), complete: failures.length === 0 };
  } finally {
    endListening();
    await gateway.close();
  }
}

function urlsOf(gateway: Gateway): ReadonlyMap<string, string> {
  return new Map(gateway.health().subgraphs.map(({ name, url }) => [name, url]));
}

function refusalOf({ errors = [] }: Answer): Error {
  const [first] = errors;
  const { code } = first?.extensions ?? {};
  if (code === "BAD_USER_INPUT") return gatewayError("BAD_USER_INPUT", { detail: `${first?.message ?? ""} (--variables FILE names a file of them.)` });
  return gatewayError("BAD_REQUEST", { expected: `an operation that is answered, got ${String(code)}: ${first?.message ?? ""}` });
}

interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** How many characters the whole time is wide. */
const WIDTH = 40;

function printWaterfall(fetches: readonly WatchedFetch[], whole: Span): string[] {
  const wholeMs = whole.endedAt - whole.startedAt;
  const rows = fetches.map(({ subgraph, startedAt, endedAt, bytesOut, bytesIn, entities, errors }) => {
    const from = startedAt - whole.startedAt;
    const took = (endedAt ?? whole.endedAt) - startedAt;
    const cells = [subgraph, from.toFixed(1), endedAt === null ? "–" : took.toFixed(1), bytesOut, bytesIn, entities ?? "–", errors ?? "–"].map(String);
    return [...cells, printBar(from / wholeMs, took / wholeMs)];
  });
  const table = [["subgraph", "start ms", "took ms", "bytes out", "bytes in", "entities", "errors", ""], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => row.map((cell, column) => (column === 0 || column === row.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ").trimEnd());
  return [`# ${fetches.length} fetch(es) in ${wholeMs.toFixed(1)} ms; planning comes before the first`, ...lines];
}

function printBar(from: number, took: number): string {
  const start = Math.min(Math.floor(from * WIDTH), WIDTH - 1);
  return `${" ".repeat(start)}${"█".repeat(Math.max(1, Math.min(Math.round(took * WIDTH), WIDTH - start)))}`;
}

/** Its size and its errors; no value of it. */
function printAnswer({ data, errors = [] }: Answer): string[] {
  const text = data instanceof ReadyData ? data.text : JSON.stringify(data);
  return [`# data of ${Buffer.byteLength(text)} bytes, ${errors.length} error(s)`, ...errors.slice(0, MOST_ERRORS).map(printError)];
}

const MOST_ERRORS = 20;

function printError({ message, path = [], extensions }: GraphQLFormattedError): string {
  return `${String(extensions?.["code"])}${path.length === 0 ? "" : ` at ${path.join(".")}`}: ${message}`;
}
