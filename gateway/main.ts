// The process: finds the command that the arguments name, runs it, and turns errors into one line and an exit code.
import { GraphQLError } from "graphql";

import { codeOf } from "./errors.ts";

/** What a module of `cli/` exports. Errors of the table may be thrown. */
export interface Command {
  /** Printed by `--help`; opens with `Usage: `. */
  readonly usage: string;
  /** Settles with the exit code when the command's work is done. */
  run(argv: readonly string[]): Promise<number>;
}

interface CommandEntry {
  readonly summary: string;
  /** Loaded only when asked for: each command brings heavy parts that the others do without. */
  load(): Promise<Command>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  serve: { summary: "answer clients over HTTP", load: () => import("./cli/serve.ts") },
  compose: { summary: "make a supergraph out of the schemas of subgraphs", load: () => import("./cli/compose.ts") },
  check: { summary: "tell what a change of schemas breaks", load: () => import("./cli/check.ts") },
  explain: { summary: "tell how an operation is answered", load: () => import("./cli/explain.ts") },
};

const EXIT_FAILURE = 1;
const EXIT_MISUSE = 2;
const LINGER_MS = 2_000;

await main(process.argv.slice(2));

async function main([name, ...argv]: readonly string[]): Promise<void> {
  try {
    process.exitCode = await dispatch(name, argv);
  } catch (error) {
    process.stderr.write(`${printError(error)}\n`);
    process.exitCode = EXIT_FAILURE;
  }
  // A handle that somebody forgot to close must not keep a stopped process alive.
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

async function dispatch(name: string | undefined, argv: readonly string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "help") {
    process.stdout.write(printUsage());
    return name === undefined ? EXIT_MISUSE : 0;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    process.stderr.write(`Expected one of ${Object.keys(COMMANDS).join(", ")}, got ${JSON.stringify(name)}.\n`);
    return EXIT_MISUSE;
  }
  const command = await entry.load();
  if (argv.includes("--help")) {
    process.stdout.write(command.usage);
    return 0;
  }
  return command.run(argv);
}

function printUsage(): string {
  const lines = Object.entries(COMMANDS).map(([name, entry]) => `  ${name.padEnd(8)} ${entry.summary}\n`);
  return `Usage: node gateway/main.ts <command> [options]\n\n${lines.join("")}\nEach command answers --help.\n`;
}

/** `CODE: message`; a stack only for a mistake of ours, which has no code. */
function printError(error: unknown): string {
  const code = codeOf(error);
  if (code !== null && error instanceof GraphQLError) return `${code}: ${error.message}`;
  return error instanceof Error ? `INTERNAL_SERVER_ERROR: ${error.stack ?? error.message}` : `INTERNAL_SERVER_ERROR: ${String(error)}`;
}
