// What the law asks before a right to share is recorded, ground by ground. Pure; reading asks for more (`decide.ts`), so
// that a right which was given rightly still opens nothing to somebody who is not bound, habilitated or in the team.
import { isOfCare, type DataCategory, type Purpose, type SharingBasis } from "../../law/law.ts";
import { BEYOND_INSERTION, CHILD_MISSIONS, covers, holderOf, isBound, isOpposed, type When } from "../decide.ts";
import type { AgreementRow, StandingRow } from "../rows.ts";
import type { Party } from "./authority.ts";
import { WriteRefused } from "./refusal.ts";

export interface GrantTerms {
  readonly basis: SharingBasis;
  readonly purpose: Purpose;
  readonly dataCategories: readonly DataCategory[];
  readonly toPartnerIds: readonly string[];
  readonly professionalIds: readonly string[];
  readonly expiresAt: Date | null;
  readonly informedAt: Date | null;
  readonly informedException: string | null;
  readonly evidence: string | null;
}

export interface GrantFacts {
  readonly party: Party;
  /** Of the professionals to whom it is given by name. */
  readonly named: readonly StandingRow[];
  /** Of the partners to whom it is given. */
  readonly agreements: readonly AgreementRow[];
  readonly when: When;
}

/** Throws WriteRefused. */
export function assertConditions(terms: GrantTerms, facts: GrantFacts): void {
  assertTerms(terms, facts);
  const { party } = facts;
  if (party.grants.some((grant) => grant.basis === terms.basis && isOpposed(grant))) {
    throw new WriteRefused("SHARING_OPPOSED", "basis", `Cannot share on the ground ${terms.basis} because the person objected to it.`);
  }
  const why = GROUNDS[terms.basis](terms, facts);
  if (why !== null) throw new WriteRefused("BASIS_CONDITIONS_NOT_MET", why.field, why.message);
  assertReadable(terms, party);
  assertCovered(terms, facts);
}

function assertTerms({ dataCategories, toPartnerIds, expiresAt, informedAt }: GrantTerms, { when }: GrantFacts): void {
  if (dataCategories.length === 0) throw bad("dataCategories", "Expected at least one data category, got none.");
  if (toPartnerIds.length === 0) throw bad("toPartnerIds", "Expected at least one partner, got none.");
  if (expiresAt !== null && expiresAt <= when.now) throw bad("expiresAt", "Expected an instant to come, got one that is over.");
  if (informedAt !== null && informedAt > when.now) throw bad("informedAt", "Expected an instant that was, got one to come.");
}

function bad(field: string, message: string): WriteRefused {
  return new WriteRefused("BAD_USER_INPUT", field, message);
}

interface Unmet {
  readonly field: string;
  readonly message: string;
}

type Condition = (terms: GrantTerms, facts: GrantFacts) => Unmet | null;

const unmet = (field: string, message: string): Unmet => ({ field, message });

/** Whatever the person says: a child's protected data have their own ground. */
const isNoChildData: Condition = ({ dataCategories, basis }) =>
  dataCategories.includes("CHILD_PROTECTION")
    ? unmet("dataCategories", `Cannot open CHILD_PROTECTION on the ground ${basis} because only the ground CHILD_PROTECTION does.`)
    : null;

const isByProfessional: Condition = ({ basis }, { party }) =>
  party.kind === "professional"
    ? null
    : unmet("basis", `Expected the ground CONSENT of a person, got ${basis}, which is for professionals to record.`);

const isInformed: Condition = ({ informedAt }) => (informedAt === null ? unmet("informedAt", "Expected when the person was informed, got nothing.") : null);

const areInTeam: Condition = ({ toPartnerIds }, { party, when: { today } }) => {
  const { team } = party.person;
  const isNow = ({ since, until }: (typeof team)[number]) => since <= today && (until === null || today <= until);
  const isMember = (id: string) => team.some((member) => member.partnerId === id && member.role !== "OBSERVER" && isNow(member));
  return toPartnerIds.every(isMember) ? null : unmet("toPartnerIds", "Expected partners who act for the person, got one who does not.");
};

const GROUNDS: Readonly<Record<SharingBasis, Condition>> = {
  // CSP L.1110-4 III.
  CONSENT: isNoChildData,
  // CSP L.1110-4 III: presumed, so that there is nothing to give.
  SAME_CARE_TEAM: ({ basis }) => unmet("basis", `Cannot give ${basis} because the law presumes it; the person may object.`),
  // CSP L.1110-4 II, R.1110-1: identified professionals who take part, and a person who was informed.
  NAMED_EXCHANGE: (terms, facts) => first(terms, facts, [isByProfessional, isNoChildData, isInformed, areNamed, areOthers]),
  // CASF L.121-6-2: who acts for the same person or family.
  SOCIAL_ACTION_COORDINATION: (terms, facts) => first(terms, facts, [isByProfessional, isNoChildData, areInTeam]),
  // CASF L.226-2-2: cumulative.
  CHILD_PROTECTION: (terms, facts) => first(terms, facts, [isByProfessional, isForChildren, isByWhoProtects, isInformedOrExcepted]),
  // CASF L.263-4-1, R.263-3.
  INSERTION_NETWORK: (terms, facts) => first(terms, facts, [isByProfessional, isInformed, isImportable]),
  // Décret 2021-8 and the like.
  LEGAL_OBLIGATION: (terms, facts) => first(terms, facts, [isByProfessional, isByHolder, citesText]),
  VITAL_INTEREST: ({ basis }) => unmet("basis", `Cannot give ${basis} because it is an emergency access, which is opened for an hour.`),
};

function first(terms: GrantTerms, facts: GrantFacts, conditions: readonly Condition[]): Unmet | null {
  for (const condition of conditions) {
    const why = condition(terms, facts);
    if (why !== null) return why;
  }
  return null;
}

const areNamed: Condition = ({ professionalIds, toPartnerIds }, { named }) => {
  if (professionalIds.length === 0) return unmet("professionalIds", "Expected the professionals who exchange, got none.");
  const mayExchange = (one: StandingRow) => toPartnerIds.includes(one.partnerId) && isOfCare(one.profession) && isBound(one);
  if (professionalIds.every((id) => named.some((one) => one._id === id && mayExchange(one)))) return null;
  return unmet("professionalIds", "Expected professionals of care of these partners who are bound by secrecy, got one who is not.");
};

/** Who gives it reads as one of the team, and no more when they leave it: a right of their own would outlast that. */
const areOthers: Condition = ({ professionalIds }, { party }) =>
  party.kind === "professional" && professionalIds.includes(party.standing._id)
    ? unmet("professionalIds", "Expected the others who exchange, got the caller, who reads as one of the team.")
    : null;

const isForChildren: Condition = ({ purpose }) =>
  purpose === "CHILD_PROTECTION" || purpose === "EVALUATION" ? null : unmet("purpose", `Expected the purpose CHILD_PROTECTION or EVALUATION, got ${purpose}.`);

const isByWhoProtects: Condition = (_, { party }) => {
  const protects = party.kind === "professional" && isBound(party.standing) && party.standing.missions.some((code) => CHILD_MISSIONS.has(code));
  return protects ? null : unmet("basis", "Expected a professional of child protection who is bound by secrecy, got another.");
};

const isInformedOrExcepted: Condition = ({ informedAt, informedException }) =>
  informedAt !== null || informedException !== null ? null : unmet("informedAt", "Expected when the family was informed, or why not, got neither.");

const isImportable: Condition = ({ dataCategories }) => {
  const beyond = dataCategories.filter((category) => BEYOND_INSERTION.has(category));
  return beyond.length === 0 ? null : unmet("dataCategories", `Expected categories that an insertion network takes in, got ${beyond.join(", ")}.`);
};

const isByHolder: Condition = (_, { party }) =>
  party.kind === "professional" && party.standing.partnerId === holderOf(party.person)
    ? null
    : unmet("basis", "Expected a professional of the file's holder, got another.");

const citesText: Condition = ({ evidence }) => (evidence === null ? unmet("evidence", "Expected the text that obliges, got nothing.") : null);

/** L.1110-4: strictly necessary and within the missions; nobody passes on what they may not read. */
function assertReadable({ dataCategories }: GrantTerms, party: Party): void {
  if (party.kind === "person") return;
  const unread = dataCategories.filter((category) => !party.readable.has(category));
  if (unread.length === 0) return;
  throw new WriteRefused("BASIS_CONDITIONS_NOT_MET", "dataCategories", `Expected categories that the caller may read, got ${unread.join(", ")}.`);
}

/** CASF L.263-4-1, GDPR art. 26 and 28: without a convention the right would open nothing. */
function assertCovered({ purpose, toPartnerIds }: GrantTerms, { party: { person }, agreements, when }: GrantFacts): void {
  const holder = holderOf(person);
  const isFine = (id: string) => id === holder || agreements.some((one) => one.partyIds.includes(id) && covers(one, [holder, purpose], when.today));
  if (toPartnerIds.every(isFine)) return;
  const why = `Cannot share for ${purpose} because no convention in force with each of these partners has that purpose.`;
  throw new WriteRefused("PURPOSE_NOT_IN_AGREEMENT", "purpose", why);
}
