// At services, sites and partners, as at beneficiaries: no audit, no data; and a reading that somebody got an answer to is in the
// log, though the process is killed under load (L12; GDPR art. 5.2).
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { graphql } from "graphql";
import { importJWK, SignJWT, type JWK } from "jose";
import mongoose from "mongoose";

import { openAudit, openReadLog } from "../../subgraphs/audit/audit.ts";
import { openEntry } from "../../subgraphs/audit/entry.ts";
import { readLines } from "../../subgraphs/audit/journal.ts";
import { ANONYMOUS, buildSchema, createClock } from "../../subgraphs/kit/kit.ts";
import { createTestTickets } from "../harness/law.ts";
import { testMongodbUri } from "../harness/subgraph.ts";
import { openFourDatabases, type FourDatabases } from "./four-databases.ts";

const TODAY = "2026-03-02";
const CALLER = { subject: "referent", professionalId: "pro-92-referent", partnerId: "dept-92", personId: null, purpose: "SUPPORT" } as const;
const EACH: readonly (readonly [name: string, fields: string, port: number])[] = [
  ["services", "referrals { id }", 27_471],
  ["sites", "appointments { id }", 27_472],
  ["partners", "careTeam { role }", 27_473],
];

const queryOf = (fields: string, name = "Q") => `query ${name}($of: [_Any!]!) { _entities(representations: $of) { ... on Beneficiary { told: ${fields} } } }`;

interface Answer {
  readonly data?: { readonly _entities: readonly ({ readonly told: readonly unknown[] | null } | null)[] } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: unknown } }[];
}

describe("where the log cannot be written", () => {
  let four: FourDatabases;
  let folder: string;
  beforeAll(async () => {
    four = await openFourDatabases(`test-each-${randomUUID().slice(0, 8)}-`, TODAY);
    folder = await mkdtemp(join(tmpdir(), "parcours-each-"));
  }, 120_000);
  afterAll(async () => {
    await four.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(EACH)("nothing of anybody is read at %s", async (name, fields, _port) => {
    const [subgraph, store] = [four.subgraphs.get(name), four.stores.get(name)];
    if (subgraph === undefined || store === undefined) throw new Error(`No ${name}.`);
    let isFull = false;
    const openFile = async () => ({ write: async () => (isFull ? Promise.reject(new Error("disk full")) : undefined), truncate: async () => undefined, close: async () => undefined });
    const audit = await openAudit({ folder: join(folder, name), name, signingKeyFile: null, months: 12, now: () => new Date(), told: () => undefined, openFile });
    const open = await subgraph.open(store.connection);
    const [schema, clock] = [buildSchema(subgraph), createClock(`${TODAY}T09:00:00Z`)];
    const ask = async (): Promise<Answer> => {
      const caller = { ...ANONYMOUS, ...CALLER };
      const of = four.tickets.carry([{ __typename: "Beneficiary", id: "b1" }], `${TODAY}T09:00:00Z`, { caller });
      const contextValue = open.createContext({ caller, clock, audit: audit.begin({ caller, clock }) });
      return JSON.parse(JSON.stringify(await graphql({ schema, source: queryOf(fields), variableValues: { of }, contextValue }))) as Answer;
    };
    const { data } = await ask();
    expect(data?._entities[0]?.told?.length).toBeGreaterThan(0);
    isFull = true;
    expect(await ask()).toMatchObject({ data: { _entities: [{ told: null }] }, errors: [{ message: "Cannot write the read audit." }] });
    await audit.close();
  });
});

const ASKERS = 8;
const ENOUGH = 120;

it.each(EACH)("%s, killed, has every acknowledged reading in its log", async (name, fields, port) => {
  const folder = await mkdtemp(join(tmpdir(), "parcours-kill-each-"));
  const prefix = `test-kill-${randomUUID().slice(0, 6)}-`;
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as JWK;
  const tickets = createTestTickets();
  await writeFile(join(folder, "jwks.json"), JSON.stringify({ keys: [{ kty: jwk.kty, crv: jwk.crv, x: jwk.x, kid: "k", alg: "EdDSA" }] }));
  await writeFile(join(folder, "tickets.json"), JSON.stringify(tickets.issuer.publicKeys));
  const key = await importJWK({ ...jwk, alg: "EdDSA" }, "EdDSA");
  const { subject, professionalId, partnerId, purpose } = CALLER;
  const token = await new SignJWT({ professional: professionalId, partner: partnerId, purpose })
    .setProtectedHeader({ alg: "EdDSA", kid: "k" })
    .setIssuer("gateway")
    .setAudience(name)
    .setSubject(subject)
    .setExpirationTime("5m")
    .sign(key);
  const paths = { PARCOURS_AUDIT_FOLDER: join(folder, "audit"), PARCOURS_GATEWAY_JWKS: join(folder, "jwks.json"), PARCOURS_TICKET_JWKS: join(folder, "tickets.json") };
  const env = { ...process.env, MONGODB_URI: testMongodbUri(), PARCOURS_DATABASE_PREFIX: prefix, ...paths };
  const child = spawn(process.execPath, ["subgraphs/main.ts", "serve", name, "--seed", "--port", String(port)], { env, stdio: "ignore" });
  const ended = new Promise((settle) => child.once("exit", settle));
  try {
    await waitUntilUp(port);
    const of = tickets.carry([{ __typename: "Beneficiary", id: "b1" }], new Date().toISOString(), { caller: CALLER });
    const acknowledged: string[] = [];
    const ask = async (): Promise<void> => {
      for (;;) {
        const operation = `Q${randomUUID().slice(0, 8)}`;
        const body = JSON.stringify({ query: queryOf(fields, operation), variables: { of } });
        const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: "POST", headers: { "content-type": "application/json", "x-gateway-caller": token }, body });
        const answer = (await response.json()) as Answer;
        if (!Array.isArray(answer.data?._entities[0]?.told)) throw new Error(`Not read: ${JSON.stringify(answer)}`);
        acknowledged.push(operation);
        if (acknowledged.length === ENOUGH) child.kill("SIGKILL");
      }
    };
    const failures = await Promise.allSettled(Array.from({ length: ASKERS }, ask));
    await ended;
    expect(failures.filter((one) => one.status === "rejected" && String(one.reason).includes("Not read"))).toEqual([]);
    const log = await openReadLog({ folder: join(folder, "audit", name), name, signingKeyFile: null });
    const written = new Set<string | null>();
    for await (const line of readLines(log.folder, 0)) {
      const entry = openEntry(line, log.keys.keyNamed(line.k ?? "") ?? null);
      if (entry?.kind === "intent") written.add(entry.operationName);
    }
    await log.close();
    expect(acknowledged.length).toBeGreaterThanOrEqual(ENOUGH);
    expect(acknowledged.filter((one) => !written.has(one))).toEqual([]);
  } finally {
    child.kill("SIGKILL");
    await ended;
    const database = await mongoose.createConnection(testMongodbUri(), { dbName: `${prefix}${name}` }).asPromise();
    await database.dropDatabase();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);

async function waitUntilUp(port: number): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (await fetch(`http://127.0.0.1:${port}/health`).then(({ ok }) => ok, () => false)) return;
    await new Promise((settle) => setTimeout(settle, 150));
  }
  throw new Error("The subgraph did not come up.");
}
