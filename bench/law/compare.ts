// What the law costs: the four subgraphs as they are, without the audit, and without policy, tickets and audit, over one
// MongoDB and each behind a gateway of its own that is the same in all settings. They are asked in short turns, so that
// whatever else the machine does strikes all alike; and started anew for each order in which they can be started, because two
// sets of the same processes differ by a fifth (what they compile when, and where their memory comes to lie), more than is
// measured here. Nothing is pinned: the gateway is not what is compared, and on one core four subgraphs, MongoDB and the load
// would stand in one queue, as nobody runs them.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { callerSettings, openDemoKeys, type DemoKeys } from "../../deploy/keys.ts";
import { PERSONAS } from "../../deploy/personas.ts";
import { SUBGRAPH_NAMES, type SubgraphName } from "../../subgraphs/config.ts";
import { startMongod } from "../../subgraphs/mongod/mongod.ts";
import { CLOCK, composeParcours, SEED_DAY, startBenchSubgraph, waitUntil, waitUntilUp } from "../federations.ts";
import { ask, runLoad } from "../load.ts";
import { assertData, assertHolds, printData, quantile } from "../measure.ts";
import { PEERS } from "../peers/peers.ts";
import { CORES, cpuSeconds, pinSelf, residentMebibytes, startPinned, type Pinned } from "../processes.ts";
import type { Result, Row } from "../table.ts";
import type { Workload } from "../workloads.ts";
import type { Law, TicketTime } from "./serve.ts";

export interface Comparing {
  /** For each variant. */
  readonly seconds: number;
  readonly folder: string;
}

/** One row for each variant. Throws where the law's answer is empty, or differs for the audit. */
export async function compareLaw(workload: Workload, { seconds, folder }: Comparing): Promise<Result> {
  const closers: (() => Promise<void>)[] = [async () => pinSelf(CORES?.rest ?? null)];
  pinSelf(CORES?.all ?? null);
  try {
    const keys = await openDemoKeys(join(folder, "keys"));
    const { id = "", claims } = PERSONAS.find((persona) => persona.id === PERSONA) ?? {};
    const asking: Asking = { workload, token: await keys.signToken(id, claims ?? {}) };
    const mongod = await startMongod({ folder: null, progress: () => undefined, env: process.env });
    closers.push(mongod.stop);
    await seedAll(mongod.uri, keys);
    const measured: Measured[] = [];
    for (const [round, order] of ORDERS.entries()) {
      const opening = { order, keys, mongodbUri: mongod.uri, folder: join(folder, `round-${round}`) };
      measured.push(...(await measureRound(opening, asking, seconds / ORDERS.length)));
    }
    const rows = VARIANTS.map((variant) => toRow(variant, measured.filter(({ stack }) => stack.variant === variant)));
    return { workload, rows, plannerAloneMs: null };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

const SUBGRAPH_SCRIPT = fileURLToPath(new URL("../../subgraphs/main.ts", import.meta.url));
const PERSONA = "hauts-de-seine-referent";
const FIRST_PORT = 24_111;
/** Four subgraphs and a gateway each. */
const PORTS_A_VARIANT = 10;
const REQUESTS_A_TURN = 5;
/** Four processes behind each gateway get warm, not one. */
const WARM_REQUESTS = 200;
/** In a round. */
const LEAST_REQUESTS = 50;

const VARIANTS = [
  { name: "law", kind: "audited", title: "Q1 with policy, tickets and audit" },
  { name: "unaudited", kind: "unaudited", title: "Q1 with policy and tickets" },
  { name: "none", kind: "none", title: "Q1 without" },
] as const;

type Variant = (typeof VARIANTS)[number];

const [LAW, UNAUDITED_LAW, NONE] = VARIANTS;
const ORDERS: readonly (readonly Variant[])[] = [
  [LAW, UNAUDITED_LAW, NONE],
  [UNAUDITED_LAW, NONE, LAW],
  [NONE, LAW, UNAUDITED_LAW],
  [NONE, UNAUDITED_LAW, LAW],
  [UNAUDITED_LAW, LAW, NONE],
  [LAW, NONE, UNAUDITED_LAW],
];

interface Asking {
  readonly workload: Workload;
  readonly token: string;
}

interface Stack {
  readonly variant: Variant;
  readonly url: string;
  readonly gateway: Pinned;
  readonly subgraphs: readonly Pinned[];
}

interface Opening {
  readonly order: readonly Variant[];
  readonly keys: DemoKeys;
  readonly mongodbUri: string;
  readonly folder: string;
}

async function measureRound(opening: Opening, asking: Asking, seconds: number): Promise<Measured[]> {
  const closers: (() => Promise<void>)[] = [];
  try {
    await mkdir(opening.folder);
    const stacks = await openStacks(opening, closers);
    const firsts = await askFirst(stacks, asking);
    return await takeTurns(stacks.map((stack, index) => ({ stack, firstMs: firsts[index] ?? Number.NaN })), asking, seconds);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function openStacks({ order, keys, mongodbUri, folder }: Opening, closers: (() => Promise<void>)[]): Promise<Stack[]> {
  const stacks: Stack[] = [];
  for (const variant of order) {
    const index = VARIANTS.indexOf(variant);
    const ports = SUBGRAPH_NAMES.map((_, at) => FIRST_PORT + index * PORTS_A_VARIANT + at);
    const subgraphs = SUBGRAPH_NAMES.map((name, at) => startSubgraph({ name, port: ports[at] ?? 0, variant, keys, mongodbUri, folder }));
    closers.push(async () => void (await Promise.all(subgraphs.map((one) => one.stop()))));
    await Promise.all(subgraphs.map((one, at) => waitUntil(one, async () => (await fetch(`http://127.0.0.1:${ports[at]}/health`)).ok)));
    const supergraph = composeParcours(ports, join(folder, `law-${variant.name}.graphql`));
    const port = FIRST_PORT + index * PORTS_A_VARIANT + SUBGRAPH_NAMES.length;
    const gateway = startGateway(keys, supergraph, port);
    closers.push(gateway.stop);
    const url = `http://127.0.0.1:${port}/graphql`;
    await waitUntilUp(gateway, url);
    stacks.push({ variant, url, gateway, subgraphs });
  }
  return stacks;
}

/** By a process that ends, so that none of those that are measured has done more than the others. */
async function seedAll(mongodbUri: string, { keyRing }: DemoKeys): Promise<void> {
  const env = { ...process.env, MONGODB_URI: mongodbUri, PARCOURS_KEY_RING: keyRing, PARCOURS_CLOCK: CLOCK };
  await promisify(execFile)(process.execPath, [SUBGRAPH_SCRIPT, "seed", "all", "--today", SEED_DAY], { env });
}

interface Start {
  readonly name: SubgraphName;
  readonly port: number;
  readonly variant: Variant;
  readonly keys: DemoKeys;
  readonly mongodbUri: string;
  readonly folder: string;
}

function startSubgraph({ variant: { kind }, keys, folder, ...start }: Start): Pinned {
  // It is the first variant, and beneficiaries the first of the four.
  const readingsUrl = `http://127.0.0.1:${FIRST_PORT}/readings`;
  const law: Law = kind === "audited" ? { kind, keys, auditFolder: join(folder, "audit"), readingsUrl } : { kind, keys };
  return startBenchSubgraph({ ...start, clock: CLOCK, seedDay: null, law });
}

function startGateway(keys: DemoKeys, supergraph: string, port: number): Pinned {
  const peer = PEERS.find(({ name }) => name === "ours-off");
  if (peer === undefined) throw new Error("Expected ours-off among the peers.");
  const { env, ...start } = peer.start({ supergraph, answer: "", port });
  return startPinned({ ...start, env: { ...env, ...callerSettings(keys) }, cores: null });
}

/** Answers how long each took for the first time, in milliseconds. */
async function askFirst(stacks: readonly Stack[], { workload, token }: Asking): Promise<number[]> {
  const [body = ""] = workload.bodies;
  const took: number[] = [];
  const answers = new Map<string, string>();
  for (const { variant, url } of stacks) {
    const startedAt = performance.now();
    const text = assertData(await ask(url, body, token));
    took.push(performance.now() - startedAt);
    assertHolds(text, workload.holds);
    answers.set(variant.name, printData(text));
  }
  if (answers.get("law") !== answers.get("unaudited")) throw new Error("Expected the same answer with the audit and without, got two.");
  for (const { url } of stacks) await runLoad({ url, bodies: workload.bodies, connections: 1, until: { requests: WARM_REQUESTS }, bytes: null, token });
  return took;
}

interface Started {
  readonly stack: Stack;
  /** What its first answer took. */
  readonly firstMs: number;
}

/** One stack in one round. */
interface Measured extends Started {
  readonly latencies: number[];
  /** Seconds that its turns took. */
  seconds: number;
  bytes: number;
  failures: number;
  readonly cost: Cost;
  /** Of the gateway, at the end. */
  memoryMiB: number;
}

/** Seconds and milliseconds, so far and then since. */
interface Cost {
  gatewaySeconds: number;
  subgraphsSeconds: number;
  ticketsMs: number | null;
}

async function takeTurns(started: readonly Started[], { workload: { bodies }, token }: Asking, seconds: number): Promise<Measured[]> {
  const measured = await Promise.all(started.map(async (one): Promise<Measured> => ({ ...one, ...NOTHING, latencies: [], cost: await readCost(one.stack) })));
  const sizes = await Promise.all(started.map(async ({ stack }) => Buffer.byteLength(await ask(stack.url, bodies[0] ?? "", token))));
  for (let turn = 0; measured.some((one) => one.seconds < seconds || one.latencies.length < LEAST_REQUESTS); turn++) {
    for (const offset of measured.keys()) {
      const index = (turn + offset) % measured.length;
      const one = measured[index];
      if (one === undefined) continue;
      const result = await runLoad({ url: one.stack.url, bodies, connections: 1, until: { requests: REQUESTS_A_TURN }, bytes: sizes[index] ?? null, token });
      one.latencies.push(...result.latencies);
      one.seconds += result.seconds;
      one.bytes = result.bytes;
      one.failures += result.failures;
    }
  }
  for (const one of measured) {
    const { stack, cost } = one;
    const now = await readCost(stack);
    cost.gatewaySeconds = now.gatewaySeconds - cost.gatewaySeconds;
    cost.subgraphsSeconds = now.subgraphsSeconds - cost.subgraphsSeconds;
    cost.ticketsMs = now.ticketsMs === null || cost.ticketsMs === null ? null : now.ticketsMs - cost.ticketsMs;
    one.memoryMiB = residentMebibytes(stack.gateway.pid);
  }
  return measured;
}

const NOTHING = { seconds: 0, bytes: 0, failures: 0, memoryMiB: 0 };

async function readCost({ variant, gateway, subgraphs }: Stack): Promise<Cost> {
  return {
    gatewaySeconds: cpuSeconds(gateway.pid),
    subgraphsSeconds: sum(subgraphs.map(({ pid }) => cpuSeconds(pid))),
    ticketsMs: variant.name === "unaudited" ? sum(await Promise.all(subgraphs.map(readTicketTime))) : null,
  };
}

async function readTicketTime({ child }: Pinned): Promise<number> {
  const heard = once(child, "message");
  child.send("tickets");
  const [{ milliseconds }] = (await heard) as [TicketTime];
  return milliseconds;
}

function toRow(variant: Variant, rounds: readonly Measured[]): Row {
  const latencies = rounds.flatMap((one) => one.latencies).sort((a, b) => a - b);
  const requests = latencies.length;
  const all = (read: (one: Measured) => number): number => sum(rounds.map(read));
  const [seconds, failures, gatewaySeconds] = [all((one) => one.seconds), all((one) => one.failures), all(({ cost }) => cost.gatewaySeconds)];
  const ticketsMs = rounds.some(({ cost }) => cost.ticketsMs === null) ? null : all(({ cost }) => cost.ticketsMs ?? 0) / requests;
  const remarks = [
    `${((all(({ cost }) => cost.subgraphsSeconds) * 1000) / requests).toFixed(2)} ms of CPU a request in the four subgraphs, ${requests} requests in ${rounds.length} rounds`,
    `p50 of each round: ${rounds.map((one) => quantile({ latencies: one.latencies.toSorted((a, b) => a - b) }, 0.5).toFixed(1)).join(", ")} ms`,
    ...(ticketsMs === null ? [] : [`${ticketsMs.toFixed(2)} ms of it issue and verify sharing tickets`]),
    ...(failures > 0 ? [`${failures} answers had another length or another status than the first`] : []),
  ];
  const figures = {
    cpuMs: (gatewaySeconds * 1000) / requests,
    requestsPerSecond: requests / seconds,
    busy: gatewaySeconds / seconds,
    p50Ms: quantile({ latencies }, 0.5),
    p99Ms: quantile({ latencies }, 0.99),
    memoryMiB: Math.max(...rounds.map((one) => one.memoryMiB)),
    subgraphRequests: null,
    bytes: rounds[0]?.bytes ?? 0,
    firstMs: quantile({ latencies: rounds.map(({ firstMs }) => firstMs).sort((a, b) => a - b) }, 0.5),
    ticketsMs,
  };
  return { peer: variant, figures, remarks };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
