// Jest's global set-up and tear-down: one real mongod for all test files of a run.
import { startMongod, type Mongod } from "../../subgraphs/mongod/mongod.ts";

let mongod: Mongod | undefined;

/** Starts it, unless TEST_MONGODB_URI or MONGODB_URI names one. */
export default async function setUp(): Promise<void> {
  const named = process.env["TEST_MONGODB_URI"] ?? process.env["MONGODB_URI"];
  if (named === undefined) {
    mongod = await startMongod({ folder: null, progress: (line) => console.log(line), env: process.env });
  }
  process.env["TEST_MONGODB_URI"] = named ?? mongod?.uri;
}

export async function tearDown(): Promise<void> {
  await mongod?.stop();
}
