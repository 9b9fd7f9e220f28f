// The person reads of everything that is theirs in words, and never in a field's name (L14: GDPR art. 12).
import { describe, expect, it } from "@jest/globals";

import { groupInWords, wordsOf } from "../../subgraphs/beneficiaries/access-words.ts";
import { policy as ofBeneficiaries } from "../../subgraphs/beneficiaries/policy.ts";
import { policy as ofPartners } from "../../subgraphs/partners/policy.ts";
import { policy as ofServices } from "../../subgraphs/services/policy.ts";
import { policy as ofSites } from "../../subgraphs/sites/policy.ts";
import { ofNobody } from "../../subgraphs/law/law.ts";

/** As intents name them; `id` and `withheld` are never read of somebody. */
const FIELDS = [ofBeneficiaries, ofServices, ofSites, ofPartners].flatMap((policy) =>
  Object.entries(policy).flatMap(([type, rule]) =>
    rule.kind === "person" && rule.subject !== ofNobody ? Object.keys(rule.fields).filter((name) => !["id", "withheld"].includes(name)).map((name) => `${type}.${name}`) : [],
  ),
);

describe("the words of the access log", () => {
  it("are there for each field of a person, of a step and of a referral, at all four subgraphs", () => {
    expect(FIELDS.length).toBeGreaterThan(90);
    expect(FIELDS.filter((field) => wordsOf(field) === null)).toEqual([]);
    // As an interface names them.
    expect(["PathwayStep.kind", "PathwayStep.sharingTicket"].map(wordsOf)).toEqual(["votre parcours", "votre parcours"]);
  });

  it.each([
    ["services", ["Beneficiary.referrals", "Referral.status"], "A lu vos orientations."],
    ["sites", ["Appointment.kind", "Beneficiary.appointments", "PathwayStep.appointments", "PathwayStep.site"], "A lu vos rendez-vous et les lieux de votre parcours."],
    ["partners", ["Beneficiary.careTeam", "PathwayStep.actors"], "A lu qui vous accompagne."],
  ])("tell what was read at %s", (_, fields, text) => {
    const group = { _id: { day: "2026-03-02", byPartnerId: "p", purpose: "SUPPORT" }, times: 1, refused: 0, fields: [fields], refusedFields: [] };
    expect(groupInWords(group).text).toBe(`${text} C’était pour vous accompagner.`);
  });

  it("do not say that something was read which was refused", () => {
    const group = { _id: { day: "2026-03-02", byPartnerId: "p", purpose: "SUPPORT" }, times: 1, refused: 2, fields: [["Beneficiary.needs"], []], refusedFields: [["Beneficiary.appointments"]] };
    expect(groupInWords(group)).toMatchObject({ text: "A lu vos besoins. 2 autres demandes refusées. C’était pour vous accompagner.", fields: ["Beneficiary.appointments", "Beneficiary.needs"] });
    expect(groupInWords({ ...group, times: 0 }).text).toBe("A demandé 2 fois vos rendez-vous : refusé. C’était pour vous accompagner.");
  });
});
