// A subgraph over HTTP whose database fails, or of which nobody asks whom the gateway vouches for: clear codes, a generic
// sentence for the rest, and nothing personal.
import { randomUUID } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import { Schema } from "mongoose";

import { createCallerReader, createClock, createLog, defineSubgraph, openCallerReader, openStore, serveSubgraph, type Log, type Store, type SubgraphContext, type SubgraphServer } from "../../subgraphs/kit/kit.ts";
import { publicType, refuse, UNAUDITED } from "../../subgraphs/law/law.ts";
import { testMongodbUri } from "../harness/subgraph.ts";

const APP_NAME = `test-${randomUUID().slice(0, 8)}`;

interface Data {
  readonly count: () => Promise<number>;
}

async function createSubgraph() {
  const file = join(await mkdtemp(join(tmpdir(), "parcours-schema-")), "schema.graphql");
  await writeFile(file, "type Query { count: Int broken: Int fine: Int }");
  return defineSubgraph({
    name: "small",
    schema: pathToFileURL(file),
    resolvers: {
      Query: {
        count: (_: unknown, _args: unknown, { data }: SubgraphContext<Data>) => data.count(),
        broken: () => {
          throw new Error("the secret is 42");
        },
        fine: () => 1,
      },
    },
    policy: { Query: publicType("a test") },
    createJudge: () => ({ decide: () => refuse("NO_GRANT") }),
    openModels: (connection): Data => {
      const rows = connection.model("Row", new Schema({ _id: String }));
      return { count: async () => (await rows.find().lean().exec()).length };
    },
    createData: (models) => models,
    seed: async () => undefined,
  });
}

let store: Store;
let server: SubgraphServer;
/** Answers who the gateway vouches for. */
let guarded: SubgraphServer;
const logged: unknown[] = [];

beforeAll(async () => {
  store = await openStore({ uri: `${testMongodbUri()}&appName=${APP_NAME}`, database: APP_NAME });
  const subgraph = await createSubgraph();
  const open = await subgraph.open(store.connection);
  const options = { subgraph, open, host: "127.0.0.1", port: 0, clock: createClock(), audit: { begin: () => UNAUDITED } };
  server = await serveSubgraph({ ...options, readCaller: openCallerReader, log: createLog("small", "silent") });
  guarded = await serveSubgraph({ ...options, readCaller: await createCallerReader(await keyFile(), "small"), log: keepLines() });
});

/** The gateway's keys: none that signed anything. */
async function keyFile(): Promise<string> {
  const { publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  const file = join(await mkdtemp(join(tmpdir(), "parcours-jwks-")), "jwks.json");
  await writeFile(file, JSON.stringify({ keys: [await exportJWK(publicKey)] }));
  return file;
}

function keepLines(): Log {
  const log = createLog("small", "silent");
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) log[level] = (...said: unknown[]) => void logged.push(said);
  return log;
}

afterAll(async () => {
  await server.close();
  await guarded.close();
  await store.close();
});

async function ask(query: string): Promise<unknown> {
  const response = await fetch(server.url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query }) });
  return response.json();
}

afterEach(async () => {
  await store.connection.getClient().db("admin").command({ configureFailPoint: "failCommand", mode: "off" });
});

/** MongoDB fails the finds of this test's connection, and of no other; the driver's one retry too. */
async function failFinds(failure: Readonly<Record<string, unknown>>): Promise<void> {
  await store.connection.getClient().db("admin").command({
    configureFailPoint: "failCommand",
    mode: "alwaysOn",
    data: { failCommands: ["find"], appName: APP_NAME, ...failure },
  });
}

describe("a subgraph whose database fails", () => {
  it("says STORE_UNAVAILABLE where a read ran out of time, and answers the rest", async () => {
    await failFinds({ errorCode: 50 });
    expect(await ask("{ count fine }")).toMatchObject({
      data: { count: null, fine: 1 },
      errors: [{ message: "The subgraph's database did not answer in time.", path: ["count"], extensions: { code: "STORE_UNAVAILABLE" } }],
    });
  });

  it("says STORE_UNAVAILABLE where the connection was cut", async () => {
    await failFinds({ closeConnection: true });
    expect(await ask("{ count }")).toMatchObject({ errors: [{ extensions: { code: "STORE_UNAVAILABLE" } }] });
  });

  it("hides what went wrong inside", async () => {
    const answer = await ask("{ broken fine }");
    expect(answer).toMatchObject({
      data: { broken: null, fine: 1 },
      errors: [{ message: "The subgraph could not answer this part.", extensions: { code: "INTERNAL_SERVER_ERROR" } }],
    });
    expect(JSON.stringify(answer)).not.toContain("42");
  });
});

describe("a subgraph that is asked without the gateway's word", () => {
  const unsigned = `${Buffer.from('{"alg":"EdDSA"}').toString("base64url")}.${Buffer.from('{"sub":"marie-dupont"}').toString("base64url")}.c2lnbmVk`;

  it.each([
    ["no token", {}],
    ["a token that nobody signed", { "x-gateway-caller": unsigned }],
  ])("answers 401 with its code to %s, and repeats nothing of it", async (_name, headers: Record<string, string>) => {
    const body = JSON.stringify({ query: "{ fine }" });
    const response = await fetch(guarded.url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
    const message = "Expected a caller token of the gateway in the header x-gateway-caller.";
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 401, body: { errors: [{ message, extensions: { code: "UNAUTHENTICATED" } }] } });
    expect(JSON.stringify(logged)).not.toMatch(new RegExp(unsigned.split(".").join("|")));
  });
});
