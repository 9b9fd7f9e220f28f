// What is asked for about a file, and answered: rectification (GDPR art. 16), an objection that is taken back, a litigation.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import { explainStages, SLOW_STAGES } from "./beneficiaries-world.ts";
import { B1, B2, CHILD_WORKER, COLLEAGUE, CONSENT, FAR_AWAY, NGO, openGrantsWorld, REFERENT, type GrantsWorld } from "./grants-world.ts";

let file: GrantsWorld;
beforeAll(async () => void (file = await openGrantsWorld()));
afterAll(() => file.close());

const WRITTEN = ["grants", "rectifications", "notifications", "writes", "deeds", "turns"];
beforeEach(async () => {
  for (const name of WRITTEN) await file.store.connection.collection(name).deleteMany({});
  await people().updateMany({}, { $set: { "contact.safeToContact": true } });
});

const people = () => file.store.connection.collection<{ _id: string }>("people");

type Said = Record<string, unknown>;
type Payload = Said & { readonly errors: readonly Said[] };

const MUTATIONS = {
  giveGrant: ["GiveGrantInput", "grant { id status }"],
  opposeSharing: ["OpposeSharingInput", "grants { id status liftedAt }"],
  liftOpposition: ["LiftOppositionInput", "grants { id status liftedAt }"],
  requestRectification: ["RectificationInput", "request { id category statement state askedAt dueAt overdue }"],
  answerRectification: ["AnswerRectificationInput", "request { id state overdue answer { at text } }"],
  setLitigationHold: ["LitigationHoldInput", "retention { state destroyOn litigationHold }"],
} as const;

let keys = 0;

async function write(mutation: keyof typeof MUTATIONS, { input, by }: { input: Said; by: Partial<Caller> }): Promise<Payload> {
  const [type, answer] = MUTATIONS[mutation];
  const text = `mutation M($input: ${type}!, $key: ID!) { ${mutation}(input: $input, idempotencyKey: $key) { ${answer} errors { code field } } }`;
  const { data, errors } = await file.ask(text, { input, key: `request-${(keys += 1)}` }, by);
  expect(errors).toBeUndefined();
  return (data as unknown as Record<string, Payload>)[mutation] ?? { errors: [] };
}

function codes({ errors }: Payload): unknown[] {
  return errors.map(({ code, field }) => [code, field]);
}

async function asked(said: Said = {}, by: Partial<Caller> = B1): Promise<string> {
  const { request, errors } = await write("requestRectification", { input: { beneficiaryId: "b1", category: "IDENTITY", statement: "Mon nom s’écrit Lefebvre", ...said }, by });
  expect(errors).toEqual([]);
  return (request as { id: string }).id;
}

async function listed(by: Partial<Caller>, state: string | null = null): Promise<Said[]> {
  const query = "query ($state: RectificationState) { rectificationRequests(state: $state) { totalCount nodes { id state statement overdue answer { text } beneficiary { id } } } }";
  const { data, errors } = await file.ask(query, { state }, by);
  expect(errors).toBeUndefined();
  const { nodes, totalCount } = (data as unknown as { rectificationRequests: { nodes: Said[]; totalCount: number } }).rectificationRequests;
  expect(totalCount).toBe(nodes.length);
  return nodes;
}

async function told(filter: object = {}): Promise<unknown[]> {
  const rows = await file.rows("notifications", filter);
  return rows.map(({ kind, toProfessionalId, toPartnerId, toPersonId, state }) => [kind, toProfessionalId ?? toPartnerId ?? toPersonId, state]).sort();
}

describe("a request for rectification (L14)", () => {
  it("is due within a month, and its words are sealed", async () => {
    const input = { beneficiaryId: "b1", category: "IDENTITY", statement: "Mon nom s’écrit Lefebvre" };
    const { request, errors } = await write("requestRectification", { input, by: B1 });
    expect(errors).toEqual([]);
    expect(request).toMatchObject({ category: "IDENTITY", state: "OPEN", dueAt: "2026-04-02T09:00:00.000Z", overdue: false, statement: input.statement });
    expect(JSON.stringify(await file.rows("rectifications"))).not.toContain("Lefebvre");
    expect(codes(await write("requestRectification", { input: { ...input, beneficiaryId: "b2" }, by: B1 }))).toEqual([["NOT_ALLOWED", null]]);
    expect(codes(await write("requestRectification", { input: { ...input, statement: "" }, by: B1 }))).toEqual([["BAD_USER_INPUT", "statement"]]);
  });

  it("is found by who keeps the file and by the person, and by nobody else", async () => {
    const id = await asked();
    const seen = [{ id, state: "OPEN", statement: "Mon nom s’écrit Lefebvre", overdue: false, answer: null, beneficiary: { id: "b1" } }];
    expect([await listed(COLLEAGUE), await listed(B1)]).toEqual([seen, seen]);
    const without = { ...COLLEAGUE, scopes: new Set(["consent:write"]) };
    for (const by of [FAR_AWAY, NGO, B2, without, {}]) expect(await listed(by)).toEqual([]);
    expect([await listed(COLLEAGUE, "OPEN"), await listed(COLLEAGUE, "DONE")]).toEqual([seen, []]);
  });

  it("is listed by an index", async () => {
    await asked();
    for (const [by, state] of [[COLLEAGUE, null], [COLLEAGUE, "OPEN"], [B1, null]] as const) {
      await listed(by, state);
      const finds = file.commands.filter(({ command }) => command["find"] === "rectifications");
      expect(finds).toHaveLength(1);
      for (const one of [...finds]) expect((await explainStages(file, one)).filter((stage) => SLOW_STAGES.includes(stage))).toEqual([]);
    }
  });

  it("is overdue when its month is over without an answer, and stays so when it is answered then", async () => {
    const requestId = await asked();
    file.pass(31 * 24 * 60);
    expect((await listed(B1))[0]).toMatchObject({ overdue: false });
    file.pass(1);
    expect((await listed(B1))[0]).toMatchObject({ overdue: true });
    expect((await write("answerRectification", { input: { requestId, verdict: "DONE" }, by: COLLEAGUE })).request).toMatchObject({ state: "DONE", overdue: true });
    file.pass(-31 * 24 * 60 - 1);
  });

  it("is done once: the person is told, and those to whom the data were opened (GDPR art. 19)", async () => {
    await write("giveGrant", { input: CONSENT, by: REFERENT });
    const requestId = await asked();
    const { request, errors } = await write("answerRectification", { input: { requestId, verdict: "DONE" }, by: COLLEAGUE });
    expect(errors).toEqual([]);
    expect(request).toMatchObject({ state: "DONE", overdue: false, answer: { text: "Votre demande a été acceptée et votre dossier corrigé." } });
    expect(await told()).toEqual([["RECTIFICATION_ANSWERED", "b1", "TO_SEND"], ["RECTIFICATION_DONE", "ngo", "TO_SEND"]]);
    expect(codes(await write("answerRectification", { input: { requestId, verdict: "REFUSED", reason: "Non" }, by: COLLEAGUE }))).toEqual([["STATE_CONFLICT", "requestId"]]);
    expect(await file.rows("deeds", { mutation: "answerRectification" })).toMatchObject([{ personId: "b1", subjectId: requestId, byProfessionalId: "pro-92-second" }]);
  });

  it("is refused with a reason alone, which the person reads with where to complain, and which no row shows", async () => {
    const requestId = await asked();
    expect(codes(await write("answerRectification", { input: { requestId, verdict: "REFUSED" }, by: COLLEAGUE }))).toEqual([["BAD_USER_INPUT", "reason"]]);
    expect(codes(await write("answerRectification", { input: { requestId, verdict: "REFUSED", reason: " " }, by: COLLEAGUE }))).toEqual([["BAD_USER_INPUT", "reason"]]);
    await write("answerRectification", { input: { requestId, verdict: "REFUSED", reason: "L’acte de naissance dit Lefèvre." }, by: COLLEAGUE });
    const [seen] = await listed(B1, "REFUSED");
    expect(seen).toMatchObject({ state: "REFUSED", answer: { text: expect.stringMatching(/L’acte de naissance dit Lefèvre\. .*réclamation auprès de la CNIL.*12\.4/) } });
    expect(await told()).toEqual([["RECTIFICATION_ANSWERED", "b1", "TO_SEND"]]);
    const all = await Promise.all(WRITTEN.map((name) => file.rows(name)));
    expect(JSON.stringify(all)).not.toMatch(/acte de naissance/);
  });

  it("of somebody whom a message endangers is told to the referent, and held from the person", async () => {
    const requestId = await asked();
    await people().updateOne({ _id: "b1" }, { $set: { "contact.safeToContact": false } });
    await write("answerRectification", { input: { requestId, verdict: "DONE" }, by: COLLEAGUE });
    expect(await told()).toEqual([["RECTIFICATION_ANSWERED", "b1", "HELD"], ["RECTIFICATION_ANSWERED", "pro-92-referent", "TO_SEND"]]);
  });

  it.each<[string, Partial<Caller>]>([
    ["the person", B1],
    ["a professional elsewhere", FAR_AWAY],
    ["an association", NGO],
    ["one of the holder without the scope", { ...COLLEAGUE, scopes: new Set(["consent:write"]) }],
  ])("is answered by %s as little as one that there is not", async (_name, by) => {
    const known = await write("answerRectification", { input: { requestId: await asked(), verdict: "DONE" }, by });
    expect(known).toEqual(await write("answerRectification", { input: { requestId: "rectification-none", verdict: "DONE" }, by }));
    expect(codes(known)).toEqual([["NOT_ALLOWED", null]]);
  });

  it("about a child's protection is found, answered and told of by those who protect children alone (L4)", async () => {
    await file.store.connection.collection("grants").insertOne({ _id: "seed" as never, personId: "c1", basis: "CHILD_PROTECTION", status: "ACTIVE", purpose: "CHILD_PROTECTION", dataCategories: ["IDENTITY", "CHILD_PROTECTION", "PATHWAY"], toPartnerIds: ["dept-92"], givenAt: new Date("2026-01-01"), expiresAt: null, withdrawnAt: null, liftedAt: null, informedAt: new Date("2026-01-01"), informedException: null, professionalIds: [], evidence: null });
    const requestId = await asked({ beneficiaryId: "c1", category: "CHILD_PROTECTION" }, CHILD_WORKER);
    const child: Partial<Caller> = { ...B1, subject: "person-c1", personId: "c1" };
    expect([await listed(COLLEAGUE), await listed(child), (await listed(CHILD_WORKER)).map(({ id }) => id)]).toEqual([[], [], [requestId]]);
    const input = { requestId, verdict: "DONE" };
    expect(codes(await write("answerRectification", { input, by: COLLEAGUE }))).toEqual([["NOT_ALLOWED", null]]);
    expect((await write("answerRectification", { input, by: CHILD_WORKER })).request).toMatchObject({ state: "DONE" });
    expect(await told()).toEqual([]);
  });
});

describe("a child whom only their protection made known (L4)", () => {
  const STEWARD = { ...REFERENT, scopes: new Set(["consent:write", "identity:merge", "retention:hold"]) };
  const member = { professionalId: "pro-92-referent", partnerId: "dept-92", role: "LEAD", since: "2025-01-01", until: null, childProtection: true };
  beforeAll(async () => void (await people().updateOne({ _id: "c1" }, { $set: { protectedOnly: true, team: [member] } })));
  afterAll(async () => void (await people().updateOne({ _id: "c1" }, { $set: { protectedOnly: false, team: [] } })));

  it.each<[string, keyof typeof MUTATIONS, Said, Partial<Caller>]>([
    ["who keeps identities accurate asks for rectification", "requestRectification", { category: "IDENTITY", statement: "x" }, { ...STEWARD, professionalId: "pro-92-second" }],
    ["a member of the team who does not protect children asks for it", "requestRectification", { category: "IDENTITY", statement: "x" }, REFERENT],
    ["one of the holder who is bound by secrecy holds the file", "setLitigationHold", { hold: true, reason: "x" }, COLLEAGUE],
    ["one of the holder objects for somebody", "opposeSharing", { basis: "INSERTION_NETWORK" }, STEWARD],
  ])("is nobody where %s", async (_name, mutation, said, by) => {
    const known = await write(mutation, { input: { beneficiaryId: "c1", ...said }, by });
    expect(known).toEqual(await write(mutation, { input: { beneficiaryId: "nobody", ...said }, by }));
    expect(codes(known)).toEqual([["NOT_ALLOWED", null]]);
  });
});

describe("an objection that is taken back (L2, L14)", () => {
  const FILE = '{ beneficiary(id: "b1") { identity { birthName } withheld { path reason } } }';
  async function seenBy(by: Partial<Caller>): Promise<unknown> {
    const { data } = await file.ask(FILE, {}, by);
    const { identity, withheld } = (data as unknown as { beneficiary: { identity: Said | null; withheld: { path: string; reason: string }[] } }).beneficiary;
    return identity?.["birthName"] ?? withheld.find(({ path }) => path === "identity")?.reason;
  }
  const OF_TEAM = { beneficiaryId: "b1", basis: "SAME_CARE_TEAM" };

  it("opens the file to the care team again, and the row says since when", async () => {
    expect(await seenBy(REFERENT)).toBe("Lefèvre");
    await write("opposeSharing", { input: OF_TEAM, by: B1 });
    expect(await seenBy(REFERENT)).toBe("OPPOSED");
    const { grants, errors } = await write("liftOpposition", { input: OF_TEAM, by: B1 });
    expect([grants, errors]).toEqual([[{ id: expect.any(String), status: "OPPOSED", liftedAt: "2026-03-02T09:00:00.000Z" }], []]);
    expect(await seenBy(REFERENT)).toBe("Lefèvre");
    expect(await file.rows("grants")).toMatchObject([{ status: "OPPOSED", liftedAt: new Date("2026-03-02T09:00:00Z") }]);
  });

  it("may be made again, and taken back again", async () => {
    for (let times = 0; times < 2; times += 1) {
      expect(codes(await write("opposeSharing", { input: OF_TEAM, by: B1 }))).toEqual([]);
      expect(await seenBy(REFERENT)).toBe("OPPOSED");
      expect(codes(await write("liftOpposition", { input: OF_TEAM, by: B1 }))).toEqual([]);
    }
    expect(await file.rows("grants")).toHaveLength(2);
    expect(codes(await write("liftOpposition", { input: OF_TEAM, by: B1 }))).toEqual([["STATE_CONFLICT", "basis"]]);
  });

  it("gives nothing back that ended, and lets it be given anew", async () => {
    const terms = { ...CONSENT, basis: "INSERTION_NETWORK", purpose: "SUPPORT", toPartnerIds: ["france-travail"], dataCategories: ["EMPLOYMENT"], informedAt: "2026-02-01T09:00:00Z" };
    const of = { beneficiaryId: "b1", basis: "INSERTION_NETWORK" };
    await write("giveGrant", { input: terms, by: REFERENT });
    await write("opposeSharing", { input: of, by: B1 });
    expect(codes(await write("giveGrant", { input: terms, by: REFERENT }))).toEqual([["SHARING_OPPOSED", "basis"]]);
    await write("liftOpposition", { input: of, by: B1 });
    expect((await file.rows("grants")).map(({ status }) => status)).toEqual(["OPPOSED"]);
    expect(codes(await write("giveGrant", { input: terms, by: REFERENT }))).toEqual([]);
  });

  it("by a professional says how the person's word is known, and is nobody else's to take back", async () => {
    const of = { beneficiaryId: "b1", basis: "INSERTION_NETWORK" };
    await write("opposeSharing", { input: of, by: REFERENT });
    expect(codes(await write("liftOpposition", { input: of, by: REFERENT }))).toEqual([["BASIS_CONDITIONS_NOT_MET", "evidence"]]);
    for (const by of [B2, FAR_AWAY, NGO]) expect(codes(await write("liftOpposition", { input: { ...of, evidence: "Appel" }, by }))).toEqual([["NOT_ALLOWED", null]]);
    expect(codes(await write("liftOpposition", { input: { ...of, evidence: "Appel du 2 mars" }, by: REFERENT }))).toEqual([]);
    expect(JSON.stringify(await file.rows("deeds"))).not.toContain("Appel du");
  });
});

describe("a litigation", () => {
  it("stops a file's destruction until it is let go, by the holder alone (L8)", async () => {
    const input = { beneficiaryId: "b1", hold: true, reason: "Recours devant le tribunal" };
    expect(codes(await write("setLitigationHold", { input, by: FAR_AWAY }))).toEqual([["NOT_ALLOWED", null]]);
    expect((await write("setLitigationHold", { input, by: COLLEAGUE })).retention).toMatchObject({ litigationHold: true, destroyOn: null });
    expect(await file.rows("people", { _id: "b1" })).toMatchObject([{ litigationHold: true }]);
    expect((await write("setLitigationHold", { input: { ...input, hold: false }, by: COLLEAGUE })).retention).toMatchObject({ litigationHold: false, destroyOn: expect.any(String) });
  });
});
