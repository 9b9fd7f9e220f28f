// Who read at services, sites and partners is told to beneficiaries, where the person sees it (L14: GDPR art. 15; L12): nothing is
// lost while it is away, nobody else is believed, and what was erased does not come back.
import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { Webhook } from "standardwebhooks";

import { createReceivedIndex } from "../../subgraphs/beneficiaries/readings.ts";
import { openModels } from "../../subgraphs/beneficiaries/models.ts";
import { openErasureOrders } from "../../subgraphs/kit/kit.ts";
import { AT, keyOf, NAMES, openReadingsWorld, type ReadingsWorld, type Said } from "./readings-world.ts";

const OFFICER = { subject: "officer", professionalId: "pro-ngo-1", partnerId: "ngo-toit-et-vie", purpose: "REFERRAL", scopes: new Set(["referral:read"]) } as const;
const COLLEAGUE = { ...OFFICER, professionalId: "pro-ngo-of-the-test" } as const;
const SELF = { subject: "self", personId: "b1", purpose: "SELF_ACCESS", scopes: new Set(["self:read"]) } as const;
const LOG = `{ accessLog(beneficiaryId: "b1", first: 200) { totalCount groups { day byPartnerId purpose times refused fields text } } }`;

let world: ReadingsWorld;
let referralId: string;
beforeAll(async () => {
  world = await openReadingsWorld();
  await world.habilitate(COLLEAGUE);
  const [sent] = await world.four.collection("services", "referrals").find({ personId: "b1", sentAt: { $type: "date" } }).toArray();
  referralId = String(sent?._id);
  await world.four.collection("services", "referrals").updateOne({ _id: referralId as never }, { $set: { receiverId: OFFICER.partnerId, childProtection: false } });
}, 120_000);
afterAll(() => world.close());
beforeEach(async () => {
  await world.settle();
  await world.four.collection("beneficiaries", "accessEvents").deleteMany({ byPartnerId: OFFICER.partnerId });
  world.told.length = 0;
});

const readReferral = (request?: string, at?: string) =>
  world.ask("services", `query Inbox { referral(id: "${referralId}") { status purpose } }`, { caller: OFFICER, ...(request !== undefined && { request }), ...(at !== undefined && { at }) });
const shown = () => world.rows({ byPartnerId: OFFICER.partnerId });
const groups = async (): Promise<Said[]> => {
  const { accessLog } = (await world.ask("beneficiaries", LOG, { caller: SELF })) as unknown as { readonly accessLog: { readonly groups: readonly Said[] } };
  return accessLog.groups.filter(({ byPartnerId }) => byPartnerId === OFFICER.partnerId);
};

describe("a reading at services, of somebody by whom it is not shown", () => {
  it("is in the person's log, in plain words, and no more of it than is shown is sent", async () => {
    await readReferral("r1");
    await world.settle();
    expect(await groups()).toEqual([
      { day: "2026-03-02", byPartnerId: "ngo-toit-et-vie", purpose: "REFERRAL", times: 1, refused: 0, fields: ["Referral.purpose", "Referral.status"], text: "A lu vos orientations. C’était pour vous orienter vers un service." },
    ]);
    const [row] = await shown();
    expect(row).toMatchObject({ _id: expect.stringMatching(/^parcours\/services\/[0-9a-f]{8}\/\d+$/), byProfessionalId: "pro-ngo-1", operationName: "Inbox", request: "r1", over: true, elsewhere: true });
    expect(Object.keys(row ?? {}).sort()).toEqual(["_id", "at", "bases", "byPartnerId", "byProfessionalId", "decision", "elsewhere", "fields", "log", "operationName", "over", "personId", "place", "purpose", "request"]);
  });

  it("comes by itself within moments", async () => {
    const startedAt = performance.now();
    await readReferral();
    while ((await shown()).length === 0 && performance.now() - startedAt < 10_000) await new Promise((settle) => setTimeout(settle, 20));
    expect(await shown()).toHaveLength(1);
  });

  it("is no news to the person who reads their own", async () => {
    const before = (await world.rows({ personId: "b1" })).length;
    await world.ask("services", `{ referral(id: "${referralId}") { status } }`, { caller: SELF });
    await world.settle();
    expect(await world.rows({ personId: "b1" })).toHaveLength(before);
  });

  it("is told when beneficiaries are back, and the answer never waits for that", async () => {
    await world.away();
    expect(await readReferral("away-1")).toMatchObject({ referral: { status: expect.any(String) } });
    await world.settle();
    await readReferral("away-2");
    await world.settle();
    expect(await shown()).toEqual([]);
    // Once, however often it was tried.
    expect(world.told).toEqual(["services index CallFailed: ECONNREFUSED"]);
    await world.back();
    await world.settle();
    expect((await shown()).map(({ request }) => request).slice(-2)).toEqual(["away-1", "away-2"]);
    await readReferral("back");
    await world.settle();
    expect((await shown()).map(({ request }) => request).slice(-3)).toEqual(["away-1", "away-2", "back"]);
  });
});

describe("requests", () => {
  it("count once each, at however many subgraphs they read", async () => {
    const caller = OFFICER;
    for (const request of ["q1", "q2"]) {
      await world.ask("beneficiaries", `{ beneficiary(id: "b1") { residence { communeCode } } }`, { caller, request });
      await readReferral(request);
      await readReferral(request);
    }
    await world.settle();
    expect((await shown()).map(({ decision }) => decision).sort()).toEqual(["ALLOWED", "ALLOWED", "ALLOWED", "ALLOWED", "DENIED", "DENIED"]);
    // What was refused at beneficiaries is no refusal of everything, and was not read.
    expect(await groups()).toMatchObject([{ times: 2, refused: 0, text: "A lu 2 fois vos orientations. C’était pour vous orienter vers un service." }]);
  });

  it("that a client gives one name count again with each minute, and those of two professionals apart", async () => {
    for (const minute of ["09:00", "09:30", "10:00"]) await readReferral("always", `2026-03-02T${minute}:00Z`);
    await world.settle();
    expect(await groups()).toMatchObject([{ times: 3 }]);
    await world.ask("services", `{ referral(id: "${referralId}") { status } }`, { caller: COLLEAGUE, request: "always" });
    await world.settle();
    expect(await groups()).toMatchObject([{ times: 4 }]);
  });
});

const READING = { place: 1, personId: "b1", at: AT, byProfessionalId: "x", byPartnerId: OFFICER.partnerId, purpose: "SUPPORT", operationName: null, request: null, fields: ["Referral.status"], refused: false };
const ORIGIN = "parcours/services/01234567";

interface Post {
  readonly type?: string;
  readonly data?: Said;
  readonly sender?: string;
  readonly key?: string;
  readonly sentAt?: Date;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function post({ type = "readings.add", data = {}, sender = "services", key = keyOf(sender), sentAt = new Date(), body, headers = {} }: Post): Promise<{ readonly status: number; readonly answer: Said }> {
  const text = body ?? JSON.stringify({ type, data: { origin: ORIGIN, ...data } });
  const id = randomUUID();
  const signed = { "webhook-id": id, "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1_000)), "webhook-signature": new Webhook(key).sign(id, sentAt, text) };
  const response = await fetch(world.url, { method: "POST", headers: { "content-type": "application/json", "x-readings-sender": sender, ...signed, ...headers }, body: text });
  return { status: response.status, answer: (await response.json()) as Said };
}

const add = (readings: readonly Said[], outcomes: readonly Said[] = []): Post => ({ data: { readings, outcomes } });
const MALFORMED: readonly (readonly [string, Post])[] = [
  ["no JSON", { body: "{" }],
  ["nothing", { body: "" }],
  ["another type", { type: "readings.drop" }],
  ["no log", { ...add([]), body: JSON.stringify({ type: "readings.add", data: { readings: [], outcomes: [] } }) }],
  ["a place that is none", add([{ ...READING, place: -1 }])],
  ["an unknown purpose", add([{ ...READING, purpose: "CURIOSITY" }])],
  ["an unknown ground", add([], [{ intent: 1, place: 2, fields: [], bases: ["WISH"] }])],
  ["an operator in the place of an id", add([{ ...READING, personId: { $ne: null } }])],
  ["an instant that is none", add([{ ...READING, at: "today" }])],
  ["a name without end", add([{ ...READING, operationName: "x".repeat(301) }])],
  ["rows without end", add(Array.from({ length: 1_001 }, () => READING))],
  ["nobody to forget", { type: "readings.forget", data: {} }],
];
const REFUSED: readonly (readonly [string, Post, readonly [number, string]])[] = [
  ["an unknown sender", { ...add([READING]), sender: "ministry" }, [401, "SENDER_UNKNOWN"]],
  ["beneficiaries itself, who is no sender", { ...add([READING]), sender: "beneficiaries" }, [401, "SENDER_UNKNOWN"]],
  ["another's key", { ...add([READING]), key: keyOf("sites") }, [401, "SIGNATURE_INVALID"]],
  ["another's name over its own key", { ...add([READING]), sender: "sites", key: keyOf("services") }, [401, "SIGNATURE_INVALID"]],
  ["no signature", { ...add([READING]), headers: { "webhook-signature": "" } }, [401, "SIGNATURE_INVALID"]],
  ["a body that is not the one that was signed", { ...add([READING]), headers: { "webhook-id": "another" } }, [401, "SIGNATURE_INVALID"]],
  ["a message that is ten minutes old", { ...add([READING]), sentAt: new Date(Date.now() - 600_000) }, [401, "SIGNATURE_INVALID"]],
  ["the log of another sender", { ...add([READING]), sender: "sites" }, [403, "LOG_OF_ANOTHER"]],
  ["the log of beneficiaries", { data: { origin: "parcours/beneficiaries/01234567", readings: [READING], outcomes: [] } }, [403, "LOG_OF_ANOTHER"]],
  ["a log with a name that goes on", { data: { origin: `${ORIGIN}/0`, readings: [READING], outcomes: [] } }, [403, "LOG_OF_ANOTHER"]],
  ["five megabytes", { body: JSON.stringify({ type: "x".repeat(5 << 20) }) }, [413, "MESSAGE_TOO_LARGE"]],
  ["another media type", { ...add([READING]), headers: { "content-type": "text/plain" } }, [400, "MESSAGE_MALFORMED"]],
  ...MALFORMED.map(([what, one]) => [what, one, [400, "MESSAGE_MALFORMED"]] as const),
];

describe("a message", () => {
  it.each(REFUSED)("that is or has %s is refused with a code and a sentence, and nothing is kept", async (_, message, [status, code]) => {
    const before = await world.rows({});
    expect(await post(message)).toEqual({ status, answer: { code, message: expect.stringMatching(/^Expected .*\.$/) } });
    expect(await world.rows({})).toEqual(before);
  });

  it("is read only as a POST, and says nothing to others", async () => {
    expect((await fetch(world.url)).status).toBe(404);
  });

  it("that comes again, late, or in parts changes nothing", async () => {
    const outcome = { intent: 1, place: 2, fields: ["Referral.purpose"], bases: ["CONSENT"] };
    await post(add([READING]));
    expect(await shown()).toMatchObject([{ place: 1, over: false, bases: [], fields: ["Referral.status"] }]);
    expect((await post(add([READING], [outcome]))).status).toBe(200);
    const once = await shown();
    expect(once).toMatchObject([{ _id: `${ORIGIN}/1`, place: 1, over: true, bases: ["CONSENT"], fields: ["Referral.purpose"] }]);
    for (const again of [add([READING]), add([READING], [outcome]), add([{ ...READING, byProfessionalId: "another", purpose: null }]), add([], [outcome])]) expect(await post(again)).toEqual({ status: 200, answer: {} });
    expect(await shown()).toEqual(once);
    expect(await post({ type: "readings.last" })).toEqual({ status: 200, answer: { place: 2 } });
  });

  it("holds no deed, whatever it says, and nothing that has no name", async () => {
    await post(add([{ ...READING, _id: "deed/1", decision: "DONE", elsewhere: false, log: null, secret: "x" }]));
    expect(await shown()).toMatchObject([{ _id: `${ORIGIN}/1`, decision: "ALLOWED", elsewhere: true, log: ORIGIN }]);
    expect(Object.keys((await shown())[0] ?? {})).not.toContain("secret");
  });

  it("to forget somebody takes its own log's rows and nobody else's", async () => {
    await post(add([READING]));
    await post({ sender: "sites", data: { origin: "parcours/sites/01234567", readings: [READING], outcomes: [] } });
    await post({ type: "readings.forget", data: { personId: "b1" } });
    expect((await shown()).map(({ log }) => log)).toEqual(["parcours/sites/01234567"]);
  });
});

describe("what was erased", () => {
  const people = () => world.four.collection("beneficiaries", "people");
  const someone = async (): Promise<string> => String((await people().findOne({ _id: { $nin: ["b1", "b2", "b3"] as never[] }, anonymisedOn: null }))?._id);
  const ordersOf = (name: string) => openErasureOrders((world.four.stores.get(name) ?? fail()).connection, name);
  const fail = (): never => {
    throw new Error("None.");
  };

  async function readAndEnd(id: string, ended: readonly string[]): Promise<void> {
    for (const name of NAMES.slice(1)) {
      const trail = world.audits.get(name)?.begin({ caller: { ...OFFICER, personId: null }, clock: { now: () => new Date(AT) } });
      await trail?.before({ personId: id, field: "Beneficiary.referrals" });
      await trail?.finish();
    }
    await world.settle();
    expect(await world.rows({ personId: id, log: { $ne: null } })).toHaveLength(3);
    // As the job begins.
    await people().updateOne({ _id: id as never }, { $set: { anonymisedOn: "2026-03-02" } });
    const order = { personId: id, secret: "c2VjcmV0", counts: true, today: "2026-03-02" };
    for (const name of ended) await world.four.doors.get(name)?.endFile(order);
  }

  it("at services does not come back by what is late, while the file is there still", async () => {
    const id = await someone();
    await readAndEnd(id, ["services"]);
    await world.audits.get("services")?.obey(ordersOf("services"));
    expect((await world.rows({ personId: id, log: { $ne: null } })).map(({ log }) => String(log).split("/")[1]).sort()).toEqual(["partners", "sites"]);
    expect(await post(add([{ ...READING, personId: id }]))).toEqual({ status: 200, answer: {} });
    expect(await world.rows({ personId: id, log: { $ne: null } })).toHaveLength(2);
  });

  it("at beneficiaries does not come back by what is late elsewhere", async () => {
    const id = await someone();
    await readAndEnd(id, ["beneficiaries"]);
    expect(await post(add([{ ...READING, personId: id }]))).toEqual({ status: 200, answer: {} });
    expect(await world.rows({ personId: id, log: { $ne: null } })).toEqual([]);
    await world.audits.get("beneficiaries")?.obey(ordersOf("beneficiaries"));
    expect(await world.four.dump("beneficiaries")).not.toContain(`"${id}"`);
  });

  it("does not come back where the file ends while a message is written", async () => {
    const id = await someone();
    const models = openModels((world.four.stores.get("beneficiaries") ?? fail()).connection);
    const addReadings: typeof models.addReadings = async (told) => {
      await models.addReadings(told);
      await people().updateOne({ _id: id as never }, { $set: { anonymisedOn: "2026-03-02" } });
    };
    await createReceivedIndex({ ...models, addReadings }).add(ORIGIN, { readings: [{ ...READING, personId: id }], outcomes: [], deeds: [] });
    expect(await world.rows({ personId: id, log: { $ne: null } })).toEqual([]);
  });

  it("waits to be forgotten while beneficiaries are away", async () => {
    const id = await someone();
    await readAndEnd(id, ["services"]);
    await world.away();
    const [orders, { origin }] = [ordersOf("services"), world.audits.get("services")?.log ?? fail()];
    await world.audits.get("services")?.obey(orders);
    expect([await orders.list(origin), (await world.rows({ personId: id, log: { $ne: null } })).length]).toEqual([[id], 3]);
    await world.back();
    await world.audits.get("services")?.obey(orders);
    expect([await orders.list(origin), (await world.rows({ personId: id, log: { $ne: null } })).length]).toEqual([[], 2]);
  });
});
