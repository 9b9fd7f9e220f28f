// Results as markdown: a table a workload, and how they stand to the figures that this project wants to reach.
import type { Figures } from "./measure.ts";
import { BASE, type Peer } from "./peers/peers.ts";
import type { Workload } from "./workloads.ts";

export interface Row {
  readonly peer: Pick<Peer, "name" | "title">;
  readonly figures: Figures | null;
  /** Why there are no figures, or what is to be known about them. */
  readonly remarks: readonly string[];
}

export interface Result {
  readonly workload: Workload;
  readonly rows: readonly Row[];
  readonly plannerAloneMs: number | null;
}

const COLUMNS = ["gateway", "CPU ms a request", "× plain", "requests/s", "core busy", "p50 ms", "p99 ms", "first ms", "memory MiB", "subgraph requests", "answer kB"];

/** From here on a core is said to be saturated. */
const SATURATED = 0.95;

export function printResult({ workload, rows, plannerAloneMs }: Result): string {
  const base = rows.find(({ peer }) => peer.name === BASE)?.figures ?? null;
  const lines = rows.map(({ peer, figures }) => printLine([peer.title, ...(figures === null ? ["failed"] : printFigures(figures, base))]));
  const remarks = rows.flatMap(({ peer, remarks: own }) => own.map((remark) => `- ${peer.title}: ${remark}`));
  const planner = plannerAloneMs === null ? [] : [`- Hive's planner alone: ${printNumber(plannerAloneMs)} ms for this operation`];
  const clients = workload.connections === 1 ? "1 connection" : `${workload.connections} connections`;
  return [`## ${workload.name}: ${workload.title} (${clients})`, "", printLine(COLUMNS), printLine(COLUMNS.map((_, index) => (index === 0 ? "---" : "--:"))), ...lines, "", ...remarks, ...planner, ""].join("\n");
}

function printFigures(figures: Figures, base: Figures | null): string[] {
  return [
    printNumber(figures.cpuMs),
    base === null ? "" : printNumber(base.cpuMs / figures.cpuMs),
    figures.requestsPerSecond.toFixed(0),
    `${(figures.busy * 100).toFixed(0)} %${figures.busy >= SATURATED ? "" : " (idle)"}`,
    printNumber(figures.p50Ms),
    printNumber(figures.p99Ms),
    figures.firstMs.toFixed(0),
    figures.memoryMiB.toFixed(0),
    figures.subgraphRequests === null ? "" : figures.subgraphRequests.toFixed(figures.subgraphRequests % 1 === 0 ? 0 : 1),
    printNumber(figures.bytes / 1000),
  ];
}

function printLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function printNumber(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

interface Goal {
  readonly text: string;
  readonly reached: (of: (workload: string, peer: string) => Figures | null, plannerAloneMs: number | null) => Comparison | null;
}

interface Comparison {
  readonly figure: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const RUST = ["hive-rust-off", "hive-rust-subgraph", "hive-rust-inbound"];

const GOALS: readonly Goal[] = [
  faster("wide-changing", "ours-off", BASE, 14),
  faster("wide", "ours-replay", BASE, 30),
  faster("wide", "ours-subgraph", BASE, 25),
  faster("wide", "ours-inbound", BASE, 120),
  faster("wide", "ours-inbound", "floor", 0.6),
  ...["ours-off", "ours-subgraph", "ours-inbound"].map((peer, index) => faster("wide", peer, RUST[index] ?? "", 3)),
  faster("small", "ours-off", BASE, 3),
  { text: "q1: p50 of ours-off to apollo", reached: (of) => compare(of("q1", "ours-off")?.p50Ms, of("q1", BASE)?.p50Ms, { atMost: 0.5 }) },
  { text: "q1: subgraph requests of ours-off", reached: (of) => compare(of("q1", "ours-off")?.subgraphRequests ?? undefined, 1, { atMost: 6 }) },
  {
    text: "q1: what the first time of ours-off takes longer than p50, to the planner alone",
    reached: (of, plannerAloneMs) => compare(slowerBy(of("q1", "ours-off")), plannerAloneMs ?? undefined, { atMost: 1.5 }),
  },
  { text: "q1-law: p50 with policy, tickets and audit to that without audit", reached: (of) => compare(of("q1-law", "law")?.p50Ms, of("q1-law", "unaudited")?.p50Ms, { atMost: 1.1 }) },
  {
    text: "q1-law: issuing and verifying tickets to p50 without the law",
    reached: (of) => compare(of("q1-law", "unaudited")?.ticketsMs ?? undefined, of("q1-law", "none")?.p50Ms, { atMost: 0.05 }),
  },
  { text: "q1-law: p50 with policy, tickets and audit to that without all three", reached: (of) => compare(of("q1-law", "law")?.p50Ms, of("q1-law", "none")?.p50Ms, {}) },
  {
    text: "wide-x16 to wide: CPU a byte of ours-off",
    reached: (of) => compare(perByte(of("wide-x16", "ours-off")), perByte(of("wide", "ours-off")), { atMost: 1.1 }),
  },
  { text: "wide: memory of ours-off to apollo", reached: (of) => compare(of("wide", "ours-off")?.memoryMiB, of("wide", BASE)?.memoryMiB, { atMost: 1 }) },
];

/** Goals whose figures were measured; empty when none was. */
export function printGoals(results: readonly Result[]): string {
  const of = (workload: string, peer: string): Figures | null =>
    results.find((result) => result.workload.name === workload)?.rows.find((row) => row.peer.name === peer)?.figures ?? null;
  const plannerAloneMs = results.find((result) => result.plannerAloneMs !== null)?.plannerAloneMs ?? null;
  const lines = GOALS.flatMap(({ text, reached }) => {
    const found = reached(of, plannerAloneMs);
    return found === null ? [] : [printLine([text, printNumber(found.figure), printBound(found), printReached(found)])];
  });
  if (lines.length === 0) return "";
  return ["## Goals", "", printLine(["figure", "measured", "goal", "reached"]), printLine(["---", "--:", "--:", "---"]), ...lines, ""].join("\n");
}

function faster(workload: string, peer: string, than: string, atLeast: number): Goal {
  return { text: `${workload}: throughput a core of ${peer} to ${than}`, reached: (of) => compare(of(workload, than)?.cpuMs, of(workload, peer)?.cpuMs, { atLeast }) };
}

function compare(one: number | undefined, other: number | undefined, bound: Omit<Comparison, "figure">): Comparison | null {
  return one === undefined || other === undefined ? null : { figure: one / other, ...bound };
}

function perByte(figures: Figures | null): number | undefined {
  return figures === null ? undefined : figures.cpuMs / figures.bytes;
}

function slowerBy(figures: Figures | null): number | undefined {
  return figures === null ? undefined : figures.firstMs - figures.p50Ms;
}

function printBound({ atLeast, atMost }: Comparison): string {
  if (atLeast === undefined && atMost === undefined) return "none";
  return atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
}

function printReached({ figure, atLeast, atMost }: Comparison): string {
  if (atLeast === undefined && atMost === undefined) return "";
  return figure >= (atLeast ?? 0) && figure <= (atMost ?? Number.POSITIVE_INFINITY) ? "yes" : "**no**";
}
