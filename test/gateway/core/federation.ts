// A small federation for a test: real subgraphs behind real HTTP in this process, a supergraph composed from them, and
// the gateway in front. Tells what each subgraph was asked, and lets a test make one misbehave.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildSubgraphSchema } from "@apollo/subgraph";
import { graphql, parse, validate, type DocumentNode, type FormattedExecutionResult, type GraphQLSchema } from "graphql";

import { readConfig, type GatewayConfig } from "../../../gateway/config.ts";
import { ANONYMOUS, createGateway, ReadyData, type Answer, type Caller, type Gateway, type GatewayParts, type QueryPlanWish } from "../../../gateway/gateway.ts";
import { composeSubgraphs } from "../../../gateway/supergraph/compose.ts";

/** Tests of execution run on each. */
export const ENGINES = [
  { engine: "reference", planner: "apollo" },
  { engine: "compiled", planner: "hive" },
  { engine: "compiled", planner: "apollo" },
] as const satisfies readonly EngineChoice[];

export type EngineChoice = Pick<GatewayConfig["execution"], "engine" | "planner">;

export interface SubgraphSource {
  readonly sdl: string;
  readonly resolvers?: Record<string, unknown>;
}

export interface SeenRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Answers in the subgraph's stead; returns false to let the subgraph answer all the same. */
export type Misbehaviour = (response: ServerResponse) => boolean | Promise<boolean>;

export interface TestServer {
  readonly url: string;
  /** Without probes. */
  readonly seen: SeenRequest[];
  misbehave(how: Misbehaviour | null): void;
  stop(): Promise<void>;
}

export interface Federation {
  readonly gateway: Gateway;
  readonly supergraphFile: string;
  readonly servers: Readonly<Record<string, TestServer>>;
  /** Fails on an invalid document, as the HTTP face would. */
  ask(query: string, options?: AskOptions): Promise<FormattedExecutionResult<Record<string, unknown>>>;
  /** All requests that subgraphs saw since the last `ask`, as `name: query`. */
  fetches(): string[];
  close(): Promise<void>;
}

export interface AskOptions {
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly caller?: Caller;
  readonly requestId?: string;
  readonly signal?: AbortSignal;
  readonly queryPlan?: QueryPlanWish;
}

export interface FederationOptions {
  /** By default the gateway's own, unless the environment names another. GATEWAY_REPLAY=true there makes each query twice. */
  readonly on?: EngineChoice;
  readonly config?: Partial<GatewayConfig>;
  readonly parts?: GatewayParts;
  /** Changes the composed supergraph before it is loaded. */
  readonly edit?: (supergraphSdl: string) => string;
}

export async function openFederation(sources: Readonly<Record<string, SubgraphSource>>, options: FederationOptions = {}): Promise<Federation> {
  const entries = await Promise.all(Object.entries(sources).map(async ([name, source]) => [name, await startSubgraph(source)] as const));
  const servers = Object.fromEntries(entries);
  const { file, remove } = await writeSupergraph(sources, servers, options.edit ?? ((sdl) => sdl));
  const closeServers = async (): Promise<void> => {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
    await remove();
  };
  const gateway = await createGateway({ ...configOn(options.on), ...options.config, supergraph: file }, options.parts).catch(async (error: unknown) => {
    await closeServers();
    throw error;
  });
  return {
    gateway,
    supergraphFile: file,
    servers,
    ask: async (query, asked = {}) => {
      const document = readDocument(gateway, query);
      // Where runs are kept, the second is the one to look at.
      const runs = process.env["GATEWAY_REPLAY"] === "true" && !query.includes("mutation") ? 2 : 1;
      for (let run = 1; ; run += 1) {
        for (const server of Object.values(servers)) server.seen.length = 0;
        const answer = await askGateway(gateway, document, asked);
        if (run === runs) return answer;
      }
    },
    fetches: () => Object.entries(servers).flatMap(([name, server]) => server.seen.map(({ query }) => `${name}: ${query}`)),
    close: async () => {
      await gateway.close();
      await closeServers();
    },
  };
}

function configOn(choice: EngineChoice | undefined): GatewayConfig {
  const { GATEWAY_ENGINE = "", GATEWAY_PLANNER = "", GATEWAY_REPLAY = "", GATEWAY_REPLAY_PROTECTED = "" } = process.env;
  const config = readConfig({}, { GATEWAY_ENGINE, GATEWAY_PLANNER, GATEWAY_REPLAY, GATEWAY_REPLAY_PROTECTED });
  return { ...config, execution: { ...config.execution, ...choice } };
}

/** Composes what `openFederation` serves, with addresses that nobody answers. */
export function composeText(sources: Readonly<Record<string, SubgraphSource>>, urlOf: (name: string) => string = () => "http://127.0.0.1:9/"): string {
  const result = composeSubgraphs(Object.entries(sources).map(([name, { sdl }]) => ({ name, url: urlOf(name), sdl, origin: `${name}.graphql` })));
  if ("errors" in result) throw new Error(result.errors.map((error) => error.message).join("\n"));
  return result.supergraphSdl;
}

export async function startSubgraph({ sdl, resolvers = {} }: SubgraphSource): Promise<TestServer> {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
  const seen: SeenRequest[] = [];
  const state: { misbehaviour: Misbehaviour | null } = { misbehaviour: null };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { query: string; variables?: Record<string, unknown> };
      const { query, variables = {} } = body;
      if (query !== "{ __typename }") seen.push({ headers: request.headers, query, variables });
      void answer({ schema, state, query, variables }, response);
    });
  });
  const url = await listen(server);
  return {
    url,
    seen,
    misbehave: (how) => void (state.misbehaviour = how),
    stop: () => stopServer(server),
  };
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

export async function stopServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

export function callerWith(scopes: readonly string[] = [], subject = "someone"): Caller {
  return { subject, scopes: new Set(scopes), claims: {} };
}

/** Who may see what is behind the gateway, as its settings are by default. */
export const OPERATOR = callerWith(["gateway:operator"], "operator");

interface Answering {
  readonly schema: GraphQLSchema;
  readonly state: { readonly misbehaviour: Misbehaviour | null };
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

async function answer({ schema, state, query, variables }: Answering, response: ServerResponse): Promise<void> {
  if (state.misbehaviour !== null && (await state.misbehaviour(response))) return;
  const result = await graphql({ schema, source: query, variableValues: variables });
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
}

function readDocument(gateway: Gateway, query: string): DocumentNode {
  const document = parse(query);
  const [problem] = validate(gateway.schema(), document);
  if (problem !== undefined) throw problem;
  return document;
}

async function askGateway(gateway: Gateway, document: DocumentNode, asked: AskOptions): Promise<FormattedExecutionResult<Record<string, unknown>>> {
  const { variables = {}, operationName = null, caller = ANONYMOUS, requestId = "test", signal = new AbortController().signal, queryPlan } = asked;
  const request = { document, operationName, variables, caller, requestId, signal, ...(queryPlan !== undefined && { queryPlan }) };
  return parseAnswer(await gateway.execute(request));
}

/** An answer as objects, in whatever form the gateway gave it. */
export function parseAnswer({ data, errors, extensions }: Answer): FormattedExecutionResult<Record<string, unknown>> {
  const parsed = data instanceof ReadyData ? data.toJSON() : data;
  return { ...(parsed !== undefined && { data: parsed }), ...(errors !== undefined && { errors }), ...(extensions !== undefined && { extensions }) };
}

async function writeSupergraph(
  sources: Readonly<Record<string, SubgraphSource>>,
  servers: Readonly<Record<string, TestServer>>,
  edit: (sdl: string) => string,
): Promise<{ readonly file: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "gateway-test-"));
  const file = join(folder, "supergraph.graphql");
  await writeFile(file, edit(composeText(sources, (name) => servers[name]?.url ?? "")));
  return { file, remove: () => rm(folder, { recursive: true }) };
}
