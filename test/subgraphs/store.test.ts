import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Schema } from "mongoose";

import { openStore, type Store } from "../../subgraphs/kit/kit.ts";
import { testMongodbUri } from "../harness/subgraph.ts";

const commands: { name: string; command: Readonly<Record<string, unknown>> }[] = [];
let store: Store;

beforeAll(async () => {
  store = await openStore({ uri: testMongodbUri(), database: `test-store-${randomUUID().slice(0, 8)}`, onCommand: (seen) => void commands.push(seen) });
});

afterAll(async () => {
  await store.connection.dropDatabase();
  await store.close();
});

describe("the store", () => {
  it("puts a time limit on every kind of read", async () => {
    const model = store.connection.model("Row", new Schema({ _id: String, n: Number }));
    commands.length = 0;
    await model.find({ n: 1 }).lean();
    await model.findOne({ n: 1 }).lean();
    await model.countDocuments({ n: 1 });
    await model.estimatedDocumentCount();
    await model.distinct("n");
    await model.aggregate([{ $match: { n: 1 } }]);
    expect(commands.map(({ name, command }) => `${name} ${String(command["maxTimeMS"])}`)).toEqual([
      "find 5000",
      "find 5000",
      "aggregate 5000",
      "count 5000",
      "distinct 5000",
      "aggregate 5000",
    ]);
  });

  it("refuses a filter over a field that the schema does not know", async () => {
    const model = store.connection.model("Other", new Schema({ _id: String }));
    await expect(model.find({ unknown: 1 } as object).lean()).rejects.toThrow(/strict/);
  });

  it("fails at once when no server answers, instead of waiting in a queue", async () => {
    await expect(openStore({ uri: "mongodb://127.0.0.1:1/?replicaSet=none", database: "x" })).rejects.toMatchObject({
      name: "MongooseServerSelectionError",
    });
  });
});
