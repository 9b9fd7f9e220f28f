// What is said in free text of a right to share — how a consent is known, why a family was not informed — is sealed under the
// data key of the person whom it is about (L14: GDPR art. 17), and reads as before for whoever reads the right.
import { randomUUID } from "node:crypto";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import { openPersonDoor, type Caller } from "../../subgraphs/kit/kit.ts";
import { besideData, createKeyRing, createKeyStore, type KeyEncryption, type RingKey } from "../../subgraphs/sealed/sealed.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph } from "../harness/subgraph.ts";
import { NIR_KEY, NOW, world } from "./beneficiaries-world.ts";
import { B1, CHILD_WORKER, CONSENT, openGrantsWorld, REFERENT, type GrantsWorld } from "./grants-world.ts";

type Json = Record<string, unknown>;

const WORDS = { form: "Formulaire signé devant l’éducatrice", call: "Appel du 2 mars", danger: "Danger pour l’enfant" };
const TYPES: Readonly<Record<string, string>> = { giveGrant: "GiveGrantInput", acceptGrant: "GrantChangeInput" };

let file: GrantsWorld;
const ring = (kid: string): RingKey => ({ kty: "oct", kid, k: Buffer.alloc(32, kid).toString("base64url") });
let keys: KeyEncryption;
const turning: KeyEncryption = { current: () => keys.current(), wrap: (...said) => keys.wrap(...said), unwrap: (...said) => keys.unwrap(...said) };

beforeEach(async () => {
  keys = createKeyRing([ring("january")]);
  file = await openGrantsWorld({ openKeys: (data) => createKeyStore(besideData(data), turning) });
  // Who protects the child is in its file by a ground that there is already.
  await file.store.connection.collection("grants").insertOne({
    ...{ _id: "seed" as never, personId: "c1", basis: "CHILD_PROTECTION", status: "ACTIVE", purpose: "CHILD_PROTECTION" },
    ...{ dataCategories: ["IDENTITY", "CHILD_PROTECTION", "PATHWAY"], toPartnerIds: ["dept-92"], professionalIds: [], givenAt: new Date("2026-01-01"), informedAt: new Date("2026-01-01") },
    ...{ expiresAt: null, withdrawnAt: null, liftedAt: null, informedException: null, evidence: null },
  });
});
afterEach(() => file.close());

async function write(mutation: string, input: Json, by: Partial<Caller>, key: string = randomUUID()): Promise<Json> {
  const query = `mutation M($input: ${TYPES[mutation]}!, $key: ID!) { ${mutation}(input: $input, idempotencyKey: $key) { grant { id evidence } errors { code field } } }`;
  const { data, errors } = await file.ask(query, { input, key }, by);
  expect(errors).toBeUndefined();
  return (JSON.parse(JSON.stringify(data)) as Record<string, Json>)[mutation] ?? {};
}

const EVIDENCE = 'query ($id: ID!) { beneficiary(id: $id) { grants { id evidence } } }';

async function readEvidence(id = "b1", by: Partial<Caller> = B1): Promise<{ readonly evidence: unknown[]; readonly faults: string[] }> {
  const { data, errors = [] } = await file.ask(EVIDENCE, { id }, by);
  const grants = (JSON.parse(JSON.stringify(data)) as { beneficiary: { grants: Json[] } }).beneficiary.grants;
  return { evidence: grants.map(({ evidence }) => evidence), faults: errors.map(({ originalError }) => String(originalError)) };
}

const CHILD = { beneficiaryId: "c1", basis: "CHILD_PROTECTION", purpose: "CHILD_PROTECTION", dataCategories: ["CHILD_PROTECTION"], toPartnerIds: ["dept-92"] };

async function writeAll(): Promise<void> {
  expect(await write("giveGrant", { ...CONSENT, evidence: WORDS.form }, REFERENT)).toMatchObject({ grant: { evidence: WORDS.form }, errors: [] });
  // Oldest first.
  file.pass(1);
  const { grant } = await write("giveGrant", { ...CONSENT, evidence: null }, REFERENT);
  expect(await write("acceptGrant", { grantId: (grant as Json)["id"], evidence: WORDS.call }, REFERENT)).toMatchObject({ grant: { evidence: WORDS.call }, errors: [] });
  expect(await write("giveGrant", { ...CHILD, informedException: WORDS.danger }, CHILD_WORKER)).toMatchObject({ errors: [] });
}

async function stored(): Promise<string> {
  const collections = (await file.store.connection.db?.collections()) ?? [];
  return JSON.stringify(await Promise.all(collections.map((one) => one.find().toArray())));
}

const exported = async (id: string) =>
  JSON.stringify(await openPersonDoor(file.store.connection, { name: "beneficiaries", tables: subgraph().personData }).exportPerson(id, new Set()));
const subgraph = () => createBeneficiaries({ blindingKey: NIR_KEY, tickets: createTestTickets().issuer, openKeys: (data) => createKeyStore(besideData(data), turning) });

describe("how a consent is known", () => {
  it("and why a family was not informed are read by whom they are for, and stored in no form that anybody reads", async () => {
    await writeAll();
    expect(await readEvidence()).toEqual({ evidence: [WORDS.form, WORDS.call], faults: [] });
    const text = await stored();
    for (const words of Object.values(WORDS)) expect(text).not.toContain(words);
    const rows = await file.rows("grants", { personId: "c1", _id: { $ne: "seed" } });
    expect(rows).toEqual([expect.objectContaining({ informedException: expect.stringMatching(/^v1\./), evidence: null })]);
  });

  it("stands in the person's export, which says nothing of a child's protection (L4)", async () => {
    await writeAll();
    const own = await exported("b1");
    expect(own).toContain(WORDS.form);
    expect(own).toContain(WORDS.call);
    expect(await exported("c1")).not.toContain(WORDS.danger);
  });

  it("is the same answer when the same write is asked for again", async () => {
    const key = randomUUID();
    const first = await write("giveGrant", { ...CONSENT, evidence: WORDS.form }, REFERENT, key);
    expect(await write("giveGrant", { ...CONSENT, evidence: WORDS.form }, REFERENT, key)).toEqual(first);
    expect(await file.rows("grants", { personId: "b1" })).toHaveLength(1);
  });

  it("opens through a rotation of the ring", async () => {
    await writeAll();
    keys = createKeyRing([ring("february"), ring("january")]);
    expect(await createKeyStore(besideData(file.store.connection), keys).rewrap()).toBeGreaterThan(0);
    keys = createKeyRing([ring("february")]);
    expect((await readEvidence()).evidence).toEqual([WORDS.form, WORDS.call]);
  });

  it("reads as null once the person's key is destroyed, and is taken no more", async () => {
    await writeAll();
    await createKeyStore(besideData(file.store.connection), turning).destroy("b1");
    expect(await readEvidence()).toEqual({ evidence: [null, null], faults: [] });
    const before = await file.rows("grants");
    expect(await write("giveGrant", { ...CONSENT, evidence: WORDS.form }, REFERENT)).toMatchObject({ grant: null, errors: [{ code: "NOT_ALLOWED" }] });
    expect(await file.rows("grants")).toEqual(before);
  });

  it("opens in no other row: who moves it reads nothing", async () => {
    await writeAll();
    const [one, other] = await file.rows("grants", { personId: "b1" });
    await file.store.connection.collection("grants").updateOne({ _id: one?.["_id"] as never }, { $set: { evidence: other?.["evidence"] } });
    const { evidence, faults } = await readEvidence();
    expect(evidence).toEqual([null, WORDS.call]);
    expect(faults).toEqual([expect.stringContaining("Cannot open grants.evidence because it was changed")]);
  });

  it("costs one query for the keys, however many rights there are", async () => {
    await writeAll();
    await readEvidence();
    expect(file.commands.filter(({ command }) => command["find"] === "personKeys")).toHaveLength(1);
  });
});

it("the demonstration's rights are seeded sealed", async () => {
  const seeded = await openTestSubgraph(createBeneficiaries({ blindingKey: NIR_KEY, tickets: createTestTickets().issuer }), { at: NOW, world: world() });
  try {
    const said = (await seeded.store.connection.collection("grants").find({ evidence: { $ne: null } }).toArray()).map(({ evidence }) => evidence);
    expect(said.length).toBeGreaterThan(0);
    expect(said).toEqual(said.map(() => expect.stringMatching(/^v1\./)));
  } finally {
    await seeded.close();
  }
});
