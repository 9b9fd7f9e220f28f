// Child processes of the stack: started with a log file each, watched, and ended in order.
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";

export interface ProcessOptions {
  readonly name: string;
  /** Script and its arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Standard output and error go here. */
  readonly logFile: string;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  /** Settles when it ends, with what it printed last. */
  readonly ended: Promise<string>;
  /** SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>;
  kill(): void;
}

const STOP_LIMIT_MS = 10_000;

export function startProcess(options: ProcessOptions): RunningProcess {
  const log = createWriteStream(options.logFile, { flags: "w" });
  // A group of its own, so that Ctrl-C in the terminal reaches the parent only, which then ends its children in order;
  // the channel tells a child when the parent is gone without a word.
  const child = spawn(process.execPath, [...options.args], {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
  });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const ended = new Promise<string>((settle) => {
    child.once("close", () => log.end(() => void lastLines(options.logFile).then(settle)));
  });
  return {
    name: options.name,
    pid: child.pid ?? -1,
    ended,
    stop: () => stopProcess(child, ended),
    kill: () => void child.kill("SIGKILL"),
  };
}

/** Polls the address until it answers 200. Rejects when the process ends before, with what it printed last. */
export async function waitUntilUp(running: RunningProcess, url: string, limitMs = 60_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  let failure: string | null = null;
  void running.ended.then((text) => void (failure = text));
  while (Date.now() < deadline) {
    if (failure !== null) throw new Error(`${running.name} ended before it was up:\n${failure}`);
    const answered = await fetch(url).then((response) => response.ok, () => false);
    if (answered) return;
    await new Promise((settle) => setTimeout(settle, 50));
  }
  throw new Error(`${running.name} did not answer at ${url} within ${limitMs / 1000} s.`);
}

async function stopProcess(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(timer);
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-60).join("\n");
}
