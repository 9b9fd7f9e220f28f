// The retention job over four real databases (L8 CASF R.263-8, L10 CNIL 2023-095): what ends, what stays true, and that a
// job which is killed goes on where it stopped.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { STEP_REPORT, stepFactStages } from "../../subgraphs/beneficiaries/step-stats.ts";
import { countCells, openErasureOrders, type PersonDoor, type TableFact } from "../../subgraphs/kit/kit.ts";
import { runRetention } from "../../subgraphs/rights/rights.ts";
import { REFERRAL_REPORT, referralFactStages } from "../../subgraphs/services/referral-stats.ts";
import { activityFactStages } from "../../subgraphs/sites/activity.ts";
import { testMongodbUri } from "../harness/subgraph.ts";
import { openFourDatabases, type FourDatabases } from "./four-databases.ts";

const TODAY = "2026-03-02";
const LONG_AGO = new Date("2022-03-01T09:00:00Z");

let four: FourDatabases;

beforeAll(async () => {
  four = await openFourDatabases(`test-retention-${randomUUID().slice(0, 8)}-`, TODAY);
  for (const [name, { connection }] of four.stores) await openErasureOrders(connection, name).join(`parcours/${name}/log`);
}, 120_000);

afterAll(() => four.close());

interface Ran {
  readonly lines: readonly string[];
  readonly erased: readonly string[];
}

async function run(said: { dryRun?: boolean; isSure?: boolean; today?: string; doors?: ReadonlyMap<string, PersonDoor>; onErased?: (id: string) => Promise<void> } = {}): Promise<Ran> {
  const [lines, erased]: [string[], string[]] = [[], []];
  const onErased = async (id: string) => void erased.push(id);
  await runRetention({ retention: four.retention, doors: four.doors, today: TODAY, dryRun: false, onErased, print: (line) => void lines.push(line), ...said });
  return { lines, erased };
}

const age = (ids: readonly string[], said: object = { lastContactAt: LONG_AGO, lastProtectionContactAt: null }) =>
  four.collection("beneficiaries", "people").updateMany({ _id: { $in: [...ids] as never[] } }, { $set: said });

/** Ids of people who were referred, of whom somebody heard lately, and whom no test has taken yet. */
async function pickPeople(count: number): Promise<string[]> {
  const rows = await four.collection("services", "referrals").distinct("personId");
  const alive = await four
    .collection("beneficiaries", "people")
    .find({ _id: { $in: rows }, lastContactAt: { $gt: LONG_AGO }, litigationHold: false, anonymisedOn: null })
    .sort({ _id: 1 })
    .toArray();
  const ids = alive.map(({ _id }) => String(_id)).filter((id) => !["b1", "b2", "b3"].includes(id));
  if (ids.length < count) throw new Error(`Only ${ids.length} people are left.`);
  return ids.slice(0, count);
}

/** What the reports can ask for, without suppression: each dimension, and the pairs that mix what a step and its person say. */
async function countEverything(): Promise<string> {
  const ofSteps = [
    ...["SITE", "COMMUNE", "TERRITORY", "PARTNER", "THEME", "AGE_BAND", "PUBLIC", "STEP_KIND", "OUTCOME"].map((one) => [one, "MONTH"]),
    ...[["AGE_BAND", "THEME"], ["PUBLIC", "SITE"], ["STEP_KIND", "COMMUNE"]],
  ];
  const ofReferrals = ["THEME", "SERVICE_TYPE", "SENDER", "RECEIVER", "SITE", "STATUS", "REFUSAL_REASON"].map((one) => [one, "MONTH"]);
  const now = new Date(`${TODAY}T09:00:00Z`);
  const steps = await factsOf("beneficiaries", "steps", stepFactStages());
  const referrals = await factsOf("services", "referrals", referralFactStages());
  const events = await four.collection("sites", "appointments").aggregate(activityFactStages(now)).toArray();
  const counted = [
    ...ofSteps.flatMap((columns) => steps.map((facts) => countCells(facts, columns, STEP_REPORT))),
    ...ofReferrals.flatMap((columns) => referrals.map((facts) => countCells(facts, columns, REFERRAL_REPORT))),
    [...Map.groupBy(events, ({ person: _, ...event }) => JSON.stringify(event))].map(([event, same]) => ({ event, people: new Set(same.map(({ person }) => person)).size, count: same.length })),
  ];
  expect(counted.flat().length).toBeGreaterThan(1_000);
  return counted.map((cells) => cells.map(printCell).sort().join("\n")).join("\n\n");
}

/** Those of each block, the blocks in their order. */
async function factsOf(subgraph: string, collection: string, stages: readonly object[]): Promise<TableFact[][]> {
  const facts = await four.collection(subgraph, collection).aggregate<TableFact>([...stages]).toArray();
  return [...Map.groupBy(facts, ({ block }) => block)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ofBlock]) => ofBlock);
}

/** Whose a figure is, which its rounding hangs on, changes with the ids. */
function printCell({ first, last, ...cell }: { readonly first?: string; readonly last?: string; readonly units?: object }): string {
  return JSON.stringify({ ...cell, units: Object.entries(cell.units ?? {}).sort() });
}

/** When the logs of readings, of which there are none here, have done what they were told. */
async function bytesOf(): Promise<string> {
  for (const [name, { connection }] of four.stores) {
    const [orders, log] = [openErasureOrders(connection, name), `parcours/${name}/log`];
    for (const id of await orders.list(log)) await orders.done(id, log);
  }
  return (await Promise.all([...four.stores.keys()].map((name) => four.dump(name)))).join("\n");
}

/** New ids are chance, and may end like an old one. */
const NEW_IDS = /"[\w-]{22}"/g;
const mentions = (text: string, word: string) => new RegExp(`(?<![A-Za-z0-9])${word.replace(/[+.]/g, "\\$&")}(?![A-Za-z0-9])`).test(text.replace(NEW_IDS, ""));

it("ends nobody's file by a clock that jumped, and says so, unless the operator is sure (L8)", async () => {
  const people = four.collection("beneficiaries", "people");
  const before = await people.countDocuments({ anonymisedOn: null });
  const jumped = "2126-03-02";
  await expect(run({ today: jumped })).rejects.toThrow(/^Cannot end files because the clock stands \d{5} days after the last contact with anybody \(202\d-\d\d-\d\d\)\. Look at the clock; --sure ends them all the same\.$/);
  expect(await people.countDocuments({ anonymisedOn: null })).toBe(before);
  const { lines } = await run({ today: jumped, dryRun: true });
  expect(lines[1]).toMatch(/^would refuse: the clock stands \d{5} days after/);
  expect((await run({ today: jumped, dryRun: true, isSure: true })).lines.some((line) => line.startsWith("would refuse"))).toBe(false);
});

describe("a dry run", () => {
  it("says the states and pseudonyms, and changes nothing", async () => {
    const [due = "", held = "", archived = ""] = await pickPeople(3);
    await age([due]);
    await age([held], { lastContactAt: LONG_AGO, litigationHold: true });
    await age([archived], { lastContactAt: new Date("2024-02-01T09:00:00Z") });
    const before = await bytesOf();
    const { lines, erased } = await run({ dryRun: true });
    expect(lines[0]).toMatch(/^2026-03-02 ACTIVE \d+ · INTERMEDIATE_ARCHIVE [1-9]\d* · DUE_FOR_DESTRUCTION 1 · ANONYMISED 0$/);
    expect(lines.slice(1)).toEqual([expect.stringMatching(/^would anonymise [A-Z2-7]{16}$/)]);
    expect(mentions(lines.join("\n"), due)).toBe(false);
    expect(erased).toEqual([]);
    expect(await bytesOf()).toBe(before);
    await age([due, held, archived], { lastContactAt: new Date(`${TODAY}T08:00:00Z`), litigationHold: false });
  });
});

describe("the job", () => {
  it("anonymises who is due, leaves every table of statistics as it was, and no link in any of the four databases", async () => {
    const [id = ""] = await pickPeople(1);
    await age([id]);
    const person = await four.collection("beneficiaries", "people").findOne({ _id: id as never });
    const full = await bytesOf();
    const words = [id, String(person?.["contact"]?.phone ?? ""), String(person?.["contact"]?.email ?? "")].filter((word) => word !== "");
    for (const word of words) expect(mentions(full, word)).toBe(true);
    const before = await countEverything();

    const { lines, erased } = await run();

    expect(lines.slice(1)).toEqual([expect.stringMatching(/^anonymised [A-Z2-7]{16}$/)]);
    expect(erased).toEqual([id]);
    const after = await bytesOf();
    for (const word of words) expect(mentions(after, word)).toBe(false);
    expect(await countEverything()).toBe(before);
    expect((await run()).lines).toEqual([expect.stringContaining("DUE_FOR_DESTRUCTION 0 · ANONYMISED 1")]);
  }, 60_000);

  it("gives what is counted on ids that are nowhere else", async () => {
    const counted = await four.collection("beneficiaries", "steps").find({ counted: { $exists: true } }).toArray();
    const ids = counted.flatMap(({ _id, personId, pathwayId }) => [String(_id), String(personId), String(pathwayId)]);
    expect(ids.length).toBeGreaterThan(0);
    const others = (await Promise.all(["services", "sites", "partners"].map((name) => four.dump(name)))).join("\n");
    expect(ids.filter((id) => others.includes(id))).toEqual([]);
  });

  it("keeps a file while a litigation holds it, and one whose holder keeps it longer", async () => {
    const [held = "", longer = "", shorter = ""] = await pickPeople(3);
    await age([held], { lastContactAt: LONG_AGO, litigationHold: true });
    await age([longer], { lastContactAt: LONG_AGO, retentionMonths: 36 });
    // 1 month active and 24 of archive are over; with two years active they would not be.
    await age([shorter], { lastContactAt: new Date("2024-01-15T09:00:00Z"), retentionMonths: 1 });
    const { erased } = await run();
    expect(erased).toEqual([shorter]);
    await age([held], { litigationHold: false });
    expect((await run()).erased).toEqual([held]);
    await age([longer], { lastContactAt: new Date(`${TODAY}T08:00:00Z`) });
  });

  it("destroys at once, without counting, who never became a beneficiary", async () => {
    const [id = ""] = await pickPeople(1);
    await age([id], { lastContactAt: null });
    const steps = await four.collection("beneficiaries", "steps").countDocuments({ personId: id });
    const all = await four.collection("beneficiaries", "steps").countDocuments();
    const { lines } = await run();
    expect(lines.at(-1)).toMatch(/^erased /);
    expect(await four.collection("beneficiaries", "steps").countDocuments()).toBe(all - steps);
    expect(mentions(await bytesOf(), id)).toBe(false);
  });

  it("leaves a file of which somebody heard between the review and its turn", async () => {
    const [id = ""] = await pickPeople(1);
    await age([id]);
    const { due } = await four.retention.review(TODAY);
    await age([id], { lastContactAt: new Date(`${TODAY}T08:00:00Z`) });
    for (const file of due) expect(await four.retention.begin(file, TODAY)).toBeNull();
    expect(due.map(({ personId }) => personId)).toEqual([id]);
  });

  it("keeps a household for those who stay in it", async () => {
    const [member] = await four
      .collection("beneficiaries", "people")
      .aggregate([{ $match: { anonymisedOn: null, litigationHold: false, householdId: { $ne: null } } }, { $group: { _id: "$householdId", n: { $sum: 1 }, id: { $first: "$_id" } } }, { $match: { n: 2 } }, { $sort: { _id: 1 } }])
      .toArray();
    const { _id: household, id } = member ?? {};
    await age([String(id)]);
    await run();
    expect(await four.collection("beneficiaries", "households").countDocuments({ _id: household as never })).toBe(1);
    const other = await four.collection("beneficiaries", "people").findOne({ householdId: household });
    await age([String(other?._id)]);
    await run();
    expect(await four.collection("beneficiaries", "households").countDocuments({ _id: household as never })).toBe(0);
  });
});

describe("a job that stops in the middle", () => {
  /** Where it can stop: before or after the end of the file in each database, and before the key is destroyed. */
  const PLACES = ["services", "sites", "partners", "beneficiaries"].flatMap((name) => [`before ${name}`, `after ${name}`]);

  function failing(place: string): ReadonlyMap<string, PersonDoor> {
    return new Map(
      [...four.doors].map(([name, door]): [string, PersonDoor] => [
        name,
        {
          ...door,
          endFile: async (order, also) => {
            if (place === `before ${name}`) throw new Error("killed");
            await door.endFile(order, also);
            if (place === `after ${name}`) throw new Error("killed");
          },
        },
      ]),
    );
  }

  it("goes on there and ends the same, wherever it was", async () => {
    const places = [...PLACES, "before the key"];
    const ids = await pickPeople(places.length);
    const before = await countEverything();
    for (const [at, place] of places.entries()) {
      await age([ids[at] ?? ""]);
      const onErased = place === "before the key" ? { onErased: () => Promise.reject(new Error("killed")) } : {};
      await expect(run({ doors: failing(place), ...onErased })).rejects.toThrow("killed");
      const isOver = place === "after beneficiaries";
      expect((await run({ dryRun: true })).lines[0]).toMatch(isOver ? /^2026-03-02 ACTIVE/ : /^would go on with [0-9a-f-]{36}, begun 2026-03-02$/);
      const { erased } = await run();
      // The key is destroyed once, or once more when nobody could note that it was.
      expect(erased).toEqual(place.startsWith("before beneficiaries") || isOver ? [] : [ids[at]]);
    }
    expect(await four.retention.unfinished()).toEqual([]);
    expect(await countEverything()).toBe(before);
    const after = await bytesOf();
    expect(ids.filter((id) => mentions(after, id))).toEqual([]);
  }, 120_000);

  it("by SIGKILL goes on there, and ends the same", async () => {
    const ids = await pickPeople(8);
    await age(ids);
    const before = await countEverything();
    expect(await runProcess({ killAfterLines: 3 })).toBe("SIGKILL");
    const left = await four.collection("beneficiaries", "people").countDocuments({ _id: { $in: ids as never[] } });
    expect(left).toBeGreaterThan(0);
    expect(await runProcess({})).toBe(0);
    expect(await countEverything()).toBe(before);
    const after = await bytesOf();
    expect(ids.filter((id) => mentions(after, id))).toEqual([]);
    expect(await four.retention.unfinished()).toEqual([]);
  }, 240_000);
});

/** The command as an operator runs it; its exit code, or the signal that ended it. */
function runProcess({ killAfterLines }: { killAfterLines?: number }): Promise<number | string | null> {
  // A folder that is not there: no export was made beside these databases.
  const audit = { PARCOURS_AUDIT_FOLDER: join(tmpdir(), `${four.prefix}audit`), PARCOURS_LOG_LEVEL: "silent" };
  const child = spawn("node_modules/.bin/node", ["subgraphs/main.ts", "retention"], {
    env: { PATH: process.env["PATH"], MONGODB_URI: testMongodbUri(), PARCOURS_DATABASE_PREFIX: four.prefix, PARCOURS_CLOCK: `${TODAY}T09:00:00Z`, ...audit },
  });
  let lines = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    lines += chunk.toString().split("\n").length - 1;
    if (killAfterLines !== undefined && lines >= killAfterLines) child.kill("SIGKILL");
  });
  return new Promise((settle) => child.on("exit", (code, signal) => settle(signal ?? code)));
}
