// `npm run profile`: where the time of one gateway goes under one workload, by function. Same options as the bench.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { openParcours, openShop } from "./federations.ts";
import { runLoad } from "./load.ts";
import { assertAnswers, warmUp, withGateway, type Cell } from "./measure.ts";
import { readBenchOptions } from "./options.ts";
import { CORES, pinSelf } from "./processes.ts";

const LINES = 40;
const PORT = 24_190;
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A V8 CPU profile, as far as it is read here. Times are in microseconds. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number } }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

await main();

async function main(): Promise<void> {
  const options = readBenchOptions(process.argv.slice(2));
  const [workload] = options?.workloads ?? [];
  const [peer] = options?.peers ?? [];
  if (options === null || workload === undefined || peer === undefined) throw new Error("Expected --workload and --peer, one each.");
  pinSelf(CORES?.rest ?? null);
  if (workload.federation === "law") throw new Error("Expected a workload whose gateways are measured one by one.");
  const folder = mkdtempSync(join(tmpdir(), "bench-profile-"));
  const federation = await { shop: openShop, parcours: openParcours }[workload.federation](folder);
  try {
    const profiles = join(folder, "profiles");
    const nodeOptions = ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
    const cell: Cell = { peer, workload, federation, yardstick: { texts: new Map() }, seconds: options.seconds, folder, port: PORT, nodeOptions };
    const seconds = await putUnderLoad(cell);
    const profile = JSON.parse(readFileSync(join(profiles, readdirSync(profiles)[0] ?? ""), "utf8")) as Profile;
    process.stdout.write(printProfile(profile, seconds));
  } finally {
    await federation.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Answers how long before the end of the profile the load began, in seconds. */
async function putUnderLoad(cell: Cell): Promise<number> {
  const { federation, workload } = cell;
  return withGateway(cell, federation.supergraph, async (gateway) => {
    await assertAnswers(workload, gateway.url, cell.yardstick);
    federation.change(workload.changing);
    await warmUp(cell, gateway);
    const startedAt = performance.now();
    await runLoad({ url: gateway.url, bodies: workload.bodies, connections: workload.connections, until: { seconds: cell.seconds }, bytes: null });
    const seconds = (performance.now() - startedAt) / 1000;
    await gateway.process.leave();
    return seconds;
  });
}

function printProfile({ nodes, samples, timeDeltas }: Profile, seconds: number): string {
  const frames = new Map(nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [id, `${functionName || "(anonymous)"} ${printPlace(url)}${url === "" ? "" : `:${lineNumber + 1}`}`]));
  const times = new Map<string, number>();
  let total = 0;
  for (let index = samples.length - 1, back = 0; index >= 0 && back < seconds * 1e6; index--) {
    const delta = timeDeltas[index] ?? 0;
    const frame = frames.get(samples[index] ?? -1) ?? "?";
    back += delta;
    if (frame.startsWith("(idle)")) continue;
    total += delta;
    times.set(frame, (times.get(frame) ?? 0) + delta);
  }
  const sorted = [...times].sort(([, a], [, b]) => b - a).slice(0, LINES);
  return sorted.map(([frame, time]) => `${((time / total) * 100).toFixed(1).padStart(5)} %  ${frame}\n`).join("");
}

function printPlace(url: string): string {
  return url.replace("file://", "").replace(ROOT, "");
}
