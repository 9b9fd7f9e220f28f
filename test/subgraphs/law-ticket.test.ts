// The sharing ticket: what makes one good, and every way in which one is none.
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { describe, expect, it } from "@jest/globals";

import { ANONYMOUS, openTicketReader } from "../../subgraphs/kit/kit.ts";
import {
  createTicketIssuer,
  createTicketReader,
  DATA_CATEGORIES,
  judgeByTicket,
  refuse,
  TICKET_LIFETIME_S,
  type DataCategory,
  type Decision,
  type TicketCaller,
  type TicketFault,
  type TicketKey,
  type TicketTerms,
} from "../../subgraphs/law/law.ts";

const NOW = new Date("2026-03-02T09:00:00.000Z");
const CALLER: TicketCaller = { ...ANONYMOUS, subject: "s", professionalId: "pro", partnerId: "dept-92", purpose: "SUPPORT" };

function createKey(kid: string): TicketKey {
  return { ...(generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as TicketKey), kid };
}

const KEY = createKey("one");
const issuer = createTicketIssuer([KEY]);
const reader = createTicketReader(() => issuer.publicKeys.keys);

/** Allows identities, refuses all else because nobody granted it. */
function terms(entity: string): TicketTerms {
  const decide = (category: DataCategory): Decision => (category === "IDENTITY" ? { allowed: true, basis: "CONSENT" } : refuse("OPPOSED"));
  return { entity, personId: "b1", decisions: Object.fromEntries(DATA_CATEGORIES.map((category) => [category, decide(category)])) as TicketTerms["decisions"] };
}

const [TICKET = ""] = issuer.issue([terms("Beneficiary/b1")], CALLER, NOW);

/** What is wrong with it, or what it allows. */
function read(ticket: unknown, { entity = "Beneficiary/b1", caller = CALLER, now = NOW, by = reader } = {}): TicketFault | readonly string[] {
  const claims = by.read(ticket, { entity, caller, now });
  return typeof claims === "string" ? claims : Object.keys(claims.allowed);
}

describe("a sharing ticket", () => {
  it("allows its caller on its entity what it says, for five minutes", () => {
    expect(read(TICKET)).toEqual(["IDENTITY"]);
    expect(read(TICKET, { now: new Date(NOW.getTime() + (TICKET_LIFETIME_S - 1) * 1_000) })).toEqual(["IDENTITY"]);
    expect(read(TICKET, { now: new Date(NOW.getTime() + TICKET_LIFETIME_S * 1_000) })).toBe("expired");
    expect(TICKET_LIFETIME_S).toBe(300);
  });

  it("is none where the clock stood ahead when it was issued, by more than two clocks differ", () => {
    const issuedAhead = (seconds: number) => issuer.issue([terms("Beneficiary/b1")], CALLER, new Date(NOW.getTime() + seconds * 1_000))[0];
    expect([300, 301, 366 * 86_400].map((seconds) => read(issuedAhead(seconds)))).toEqual([["IDENTITY"], "of a later time", "of a later time"]);
  });

  it("is for one subject, professional, partner, person and purpose", () => {
    const others: Partial<TicketCaller>[] = [{ subject: "t" }, { subject: null }, { professionalId: "other" }, { partnerId: "ngo" }, { personId: "b1" }, { purpose: "REFERRAL" }, { purpose: null }];
    expect(others.map((other) => read(TICKET, { caller: { ...CALLER, ...other } }))).toEqual(others.map(() => "of another caller"));
  });

  it("is for one entity, of one type", () => {
    for (const entity of ["Beneficiary/b2", "PathwayStep/b1", "Beneficiary/", ""]) expect(read(TICKET, { entity })).toBe("of another entity");
  });

  it.each([[undefined, "missing"], [null, "missing"], ["", "malformed"], ["a.b", "malformed"], [7, "malformed"], [{ $ne: null }, "malformed"], [[TICKET], "malformed"], [`${TICKET}A`, "malformed"], ["a".repeat(9_000), "malformed"]])(
    "that is %j is %s",
    (ticket, fault) => {
      expect(read(ticket)).toBe(fault);
    },
  );

  it("is forged when any bit of it is another", () => {
    const [one = "", two = "", three = ""] = issuer.issue([terms("Beneficiary/b1"), terms("Beneficiary/b2"), terms("Beneficiary/b3")], CALLER, NOW);
    for (const [ticket, entity] of [[one, "Beneficiary/b1"], [two, "Beneficiary/b2"], [three, "Beneficiary/b3"]] as const) {
      expect(read(ticket, { entity })).toEqual(["IDENTITY"]);
      const forged = [...forgeries(ticket)];
      expect(forged.length).toBeGreaterThan(300);
      expect(forged.map((forgery) => read(forgery, { entity })).filter((fault) => fault !== "forged")).toEqual([]);
    }
  });

  it("is forged with another's claims, place, number or proof", () => {
    const tickets = issuer.issue([terms("Beneficiary/b1"), terms("Beneficiary/b2")], CALLER, NOW).map((ticket) => ticket.split("."));
    const [first = [], second = []] = tickets;
    const swapped = [0, 1, 3].map((part) => first.map((text, at) => (at === part ? (second[at] ?? "") : text)).join("."));
    const sizes = ["1", "3", "4"].map((size) => first.map((text, at) => (at === 2 ? size : text)).join("."));
    for (const ticket of [...swapped, ...sizes]) expect(read(ticket)).toBe("forged");
  });

  it("of a stranger who took the name of the key is forged, under another name it is unknown", () => {
    const [same] = createTicketIssuer([createKey("one")]).issue([terms("Beneficiary/b1")], CALLER, NOW);
    const [other] = createTicketIssuer([createKey("two")]).issue([terms("Beneficiary/b1")], CALLER, NOW);
    expect([read(same), read(other)]).toEqual(["forged", "unknown key"]);
  });

  it("of many is signed once, each with a proof of its own", () => {
    const entities = Array.from({ length: 50 }, (_, index) => `Beneficiary/b${index}`);
    const tickets = issuer.issue(entities.map(terms), CALLER, NOW);
    expect(new Set(tickets.map((ticket) => ticket.split(".").at(-1))).size).toBe(1);
    expect(tickets.map((ticket, index) => read(ticket, { entity: entities[index] ?? "" }))).toEqual(tickets.map(() => ["IDENTITY"]));
  });

  it("tells the reason of the law where it refuses, and none of its own", () => {
    const faults: TicketFault[] = [];
    const judge = judgeByTicket(reader, CALLER, { now: () => NOW, told: (fault) => void faults.push(fault), ground: () => undefined });
    const [old = ""] = issuer.issue([terms("Beneficiary/b1")], CALLER, new Date(NOW.getTime() - 600_000));
    const decide = (ticket: unknown, category: DataCategory) => judge.decide({ personId: "b1", entity: "Beneficiary/b1", ticket }, category);
    expect([decide(TICKET, "IDENTITY"), decide(TICKET, "HEALTH"), decide(undefined, "IDENTITY"), decide("x", "IDENTITY"), decide(old, "IDENTITY")]).toEqual([
      { allowed: true, basis: "CONSENT", personId: "b1" },
      { ...refuse("OPPOSED"), personId: "b1" },
      refuse("NO_GRANT"),
      refuse("NO_GRANT"),
      refuse("GRANT_EXPIRED"),
    ]);
    expect(faults).toEqual(["missing", "malformed", "expired"]);
  });

  it("tells of one fault once, however many tickets of a request have it", () => {
    const faults: TicketFault[] = [];
    const judge = judgeByTicket(createTicketReader(() => []), CALLER, { now: () => NOW, told: (fault) => void faults.push(fault), ground: () => undefined });
    const entities = Array.from({ length: 50 }, (_, index) => `Beneficiary/b${index}`);
    const decided = issuer.issue(entities.map(terms), CALLER, NOW).map((ticket, index) => judge.decide({ personId: null, entity: entities[index] ?? "", ticket }, "IDENTITY"));
    expect(decided).toEqual(entities.map(() => refuse("PARTNER_UNAVAILABLE")));
    expect(faults).toEqual(["unknown key"]);
  });
});

describe("the keys of tickets", () => {
  it("rotate: the first signs, the others are still read, and none that was taken away", () => {
    const next = createKey("next");
    const rotated = createTicketIssuer([next, KEY]);
    const [fresh] = rotated.issue([terms("Beneficiary/b1")], CALLER, NOW);
    let keys = rotated.publicKeys.keys;
    const both = createTicketReader(() => keys);
    expect([read(fresh, { by: both }), read(TICKET, { by: both }), read(fresh)]).toEqual([["IDENTITY"], ["IDENTITY"], "unknown key"]);
    keys = keys.filter(({ kid }) => kid === "next");
    expect([read(fresh, { by: both }), read(TICKET, { by: both })]).toEqual([["IDENTITY"], "unknown key"]);
  });

  it("are published without what signs", () => {
    expect(issuer.publicKeys.keys.map((key) => Object.keys(key).sort())).toEqual([["crv", "kid", "kty", "x"]]);
  });

  it.each<[string, readonly TicketKey[], RegExp]>([
    ["none", [], /Expected a private Ed25519 key/],
    ["a public one", [{ ...KEY, d: undefined } as unknown as TicketKey], /Expected a private Ed25519 key/],
    ["two of one name", [KEY, createKey("one")], /with different `kid`, got one twice/],
    ["one without a name", [{ ...KEY, kid: "" }], /to have a `kid`/],
    ["one of another curve", [{ ...KEY, crv: "Ed448" }], /to be an Ed25519 key/],
  ])("are refused when they are %s, without being told", (_name, keys, message) => {
    expect(() => createTicketIssuer(keys)).toThrow(message);
    expect(() => createTicketIssuer(keys)).not.toThrow(String(KEY.d));
  });
});

describe("A published set of keys", () => {
  it.each<[string, readonly unknown[], RegExp]>([
    ["two of one name", [KEY, createKey("one")], /with different `kid`, got one twice/],
    ["one of another curve", [{ ...KEY, crv: "X25519" }], /to be an Ed25519 key/],
    ["a private key", [{ ...KEY, kid: "public", d: undefined }, KEY], /Expected public keys to read sharing tickets with, got the private part \(`d`\) of /],
    ["a shared secret", [{ kty: "oct", k: "c2VjcmV0", kid: "one" }], /to be an Ed25519 key/],
  ])("is refused where tickets are read when it has %s", async (_name, keys, message) => {
    const folder = await mkdtemp(join(tmpdir(), "parcours-keys-"));
    await writeFile(join(folder, "jwks.json"), JSON.stringify({ keys }));
    await expect(openTicketReader(join(folder, "jwks.json"), { told: () => undefined })).rejects.toThrow(message);
    await expect(openTicketReader(join(folder, "jwks.json"), { told: () => undefined })).rejects.not.toThrow(String(KEY.d));
    await rm(folder, { recursive: true });
  });

  it("that can no longer be read stays as it was, which is told once, and so is that it can again, with what changed since", async () => {
    const folder = await mkdtemp(join(tmpdir(), "parcours-keys-"));
    const file = join(folder, "jwks.json");
    const next = createTicketIssuer([createKey("next")]);
    const [fresh] = next.issue([terms("Beneficiary/b1")], CALLER, NOW);
    await writeFile(file, JSON.stringify(issuer.publicKeys));
    const heard: (string | null)[] = [];
    const renewed = await openTicketReader(file, { refreshMs: 10, told: (problem) => void heard.push(problem) });
    await rename(await written(join(folder, "private.json"), JSON.stringify({ keys: [KEY] })), file);
    await until(() => heard.length === 1);
    await setTimeout(50);
    expect([read(TICKET, { by: renewed }), read(fresh, { by: renewed })]).toEqual([["IDENTITY"], "unknown key"]);
    await rename(await written(join(folder, "next.json"), JSON.stringify(next.publicKeys)), file);
    await until(() => heard.length === 2);
    expect([read(TICKET, { by: renewed }), read(fresh, { by: renewed })]).toEqual(["unknown key", ["IDENTITY"]]);
    expect(heard).toEqual([expect.stringMatching(/^Expected public keys to read sharing tickets with, got the private part/), null]);
    renewed.close();
    await rm(folder, { recursive: true });
  });
});

async function written(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  return path;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(5);
}

/** The ticket with each bit of a byte's lowest and highest changed, in each byte of its claims, proof and signature. */
function* forgeries(ticket: string): Generator<string> {
  const parts = ticket.split(".");
  for (const part of [0, 3, 5]) {
    const bytes = Buffer.from(parts[part] ?? "", "base64url");
    for (let at = 0; at < bytes.length; at += 1) {
      for (const bit of [1, 128]) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ bit;
        yield parts.map((text, index) => (index === part ? changed.toString("base64url") : text)).join(".");
      }
    }
  }
}
