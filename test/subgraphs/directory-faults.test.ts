// A directory that is away, forged, an old one, meant for another, or no directory at all: it changes nothing, and the operator
// is told why by a code (L11: nobody is habilitated by whoever stands in between). And who may ask for it.
import { createPrivateKey, generateKeyPairSync } from "node:crypto";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { SignJWT } from "jose";

import { carryDirectory, DIRECTORY_FAULTS, DirectoryFault, directoryOf, readDirectory, type Carrying, type CarryEvent, type Directory, type DirectoryCopy, type DirectorySource } from "../../subgraphs/directory/directory.ts";
import { openStandings, openStore, replaceCopies, type Store } from "../../subgraphs/kit/kit.ts";
import { testMongodbUri } from "../harness/subgraph.ts";
import { makeKeys, publishPartners, standBetween, type Between, type Keys, type Published } from "./directory-world.ts";
import { WORLD } from "./sites-world.ts";

let keys: Keys;
let published: Published;
let between: Between;
beforeAll(async () => {
  keys = await makeKeys();
  published = await publishPartners(keys, WORLD);
  between = await standBetween(published.url);
}, 60_000);
afterAll(async () => {
  await between.close();
  await published.close();
});

const taken: Directory[] = [];
const events: CarryEvent[] = [];
const carryings: Carrying[] = [];
afterEach(async () => {
  for (const { close } of carryings.splice(0)) await close();
  between.turn = null;
  taken.length = 0;
  events.length = 0;
});

const COPY: DirectoryCopy = { take: async (directory) => taken.push(directory) > 0 };

async function carry(source: DirectorySource, said: { readonly copy?: DirectoryCopy; readonly everyMs?: number } = {}): Promise<Carrying> {
  const carrying = await carryDirectory({ source, copy: COPY, everyMs: 3_600_000, told: (event) => void events.push(event), ...said });
  carryings.push(carrying);
  return carrying;
}

const faults = () => events.map((event) => (event.outcome === "failed" ? event.fault : event.outcome));

/** As partners signs, but what, when and to whom are another's choice. */
async function sign(claims: Record<string, unknown>, { key = keys.partners.key, typ = "directory+jwt", audience = "services", nonce = "" } = {}): Promise<string> {
  const token = new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", typ, kid: "partners" }).setIssuer("partners").setAudience(audience).setJti(nonce).setIssuedAt().setExpirationTime("30s");
  return token.sign(key.privateKey);
}

const claimsOf = (token: string): Record<string, string> => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

describe("who may ask", () => {
  const ask = async (authorization?: string) => {
    const response = await fetch(published.url, authorization === undefined ? {} : { headers: { authorization } });
    return { status: response.status, code: response.status === 200 ? null : ((await response.json()) as { code: string }).code };
  };
  const question = (said: { readonly key?: Keys["askers"]["key"]; readonly typ?: string; readonly audience?: string; readonly lifetime?: string } = {}) => {
    const { key = keys.askers.key, typ = "directory-question+jwt", audience = "partners", lifetime = "30s" } = said;
    return new SignJWT({}).setProtectedHeader({ alg: "EdDSA", typ }).setIssuer("services").setAudience(audience).setJti("n").setExpirationTime(lifetime).sign(key.privateKey);
  };

  it("is who signs the question with a key that partners knows, in half a minute, and nobody else who reaches the port", async () => {
    expect(await ask(`Bearer ${await question()}`)).toEqual({ status: 200, code: null });
    const refused = [
      undefined,
      "",
      "Bearer x.y.z",
      await question(),
      `Bearer ${await question({ key: keys.stranger.key })}`,
      `Bearer ${await question({ typ: "JWT" })}`,
      `Bearer ${await question({ audience: "sites" })}`,
      `Bearer ${await question({ lifetime: "-1s" })}`,
      // What partners itself signed is no question.
      `Bearer ${await sign({}, { audience: "partners" })}`,
    ];
    for (const authorization of refused) expect(await ask(authorization)).toEqual({ status: 401, code: "UNAUTHENTICATED" });
  });

  it("leaves no address with anything in it: what is known and who asks stand in the signed header", async () => {
    await (await published.source({ url: between.url })).read("a version");
    const { authorization = "" } = between.seen.at(-1) ?? {};
    expect(claimsOf(authorization.replace("Bearer ", ""))).toMatchObject({ iss: "services", aud: "partners", known: "a version" });
  });
});

describe("a directory that is not taken over changes nothing, and is told by its code", () => {
  /** With somebody in it whom partners does not know. */
  const other = (): Directory => ({ ...directoryOf(WORLD), standings: directoryOf(WORLD).standings.map((one) => ({ ...one, id: `${one.id}-too` })) });
  const nonceOf = (answer: string): string => claimsOf(answer)["jti"] ?? "";

  it("DIRECTORY_REFUSED: partners does not know the key that asks", async () => {
    await carry(await published.source({ key: keys.stranger.key }));
    expect([faults(), taken]).toEqual([["DIRECTORY_REFUSED"], []]);
  });

  it("DIRECTORY_UNREACHABLE: nobody is there, or says that it cannot; no address is told", async () => {
    await carry(await published.source({ url: "http://127.0.0.1:9/directory" }));
    await carry(await published.source({ url: published.url.replace("/directory", "/elsewhere") }));
    await carry(await published.source({ jwks: "http://127.0.0.1:9/directory-keys" }));
    expect([faults(), taken]).toEqual([["DIRECTORY_UNREACHABLE", "DIRECTORY_UNREACHABLE", "DIRECTORY_UNREACHABLE"], []]);
    expect(JSON.stringify(events)).not.toMatch(/127\.0\.0\.1|pro-/);
  });

  it("DIRECTORY_UNSIGNED: by another key, changed under the signature, of another kind, for another subgraph", async () => {
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify({ iss: "partners", aud: "services" })).toString("base64url")}.`;
    const claims = { version: "v", directory: other() };
    const forgeries: readonly ((answer: string) => Promise<string> | string)[] = [
      (answer) => sign(claims, { key: keys.stranger.key, nonce: nonceOf(answer) }),
      (answer) => sign(claims, { key: keys.askers.key, nonce: nonceOf(answer) }),
      (answer) => sign(claims, { typ: "JWT", nonce: nonceOf(answer) }),
      (answer) => sign(claims, { audience: "sites", nonce: nonceOf(answer) }),
      () => sign(claims),
      () => unsigned,
      () => "nothing of the kind",
      (answer) => {
        const [head = "", body = "", signature = ""] = answer.split(".");
        const changed = JSON.stringify({ ...JSON.parse(Buffer.from(body, "base64url").toString()), directory: other() });
        return [head, Buffer.from(changed).toString("base64url"), signature].join(".");
      },
    ];
    for (const forge of forgeries) {
      between.turn = forge;
      await carry(await published.source({ url: between.url }));
    }
    expect([faults(), taken]).toEqual([forgeries.map(() => "DIRECTORY_UNSIGNED"), []]);
    between.turn = (answer) => sign(claims, { nonce: nonceOf(answer) });
    await carry(await published.source({ url: between.url }));
    expect(taken).toEqual([other()]);
  });

  it("DIRECTORY_UNSIGNED: an older one, in which somebody is habilitated still, though partners signed it a moment ago", async () => {
    const source = await published.source({ url: between.url });
    await carry(source);
    const older = between.seen.at(-1)?.answer ?? "";
    expect([faults(), taken.length]).toEqual([["changed"], 1]);
    between.turn = () => older;
    await carry(source);
    expect([faults(), taken.length]).toEqual([["changed", "DIRECTORY_UNSIGNED"], 1]);
  });

  it("DIRECTORY_MALFORMED: signed by partners for this question, and no directory", async () => {
    const source = (value: unknown): DirectorySource => ({ read: async () => ({ version: "v", directory: readDirectory(value) }) });
    const whole = directoryOf(WORLD);
    const [first, ...rest] = whole.standings;
    const broken: readonly unknown[] = [
      { ...whole, retention: [...whole.retention, { ...whole.retention[0], months: 1 }] },
      null,
      [],
      "directory",
      {},
      { ...whole, standings: [] },
      { ...whole, standings: {} },
      { ...whole, agreements: undefined },
      { ...whole, standings: [...whole.standings, first] },
      { ...whole, standings: [{ ...first, habilitation: undefined }, ...rest] },
      { ...whole, standings: [{ ...first, id: { $ne: null } }, ...rest] },
      { ...whole, standings: [{ ...first, habilitation: { purposes: ["SUPPORT"], dataCategories: [], validFrom: "1 March", validTo: null } }, ...rest] },
      { ...whole, agreements: [{ id: "a", partyIds: ["x"], purposes: [], validFrom: "2024-01-01", validTo: null, suspensions: [{}] }] },
      { ...whole, retention: [{ holderId: "dept-92", months: 0 }] },
      { ...whole, retention: [{ holderId: "dept-92", months: 37 }] },
    ];
    for (const value of broken) await carry(source(value));
    expect([faults(), taken]).toEqual([broken.map(() => "DIRECTORY_MALFORMED"), []]);
    await carry(source({ ...whole, more: 1 }));
    expect(taken).toEqual([whole]);
  });

  it("DIRECTORY_NOT_STORED: the own database does not take it; it is asked for as a whole again", async () => {
    let isBroken = true;
    const copy: DirectoryCopy = { take: async (directory) => (isBroken ? Promise.reject(new Error("down")) : COPY.take(directory)) };
    const carrying = await carry(await published.source(), { copy });
    isBroken = false;
    await carrying.refresh();
    await carrying.refresh();
    expect([faults(), taken.length]).toEqual([["DIRECTORY_NOT_STORED", "changed"], 1]);
  });

  it("each code has its sentence", () => {
    expect(Object.keys(DIRECTORY_FAULTS)).toEqual(["DIRECTORY_UNREACHABLE", "DIRECTORY_REFUSED", "DIRECTORY_UNSIGNED", "DIRECTORY_MALFORMED", "DIRECTORY_NOT_STORED"]);
  });
});

describe("carrying over", () => {
  it("goes on by itself, tells when it failed and when it is well again, and ends when it is told to", async () => {
    let calls = 0;
    const source: DirectorySource = {
      read: async () => {
        calls += 1;
        if (calls === 2) throw new Error("away");
        return { version: "v", directory: calls === 1 ? directoryOf(WORLD) : null };
      },
    };
    const carrying = await carry(source, { everyMs: 10 });
    while (calls < 5) await new Promise((settle) => setTimeout(settle, 10));
    await carrying.close();
    const at = calls;
    await new Promise((settle) => setTimeout(settle, 60));
    expect([faults(), calls]).toEqual([["changed", "DIRECTORY_UNREACHABLE", "same"], at]);
  });

  it("tells the same fault once, another one at once, and since when it failed", async () => {
    const asked: string[] = [];
    const source: DirectorySource = {
      read: async () => {
        asked.push("asked");
        throw asked.length < 4 ? new DirectoryFault("DIRECTORY_UNREACHABLE", "away") : new DirectoryFault("DIRECTORY_UNSIGNED", "forged");
      },
    };
    const carrying = await carry(source);
    for (let time = 0; time < 4; time += 1) await carrying.refresh();
    expect([asked.length, faults()]).toEqual([5, ["DIRECTORY_UNREACHABLE", "DIRECTORY_UNSIGNED"]]);
    expect(new Set(events.map((event) => "since" in event && event.since)).size).toBe(1);
  });

  it("does one after the other, so that an older answer never comes to lie on a newer one", async () => {
    const order: string[] = [];
    const source: DirectorySource = { read: async () => (order.push("ask"), { version: String(order.length), directory: directoryOf(WORLD) }) };
    const copy: DirectoryCopy = {
      take: async () => {
        await new Promise((settle) => setTimeout(settle, 20));
        return order.push("stored") > 0;
      },
    };
    const carrying = await carry(source, { copy });
    await Promise.all([carrying.refresh(), carrying.refresh()]);
    expect(order).toEqual(["ask", "stored", "ask", "stored", "ask", "stored"]);
  });
});

describe("the copy", () => {
  let store: Store;
  beforeAll(async () => void (store = await openStore({ uri: testMongodbUri(), database: `test-copies-${Date.now()}` })));
  afterAll(async () => {
    await store.connection.dropDatabase();
    await store.close();
  });
  const ids = async (name: string) => (await store.connection.collection<{ _id: string }>(name).find({}).toArray()).map(({ _id }) => _id).sort();

  it("is made equal as a whole, or stays as it was: no reader sees half of it", async () => {
    expect(await replaceCopies(store.connection, { one: [{ _id: "a" }, { _id: "b" }], other: [{ _id: "c" }] })).toBe(true);
    expect(await replaceCopies(store.connection, { one: [{ _id: "b" }, { _id: "a" }], other: [{ _id: "c" }] })).toBe(false);
    const refused = { one: [{ _id: "d" }], other: [{ _id: "e", $bad: 1 }, { _id: "f".repeat(17 * 1024 * 1024) }] };
    await expect(replaceCopies(store.connection, refused)).rejects.toThrow();
    expect([await ids("one"), await ids("other")]).toEqual([["a", "b"], ["c"]]);
  });

  it("is one of two whole ones where two processes take one over at the same time", async () => {
    const versions = ["old", "new"].map((version) => ({ first: ["a", "b", "c"].map((_id) => ({ _id, version })), second: [{ _id: "d", version }] }));
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(versions.map((copies) => replaceCopies(store.connection, copies)));
      const rows = await Promise.all(["first", "second"].map((name) => store.connection.collection<{ _id: string; version?: string }>(name).find({}).toArray()));
      expect(rows.map((some) => some.length)).toEqual([3, 1]);
      expect(new Set(rows.flat().map(({ version }) => version)).size).toBe(1);
    }
  });

  it("of services and sites holds who is habilitated, and nothing else of what was told", async () => {
    const standings = openStandings(store.connection);
    await standings.take(directoryOf(WORLD));
    const row = await standings.standingOf("pro-1");
    expect(Object.keys(row ?? {}).sort()).toEqual(["_id", "habilitation", "partnerId", "secrecyBasis"]);
    expect(Object.keys(row?.habilitation ?? {}).sort()).toEqual(["purposes", "validFrom", "validTo"]);
    expect(await standings.take(directoryOf(WORLD))).toBe(false);
  });
});

describe("a key of the directory", () => {
  it("is a private Ed25519 key, and no other is taken, nor repeated in the message", async () => {
    const { openDirectoryKey } = await import("../../subgraphs/directory/directory.ts");
    const { mkdtemp, rm, writeFile } = await import("node:fs/promises");
    const folder = await mkdtemp("/tmp/directory-key-");
    const publicJwk = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
    const other = createPrivateKey(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "pem", type: "pkcs8" })).export({ format: "jwk" });
    for (const text of ["secret text", "null", JSON.stringify(publicJwk), JSON.stringify(other)]) {
      await writeFile(`${folder}/key`, text);
      const message = await openDirectoryKey(`${folder}/key`).then(() => "taken", (error: Error) => error.message);
      expect(message).toBe("Expected a private Ed25519 key (JWK with `d`) in the file that PARCOURS_DIRECTORY_KEY names, got something else.");
    }
    await rm(folder, { recursive: true });
  });
});
