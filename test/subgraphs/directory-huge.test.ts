// A directory that is huge, and one that goes on failing: taken over in portions, so that whoever asks for something else
// meanwhile is answered; asked for less and less often; and told once.
import { randomUUID } from "node:crypto";

import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";

import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import { carryDirectory, DirectoryFault, type CarryEvent, type Directory, type DirectoryFaultCode, type DirectorySource } from "../../subgraphs/directory/directory.ts";
import { openStandings, openStore, type Standings, type Store } from "../../subgraphs/kit/kit.ts";
import { createTestTickets } from "../harness/law.ts";
import { testMongodbUri } from "../harness/subgraph.ts";

const MANY = 20_000;
const PORTION = 1_000;

type Command = Readonly<Record<string, unknown>>;
const seen: { readonly name: string; readonly command: Command }[] = [];
const openSeen = (): Promise<Store> => openStore({ uri: testMongodbUri(), database: `test-huge-${randomUUID().slice(0, 8)}`, onCommand: (one) => void seen.push(one) });

const sizesOf = (name: string, part: string): number[] => seen.filter((one) => one.name === name).map(({ command }) => (command[part] as readonly unknown[]).length);

function directory(count: number, validTo: string): Directory {
  const habilitation = { purposes: ["SUPPORT"], dataCategories: ["HOUSING"], validFrom: "2024-01-01", validTo };
  const standing = { partnerId: "ngo", partnerKind: "NGO", profession: "SOCIAL_WORKER", secrecyBasis: null, missions: [], habilitation };
  return { standings: Array.from({ length: count }, (_, at) => ({ id: `pro-${at}`, ...standing })), agreements: [], retention: [] };
}

describe("a huge directory", () => {
  let store: Store;
  let own: Store;
  let standings: Standings;
  beforeAll(async () => {
    store = await openSeen();
    own = await openSeen();
    standings = openStandings(store.connection);
  }, 60_000);
  afterAll(async () => {
    for (const { connection, close } of [store, own]) {
      await connection.dropDatabase();
      await close();
    }
  });
  const countTo = (validTo: string) => store.connection.collection("standings").countDocuments({ "habilitation.validTo": validTo });

  it("is written and compared in portions, and is there as a whole", async () => {
    expect(await standings.take(directory(MANY, "2027-01-01"))).toBe(true);
    seen.length = 0;
    expect(await standings.take(directory(MANY, "2027-01-01"))).toBe(false);
    expect(seen.filter(({ name }) => name === "find" || name === "getMore").map(({ command }) => command["batchSize"])).toEqual(Array.from({ length: MANY / PORTION + 1 }, () => PORTION));
    expect(await standings.take(directory(MANY, "2026-01-01"))).toBe(true);
    expect([await countTo("2026-01-01"), await countTo("2027-01-01")]).toEqual([MANY, 0]);
    expect(new Set(sizesOf("update", "updates"))).toEqual(new Set([PORTION]));
  }, 60_000);

  it("takes nobody's right away, nor gives one, where it breaks off behind the first portions", async () => {
    const whole = directory(MANY, "2026-01-01");
    const broken = { ...directory(MANY, "2027-01-01"), standings: [...directory(MANY, "2027-01-01").standings, ...directory(1, "2027-01-01").standings.map((one) => ({ ...one, id: "f".repeat(17 * 1024 * 1024) }))] };
    await expect(standings.take(broken)).rejects.toThrow();
    expect([await countTo("2026-01-01"), await countTo("2027-01-01")]).toEqual([MANY, 0]);
    expect(await standings.take(whole)).toBe(false);
  }, 60_000);

  it("that shrinks to one professional takes away the others in portions", async () => {
    seen.length = 0;
    expect(await standings.take(directory(1, "2026-01-01"))).toBe(true);
    expect(await store.connection.collection("standings").countDocuments()).toBe(1);
    expect(Math.max(...sizesOf("delete", "deletes"))).toBe(PORTION);
  }, 60_000);

  it("with thousands of councils asks for the files of those that hold some, in one write", async () => {
    const open = await createBeneficiaries({ blindingKey: new Uint8Array(32), tickets: createTestTickets().issuer }).open(own.connection);
    const people = own.connection.collection<{ _id: string }>("people");
    await people.insertMany([{ _id: "a", departmentCode: "92", retentionMonths: 24 }, { _id: "b", departmentCode: "75", retentionMonths: 24 }] as never[]);
    const retention = [...Array.from({ length: 3_000 }, (_, at) => `dept-none-${at}`), "dept-92", "dept-75"].map((holderId) => ({ holderId, months: 12 }));
    seen.length = 0;
    expect(await open.directoryCopy?.take({ ...directory(1, "2026-01-01"), retention })).toBe(true);
    expect(seen.filter(({ command }) => command["update"] === "people").map(({ command }) => (command["updates"] as unknown[]).length)).toEqual([2]);
    expect((await people.find({}).toArray()).map((row) => (row as Command)["retentionMonths"])).toEqual([12, 12]);
    expect(await open.directoryCopy?.take({ ...directory(1, "2026-01-01"), retention })).toBe(false);
  }, 60_000);
});

describe("a directory that goes on failing", () => {
  afterEach(() => void jest.useRealTimers());

  const failing = (codes: readonly DirectoryFaultCode[]) => {
    const asked: number[] = [];
    const read: DirectorySource["read"] = async () => {
      asked.push(Date.now());
      throw new DirectoryFault(codes[asked.length % codes.length] ?? "DIRECTORY_UNREACHABLE", "away");
    };
    return { asked, read };
  };

  async function carryFor(seconds: number, read: DirectorySource["read"]): Promise<CarryEvent[]> {
    jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
    const events: CarryEvent[] = [];
    const carrying = await carryDirectory({ source: { read }, copy: { take: async () => true }, everyMs: 60_000, told: (event) => void events.push(event) });
    await jest.advanceTimersByTimeAsync(seconds * 1_000);
    await carrying.close();
    return events;
  }

  it("is asked for soon, and then less and less often, down to the usual", async () => {
    const { asked, read } = failing(["DIRECTORY_MALFORMED"]);
    await carryFor(250, read);
    const [first = 0] = asked;
    expect(asked.map((at) => (at - first) / 1_000)).toEqual([0, 5, 15, 35, 75, 135, 195]);
  });

  it("is told once, whatever faults take turns, and again after an hour", async () => {
    const { asked, read } = failing(["DIRECTORY_MALFORMED", "DIRECTORY_UNREACHABLE"]);
    const events = await carryFor(3_500, read);
    expect(asked.length).toBeGreaterThan(50);
    expect(events.map((event) => (event.outcome === "failed" ? event.fault : event.outcome))).toEqual(["DIRECTORY_UNREACHABLE", "DIRECTORY_MALFORMED"]);
    jest.useRealTimers();
    expect((await carryFor(3_800, failing(["DIRECTORY_MALFORMED"]).read)).length).toBe(2);
  });
});
