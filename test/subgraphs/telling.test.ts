// Who has to be told is told (L12, L14): signed messages with ids and nothing else, at least once, the referent first, and
// never where a message endangers somebody.
import { fork } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { Webhook } from "standardwebhooks";

import { createBlinding } from "../../subgraphs/beneficiaries/blinding.ts";
import { createTelling, createWebhook, type Send, type TellingFault } from "../../subgraphs/beneficiaries/subgraph.ts";
import { readCommand } from "../../subgraphs/config.ts";
import { testMongodbUri } from "../harness/subgraph.ts";
import { explainStages, NIR_KEY, NOW, SLOW_STAGES } from "./beneficiaries-world.ts";
import { B1, COLLEAGUE, FAR_AWAY, FAR_COLLEAGUE, NGO, openGrantsWorld, REFERENT, type GrantsWorld } from "./grants-world.ts";

const KEY = `whsec_${Buffer.alloc(32, "notify").toString("base64")}`;

interface Received {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly id: string; readonly subjectId: string; readonly to: Readonly<Record<string, string>> };
  readonly text: string;
}

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

const accept: Reply = (_, response) => void response.writeHead(204).end();

let file: GrantsWorld;
let url: string;
let reply: Reply;
const received: Received[] = [];

/** Verifies each message by the library's own verifier, before it replies. */
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (part: Buffer) => void (text += part.toString()));
  request.on("end", () => {
    const { type, data } = new Webhook(KEY).verify(text, request.headers as Record<string, string>) as Omit<Received, "id" | "text">;
    received.push({ id: String(request.headers["webhook-id"]), type, data, text });
    reply(request, response);
  });
});

beforeAll(async () => {
  file = await openGrantsWorld();
  await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?secret=in-the-address`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((settle) => server.close(settle));
  await file.close();
});

const WRITTEN = ["emergencies", "emergencyTallies", "notifications", "alarms", "writes", "deeds", "turns"];
let now = Date.parse(NOW);
beforeEach(async () => {
  for (const name of WRITTEN) await file.store.connection.collection(name).deleteMany({});
  await people().updateOne({ _id: "b1" }, { $set: { "contact.safeToContact": true } });
  received.length = 0;
  faults.length = 0;
  reply = accept;
  now = Date.parse(NOW);
});

const people = () => file.store.connection.collection<{ _id: string }>("people");
const faults: TellingFault[] = [];

function telling(send: Send | null = createWebhook({ url, key: KEY, timeoutMs: 300 })) {
  return createTelling({ connection: file.store.connection, send, blindingKey: NIR_KEY, now: () => new Date(now), told: (fault) => void faults.push(fault) });
}

const OPEN = "mutation Open($input: OpenEmergencyAccessInput!, $key: ID!) { openEmergencyAccess(input: $input, idempotencyKey: $key) { emergencyAccess { id } errors { code } } }";
let keys = 0;

/** Its id. The clock of the subgraph does not move. */
async function open(beneficiaryId = "b1", by = FAR_AWAY, reason = "SUICIDE_RISK"): Promise<string> {
  const { data } = await file.ask(OPEN, { input: { beneficiaryId, reason, text: "Menace de passage à l’acte" }, key: `telling-${(keys += 1)}` }, by);
  return (data as unknown as { openEmergencyAccess: { emergencyAccess: { id: string } } }).openEmergencyAccess.emergencyAccess.id;
}

function told(): unknown[] {
  return received.map(({ data }) => data.to);
}

const TO_REFERENT = { professionalId: "pro-92-referent" };
const TO_B1 = { pseudonym: createBlinding(NIR_KEY).pseudonym("b1", "message-service") };

async function states(collection = "notifications"): Promise<unknown[]> {
  return (await file.rows(collection)).map(({ state, attempts }) => [state, attempts]);
}

describe("what goes out", () => {
  it("is signed, names the row as the message's id, and holds ids alone", async () => {
    const subjectId = await open();
    await telling().round();
    const [row] = await file.rows("notifications", { order: 1 });
    expect(received).toMatchObject([{ id: row?.["_id"], type: "emergency.opened", data: { id: row?.["_id"], subjectId, to: TO_REFERENT } }]);
    expect(Object.keys(JSON.parse(received[0]?.text ?? "{}"))).toEqual(["type", "timestamp", "data"]);
    expect(received[0]?.text).not.toMatch(/"b1"|Lefèvre|Menace|SUICIDE/);
  });

  it("tells the referent, and then the person, under a pseudonym of the message service's own", async () => {
    await open();
    const { round } = telling();
    await round();
    expect(told()).toEqual([TO_REFERENT]);
    await round();
    expect(told()).toEqual([TO_REFERENT, TO_B1]);
    await round();
    expect(told()).toHaveLength(2);
    expect(received.map(({ text }) => text).join()).not.toMatch(/"b1"/);
    expect(await states()).toEqual([["SENT", 1], ["SENT", 1]]);
  });

  it("tells the person after an hour where the referent cannot be told, and not before", async () => {
    await open();
    reply = (_, response) => void response.writeHead(500).end();
    const { round } = telling();
    await round();
    now += 59 * 60_000;
    await round();
    expect(told()).toEqual([TO_REFERENT, TO_REFERENT]);
    now += 60_000;
    reply = accept;
    await round();
    expect(told()).toContainEqual(TO_B1);
  });

  it("is never what is held, nor what became dangerous after it was written", async () => {
    await people().updateOne({ _id: "b1" }, { $set: { "contact.safeToContact": false } });
    await open();
    await people().updateOne({ _id: "b1" }, { $set: { "contact.safeToContact": true } });
    await open();
    const { round } = telling();
    await round();
    await people().updateOne({ _id: "b1" }, { $set: { "contact.safeToContact": false } });
    now += 2 * 3_600_000;
    await round();
    expect(told()).toEqual([TO_REFERENT, TO_REFERENT]);
    expect(await file.rows("notifications", { toPersonId: "b1" })).toMatchObject([{ state: "HELD" }, { state: "HELD" }]);
  });

  it("is what was held, once it endangers nobody any more, and once", async () => {
    await people().updateOne({ _id: "b1" }, { $set: { "contact.safeToContact": false } });
    await open();
    now += 3 * 3_600_000;
    await telling().round();
    await people().updateOne({ _id: "b1" }, { $set: { "contact.safeToContact": true } });
    await telling().round();
    expect(told()).toEqual([TO_REFERENT]);
    now += 3_600_000;
    for (let times = 0; times < 3; times += 1) await telling().round();
    expect(told()).toEqual([TO_REFERENT, TO_B1]);
  });

  it("is what was held to protect a child, three months later at the earliest and once no child of the home is evaluated or protected (L4)", async () => {
    const [grants, evaluations] = [file.store.connection.collection<{ _id: string }>("grants"), file.store.connection.collection("evaluations")];
    const { householdId } = (await people().findOne({ _id: "b1" })) as unknown as { householdId: string };
    await open("b1", FAR_AWAY, "CHILD_IN_DANGER");
    const isTold = async (days: number): Promise<boolean> => {
      now = Date.parse(NOW) + days * 86_400_000;
      await telling().round();
      return JSON.stringify(told()).includes(JSON.stringify(TO_B1));
    };
    expect([await isTold(1), await isTold(91)]).toEqual([false, false]);
    const going = await evaluations.find({ householdId, closedAt: null }).toArray();
    expect([going.length > 0, await isTold(100)]).toEqual([true, false]);
    await evaluations.updateMany({ householdId }, { $set: { closedAt: new Date(now) } });
    await people().insertOne({ _id: "sibling", householdId } as never);
    await grants.insertOne({ _id: "ground", personId: "sibling", basis: "CHILD_PROTECTION", status: "ACTIVE", expiresAt: new Date(Date.parse(NOW) + 120 * 86_400_000) } as never);
    expect([await isTold(101), await isTold(119)]).toEqual([false, false]);
    expect([await isTold(121), told().filter((to) => JSON.stringify(to) === JSON.stringify(TO_B1)).length]).toEqual([true, 1]);
    await Promise.all([people().deleteOne({ _id: "sibling" }), grants.deleteOne({ _id: "ground" }), evaluations.updateMany({ _id: { $in: going.map(({ _id }) => _id) } }, { $set: { closedAt: null } })]);
  });

  it("is the alarm too, to the organisation whose professional it is about", async () => {
    for (let times = 0; times < 4; times += 1) await open();
    await telling().round();
    expect(received.filter(({ type }) => type === "emergency.rate_alarm")).toMatchObject([{ data: { to: { partnerId: "dept-14" } } }]);
    expect(await states("alarms")).toEqual([["SENT", 1]]);
  });

  it("is nothing without an address", async () => {
    await open();
    await telling(null).round();
    expect([received, await states()]).toEqual([[], [["TO_SEND", 0], ["TO_SEND", 0]]]);
  });

  it("is found by an index, whatever waits", async () => {
    await open();
    await telling().round();
    const finds = file.commands.filter(({ name, command }) => name === "find" && ["notifications", "alarms", "emergencies"].includes(String(command["find"])));
    expect(finds.length).toBeGreaterThan(4);
    for (const one of [...finds]) expect((await explainStages(file, one)).filter((stage) => SLOW_STAGES.includes(stage))).toEqual([]);
  });

  it("is listed by an index", async () => {
    await open();
    for (const by of [REFERENT, B1]) {
      await file.ask("{ notifications { nodes { id } } }", {}, by);
      const finds = file.commands.filter(({ command }) => command["find"] === "notifications");
      expect(finds).toHaveLength(1);
      for (const one of [...finds]) expect((await explainStages(file, one)).filter((stage) => SLOW_STAGES.includes(stage))).toEqual([]);
    }
  });
});

describe("a message service", () => {
  const cut: Reply = (request) => void request.socket.destroy();
  const half: Reply = (request) => void request.socket.end("HTTP/1.1 20");
  const broken: Reply = (_, response) => void response.writeHead(500, { "content-type": "text/plain" }).end("no");
  const elsewhere: Reply = (_, response) => void response.writeHead(302, { location: url }).end();
  it.each<[string, Reply, RegExp]>([
    ["that breaks", broken, /^HTTP 500$/],
    ["that sends elsewhere", elsewhere, /^HTTP 302$/],
    ["that cuts the line", cut, /^(UND_ERR_SOCKET|ECONNRESET)$/],
    ["that answers by half", half, /^[A-Z_]+$/],
    ["that is silent", () => undefined, /^TimeoutError$/],
  ])("%s gets the same message again, later and later, and no log says where it is", async (_name, bad, reason) => {
    await open();
    reply = bad;
    const { round } = telling();
    await round();
    const [first] = await file.rows("notifications", { order: 1 });
    expect(first).toMatchObject({ state: "TO_SEND", attempts: 1 });
    const wait = (row: Record<string, unknown> | undefined) => (row?.["nextAt"] as Date).getTime() - now;
    expect([wait(first) >= 5_000, wait(first) < 6_000]).toEqual([true, true]);
    await round();
    expect(received).toHaveLength(1);
    now += 6_000;
    await round();
    const [second] = await file.rows("notifications", { order: 1 });
    expect([wait(second) >= 300_000, wait(second) < 331_000]).toEqual([true, true]);
    now += 331_000;
    reply = accept;
    await round();
    expect(new Set(received.filter(({ data }) => "professionalId" in data.to).map(({ id }) => id))).toEqual(new Set([first?.["_id"]]));
    expect(await file.rows("notifications", { order: 1 })).toMatchObject([{ state: "SENT", attempts: 3 }]);
    expect(faults.map((fault) => fault.reason).filter((one) => !reason.test(one))).toEqual([]);
    expect(JSON.stringify(faults)).not.toMatch(/127\.0\.0\.1|secret|hook/);
  });

  it("that is down is told later what waited", async () => {
    await open();
    const nowhere = createServer();
    await new Promise<void>((settle) => nowhere.listen(0, "127.0.0.1", settle));
    const { port } = nowhere.address() as AddressInfo;
    await new Promise((settle) => nowhere.close(settle));
    await telling(createWebhook({ url: `http://127.0.0.1:${port}/`, key: KEY })).round();
    expect(faults).toMatchObject([{ reason: "ECONNREFUSED", attempts: 1 }]);
    now += 6_000;
    await telling().round();
    expect(told()).toEqual([TO_REFERENT]);
  });

  it("gets each message once from five processes at once", async () => {
    for (let times = 0; times < 3; times += 1) await open();
    await Promise.all(Array.from({ length: 5 }, () => telling().round()));
    const ids = received.map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([3, 3]);
  });

  it("gets again what a process had in hand when it was killed, when its lease has ended", async () => {
    await open();
    reply = () => undefined;
    const script = fileURLToPath(new URL("killed-teller.ts", import.meta.url));
    const child = fork(script, [testMongodbUri(), file.store.connection.name, url, KEY, NOW]);
    const arrived = async (): Promise<void> => {
      while (received.length === 0) await new Promise((settle) => setTimeout(settle, 20));
    };
    await arrived();
    const over = new Promise((settle) => child.once("exit", settle));
    child.kill("SIGKILL");
    await over;
    reply = accept;
    now += 59_000;
    await telling().round();
    expect([received.length, await file.rows("notifications", { order: 1 })]).toMatchObject([1, [{ state: "TO_SEND", attempts: 1 }]]);
    now += 1_000;
    await telling().round();
    expect(received.map(({ id }) => id)).toEqual([received[0]?.id, received[0]?.id]);
    expect(await file.rows("notifications", { order: 1 })).toMatchObject([{ state: "SENT", attempts: 2 }]);
  }, 60_000);

  it("that answers after the lease has ended marks nothing that somebody else has in hand", async () => {
    await open();
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((settle) => void (answer = settle));
    const first = telling(async () => slow.then(() => null)).round();
    while ((await file.rows("notifications", { attempts: 1 })).length === 0) await new Promise((settle) => setTimeout(settle, 10));
    now += 60_000;
    reply = (_, response) => void response.writeHead(500).end();
    await telling().round();
    answer();
    await first;
    expect(await file.rows("notifications", { order: 1 })).toMatchObject([{ state: "TO_SEND", attempts: 2 }]);
  });
});

describe("the settings", () => {
  const read = (env: Record<string, string>) => readCommand(["serve", "beneficiaries"], { PARCOURS_GATEWAY_JWKS: "keys.json", ...env });

  it("are an address and a key, or neither", () => {
    expect(read({})).toMatchObject({ settings: { notify: null } });
    expect(read({ PARCOURS_NOTIFY_URL: "https://messages.example/hook", PARCOURS_NOTIFY_KEY_FILE: "key" })).toMatchObject({ settings: { notify: { url: "https://messages.example/hook", keyFile: "key" } } });
    expect(() => read({ PARCOURS_NOTIFY_URL: "https://messages.example" })).toThrow("got one of the two");
  });

  it.each(["http://messages.example/s3cret", "https://user:s3cret@messages.example", "s3cret"])("refuse %s without repeating it", (address) => {
    let refused = "";
    try {
      read({ PARCOURS_NOTIFY_URL: address, PARCOURS_NOTIFY_KEY_FILE: "key" });
    } catch (error) {
      refused = String(error);
    }
    expect(refused).toMatch(/PARCOURS_NOTIFY_URL/);
    expect(refused).not.toContain("s3cret");
  });
});

describe("rounds", () => {
  it("go on by themselves until they are closed", async () => {
    await open();
    const { start, close } = telling();
    start();
    while (received.length === 0) await new Promise((settle) => setTimeout(settle, 100));
    await close();
    expect(told()).toEqual([TO_REFERENT]);
  }, 20_000);
});

describe("an access that nobody reviewed in 72 hours", () => {
  it("is told to the organisation that opened it and to the file's holder, once, though the round was killed in the middle", async () => {
    const subjectId = await open();
    now += 72 * 3_600_000 - 1;
    await telling(null).round();
    expect(await file.rows("notifications", { kind: "EMERGENCY_REVIEW_OVERDUE" })).toEqual([]);
    now += 1;
    await telling(null).round();
    await file.store.connection.collection<{ _id: string }>("emergencies").updateOne({ _id: subjectId }, { $set: { tellWhenLate: true } });
    await telling(null).round();
    const late = await file.rows("notifications", { kind: "EMERGENCY_REVIEW_OVERDUE" });
    expect(late.map(({ toPartnerId }) => toPartnerId).sort()).toEqual(["dept-14", "dept-92"]);
    expect(late).toMatchObject([{ subjectId, state: "TO_SEND" }, { subjectId, state: "TO_SEND" }]);
  });

  it("and reviewed in time is told to nobody", async () => {
    const id = await open();
    const review = "mutation ($input: ReviewEmergencyAccessInput!) { reviewEmergencyAccess(input: $input, idempotencyKey: \"r\") { errors { code } } }";
    await file.ask(review, { input: { emergencyAccessId: id, verdict: "JUSTIFIED" } }, FAR_COLLEAGUE);
    now += 73 * 3_600_000;
    await telling(null).round();
    expect(await file.rows("notifications", { kind: "EMERGENCY_REVIEW_OVERDUE" })).toEqual([]);
  });
});

describe("the list of notifications", () => {
  const LIST = "{ notifications { totalCount nodes { kind subjectId at beneficiary { id } } } }";
  async function listed(by: Parameters<GrantsWorld["ask"]>[2]): Promise<unknown[]> {
    const { data, errors } = await file.ask(LIST, {}, by);
    expect(errors).toBeUndefined();
    const { nodes, totalCount } = (data as unknown as { notifications: { nodes: Record<string, unknown>[]; totalCount: number } }).notifications;
    expect(totalCount).toBe(nodes.length);
    return nodes.map(({ kind, subjectId, beneficiary }) => [kind, subjectId, beneficiary]);
  }

  it("is the referent's own, and nobody's who was not told", async () => {
    const id = await open();
    expect(await listed(REFERENT)).toEqual([["EMERGENCY_OPENED", id, { id: "b1" }]]);
    expect([await listed(COLLEAGUE), await listed(FAR_AWAY), await listed(NGO), await listed({})]).toEqual([[], [], [], []]);
    expect(await listed({ ...REFERENT, partnerId: "dept-14" })).toEqual([]);
  });

  it("has what is late for whoever reviews there, and not without the scope", async () => {
    const id = await open("b1", REFERENT);
    now += 72 * 3_600_000;
    await telling(null).round();
    expect(await listed(COLLEAGUE)).toEqual(expect.arrayContaining([["EMERGENCY_REVIEW_OVERDUE", id, { id: "b1" }]]));
    expect(await listed({ ...COLLEAGUE, scopes: new Set<string>() })).toEqual([]);
  });

  it("has the person's own once the referent was told, and never what is held", async () => {
    const id = await open();
    expect(await listed(B1)).toEqual([]);
    const { round } = telling();
    await round();
    await round();
    expect(await listed(B1)).toEqual([["EMERGENCY_OPENED", id, { id: "b1" }]]);
    await people().updateOne({ _id: "b1" }, { $set: { "contact.safeToContact": false } });
    await open();
    await round();
    file.pass(120);
    expect(await listed(B1)).toHaveLength(1);
    file.pass(-120);
  });
});
