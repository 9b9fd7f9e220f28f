// `npm run audit -- prove` and `-- consistency`, as a partner uses them: what they print is checked by the algorithms of
// RFC 9162 written down here once more, with nothing of the product's but the signed checkpoint.
import { execFile } from "node:child_process";
import { createHash, createPublicKey, verify } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { erasePerson, openReadLog, type Entry } from "../../subgraphs/audit/audit.ts";

const ENTRIES = 21;
let root: string;
/** At 8 entries, of both logs. */
let kept: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "parcours-proofs-"));
  kept = join(root, "kept.txt");
  for (const name of ["sites", "services"]) await append(name, 8);
  await command("checkpoint", "--output", kept);
  for (const name of ["sites", "services"]) await append(name, ENTRIES - 8);
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function append(name: string, count: number): Promise<void> {
  const log = await openReadLog({ folder: join(root, "audit", name), name, signingKeyFile: null });
  for (let at = 0; at < count; at++) await log.append(intent(`b${at % 3}`));
  await log.close();
}

function intent(personId: string): Entry {
  return { kind: "intent", at: "2026-03-02T09:00:00.000Z", personId, subject: "s", professionalId: "pro", partnerId: "dept-92", self: false, purpose: "SUPPORT", operationName: "Q", asked: ["Beneficiary.needs"] };
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly told: string;
}

function command(...args: readonly string[]): Promise<Ended> {
  return commandIn(join(root, "audit"), ...args);
}

function commandIn(folder: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((settle) => {
    execFile("node_modules/.bin/node", ["subgraphs/audit-command.ts", ...args, "--folder", folder], (error, out, told) => settle({ code: typeof error?.code === "number" ? error.code : 0, out, told }));
  });
}

interface Inclusion {
  readonly entry: number;
  readonly commitment: string;
  readonly leafHash: string;
  readonly size: number;
  readonly root: string;
  readonly proof: readonly string[];
  readonly checkpoint: string;
}

interface Consistency {
  readonly from: { readonly size: number; readonly root: string };
  readonly to: { readonly size: number; readonly root: string };
  readonly proof: readonly string[];
  readonly checkpoint: string | null;
}

const sha = (...parts: readonly Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const nodeOf = (left: Uint8Array, right: Uint8Array) => sha(Buffer.of(1), left, right);
const bytes = (text: string) => Buffer.from(text, "base64");

/** RFC 9162 §2.1.3.2. */
function includes({ entry, size, commitment, proof, root: end }: Inclusion): boolean {
  if (entry >= size) return false;
  let [fn, sn, r] = [entry, size - 1, sha(Buffer.of(0), bytes(commitment))];
  for (const p of proof.map(bytes)) {
    if (sn === 0) return false;
    if ((fn & 1) === 1 || fn === sn) {
      r = nodeOf(p, r);
      while ((fn & 1) === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else r = nodeOf(r, p);
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  return sn === 0 && r.equals(bytes(end));
}

/** RFC 9162 §2.1.4.2. */
function extendsTree({ from, to, proof }: Consistency): boolean {
  if (from.size === to.size) return proof.length === 0 && from.root === to.root;
  const path = proof.map(bytes);
  if (path.length === 0) return false;
  if ((from.size & (from.size - 1)) === 0) path.unshift(bytes(from.root));
  let [fn, sn] = [from.size - 1, to.size - 1];
  while ((fn & 1) === 1) [fn, sn] = [fn >> 1, sn >> 1];
  const [first = Buffer.alloc(0), ...rest] = path;
  let [fr, sr] = [first, first];
  for (const c of rest) {
    if (sn === 0) return false;
    if ((fn & 1) === 1 || fn === sn) {
      [fr, sr] = [nodeOf(c, fr), nodeOf(c, sr)];
      while ((fn & 1) === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else sr = nodeOf(sr, c);
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  return sn === 0 && fr.equals(bytes(from.root)) && sr.equals(bytes(to.root));
}

/** A C2SP signed note over this size and root. */
async function isSigned(checkpoint: string, name: string, head: { readonly size: number; readonly root: string }): Promise<boolean> {
  const [text = "", signature = ""] = checkpoint.split("\n\n");
  const [, size, rootHash] = text.split("\n");
  const key = bytes((await readFile(join(root, "audit", name, "verifier-key"), "utf8")).trim().split("+").slice(2).join("+")).subarray(1);
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key.toString("base64url") }, format: "jwk" });
  const signed = verify(null, Buffer.from(`${text}\n`), publicKey, bytes(signature.trim().split(" ")[2] ?? "").subarray(4));
  return signed && Number(size) === head.size && rootHash === head.root;
}

const flip = (text: string) => `${text.startsWith("A") ? "B" : "A"}${text.slice(1)}`;

describe("a proof that an entry is in the log", () => {
  it.each([0, 7, 12, ENTRIES - 1])("is accepted by others for entry %i, and refused when anything in it is changed", async (entry) => {
    const { code, out } = await command("prove", "--log", "sites", "--entry", String(entry));
    expect(code).toBe(0);
    const proof = JSON.parse(out) as Inclusion;
    expect([proof.entry, proof.size]).toEqual([entry, ENTRIES]);
    expect(includes(proof)).toBe(true);
    expect(sha(Buffer.of(0), bytes(proof.commitment)).toString("base64")).toBe(proof.leafHash);
    expect(await isSigned(proof.checkpoint, "sites", proof)).toBe(true);
    for (const changed of [
      { ...proof, commitment: flip(proof.commitment) },
      { ...proof, root: flip(proof.root) },
      { ...proof, entry: (entry + 1) % ENTRIES },
      { ...proof, proof: proof.proof.slice(1) },
      { ...proof, proof: [...proof.proof, proof.root] },
      ...proof.proof.map((one, at) => ({ ...proof, proof: proof.proof.with(at, flip(one)) })),
    ]) expect(includes(changed)).toBe(false);
    expect(await isSigned(proof.checkpoint, "services", proof)).toBe(false);
  });

  it("says nothing of whom or what, and holds when the text is gone", async () => {
    const { out } = await command("prove", "--log", "services", "--entry", "0");
    expect(out).not.toMatch(/"b0"|dept-92|needs/);
    const copy = await mkdtemp(join(tmpdir(), "parcours-proofs-copy-"));
    await cp(join(root, "audit"), copy, { recursive: true });
    const log = await openReadLog({ folder: join(copy, "services"), name: "services", signingKeyFile: null });
    await erasePerson(log, "b0", new Date("2026-03-02T10:00:00Z"));
    await log.close();
    const after = JSON.parse((await commandIn(copy, "prove", "--log", "services", "--entry", "0")).out) as Inclusion;
    await rm(copy, { recursive: true });
    expect([after.size, after.commitment]).toEqual([ENTRIES + 1, (JSON.parse(out) as Inclusion).commitment]);
    expect(includes(after)).toBe(true);
  });
});

describe("a proof that the log only grew", () => {
  it.each([
    [1, ENTRIES],
    [8, ENTRIES],
    [13, ENTRIES],
    [5, 11],
    [ENTRIES, ENTRIES],
  ])("is accepted by others from %i to %i entries, and refused when anything in it is changed", async (from, to) => {
    const { out } = await command("consistency", "--log", "sites", "--from", String(from), ...(to === ENTRIES ? [] : ["--to", String(to)]));
    const proof = JSON.parse(out) as Consistency;
    expect([proof.from.size, proof.to.size]).toEqual([from, to]);
    expect(extendsTree(proof)).toBe(true);
    if (to === ENTRIES) expect(await isSigned(proof.checkpoint ?? "", "sites", proof.to)).toBe(true);
    else expect(proof.checkpoint).toBeNull();
    for (const changed of [
      { ...proof, from: { ...proof.from, root: flip(proof.from.root) } },
      { ...proof, to: { ...proof.to, root: flip(proof.to.root) } },
      { ...proof, proof: [...proof.proof, proof.to.root] },
      ...proof.proof.map((one, at) => ({ ...proof, proof: proof.proof.with(at, flip(one)) })),
    ]) expect(extendsTree(changed)).toBe(false);
  });

  it("is given from a checkpoint that a partner kept, for each log", async () => {
    const { code, out } = await command("consistency", "--checkpoint", kept);
    expect(code).toBe(0);
    const proofs = JSON.parse(`[${out.replaceAll("}\n{", "},{")}]`) as Consistency[];
    expect(proofs.map(({ from, to }) => [from.size, to.size])).toEqual([[8, ENTRIES], [8, ENTRIES]]);
    expect(proofs.every(extendsTree)).toBe(true);
    const notes = await readFile(kept, "utf8");
    for (const { from } of proofs) expect(notes).toContain(`\n8\n${from.root}\n`);
  });

  it("is refused to a log that was put back or written anew, and for a checkpoint that somebody made up", async () => {
    const copy = await mkdtemp(join(tmpdir(), "parcours-proofs-anew-"));
    for (const name of ["origin", "signing-key.jwk.json", "verifier-key"]) await cp(join(root, "audit", "sites", name), join(copy, "sites", name), { recursive: true });
    const write = async (count: number) => {
      const log = await openReadLog({ folder: join(copy, "sites"), name: "sites", signingKeyFile: null });
      for (let at = 0; at < count; at++) await log.append(intent("b9"));
      await log.close();
    };
    await write(3);
    expect(await commandIn(copy, "consistency", "--checkpoint", kept)).toMatchObject({ code: 1, out: expect.stringMatching(/: ROLLED_BACK: The log has 3 entries; the checkpoint that was kept has 8\.\n$/) });
    await write(9);
    expect(await commandIn(copy, "consistency", "--checkpoint", kept)).toMatchObject({ code: 1, out: expect.stringMatching(/: FORKED: /) });
    const forged = join(copy, "forged.txt");
    await writeFile(forged, (await readFile(kept, "utf8")).replaceAll("\n8\n", "\n9\n"));
    expect(await command("consistency", "--checkpoint", forged)).toMatchObject({ code: 1, out: expect.stringMatching(/^parcours\/services\/\w+: FORGED: .*\nparcours\/sites\/\w+: FORGED: /) });
    await rm(copy, { recursive: true });
  });
});

describe("what cannot be proved", () => {
  it.each([
    ["an entry that is not there", ["prove", "--log", "sites", "--entry", "21"], "Expected --entry from 0 to 20, the places of the log's last checkpoint, got 21."],
    ["an entry that is no number", ["prove", "--log", "sites", "--entry", "1e3"], "Expected --entry with a whole number, got 1e3."],
    ["no entry", ["prove", "--log", "sites"], "Expected --entry with a whole number, got none."],
    ["an entry of any of several logs", ["prove", "--entry", "0"], "Expected --log to name one of the 2 logs."],
    ["a log that is not there", ["prove", "--log", "partners", "--entry", "0"], "named partners, got none."],
    ["growth from nothing", ["consistency", "--log", "sites", "--from", "0"], "Expected --from from 1 to 21, got 0."],
    ["growth backwards", ["consistency", "--log", "sites", "--from", "9", "--to", "8"], "Expected --from from 1 to 8, got 9."],
    ["growth into the future", ["consistency", "--log", "sites", "--from", "9", "--to", "22"], "Expected --to of 21 at most, the size of the log's last checkpoint, got 22."],
    ["growth since nobody says when", ["consistency", "--log", "sites"], "Expected --from with a whole number, got none."],
  ])("%s is told in a sentence", async (_, args, sentence) => {
    const { code, out, told } = await command(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(told.trim()).toContain(sentence);
  });

  it("entries that are not those that were signed are told in a sentence", async () => {
    const copy = await mkdtemp(join(tmpdir(), "parcours-proofs-tampered-"));
    await cp(join(root, "audit", "sites"), join(copy, "sites"), { recursive: true });
    const path = join(copy, "sites", "journal", "000000000000.jsonl");
    await writeFile(path, (await readFile(path, "utf8")).replace(/"c":"(.)/, (_, first) => `"c":"${flip(String(first))}`));
    expect(await commandIn(copy, "prove", "--entry", "0")).toMatchObject({ code: 2, told: expect.stringContaining("are not those that were signed. Ask `npm run audit -- verify`") });
    await rm(copy, { recursive: true });
  });
});
