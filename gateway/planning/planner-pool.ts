// Plans in processes of their own, each operation with a limit of time and of memory that really ends it. A process
// plans one operation at a time; a second one is started when the first is busy, so that an operation that runs into
// its limit delays no other by that time.
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import { gatewayError } from "../errors.ts";
import type { PlannerKind } from "./draft-maker.ts";
import type { PlannerSource } from "./make-plan.ts";
import type { SizedPlan } from "./plan-cache.ts";
import type { Message, Reply } from "./planner-process.ts";

export interface PlanningLimits {
  /** Milliseconds that planning one operation may take. */
  readonly ms: number;
  /** Megabytes of heap that a process may have. */
  readonly megabytes: number;
}

export interface PlannerPool {
  readonly kind: PlannerKind;
  /** Rejects with PLANNING_TIMEOUT over a limit, with an Error for what cannot be planned. */
  plan(text: string): Promise<SizedPlan>;
  close(): Promise<void>;
}

const MODULE = fileURLToPath(new URL("planner-process.ts", import.meta.url));
const MOST_PROCESSES = 2;
/** Reading a supergraph is no client's work and has a limit only so that a start does not hang. */
const START_MS = 60_000;
/** One plan at a time makes little garbage: MiB of each half of the young generation. */
const YOUNG_MEGABYTES = 1;

/** Throws what the planner finds wrong with the supergraph. */
export async function openPlannerPool(source: PlannerSource, limits: PlanningLimits): Promise<PlannerPool> {
  const pool: Pool = { source, limits, idle: [], all: new Set(), waiting: [], closed: false };
  const { kind, worker } = await startWorker(pool);
  pool.idle.push(worker);
  return {
    kind,
    plan: (text) =>
      new Promise((resolve, reject) => {
        pool.waiting.push({ text, resolve, reject });
        assign(pool);
      }),
    close: async () => {
      pool.closed = true;
      for (const job of pool.waiting.splice(0)) job.reject(stopped());
      await Promise.all([...pool.all].map(endProcess));
    },
  };
}

interface Pool {
  readonly source: PlannerSource;
  readonly limits: PlanningLimits;
  readonly idle: ChildProcess[];
  /** With those that are starting. */
  readonly all: Set<ChildProcess>;
  readonly waiting: Job[];
  closed: boolean;
}

interface Job {
  readonly text: string;
  readonly resolve: (made: SizedPlan) => void;
  readonly reject: (error: unknown) => void;
}

function assign(pool: Pool): void {
  if (pool.closed) return;
  while (pool.waiting.length > 0) {
    const worker = pool.idle.pop();
    if (worker === undefined) break;
    const job = pool.waiting.shift();
    if (job !== undefined) void runJob(pool, worker, job);
  }
  if (pool.waiting.length > 0 && pool.all.size < MOST_PROCESSES) void addWorker(pool);
}

async function addWorker(pool: Pool): Promise<void> {
  try {
    const { worker } = await startWorker(pool);
    pool.idle.push(worker);
  } catch (error) {
    // Nobody else would ever take what waits.
    if (pool.all.size === 0) for (const job of pool.waiting.splice(0)) job.reject(error);
  }
  assign(pool);
}

async function startWorker(pool: Pool): Promise<{ readonly kind: PlannerKind; readonly worker: ChildProcess }> {
  const execArgv = [`--max-old-space-size=${pool.limits.megabytes}`, `--max-semi-space-size=${YOUNG_MEGABYTES}`, "--disable-warning=ExperimentalWarning"];
  const worker = fork(MODULE, { execArgv, stdio: ["ignore", "ignore", "ignore", "ipc"] });
  pool.all.add(worker);
  worker.once("exit", () => forget(pool, worker));
  // A gateway that has nothing else to do may end.
  worker.unref();
  worker.channel?.unref();
  const reply = await exchange(worker, { source: pool.source }, START_MS);
  if (reply.kind === "ready") return { kind: reply.planner, worker };
  await endProcess(worker);
  throw new Error(reply.kind === "failure" ? reply.message : "The planner could not be started.");
}

async function runJob(pool: Pool, worker: ChildProcess, job: Job): Promise<void> {
  const reply = await exchange(worker, { text: job.text }, pool.limits.ms);
  if (reply.kind === "over") {
    forget(pool, worker);
    void endProcess(worker);
    job.reject(pool.closed ? stopped() : gatewayError("PLANNING_TIMEOUT", { limit: pool.limits.ms }));
    // The next operation should not have to wait for a start.
    if (!pool.closed && pool.all.size === 0) void addWorker(pool);
  } else {
    pool.idle.push(worker);
    if (reply.kind === "plan") job.resolve(reply);
    else job.reject(new Error(reply.kind === "failure" ? reply.message : "The planner answered out of order."));
  }
  assign(pool);
}

/** `over`: the process took too long, or it ended, which is what it does when memory is over. */
function exchange(worker: ChildProcess, message: Message, ms: number): Promise<Reply | { readonly kind: "over" }> {
  return new Promise((resolve) => {
    const settle = (reply: Reply | { readonly kind: "over" }): void => {
      clearTimeout(timer);
      worker.off("message", settle);
      worker.off("exit", end);
      resolve(reply);
    };
    const end = (): void => settle({ kind: "over" });
    const timer = setTimeout(end, ms);
    worker.on("message", settle);
    worker.on("exit", end);
    worker.send(message, (error) => error !== null && end());
  });
}

function forget(pool: Pool, worker: ChildProcess): void {
  pool.all.delete(worker);
  const at = pool.idle.indexOf(worker);
  if (at >= 0) pool.idle.splice(at, 1);
}

async function endProcess(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    // Otherwise the gateway could end while it waits, with the code for that.
    worker.ref();
    worker.once("exit", () => resolve());
    worker.kill("SIGKILL");
  });
}

function stopped(): Error {
  return new Error("The planner was closed.");
}
