import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { findMongod, startMongod } from "../../subgraphs/mongod/mongod.ts";
import { openStore } from "../../subgraphs/kit/kit.ts";

const silent = () => undefined;

async function folderWith(program: string, script = "#!/bin/sh\necho db version v7.0.35\n"): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "parcours-find-"));
  await writeFile(join(folder, program), script);
  await chmod(join(folder, program), 0o755);
  return folder;
}

describe("finding a mongod", () => {
  it("takes the one that MONGOD_BINARY names before the one on the PATH", async () => {
    const named = join(await folderWith("my-mongod"), "my-mongod");
    const found = await findMongod({ MONGOD_BINARY: named, PATH: await folderWith("mongod") }, silent);
    expect(found).toEqual({ path: named, origin: "named by MONGOD_BINARY" });
  });

  it("says what is wrong with MONGOD_BINARY instead of quietly taking another", async () => {
    const environment = { MONGOD_BINARY: "/nowhere/mongod", PATH: await folderWith("mongod") };
    await expect(findMongod(environment, silent)).rejects.toThrow(/MONGOD_BINARY names \/nowhere\/mongod, which cannot be run[\s\S]*Three ways out/);
  });

  it("takes the one on the PATH before one fetched earlier", async () => {
    const onPath = await folderWith("mongod");
    const cache = await mkdtemp(join(tmpdir(), "parcours-cache-"));
    await mkdir(join(cache, "parcours"));
    const found = await findMongod({ PATH: onPath, XDG_CACHE_HOME: cache }, silent);
    expect(found).toEqual({ path: join(onPath, "mongod"), origin: "on the PATH" });
  });

  it("takes the one fetched earlier without touching the network, and never half of one", async () => {
    const cache = await mkdtemp(join(tmpdir(), "parcours-cache-"));
    await mkdir(join(cache, "parcours"));
    for (const name of ["mongod-6.0.5", "mongod-9.part"]) {
      await writeFile(join(cache, "parcours", name), "#!/bin/sh\n");
      await chmod(join(cache, "parcours", name), 0o755);
    }
    const found = await findMongod({ PATH: "", XDG_CACHE_HOME: cache }, silent);
    expect(found).toEqual({ path: join(cache, "parcours", "mongod-6.0.5"), origin: "fetched before" });
  });
});

describe("a mongod of our own", () => {
  it("is a replica set on loopback that keeps its data and its port over a restart", async () => {
    const folder = await mkdtemp(join(tmpdir(), "parcours-data-"));
    const options = { folder, progress: silent, env: process.env };
    const first = await startMongod(options);
    const before = await openStore({ uri: first.uri, database: "kept" });
    const session = await before.connection.startSession();
    await session.withTransaction(() => before.connection.collection("rows").insertOne({ kept: true }, { session }));
    await session.endSession();
    await before.close();
    await first.stop();
    const second = await startMongod(options);
    const after = await openStore({ uri: second.uri, database: "kept" });
    const rows = await after.connection.collection("rows").find({}, { projection: { _id: 0 } }).toArray();
    const parameters = await after.connection.db?.admin().command({ getCmdLineOpts: 1 });
    await after.close();
    await second.stop();
    expect(rows).toEqual([{ kept: true }]);
    expect(second.uri).toBe(first.uri);
    expect(parameters?.["parsed"].net).toMatchObject({ bindIp: "127.0.0.1", compression: { compressors: "snappy,zstd" } });
  });
});
