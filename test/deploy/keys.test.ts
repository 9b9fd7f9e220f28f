// `npm run keys`, run: a ring is made, rotated beside people whose data keys it wraps, and what would lose them is refused.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { openStore, type Store } from "../../subgraphs/kit/kit.ts";
import { createKeyStore, openKeyRing, type RingKey } from "../../subgraphs/sealed/sealed.ts";
import { testMongodbUri } from "../harness/subgraph.ts";

const PREFIX = `test-keys-${randomUUID().slice(0, 8)}-`;

let folder: string;
let file: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keys-"));
  file = join(folder, "ring.json");
  store = await openStore({ uri: testMongodbUri(), database: `${PREFIX}beneficiaries-keys` });
});
afterAll(async () => {
  await store.connection.dropDatabase();
  await store.close();
  await rm(folder, { recursive: true });
});

/** What the command printed, on either stream, and how it ended. */
function keys(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const settings = { PATH: process.env["PATH"], PARCOURS_KEY_RING: file, MONGODB_URI: testMongodbUri(), PARCOURS_DATABASE_PREFIX: PREFIX, ...env };
  return new Promise((settle) => {
    execFile(process.execPath, ["subgraphs/keys.ts", ...args], { env: settings }, (error, out, err) => settle(`${String(error?.code ?? 0)} ${out}${err}`));
  });
}

const kids = async () => (JSON.parse(await readFile(file, "utf8")) as { keys: RingKey[] }).keys.map(({ kid }) => kid);

describe("npm run keys", () => {
  it("rotates a ring while a process that has it open reads on, and loses nobody", async () => {
    expect(await keys(["new"])).toMatch(/^0 .*ring\.json: \d{4}-\d{2}-\d{2}-[0-9a-f]{8}\n$/);
    expect((await stat(file)).mode & 0o077).toBe(0);
    const [first = ""] = await kids();
    const running = createKeyStore(store.connection, await openKeyRing(file));
    const made = await running.make(["b1", "b2"]);
    expect(await keys(["retire", first])).toMatch(/^1 SETTING: Cannot retire .* because it is the one that wraps\. Use rotate first\.\n$/);
    expect(await keys(["rotate"])).toMatch(/^0 .* wraps from now on; run rewrap, then retire/);
    expect(await keys(["retire", first])).toMatch(/^1 SETTING: Cannot retire .* because it still wraps 2 data keys\. Use rewrap first\.\n$/);
    expect(await keys(["rewrap"])).toBe("0 beneficiaries: 2 data keys wrapped anew\nsites: 0 data keys wrapped anew\n");
    expect(await keys(["retire", first])).toMatch(/^0 .* is off the ring/);
    const [second = ""] = await kids();
    expect([await kids(), await keys(["list"])]).toEqual([[second], `0 ${second}  wraps 2, first\n`]);
    expect(await running.keyOf("b1")).toEqual(made.get("b1")?.bytes);
    expect((await running.make(["b3"])).has("b3")).toBe(true);
  }, 120_000);

  it("refuses what would lose keys or cannot be done, and prints no key", async () => {
    const before = await readFile(file, "utf8");
    const said = [await keys(["new"]), await keys(["turn"]), await keys(["retire", "2020"]), await keys(["list"], { PARCOURS_KEY_RING: join(folder, "none.json") }), await keys(["list"], { PARCOURS_KEYRING: "x" })];
    expect(said.map((text) => text.replaceAll(folder, "…"))).toEqual([
      expect.stringMatching(/^1 SETTING: Cannot write a new key ring to …\/ring\.json because there is a file already\./),
      expect.stringMatching(/^1 SETTING: Expected new, rotate, rewrap, list or retire, got turn\./),
      expect.stringMatching(/^1 SETTING: Expected a key of the ring \(.*\), got 2020\./),
      expect.stringMatching(/^1 KEY_RING_UNREADABLE: Cannot read the key ring …\/none\.json because of ENOENT\./),
      expect.stringMatching(/^1 SETTING: Unknown setting PARCOURS_KEYRING\./),
    ]);
    expect(await readFile(file, "utf8")).toBe(before);
    const { keys: ring } = JSON.parse(before) as { keys: RingKey[] };
    expect(ring.filter(({ k }) => said.some((text) => text.includes(k)))).toEqual([]);
  }, 120_000);
});
