// Identity stays home (L13, décret 2019-341; L2): what is stored sealed, who reads how to reach somebody in danger, and
// what becomes of all that when a key is destroyed or a row tampered with.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { mayContact } from "../../subgraphs/beneficiaries/danger.ts";
import { inventNir } from "../../subgraphs/beneficiaries/seed.ts";
import { completeNir, type Caller } from "../../subgraphs/kit/kit.ts";
import { besideData, openDemonstrationKeys, openField, SealError } from "../../subgraphs/sealed/sealed.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { openBeneficiaries, pathway, person, printCommands, step, TODAY, world } from "./beneficiaries-world.ts";

const ENDANGERED = person("v1", { story: "violence", birthName: "Roux", phone: "0639980077", email: "v1@example.org", cafNumber: "9200077", householdId: "h-v1" });
const SMALL = world();
const WORLD = world({
  partners: [{ id: "dept-92", name: "Hauts-de-Seine", kind: "DEPARTMENT_COUNCIL", siret: null, departmentCode: "92", communeCode: null, parentId: null, networks: [] }],
  people: [...SMALL.people, ENDANGERED],
  pathways: [...SMALL.pathways, pathway("p-v1", "v1", [step("sv1", "SUPPORT", { status: "IN_PROGRESS", endedAt: null, actors: [{ professionalId: "pro-92-second", role: "LEAD" }] })])],
  professionals: ["pro-92-referent", "pro-92-second"].map((id) => ({ id, givenName: "R", familyName: "R", profession: "SOCIAL_WORKER", employerId: "dept-92", siteIds: ["pole-issy"], teamId: null })),
});

const REFERENT: Partial<Caller> = { professionalId: "pro-92-referent", partnerId: "dept-92", purpose: "SUPPORT", scopes: new Set(["beneficiary:identity"]) };
const COLLEAGUE: Partial<Caller> = { ...REFERENT, professionalId: "pro-92-second" };
const SELF: Partial<Caller> = { personId: "v1", scopes: new Set(["self:read", "beneficiary:identity"]) };

const CONTACT = `query ($id: ID!) { beneficiary(id: $id) {
  identity { birthName nir contact { phone email preferred safeToContact language } localIdentifiers { system value } } withheld { path reason }
} }`;

let subgraph: TestSubgraph;
beforeAll(async () => void (subgraph = await openBeneficiaries(WORLD)));
afterAll(() => subgraph.close());

async function read(id: string, caller: Partial<Caller>) {
  const { data, errors = [] } = await subgraph.ask(CONTACT, { id }, caller);
  const file = JSON.parse(JSON.stringify(data)).beneficiary;
  const said: { path: string; reason: string }[] = file.withheld;
  return { identity: file.identity, withheld: said.filter(({ path }) => path.startsWith("identity")).map(({ path, reason }) => `${path} ${reason}`), errors };
}

describe("how to reach a person", () => {
  it("is read by whoever reads the contact, when that is safe", async () => {
    const { identity, withheld, errors } = await read("b1", REFERENT);
    expect(errors).toEqual([]);
    expect(identity.contact).toMatchObject({ phone: "+33 6 39 98 00 01", email: "b1@example.org", safeToContact: true });
    expect(identity.localIdentifiers).toContainEqual({ system: "caf", value: "9200001" });
    expect(withheld).toEqual(["identity.nir NOT_HABILITATED"]);
  });

  it("is the referent's and the person's alone when a message could endanger them, and the answer says so", async () => {
    const reach = { phone: "0639980077", email: "v1@example.org", preferred: "VIA_REFERENT", safeToContact: false };
    expect((await read("v1", REFERENT)).identity.contact).toMatchObject(reach);
    expect((await read("v1", SELF)).identity.contact).toMatchObject(reach);
    const { identity, withheld } = await read("v1", COLLEAGUE);
    expect(identity.contact).toMatchObject({ ...reach, phone: null, email: null });
    expect(identity.birthName).toBe("Roux");
    expect(withheld).toEqual(["identity.nir NOT_HABILITATED", "identity.contact.phone CONFIDENTIAL_ADDRESS", "identity.contact.email CONFIDENTIAL_ADDRESS"]);
  });

  it("is not even asked of the keys for whoever may not read it", async () => {
    await subgraph.ask('{ beneficiary(id: "v1") { identity { contact { phone email } } } }', {}, COLLEAGUE);
    expect(printCommands(subgraph.commands)).not.toContain("find personKeys");
  });

  it.each([
    ["another role", { role: "CO_LEAD" }, false],
    ["another partner", { partnerId: "ngo" }, false],
    ["a term that begins tomorrow", { since: "2026-03-03" }, false],
    ["a term that ended yesterday", { until: "2026-03-01" }, false],
    ["a term that ends today", { until: TODAY }, true],
    ["a term without an end", {}, true],
  ])("by a member of the team with %s: %j → %s", (_, said, open) => {
    const member = { professionalId: "pro-92-referent", partnerId: "dept-92", role: "LEAD", since: "2025-09-01", until: null, ...said };
    const caller = { personId: null, professionalId: "pro-92-referent", partnerId: "dept-92" };
    expect(mayContact({ _id: "v1", contact: { safeToContact: false }, team: [member] }, caller, TODAY)).toBe(open);
  });
});

describe("the NIR (L13)", () => {
  it.each([
    ["the referent", REFERENT],
    ["the person", SELF],
    ["whoever got hold of its scope", { ...REFERENT, scopes: new Set(["beneficiary:identity", "nir:read"]) }],
  ])("is read by nobody, not by %s", async (_, caller) => {
    expect((await read("v1", caller)).identity.nir).toBeNull();
  });

  it("is stored so that the person's key opens it, for the closed list of purposes", async () => {
    const index = WORLD.people.findIndex(({ id }) => id === "b1");
    const [b1] = WORLD.people.slice(index);
    const key = (await openDemonstrationKeys(subgraph.store.connection).load(["b1"])).get("b1");
    if (b1 === undefined || key === undefined || key instanceof SealError) throw new Error("Expected b1 and a key.");
    const { nir } = await stored("b1");
    expect(openField(key, nir, { collection: "people", id: "b1", path: "nir" })).toBe(completeNir(inventNir(b1, index)));
  });
});

describe("what is stored", () => {
  it("holds no NIR, telephone, e-mail or number of an organisation, in whatever form people write them", async () => {
    const text = await everythingStored();
    const secrets = WORLD.people.flatMap(({ phone, email, cafNumber, ...record }, index) => {
      const nir = inventNir({ phone, email, cafNumber, ...record }, index);
      const nine = phone?.replace(/\D/g, "").slice(-9) ?? null;
      return [nir, completeNir(nir), phone, nine, email, cafNumber, `D${record.departmentCode}-${String(index + 1).padStart(6, "0")}`].filter((secret) => secret !== null);
    });
    expect(secrets.length).toBeGreaterThan(30);
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).toContain("Lefèvre");
  });

  it("refuses a value that somebody forgot to seal", async () => {
    const people = subgraph.store.connection.model("Person");
    const plain = { ...(await stored("b1")), _id: "plain", nir: "295109912611193" };
    await expect(people.create(plain)).rejects.toThrow(/nir/);
  });

  it("is opened for all people of a list by one query for their keys, over an index", async () => {
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Beneficiary { identity { contact { phone } localIdentifiers { value } } } } }`;
    const representations = ["b1", "b2", "v1"].map((id) => ({ __typename: "Beneficiary", id }));
    const { errors } = await subgraph.ask(query, { representations }, REFERENT);
    expect(errors).toBeUndefined();
    const asked = subgraph.commands.filter(({ command }) => command["find"] === "personKeys");
    expect(asked).toHaveLength(1);
    const plan = await besideData(subgraph.store.connection).db?.command({ explain: { find: "personKeys", filter: asked[0]?.command["filter"] }, verbosity: "queryPlanner" });
    expect(JSON.stringify(plan)).toMatch(/IXSCAN|IDHACK/);
    expect(JSON.stringify(plan)).not.toContain("COLLSCAN");
  });
});

describe("a row that was tampered with", () => {
  let damaged: TestSubgraph;
  beforeAll(async () => void (damaged = await openBeneficiaries(WORLD)));
  afterAll(() => damaged.close());

  it("shows nothing where another person's values were copied into it", async () => {
    const people = damaged.store.connection.collection<{ _id: string; contact: object; localIdentifiers: object[] }>("people");
    const other = await people.findOne({ _id: "b2" });
    await people.updateOne({ _id: "b1" }, { $set: { contact: other?.contact ?? {}, localIdentifiers: other?.localIdentifiers ?? [] } });
    const { data, errors = [] } = await damaged.ask(CONTACT, { id: "b1" }, REFERENT);
    const { identity } = JSON.parse(JSON.stringify(data)).beneficiary;
    expect(identity).toMatchObject({ birthName: "Lefèvre", contact: { phone: null }, localIdentifiers: null });
    expect(errors.map(({ path }) => path?.join("."))).toEqual(expect.arrayContaining(["beneficiary.identity.contact.phone", "beneficiary.identity.localIdentifiers"]));
    expect(JSON.stringify(errors)).not.toMatch(/0639980002|9200002|b2/);
  });

  it("reads as somebody without contact once the key is destroyed, in a backup of the data too", async () => {
    const keys = openDemonstrationKeys(damaged.store.connection);
    await keys.destroy("v1");
    const { data, errors } = await damaged.ask(CONTACT, { id: "v1" }, REFERENT);
    expect(errors).toBeUndefined();
    expect(JSON.parse(JSON.stringify(data)).beneficiary.identity).toMatchObject({ contact: { phone: null, email: null }, localIdentifiers: [] });
    expect(await besideData(damaged.store.connection).collection<{ _id: string }>("personKeys").countDocuments({ _id: "v1", wrapped: null })).toBe(1);
  });
});

async function stored(id: string) {
  const row = await subgraph.store.connection.collection<{ _id: string; nir: never }>("people").findOne({ _id: id });
  if (row === null) throw new Error(`Expected ${id}.`);
  return row;
}

/** Both databases, as JSON. */
async function everythingStored(): Promise<string> {
  const { connection } = subgraph.store;
  const texts = [connection, besideData(connection)].map(async ({ db }) => {
    const collections = (await db?.collections()) ?? [];
    return JSON.stringify(await Promise.all(collections.map((one) => one.find().toArray())));
  });
  return (await Promise.all(texts)).join("\n");
}
