// Envelope encryption on a real MongoDB: what opens a field and what does not, rings that are wrong, rotation, destruction.
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { openStore, type Store } from "../../subgraphs/kit/kit.ts";
import { createKeyRing, createKeyStore, openField, openKeyRing, sealField, SealError, type DataKey, type RingKey } from "../../subgraphs/sealed/sealed.ts";
import { testMongodbUri } from "../harness/subgraph.ts";

const NIR = "295109912611193";
const PLACE = { collection: "people", id: "b1", path: "nir" };

const ringKey = (kid: string): RingKey => ({ kty: "oct", kid, k: randomBytes(32).toString("base64url") });
const dataKey = (): DataKey => ({ id: randomUUID(), bytes: randomBytes(32) });

/** The fault and the message; none when nothing was thrown. */
function faultOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof SealError) return `${error.fault}: ${error.message}`;
  }
  return "none";
}

const rejectionOf = (act: Promise<unknown>) => act.then(() => "none", (error: unknown) => faultOf(() => { throw error; }));

describe("a sealed field", () => {
  const key = dataKey();
  const sealed = sealField(key, NIR, PLACE);

  it("opens with its key where it stands, and is another text each time", () => {
    expect(openField(key, sealed, PLACE)).toBe(NIR);
    expect(sealField(key, NIR, PLACE)).not.toBe(sealed);
    expect(openField(key, sealField(key, "", PLACE), PLACE)).toBe("");
  });

  it.each([
    ["another row", key, { ...PLACE, id: "b2" }],
    ["another field", key, { ...PLACE, path: "contact.phone" }],
    ["another collection", key, { ...PLACE, collection: "matches" }],
    ["another key", dataKey(), PLACE],
    ["another key of the same id", { ...dataKey(), id: key.id }, PLACE],
    ["the same bytes under another id", { ...key, id: randomUUID() }, PLACE],
  ])("does not open in %s, and the error holds neither value nor row", (_, other, place) => {
    expect(faultOf(() => openField(other, sealed, place))).toMatch(/^SEAL_BROKEN: Cannot open \w+\.[\w.]+ because it was changed, or was sealed for another row, field or key\.$/);
  });

  it("does not open with any one of its characters changed, nor cut, nor when it is no sealed text", () => {
    const changed = [...sealed].map((letter, at) => sealed.slice(0, at) + (letter === "A" ? "B" : "A") + sealed.slice(at + 1));
    // The last character of base64url may hold bits that are not read.
    const read = changed.slice(0, -1).filter((text) => text !== sealed);
    expect(read.filter((text) => !faultOf(() => openField(key, text, PLACE)).startsWith("SEAL_BROKEN"))).toEqual([]);
    for (const text of ["", NIR, sealed.slice(0, -8), `${sealed}AAAA`, sealed.split(".").slice(0, 3).join("."), "v1..."]) {
      expect(faultOf(() => openField(key, text, PLACE))).toMatch(/^SEAL_BROKEN/);
    }
  });
});

describe("a key ring", () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "ring-"))));
  afterAll(() => rm(folder, { recursive: true }));
  const SECRET = randomBytes(32).toString("base64url");

  it.each([
    ["no file", null, /Cannot read the key ring .* because of ENOENT/],
    ["no JSON", `{"keys": [{"k": "${SECRET}"`, /Expected a JSON Web Key Set of symmetric keys in .*, got something else/],
    ["no set", JSON.stringify({ k: SECRET }), /got something else/],
    ["no key", JSON.stringify({ keys: [] }), /Expected a key or more in the key ring, got none/],
    ["two keys with one id", JSON.stringify({ keys: [ringKey("a"), { ...ringKey("a"), k: SECRET }] }), /different `kid` in the key ring, got a twice/],
    ["one key with two ids", JSON.stringify({ keys: ["a", "b"].map((kid) => ({ kty: "oct", kid, k: SECRET })) }), /got one under two ids, a and b/],
    ["a short key", JSON.stringify({ keys: [{ kty: "oct", kid: "a", k: SECRET.slice(4) }] }), /symmetric \(kty oct\) and of 32 bytes, got 29/],
    ["a key of a pair", JSON.stringify({ keys: [{ kty: "OKP", kid: "a", k: SECRET }] }), /kty oct/],
    ["a key without an id", JSON.stringify({ keys: [{ kty: "oct", k: SECRET }] }), /to have a `kid`/],
  ])("of %s is refused with its own sentence, which does not hold the key", async (_, text, sentence) => {
    const file = join(folder, `${randomUUID()}.json`);
    if (text !== null) await writeFile(file, text);
    const message = await rejectionOf(openKeyRing(file));
    expect(message).toMatch(/^KEY_RING_UNREADABLE: /);
    expect(message).toMatch(sentence);
    expect(message).not.toContain(SECRET.slice(0, 12));
  });

  it("is read again when its file changes", async () => {
    const file = join(folder, "changing.json");
    const [old, young] = [ringKey("old"), ringKey("young")];
    await writeFile(file, JSON.stringify({ keys: [old] }));
    const ring = await openKeyRing(file);
    const wrapped = await ring.wrap(Buffer.alloc(32, 7), ["k"]);
    await new Promise((settle) => setTimeout(settle, 20));
    await writeFile(file, JSON.stringify({ keys: [young, old] }));
    expect([await ring.current(), await ring.unwrap(wrapped, ["k"])]).toEqual(["young", Buffer.alloc(32, 7)]);
    await new Promise((settle) => setTimeout(settle, 20));
    await writeFile(file, JSON.stringify({ keys: [young] }));
    expect(await rejectionOf(ring.unwrap(wrapped, ["k"]))).toMatch(/^KEY_UNKNOWN: Expected the key old in the key ring/);
    await rm(file);
    expect(await rejectionOf(ring.unwrap(wrapped, ["k"]))).toMatch(/^KEY_RING_UNREADABLE/);
  });
});

describe("people's data keys", () => {
  let store: Store;
  const rows = () => store.connection.collection<{ _id: string; keyId: string; wrapped: { kid: string; text: string } | null }>("personKeys");
  beforeAll(async () => void (store = await openStore({ uri: testMongodbUri(), database: `test-keys-${randomUUID().slice(0, 8)}` })));
  beforeEach(async () => void (await rows().deleteMany({})));
  afterAll(async () => {
    await store.connection.dropDatabase();
    await store.close();
  });

  const [old, young] = [ringKey("2025"), ringKey("2026")];
  const keysWith = (...ring: RingKey[]) => createKeyStore(store.connection, createKeyRing(ring));

  it("are made once for each person, and stored wrapped only", async () => {
    const keys = keysWith(old);
    const [one, again] = [await keys.make(["b1", "b2", "b1"]), await keys.make(["b1"])];
    expect(again.get("b1")).toEqual(one.get("b1"));
    expect(one.get("b1")?.bytes).not.toEqual(one.get("b2")?.bytes);
    expect(await keys.keyOf("b1")).toEqual(one.get("b1")?.bytes);
    expect(await keys.keyOf("nobody")).toBeNull();
    const stored = JSON.stringify(await rows().find().toArray());
    for (const { bytes } of one.values()) expect(["base64url", "base64", "hex"].filter((form) => stored.includes(bytes.toString(form as BufferEncoding)))).toEqual([]);
  });

  it("made by many at once are one", async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => keysWith(old).make(["b1"])));
    expect(new Set(made.map((keys) => keys.get("b1")?.bytes.toString("hex"))).size).toBe(1);
  });

  it("that are destroyed open nothing any more, for no process, and never come back", async () => {
    const [keys, other] = [keysWith(old), keysWith(old)];
    const key = (await keys.make(["b1", "b2"])).get("b1");
    if (key === undefined) throw new Error("Expected a key.");
    await other.keyOf("b1");
    await keys.destroy("b1");
    expect([await other.keyOf("b1"), (await other.make(["b1"])).has("b1"), await other.keyOf("b2")]).toEqual([null, false, expect.any(Buffer)]);
    await other.destroy("never-there");
    expect((await other.make(["never-there"])).size).toBe(0);
    expect(await rows().countDocuments({ _id: "b1", wrapped: null })).toBe(1);
  });

  it("are all wrapped anew by a rotation, while both of the ring's keys read", async () => {
    const ids = Array.from({ length: 1_203 }, (_, index) => `p${index}`);
    const before = await keysWith(old).make(ids);
    await keysWith(old).destroy("p7");
    const both = keysWith(young, old);
    expect(await both.load(["p1"])).toEqual(new Map([["p1", before.get("p1")]]));
    expect((await both.make(["newcomer"])).has("newcomer")).toBe(true);
    expect(await both.inUse()).toEqual(new Map([["2025", 1_202], ["2026", 1]]));
    expect([await both.rewrap(), await both.rewrap()]).toEqual([1_202, 0]);
    expect(await both.inUse()).toEqual(new Map([["2026", 1_203]]));
    const after = await keysWith(young).load(ids);
    expect([after.size, after.get("p1"), after.has("p7")]).toEqual([1_202, before.get("p1"), false]);
  });

  it("of an older backup open nothing once the key that wrapped them is off the ring", async () => {
    await keysWith(old).make(["b1"]);
    const backup = await rows().find().toArray();
    await keysWith(young, old).rewrap();
    await keysWith(young).destroy("b1");
    await rows().deleteMany({});
    await rows().insertMany(backup);
    expect(await rejectionOf(keysWith(young).keyOf("b1"))).toMatch(/^KEY_UNKNOWN: Expected the key 2025 in the key ring/);
  });

  it("that stand in for another's, or were changed, open nothing and keep nobody else from reading", async () => {
    const keys = keysWith(old);
    await keys.make(["b1", "b2", "b3"]);
    const [one, other] = [await rows().findOne({ _id: "b1" }), await rows().findOne({ _id: "b2" })];
    await rows().updateOne({ _id: "b1" }, { $set: { keyId: other?.keyId ?? "", wrapped: other?.wrapped ?? null } });
    await rows().updateOne({ _id: "b2" }, { $set: { "wrapped.text": `${one?.wrapped?.text ?? ""}` } });
    const read = await keys.load(["b1", "b2", "b3"]);
    const faults = [...read].map(([id, key]) => `${id} ${key instanceof SealError ? key.fault : "opens"}`).sort();
    expect(faults).toEqual(["b1 DATA_KEY_UNREADABLE", "b2 DATA_KEY_UNREADABLE", "b3 opens"]);
    expect(await rejectionOf(keys.keyOf("b1"))).toMatch(/^DATA_KEY_UNREADABLE: Cannot unwrap a data key because the key 2025 does not fit/);
    expect(await rejectionOf(keys.make(["b1"]))).toMatch(/^DATA_KEY_UNREADABLE/);
  });
});
