// What mutations say in free text is sealed under the data key of the person whom it is about (L14: GDPR art. 17):
// bound to its row and field, readable through rotations, and unreadable in every copy once the file has ended.
import { spawn } from "node:child_process";
import { hkdfSync, randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { PLACES } from "../../subgraphs/beneficiaries/writing/texts.ts";
import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import type { Caller } from "../../subgraphs/kit/kit.ts";
import {
  besideData,
  createKeyRing,
  createKeyStore,
  openDemonstrationKeys,
  openField,
  SealError,
  type KeyEncryption,
  type Place,
  type RingKey,
} from "../../subgraphs/sealed/sealed.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, testMongodbUri, type TestSubgraph } from "../harness/subgraph.ts";
import { NOW, TODAY } from "./beneficiaries-world.ts";
import { BLINDING_KEY, openFourDatabases, type FourDatabases } from "./four-databases.ts";
import { B1, B2, FAR_AWAY, FAR_COLLEAGUE, NGO, openGrantsWorld, REFERENT, writeStandings, type GrantsWorld } from "./grants-world.ts";

type Json = Record<string, unknown>;
type Row = { _id: string };

const WORDS = {
  emergency: "Menace de passage à l’acte",
  comment: "Appel au 15 confirmé",
  statement: "Mon nom s’écrit Lefebvre",
  answer: "L’acte de naissance dit Lefèvre",
  objection: "Je ne veux plus que cela circule",
  hold: "Recours devant le tribunal",
};

const MUTATIONS = {
  openEmergencyAccess: ["OpenEmergencyAccessInput", "emergencyAccess { id text }"],
  reviewEmergencyAccess: ["ReviewEmergencyAccessInput", "emergencyAccess { id review { comment } }"],
  requestRectification: ["RectificationInput", "request { id statement }"],
  answerRectification: ["AnswerRectificationInput", "request { id answer { text } }"],
  opposeSharing: ["OpposeSharingInput", "grants { id }"],
  setLitigationHold: ["LitigationHoldInput", "retention { litigationHold }"],
} as const;

interface Asked {
  readonly input: Json;
  readonly by: Partial<Caller>;
  readonly key?: string;
}

async function write(file: TestSubgraph, mutation: keyof typeof MUTATIONS, { input, by, key = randomUUID() }: Asked): Promise<Json> {
  const [type, answer] = MUTATIONS[mutation];
  const query = `mutation M($input: ${type}!, $key: ID!) { ${mutation}(input: $input, idempotencyKey: $key) { ${answer} errors { code } } }`;
  const { data, errors } = await file.ask(query, { input, key }, by);
  if (errors !== undefined) throw errors[0]?.originalError ?? errors[0];
  return (JSON.parse(JSON.stringify(data)) as Record<string, Json>)[mutation] ?? {};
}

const idOf = (payload: Json, name: string) => String((payload[name] as Row & { id: string }).id);

async function openEmergency(file: TestSubgraph, beneficiaryId = "b1", text = WORDS.emergency): Promise<string> {
  return idOf(await write(file, "openEmergencyAccess", { input: { beneficiaryId, reason: "SUICIDE_RISK", text }, by: FAR_AWAY }), "emergencyAccess");
}

async function askRectification(file: TestSubgraph, by: Partial<Caller> = B1): Promise<string> {
  const input = { beneficiaryId: by.personId, category: "IDENTITY", statement: WORDS.statement };
  return idOf(await write(file, "requestRectification", { input, by }), "request");
}

interface Written {
  readonly emergencyId: string;
  readonly requestId: string;
}

/** Each kind of text once, about b1. */
async function writeAll(file: TestSubgraph): Promise<Written> {
  const emergencyId = await openEmergency(file);
  await write(file, "reviewEmergencyAccess", { input: { emergencyAccessId: emergencyId, verdict: "JUSTIFIED", comment: WORDS.comment }, by: FAR_COLLEAGUE });
  const requestId = await askRectification(file);
  await write(file, "answerRectification", { input: { requestId, verdict: "REFUSED", reason: WORDS.answer }, by: REFERENT });
  await write(file, "opposeSharing", { input: { beneficiaryId: "b1", basis: "SOCIAL_ACTION_COORDINATION", reason: WORDS.objection }, by: B1 });
  await write(file, "setLitigationHold", { input: { beneficiaryId: "b1", hold: false, reason: WORDS.hold }, by: REFERENT });
  return { emergencyId, requestId };
}

interface Read {
  readonly emergencies: readonly Json[];
  readonly requests: readonly Json[];
  readonly faults: readonly string[];
}

const EMERGENCIES = "{ emergencyAccesses { nodes { id text state review { verdict comment } } } }";
const REQUESTS = "{ rectificationRequests { nodes { id statement state answer { at text } } } }";

/** What the reviewer and the person read; of errors, which of them and where. */
async function readAll(file: TestSubgraph): Promise<Read> {
  const [first, second] = [await file.ask(EMERGENCIES, {}, FAR_COLLEAGUE), await file.ask(REQUESTS, {}, B1)];
  const { emergencyAccesses, rectificationRequests } = JSON.parse(JSON.stringify({ ...first.data, ...second.data }));
  const faults = [...(first.errors ?? []), ...(second.errors ?? [])].map(({ path, originalError }) => {
    const fault = originalError instanceof SealError ? `${originalError.fault} ${originalError.message}` : String(originalError);
    return `${path?.filter((part) => typeof part === "string").join(".")}: ${fault}`;
  });
  return { emergencies: emergencyAccesses.nodes, requests: rectificationRequests.nodes, faults };
}

const rowsOf = (file: TestSubgraph, name: string) => file.store.connection.collection<Row>(name);
const keysOf = (file: TestSubgraph) => besideData(file.store.connection).collection<Row & { wrapped: unknown }>("personKeys");
const WHY = "because it was changed, or was sealed for another row, field or key.";
const WRITTEN = ["emergencies", "emergencyTallies", "rectifications", "notifications", "alarms", "grants", "writes", "deeds", "turns"];

async function forget(file: TestSubgraph): Promise<void> {
  for (const name of WRITTEN) await rowsOf(file, name).deleteMany({});
}

describe("a text of a mutation", () => {
  let file: GrantsWorld;
  beforeAll(async () => void (file = await openGrantsWorld()));
  beforeEach(() => forget(file));
  afterAll(() => file.close());

  it("is read as it was said, and stored in no form that anybody reads", async () => {
    await writeAll(file);
    const { emergencies, requests, faults } = await readAll(file);
    expect(faults).toEqual([]);
    expect(emergencies).toMatchObject([{ text: WORDS.emergency, review: { verdict: "JUSTIFIED", comment: WORDS.comment } }]);
    expect(requests).toMatchObject([{ statement: WORDS.statement, answer: { text: expect.stringContaining(WORDS.answer) } }]);
    expect((await file.rows("deeds")).flatMap(({ text }) => text ?? [])).toEqual(Array(2).fill(expect.stringMatching(/^v1\./)));
    const stored = JSON.stringify(await Promise.all(WRITTEN.map((name) => file.rows(name))));
    for (const words of Object.values(WORDS)) expect(stored).not.toContain(words);
  });

  it.each<[string, (written: Written) => Promise<void>, Json, string]>([
    [
      "to another row of the same person",
      async ({ emergencyId }) => {
        const other = await rowsOf(file, "emergencies").findOne({ _id: (await openEmergency(file)) as never });
        await rowsOf(file, "emergencies").deleteOne({ _id: other?._id ?? "" });
        await rowsOf(file, "emergencies").updateOne({ _id: emergencyId }, { $set: { text: (other as unknown as Json)["text"] } });
      },
      { emergencies: [{ text: null, state: "REVIEWED", review: { comment: WORDS.comment } }], requests: [{ statement: WORDS.statement }] },
      `emergencyAccesses.nodes.text: SEAL_BROKEN Cannot open emergencies.text ${WHY}`,
    ],
    [
      "to another field of the same row",
      async ({ emergencyId }) => void (await rowsOf(file, "emergencies").updateOne({ _id: emergencyId }, [{ $set: { "review.comment": "$text" } }])),
      { emergencies: [{ text: WORDS.emergency, review: { verdict: "JUSTIFIED", comment: null } }], requests: [{ statement: WORDS.statement }] },
      `emergencyAccesses.nodes.review.comment: SEAL_BROKEN Cannot open emergencies.review.comment ${WHY}`,
    ],
    [
      "from another person's row",
      async ({ requestId }) => {
        const other = await rowsOf(file, "rectifications").findOne({ _id: (await askRectification(file, B2)) as never });
        await rowsOf(file, "rectifications").updateOne({ _id: requestId }, { $set: { statement: (other as unknown as Json)["statement"] } });
      },
      { emergencies: [{ text: WORDS.emergency }], requests: [{ statement: null, state: "REFUSED", answer: { text: expect.stringContaining(WORDS.answer) } }] },
      `rectificationRequests.nodes.statement: SEAL_BROKEN Cannot open rectifications.statement ${WHY}`,
    ],
  ])("that is moved %s opens nothing, and takes nothing else with it", async (_name, move, read, fault) => {
    await move(await writeAll(file));
    expect(await readAll(file)).toMatchObject({ ...read, faults: [fault] });
  });

  it("is opened for a page about several people by one query for their keys", async () => {
    await openEmergency(file, "b1", "Un");
    await openEmergency(file, "b2", "Deux");
    await openEmergency(file, "b1", "Trois");
    const { data } = await file.ask(EMERGENCIES, {}, FAR_COLLEAGUE);
    expect(JSON.parse(JSON.stringify(data)).emergencyAccesses.nodes.map(({ text }: Json) => text).sort()).toEqual(["Deux", "Trois", "Un"]);
    expect(file.commands.filter(({ command }) => command["find"] === "personKeys")).toHaveLength(1);
  });

  it("asks the keys nothing, and makes none, where the caller may not write or nobody has the id", async () => {
    const input = { reason: "SUICIDE_RISK", text: WORDS.emergency };
    for (const [by, beneficiaryId] of [[NGO, "c1"], [NGO, "nobody"], [FAR_AWAY, "nobody"]] as const) {
      expect(await write(file, "openEmergencyAccess", { input: { beneficiaryId, ...input }, by })).toEqual({ emergencyAccess: null, errors: [{ code: "NOT_ALLOWED" }] });
      expect(file.commands.filter(({ command }) => command["find"] === "personKeys")).toEqual([]);
    }
    expect(await keysOf(file).countDocuments({ _id: "nobody" })).toBe(0);
  });
});

describe("the key of a text", () => {
  let file: GrantsWorld;
  beforeEach(async () => void (file = await openGrantsWorld()));
  const close = () => file.close();
  // Each test damages keys.
  const withFile = (test: () => Promise<void>) => async () => test().finally(close);

  it("is made once for who never had one, by ten writes at once", withFile(async () => {
    await keysOf(file).deleteOne({ _id: "b2" });
    await Promise.all(Array.from({ length: 10 }, () => openEmergency(file, "b2")));
    expect(await keysOf(file).countDocuments({ _id: "b2" })).toBe(1);
    expect((await readAll(file)).emergencies.map(({ text }) => text)).toEqual(Array(10).fill(WORDS.emergency));
  }));

  it("stays where the write is refused after all, and does for the next one", withFile(async () => {
    const emergencyAccessId = await openEmergency(file);
    const review = (comment: string) => write(file, "reviewEmergencyAccess", { input: { emergencyAccessId, verdict: "JUSTIFIED", comment }, by: FAR_COLLEAGUE });
    await review(WORDS.comment);
    expect(await review("Une autre fois")).toMatchObject({ errors: [{ code: "STATE_CONFLICT" }] });
    expect(await readAll(file)).toMatchObject({ emergencies: [{ text: WORDS.emergency, review: { comment: WORDS.comment } }], faults: [] });
  }));

  it("once destroyed leaves null without an error, and no further text is taken", withFile(async () => {
    await writeAll(file);
    await openDemonstrationKeys(file.store.connection).destroy("b1");
    expect(await readAll(file)).toMatchObject({
      emergencies: [{ text: null, state: "REVIEWED", review: { verdict: "JUSTIFIED", comment: null } }],
      requests: [{ statement: null, state: "REFUSED", answer: { at: expect.any(String), text: null } }],
      faults: [],
    });
    const before = await Promise.all(WRITTEN.map((name) => file.rows(name)));
    const payload = await write(file, "openEmergencyAccess", { input: { beneficiaryId: "b1", reason: "SUICIDE_RISK", text: "Encore" }, by: FAR_AWAY });
    expect(payload).toEqual({ emergencyAccess: null, errors: [{ code: "NOT_ALLOWED" }] });
    expect(await Promise.all(WRITTEN.map((name) => file.rows(name)))).toEqual(before);
    expect(await keysOf(file).findOne({ _id: "b1" })).toMatchObject({ wrapped: null });
  }));

  it("that cannot be read says so without a word of the text, and nothing is written under it", withFile(async () => {
    await writeAll(file);
    const other = await keysOf(file).findOne({ _id: "b2" });
    await keysOf(file).updateOne({ _id: "b1" }, { $set: { wrapped: other?.wrapped } });
    const { emergencies, requests, faults } = await readAll(file);
    expect([emergencies, requests]).toMatchObject([[{ text: null, review: { comment: null } }], [{ statement: null, answer: { text: null } }]]);
    expect(faults.map((fault) => fault.split(" ").slice(0, 2).join(" ")).sort()).toEqual([
      "emergencyAccesses.nodes.review.comment: DATA_KEY_UNREADABLE",
      "emergencyAccesses.nodes.text: DATA_KEY_UNREADABLE",
      "rectificationRequests.nodes.answer.text: DATA_KEY_UNREADABLE",
      "rectificationRequests.nodes.statement: DATA_KEY_UNREADABLE",
    ]);
    for (const words of [...Object.values(WORDS), "b1"]) expect(faults.join("\n")).not.toContain(words);
    const count = (await file.rows("emergencies")).length;
    await expect(openEmergency(file)).rejects.toThrow(SealError);
    expect(await file.rows("emergencies")).toHaveLength(count);
  }));

  it("is not needed to write what has no text", withFile(async () => {
    await openDemonstrationKeys(file.store.connection).destroy("b1");
    expect(await write(file, "opposeSharing", { input: { beneficiaryId: "b1", basis: "SOCIAL_ACTION_COORDINATION" }, by: B1 })).toMatchObject({ errors: [] });
  }));
});

describe("a rotation of the ring", () => {
  const keyOf = (kid: string): RingKey => ({ kty: "oct", kid, k: Buffer.alloc(32, kid).toString("base64url") });

  it("keeps texts readable, and writes the next ones", async () => {
    let ring: KeyEncryption = createKeyRing([keyOf("january")]);
    const turning: KeyEncryption = { current: () => ring.current(), wrap: (...said) => ring.wrap(...said), unwrap: (...said) => ring.unwrap(...said) };
    const file = await openGrantsWorld({ openKeys: (data) => createKeyStore(besideData(data), turning) });
    try {
      await writeAll(file);
      const before = await readAll(file);
      ring = createKeyRing([keyOf("february"), keyOf("january")]);
      expect(await readAll(file)).toEqual(before);
      expect(await createKeyStore(besideData(file.store.connection), ring).rewrap()).toBeGreaterThan(0);
      ring = createKeyRing([keyOf("february")]);
      expect(await readAll(file)).toEqual(before);
      await openEmergency(file, "b1", "Après");
      expect((await readAll(file)).emergencies.map(({ text }) => text)).toContain("Après");
    } finally {
      await file.close();
    }
  });
});

describe("a backup of the data from before the file ended", () => {
  let four: FourDatabases;
  let file: TestSubgraph;
  const key = randomUUID();

  beforeAll(async () => {
    four = await openFourDatabases(`test-texts-${randomUUID().slice(0, 8)}-`, TODAY);
    const subgraph = createBeneficiaries({ blindingKey: BLINDING_KEY, tickets: createTestTickets().issuer });
    file = await openTestSubgraph(subgraph, { at: NOW, database: `${four.prefix}beneficiaries` });
    await writeStandings(file);
    await writeAll(file);
  }, 120_000);
  afterAll(async () => {
    await file.close();
    await four.close();
  });

  const opensWith = (bytes: Buffer, sealed: string, place: Place): boolean => {
    try {
      return openField({ id: sealed.split(".")[1] ?? "", bytes }, sealed, place) !== "";
    } catch (error) {
      if (error instanceof SealError) return false;
      throw error;
    }
  };

  it("opens nothing, with the blinding key and the ring in hand", async () => {
    const reading = { input: { beneficiaryId: "b1", reason: "SUICIDE_RISK", text: "La seconde fois" }, by: FAR_AWAY, key };
    expect(await write(file, "openEmergencyAccess", reading)).toMatchObject({ emergencyAccess: { text: "La seconde fois" } });
    const before = await readAll(file);
    expect(JSON.stringify(before)).toContain(WORDS.statement);
    expect(JSON.stringify((await four.doors.get("beneficiaries")?.exportPerson("b1", new Set()))?.tables)).toContain(WORDS.objection);

    const backup = await takeBackup(file);
    await rowsOf(file, "people").updateOne({ _id: "b1" }, { $set: { lastContactAt: new Date("2022-03-01T09:00:00Z"), litigationHold: false } });
    expect(await runRetention(four.prefix)).toBe(0);
    expect(await rowsOf(file, "people").countDocuments({ _id: "b1" })).toBe(0);
    await restore(file, backup);

    const after = await readAll(file);
    expect(after.faults).toEqual([]);
    expect(after.emergencies.map(({ text }) => text)).toEqual([null, null]);
    expect(after.emergencies).toContainEqual(expect.objectContaining({ review: { verdict: "JUSTIFIED", comment: null } }));
    expect(after.requests).toMatchObject([{ statement: null, answer: { text: null } }]);
    // Asked for again, the answer that was kept opens no more than the row.
    expect(await write(file, "openEmergencyAccess", reading)).toMatchObject({ emergencyAccess: { text: null }, errors: [] });
    const exported = JSON.stringify((await four.doors.get("beneficiaries")?.exportPerson("b1", new Set()))?.tables);
    for (const words of [...Object.values(WORDS), "La seconde fois"]) {
      expect(exported).not.toContain(words);
      expect(JSON.stringify([...backup])).not.toContain(words);
    }
  }, 120_000);

  it("holds texts that no key derived from the blinding key opens", async () => {
    const derived = ["", "parcours sealed texts 1", "parcours fingerprints of writes 1"].map((use) => Buffer.from(hkdfSync("sha256", BLINDING_KEY, "", use, 32)));
    const texts = await sealedTexts(file);
    expect(texts.length).toBeGreaterThanOrEqual(7);
    expect(texts.filter(([sealed, place]) => [BLINDING_KEY, ...derived].some((bytes) => opensWith(bytes, sealed, place)))).toEqual([]);
    // What would open them is gone, and this is how one is opened.
    const keys = await openDemonstrationKeys(file.store.connection).load(["b1", "b2"]);
    expect([...keys.keys()]).toEqual(["b2"]);
    const own = keys.get("b2");
    if (own === undefined || own instanceof SealError) throw new Error("Expected the key of b2.");
    await openEmergency(file, "b2");
    const other = (await sealedTexts(file)).filter(([sealed, place]) => opensWith(own.bytes, sealed, place));
    expect(other.map(([, { collection, path }]) => `${collection}.${path}`)).toEqual(["emergencies.text"]);
  });
});

type Backup = ReadonlyMap<string, readonly Row[]>;

async function takeBackup(file: TestSubgraph): Promise<Backup> {
  const { db } = file.store.connection;
  const collections = (await db?.collections()) ?? [];
  return new Map(await Promise.all(collections.map(async (one) => [one.collectionName, (await one.find().toArray()) as unknown as Row[]] as const)));
}

async function restore(file: TestSubgraph, backup: Backup): Promise<void> {
  for (const [name, rows] of backup) {
    await rowsOf(file, name).deleteMany({});
    if (rows.length > 0) await rowsOf(file, name).insertMany([...rows]);
  }
}

async function sealedTexts(file: TestSubgraph): Promise<[string, Place][]> {
  type Holder = Row & { text?: string; statement?: string; review?: Json | null; answer?: Json | null };
  const rows = async (name: string) => (await rowsOf(file, name).find().toArray()) as unknown as Holder[];
  const [emergencies, rectifications, deeds] = [await rows("emergencies"), await rows("rectifications"), await rows("deeds")];
  const found: [unknown, Place][] = [
    ...emergencies.map(({ _id, text }): [unknown, Place] => [text, PLACES.emergency(_id)]),
    ...emergencies.map(({ _id, review }): [unknown, Place] => [review?.["comment"], PLACES.comment(_id)]),
    ...rectifications.map(({ _id, statement }): [unknown, Place] => [statement, PLACES.rectification(_id)]),
    ...rectifications.map(({ _id, answer }): [unknown, Place] => [answer?.["reason"], PLACES.answer(_id)]),
    ...deeds.map(({ _id, text }): [unknown, Place] => [text, PLACES.deed(_id)]),
  ];
  return found.flatMap(([sealed, place]) => (typeof sealed === "string" ? [[sealed, place] as [string, Place]] : []));
}

/** The command as an operator runs it; its exit code. */
function runRetention(prefix: string): Promise<number | null> {
  // A folder that is not there: no export was made beside these databases.
  const audit = { PARCOURS_AUDIT_FOLDER: join(tmpdir(), `${prefix}audit`), PARCOURS_LOG_LEVEL: "silent" };
  const env = { PATH: process.env["PATH"], MONGODB_URI: testMongodbUri(), PARCOURS_DATABASE_PREFIX: prefix, PARCOURS_CLOCK: `${TODAY}T09:00:00Z`, ...audit };
  const child = spawn("node_modules/.bin/node", ["subgraphs/main.ts", "retention"], { env, stdio: "ignore" });
  return new Promise((settle) => child.on("exit", settle));
}
