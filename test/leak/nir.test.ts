// Where a NIR may not be (L13, décret 2019-341): in no address, log, error, answer, export, audit file, database document
// or file of the database, in the open or as base64. Over a stack of its own, whose people's numbers the test knows, and
// whose mongod compresses nothing, so that what lies on the disk can be read.
import { execFile } from "node:child_process";
import { appendFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startStack, type Stack } from "../../deploy/stack.ts";
import { inventNir } from "../../subgraphs/beneficiaries/seed.ts";
import { completeNir, openStore, type Store } from "../../subgraphs/kit/kit.ts";
import { startMongod, type Mongod } from "../../subgraphs/mongod/mongod.ts";
import { createWorld } from "../../subgraphs/world/world.ts";
import { freePorts } from "../harness/ports.ts";
import { TEST_CLOCK, TEST_TODAY, type Json } from "../harness/stack.ts";
import { createNirSearch } from "./find-nirs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { people } = createWorld(TEST_TODAY);
const NIRS = people.map((person, index) => completeNir(inventNir(person, index)));
const NIR = NIRS[people.findIndex(({ id }) => id === "b1")] ?? "";
const WRONG = `${NIR.slice(0, 13)}${String(98 - (Number(NIR.slice(13)) % 97)).padStart(2, "0")}`;
const found = createNirSearch(NIRS);

const UNCOMPRESSED = [
  "--wiredTigerCollectionBlockCompressor",
  "none",
  "--wiredTigerJournalCompressor",
  "none",
  "--wiredTigerIndexPrefixCompression",
  "false",
];
const SUBGRAPHS = ["beneficiaries", "services", "sites", "partners"];

let folder: string;
let mongod: Mongod;
let stack: Stack;
let store: Store;
/** Every answer, the one of an export included, by what was asked. */
const answers = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parcours-nir-"));
  mongod = await startMongod({ folder: join(folder, "mongodb"), progress: () => undefined, env: process.env, args: UNCOMPRESSED });
  const [gatewayPort, subgraphPort] = await freePorts();
  const recorder = fileURLToPath(new URL("url-recorder.mjs", import.meta.url));
  process.env["NODE_OPTIONS"] = `--import=${recorder}`;
  stack = await startStack({
    ...{ gatewayPort, subgraphPort, dataFolder: join(folder, "data"), inMemory: false, seed: true, today: TEST_TODAY, clock: TEST_CLOCK },
    ...{ env: { ...process.env, MONGODB_URI: mongod.uri }, progress: () => undefined, databasePrefix: "nir-" },
  });
  delete process.env["NODE_OPTIONS"];
  store = await openStore({ uri: mongod.uri, database: "nir-beneficiaries" });
  await askEverything();
}, 240_000);

afterAll(async () => {
  await store?.close();
  await stack?.close();
  await mongod?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function askEverything(): Promise<void> {
  for (const persona of ["hauts-de-seine-referent", "data-steward", "person-b1", "crip-professional"]) {
    for (const name of (await readdir(join(ROOT, "queries"))).filter((file) => file.endsWith(".graphql"))) {
      const variables = await readFile(join(ROOT, "queries", name.replace(".graphql", ".variables.json")), "utf8").catch(() => "{}");
      await post(`${name} by ${persona}`, persona, { query: await readFile(join(ROOT, "queries", name), "utf8"), variables: JSON.parse(variables) });
    }
    for (const [what, body] of hostileBodies()) await post(`${what} by ${persona}`, persona, body);
  }
  const { token } = stack.personas.find(({ id }) => id === "data-steward") ?? {};
  const identity = await fetch(`${stack.gatewayUrl}/graphql`, {
    method: "POST",
    headers: { "content-type": "text/plain", authorization: `Bearer ${token}` },
    body: NIR,
  });
  answers.set("no JSON", await identity.text());
  answers.set("export", await exportOf("b1"));
}

/** With a NIR where none belongs, and where one does. */
function hostileBodies(): [string, object][] {
  const search = "query ($input: BeneficiarySearchInput!) { beneficiarySearch(input: $input) { totalCount nodes { id } } }";
  const inputs: readonly Json[] = [
    { nir: NIR },
    { nir: WRONG },
    { nir: `${NIR} x` },
    { localId: NIR },
    { name: NIR },
    { communeCode: NIR },
    { birthDate: NIR },
    { nir: [NIR] },
    { [`n${NIR}`]: 1 },
  ];
  const mutations: readonly (readonly [string, string, Json])[] = [
    [
      "giveGrant",
      "GiveGrantInput",
      { beneficiaryId: NIR, basis: "CONSENT", purpose: "REFERRAL", dataCategories: ["IDENTITY"], toPartnerIds: ["dept-92"] },
    ],
    ["giveGrant", "GiveGrantInput", { beneficiaryId: "b1", basis: NIR, purpose: NIR, dataCategories: [NIR], toPartnerIds: [NIR], expiresAt: NIR }],
    ["withdrawGrant", "GrantChangeInput", { grantId: NIR, reason: 7 }],
    ["opposeSharing", "OpposeSharingInput", { beneficiaryId: NIR, basis: "INSERTION_NETWORK", reason: NIR }],
    ["openEmergencyAccess", "OpenEmergencyAccessInput", { beneficiaryId: NIR, reason: "OTHER", text: NIR }],
    ["reviewEmergencyAccess", "ReviewEmergencyAccessInput", { emergencyAccessId: NIR, verdict: "JUSTIFIED", comment: NIR }],
    ["requestRectification", "RectificationInput", { beneficiaryId: NIR, category: "IDENTITY", statement: NIR }],
    ["requestRectification", "RectificationInput", { beneficiaryId: "b2", category: "IDENTITY", statement: `Mon NIR est ${NIR}.` }],
    ["extendRectification", "ExtendRectificationInput", { requestId: NIR, reason: NIR }],
    ["setLitigationHold", "LitigationHoldInput", { beneficiaryId: NIR, hold: NIR, reason: NIR }],
  ];
  return [
    ...inputs.map((input, index): [string, object] => [`search ${index}`, { query: search, variables: { input: { purpose: "SUPPORT", ...input } } }]),
    ["a literal", { query: `{ beneficiarySearch(input: { nir: "${NIR}", purpose: SUPPORT }) { totalCount } }` }],
    ["a wrong literal", { query: `{ beneficiarySearch(input: { nir: "${WRONG}", purpose: SUPPORT }) { totalCount } }` }],
    ["a literal of another type", { query: `{ beneficiarySearch(input: { nir: "1", purpose: SUPPORT }, first: ${NIR}) { totalCount } }` }],
    ["no field", { query: `{ n${NIR} }` }],
    ["no syntax", { query: `{ "${NIR}" }` }],
    ["an operation's name", { query: `query n${NIR} { beneficiary(id: "b1") { id } }`, operationName: `n${NIR}` }],
    ["no operation", { query: 'query q { beneficiary(id: "b1") { id } }', operationName: NIR }],
    ["a cursor", { query: `{ beneficiarySearch(input: { name: "ma", purpose: SUPPORT }, after: "${NIR}") { totalCount } }` }],
    ...mutations.map(([name, type, input], index): [string, object] => [
      `${name} ${index}`,
      {
        query: `mutation ($input: ${type}!, $key: ID!) { ${name}(input: $input, idempotencyKey: $key) { errors { code field message } } }`,
        variables: { input, key: index % 2 === 0 ? `key-${index}` : NIR },
      },
    ]),
  ];
}

async function post(what: string, persona: string, body: object): Promise<void> {
  const { token } = stack.personas.find(({ id }) => id === persona) ?? {};
  const response = await fetch(`${stack.gatewayUrl}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  answers.set(what, await response.text());
}

async function exportOf(id: string): Promise<string> {
  const output = join(folder, "data", "export");
  const env = {
    ...process.env,
    MONGODB_URI: mongod.uri,
    PARCOURS_DATABASE_PREFIX: "nir-",
    PARCOURS_KEY_RING: join(stack.folders.keys, "key-ring.json"),
    PARCOURS_AUDIT_FOLDER: stack.folders.audit,
    PARCOURS_CLOCK: TEST_CLOCK,
  };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, "subgraphs/main.ts"), "export", "--person", id, "--out", output],
    { env },
  );
  const files = (await readdir(output, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")));
  return [stdout, stderr, ...texts].join("\n");
}

/** Each file below, by its path. */
async function searchFiles(below: string): Promise<string[]> {
  const files = (await readdir(below, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const hits: string[] = [];
  for (const file of files)
    hits.push(...found.in(await readFile(file).catch(() => Buffer.alloc(0))).map((nir) => `${file.slice(below.length)}: ${nir}`));
  return hits;
}

/** Every document of the four databases and of the log by which a replica follows. */
async function searchDocuments(): Promise<string[]> {
  const hits: string[] = [];
  for (const database of [...SUBGRAPHS.flatMap((name) => [`nir-${name}`, `nir-${name}-keys`]), "local"]) {
    const opened = store.connection.useDb(database, { useCache: false });
    for (const { name } of await opened.listCollections()) {
      const documents = opened.collection(name).find({}, { raw: true });
      for await (const document of documents) hits.push(...found.in(document as unknown as Buffer).map((nir) => `${database}.${name}: ${nir}`));
    }
  }
  return hits;
}

async function flush(): Promise<void> {
  await store.connection.getClient().db("admin").command({ fsync: 1 });
}

describe("the search for NIRs", () => {
  it("finds one in the open, without its key, and as base64 wherever it begins", () => {
    const forms = [
      NIR,
      NIR.slice(0, 13),
      `x${NIR}y`,
      `1${NIR}`,
      ...["", "a", "ab"].flatMap((before) => [btoa(before + NIR), Buffer.from(`${before}${NIR.slice(0, 13)}`).toString("base64url")]),
    ];
    for (const form of forms) expect({ form, hits: found.in(form).length > 0 }).toEqual({ form, hits: true });
    expect(found.in(`${NIR.slice(0, 12)} ${NIR.slice(13)} ${btoa("1234567890123")}`)).toEqual([]);
  });
});

describe("a NIR of anybody", () => {
  it("is in no answer, no error and no export", () => {
    expect(answers.size).toBeGreaterThan(150);
    expect(answers.get("export")).toContain("parcours-person-export");
    expect([...answers].flatMap(([what, text]) => found.in(text).map((nir) => `${what}: ${nir}`))).toEqual([]);
  });

  it("is in no line that a process printed, the addresses that it got and sent among them", async () => {
    const logs = await Promise.all(["gateway", ...SUBGRAPHS].map(async (name) => readFile(join(stack.folders.logs, `${name}.log`), "utf8")));
    for (const log of logs) expect(log).toMatch(/^POST \/graphql$/m);
    expect(logs[0]).toMatch(/^POST http:\/\/127\.0\.0\.1:\d+\/graphql$/m);
    expect(await searchFiles(stack.folders.logs)).toEqual([]);
  });

  it("is in no audit file, no key file and nothing else that the stack keeps beside its databases", async () => {
    expect((await readdir(stack.folders.audit, { recursive: true })).length).toBeGreaterThan(4);
    expect(await searchFiles(stack.folders.data)).toEqual([]);
  });

  it("is in no document of the four databases, though people have one, sealed", async () => {
    expect(await store.connection.collection("people").countDocuments({ nir: { $ne: null } })).toBeGreaterThan(100);
    expect(await searchDocuments()).toEqual([]);
  }, 60_000);

  it("is in no file of the database, where a need can be read", async () => {
    await flush();
    const files = (await readdir(join(folder, "mongodb"))).filter((name) => name.startsWith("collection-") || name.endsWith(".wt"));
    const bytes = await Promise.all(files.map((name) => readFile(join(folder, "mongodb", name)).catch(() => Buffer.alloc(0))));
    expect(bytes.some((one) => one.includes("Se maintenir dans le logement"))).toBe(true);
    // How a consent is known is sealed.
    expect(bytes.some((one) => one.includes("Formulaire sign"))).toBe(false);
    expect(await searchFiles(join(folder, "mongodb"))).toEqual([]);
  }, 60_000);

  it("would be found in each of these places if one were put there", async () => {
    await store.connection.collection("planted").insertOne({ text: `it is ${NIR}` });
    await store.connection.collection("planted").insertOne({ text: btoa(`it is ${NIR}`) });
    await flush();
    await appendFile(join(stack.folders.logs, "gateway.log"), `${NIR}\n`);
    await fetch(`${stack.gatewayUrl}/health/ready?nir=${NIR}`);
    expect(await searchDocuments()).toEqual(
      expect.arrayContaining([`nir-beneficiaries.planted: ${NIR.slice(0, 13)}`, `nir-beneficiaries.planted: b64 ${NIR.slice(0, 13)}`]),
    );
    expect((await searchFiles(join(folder, "mongodb"))).length).toBeGreaterThan(0);
    const [log, ...others] = await searchFiles(stack.folders.data);
    expect({ log, others }).toEqual({ log: `/logs/gateway.log: ${NIR.slice(0, 13)}`, others: [] });
    expect(await readFile(join(stack.folders.logs, "gateway.log"), "utf8")).toContain(`/health/ready?nir=${NIR}`);
  }, 60_000);
});
