// What a log tells of readings is told whole, wherever it was cut off, and in the log's order (L14: GDPR art. 15); and a sender, who
// may ask about anybody, does not learn of whom there is a file (L4: CASF L.226-2-2).
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import type { Outcome, Reading, ReadIndex } from "../../subgraphs/audit/audit.ts";
import { openModels } from "../../subgraphs/beneficiaries/models.ts";
import { createReadIndex, createReceivedIndex } from "../../subgraphs/beneficiaries/readings.ts";
import { openStore, type Store } from "../../subgraphs/kit/kit.ts";
import { createReceiver, createRemoteIndex } from "../../subgraphs/relay/relay.ts";
import { testMongodbUri } from "../harness/subgraph.ts";
import { openFourDatabases, type FourDatabases } from "./four-databases.ts";
import { AT, keyOf } from "./readings-world.ts";

const TODAY = "2026-03-02";
const ORIGIN = "parcours/services/01234567";
const PARTNER = "partner-of-the-test";

interface Command {
  readonly name: string;
  readonly of: unknown;
  readonly writes: number;
}

let four: FourDatabases;
let store: Store;
let index: ReadIndex;
let server: Server;
let url: string;
const commands: Command[] = [];
/** How many messages are taken in before the receiver is away. */
let most = Infinity;

beforeAll(async () => {
  const prefix = `test-order-${String(process.pid)}-`;
  four = await openFourDatabases(prefix, TODAY);
  store = await openStore({
    uri: testMongodbUri(),
    database: `${prefix}beneficiaries`,
    onCommand: ({ name, command }) => void commands.push({ name, of: command[name], writes: Array.isArray(command["updates"]) ? command["updates"].length : 0 }),
  });
  index = createReceivedIndex(openModels(store.connection));
  const receive = createReceiver({ senders: new Map([["services", [keyOf("services")]]]), index, told: () => undefined });
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => void parts.push(part));
    request.on("end", () => {
      if (--most < 0) return void request.socket.destroy();
      void receive({ headers: request.headers, body: Buffer.concat(parts).toString() }).then(({ status, body }) => response.writeHead(status).end(JSON.stringify(body)));
    });
  });
  await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/readings`;
}, 120_000);
afterAll(async () => {
  server.close();
  await store.close();
  await four.close();
});
beforeEach(async () => {
  most = Infinity;
  for (const name of ["accessEvents", "readingPlaces"]) await four.collection("beneficiaries", name).deleteMany({});
});

const reading = (place: number, said: Partial<Reading> = {}): Reading => ({
  ...{ place, personId: "b1", at: AT, byProfessionalId: "x", byPartnerId: PARTNER, purpose: "SUPPORT" },
  ...{ operationName: null, request: null, fields: ["Referral.status"], refused: false, ...said },
});
const outcome = (intent: number, place: number): Outcome => ({ intent, place, fields: ["Referral.purpose"], bases: ["CONSENT"] });
const remote = () => createRemoteIndex({ url, key: keyOf("services"), sender: "services" });
const rows = () => four.collection("beneficiaries", "accessEvents").find({ byPartnerId: PARTNER }).toArray();

/** As a log under load: many who begin to read at once, and what came of it. */
const READINGS = Array.from({ length: 400 }, (_, at) => reading(at));
const OUTCOMES = READINGS.map(({ place }) => outcome(place, READINGS.length + place));

/** As the follower does after a failure: from the last place that is known. */
async function goOn(to: ReadIndex): Promise<void> {
  const last = await to.last(ORIGIN);
  await to.add(ORIGIN, { readings: READINGS.filter(({ place }) => place > last), outcomes: OUTCOMES.filter(({ place }) => place > last), deeds: [] });
}

describe("a log that is told in several messages", () => {
  it.each([1, 2, 3])("loses nothing where the receiver goes away after %i of them", async (messages) => {
    const index = remote();
    most = messages;
    await expect(index.add(ORIGIN, { readings: READINGS, outcomes: OUTCOMES, deeds: [] })).rejects.toThrow();
    most = Infinity;
    await goOn(index);
    const told = await rows();
    expect([told.length, told.filter(({ over }) => over === true).length]).toEqual([READINGS.length, READINGS.length]);
  });

  it("is told on, whatever a client called an operation and a token its bearer", async () => {
    const index = remote();
    const odd = [{ byProfessionalId: "" }, { byPartnerId: "" }, { operationName: "" }, { operationName: "x".repeat(500) }, { byProfessionalId: "x".repeat(500) }];
    await index.add(ORIGIN, { readings: [...odd.map((said, at) => reading(at, said)), reading(odd.length)], outcomes: [], deeds: [] });
    expect(await four.collection("beneficiaries", "accessEvents").countDocuments({ log: ORIGIN })).toBe(odd.length + 1);
  });
});

describe("a database that stops in the middle of a message", () => {
  const refuse = async (validator: object) => expect(await store.connection.db?.command({ collMod: "accessEvents", validator })).toMatchObject({ ok: 1 });

  it.each(["of the own log", "of another"])("leaves no gap in what is told %s", async (which) => {
    const models = openModels(store.connection);
    const index = which === "of another" ? createReceivedIndex(models) : createReadIndex(models);
    await refuse({ _id: { $ne: `${ORIGIN}/200` } });
    // The first reading is over, and so speaks of the log's last place.
    await expect(index.add(ORIGIN, { readings: READINGS, outcomes: OUTCOMES, deeds: [] })).rejects.toThrow();
    await refuse({});
    await goOn(index);
    const told = await rows();
    expect([told.length, told.filter(({ over }) => over === true).length]).toEqual([READINGS.length, READINGS.length]);
  });
});

describe("a sender", () => {
  it("does not learn of whom there is a file: answers and commands are the same", async () => {
    const tell = async (personId: string, place: number) => {
      commands.length = 0;
      const to = remote();
      await to.add(ORIGIN, { readings: [reading(place, { personId })], outcomes: [outcome(place, place + 1)], deeds: [] });
      return { last: (await to.last(ORIGIN)) - place, commands: [...commands] };
    };
    const [known, unknown] = [await tell("b1", 10), await tell("nobody", 20)];
    expect(unknown).toEqual(known);
    expect(known.commands.map(({ name, of }) => [name, of])).toEqual([
      ["find", "people"],
      ["update", "accessEvents"],
      ["update", "readingPlaces"],
      ["find", "people"],
      ["find", "readingPlaces"],
    ]);
    expect((await rows()).map(({ personId }) => personId)).toEqual(["b1"]);
  });
});
