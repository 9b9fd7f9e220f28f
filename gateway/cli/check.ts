// The command `check`: what the schemas of the working tree change against a git revision, and which known operations
// they break. Asks no network: both sides come from files.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { promisify } from "node:util";

import { gatewayError } from "../errors.ts";
import {
  composeSubgraphs,
  printProblem,
  readSchemas,
  type Composition,
  type SubgraphSchema,
  type SupergraphConfig,
} from "../supergraph/compose.ts";
import { readOptions } from "./options.ts";
import { compareSchemas, findBrokenOperations, type BrokenOperation, type OperationFile, type SchemaChange, type Severity } from "./schema-changes.ts";
import { compositionFailed, readConfigFile, readConfigText } from "./supergraph-file.ts";

const execute = promisify(execFile);

const LARGEST_FILE_BYTES = 16 * 1024 * 1024;

export const usage = `Usage: node gateway/main.ts check --against REVISION [options]

  --against REV     the git revision to compare with: a branch, a tag or a commit
  --config FILE     which subgraphs there are, in both; supergraph.yaml by default
  --queries FOLDER  the operations that must go on working; queries by default

Exit code: 0 when nothing breaks, 1 when something does or the comparison could not be made.
`;

/** Throws errors of the table when there is nothing to compare. */
export async function run(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv, { against: { type: "string" }, config: { type: "string" }, queries: { type: "string" } });
  const { against: revision, config: file = "supergraph.yaml" } = options;
  if (revision === undefined) {
    throw gatewayError("SETTING_INVALID", { name: "--against", expected: "a git revision, such as origin/main", value: "nothing" });
  }
  const after = await composeWorkingTree(file, revision);
  const before = await composeRevision(file, revision);
  const operations = await readOperations(options.queries);
  const changes = await compareSchemas(before, after, revision);
  const broken = findBrokenOperations(operations, before.apiSchema, after.apiSchema);
  process.stdout.write(printReport(changes, broken, { revision, operations: operations.length }));
  const breaks = changes.some(({ severity }) => severity === "breaking") || broken.some(({ before }) => !before);
  return breaks ? 1 : 0;
}

async function composeWorkingTree(file: string, revision: string): Promise<Composition> {
  const config = await readConfigFile(file);
  assertFilesOnly(config, revision, file);
  const schemas = await readSchemas(config, { folder: dirname(file), waitMs: 0, progress: () => undefined });
  const result = composeSubgraphs(schemas);
  if ("errors" in result) throw compositionFailed(result.errors);
  return result;
}

async function composeRevision(file: string, revision: string): Promise<Composition> {
  const folder = dirname(file);
  await assertRevision(folder, revision);
  const at = `${revision}:${file}`;
  const config = readConfigText(await readAtRevision(folder, revision, basename(file)), at);
  assertFilesOnly(config, revision, at);
  const result = composeSubgraphs(await Promise.all(config.subgraphs.map((entry) => readSchemaAtRevision(entry, folder, revision))));
  if (!("errors" in result)) return result;
  throw impossible(revision, `its schemas do not compose:\n${result.errors.map(printProblem).join("\n")}`);
}

async function readSchemaAtRevision(entry: SupergraphConfig["subgraphs"][number], folder: string, revision: string): Promise<SubgraphSchema> {
  const { name, routingUrl, schema } = entry;
  const file = schema.kind === "file" ? schema.file : "";
  if (isAbsolute(file)) throw impossible(revision, `the schema of ${name} is the absolute path ${file}, which has no past in the repository`);
  return { name, url: routingUrl, sdl: await readAtRevision(folder, revision, file), origin: `${revision}:${join(folder, file)}` };
}

/** What a subgraph answers today says nothing about what it answered then. */
function assertFilesOnly(config: SupergraphConfig, revision: string, file: string): void {
  const other = config.subgraphs.find(({ schema }) => schema.kind !== "file");
  if (other === undefined) return;
  throw impossible(revision, `${file} takes the schema of ${other.name} from an address; only schemas in files have a past to compare with`);
}

async function assertRevision(folder: string, revision: string): Promise<void> {
  const inside = await git(folder, ["rev-parse", "--is-inside-work-tree"]);
  if (inside === null) throw impossible(revision, `${folder === "." ? "this folder" : folder} is not in a git repository, or git is not installed`);
  const commit = await git(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]);
  if (commit === null) throw impossible(revision, "git knows no such revision here; fetch it first, or name another");
}

async function readAtRevision(folder: string, revision: string, file: string): Promise<string> {
  const text = await git(folder, ["show", "--end-of-options", `${revision}:./${file}`]);
  if (text === null) throw impossible(revision, `it has no file ${join(folder, file)}`);
  return text;
}

/** Null when git fails. Run in the configuration's folder, so that paths are relative to it as they are on disk. */
async function git(folder: string, args: readonly string[]): Promise<string | null> {
  try {
    return (await execute("git", [...args], { cwd: folder, maxBuffer: LARGEST_FILE_BYTES })).stdout;
  } catch {
    return null;
  }
}

async function readOperations(folder: string | undefined): Promise<OperationFile[]> {
  const root = folder ?? "queries";
  const names = await readdir(root, { recursive: true }).catch(() => null);
  if (names === null && folder !== undefined) {
    throw gatewayError("SETTING_INVALID", { name: "--queries", expected: "a folder that can be read", value: JSON.stringify(folder) });
  }
  const files = (names ?? []).filter((name) => name.endsWith(".graphql")).sort().map((name) => join(root, name));
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, "utf8") })));
}

function printReport(
  changes: readonly SchemaChange[],
  broken: readonly BrokenOperation[],
  facts: { readonly revision: string; readonly operations: number },
): string {
  const files = new Set(broken.filter(({ before }) => !before).map(({ file }) => file)).size;
  const summary = `${changes.length} change(s) against ${facts.revision}; ${files} of ${facts.operations} operation file(s) broken by them.`;
  return [...(["breaking", "dangerous", "safe"] as const).flatMap((severity) => printChanges(changes, severity)), ...printBroken(broken), summary, ""].join("\n");
}

function printChanges(changes: readonly SchemaChange[], severity: Severity): string[] {
  const chosen = changes.filter((change) => change.severity === severity);
  if (chosen.length === 0) return [];
  return [`${severity} (${chosen.length})`, ...chosen.map(({ coordinate, message }) => `  ${coordinate}  ${message.replaceAll("\n", " ")}`), ""];
}

function printBroken(broken: readonly BrokenOperation[]): string[] {
  if (broken.length === 0) return [];
  const lines = broken.map(({ file, line, operation, message, before }) => `  ${file}:${line}  ${operation}  ${message}${before ? " (as before)" : ""}`);
  return ["operations that do not work", ...lines, ""];
}

function impossible(revision: string, reason: string): Error {
  return gatewayError("SCHEMA_CHECK_IMPOSSIBLE", { revision, reason });
}
