// A subgraph that is killed under load: every reading that somebody got an answer to is in the log, and so is what it was told
// by its database: a file that ended before it started, and a deed that was written beside it (L12).
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it } from "@jest/globals";
import { importJWK, SignJWT, type JWK } from "jose";
import mongoose from "mongoose";

import { openReadLog } from "../../subgraphs/audit/audit.ts";
import { openEntry } from "../../subgraphs/audit/entry.ts";
import { readLines } from "../../subgraphs/audit/journal.ts";
import { testMongodbUri } from "../harness/subgraph.ts";

const PORT = 27_461;
const ASKERS = 8;
const ENOUGH = 150;

it("has every acknowledged reading after SIGKILL", async () => {
  const folder = await mkdtemp(join(tmpdir(), "parcours-kill-"));
  const prefix = `test-kill-${randomUUID().slice(0, 6)}-`;
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as JWK;
  await writeFile(join(folder, "jwks.json"), JSON.stringify({ keys: [{ kty: jwk.kty, crv: jwk.crv, x: jwk.x, kid: "k", alg: "EdDSA" }] }));
  const key = await importJWK({ ...jwk, alg: "EdDSA" }, "EdDSA");
  const token = await new SignJWT({ professional: "pro-92-referent", partner: "dept-92", purpose: "SUPPORT" })
    .setProtectedHeader({ alg: "EdDSA", kid: "k" })
    .setIssuer("gateway")
    .setAudience("beneficiaries")
    .setSubject("referent")
    .setExpirationTime("5m")
    .sign(key);
  const audits = join(folder, "audit");
  const env = { ...process.env, MONGODB_URI: testMongodbUri(), PARCOURS_DATABASE_PREFIX: prefix, PARCOURS_AUDIT_FOLDER: audits, PARCOURS_GATEWAY_JWKS: join(folder, "jwks.json") };
  const database = await mongoose.createConnection(testMongodbUri(), { dbName: `${prefix}beneficiaries` }).asPromise();
  const [orders, deeds] = [database.collection<{ _id: string }>("auditErasures"), database.collection<{ _id: string }>("deeds")];
  await orders.insertOne({ _id: "gone" });
  const child = spawn(process.execPath, ["subgraphs/main.ts", "serve", "beneficiaries", "--seed", "--port", String(PORT)], { env, stdio: "ignore" });
  const ended = new Promise((settle) => child.once("exit", settle));
  try {
    await waitUntilUp();
    expect(await orders.countDocuments()).toBe(0);
    await deeds.insertOne({ _id: "deed", mutation: "giveGrant", at: new Date(), personId: "b1", subjectId: "none", unlogged: new Date() } as never);
    await waitUntil(async () => (await deeds.countDocuments({ unlogged: { $exists: true } })) === 0, "The deed did not come into the log.");
    const acknowledged: string[] = [];
    const ask = async (): Promise<void> => {
      for (let run = 0; ; run++) {
        const name = `Q${randomUUID().slice(0, 8)}`;
        const response = await fetch(`http://127.0.0.1:${PORT}/graphql`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-gateway-caller": token },
          body: JSON.stringify({ query: `query ${name} { beneficiary(id: "b1") { needs { theme } } }` }),
        });
        const answer = (await response.json()) as { data?: { beneficiary?: { needs?: unknown[] | null } } };
        if (!Array.isArray(answer.data?.beneficiary?.needs)) throw new Error(JSON.stringify(answer));
        acknowledged.push(name);
        if (acknowledged.length === ENOUGH) child.kill("SIGKILL");
      }
    };
    const failures = await Promise.allSettled(Array.from({ length: ASKERS }, ask));
    await ended;
    expect(failures.map((one) => (one.status === "rejected" && one.reason instanceof Error ? one.reason.message.startsWith("{") : false))).not.toContain(true);
    const log = await openReadLog({ folder: join(audits, "beneficiaries"), name: "beneficiaries", signingKeyFile: null });
    const written = new Set<string | null>();
    const others: string[] = [];
    for await (const line of readLines(log.folder, 0)) {
      const entry = openEntry(line, log.keys.keyNamed(line.k ?? "") ?? null);
      if (entry?.kind === "intent") written.add(entry.operationName);
      else if (entry?.kind === "erasure" || entry?.kind === "deed") others.push(entry.kind);
    }
    await log.close();
    expect(others).toEqual(["erasure", "deed"]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(ENOUGH);
    expect(acknowledged.filter((name) => !written.has(name))).toEqual([]);
  } finally {
    child.kill("SIGKILL");
    await ended;
    await database.dropDatabase();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);

function waitUntilUp(): Promise<void> {
  return waitUntil(() => fetch(`http://127.0.0.1:${PORT}/health`).then(({ ok }) => ok, () => false), "The subgraph did not come up.");
}

async function waitUntil(isSo: () => Promise<boolean>, otherwise: string): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (await isSo()) return;
    await new Promise((settle) => setTimeout(settle, 150));
  }
  throw new Error(otherwise);
}
