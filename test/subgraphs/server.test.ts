// A subgraph over HTTP whose database fails: clear codes, a generic sentence for the rest, and nothing personal.
import { randomUUID } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { Schema } from "mongoose";

import { createClock, createLog, defineSubgraph, openCallerReader, openStore, serveSubgraph, type Store, type SubgraphContext, type SubgraphServer } from "../../subgraphs/kit/kit.ts";
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

beforeAll(async () => {
  store = await openStore({ uri: `${testMongodbUri()}&appName=${APP_NAME}`, database: APP_NAME });
  const subgraph = await createSubgraph();
  const open = await subgraph.open(store.connection);
  server = await serveSubgraph({ subgraph, open, host: "127.0.0.1", port: 0, readCaller: openCallerReader, clock: createClock(), log: createLog("small", "silent"), audit: { begin: () => UNAUDITED } });
});

afterAll(async () => {
  await server.close();
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
