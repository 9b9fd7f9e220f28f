// What `compose` and `check` share: the configuration that they read, and how they say that schemas do not compose.
import { readFile } from "node:fs/promises";

import { gatewayError } from "../errors.ts";
import { printProblem, readSupergraphConfig, type CompositionProblem, type SupergraphConfig } from "../supergraph/compose.ts";

/** Throws SUPERGRAPH_CONFIG_INVALID. */
export async function readConfigFile(file: string): Promise<SupergraphConfig> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "there is no such file; name another with --config" : `it cannot be read (${error.code})`;
    throw gatewayError("SUPERGRAPH_CONFIG_INVALID", { file, reason });
  });
  return readConfigText(text, file);
}

/** `file` names the text in errors. Throws SUPERGRAPH_CONFIG_INVALID. */
export function readConfigText(text: string, file: string): SupergraphConfig {
  return readSupergraphConfig(text, file, process.env);
}

export function compositionFailed(problems: readonly CompositionProblem[]): Error {
  const detail = problems.map((problem) => `\n${printProblem(problem)}`).join("\n");
  return gatewayError("COMPOSITION_FAILED", { count: problems.length, detail });
}
