// `npm run bench`: measures gateways side by side and prints what they cost. README.md says how to read it.
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

import { openParcours, openShop, type Federation } from "./federations.ts";
import { compareLaw } from "./law/compare.ts";
import { measure, type Outcome, type Yardstick } from "./measure.ts";
import { OptionError, readBenchOptions, USAGE, type BenchOptions } from "./options.ts";
import { missingOf, PEERS, type Peer } from "./peers/peers.ts";
import { CORE_COUNT, CORES, pinSelf } from "./processes.ts";
import { printGoals, printResult, type Result, type Row } from "./table.ts";
import type { Workload } from "./workloads.ts";

const FIRST_GATEWAY_PORT = 24_200;
let nextPort = FIRST_GATEWAY_PORT;
const OPENERS = { shop: openShop, parcours: openParcours };

await main();

async function main(): Promise<void> {
  try {
    const options = readBenchOptions(process.argv.slice(2));
    if (options === null) return print(USAGE);
    await run(options);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

async function run(options: BenchOptions): Promise<void> {
  const startedAt = performance.now();
  pinSelf(CORES?.rest ?? null);
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  print(printMachine(options));
  const results: Result[] = [];
  try {
    for (const kind of ["shop", "parcours"] as const) {
      const workloads = options.workloads.filter(({ federation }) => federation === kind);
      if (workloads.length > 0) results.push(...(await runOver(await OPENERS[kind](folder), { workloads, options, folder })));
    }
    for (const workload of options.workloads.filter(({ federation }) => federation === "law")) {
      const result = await compareLaw(workload, { seconds: options.seconds, folder });
      print(printResult(result));
      results.push(result);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  print(printGoals(results));
  print(`Took ${((performance.now() - startedAt) / 1000).toFixed(0)} s.\n`);
}

interface Plan {
  readonly workloads: readonly Workload[];
  readonly options: BenchOptions;
  readonly folder: string;
}

async function runOver(federation: Federation, { workloads, options, folder }: Plan): Promise<Result[]> {
  const results: Result[] = [];
  try {
    for (const workload of workloads) {
      const result = await runWorkload(workload, { federation, options, folder });
      print(printResult(result));
      results.push(result);
    }
  } finally {
    await federation.close();
  }
  return results;
}

interface Bench extends Omit<Plan, "workloads"> {
  readonly federation: Federation;
}

async function runWorkload(workload: Workload, { federation, options, folder }: Bench): Promise<Result> {
  const yardstick: Yardstick = { texts: new Map() };
  const rows: Row[] = [];
  for (const peer of options.peers ?? PEERS.filter(({ name }) => workload.peers.includes(name))) {
    const missing = missingOf(peer);
    const attempt = (): Promise<Outcome> => measure({ peer, workload, federation, yardstick, seconds: options.seconds, folder, port: nextPort++ });
    const first: Outcome = missing === null ? await attempt() : { kind: "failed", reason: missing };
    rows.push(toRow(peer, isAccident(first) ? await attempt() : first));
  }
  return { workload, rows, plannerAloneMs: federation.plannerAloneMs };
}

/** A server may close a connection that it takes for idle when its core, or ours, was long busy with something else. */
function isAccident(outcome: Outcome): boolean {
  return outcome.kind === "failed" && /ECONNRESET|closed a connection/.test(outcome.reason);
}

function toRow(peer: Peer, outcome: Outcome): Row {
  return outcome.kind === "failed" ? { peer, figures: null, remarks: [outcome.reason] } : { peer, figures: outcome.figures, remarks: outcome.remarks };
}

function printMachine({ seconds }: BenchOptions): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const placed = CORES === null ? "nothing is pinned, so that gateway and load disturb each other" : `gateway on core ${CORES.gateway}, all else on ${CORES.rest}`;
  return `# Bench\n\nNode ${process.versions.node}, ${CORE_COUNT} cores (${model}); ${placed}; ${seconds} s each.\n\n`;
}

function print(text: string): void {
  process.stdout.write(text);
}
