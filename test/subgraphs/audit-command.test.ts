// `npm run audit -- verify` with the checkpoints that a partner kept over the months, and what the command says of bad input.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { createSigningKey, openReadLog, readLastNote, type Entry } from "../../subgraphs/audit/audit.ts";

let root: string;
/** Checkpoints of *sites* at 3, 5 and 8 entries, and one of *services*. */
let notes: readonly string[];
let ofServices: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "parcours-audit-command-"));
  notes = [await append("sites", 3), await append("sites", 2), await append("sites", 3)];
  ofServices = await append("services", 4);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** The checkpoint after it. */
async function append(name: string, count: number, folder = join(root, "audit", name)): Promise<string> {
  const log = await openReadLog({ folder, name, signingKeyFile: null });
  for (let at = 0; at < count; at++) await log.append(intent(`b${at}`));
  await log.close();
  return (await readLastNote(folder)) ?? "";
}

function intent(personId: string): Entry {
  return { kind: "intent", at: "2026-03-02T09:00:00.000Z", personId, subject: "s", professionalId: "pro", partnerId: "dept-92", self: false, purpose: "SUPPORT", operationName: "Q", asked: [] };
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly told: string;
}

function command(...args: readonly string[]): Promise<Ended> {
  return new Promise((settle) => {
    execFile("node_modules/.bin/node", ["subgraphs/audit-command.ts", ...args], (error, out, told) => settle({ code: typeof error?.code === "number" ? error.code : 0, out, told }));
  });
}

async function keep(...kept: readonly string[]): Promise<string> {
  const file = join(await mkdtemp(join(root, "kept-")), "kept.txt");
  await writeFile(file, kept.join(""));
  return file;
}

async function verify(kept: readonly string[], folder = join(root, "audit")): Promise<Ended> {
  return command("verify", "--folder", folder, "--checkpoint", await keep(...kept));
}

/** The log of *sites*, begun again with its own key. */
async function writeAnew(count: number): Promise<string> {
  const folder = await mkdtemp(join(root, "anew-"));
  for (const name of ["origin", "signing-key.jwk.json", "verifier-key"]) await cp(join(root, "audit", "sites", name), join(folder, "sites", name), { recursive: true });
  await append("sites", count, join(folder, "sites"));
  return folder;
}

describe("several checkpoints of one log", () => {
  it.each([
    ["oldest first", (all: readonly string[]) => all],
    ["newest first", (all: readonly string[]) => all.toReversed()],
    ["with one of another log between them, and one twice", (all: readonly string[]) => [...all.slice(1), ofServices, ...all]],
    ["parted by empty lines", (all: readonly string[]) => all.map((one) => `${one}\n\n`)],
  ])("all agree with an intact log: %s", async (_, order) => {
    const { code, out, told } = await verify(order(notes));
    expect([code, told]).toEqual([0, ""]);
    expect(out).toMatch(/parcours\/sites\/\w+: 8 entries, .*\n {2}As it was written\.\n/);
    expect(out).not.toMatch(/FORKED|FORGED|parcours\/sites.*\n.*\n {2}Not compared/);
  });

  it("show a log that was put back behind the last of them, wherever that one stands", async () => {
    const folder = await mkdtemp(join(root, "back-"));
    await cp(join(root, "audit", "sites"), join(folder, "sites"), { recursive: true });
    const path = join(folder, "sites", "journal", "000000000000.jsonl");
    const lines = (await readFile(path, "utf8")).split("\n");
    // The first five entries, each with its checkpoint, after the head.
    const end = lines.findIndex((line) => line.includes(`"note"`) && line.includes(String.raw`\n5\n`));
    await writeFile(path, `${lines.slice(0, end + 1).join("\n")}\n`);
    await rm(join(folder, "sites", "checkpoint"), { force: true });
    for (const order of [notes, notes.toReversed()]) {
      const { code, out } = await verify(order, folder);
      expect(code).toBe(1);
      expect(out).toMatch(/5 entries.*\n {2}ROLLED_BACK: The log has 5 entries; the checkpoint that was kept has 8/);
      expect(out.match(/ROLLED_BACK/g)).toHaveLength(1);
    }
    expect((await verify(notes.slice(0, 2), folder)).code).toBe(0);
  });

  it("show a log that agrees with the last of them and not with one before", async () => {
    const folder = await writeAnew(9);
    const last = (await readLastNote(join(folder, "sites"))) ?? "";
    expect((await verify([last], folder)).code).toBe(0);
    const { code, out } = await verify([notes[0] ?? "", last], folder);
    expect(code).toBe(1);
    expect(out).toMatch(/ {2}FORKED: The first 3 entries are not those of the checkpoint that was kept\./);
    expect(out).not.toContain("As it was written");
  });

  it("show one that somebody made up among those that are good", async () => {
    const { code, out } = await verify([(notes[0] ?? "").replace("\n3\n", "\n4\n"), ...notes]);
    expect(code).toBe(1);
    expect(out).toMatch(/ {2}FORGED: The checkpoint that was kept is not signed by the log's key\./);
  });

  it("each have their proof that the log only grew", async () => {
    const { code, out } = await command("consistency", "--folder", join(root, "audit"), "--checkpoint", await keep(...notes));
    expect(code).toBe(0);
    const proofs = JSON.parse(`[${out.replaceAll("}\n{", "},{")}]`) as { readonly from: { readonly size: number } }[];
    expect(proofs.map(({ from }) => from.size)).toEqual([8, 5, 3]);
  });

  it("of a log that is not here are told, as before", async () => {
    const folder = await mkdtemp(join(root, "one-"));
    await cp(join(root, "audit", "services"), join(folder, "services"), { recursive: true });
    expect(await verify([ofServices, ...notes], folder)).toMatchObject({ code: 1, out: expect.stringContaining("FORKED: 3 kept checkpoint(s) speak of a log that is not here.") });
  });
});

describe("a log of which another file was tampered with", () => {
  const tamper = async (name: string, change: (text: string) => string) => {
    const folder = await mkdtemp(join(root, "tampered-"));
    await cp(join(root, "audit", "services"), join(folder, "services"), { recursive: true });
    const path = join(folder, "services", name);
    await writeFile(path, change(await readFile(path, "utf8")));
    return command("verify", "--folder", folder);
  };

  it.each<[string, string, (text: string) => string, RegExp]>([
    ["the secret of the keys is gone", "person-keys.jsonl", (text) => text.slice(text.indexOf("\n") + 1), /UNREADABLE_KEY: Cannot read the keys of the audit because .*person-keys\.jsonl is damaged/],
    ["a key is none", "person-keys.jsonl", (text) => text.replace(/"key":"\w{9}/, '"key":"'), /UNREADABLE_KEY/],
    ["a key is gone", "person-keys.jsonl", (text) => text.split("\n").toSpliced(1, 1).join("\n"), /UNREADABLE_KEY: The key of an entry is missing/],
    ["the log bears another name", "origin", () => "parcours/services/00000000\n", /FORKED: The file `origin` says parcours\/services\/00000000, and the log's key is the one of parcours\/services\/\w+\./],
  ])("is not as it was written: %s", async (_, name, change, told) => {
    const { code, out } = await tamper(name, change);
    expect(code).toBe(1);
    expect(out).toMatch(told);
    expect(out).not.toContain("As it was written");
  });

  it("is as it was written where nothing was", async () => {
    expect(await tamper("origin", (text) => text)).toMatchObject({ code: 0, out: expect.stringContaining("As it was written") });
  });
});

describe("with one log alone asked for, checkpoints", () => {
  const one = async (log: string, kept: readonly string[], folder = join(root, "audit")) => command("verify", "--log", log, "--folder", folder, "--checkpoint", await keep(...kept));

  it("of other logs are passed over and counted", async () => {
    const { code, out } = await one("services", [ofServices, ...notes]);
    expect(code).toBe(0);
    expect(out).toMatch(/parcours\/services\/\w+: 4 entries, .*\n {2}As it was written\.\n/);
    expect(out).toContain("3 kept checkpoint(s) are of other logs than services, and were not looked at.");
    expect(out).not.toContain("FORKED");
  });

  it("of none but others are no comparison, and it says so", async () => {
    const { code, out } = await one("services", notes);
    expect(code).toBe(2);
    expect(out).toContain("NOT_COMPARED: None of the kept checkpoints is of services; 3 are of other logs.");
  });

  it("of a log of that name that this one took the place of are told as before", async () => {
    const folder = await mkdtemp(join(root, "replaced-"));
    const now = await append("sites", 3, join(folder, "sites"));
    expect(await one("sites", [now, ...notes, ofServices], folder)).toMatchObject({ code: 1, out: expect.stringContaining("FORKED: 3 kept checkpoint(s) speak of a log that is not here.") });
  });
});

describe("a file that holds no checkpoint", () => {
  it.each([
    ["nothing", ""],
    ["another text", "hello\n"],
    ["half a checkpoint", "parcours/sites/12345678\n8\n"],
  ])("is told in a sentence, not called a fork: %s", async (_, text) => {
    const { code, out, told } = await verify([text]);
    expect([code, out]).toEqual([2, ""]);
    expect(told).toMatch(/^SETTING: Expected signed checkpoints in .*kept\.txt, as `npm run audit -- checkpoint` prints them, got (nothing|something else)\.\n/);
  });

  it("is told too where only a part of it is none", async () => {
    expect(await verify([...notes, "parcours/sites/12345678\n9\n"])).toMatchObject({ code: 2, out: "", told: expect.stringContaining("got something else.") });
  });
});

interface BadInput {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function run({ file, args, env = {} }: BadInput): Promise<Ended> {
  return new Promise((settle) => {
    execFile("node_modules/.bin/node", [`subgraphs/${file}`, ...args], { env: { PATH: process.env["PATH"], ...env } }, (error, out, told) => settle({ code: typeof error?.code === "number" ? error.code : 0, out, told }));
  });
}

describe("what an operator got wrong", () => {
  it.each<[string, BadInput, RegExp]>([
    ["a folder that is not there", { file: "audit-command.ts", args: ["verify", "--folder", "/no/such"] }, /^FILE_UNAVAILABLE: Cannot use \/no\/such because it is not there \(ENOENT\)\.\n$/],
    ["a file in a folder's place", { file: "audit-command.ts", args: ["verify", "--folder", "package.json"] }, /^FILE_UNAVAILABLE: Cannot use package\.json because it, or a part of its path, is no folder \(ENOTDIR\)\.\n$/],
    ["an option that there is not", { file: "audit-command.ts", args: ["verify", "--wrong"] }, /^SETTING: Unknown option '--wrong'.*\nSee --help\.\n$/],
    ["a command that there is not", { file: "audit-command.ts", args: ["verfy", "--folder", "."] }, /^SETTING: Expected verify, checkpoint, prove, consistency, purge, logs or retire, got verfy\.\n/],
    ["a subcommand of keys that there is not", { file: "keys.ts", args: ["lisst"], env: { PARCOURS_KEY_RING: "/no/ring.json" } }, /^SETTING: Expected new, rotate, /],
    ["a private key where public ones belong", { file: "main.ts", args: ["serve", "sites", "--open"], env: { PARCOURS_TICKET_JWKS: "PRIVATE", MONGODB_URI: "mongodb://127.0.0.1:1" } }, /^SETTING: Expected public keys to read sharing tickets with, got the private part \(`d`\) of one\./],
    ["a ring in a folder that is not there", { file: "keys.ts", args: ["new"], env: { PARCOURS_KEY_RING: "/no/such/ring.json" } }, /^FILE_UNAVAILABLE: Cannot use \/no\/such\/ring\.json\.\w+ because it is not there \(ENOENT\)\.\n$/],
  ])("is told by a code and a sentence: %s", async (_, bad, told) => {
    const file = join(root, "private.json");
    await writeFile(file, JSON.stringify({ keys: [{ ...createSigningKey(), kid: "one" }] }));
    const ended = await run({ ...bad, env: { ...bad.env, ...(bad.env?.["PARCOURS_TICKET_JWKS"] === "PRIVATE" && { PARCOURS_TICKET_JWKS: file }) } });
    expect(ended).toMatchObject({ out: "", told: expect.stringMatching(told) });
    expect(ended.code).toBeGreaterThan(0);
  });

  it.each([
    ["a MongoDB that is away", "mongodb://user:secret@127.0.0.1:1/?directConnection=true", /^STORE_UNAVAILABLE: MongoDB could not be reached \(\w+\)\. Look at MONGODB_URI\.\n$/],
    ["an address that is none", "postgres://user:secret@nowhere", /^SETTING: Expected an address that MongoDB understands .* Look at MONGODB_URI\.\n$/],
  ])("is told without the address, which may hold a password: %s", async (_, uri, told) => {
    const ring = join(root, "ring.json");
    await rm(ring, { force: true });
    expect(await run({ file: "keys.ts", args: ["new"], env: { PARCOURS_KEY_RING: ring } })).toMatchObject({ code: 0, told: "" });
    const ended = await run({ file: "keys.ts", args: ["list"], env: { PARCOURS_KEY_RING: ring, MONGODB_URI: uri } });
    expect(ended).toMatchObject({ code: 1, out: "", told: expect.stringMatching(told) });
    expect(ended.told).not.toContain("secret");
  });
});
