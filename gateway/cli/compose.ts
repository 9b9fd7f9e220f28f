// The command `compose`: one supergraph out of the schemas that `supergraph.yaml` names, once all of them are there.
import { rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { gatewayError } from "../errors.ts";
import { composeSubgraphs, printHint, readSchemas, type Composition } from "../supergraph/compose.ts";
import { readOptions } from "./options.ts";
import { compositionFailed, readConfigFile } from "./supergraph-file.ts";

const DEFAULT_WAIT_S = 60;

export const usage = `Usage: node gateway/main.ts compose [options]

  --config FILE     which subgraphs there are; supergraph.yaml by default
  --output FILE     where to write the supergraph; supergraph.graphql by default, - for standard output
  --wait SECONDS    how long to wait for subgraphs that are not up yet; ${DEFAULT_WAIT_S} by default
  --hints           print what composes but may be unintended

Exit code: 0 when the supergraph was written; else 1, and what was written before stays as it was.
`;

/** Throws errors of the table; then nothing was written. */
export async function run(argv: readonly string[]): Promise<number> {
  const { config: file = "supergraph.yaml", output = "supergraph.graphql", ...options } = readOptions(argv, {
    config: { type: "string" },
    output: { type: "string" },
    wait: { type: "string" },
    hints: { type: "boolean" },
  });
  const waitMs = readWait(options.wait);
  const config = await readConfigFile(file);
  const schemas = await readSchemas(config, { folder: dirname(file), waitMs, progress: say });
  const result = composeSubgraphs(schemas);
  if ("errors" in result) throw compositionFailed(result.errors);
  if (options.hints === true) sayHints(result);
  if (output === "-") process.stdout.write(result.supergraphSdl);
  else await replaceFile(output, result.supergraphSdl);
  say(`Composed ${schemas.map(({ name }) => name).join(", ")}${output === "-" ? "" : ` into ${output}`}.`);
  return 0;
}

function readWait(text: string | undefined): number {
  const seconds = text === undefined ? DEFAULT_WAIT_S : Number(text);
  if (text !== "" && seconds >= 0 && seconds <= 86_400) return seconds * 1_000;
  throw gatewayError("SETTING_INVALID", { name: "--wait", expected: "a number of seconds from 0 to 86400", value: JSON.stringify(text) });
}

/** On standard error, so that standard output holds the supergraph and nothing else. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function sayHints({ hints }: Composition): void {
  for (const hint of hints) say(`${printHint(hint)}\n`);
  say(hints.length === 1 ? "1 hint." : `${hints.length} hints.`);
}

/** A gateway that watches the file never sees half of it. */
async function replaceFile(file: string, text: string): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  try {
    await writeFile(part, text);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    const reason = error instanceof Error && "code" in error ? String(error.code) : "the file system refused";
    throw gatewayError("SUPERGRAPH_UNWRITABLE", { file, reason });
  }
}
