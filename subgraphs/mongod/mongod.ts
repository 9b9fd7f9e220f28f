// A MongoDB server of our own where none is named: finds a `mongod` and runs it as a one-node replica set, so that
// transactions and change streams work. On loopback only.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { MongoMemoryReplSet } from "mongodb-memory-server-core";

import { findMongod, MongodNotFound, type FoundMongod } from "./find.ts";

export { findMongod, MongodNotFound, type FoundMongod };

export interface MongodOptions {
  /** Where the data lies; null keeps them in a temporary folder that goes with the process. */
  readonly folder: string | null;
  /** Told one line about each long step. */
  readonly progress: (line: string) => void;
  readonly env: NodeJS.ProcessEnv;
  /** Given to the program beside its own. */
  readonly args?: readonly string[];
}

export interface Mongod {
  readonly uri: string;
  readonly found: FoundMongod;
  stop(): Promise<void>;
}

/** A primary that is gone is replaced after this; MongoDB's default of ten seconds stops writes for eleven. */
const ELECTION_TIMEOUT_MS = 2_000;

/** zlib is left out: versions before 6.0.27 leak memory through it (CVE-2025-14847). */
const ARGUMENTS = ["--networkMessageCompressors", "snappy,zstd", "--setParameter", "enableTestCommands=1"];

/** Starts a server. Throws MongodNotFound, which lists what was tried. */
export async function startMongod(options: MongodOptions): Promise<Mongod> {
  const found = await findMongod(options.env, options.progress);
  const { folder } = options;
  const port = folder === null ? undefined : await readPort(folder);
  process.env["MONGOMS_SYSTEM_BINARY_VERSION_CHECK"] = "false";
  const replicaSet = await MongoMemoryReplSet.create({
    binary: { systemBinary: found.path },
    instanceOpts: [{ ...(folder !== null && { dbPath: folder }), ...(port !== undefined && { port }) }],
    replSet: {
      name: "parcours",
      count: 1,
      ip: "127.0.0.1",
      storageEngine: "wiredTiger",
      configSettings: { electionTimeoutMillis: ELECTION_TIMEOUT_MS },
      args: [...ARGUMENTS, ...(options.args ?? [])],
      // Out of the terminal's reach: Ctrl-C would stop it before those who still talk to it. It ends with this process.
      spawn: { detached: true },
    },
  });
  const [server] = replicaSet.servers;
  if (folder !== null && server?.instanceInfo !== undefined) await keepPort(folder, server.instanceInfo.port);
  return {
    uri: replicaSet.getUri(),
    found,
    stop: async () => void (await replicaSet.stop({ doCleanup: folder === null })),
  };
}

/** The members of a replica set are known by address, so data on disk stay with the port that they were made on. */
async function readPort(folder: string): Promise<number | undefined> {
  await mkdir(folder, { recursive: true });
  const text = await readFile(portFile(folder), "utf8").catch(() => null);
  return text === null ? undefined : Number(text);
}

async function keepPort(folder: string, port: number): Promise<void> {
  await writeFile(portFile(folder), String(port));
}

function portFile(folder: string): string {
  return join(folder, "parcours-port");
}
