// What partners decides and the others go by (L11: habilitation ends in time; L7: conventions; L8: how long a file is kept):
// changed in partners' database, carried over by HTTP, and in force after one refresh.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { createBeneficiaries, openRetention } from "../../subgraphs/beneficiaries/subgraph.ts";
import { carryDirectory, directoryOf, type Carrying, type CarryEvent, type DirectoryCopy } from "../../subgraphs/directory/directory.ts";
import type { Caller } from "../../subgraphs/kit/kit.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createSites } from "../../subgraphs/sites/subgraph.ts";
import { createWorld } from "../../subgraphs/world/world.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { TEST_CLOCK, TEST_TODAY, type Json } from "../harness/stack.ts";
import { makeKeys, publishPartners, standBetween, type Between, type Published } from "./directory-world.ts";

const REFERENT = { professionalId: "pro-92-referent", partnerId: "dept-92", purpose: "SUPPORT", scopes: new Set(["beneficiary:identity"]) } as const;
const OFFICER = { professionalId: "pro-ngo-1", partnerId: "ngo-toit-et-vie", purpose: "REFERRAL" } as const;
const KEY = new Uint8Array(32);

const world = createWorld(TEST_TODAY);

let published: Published;
let between: Between;
let beneficiaries: TestSubgraph;
let services: TestSubgraph;
let sites: TestSubgraph;
const carryings: Carrying[] = [];
const events: (CarryEvent & { readonly of: string })[] = [];

beforeAll(async () => {
  published = await publishPartners(await makeKeys(), world);
  between = await standBetween(published.url);
  const { issuer, options } = createTestTickets();
  beneficiaries = await openTestSubgraph(createBeneficiaries({ blindingKey: KEY, tickets: issuer }), { at: TEST_CLOCK, world });
  services = await openTestSubgraph(createServices(options), { at: TEST_CLOCK, world });
  sites = await openTestSubgraph(createSites(options), { at: TEST_CLOCK, world });
  for (const [of, subgraph] of Object.entries({ beneficiaries, services, sites })) {
    const source = await published.source({ asker: of, url: between.url });
    carryings.push(await carryDirectory({ source, copy: copyOf(subgraph), everyMs: 3_600_000, told: (event) => void events.push({ of, ...event }) }));
  }
}, 180_000);
afterAll(async () => {
  for (const { close } of carryings) await close();
  for (const one of [beneficiaries, services, sites, published, between]) await one.close();
});

function copyOf({ open: { directoryCopy } }: TestSubgraph): DirectoryCopy {
  if (directoryCopy === null) throw new Error("Expected a copy of the directory.");
  return directoryCopy;
}

const refresh = () => Promise.all(carryings.map((one) => one.refresh()));
const rows = (name: "professionals" | "agreements" | "partners") => published.partners.store.connection.collection<{ _id: string }>(name);

/** As partners' operators would; undone when the test is over. */
async function withChange(name: Parameters<typeof rows>[0], id: string, [change, test]: readonly [object, () => Promise<void>]): Promise<void> {
  const before = await rows(name).findOne({ _id: id });
  if (before === null) throw new Error(`Expected ${id} among ${name}.`);
  await rows(name).updateOne({ _id: id }, change);
  try {
    await refresh();
    await test();
  } finally {
    await rows(name).replaceOne({ _id: id }, before);
    await refresh();
  }
}

async function readFile(caller: Partial<Caller>): Promise<Json> {
  const { data } = await beneficiaries.ask('{ beneficiary(id: "b1") { identity { birthName } pathways { id } withheld { path reason } } }', {}, caller);
  return data?.["beneficiary"];
}

const readReferral = async (caller: Partial<Caller>): Promise<Json> => (await services.ask('{ referral(id: "r-p1-housing") { id } }', {}, caller)).data?.["referral"];

describe("the directory of partners", () => {
  it("is at first what the others were seeded with: nothing is written, and then nothing is sent", async () => {
    expect(events).toEqual(["beneficiaries", "services", "sites"].map((of) => ({ of, outcome: "same" })));
    expect((await published.partners.open.directory?.read(null))?.directory).toEqual({ ...directoryOf(world), ...(await inOrder()) });
    const sent = between.seen.length;
    await refresh();
    const answers = between.seen.slice(sent).map(({ answer }) => answer.length);
    expect(answers).toHaveLength(3);
    expect(Math.max(...answers)).toBeLessThan(1_000);
    expect(events).toHaveLength(3);
  });

  it("names nobody: neither professionals nor people in care", async () => {
    const [first] = between.seen;
    const text = Buffer.from(first?.answer.split(".")[1] ?? "", "base64url").toString();
    expect(text).toContain("pro-92-referent");
    const names = [...world.professionals.map(({ givenName, familyName }) => `${givenName} ${familyName}`), ...world.people.map(({ birthName, usageName }) => usageName ?? birthName)];
    expect(names.filter((name) => text.includes(`"${name}`))).toEqual([]);
    expect(text).not.toMatch(/displayName|label/);
  });

  it("ends a habilitation: after one refresh nothing is read at beneficiaries and services (L11)", async () => {
    expect(await readFile(REFERENT)).toMatchObject({ identity: { birthName: expect.any(String) } });
    expect(await readReferral(REFERENT)).toEqual({ id: "r-p1-housing" });
    const change = { $set: { "habilitation.validTo": "2026-03-01" } };
    await withChange("professionals", REFERENT.professionalId, [change, async () => {
      const { identity, pathways, withheld } = await readFile(REFERENT);
      expect({ identity, pathways, reasons: new Set(withheld.map(({ reason }: Json) => reason)) }).toEqual({ identity: null, pathways: null, reasons: new Set(["NOT_HABILITATED"]) });
      expect(await readReferral(REFERENT)).toBeNull();
      const { data } = await services.ask('{ referralInbox(partnerId: "dept-92") { totalCount withheld { reason } } }', {}, REFERENT);
      expect(data).toEqual({ referralInbox: { totalCount: 0, withheld: [{ reason: "NOT_HABILITATED" }] } });
      expect(await sites.store.connection.collection<{ _id: string }>("standings").findOne({ _id: REFERENT.professionalId })).toMatchObject({ habilitation: { validTo: "2026-03-01" } });
    }]);
    expect(await readFile(REFERENT)).toMatchObject({ identity: { birthName: expect.any(String) } });
    expect(await readReferral(REFERENT)).toEqual({ id: "r-p1-housing" });
  });

  it("knows no more who is not in it any more, or works for another organisation (L11)", async () => {
    await withChange("professionals", REFERENT.professionalId, [{ $set: { employerId: "dept-14" } }, async () => {
      expect([await readReferral(REFERENT), (await readFile(REFERENT)).pathways]).toEqual([null, null]);
    }]);
    const row = await rows("professionals").findOne({ _id: REFERENT.professionalId });
    await rows("professionals").deleteOne({ _id: REFERENT.professionalId });
    await refresh();
    expect([await readReferral(REFERENT), (await readFile(REFERENT)).pathways]).toEqual([null, null]);
    if (row !== null) await rows("professionals").insertOne(row);
    await refresh();
    expect(await readReferral(REFERENT)).toEqual({ id: "r-p1-housing" });
  });

  it("ends a convention: grants that stood on it open nothing more (L7, CASF L.263-4-1)", async () => {
    expect((await readFile(OFFICER)).pathways).not.toBeNull();
    const convention = directoryOf(world).agreements.find(({ partyIds, purposes }) => partyIds.includes("dept-92") && partyIds.includes(OFFICER.partnerId) && purposes.includes("REFERRAL"));
    await withChange("agreements", convention?.id ?? "", [{ $set: { validTo: "2026-03-01" } }, async () => {
      const { pathways, withheld } = await readFile(OFFICER);
      expect([pathways, withheld.find(({ path }: Json) => path === "pathways")?.reason]).toEqual([null, "PURPOSE_NOT_COVERED"]);
    }]);
    expect((await readFile(OFFICER)).pathways).not.toBeNull();
  });

  it("changes how long a council keeps its files: retention goes by it, for that council alone (L8)", async () => {
    const retention = openRetention(beneficiaries.store.connection, KEY);
    const before = await retention.review(TEST_TODAY);
    const months = async (departmentCode: string) => beneficiaries.store.connection.collection("people").distinct("retentionMonths", { departmentCode });
    await withChange("partners", "dept-92", [{ $set: { retentionMonths: 1 } }, async () => {
      expect([await months("92"), await months("14")]).toEqual([[1], [24]]);
      const { counts } = await retention.review(TEST_TODAY);
      expect(counts.INTERMEDIATE_ARCHIVE).toBeGreaterThan(before.counts.INTERMEDIATE_ARCHIVE);
      expect(counts.ACTIVE).toBeLessThan(before.counts.ACTIVE);
    }]);
    expect((await retention.review(TEST_TODAY)).counts).toEqual(before.counts);
  });

  it("that gives a file more time keeps one from its end that was due a moment ago (L8)", async () => {
    const people = beneficiaries.store.connection.collection<{ _id: string }>("people");
    const [id, lastContactAt] = ["b3", new Date("2021-06-01T09:00:00Z")];
    const kept = await people.findOne({ _id: id });
    await people.updateOne({ _id: id }, { $set: { lastContactAt, litigationHold: false } });
    const retention = openRetention(beneficiaries.store.connection, KEY);
    const due = (await retention.review(TEST_TODAY)).due.find(({ personId }) => personId === id);
    await withChange("partners", `dept-${String(kept?.["departmentCode" as never])}`, [{ $set: { retentionMonths: 36 } }, async () => {
      expect(due).toMatchObject({ personId: id, retentionMonths: 24 });
      expect(due === undefined ? "" : await retention.begin(due, TEST_TODAY)).toBeNull();
    }]);
    if (kept !== null) await people.replaceOne({ _id: id }, kept);
  });
});

/** Partners answers by id. */
async function inOrder(): Promise<object> {
  const { standings, agreements, retention } = directoryOf(world);
  const byId = <Row>(list: readonly Row[], idOf: (row: Row) => string): Row[] => [...list].sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  return { standings: byId(standings, ({ id }) => id), agreements: byId(agreements, ({ id }) => id), retention: byId(retention, ({ holderId }) => holderId) };
}
