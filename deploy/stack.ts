// The whole of Parcours on one machine: MongoDB, four subgraph processes, the composed supergraph, the gateway.
// `npm start`, the measurements and the journeys' tests all stand on this.
import { createServer } from "node:net";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { SEALING, SUBGRAPH_NAMES, type SubgraphName } from "../subgraphs/config.ts";
import { startMongod } from "../subgraphs/mongod/mongod.ts";
import { callerSettings, openDemoKeys, TELLING_READINGS, type DemoKeys } from "./keys.ts";
import type { StartOptions } from "./options.ts";
import { signPersonas, type PersonaWithToken } from "./personas.ts";
import { startProcess, waitUntilUp, type RunningProcess } from "./processes.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const GATEWAY_SCRIPT = join(ROOT, "gateway/main.ts");
const SUBGRAPH_SCRIPT = join(ROOT, "subgraphs/main.ts");

/** Told of each step, in the order in which they end. */
export type Progress = (line: string) => void;

export interface StackOptions extends StartOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  /** Put before database names, so that test runs share a server. */
  readonly databasePrefix?: string;
}

export interface Stack {
  /** Without path. */
  readonly gatewayUrl: string;
  readonly subgraphUrls: Readonly<Record<SubgraphName, string>>;
  readonly personas: readonly PersonaWithToken[];
  /** By name: the four subgraphs and `gateway`. */
  readonly processes: ReadonlyMap<string, RunningProcess>;
  /** Which MongoDB serves, in one line. */
  readonly mongodb: string;
  /** Empty when each subgraph has a server of its own. */
  readonly mongodbUri: string;
  readonly databasePrefix: string;
  readonly folders: StackFolders;
  /** Starts a subgraph that has ended again, and waits until it is up. */
  restart(name: SubgraphName): Promise<void>;
  close(): Promise<void>;
}

export interface StackFolders {
  readonly data: string;
  readonly logs: string;
  readonly keys: string;
  /** A folder below for each subgraph. */
  readonly audit: string;
}

/** A port that another program holds; the message says how to choose another. */
export class PortInUse extends Error {}

/** Starts everything, or nothing: what came up is ended when a later step fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end().catch(() => undefined);
  };
  try {
    return { ...(await bringUp(options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function bringUp(options: StackOptions, closers: (() => Promise<void>)[]): Promise<Omit<Stack, "close">> {
  await assertPortsFree(options);
  const folders = await makeFolders(options.dataFolder);
  const keys = await openDemoKeys(folders.keys);
  const subgraphUrls = urlsOf(options);
  const composing = compose(folders, subgraphUrls);
  composing.catch(() => undefined);
  const mongodb = await openMongodb(options, folders, closers);
  options.progress(mongodb.line);
  const processes = new Map<string, RunningProcess>();
  closers.push(async () => void (await Promise.all([...processes.values()].map((running) => running.stop()))));
  const start = async (name: SubgraphName) => {
    const running = startSubgraph({ name, options, folders, keys, mongodbUri: mongodb.uri });
    processes.set(name, running);
    await waitForSubgraph(running, name, options);
  };
  options.progress(`starting four subgraphs${options.seed ? "; empty databases get the demonstration world (about 10 s)" : ""}`);
  await Promise.all(SUBGRAPH_NAMES.map(start));
  const supergraph = await composing;
  options.progress("supergraph: composed from four schemas");
  const personas = await signPersonas(keys);
  const gateway = await startGateway({ options, folders, keys, personas, supergraph });
  processes.set("gateway", gateway);
  const gatewayUrl = `http://127.0.0.1:${options.gatewayPort}`;
  await waitUntilUp(gateway, `${gatewayUrl}/health/ready`);
  options.progress(`gateway: up on ${gatewayUrl}`);
  return {
    gatewayUrl,
    subgraphUrls,
    personas,
    processes,
    mongodb: mongodb.line,
    mongodbUri: mongodb.uri ?? "",
    databasePrefix: options.databasePrefix ?? "parcours-",
    folders,
    restart: start,
  };
}

async function makeFolders(data: string): Promise<StackFolders> {
  const folders = { data, logs: join(data, "logs"), keys: join(data, "keys"), audit: join(data, "audit") };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  return folders;
}

function urlsOf(options: StackOptions): Record<SubgraphName, string> {
  const entries = SUBGRAPH_NAMES.map((name, index) => [name, `http://127.0.0.1:${options.subgraphPort + index}/graphql`]);
  return Object.fromEntries(entries) as Record<SubgraphName, string>;
}

/** The servers that the environment names, or one of our own. `uri` is null when each subgraph has its own. */
async function openMongodb(
  options: StackOptions,
  folders: StackFolders,
  closers: (() => Promise<void>)[],
): Promise<{ readonly uri: string | null; readonly line: string }> {
  const { env } = options;
  const own = SUBGRAPH_NAMES.filter((name) => env[`${name.toUpperCase()}_MONGODB_URI`] === undefined);
  const named = env["MONGODB_URI"];
  if (named !== undefined) return { uri: named, line: "MongoDB: the server that MONGODB_URI names" };
  if (own.length === 0) return { uri: null, line: "MongoDB: the servers that the four *_MONGODB_URI name" };
  const folder = options.inMemory ? null : join(folders.data, "mongodb");
  const mongod = await startMongod({ folder, progress: options.progress, env });
  closers.push(mongod.stop);
  const place = folder === null ? "in a temporary folder" : `data in ${folder}`;
  return { uri: mongod.uri, line: `MongoDB: ${mongod.found.path} (${mongod.found.origin}), ${place}` };
}

interface SubgraphStart {
  readonly name: SubgraphName;
  readonly options: StackOptions;
  readonly folders: StackFolders;
  readonly keys: DemoKeys;
  readonly mongodbUri: string | null;
}

function startSubgraph({ name, options, folders, keys, mongodbUri }: SubgraphStart): RunningProcess {
  const port = options.subgraphPort + SUBGRAPH_NAMES.indexOf(name);
  const seed = options.seed ? ["--seed", ...(options.today === undefined ? [] : ["--today", options.today])] : [];
  return startProcess({
    name,
    args: [SUBGRAPH_SCRIPT, "serve", name, "--port", String(port), ...seed],
    env: {
      ...sharedEnvironment(folders),
      PARCOURS_GATEWAY_JWKS: keys.gatewayJwks,
      PARCOURS_TICKET_JWKS: keys.ticketJwks,
      PARCOURS_AUDIT_FOLDER: folders.audit,
      PARCOURS_AUDIT_KEY: keys.auditKey,
      ...directoryEnvironment(name, options, keys),
      ...(name === "beneficiaries" && { PARCOURS_TICKET_KEY: keys.ticketKey }),
      ...readingsSettings(name, options, keys),
      ...(SEALING.includes(name) && { PARCOURS_KEY_RING: keys.keyRing }),
      ...(mongodbUri !== null && { MONGODB_URI: mongodbUri }),
      ...(options.clock !== undefined && { PARCOURS_CLOCK: options.clock }),
      ...(options.databasePrefix !== undefined && { PARCOURS_DATABASE_PREFIX: options.databasePrefix }),
    },
    logFile: join(folders.logs, `${name}.log`),
  });
}

/** *partners* tells the others who is habilitated. */
function directoryEnvironment(name: SubgraphName, options: StackOptions, keys: DemoKeys): Record<string, string> {
  if (name === "partners") return { PARCOURS_DIRECTORY_KEY: keys.directoryKey, PARCOURS_DIRECTORY_JWKS: keys.directoryAskersJwks };
  const port = options.subgraphPort + SUBGRAPH_NAMES.indexOf("partners");
  return {
    PARCOURS_DIRECTORY_URL: `http://127.0.0.1:${port}/directory`,
    PARCOURS_DIRECTORY_KEY: keys.directoryAskerKey,
    PARCOURS_DIRECTORY_JWKS: keys.directoryJwks,
  };
}

/** The three tell *beneficiaries* who read what about whom. */
function readingsSettings(name: SubgraphName, options: StackOptions, { readingsKeys }: DemoKeys): Record<string, string> {
  const own = readingsKeys[name];
  if (own === undefined) return { PARCOURS_READINGS_SENDERS: TELLING_READINGS.map((sender) => `${sender}=${readingsKeys[sender]}`).join(",") };
  return { PARCOURS_READINGS_URL: new URL("/readings", urlsOf(options).beneficiaries).href, PARCOURS_READINGS_KEY_FILE: own };
}

async function waitForSubgraph(running: RunningProcess, name: SubgraphName, options: StackOptions): Promise<void> {
  const port = options.subgraphPort + SUBGRAPH_NAMES.indexOf(name);
  await waitUntilUp(running, `http://127.0.0.1:${port}/health`);
  options.progress(`${name}: up on port ${port}`);
}

/** Composes in a process of its own, beside the start of MongoDB; answers the supergraph's file. */
async function compose(folders: StackFolders, urls: Readonly<Record<SubgraphName, string>>): Promise<string> {
  const output = join(folders.data, "supergraph.graphql");
  await rm(output, { force: true });
  const running = startProcess({
    name: "compose",
    args: [GATEWAY_SCRIPT, "compose", "--config", join(ROOT, "supergraph.yaml"), "--output", output],
    env: {
      ...sharedEnvironment(folders),
      ...Object.fromEntries(SUBGRAPH_NAMES.map((name) => [`${name.toUpperCase()}_URL`, urls[name]])),
    },
    logFile: join(folders.logs, "compose.log"),
  });
  const printed = await running.ended;
  const written = await stat(output).catch(() => null);
  if (written === null) throw new Error(`The schemas do not compose:\n${printed}`);
  return output;
}

interface GatewayStart {
  readonly options: StackOptions;
  readonly folders: StackFolders;
  readonly keys: DemoKeys;
  readonly personas: readonly PersonaWithToken[];
  readonly supergraph: string;
}

async function startGateway({ options, folders, keys, personas, supergraph }: GatewayStart): Promise<RunningProcess> {
  const personasFile = join(folders.data, "personas.json");
  const shown = personas.map(({ name, description, token }) => ({ name, description, token }));
  await writeFile(personasFile, JSON.stringify(shown, null, 2), { mode: 0o600 });
  return startProcess({
    name: "gateway",
    args: [GATEWAY_SCRIPT, "serve", "--supergraph", supergraph, "--port", String(options.gatewayPort)],
    env: {
      ...sharedEnvironment(folders),
      ...callerSettings(keys),
      GATEWAY_CLAIM_EXTENSIONS: "purpose=purpose",
      GATEWAY_CONTRACT_CLAIM: "contract",
      GATEWAY_GUARDED_HEADERS: "x-gateway-caller,x-sharing-ticket",
      GATEWAY_CONTRACTS: "public=public,ngo=public+ngo,reporting=public+reporting",
      GATEWAY_COLLECTIONS: join(ROOT, "queries"),
      GATEWAY_PERSONAS: personasFile,
      GATEWAY_SECRET_PATTERN: NIR_PATTERN,
      GATEWAY_GET: "anonymous",
    },
    logFile: join(folders.logs, "gateway.log"),
  });
}

/** A NIR as people write it, with or without key: a client may put one where none belongs (décret 2019-341). */
export const NIR_PATTERN = String.raw`[1-478](?:[\s._/-]{0,2}\d){5}[\s._/-]{0,2}[\dAB](?:[\s._/-]{0,2}\d){6}(?:[\s._/-]{0,2}\d{2})?`;

/** Compiled code is kept, which halves the time of a second start. */
function sharedEnvironment(folders: StackFolders): Record<string, string> {
  return { NODE_COMPILE_CACHE: join(folders.data, "compile-cache") };
}

async function assertPortsFree(options: StackOptions): Promise<void> {
  await assertPortFree(options.gatewayPort, "the gateway", "--port");
  for (const [index, name] of SUBGRAPH_NAMES.entries()) {
    await assertPortFree(options.subgraphPort + index, name, "--subgraph-port");
  }
}

async function assertPortFree(port: number, who: string, option: string): Promise<void> {
  const probe = createServer();
  await new Promise<void>((settle, reject) => {
    probe.once("error", () => reject(new PortInUse(`Port ${port} of ${who} is in use. Choose another: npm start -- ${option} ${port + 100}`)));
    probe.listen(port, "127.0.0.1", () => probe.close(() => settle()));
  });
}
