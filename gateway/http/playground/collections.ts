// The operations that the playground offers, from a folder: a file is an operation, a folder in it a collection.
import { existsSync, readdirSync, readFileSync, type Dirent } from "node:fs";
import { basename, join } from "node:path";

import { gatewayError } from "../../errors.ts";

/** In the shape of Hive Laboratory, all of whose fields are text. */
export interface Collection {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly operations: readonly CollectedOperation[];
}

export interface CollectedOperation {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly query: string;
  /** JSON text, from `<file>.variables.json` beside `<file>.graphql`. */
  readonly variables: string;
  readonly headers: string;
  readonly extensions: string;
  readonly createdAt: string;
}

const EXTENSION = ".graphql";
/** Fixed, so that the page and its ETag change only when an operation does. */
const CREATED_AT = "2026-01-01T00:00:00.000Z";

/** In the order of file names. Files directly in the folder make one collection with the folder's name. Throws SETTING_INVALID. */
export function readCollections(folder: string): readonly Collection[] {
  try {
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [readCollection(folder), ...folders.sort(byName).map((entry) => readCollection(join(folder, entry.name)))].filter(
      (collection) => collection.operations.length > 0,
    );
  } catch {
    throw gatewayError("SETTING_INVALID", { name: "GATEWAY_COLLECTIONS", expected: "a folder of .graphql files that can be read", value: folder });
  }
}

function readCollection(folder: string): Collection {
  const name = basename(folder);
  const files = readdirSync(folder).filter((file) => file.endsWith(EXTENSION)).sort();
  return { id: `seeded-${name}`, name, createdAt: CREATED_AT, operations: files.map((file) => readOperation(folder, file)) };
}

function readOperation(folder: string, file: string): CollectedOperation {
  const stem = basename(file, EXTENSION);
  const query = readFileSync(join(folder, file), "utf8");
  const variables = join(folder, `${stem}.variables.json`);
  return {
    id: `seeded-${basename(folder)}-${stem}`,
    name: stem.replaceAll("_", " "),
    description: /^#\s*(.*)/.exec(query)?.[1] ?? "",
    query,
    variables: existsSync(variables) ? readFileSync(variables, "utf8") : "{}",
    headers: "",
    extensions: "",
    createdAt: CREATED_AT,
  };
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
