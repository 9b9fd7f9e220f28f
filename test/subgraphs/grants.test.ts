// Rights to share, written: who may give, end and object to them, on which conditions, and each of it once.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import { testMongodbUri } from "../harness/subgraph.ts";
import { B1, B2, CHILD_WORKER, COLLEAGUE, CONSENT, FAR_AWAY, GIVE_GRANT, NGO, openGrantsWorld, REFERENT, type GrantsWorld } from "./grants-world.ts";

let file: GrantsWorld;
beforeAll(async () => void (file = await openGrantsWorld()));
afterAll(() => file.close());

const WRITTEN = ["grants", "writes", "deeds", "turns"];
beforeEach(async () => {
  for (const name of WRITTEN) await file.store.connection.collection(name).deleteMany({});
});

type Said = Record<string, unknown>;

let keys = 0;
const nextKey = () => `key-${(keys += 1)}`;

/** The payload of a mutation; fails the test on an error that is no payload's. */
async function write(mutation: string, { input, by, key = nextKey() }: { input: Said; by: Partial<Caller>; key?: string }): Promise<Said & { errors: Said[] }> {
  const type = TYPES[mutation] ?? "GrantChangeInput";
  const answer = TYPES_OF_ANSWER[mutation] ?? "grant { id status basis purpose dataCategories toPartnerIds givenAt expiresAt withdrawnAt informedAt evidence }";
  const text = `mutation M($input: ${type}!, $key: ID!) { ${mutation}(input: $input, idempotencyKey: $key) { ${answer} errors { code field message } } }`;
  const { data, errors } = await file.ask(text, { input, key }, by);
  expect(errors).toBeUndefined();
  return (data as unknown as Record<string, Said & { errors: Said[] }>)[mutation] ?? { errors: [] };
}

const TYPES: Readonly<Record<string, string>> = { giveGrant: "GiveGrantInput", opposeSharing: "OpposeSharingInput", requestRectification: "RectificationInput", setLitigationHold: "LitigationHoldInput" };
const TYPES_OF_ANSWER: Readonly<Record<string, string>> = {
  opposeSharing: "grants { id status basis toPartnerIds }",
  requestRectification: "request { id category state askedAt dueAt }",
  setLitigationHold: "retention { state destroyOn litigationHold }",
};

const FILE = '{ beneficiary(id: "b1") { identity { birthName } needs { id } withheld { path reason } } }';

async function seenBy(caller: Partial<Caller>): Promise<{ readonly name: unknown; readonly why: unknown }> {
  const { data } = await file.ask(FILE, {}, caller);
  const person = (data as unknown as { beneficiary: { identity: { birthName: string } | null; withheld: { path: string; reason: string }[] } }).beneficiary;
  return { name: person.identity?.birthName ?? null, why: person.withheld.find(({ path }) => path === "identity")?.reason ?? null };
}

async function given(said: Said = {}, by: Partial<Caller> = REFERENT): Promise<{ readonly id: string } & Said> {
  const { grant, errors } = await write("giveGrant", { input: { ...CONSENT, ...said }, by });
  expect(errors).toEqual([]);
  return grant as { readonly id: string } & Said;
}

function codes({ errors }: { readonly errors: readonly Said[] }): unknown[] {
  return errors.map(({ code, field }) => [code, field]);
}

describe("a consent (L2, L15)", () => {
  it("opens the file at once to whom it is given, and withdrawn closes it at once", async () => {
    expect(await seenBy(NGO)).toEqual({ name: null, why: "NO_GRANT" });
    const grant = await given();
    expect(grant).toMatchObject({ status: "ACTIVE", expiresAt: "2027-03-02T00:00:00.000Z" });
    expect(await seenBy(NGO)).toEqual({ name: "Lefèvre", why: null });
    const { grant: over } = await write("withdrawGrant", { input: { grantId: grant.id }, by: B1 });
    expect(over).toMatchObject({ status: "WITHDRAWN", withdrawnAt: "2026-03-02T09:00:00.000Z" });
    expect(await seenBy(NGO)).toEqual({ name: null, why: "GRANT_EXPIRED" });
  });

  it("without evidence waits for the person, who accepts", async () => {
    const { id, status } = await given({ evidence: null });
    expect([status, await seenBy(NGO)]).toEqual(["PENDING", { name: null, why: "NO_GRANT" }]);
    expect(codes(await write("acceptGrant", { input: { grantId: id }, by: REFERENT }))).toEqual([["BASIS_CONDITIONS_NOT_MET", "evidence"]]);
    expect((await write("acceptGrant", { input: { grantId: id }, by: B1 })).grant).toMatchObject({ status: "ACTIVE", informedAt: expect.any(String) });
    expect((await seenBy(NGO)).name).toBe("Lefèvre");
  });

  it("refused opens nothing and cannot be accepted any more", async () => {
    const { id } = await given({ evidence: null });
    expect((await write("refuseGrant", { input: { grantId: id }, by: B1 })).grant).toMatchObject({ status: "REFUSED" });
    expect(codes(await write("acceptGrant", { input: { grantId: id }, by: B1 }))).toEqual([["STATE_CONFLICT", "grantId"]]);
    expect((await seenBy(NGO)).name).toBeNull();
  });

  it("of the person herself needs no paper and may open what her referent does not read", async () => {
    expect(await given({ evidence: null, dataCategories: ["HEALTH"] }, B1)).toMatchObject({ status: "ACTIVE" });
    const refused = await write("giveGrant", { input: { ...CONSENT, dataCategories: ["HEALTH"] }, by: REFERENT });
    expect(codes(refused)).toEqual([["BASIS_CONDITIONS_NOT_MET", "dataCategories"]]);
  });

  it("supersedes an older one in one step", async () => {
    const old = await given();
    const { id } = await given({ supersedes: old.id, dataCategories: ["NEEDS"] });
    const rows = await file.rows("grants");
    expect(rows.map(({ _id, status }) => [_id, status]).sort()).toEqual([[old.id, "SUPERSEDED"], [id, "ACTIVE"]].sort());
    expect(await seenBy(NGO)).toEqual({ name: null, why: "GRANT_EXPIRED" });
  });

  it("is EXPIRED by the clock, and then not withdrawn", async () => {
    const { id } = await given({ expiresAt: "2026-03-02T10:00:00Z" });
    await file.store.connection.collection<{ _id: string }>("grants").updateOne({ _id: id }, { $set: { expiresAt: new Date("2026-03-02T08:59:59Z") } });
    const refused = await write("withdrawGrant", { input: { grantId: id }, by: B1 });
    expect(refused.errors).toEqual([{ code: "STATE_CONFLICT", field: "grantId", message: "Cannot make the grant WITHDRAWN because it is EXPIRED." }]);
  });
});

describe("what is refused", () => {
  const at = "2026-02-01T09:00:00Z";
  it.each<[string, Said, string, string | null, Partial<Caller>]>([
    ["a purpose that the convention has not (L7)", { purpose: "SUPPORT" }, "PURPOSE_NOT_IN_AGREEMENT", "purpose", REFERENT],
    ["a partner without a convention", { toPartnerIds: ["nobody"] }, "PURPOSE_NOT_IN_AGREEMENT", "purpose", REFERENT],
    ["a child's protected data by consent (L4)", { dataCategories: ["CHILD_PROTECTION"] }, "BASIS_CONDITIONS_NOT_MET", "dataCategories", B1],
    ["no category", { dataCategories: [] }, "BAD_USER_INPUT", "dataCategories", REFERENT],
    ["no partner", { toPartnerIds: [] }, "BAD_USER_INPUT", "toPartnerIds", REFERENT],
    ["an end that is over", { expiresAt: at }, "BAD_USER_INPUT", "expiresAt", REFERENT],
    ["information to come", { informedAt: "2026-04-01T09:00:00Z" }, "BAD_USER_INPUT", "informedAt", REFERENT],
    ["an empty evidence", { evidence: " " }, "BAD_USER_INPUT", "evidence", REFERENT],
    ["what the law presumes (L2)", { basis: "SAME_CARE_TEAM" }, "BASIS_CONDITIONS_NOT_MET", "basis", REFERENT],
    ["an emergency as a grant", { basis: "VITAL_INTEREST" }, "BASIS_CONDITIONS_NOT_MET", "basis", REFERENT],
    ["a named exchange with nobody named (L2)", { basis: "NAMED_EXCHANGE", informedAt: at }, "BASIS_CONDITIONS_NOT_MET", "professionalIds", REFERENT],
    ["a named exchange with somebody not bound (L2)", { basis: "NAMED_EXCHANGE", informedAt: at, professionalIds: ["pro-ngo-1"] }, "BASIS_CONDITIONS_NOT_MET", "professionalIds", REFERENT],
    ["a named exchange with oneself, which would outlast the team (L2, item 8)", { basis: "NAMED_EXCHANGE", informedAt: at, toPartnerIds: ["dept-92"], professionalIds: ["pro-92-second", "pro-92-referent"] }, "BASIS_CONDITIONS_NOT_MET", "professionalIds", REFERENT],
    ["a named exchange of which nobody was told (L2)", { basis: "NAMED_EXCHANGE", professionalIds: ["pro-ngo-1"] }, "BASIS_CONDITIONS_NOT_MET", "informedAt", REFERENT],
    ["coordination with who does not act (L3)", { basis: "SOCIAL_ACTION_COORDINATION", toPartnerIds: ["france-travail"] }, "BASIS_CONDITIONS_NOT_MET", "toPartnerIds", REFERENT],
    ["child protection by another professional (L4)", { basis: "CHILD_PROTECTION", purpose: "EVALUATION", informedAt: at }, "BASIS_CONDITIONS_NOT_MET", "basis", REFERENT],
    ["a network that takes in justice (L7)", { basis: "INSERTION_NETWORK", informedAt: at, dataCategories: ["JUSTICE"] }, "BASIS_CONDITIONS_NOT_MET", "dataCategories", REFERENT],
    ["an obligation without its text", { basis: "LEGAL_OBLIGATION", evidence: null }, "BASIS_CONDITIONS_NOT_MET", "evidence", REFERENT],
    ["a professional's ground by the person", { basis: "INSERTION_NETWORK", informedAt: at }, "BASIS_CONDITIONS_NOT_MET", "basis", B1],
  ])("%s", async (_name, said, code, field, by) => {
    const payload = await write("giveGrant", { input: { ...CONSENT, ...said }, by });
    expect(codes(payload)).toEqual([[code, field]]);
    expect(payload.grant).toBeNull();
    for (const name of WRITTEN) expect(await file.rows(name)).toEqual([]);
  });

  it("gives an unknown person and one whom the caller has no business with the same bytes and the same commands (L1)", async () => {
    const asked = async (beneficiaryId: string) => {
      const payload = await write("giveGrant", { input: { ...CONSENT, beneficiaryId }, by: FAR_AWAY });
      return { payload, commands: file.commands.map(({ name, command }) => `${name} ${String(command[name])}`) };
    };
    const [unknown, known] = [await asked("nobody"), await asked("b1")];
    expect(JSON.stringify(known)).toBe(JSON.stringify(unknown));
    expect(codes(unknown.payload)).toEqual([["NOT_ALLOWED", null]]);
    expect(unknown.commands).toContain("find people");
  });

  it.each<[string, Partial<Caller>]>([
    ["another person", B2],
    ["a professional elsewhere", FAR_AWAY],
    ["a professional for another purpose than they are habilitated for", { ...REFERENT, purpose: "EVICTION_PREVENTION" }],
    ["one without the scope", { ...REFERENT, scopes: new Set<string>() }],
    ["nobody in particular", {}],
  ])("is the same to withdraw by %s as for a grant that there is not", async (_name, by) => {
    const { id } = await given();
    const known = await write("withdrawGrant", { input: { grantId: id }, by });
    expect(known).toEqual(await write("withdrawGrant", { input: { grantId: "grant-none" }, by }));
    expect(codes(known)).toEqual([["NOT_ALLOWED", null]]);
  });
});

describe("who left the team (item 8)", () => {
  afterEach(async () => void (await people().updateOne({ _id: "b1" }, { $set: { "team.$[one].until": null } }, { arrayFilters: [{ "one.professionalId": "pro-92-referent" }] })));
  const people = () => file.store.connection.collection<{ _id: string }>("people");
  const leaveOn = (until: string) => people().updateOne({ _id: "b1" }, { $set: { "team.$[one].until": until } }, { arrayFilters: [{ "one.professionalId": "pro-92-referent" }] });

  it("reads on for thirty days, and from the first of them writes nothing any more", async () => {
    const { id } = await given();
    await leaveOn("2026-03-01");
    expect((await seenBy(REFERENT)).name).toBe("Lefèvre");
    const writes: [string, Said][] = [
      ["giveGrant", { ...CONSENT, dataCategories: ["NEEDS"] }],
      ["withdrawGrant", { grantId: id }],
      ["opposeSharing", { beneficiaryId: "b1", basis: "SAME_CARE_TEAM" }],
      ["requestRectification", { beneficiaryId: "b1", category: "IDENTITY", statement: "Mon nom s’écrit Lefebvre" }],
    ];
    for (const [mutation, input] of writes) expect([mutation, codes(await write(mutation, { input, by: REFERENT }))]).toEqual([mutation, [["NOT_ALLOWED", null]]]);
  });

  it("writes on the last day in it", async () => {
    await leaveOn("2026-03-02");
    expect(await given()).toMatchObject({ status: "ACTIVE" });
  });
});

describe("grounds that need no consent", () => {
  it("CHILD_PROTECTION is given by who protects, and never withdrawn nor objected to (L4)", async () => {
    await file.store.connection.collection("grants").insertOne({ _id: "seed" as never, personId: "c1", basis: "CHILD_PROTECTION", status: "ACTIVE", purpose: "CHILD_PROTECTION", dataCategories: ["IDENTITY", "CHILD_PROTECTION", "PATHWAY"], toPartnerIds: ["dept-92"], givenAt: new Date("2026-01-01"), expiresAt: null, withdrawnAt: null, informedAt: new Date("2026-01-01"), informedException: null, professionalIds: [], evidence: null });
    const input = { beneficiaryId: "c1", basis: "CHILD_PROTECTION", purpose: "CHILD_PROTECTION", dataCategories: ["CHILD_PROTECTION"], toPartnerIds: ["dept-92"] };
    expect(codes(await write("giveGrant", { input, by: CHILD_WORKER }))).toEqual([["BASIS_CONDITIONS_NOT_MET", "informedAt"]]);
    const { grant } = await write("giveGrant", { input: { ...input, informedException: "Danger pour l’enfant" }, by: CHILD_WORKER });
    expect(grant).toMatchObject({ status: "ACTIVE", expiresAt: null });
    const { errors } = await write("withdrawGrant", { input: { grantId: (grant as Said)["id"] }, by: CHILD_WORKER });
    expect(errors).toMatchObject([{ code: "STATE_CONFLICT", message: "Cannot make the grant WITHDRAWN because its ground is CHILD_PROTECTION, which is not withdrawn." }]);
    expect(codes(await write("opposeSharing", { input: { beneficiaryId: "c1", basis: "CHILD_PROTECTION" }, by: CHILD_WORKER }))).toEqual([["BASIS_CONDITIONS_NOT_MET", "basis"]]);
  });

  it("CHILD_PROTECTION is as little there to withdraw or replace as none, for who may not read of it (L4)", async () => {
    const grant = { _id: "secret", personId: "b1", basis: "CHILD_PROTECTION", status: "ACTIVE", purpose: "CHILD_PROTECTION", dataCategories: ["CHILD_PROTECTION"], toPartnerIds: ["dept-92"], givenAt: new Date("2026-01-01"), expiresAt: null, withdrawnAt: null, liftedAt: null, informedAt: null, informedException: null, professionalIds: [], evidence: null };
    await file.store.connection.collection<{ _id: string }>("grants").insertOne(grant);
    for (const by of [REFERENT, B1]) {
      const known = [await write("withdrawGrant", { input: { grantId: "secret" }, by }), await write("giveGrant", { input: { ...CONSENT, supersedes: "secret" }, by })];
      expect(known).toEqual([await write("withdrawGrant", { input: { grantId: "none" }, by }), await write("giveGrant", { input: { ...CONSENT, supersedes: "none" }, by })]);
      expect(known.map(codes)).toEqual([[["NOT_ALLOWED", null]], [["NOT_ALLOWED", null]]]);
    }
  });

  it("LEGAL_OBLIGATION is given with its text, and never withdrawn", async () => {
    const { id } = await given({ basis: "LEGAL_OBLIGATION", evidence: "Décret 2021-8" });
    expect(codes(await write("withdrawGrant", { input: { grantId: id }, by: B1 }))).toEqual([["STATE_CONFLICT", "grantId"]]);
  });

  it("objected to end, and nothing begins on them again (L7)", async () => {
    const network = { basis: "INSERTION_NETWORK", purpose: "SUPPORT", dataCategories: ["IDENTITY", "EMPLOYMENT"], toPartnerIds: ["france-travail"], informedAt: "2026-02-01T09:00:00Z" };
    const { id } = await given(network);
    const { grants } = await write("opposeSharing", { input: { beneficiaryId: "b1", basis: "INSERTION_NETWORK", reason: "Je ne veux pas" }, by: B1 });
    expect(grants).toMatchObject([{ id, status: "OPPOSED" }]);
    expect(codes(await write("giveGrant", { input: { ...CONSENT, ...network }, by: REFERENT }))).toEqual([["SHARING_OPPOSED", "basis"]]);
    expect(codes(await write("opposeSharing", { input: { beneficiaryId: "b1", basis: "INSERTION_NETWORK" }, by: B1 }))).toEqual([["STATE_CONFLICT", "basis"]]);
  });

  it("objecting to the care team, which no grant records, closes the file to it (L2)", async () => {
    expect((await seenBy(REFERENT)).name).toBe("Lefèvre");
    const { grants } = await write("opposeSharing", { input: { beneficiaryId: "b1", basis: "SAME_CARE_TEAM" }, by: B1 });
    expect(grants).toMatchObject([{ status: "OPPOSED", basis: "SAME_CARE_TEAM" }]);
    expect(await seenBy(REFERENT)).toEqual({ name: null, why: "OPPOSED" });
  });
});

describe("an idempotency key", () => {
  it("with the same input gives the same answer and writes nothing twice, also twenty at once", async () => {
    const key = nextKey();
    const payloads = await Promise.all(Array.from({ length: 20 }, () => write("giveGrant", { input: CONSENT, by: REFERENT, key })));
    expect(new Set(payloads.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(payloads[0]?.errors).toEqual([]);
    for (const name of ["grants", "writes", "deeds"]) expect(await file.rows(name)).toHaveLength(1);
  }, 60_000);

  it("lets one of twenty that differ win where one alone can", async () => {
    const { id } = await given();
    const payloads = await Promise.all(Array.from({ length: 20 }, () => write("withdrawGrant", { input: { grantId: id }, by: B1 })));
    expect(payloads.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(new Set(payloads.flatMap(({ errors }) => errors.map(({ code }) => code)))).toEqual(new Set(["STATE_CONFLICT"]));
    expect(await file.rows("deeds", { mutation: "withdrawGrant" })).toHaveLength(1);
  }, 60_000);

  it("answers a withdrawal that was done before as it was answered then", async () => {
    const { id } = await given();
    const key = nextKey();
    const first = await write("withdrawGrant", { input: { grantId: id }, by: B1, key });
    expect(await write("withdrawGrant", { input: { grantId: id }, by: B1, key })).toEqual(first);
    expect(first.errors).toEqual([]);
  });

  it.each<[string, Said, Partial<Caller>]>([
    ["another input", { dataCategories: ["NEEDS"] }, REFERENT],
    ["another purpose of the request", {}, { ...REFERENT, purpose: "REFERRAL" }],
  ])("with %s is refused, and nothing is written", async (_name, said, by) => {
    const key = nextKey();
    await write("giveGrant", { input: CONSENT, by: REFERENT, key });
    expect(codes(await write("giveGrant", { input: { ...CONSENT, ...said }, by, key }))).toEqual([["IDEMPOTENCY_KEY_REUSED", "idempotencyKey"]]);
    expect(await file.rows("grants")).toHaveLength(1);
  });

  it("is its caller's own: somebody else's same key is another one", async () => {
    const key = nextKey();
    const payloads = [await write("giveGrant", { input: CONSENT, by: REFERENT, key }), await write("giveGrant", { input: CONSENT, by: COLLEAGUE, key })];
    expect(payloads.map(codes)).toEqual([[], [["NOT_ALLOWED", null]]]);
  });

  it.each(["", "k".repeat(201)])("of a length that is none is refused", async (key) => {
    expect(codes(await write("giveGrant", { input: CONSENT, by: REFERENT, key }))).toEqual([["BAD_USER_INPUT", "idempotencyKey"]]);
  });

  it("finds what was written when its process was killed before it could answer", async () => {
    const key = nextKey();
    const script = fileURLToPath(new URL("killed-writer.ts", import.meta.url));
    const killed = await new Promise<{ signal: string | null; stdout: string }>((settle) => {
      execFile(process.execPath, [script, testMongodbUri(), file.store.connection.name, key], (error, stdout) => settle({ signal: error?.signal ?? null, stdout }));
    });
    expect(killed).toEqual({ signal: "SIGKILL", stdout: "" });
    const [written] = await file.rows("grants");
    const { data } = await file.ask(GIVE_GRANT, { input: CONSENT, key }, REFERENT);
    expect(data).toMatchObject({ giveGrant: { grant: { id: written?.["_id"], status: "ACTIVE" }, errors: [] } });
    for (const name of ["grants", "writes", "deeds"]) expect(await file.rows(name)).toHaveLength(1);
  }, 60_000);

  it("stands nowhere in the database, and neither does a reason", async () => {
    const { id } = await given();
    await write("withdrawGrant", { input: { grantId: id, reason: "Raison très privée" }, by: B1, key: "a-key-to-look-for" });
    const all = await Promise.all(WRITTEN.map((name) => file.rows(name)));
    expect(JSON.stringify(all)).not.toMatch(/a-key-to-look-for|très privée/);
    expect(await file.rows("deeds", { mutation: "withdrawGrant" })).toMatchObject([{ personId: "b1", subjectId: id, byPersonId: "b1", purpose: "SELF_ACCESS", text: expect.any(String) }]);
  });
});
