// One writer a log. The operating system holds the lock and lets it go when the process ends, however it ends; a file with a
// process id would outlive a kill, and in containers every process has the same id.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Lock {
  release(): void;
}

/** Null: another process, or this one, has the log open. */
export function lockFolder(folder: string): Lock | null {
  const database = new DatabaseSync(join(folder, "lock"));
  try {
    database.exec("BEGIN EXCLUSIVE");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (typeof error === "object" && error !== null && "errcode" in error && error.errcode === BUSY) return null;
    throw error;
  }
}

/** SQLITE_BUSY. */
const BUSY = 5;
