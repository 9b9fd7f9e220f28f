// Releases of a report, over a real database: made once, answered from until the next one, and never mixed with the day's figures.
import { randomUUID } from "node:crypto";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { createDisclosure, DEMONSTRATION_PUBLISHING, openReleases, openStore, readSnapshot, type Clock, type Counted, type Publishing, type Releases, type Store } from "../../subgraphs/kit/kit.ts";
import { testMongodbUri } from "../harness/subgraph.ts";

interface Body {
  readonly count: number;
}

let store: Store;
let other: Store;
beforeEach(async () => {
  const database = `test-releases-${randomUUID().slice(0, 8)}`;
  [store, other] = await Promise.all([openStore({ uri: testMongodbUri(), database }), openStore({ uri: testMongodbUri(), database })]);
});
afterEach(async () => {
  await store.connection.dropDatabase().catch(() => undefined);
  await Promise.all([store.close(), other.close()]);
});

const on = (day: string): Clock => ({ now: () => new Date(`${day}T09:00:00Z`), today: () => day });

const people = (count: number, block = "2026", name = "p") => Array.from({ length: count }, (_, at) => ({ block, person: `${name}-${block}-${at}` }));

const write = (rows: readonly Counted[]) => store.connection.collection("facts").insertMany(rows.map((row) => ({ ...row })));

interface Opened extends Partial<Publishing> {
  readonly of?: Store;
  readonly onRead?: () => Promise<unknown>;
}

/** A report that counts facts by block, in one table. */
function open({ of = store, onRead, ...publishing }: Opened = {}): Releases<Body> & { readonly reads: () => number } {
  let reads = 0;
  const collection = of.connection.collection("facts");
  async function* read(session: Parameters<typeof readSnapshot>[2]): AsyncIterable<Counted> {
    reads += 1;
    // The instant of the session is that of its first read.
    for await (const _ of readSnapshot(collection, [{ $limit: 1 }], session));
    await onRead?.();
    yield* readSnapshot<Counted>(collection, [{ $project: { _id: 0, block: 1, person: 1 } }], session);
  }
  const report = { read, publish: (facts: readonly Counted[]): [string, Body][] => [["COUNT", { count: facts.length }]] };
  return { ...openReleases({ connection: of.connection, report, ...DEMONSTRATION_PUBLISHING, ...publishing }), reads: () => reads };
}

async function ask(releases: Releases<Body>, day: string, wants: (block: string) => boolean = () => true) {
  const { asOf, bodies } = await releases.read({ clock: on(day), table: "COUNT", wants });
  return [asOf, ...bodies.map(({ count }) => count)];
}

const heads = () => store.connection.collection("releases").find().sort({ _id: 1 }).toArray();
const versions = () => store.connection.collection("release_tables").distinct("version");

describe("a report's figures", () => {
  it("are fixed when they are first asked for, and answered by every process until the next release", async () => {
    await write(people(40));
    expect(await ask(open(), "2026-03-02")).toEqual(["2026-03-01", 40]);
    await write(people(60, "2026", "late"));
    const again = open({ of: other });
    expect(await ask(again, "2026-03-31")).toEqual(["2026-03-01", 40]);
    expect(again.reads()).toBe(0);
    expect(await ask(again, "2026-04-01")).toEqual(["2026-04-01", 100]);
  });

  it("are not made anew by somebody whose clock is behind, who answers from the release before or else from the one after", async () => {
    await write(people(40));
    const releases = open();
    await ask(releases, "2026-03-02");
    expect(await ask(open({ of: other }), "2026-02-28")).toEqual(["2026-03-01", 40]);
    await write(people(60, "2026", "late"));
    await ask(releases, "2026-04-01");
    expect(await ask(open({ of: other }), "2026-03-31")).toEqual(["2026-03-01", 40]);
  });

  it("do not move from one release to the next when one person came, nor ten, and do when there are many", async () => {
    await write(people(40));
    const releases = open();
    expect(await ask(releases, "2026-03-02")).toEqual(["2026-03-01", 40]);
    await write(people(1, "2026", "april"));
    expect(await ask(releases, "2026-04-02")).toEqual(["2026-04-01", 40]);
    await write(people(9, "2026", "may"));
    expect(await ask(releases, "2026-05-02")).toEqual(["2026-05-01", 40]);
    expect(await versions()).toHaveLength(1);
    await write(people(30, "2026", "june"));
    expect(await ask(releases, "2026-06-02")).toEqual(["2026-06-01", 80]);
  });

  it("are not told of a block with fewer people than the threshold, and are none where there is nothing", async () => {
    await write([...people(10, "2025"), ...people(11, "2026")]);
    expect(await ask(open(), "2026-03-02")).toEqual(["2026-03-01", 11]);
    expect(await ask(open(), "2026-03-02", () => false)).toEqual(["2026-03-01"]);
  });

  it("are of one instant: what is written while they are read is in the next release", async () => {
    await write(people(40));
    const releases = open({ onRead: () => write(people(60, "2026", "meanwhile")) });
    expect(await ask(releases, "2026-03-02")).toEqual(["2026-03-01", 40]);
  });

  it("come by quarters where the operator wants that", async () => {
    await write(people(40));
    const releases = open({ period: "quarterly" });
    expect(await ask(releases, "2026-03-02")).toEqual(["2026-01-01", 40]);
    await write(people(60, "2026", "late"));
    expect(await ask(releases, "2026-03-31")).toEqual(["2026-01-01", 40]);
    expect(await ask(releases, "2026-04-01")).toEqual(["2026-04-01", 100]);
  });

  it("are all published anew once another threshold holds", async () => {
    await write(people(40));
    await ask(open(), "2026-03-02");
    const stricter = open({ disclosure: createDisclosure({ threshold: 41, key: Buffer.alloc(32, "demonstration") }) });
    expect(await ask(stricter, "2026-03-02")).toEqual(["2026-03-01", 40]);
    expect(await ask(stricter, "2026-04-02")).toEqual(["2026-04-01"]);
  });

  it("name nobody where they are stored, though everybody was counted", async () => {
    await write(people(40));
    await ask(open(), "2026-03-02");
    const stored = JSON.stringify([await heads(), await store.connection.collection("release_tables").find().toArray()]);
    expect(stored).toContain("COUNT");
    expect(stored).not.toContain("p-2026-");
  });
});

describe("a release", () => {
  it("is made once by one process, however many ask at once", async () => {
    await write(people(40));
    const releases = open();
    await Promise.all(Array.from({ length: 20 }, () => ask(releases, "2026-03-02")));
    expect(releases.reads()).toBe(1);
  });

  it("is that of the first of two processes that make it at once; the other's tables are gone", async () => {
    await write(people(40));
    const [one, two] = [open(), open({ of: other, onRead: () => write(people(60, "2026", "meanwhile")) })];
    const [first, second] = await Promise.all([ask(one, "2026-03-02"), ask(two, "2026-03-02")]);
    expect(second).toEqual(first);
    expect(one.reads() + two.reads()).toBe(2);
    expect(await heads()).toHaveLength(1);
    expect(await versions()).toHaveLength(1);
  });

  it("of which a process died half-way counts for nothing, and what it left is cleared away later", async () => {
    await write(people(40));
    const left = "000000000000001-dead";
    await store.connection.collection("release_tables").insertOne({ _id: `${left} 2026 COUNT` as never, version: left, body: { count: 7 } });
    expect(await ask(open(), "2026-03-02")).toEqual(["2026-03-01", 40]);
    expect(await versions()).toEqual([expect.not.stringContaining("dead")]);
  });

  it("keeps the one before it and no other", async () => {
    await write(people(40));
    const releases = open();
    for (const day of ["2026-01-02", "2026-02-02", "2026-03-02", "2026-04-02"]) await ask(releases, day);
    expect((await heads()).map(({ _id }) => String(_id))).toEqual(["2026-03-01", "2026-04-01"]);
  });

  it("that cannot be made is an error and not the day's figures, and is made when asked again", async () => {
    await write(people(40));
    let fails = true;
    const releases = open({ onRead: async () => (fails ? Promise.reject(new Error("away")) : undefined) });
    await expect(ask(releases, "2026-03-02")).rejects.toThrow("away");
    expect(await heads()).toEqual([]);
    fails = false;
    expect(await ask(releases, "2026-03-02")).toEqual(["2026-03-01", 40]);
  });

  it("of which a table is missing is an error and not the day's figures", async () => {
    await write(people(40));
    const releases = open();
    await ask(releases, "2026-03-02");
    await store.connection.collection("release_tables").deleteMany({});
    await expect(ask(releases, "2026-03-02")).rejects.toThrow(/one of its tables is missing/);
  });

  it("is an error while the database is away", async () => {
    await write(people(40));
    const releases = open({ of: other });
    await other.close();
    await expect(ask(releases, "2026-03-02")).rejects.toThrow();
  });
});
