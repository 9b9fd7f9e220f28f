// The settings by which readings are told and taken in: what is not as it must be is said at the start, and no key is.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { ReadIndex } from "../../subgraphs/audit/audit.ts";
import { readCommand } from "../../subgraphs/config.ts";
import type { Log } from "../../subgraphs/kit/kit.ts";
import { followReadings, openMessages, type ReadingsStart } from "../../subgraphs/messages.ts";

const read = (env: Readonly<Record<string, string>>) => readCommand(["serve", "sites"], env);
const NONE = { readings: null, readingsSenders: null };

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "parcours-readings-"))));
afterAll(() => rm(folder, { recursive: true }));

async function keyFile(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

describe("the settings of readings", () => {
  it("are an address with a key, or a file for each sender", () => {
    expect(read({})).toMatchObject({ settings: NONE });
    const env = { PARCOURS_READINGS_URL: "http://beneficiaries:4001/readings", PARCOURS_READINGS_KEY_FILE: "key" };
    expect(read(env)).toMatchObject({ settings: { readings: { url: "http://beneficiaries:4001/readings", keyFile: "key" } } });
    expect(read({ PARCOURS_READINGS_SENDERS: "services=a, sites=b" })).toMatchObject({ settings: { readingsSenders: new Map([["services", "a"], ["sites", "b"]]) } });
  });

  it.each([
    [{ PARCOURS_READINGS_URL: "http://x/readings" }, "got one of the two"],
    [{ PARCOURS_READINGS_KEY_FILE: "key" }, "got one of the two"],
    ...["ftp://x/readings", "http://me:secret@x/readings", "readings"].map((url) => [{ PARCOURS_READINGS_URL: url, PARCOURS_READINGS_KEY_FILE: "key" }, "without a user or password, got another."] as const),
    ...["services", "services=", "ministry=a", "beneficiaries=a", "sites=a,sites=b", ""].map((text) => [{ PARCOURS_READINGS_SENDERS: text }, "Expected PARCOURS_READINGS_SENDERS to name"] as const),
  ])("are refused as %j", (env, message) => {
    expect(() => read(env as Readonly<Record<string, string>>)).toThrow(message);
    expect(() => read(env as Readonly<Record<string, string>>)).not.toThrow(/secret/);
  });
});

describe("a start", () => {
  const said: object[] = [];
  const log = { info: (line: object) => void said.push(line) } as unknown as Log;
  const index: ReadIndex = { last: async () => -1, add: async () => undefined, forget: async () => undefined };
  const start = (settings: Partial<ReadingsStart["settings"]>, open: Partial<ReadingsStart["open"]> = {}): ReadingsStart => ({ name: "sites", open: { readIndex: null, receivedIndex: null, ...open }, settings: { ...NONE, ...settings }, log });

  it("without the address says that people do not see who read here", async () => {
    await followReadings(start({}), { follow: () => expect(true).toBe(false) });
    expect(said).toEqual([{ event: "readings", subgraph: "sites", shown: false, reason: expect.stringMatching(/^PARCOURS_READINGS_URL is not set/) }]);
  });

  it("follows the own index, or the one at the address", async () => {
    const followed: ReadIndex[] = [];
    const audit = { follow: (one: ReadIndex) => void followed.push(one) };
    await followReadings(start({}, { readIndex: index }), audit);
    const readings = { url: "http://127.0.0.1:9/readings", keyFile: await keyFile("key", `whsec_${Buffer.alloc(32).toString("base64")}\n`) };
    await followReadings(start({ readings }), audit);
    expect(followed[0]).toBe(index);
    await expect(followed[1]?.last("parcours/sites/01234567")).rejects.toThrow(/^[A-Za-z_]+$/);
  });

  it.each([["short", "whsec_c2hvcnQ=", "got 5"], ["empty", "", "got 0"], ["one of two", `whsec_${Buffer.alloc(32).toString("base64")}\nc2hvcnQ=`, "got 5"]])("with a key that is %s says so, and not the key", async (name, text, told) => {
    const file = await keyFile(name, text);
    const attempts = [followReadings(start({ readings: { url: "http://x", keyFile: file } }), { follow: () => undefined }), openMessages(start({ readingsSenders: new Map([["sites", file]]) }, { receivedIndex: index }))];
    for (const [at, setting] of ["PARCOURS_READINGS_KEY_FILE", "PARCOURS_READINGS_SENDERS"].entries()) {
      await expect(attempts[at]).rejects.toThrow(`Expected 24 to 64 bytes in base64 in the file that ${setting} names, ${told}.`);
    }
  });

  it("takes in messages only where there is an index and there are senders", async () => {
    const readingsSenders = new Map([["sites", await keyFile("good", Buffer.alloc(32).toString("base64"))]]);
    expect(await openMessages(start({ readingsSenders }))).toEqual({});
    expect(await openMessages(start({}, { receivedIndex: index }))).toEqual({});
    expect((await openMessages(start({ readingsSenders }, { receivedIndex: index }))).messages?.path).toBe("/readings");
  });
});
