// What stands behind the gateways: the shop's stub subgraphs, or the real subgraphs of this project with MongoDB.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { readSupergraph } from "../gateway/supergraph/supergraph.ts";
import { SUBGRAPH_NAMES } from "../subgraphs/config.ts";
import { startMongod } from "../subgraphs/mongod/mongod.ts";
import type { ServeOrder } from "./law/serve.ts";
import { ask } from "./load.ts";
import { planFullPathway } from "./planner-alone.ts";
import { startPinned, type Pinned } from "./processes.ts";
import type { StubOrder, StubReport } from "./stubs.ts";
import { createMessageReader } from "./wire.ts";

export interface Federation {
  /** File that gateways are given. */
  readonly supergraph: string;
  /** File of the same with addresses at which requests are counted. The way is longer: not for measuring time. */
  readonly countedSupergraph: string;
  /** Requests so far. */
  count(): Promise<number>;
  /** Milliseconds that planning Q1 takes without a gateway; null where there is no Q1. */
  readonly plannerAloneMs: number | null;
  /** Whether answers are different each time from now on. */
  change(changing: boolean): void;
  close(): Promise<void>;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
export const CLOCK = "2026-03-02T09:00:00Z";
/** Of the world. */
export const SEED_DAY = CLOCK.slice(0, 10);
const FIRST_SUBGRAPH_PORT = 24_101;
const UP_LIMIT_MS = 60_000;

export async function openShop(folder: string): Promise<Federation> {
  const stubs = startPinned({ script: fileURLToPath(new URL("stubs.ts", import.meta.url)), cores: null });
  const order = (message: StubOrder): void => void stubs.child.send(message);
  const ended = once(stubs.child, "close").then(() => Promise.reject(new Error(`The stubs ended:\n${stubs.lastWords()}`)));
  ended.catch(() => undefined);
  const hear = async (): Promise<StubReport> => ((await Promise.race([once(stubs.child, "message"), ended])) as [StubReport])[0];
  const up = await hear();
  if (up.kind !== "up") throw new Error("Expected the stubs to tell their addresses first.");
  const supergraph = compose({ config: join(ROOT, "bench/shop/supergraph.yaml"), output: join(folder, "shop.graphql"), urls: up.urls });
  return {
    supergraph,
    countedSupergraph: supergraph,
    plannerAloneMs: null,
    count: async () => {
      const heard = hear();
      order({ kind: "count" });
      const report = await heard;
      return report.kind === "count" ? report.requests : 0;
    },
    change: (changing) => order({ kind: "change", changing }),
    close: stubs.stop,
  };
}

/**
 * The subgraphs are without policy, tickets and audit, since they would answer nothing about people to a gateway that cannot
 * vouch for its caller; the supergraph is without @authenticated and its like, which plain @apollo/gateway cannot read. So all
 * gateways have the same to do.
 */
export async function openParcours(folder: string): Promise<Federation> {
  const mongod = await startMongod({ folder: null, progress: () => undefined, env: process.env });
  const ports = SUBGRAPH_NAMES.map((_, index) => FIRST_SUBGRAPH_PORT + index);
  const subgraphs = SUBGRAPH_NAMES.map((name, index) =>
    startBenchSubgraph({ name, port: ports[index] ?? 0, mongodbUri: mongod.uri, clock: CLOCK, seedDay: SEED_DAY, law: { kind: "none", keys: null } }),
  );
  const counted = { requests: 0 };
  const relays = await Promise.all(ports.map((port) => openRelay(port, counted)));
  const close = async () => {
    await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
    for (const relay of relays) relay.close();
    await mongod.stop();
  };
  try {
    await Promise.all(subgraphs.map((subgraph, index) => waitUntilUp(subgraph, `http://127.0.0.1:${ports[index]}/graphql`)));
    const supergraph = withoutSecurity(composeParcours(ports, join(folder, "parcours.graphql")));
    const countedSupergraph = withoutSecurity(composeParcours(relays.map((relay) => relay.port), join(folder, "parcours-counted.graphql")));
    return { supergraph, countedSupergraph, plannerAloneMs: planFullPathway(supergraph), count: async () => counted.requests, change: () => undefined, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A subgraph as only the bench has it. */
export function startBenchSubgraph(order: ServeOrder): Pinned {
  return startPinned({ script: join(ROOT, "bench/law/serve.ts"), args: [JSON.stringify(order)], cores: null });
}

/** The project's supergraph with its subgraphs at those ports, in their order. Answers the file. */
export function composeParcours(ports: readonly number[], output: string): string {
  const urls = Object.fromEntries(SUBGRAPH_NAMES.map((name, index) => [name, `http://127.0.0.1:${ports[index]}/graphql`]));
  return compose({ config: join(ROOT, "supergraph.yaml"), output, urls });
}

/** Settles when a GraphQL request is answered. */
export async function waitUntilUp(process: Pinned, url: string): Promise<void> {
  return waitUntil(process, async () => (await ask(url, JSON.stringify({ query: "{ __typename }" }))).includes('"data"'));
}

/** Settles when it is so; rejects when the process has ended or takes too long. */
export async function waitUntil(process: Pinned, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + UP_LIMIT_MS;
  while (performance.now() < deadline && process.child.exitCode === null) {
    if (await isSo().catch(() => false)) return;
    await new Promise((settle) => setTimeout(settle, 20));
  }
  throw new Error(`${process.child.spawnargs.join(" ")} does not answer:\n${process.lastWords()}`);
}

interface Composing {
  readonly config: string;
  readonly output: string;
  readonly urls: Readonly<Record<string, string>>;
}

/** Answers the supergraph's file. */
function compose({ config, output, urls }: Composing): string {
  const env = Object.fromEntries(Object.entries(urls).map(([name, url]) => [`${name.toUpperCase()}_URL`, url]));
  execFileSync(process.execPath, [join(ROOT, "gateway/main.ts"), "compose", "--config", config, "--output", output], { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  return output;
}

function withoutSecurity(file: string): string {
  writeFileSync(file, readSupergraph(readFileSync(file, "utf8"), file).sdl);
  return file;
}

/** Passes everything on to the port and counts the requests. */
async function openRelay(port: number, counted: { requests: number }): Promise<{ readonly port: number; close(): void }> {
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true });
    const count = createMessageReader(() => void (counted.requests += 1));
    client.on("data", count);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on("error", () => (client.destroy(), upstream.destroy()));
  });
  server.unref();
  await new Promise<void>((settle) => void server.listen(0, "127.0.0.1", settle));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}
