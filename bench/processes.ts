// Processes on cores of their own, and what they have cost so far. Costs are read from /proc, so on Linux only.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Of the machine; asked before this process is put on some of them. */
export const CORE_COUNT = availableParallelism();

/** The gateway's core, those of everything else, and all; null where there is but one core, or no `taskset`. */
export const CORES = readCores();

export interface PinnedOptions {
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cores: string | null;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
}

export interface Pinned {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it has printed on standard error, the end of it. */
  lastWords(): string;
  stop(): Promise<void>;
  /** Ends it by cutting the channel, so that it leaves by itself and writes what it has to. */
  leave(): Promise<void>;
}

const LAST_WORDS = 2_000;
const STOP_LIMIT_MS = 5_000;

/** Starts a script with this very Node. Variables of ours that a shell may have set do not reach it. */
export function startPinned({ script, args = [], env = {}, cores, nodeOptions = [] }: PinnedOptions): Pinned {
  const command = [process.execPath, ...nodeOptions, script, ...args];
  const [program = "", ...rest] = cores === null ? command : ["taskset", "-c", cores, ...command];
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(GATEWAY|PARCOURS)_/.test(name)));
  const child = spawn(program, rest, { env: { ...inherited, NODE_ENV: "production", ...env }, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let printed = "";
  child.stderr?.on("data", (data: Buffer) => void (printed = (printed + data.toString()).slice(-LAST_WORDS)));
  // Not `close`, which never comes once the channel has been cut from this side.
  const ended = new Promise<void>((settle) => void child.once("exit", () => settle()));
  return {
    pid: child.pid ?? -1,
    child,
    lastWords: () => printed,
    stop: () => end(child, ended, () => child.kill("SIGTERM")),
    leave: () => end(child, ended, () => child.disconnect()),
  };
}

async function end(child: ChildProcess, ended: Promise<void>, tell: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  tell();
  await ended;
  clearTimeout(timer);
}

/** Puts this process on those cores. */
export function pinSelf(cores: string | null): void {
  if (cores !== null) execFileSync("taskset", ["-a", "-pc", cores, String(process.pid)], { stdio: "ignore" });
}

/** Seconds of CPU time, all threads, user and system, of the process and of those that it started and that still live. */
export function cpuSeconds(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + (readStat(member)?.cpuSeconds ?? 0), 0);
}

/**
 * MiB of memory in use: of the process and of those that it started. Pages of files, which is the Node executable mostly,
 * are the same memory in all of them and count once, those of the process that has most.
 */
export function residentMebibytes(pid: number): number {
  const statuses = familyOf(pid).map((member) => readProc(member, "status"));
  const own = statuses.reduce((sum, status) => sum + readKibibytes(status, "RssAnon") + readKibibytes(status, "RssShmem"), 0);
  return (own + Math.max(0, ...statuses.map((status) => readKibibytes(status, "RssFile")))) / 1024;
}

function readKibibytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}

function readCores(): { readonly gateway: string; readonly rest: string; readonly all: string } | null {
  if (CORE_COUNT < 2) return null;
  try {
    execFileSync("taskset", ["--version"], { stdio: "ignore" });
  } catch {
    return null;
  }
  return { gateway: "1", rest: CORE_COUNT === 2 ? "0" : `0,2-${CORE_COUNT - 1}`, all: `0-${CORE_COUNT - 1}` };
}

function familyOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const stat = readStat(Number(name));
    if (stat !== null) parents.set(Number(name), stat.parent);
  }
  const childrenOf = (one: number): number[] => [...parents].filter(([, parent]) => parent === one).flatMap(([child]) => [child, ...childrenOf(child)]);
  return [pid, ...childrenOf(pid)];
}

/** Clock ticks of /proc are a hundredth of a second on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;

/** `proc(5)`: after the name in parentheses come state, ppid, … , and as 12th and 13th utime and stime. */
function readStat(pid: number): { readonly parent: number; readonly cpuSeconds: number } | null {
  const text = readProc(pid, "stat");
  if (text === "") return null;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { parent: Number(fields[1]), cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND };
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
