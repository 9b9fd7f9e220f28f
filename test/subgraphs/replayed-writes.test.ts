// A write that is asked for again gets the answer that is kept, for as long as the caller could still ask for it the first time:
// what it tells stands in a file that may have closed to them meanwhile (L1, code pénal 226-13; L11, CASF R.262-107).
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import { B1, CONSENT, FAR_AWAY, FAR_COLLEAGUE, openGrantsWorld, REFERENT, writeStandings, type GrantsWorld } from "./grants-world.ts";

let file: GrantsWorld;
let keys = 0;
beforeAll(async () => void (file = await openGrantsWorld()));
afterAll(() => file.close());

interface Asked {
  readonly mutation: string;
  readonly input: object;
  readonly by: Partial<Caller>;
  readonly key: string;
}

const INPUTS: Readonly<Record<string, string>> = {
  giveGrant: "GiveGrantInput",
  withdrawGrant: "GrantChangeInput",
  openEmergencyAccess: "OpenEmergencyAccessInput",
  reviewEmergencyAccess: "ReviewEmergencyAccessInput",
  requestRectification: "RectificationInput",
  answerRectification: "AnswerRectificationInput",
  setLitigationHold: "LitigationHoldInput",
};
const ANSWERS: Readonly<Record<string, string>> = {
  openEmergencyAccess: "emergencyAccess { id text }",
  reviewEmergencyAccess: "emergencyAccess { id text review { comment } }",
  requestRectification: "request { id statement }",
  answerRectification: "request { id statement state }",
  setLitigationHold: "retention { litigationHold }",
};

async function write({ mutation, input, by, key }: Asked): Promise<{ readonly [name: string]: unknown; readonly errors: readonly { readonly code: string }[] }> {
  const answer = ANSWERS[mutation] ?? "grant { id status evidence }";
  const { data, errors } = await file.ask(`mutation M($input: ${INPUTS[mutation] ?? ""}!, $key: ID!) { ${mutation}(input: $input, idempotencyKey: $key) { ${answer} errors { code message } } }`, { input, key }, by);
  expect(errors).toBeUndefined();
  return JSON.parse(JSON.stringify(data))[mutation];
}

async function idOf(asked: Omit<Asked, "key">): Promise<string> {
  const { errors, ...answer } = await write({ ...asked, key: `first-${(keys += 1)}` });
  expect(errors).toEqual([]);
  return (Object.values(answer)[0] as { id: string }).id;
}

const standings = () => file.store.connection.collection<{ _id: string }>("standings");
const lapses = (by: Partial<Caller>) => standings().updateOne({ _id: by.professionalId ?? "" }, { $set: { "habilitation.validTo": "2026-03-01" } });
const changesEmployer = (by: Partial<Caller>) => standings().updateOne({ _id: by.professionalId ?? "" }, { $set: { partnerId: "elsewhere" } });
const OPENING = { beneficiaryId: "b1", reason: "SUICIDE_RISK", text: "Appel de nuit" };
const RECTIFICATION = { beneficiaryId: "b1", category: "IDENTITY", statement: "Mon nom est faux" };

const WRITES: readonly (readonly [mutation: string, by: Partial<Caller>, input: () => Promise<object>])[] = [
  ["giveGrant", REFERENT, async () => CONSENT],
  ["withdrawGrant", REFERENT, async () => ({ grantId: await idOf({ mutation: "giveGrant", input: CONSENT, by: REFERENT }) })],
  ["openEmergencyAccess", FAR_AWAY, async () => OPENING],
  ["reviewEmergencyAccess", FAR_COLLEAGUE, async () => ({ emergencyAccessId: await idOf({ mutation: "openEmergencyAccess", input: OPENING, by: FAR_AWAY }), verdict: "JUSTIFIED", comment: "Vu" })],
  ["requestRectification", REFERENT, async () => RECTIFICATION],
  ["answerRectification", REFERENT, async () => ({ requestId: await idOf({ mutation: "requestRectification", input: RECTIFICATION, by: B1 }), verdict: "DONE" })],
  ["setLitigationHold", REFERENT, async () => ({ beneficiaryId: "b1", hold: true, reason: "Recours" })],
];

describe("what is asked for again", () => {
  it.each(WRITES)("%s, is refused to who is habilitated no more, or at another organisation, and answered again when they are back", async (mutation, by, readInput) => {
    const asked = { mutation, by, input: await readInput(), key: `key-${(keys += 1)}` };
    const first = await write(asked);
    expect([first.errors, await write(asked)]).toEqual([[], first]);
    for (const loses of [lapses, changesEmployer]) {
      await loses(by);
      const { errors, ...answer } = await write(asked);
      expect([errors.map(({ code }) => code), Object.values(answer)]).toEqual([["NOT_ALLOWED"], [null]]);
      const grants = file.store.connection.collection("grants");
      const kept = await grants.find().toArray();
      await writeStandings(file);
      if (kept.length > 0) await grants.insertMany(kept);
    }
    expect(await write(asked)).toEqual(first);
  });

  it("is refused to the person without the scope to write", async () => {
    const asked = { mutation: "requestRectification", by: B1, input: RECTIFICATION, key: `key-${(keys += 1)}` };
    const first = await write(asked);
    const { errors, request } = await write({ ...asked, by: { ...B1, scopes: new Set(["self:read"]) } });
    expect([first.errors, errors.map(({ code }) => code), request]).toEqual([[], ["NOT_ALLOWED"], null]);
  });

  it("is refused with the same words and the same commands as what never was, about somebody who is not there", async () => {
    const asked = { mutation: "giveGrant", by: REFERENT, input: CONSENT, key: `key-${(keys += 1)}` };
    await write(asked);
    await lapses(REFERENT);
    const traced = async (one: Asked) => {
      const answer = JSON.stringify(await write(one));
      return { answer, commands: file.commands.map(({ name, command }) => `${name} ${String(command[name])}`) };
    };
    const again = await traced(asked);
    expect(await traced({ ...asked, input: { ...CONSENT, beneficiaryId: "nobody" }, key: "never-used" })).toEqual(again);
    expect(again.commands.length).toBeGreaterThan(3);
    await writeStandings(file);
  });
});
