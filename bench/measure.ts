// Measures one gateway under one workload: in a process of its own, checked first, warm, then loaded.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { waitUntilUp, type Federation } from "./federations.ts";
import { ask, runLoad, type LoadResult } from "./load.ts";
import { FLOOR, type Peer } from "./peers/peers.ts";
import { CORES, cpuSeconds, residentMebibytes, startPinned, type Pinned } from "./processes.ts";
import { SLOT } from "./shop/shop.ts";
import type { Workload } from "./workloads.ts";

export interface Figures {
  readonly cpuMs: number;
  readonly requestsPerSecond: number;
  /** How much of a core the gateway used, 0 to 1 and more. */
  readonly busy: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly memoryMiB: number;
  /** Null: not counted. */
  readonly subgraphRequests: number | null;
  readonly bytes: number;
  /** The operation asked for the first time. */
  readonly firstMs: number;
  /** What issuing and verifying sharing tickets took a request; null where it was not timed. */
  readonly ticketsMs: number | null;
}

/** What stands in the way of comparing, or the figures. `remarks` concern figures that are good all the same. */
export type Outcome = Measured | { readonly kind: "failed"; readonly reason: string };

interface Measured {
  readonly kind: "figures";
  readonly figures: Figures;
  readonly remarks: readonly string[];
}

/** What the answers must be: those of the first gateway that is measured. */
export interface Yardstick {
  readonly texts: Map<string, string>;
}

export interface Cell {
  readonly peer: Peer;
  readonly workload: Workload;
  readonly federation: Federation;
  readonly yardstick: Yardstick;
  readonly seconds: number;
  readonly folder: string;
  readonly port: number;
  /** For the gateway's process. */
  readonly nodeOptions?: readonly string[];
}

/** So that the compiler has seen the hot functions, also of a gateway that is slow or has little of its core. */
const WARM = { seconds: 2, requests: 400, atMost: 8 };

export async function measure(cell: Cell): Promise<Outcome> {
  try {
    const { supergraph, countedSupergraph } = cell.federation;
    const outcome = await withGateway(cell, supergraph, (gateway) => measureRunning(cell, gateway));
    if (countedSupergraph === supergraph) return outcome;
    return { ...outcome, figures: { ...outcome.figures, subgraphRequests: await countApart(cell) } };
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

export interface RunningGateway {
  readonly process: Pinned;
  readonly url: string;
}

/** Starts the cell's gateway over the supergraph and ends it after the work. */
export async function withGateway<Result>(cell: Cell, supergraph: string, work: (gateway: RunningGateway) => Promise<Result>): Promise<Result> {
  const answer = join(cell.folder, "answer.json");
  writeFileSync(answer, cell.yardstick.texts.get(cell.workload.bodies[0] ?? "") ?? "");
  const process = startPinned({ ...cell.peer.start({ supergraph, answer, port: cell.port }), cores: CORES?.gateway ?? null, nodeOptions: cell.nodeOptions ?? [] });
  try {
    const url = `http://127.0.0.1:${cell.port}/graphql`;
    await waitUntilUp(process, url);
    return await work({ process, url });
  } finally {
    await process.stop();
  }
}

async function measureRunning(cell: Cell, gateway: RunningGateway): Promise<Measured> {
  const { workload, federation, yardstick } = cell;
  const isOnce = workload.asked.kind === "once";
  federation.change(false);
  for (const body of workload.others) await ask(gateway.url, body);
  const startedAt = performance.now();
  const answer = await ask(gateway.url, (workload.asked.kind === "once" ? workload.asked.before[0] : workload.bodies[0]) ?? "");
  const firstMs = performance.now() - startedAt;
  // What is to be asked once is checked afterwards, so that it is new when it is measured.
  if (!isOnce) await assertAnswers(workload, gateway.url, yardstick);
  federation.change(workload.changing);
  await warmUp(cell, gateway);
  const { failures, ...figures } = await load(cell, gateway, isOnce ? null : Buffer.byteLength(answer));
  federation.change(false);
  if (isOnce) await assertAnswers(workload, gateway.url, yardstick);
  return { kind: "figures", figures: { ...figures, firstMs }, remarks: failures > 0 ? [`${failures} answers had another length or another status than the first`] : [] };
}

/** Answers are compared with their fields in order, as text. */
export async function assertAnswers({ bodies, holds }: Pick<Workload, "bodies" | "holds">, url: string, { texts }: Yardstick): Promise<void> {
  for (const body of bodies) {
    const text = await ask(url, body);
    assertHolds(text, holds);
    const expected = texts.get(body);
    if (expected === undefined) texts.set(body, assertData(text));
    else if (printData(text) !== printData(expected)) throw new Error(`another answer than the yardstick: ${firstDifference(printData(expected), printData(text))}`);
  }
}

/** A place that is null, or an empty list, everywhere is an answer that nobody should measure. */
export function assertHolds(text: string, holds: readonly string[]): void {
  const missing = holds.filter((name) => !new RegExp(`"${name}":(\\{|\\[\\{)`).test(text));
  if (missing.length > 0) throw new Error(`an answer with nothing at ${missing.join(", ")}`);
}

/** The text, when it is an answer without errors. */
export function assertData(text: string): string {
  if (/^\{"data":\{/.test(text) && !text.includes('"errors":')) return text;
  throw new Error(`no answer without errors: ${text.slice(0, 300)}`);
}

/** Without what may change, and whatever stands beside `data`. */
export function printData(text: string): string {
  const { data } = JSON.parse(assertData(text)) as { data: unknown };
  return JSON.stringify(data).replaceAll(/7\d{6}(?!\d)/g, SLOT);
}

function firstDifference(expected: string, got: string): string {
  let at = 0;
  while (expected[at] === got[at]) at += 1;
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 60);
  return `…${around(got)}… instead of …${around(expected)}…`;
}

/** Puts the load on until code is compiled and pools are open. */
export async function warmUp({ workload }: Cell, { url }: RunningGateway): Promise<void> {
  const { asked, connections, bodies } = workload;
  const until = asked.kind === "once" ? { requests: asked.before.length } : WARM;
  await runLoad({ url, bodies: asked.kind === "once" ? asked.before : bodies, connections, until, bytes: null });
}

async function load({ workload, federation, seconds, peer }: Cell, { url, process }: RunningGateway, bytes: number | null): Promise<Omit<Figures, "firstMs"> & { readonly failures: number }> {
  const { asked, connections, bodies } = workload;
  const [requestsBefore, cpuBefore] = [await federation.count(), cpuSeconds(process.pid)];
  const result = await runLoad({ url, bodies, connections, until: asked.kind === "once" ? { requests: bodies.length } : { seconds }, bytes });
  const [requestsAfter, cpuAfter] = [await federation.count(), cpuSeconds(process.pid)];
  const cpu = cpuAfter - cpuBefore;
  return {
    cpuMs: (cpu * 1000) / result.requests,
    requestsPerSecond: result.requests / result.seconds,
    busy: cpu / result.seconds,
    p50Ms: quantile(result, 0.5),
    p99Ms: quantile(result, 0.99),
    memoryMiB: residentMebibytes(process.pid),
    subgraphRequests: peer.name === FLOOR ? 0 : (requestsAfter - requestsBefore) / result.requests,
    bytes: result.bytes,
    ticketsMs: null,
    failures: result.failures,
  };
}

export function quantile({ latencies }: Pick<LoadResult, "latencies">, share: number): number {
  return latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
}

/** Requests of one warm operation, in a run of its own because the way to where they are counted is longer. */
async function countApart(cell: Cell): Promise<number> {
  const { federation, workload } = cell;
  return withGateway(cell, federation.countedSupergraph, async ({ url }) => {
    for (const body of workload.bodies) await ask(url, body);
    const before = await federation.count();
    for (const body of workload.bodies) await ask(url, body);
    return ((await federation.count()) - before) / workload.bodies.length;
  });
}
