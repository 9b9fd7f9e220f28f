// Jest's global set-up and tear-down: one real mongod for all test files of a run, and one whole stack for those that
// ask for it, started when the first of them does.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startStack, type Stack } from "../../deploy/stack.ts";
import { startMongod } from "../../subgraphs/mongod/mongod.ts";
import { freePorts } from "./ports.ts";
import { printStack, TEST_CLOCK, TEST_TODAY } from "./stack.ts";

const closers: (() => Promise<unknown>)[] = [];

/** Starts a mongod, unless TEST_MONGODB_URI names one. */
export default async function setUp(): Promise<void> {
  const named = process.env["TEST_MONGODB_URI"];
  const uri = named ?? (await startOwnMongod());
  process.env["TEST_MONGODB_URI"] = uri;
  let stack: Promise<Stack> | undefined;
  const door = createServer((_request, response) => {
    stack ??= startSharedStack(uri);
    stack.then(
      (up) => response.end(JSON.stringify(printStack(up))),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  process.env["TEST_STACK_URL"] = await listen(door);
  closers.push(async () => door.close(), async () => (await stack?.catch(() => undefined))?.close());
}

export async function tearDown(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

async function startOwnMongod(): Promise<string> {
  const mongod = await startMongod({ folder: null, progress: (line) => console.log(line), env: process.env });
  closers.push(mongod.stop);
  return mongod.uri;
}

async function startSharedStack(mongodbUri: string): Promise<Stack> {
  const dataFolder = await mkdtemp(join(tmpdir(), "parcours-test-"));
  closers.unshift(() => rm(dataFolder, { recursive: true, force: true }));
  const [gatewayPort, subgraphPort] = await freePorts();
  return startStack({
    gatewayPort,
    subgraphPort,
    dataFolder,
    inMemory: true,
    seed: true,
    today: TEST_TODAY,
    clock: TEST_CLOCK,
    env: { ...process.env, MONGODB_URI: mongodbUri },
    progress: () => undefined,
    databasePrefix: `test-stack-${randomUUID().slice(0, 8)}-`,
  });
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
