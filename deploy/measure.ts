// `npm run measure`: how long a start takes, what a Q1 costs, and what each process weighs. Prints; asserts nothing.
import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SUBGRAPH_NAMES } from "../subgraphs/config.ts";
import { openStore } from "../subgraphs/kit/kit.ts";
import { readStartOptions, type StartOptions } from "./options.ts";
import { measureSecrecy } from "./secrecy.ts";
import { startStack, type Stack } from "./stack.ts";

const RUNS = 200;

await main();

async function main(): Promise<void> {
  const dataFolder = await mkdtemp(join(tmpdir(), "parcours-measure-"));
  const options = readStartOptions(["--data", dataFolder, "--port", "24000", "--subgraph-port", "24001"]);
  if (options === null) return;
  try {
    await withStack(options, async (stack, startedAt) => {
      await askFullPathway(stack);
      print("first start with seeding, to first answered Q1", seconds(startedAt));
    });
    await withStack(options, async (stack, startedAt) => {
      await askFullPathway(stack);
      print("second start, to first answered Q1", seconds(startedAt));
      print("MongoDB commands that one Q1 caused", await countCommands(stack));
      await measureLatency(stack);
      for await (const [what, figure] of measureSecrecy(stack)) print(what, figure);
      await printMemory(stack);
    });
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function withStack(options: StartOptions, measure: (stack: Stack, startedAt: number) => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  const stack = await startStack({ ...options, env: process.env, progress: () => undefined });
  try {
    await measure(stack, startedAt);
  } finally {
    await stack.close();
  }
}

async function askFullPathway(stack: Stack): Promise<number> {
  const query = await readFile(new URL("../queries/01_full_support_pathway.graphql", import.meta.url), "utf8");
  const token = stack.personas.find(({ id }) => id === "hauts-de-seine-referent")?.token;
  const startedAt = performance.now();
  const response = await fetch(`${stack.gatewayUrl}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables: { id: "b1" } }),
  });
  const answer = (await response.json()) as { errors?: unknown };
  if (answer.errors !== undefined) throw new Error(`Q1 has errors: ${JSON.stringify(answer.errors)}`);
  return performance.now() - startedAt;
}

/** Counted by MongoDB's own profiler, in all four databases. */
async function countCommands(stack: Stack): Promise<string> {
  const counts = await Promise.all(
    SUBGRAPH_NAMES.map(async (name) => ({ name, store: await openStore({ uri: stack.mongodbUri, database: `${stack.databasePrefix}${name}` }) })),
  );
  for (const { store } of counts) await store.connection.db?.command({ profile: 2 });
  await askFullPathway(stack);
  const lines: string[] = [];
  let total = 0;
  for (const { name, store } of counts) {
    await store.connection.db?.command({ profile: 0 });
    const seen = await store.connection.collection("system.profile").countDocuments({ op: { $in: ["query", "command", "getmore"] }, "command.profile": { $exists: false } });
    total += seen;
    lines.push(`${name} ${seen}`);
    await store.connection.collection("system.profile").drop();
    await store.close();
  }
  return `${total} (${lines.join(", ")})`;
}

async function measureLatency(stack: Stack): Promise<void> {
  for (let run = 0; run < RUNS / 4; run++) await askFullPathway(stack);
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) times.push(await askFullPathway(stack));
  times.sort((a, b) => a - b);
  const at = (share: number) => `${(times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(1)} ms`;
  print(`Q1 end to end, ${RUNS} one after the other`, `median ${at(0.5)}, p95 ${at(0.95)}`);
}

async function printMemory(stack: Stack): Promise<void> {
  for (const { name, pid } of stack.processes.values()) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN);
    print(`memory of ${name}`, Number.isNaN(kilobytes) ? "unknown on this platform" : `${Math.round(kilobytes / 1024)} MiB`);
  }
}

function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

function print(what: string, figure: string): void {
  process.stdout.write(`${what}: ${figure}\n`);
}
