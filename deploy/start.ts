// `npm start`: brings the whole stack up on this machine and says how to use it.
import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

import { MongodNotFound } from "../subgraphs/mongod/mongod.ts";
import { OptionError, readStartOptions, START_USAGE } from "./options.ts";
import { PortInUse, startStack, type Stack } from "./stack.ts";

await main();

async function main(): Promise<void> {
  try {
    const options = readStartOptions(process.argv.slice(2));
    if (options === null) return void process.stdout.write(START_USAGE);
    const startedAt = performance.now();
    const progress = (line: string) => void process.stdout.write(`${elapsed(startedAt)}  ${line}\n`);
    const stack = await startStack({ ...options, env: process.env, progress });
    const life = { ending: false };
    endOnSignals(stack, life);
    reportDeaths(stack, life);
    process.stdout.write(await printWelcome(stack));
  } catch (error) {
    process.stderr.write(`${printFailure(error)}\n`);
    process.exitCode = 1;
  }
}

function elapsed(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s`;
}

async function printWelcome(stack: Stack): Promise<string> {
  const body = join(stack.folders.data, "full-pathway.json");
  const query = await readFile(new URL("../queries/01_full_support_pathway.graphql", import.meta.url), "utf8");
  await writeFile(body, JSON.stringify({ query, variables: { id: "b1" } }));
  const referent = stack.personas.find(({ id }) => id === "hauts-de-seine-referent");
  const shown = relative(process.cwd(), stack.folders.data) || ".";
  return `
Parcours is up: ${stack.gatewayUrl}   (playground in a browser, GraphQL at /graphql)

Personas and their tokens, good for seven days (also in ${shown}/personas.json):
${stack.personas.map(({ name, description, token }) => `  ${name}: ${description}\n    ${token ?? "no token"}`).join("\n")}

A person's full support pathway out of four subgraphs, as her referent sees it:

curl -s ${stack.gatewayUrl}/graphql -H 'content-type: application/json' -H 'authorization: Bearer ${referent?.token ?? ""}' --data-binary @${join(shown, "full-pathway.json")}

${stack.mongodb}
Logs: ${join(shown, "logs")}. Ctrl-C ends everything.
`;
}

/** npm passes on the signal that the terminal has sent already: what comes so soon is no second one. */
const ECHO_MS = 1_000;

/** The first signal ends the stack in order; a second one ends this process at once, and its children notice. */
function endOnSignals(stack: Stack, life: { ending: boolean }): void {
  let firstAt = 0;
  const end = () => {
    if (!life.ending) {
      life.ending = true;
      firstAt = performance.now();
      process.stdout.write("\nEnding…\n");
      void stack.close().then(() => process.exit(0));
    } else if (performance.now() - firstAt > ECHO_MS) process.exit(1);
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
}

function reportDeaths(stack: Stack, life: { readonly ending: boolean }): void {
  for (const running of stack.processes.values()) {
    void running.ended.then(() => {
      if (life.ending) return;
      const log = join(stack.folders.logs, `${running.name}.log`);
      process.stderr.write(`${running.name} has ended; the others go on. Its log: ${log}\n`);
    });
  }
}

function printFailure(error: unknown): string {
  if (error instanceof OptionError) return `SETTING: ${error.message}\nSee npm start -- --help.`;
  if (error instanceof PortInUse) return `PORT_IN_USE: ${error.message}`;
  if (error instanceof MongodNotFound) return `MONGODB_NOT_FOUND: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
