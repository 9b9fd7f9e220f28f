// Who may read what of a file, as a matrix: each ground of sharing with each of its conditions, and what is told when one
// is missing. Each line names its rule of `docs/law.md`.
import { describe, expect, it } from "@jest/globals";

import type { DataCategory } from "../../subgraphs/law/law.ts";
import { AGREEMENT, decideOn, grant, MEMBER, type Facts } from "./decide-world.ts";

type Line = readonly [rule: `L${number}`, situation: string, category: DataCategory, facts: Facts];

function print(lines: readonly Line[]): string {
  return `\n${lines.map(([rule, situation, category, facts]) => `${rule.padEnd(3)} ${situation} | ${category}: ${decideOn(category, facts)}`).join("\n")}\n`;
}

const TEAM = { team: [MEMBER] };
const NGO = { partnerId: "ngo", profession: "OTHER", secrecyBasis: null, partnerKind: "ASSOCIATION" };
const NGO_ASKS = { asker: { agreements: [AGREEMENT], purpose: "REFERRAL" as const }, standing: NGO };
const toNgo = (said: Parameters<typeof grant>[1] = {}) => grant("CONSENT", { toPartnerIds: ["ngo"], purpose: "REFERRAL", ...said });
const CHILD = { asker: { purpose: "CHILD_PROTECTION" as const }, standing: { missions: ["CRIP"] } };
const childGrant = (said: Parameters<typeof grant>[1] = {}) => grant("CHILD_PROTECTION", { purpose: "CHILD_PROTECTION", informedAt: new Date("2025-06-01T09:00:00Z"), ...said });
const EMERGENCY = { _id: "e", personId: "b1", professionalId: "pro", purpose: "SUPPORT", openedAt: new Date("2026-03-02T08:30:00Z"), until: new Date("2026-03-02T09:30:00Z") };

describe("a decision", () => {
  it("denies by default, and asks first who the caller is and for what (L1, L7, L11)", () => {
    expect(
      print([
        ["L1", "nothing granted", "IDENTITY", {}],
        ["L1", "nobody known asks", "IDENTITY", { standing: null, person: TEAM }],
        ["L1", "for another partner than the own", "IDENTITY", { asker: { partnerId: "ngo" }, person: TEAM }],
        ["L11", "not individually habilitated", "IDENTITY", { habilitation: null, person: TEAM }],
        ["L11", "habilitation begins tomorrow", "IDENTITY", { habilitation: { validFrom: "2026-03-03" }, person: TEAM }],
        ["L11", "habilitation ended yesterday", "IDENTITY", { habilitation: { validTo: "2026-03-01" }, person: TEAM }],
        ["L11", "habilitation ends today", "IDENTITY", { habilitation: { validTo: "2026-03-02" }, person: TEAM }],
        ["L7", "no purpose", "IDENTITY", { asker: { purpose: null }, person: TEAM }],
        ["L7", "a purpose beyond the habilitation", "IDENTITY", { asker: { purpose: "STATISTICS" }, person: TEAM }],
        ["L2", "a category beyond the missions", "FINANCE", { habilitation: { dataCategories: ["IDENTITY"] }, person: TEAM }],
      ]),
    ).toBe(`
L1  nothing granted | IDENTITY: not NO_GRANT
L1  nobody known asks | IDENTITY: not NOT_HABILITATED
L1  for another partner than the own | IDENTITY: not NOT_HABILITATED
L11 not individually habilitated | IDENTITY: not NOT_HABILITATED
L11 habilitation begins tomorrow | IDENTITY: not NOT_HABILITATED
L11 habilitation ended yesterday | IDENTITY: not NOT_HABILITATED
L11 habilitation ends today | IDENTITY: SAME_CARE_TEAM
L7  no purpose | IDENTITY: not PURPOSE_NOT_COVERED
L7  a purpose beyond the habilitation | IDENTITY: not PURPOSE_NOT_COVERED
L2  a category beyond the missions | FINANCE: not NOT_IN_MISSION
`);
  });

  it("needs a convention between the caller's partner and who keeps the file, for the purpose and on the day (L7)", () => {
    const under = (agreement: Partial<typeof AGREEMENT>): Facts => ({ ...NGO_ASKS, asker: { ...NGO_ASKS.asker, agreements: [{ ...AGREEMENT, ...agreement }] }, grants: [toNgo()] });
    expect(
      print([
        ["L7", "in force", "IDENTITY", under({})],
        ["L7", "none", "IDENTITY", { ...NGO_ASKS, asker: { purpose: "REFERRAL" }, grants: [toNgo()] }],
        ["L7", "with another département", "IDENTITY", under({ partyIds: ["dept-14", "ngo"] })],
        ["L7", "for another purpose", "IDENTITY", under({ purposes: ["SUPPORT"] })],
        ["L7", "from tomorrow", "IDENTITY", under({ validFrom: "2026-03-03" })],
        ["L7", "until today", "IDENTITY", under({ validTo: "2026-03-02" })],
        ["L7", "until yesterday", "IDENTITY", under({ validTo: "2026-03-01" })],
        ["L7", "suspended", "IDENTITY", under({ suspensions: [{ from: "2026-03-01", until: null }] })],
        ["L7", "suspended until yesterday", "IDENTITY", under({ suspensions: [{ from: "2026-01-01", until: "2026-03-01" }] })],
      ]),
    ).toBe(`
L7  in force | IDENTITY: CONSENT
L7  none | IDENTITY: not PURPOSE_NOT_COVERED
L7  with another département | IDENTITY: not PURPOSE_NOT_COVERED
L7  for another purpose | IDENTITY: not PURPOSE_NOT_COVERED
L7  from tomorrow | IDENTITY: not PURPOSE_NOT_COVERED
L7  until today | IDENTITY: CONSENT
L7  until yesterday | IDENTITY: not PURPOSE_NOT_COVERED
L7  suspended | IDENTITY: not PURPOSE_NOT_COVERED
L7  suspended until yesterday | IDENTITY: CONSENT
`);
  });

  it("SAME_CARE_TEAM: in the team, of a profession of care, bound by secrecy, nobody objected (L2)", () => {
    const left = (until: string): Facts => ({ person: { team: [{ ...MEMBER, until }] } });
    expect(
      print([
        ["L2", "in the team", "IDENTITY", { person: TEAM }],
        ["L2", "in the team, health", "HEALTH", { person: TEAM }],
        ["L4", "in the team, a child's protection", "CHILD_PROTECTION", { person: TEAM }],
        ["L2", "in the team, justice", "JUSTICE", { person: TEAM }],
        ["L2", "for an evaluation", "IDENTITY", { asker: { purpose: "EVALUATION" }, person: TEAM }],
        ["L7", "for another purpose than care", "IDENTITY", { asker: { purpose: "EVICTION_PREVENTION" }, person: TEAM }],
        ["L2", "observes only", "IDENTITY", { person: { team: [{ ...MEMBER, role: "OBSERVER" }] } }],
        ["L2", "in the team for another partner", "IDENTITY", { person: { team: [{ ...MEMBER, partnerId: "ngo" }] } }],
        ["L2", "in the team from tomorrow", "IDENTITY", { person: { team: [{ ...MEMBER, since: "2026-03-03" }] } }],
        ["L2", "left the team 30 days ago", "IDENTITY", left("2026-01-31")],
        ["L2", "left the team 31 days ago", "IDENTITY", left("2026-01-30")],
        ["L2", "of no profession of care", "IDENTITY", { standing: { profession: "OTHER" }, person: TEAM }],
        ["L2", "not bound by secrecy", "IDENTITY", { standing: { secrecyBasis: null }, person: TEAM }],
        ["L2", "the person objected", "IDENTITY", { person: TEAM, grants: [grant("SAME_CARE_TEAM", { status: "OPPOSED" })] }],
        ["L2", "recorded, outside of the team", "IDENTITY", { grants: [grant("SAME_CARE_TEAM")] }],
      ]),
    ).toBe(`
L2  in the team | IDENTITY: SAME_CARE_TEAM
L2  in the team, health | HEALTH: SAME_CARE_TEAM
L4  in the team, a child's protection | CHILD_PROTECTION: not NO_GRANT
L2  in the team, justice | JUSTICE: not NO_GRANT
L2  for an evaluation | IDENTITY: SAME_CARE_TEAM
L7  for another purpose than care | IDENTITY: not NO_GRANT
L2  observes only | IDENTITY: not NO_GRANT
L2  in the team for another partner | IDENTITY: not NO_GRANT
L2  in the team from tomorrow | IDENTITY: not NO_GRANT
L2  left the team 30 days ago | IDENTITY: SAME_CARE_TEAM
L2  left the team 31 days ago | IDENTITY: not NO_GRANT
L2  of no profession of care | IDENTITY: not NO_GRANT
L2  not bound by secrecy | IDENTITY: not SECRECY_NOT_BOUND
L2  the person objected | IDENTITY: not OPPOSED
L2  recorded, outside of the team | IDENTITY: not NO_GRANT
`);
  });

  it("CONSENT: given, in force by the clock, to this partner, for this purpose and category (L2, L15)", () => {
    const asked = (said: Parameters<typeof grant>[1] = {}): Facts => ({ ...NGO_ASKS, grants: [toNgo(said)] });
    expect(
      print([
        ["L15", "given", "IDENTITY", asked()],
        ["L2", "to another partner", "IDENTITY", asked({ toPartnerIds: ["caf"] })],
        ["L2", "to somebody else there", "IDENTITY", asked({ professionalIds: ["other"] })],
        ["L2", "of another category", "HEALTH", asked({ dataCategories: ["IDENTITY"] })],
        ["L7", "for another purpose", "IDENTITY", asked({ purpose: "SUPPORT" })],
        ["L15", "given tomorrow", "IDENTITY", asked({ givenAt: new Date("2026-03-03T09:00:00Z") })],
        ["L15", "expired a moment ago", "IDENTITY", asked({ expiresAt: new Date("2026-03-02T09:00:00Z") })],
        ["L15", "expires in a moment", "IDENTITY", asked({ expiresAt: new Date("2026-03-02T09:00:01Z") })],
        ["L15", "withdrawn", "IDENTITY", asked({ status: "WITHDRAWN", withdrawnAt: new Date("2026-02-01T09:00:00Z") })],
        ["L15", "withdrawn, the status not yet", "IDENTITY", asked({ withdrawnAt: new Date("2026-02-01T09:00:00Z") })],
        ["L15", "replaced by another", "IDENTITY", asked({ status: "SUPERSEDED" })],
        ["L15", "refused", "IDENTITY", asked({ status: "REFUSED" })],
        ["L4", "opens no child's protected data", "CHILD_PROTECTION", asked()],
      ]),
    ).toBe(`
L15 given | IDENTITY: CONSENT
L2  to another partner | IDENTITY: not NO_GRANT
L2  to somebody else there | IDENTITY: not NO_GRANT
L2  of another category | HEALTH: not NO_GRANT
L7  for another purpose | IDENTITY: not PURPOSE_NOT_COVERED
L15 given tomorrow | IDENTITY: not NO_GRANT
L15 expired a moment ago | IDENTITY: not GRANT_EXPIRED
L15 expires in a moment | IDENTITY: CONSENT
L15 withdrawn | IDENTITY: not GRANT_EXPIRED
L15 withdrawn, the status not yet | IDENTITY: not GRANT_EXPIRED
L15 replaced by another | IDENTITY: not GRANT_EXPIRED
L15 refused | IDENTITY: not NO_GRANT
L4  opens no child's protected data | CHILD_PROTECTION: not NO_GRANT
`);
  });

  it("NAMED_EXCHANGE and SOCIAL_ACTION_COORDINATION: between those who act, bound by secrecy (L2, L3)", () => {
    const exchange: Facts = { grants: [grant("NAMED_EXCHANGE", { professionalIds: ["pro", "other"] })] };
    const coordination: Facts = { person: { team: [MEMBER] }, standing: { profession: "OTHER" }, grants: [grant("SOCIAL_ACTION_COORDINATION")] };
    expect(
      print([
        ["L2", "exchange, named", "HEALTH", exchange],
        ["L2", "exchange, not named", "HEALTH", { grants: [grant("NAMED_EXCHANGE")] }],
        ["L2", "exchange, not bound by secrecy", "HEALTH", { ...exchange, standing: { secrecyBasis: null } }],
        ["L4", "exchange, a child's protection", "CHILD_PROTECTION", exchange],
        ["L3", "coordination, acts for the person", "NEEDS", coordination],
        ["L3", "coordination, does not act for the person", "NEEDS", { ...coordination, person: {} }],
        ["L3", "coordination, not bound by secrecy", "NEEDS", { ...coordination, standing: { profession: "OTHER", secrecyBasis: null } }],
        ["L4", "coordination, a child's protection", "CHILD_PROTECTION", coordination],
      ]),
    ).toBe(`
L2  exchange, named | HEALTH: NAMED_EXCHANGE
L2  exchange, not named | HEALTH: not NO_GRANT
L2  exchange, not bound by secrecy | HEALTH: not SECRECY_NOT_BOUND
L4  exchange, a child's protection | CHILD_PROTECTION: not NO_GRANT
L3  coordination, acts for the person | NEEDS: SOCIAL_ACTION_COORDINATION
L3  coordination, does not act for the person | NEEDS: not NO_GRANT
L3  coordination, not bound by secrecy | NEEDS: not SECRECY_NOT_BOUND
L4  coordination, a child's protection | CHILD_PROTECTION: not NO_GRANT
`);
  });

  it("CHILD_PROTECTION: bound, of the policy, the family informed or a reason not to; all of it (L4)", () => {
    expect(
      print([
        ["L4", "informed", "CHILD_PROTECTION", { ...CHILD, grants: [childGrant()] }],
        ["L4", "not informed, the reason recorded", "CHILD_PROTECTION", { ...CHILD, grants: [childGrant({ informedAt: null, informedException: "DANGER" })] }],
        ["L4", "neither informed nor a reason", "CHILD_PROTECTION", { ...CHILD, grants: [childGrant({ informedAt: null })] }],
        ["L4", "not bound by secrecy", "CHILD_PROTECTION", { ...CHILD, standing: { missions: ["CRIP"], secrecyBasis: null }, grants: [childGrant()] }],
        ["L4", "without a mission of child protection", "CHILD_PROTECTION", { ...CHILD, standing: { missions: ["ACCOMPAGNEMENT"] }, grants: [childGrant()] }],
        ["L4", "for another purpose", "CHILD_PROTECTION", { ...CHILD, asker: { purpose: "SUPPORT" }, grants: [childGrant()] }],
        ["L4", "a parent's consent", "CHILD_PROTECTION", { ...CHILD, grants: [grant("CONSENT", { purpose: "CHILD_PROTECTION" })] }],
      ]),
    ).toBe(`
L4  informed | CHILD_PROTECTION: CHILD_PROTECTION
L4  not informed, the reason recorded | CHILD_PROTECTION: CHILD_PROTECTION
L4  neither informed nor a reason | CHILD_PROTECTION: not NO_GRANT
L4  not bound by secrecy | CHILD_PROTECTION: not SECRECY_NOT_BOUND
L4  without a mission of child protection | CHILD_PROTECTION: not NO_GRANT
L4  for another purpose | CHILD_PROTECTION: not PURPOSE_NOT_COVERED
L4  a parent's consent | CHILD_PROTECTION: not NO_GRANT
`);
  });

  it("INSERTION_NETWORK, LEGAL_OBLIGATION, VITAL_INTEREST (L6, L7)", () => {
    const network = (said: Parameters<typeof grant>[1] = {}): Facts => ({ standing: { secrecyBasis: null, profession: "OTHER" }, grants: [grant("INSERTION_NETWORK", said)] });
    const survey: Facts = { asker: { purpose: "EVICTION_PREVENTION" }, grants: [grant("LEGAL_OBLIGATION", { purpose: "EVICTION_PREVENTION", dataCategories: ["FINANCE"] })] };
    expect(
      print([
        ["L7", "network", "EMPLOYMENT", network()],
        ["L7", "network, opposed", "EMPLOYMENT", network({ status: "OPPOSED" })],
        ["L7", "network, health (RQTH too)", "HEALTH", network()],
        ["L7", "network, justice", "JUSTICE", network()],
        ["L7", "network, a child's protection", "CHILD_PROTECTION", network()],
        ["L6", "eviction survey", "FINANCE", survey],
        ["L6", "eviction survey, another category", "NEEDS", survey],
        ["L6", "eviction survey, neither acting nor bound", "FINANCE", { ...survey, standing: { secrecyBasis: null } }],
        ["L4", "a duty, of a child's protection, to who acts and is not bound", "CHILD_PROTECTION", { person: TEAM, standing: { secrecyBasis: null }, grants: [grant("LEGAL_OBLIGATION")] }],
        ["L4", "a duty, of a child's protection, to the bound", "CHILD_PROTECTION", { grants: [grant("LEGAL_OBLIGATION")] }],
        ["L1", "emergency", "HEALTH", { emergencies: [EMERGENCY] }],
        ["L1", "emergency, over", "HEALTH", { emergencies: [{ ...EMERGENCY, until: new Date("2026-03-02T09:00:00Z") }] }],
        ["L1", "emergency, the clock put back before it", "HEALTH", { emergencies: [{ ...EMERGENCY, openedAt: new Date("2026-03-02T09:00:01Z") }] }],
        ["L1", "emergency, for another purpose", "HEALTH", { emergencies: [{ ...EMERGENCY, purpose: "EVALUATION" }] }],
        ["L11", "emergency, not habilitated", "HEALTH", { habilitation: null, emergencies: [EMERGENCY] }],
        ["L1", "vital interest as a grant", "HEALTH", { grants: [grant("VITAL_INTEREST")] }],
      ]),
    ).toBe(`
L7  network | EMPLOYMENT: INSERTION_NETWORK
L7  network, opposed | EMPLOYMENT: not OPPOSED
L7  network, health (RQTH too) | HEALTH: not NO_GRANT
L7  network, justice | JUSTICE: not NO_GRANT
L7  network, a child's protection | CHILD_PROTECTION: not NO_GRANT
L6  eviction survey | FINANCE: LEGAL_OBLIGATION
L6  eviction survey, another category | NEEDS: not NO_GRANT
L6  eviction survey, neither acting nor bound | FINANCE: not SECRECY_NOT_BOUND
L4  a duty, of a child's protection, to who acts and is not bound | CHILD_PROTECTION: not SECRECY_NOT_BOUND
L4  a duty, of a child's protection, to the bound | CHILD_PROTECTION: LEGAL_OBLIGATION
L1  emergency | HEALTH: VITAL_INTEREST
L1  emergency, over | HEALTH: not NO_GRANT
L1  emergency, the clock put back before it | HEALTH: not NO_GRANT
L1  emergency, for another purpose | HEALTH: not NO_GRANT
L11 emergency, not habilitated | HEALTH: not NOT_HABILITATED
L1  vital interest as a grant | HEALTH: not NO_GRANT
`);
  });

  it("reads no archive as if it were the file, and compares identities for who keeps them only (L8, L10, L14)", () => {
    const accuracy = { scopes: new Set(["identity:merge"]) };
    const steward: Facts = { asker: accuracy, habilitation: null };
    expect(
      print([
        ["L8", "last contact two years ago less a day", "IDENTITY", { person: { ...TEAM, lastContactAt: new Date("2024-03-03T09:00:00Z") } }],
        ["L8", "last contact two years ago", "IDENTITY", { person: { ...TEAM, lastContactAt: new Date("2024-03-02T09:00:00Z") } }],
        ["L10", "held for a litigation after four years", "IDENTITY", { person: { ...TEAM, lastContactAt: new Date("2021-03-02T09:00:00Z"), litigationHold: true } }],
        ["L10", "anonymised", "IDENTITY", { person: { ...TEAM, anonymisedOn: "2026-01-01" } }],
        ["L10", "archived, an emergency", "IDENTITY", { person: { lastContactAt: new Date("2024-03-02T09:00:00Z") }, emergencies: [EMERGENCY] }],
        ["L14", "who keeps files accurate, in the own département", "IDENTITY", steward],
        ["L14", "the same, another category", "NEEDS", steward],
        ["L14", "the same, in another département", "IDENTITY", { ...steward, asker: { ...accuracy, partnerId: "dept-14" }, standing: { partnerId: "dept-14" } }],
        ["L7", "the same, without a purpose", "IDENTITY", { ...steward, asker: { ...accuracy, purpose: null } }],
        ["L7", "the same, to count or to control", "IDENTITY", { ...steward, asker: { ...accuracy, purpose: "STATISTICS" } }],
        ["L11", "the same, acting for another organisation", "IDENTITY", { ...steward, asker: { ...accuracy, partnerId: "ngo" } }],
      ]),
    ).toBe(`
L8  last contact two years ago less a day | IDENTITY: SAME_CARE_TEAM
L8  last contact two years ago | IDENTITY: not ARCHIVED
L10 held for a litigation after four years | IDENTITY: not ARCHIVED
L10 anonymised | IDENTITY: not ARCHIVED
L10 archived, an emergency | IDENTITY: VITAL_INTEREST
L14 who keeps files accurate, in the own département | IDENTITY: LEGAL_OBLIGATION
L14 the same, another category | NEEDS: not NOT_HABILITATED
L14 the same, in another département | IDENTITY: not NOT_HABILITATED
L7  the same, without a purpose | IDENTITY: not NOT_HABILITATED
L7  the same, to count or to control | IDENTITY: not NOT_HABILITATED
L11 the same, acting for another organisation | IDENTITY: not NOT_HABILITATED
`);
  });

  it("SELF: a person reads their own file, but for what protects a child (L4, L14, L17)", () => {
    const self = (personId: string): Facts => ({ asker: { personId, professionalId: null, partnerId: null, purpose: "SELF_ACCESS" }, standing: null });
    expect(
      print([
        ["L17", "the own file", "IDENTITY", self("b1")],
        ["L17", "the own file, archived", "HEALTH", { ...self("b1"), person: { lastContactAt: new Date("2020-01-01T09:00:00Z") } }],
        ["L4", "the own file, what protects a child", "CHILD_PROTECTION", self("b1")],
        ["L14", "another's file", "IDENTITY", self("b2")],
        ["L14", "another's file, granted to everybody", "IDENTITY", { ...self("b2"), grants: [grant("CONSENT")], person: TEAM }],
      ]),
    ).toBe(`
L17 the own file | IDENTITY: SELF
L17 the own file, archived | HEALTH: SELF
L4  the own file, what protects a child | CHILD_PROTECTION: not NO_GRANT
L14 another's file | IDENTITY: not NO_GRANT
L14 another's file, granted to everybody | IDENTITY: not NO_GRANT
`);
  });

  it("gives the municipality no more than its powers need: that somebody is supported, never why (L3)", () => {
    const mayor: Facts = { asker: { agreements: [{ ...AGREEMENT, partyIds: ["dept-92", "ngo"] }] }, standing: { partnerId: "ngo", partnerKind: "COMMUNE", secrecyBasis: null }, habilitation: null };
    expect(print([["L3", "a municipality's agent", "PATHWAY", mayor], ["L3", "with a consent", "NEEDS", { ...mayor, grants: [toNgo({ purpose: "SUPPORT" })] }]])).toBe(`
L3  a municipality's agent | PATHWAY: not NOT_HABILITATED
L3  with a consent | NEEDS: not NOT_HABILITATED
`);
  });
});
