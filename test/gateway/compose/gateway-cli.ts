// Runs `node gateway/main.ts …` as a process of its own, as a user would, and tells what it printed.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const MAIN = resolve("gateway/main.ts");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Folder {
  readonly path: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Runs the gateway's command line in this folder. */
  gateway(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>;
  run(program: string, args: readonly string[]): Promise<Outcome>;
  remove(): Promise<void>;
}

/** A temporary folder with these files. */
export async function openFolder(files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "gateway-cli-"));
  const write = async (more: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(more)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    }
  };
  await write(files);
  return {
    path,
    write,
    gateway: (args, env = {}) => start(path, process.execPath, { args: [MAIN, ...args], env }),
    run: (program, args) => start(path, program, { args, env: {} }),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

function start(cwd: string, program: string, { args, env }: { args: readonly string[]; env: Readonly<Record<string, string>> }): Promise<Outcome> {
  return new Promise((settle, fail) => {
    const child = spawn(program, [...args], { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const printed = { stdout: "", stderr: "" };
    child.stdout.on("data", (part: Buffer) => (printed.stdout += part.toString()));
    child.stderr.on("data", (part: Buffer) => (printed.stderr += part.toString()));
    child.on("error", fail);
    child.on("close", (code) => settle({ code, ...printed }));
  });
}
