// Whether a caller may read a category of data about a person, on which ground, and if not, why not. Pure: what is needed
// to decide is handed in, and the same facts give the same answer in each subgraph, because the others are told by ticket.
//
// A decision has six parts: who asks, about whom, for what, on which ground, which kind of data, when. Each ground that the
// law knows has conditions of its own (`GROUNDS`); the first one whose conditions hold allows. Where none does, the reason
// is the nearest that would have helped.
import { isOfCare, refuse, type DataCategory, type Decision, type Purpose, type SharingBasis, type WithheldReason } from "../law/law.ts";
import { addDays } from "./calendar.ts";
import { retentionOn } from "./retention.ts";
import type { AgreementRow, EmergencyRow, GrantRow, PersonRow, StandingRow } from "./rows.ts";

export interface Asker {
  readonly professionalId: string | null;
  readonly partnerId: string | null;
  readonly personId: string | null;
  readonly purpose: Purpose | null;
  readonly scopes: ReadonlySet<string>;
  /** Null for an unknown professional. */
  readonly standing: StandingRow | null;
  /** Conventions of the caller's partner. */
  readonly agreements: readonly AgreementRow[];
}

export interface File {
  readonly person: Pick<PersonRow, "_id" | "departmentCode" | "team" | "lastContactAt" | "litigationHold" | "anonymisedOn">;
  readonly grants: readonly GrantRow[];
  /** Those that the asker opened. */
  readonly emergencies: readonly EmergencyRow[];
}

export interface When {
  readonly now: Date;
  /** In France, `YYYY-MM-DD`. */
  readonly today: string;
}

/** Who left the team reads on for so many days, so that a file can be handed over. */
export const GRACE_DAYS = 30;

export function decide(category: DataCategory, asker: Asker, file: File, when: When): Decision {
  if (asker.personId !== null) return decideForSelf(category, asker.personId === file.person._id);
  if (mayMatchIdentities(category, asker, file)) return { allowed: true, basis: "LEGAL_OBLIGATION" };
  const { standing, purpose } = asker;
  const reason = whyNotEntitled(asker, file, when);
  if (reason !== null || standing === null || purpose === null) return refuse(reason ?? "NOT_HABILITATED");
  const asked = { category, purpose, standing, file, when };
  if (file.emergencies.some((one) => one.purpose === purpose && when.now < one.until)) return { allowed: true, basis: "VITAL_INTEREST" };
  if (standing.habilitation?.dataCategories.includes(category) !== true) return refuse("NOT_IN_MISSION");
  if (retentionOn(file.person, when.today).state !== "ACTIVE") return refuse("ARCHIVED");
  if (isOfSameCareTeam(asked)) return { allowed: true, basis: "SAME_CARE_TEAM" };
  const ground = file.grants.find((grant) => isTo(grant, asked) && grant.purpose === purpose && isInForce(grant, when.now) && meetsConditions(grant, asked));
  return ground === undefined ? refuse(whyNoGround(asked)) : { allowed: true, basis: ground.basis as SharingBasis };
}

/** A person reads their own file (GDPR art. 15; CASF L.311-3 5°), but for what protects a child, which may speak of others (L.226-2-2). */
function decideForSelf(category: DataCategory, isSelf: boolean): Decision {
  return isSelf && category !== "CHILD_PROTECTION" ? { allowed: true, basis: "SELF" } : refuse("NO_GRANT");
}

/** What stops the asker whatever is asked: individual habilitation, and a purpose that it and a convention have (CASF R.263-5, L.263-4-1). */
function whyNotEntitled(asker: Asker, { person }: File, { today }: When): WithheldReason | null {
  const { standing, purpose, partnerId } = asker;
  const habilitation = standing?.habilitation ?? null;
  if (standing === null || habilitation === null || standing.partnerId !== partnerId) return "NOT_HABILITATED";
  if (today < habilitation.validFrom || (habilitation.validTo !== null && habilitation.validTo < today)) return "NOT_HABILITATED";
  if (purpose === null || !habilitation.purposes.includes(purpose)) return "PURPOSE_NOT_COVERED";
  const holder = holderOf(person);
  const covered = partnerId === holder || asker.agreements.some((one) => covers(one, [holder, purpose], today));
  return covered ? null : "PURPOSE_NOT_COVERED";
}

/** Who keeps the file: the département's council (chef de file, CASF L.121-1). */
function holderOf({ departmentCode }: Pick<PersonRow, "departmentCode">): string {
  return `dept-${departmentCode}`;
}

function covers({ partyIds, purposes, validFrom, validTo, suspensions }: AgreementRow, [holder, purpose]: readonly [string, Purpose], today: string): boolean {
  if (!partyIds.includes(holder) || !purposes.includes(purpose) || today < validFrom || (validTo !== null && validTo < today)) return false;
  return !suspensions.some(({ from, until }) => from <= today && (until === null || today <= until));
}

/** Whoever keeps files accurate compares who people are, in the own département only (GDPR art. 5.1.d). */
function mayMatchIdentities(category: DataCategory, { scopes, standing }: Asker, { person }: File): boolean {
  return category === "IDENTITY" && scopes.has("identity:merge") && standing?.partnerId === holderOf(person);
}

interface Asked {
  readonly category: DataCategory;
  readonly purpose: Purpose;
  readonly standing: StandingRow;
  readonly file: File;
  readonly when: When;
}

/** Purposes for which a care team may share. */
const OF_CARE_TEAMS: ReadonlySet<Purpose> = new Set<Purpose>(["SUPPORT", "EVALUATION", "REFERRAL"]);
/** What no care team shares by itself: it needs a ground of its own. */
const BEYOND_CARE: ReadonlySet<DataCategory> = new Set<DataCategory>(["CHILD_PROTECTION", "JUSTICE"]);

/** Presumed entrusted to all who take part in the care, unless the person objected (CSP L.1110-4 III, R.1110-2). */
function isOfSameCareTeam(asked: Asked): boolean {
  const { category, purpose, standing, file } = asked;
  const objected = file.grants.some(({ basis, status }) => basis === "SAME_CARE_TEAM" && status === "OPPOSED");
  return !objected && OF_CARE_TEAMS.has(purpose) && !BEYOND_CARE.has(category) && isInTeam(asked) && isOfCare(standing.profession) && isBound(standing);
}

/** Observers are in no team that shares. */
function isInTeam({ standing, file, when: { today } }: Asked): boolean {
  return file.person.team.some(
    ({ professionalId, partnerId, role, since, until }) =>
      professionalId === standing._id &&
      partnerId === standing.partnerId &&
      role !== "OBSERVER" &&
      since <= today &&
      (until === null || today <= addDays(until, GRACE_DAYS)),
  );
}

function isBound({ secrecyBasis }: StandingRow): boolean {
  return secrecyBasis !== null;
}

/** Whether a grant speaks of this asker and this category, whatever became of it. */
function isTo({ toPartnerIds, dataCategories, professionalIds }: GrantRow, { category, standing }: Asked): boolean {
  const isNamed = professionalIds.length === 0 || professionalIds.includes(standing._id);
  return toPartnerIds.includes(standing.partnerId) && dataCategories.includes(category) && isNamed;
}

function isInForce({ status, givenAt, expiresAt, withdrawnAt }: GrantRow, now: Date): boolean {
  return status === "ACTIVE" && givenAt <= now && (expiresAt === null || now < expiresAt) && withdrawnAt === null;
}

type Conditions = (grant: GrantRow, asked: Asked) => boolean;

const isNoChildProtection: Conditions = (_, { category }) => category !== "CHILD_PROTECTION";
/** Missions that carry out the policy of child protection or assist in it. */
const CHILD_MISSIONS: ReadonlySet<string> = new Set(["ASE", "CRIP", "MESURES"]);
/** What an insertion network does not take in but from listed actors (CASF R.263-3): RQTH counts as health. */
const BEYOND_INSERTION: ReadonlySet<string> = new Set(["HEALTH", "JUSTICE", "CHILD_PROTECTION"]);

const GROUNDS: Readonly<Record<SharingBasis, Conditions>> = {
  // CSP L.1110-4 III: outside of the care team, by the person's prior consent. No consent opens a child's protected data.
  CONSENT: isNoChildProtection,
  // Recorded only to be objected to: it is presumed.
  SAME_CARE_TEAM: (grant, asked) => isNoChildProtection(grant, asked) && isInTeam(asked) && isOfCare(asked.standing.profession) && isBound(asked.standing),
  // CSP L.1110-4 II: between identified professionals who both take part.
  NAMED_EXCHANGE: (grant, asked) => isNoChildProtection(grant, asked) && grant.professionalIds.includes(asked.standing._id) && isBound(asked.standing),
  // CASF L.121-6-2: professionals who act for the same person or family.
  SOCIAL_ACTION_COORDINATION: (grant, asked) => isNoChildProtection(grant, asked) && isInTeam(asked) && isBound(asked.standing),
  // CASF L.226-2-2: cumulative. Bound by secrecy, carrying out the policy, the family informed or a reason not to.
  CHILD_PROTECTION: ({ informedAt, informedException }, { standing }) =>
    isBound(standing) && standing.missions.some((code) => CHILD_MISSIONS.has(code)) && (informedAt !== null || informedException !== null),
  // CASF L.263-4-1.
  INSERTION_NETWORK: (_, { category }) => !BEYOND_INSERTION.has(category),
  // Décret 2021-8 (eviction survey) and the like: the text itself says who does what.
  LEGAL_OBLIGATION: (_, asked) => isInTeam(asked) || isBound(asked.standing),
  // Only as an access that was opened, which is an emergency and no grant.
  VITAL_INTEREST: () => false,
};

function meetsConditions(grant: GrantRow, asked: Asked): boolean {
  return GROUNDS[grant.basis as SharingBasis](grant, asked);
}

/** Nearest first: what the person decided, then what the caller lacks, then what is over. */
function whyNoGround(asked: Asked): WithheldReason {
  const { file, purpose, standing, when } = asked;
  const about = file.grants.filter((grant) => isTo(grant, asked));
  if (about.some(({ status }) => status === "OPPOSED")) return "OPPOSED";
  const inForce = about.filter((grant) => isInForce(grant, when.now));
  const ifBound = { ...asked, standing: { ...standing, secrecyBasis: "any" } };
  if (!isBound(standing) && (isInTeam(asked) || inForce.some((grant) => grant.purpose === purpose && meetsConditions(grant, ifBound)))) return "SECRECY_NOT_BOUND";
  if (inForce.some((grant) => grant.purpose !== purpose && meetsConditions(grant, asked))) return "PURPOSE_NOT_COVERED";
  const isOver = ({ status, expiresAt, withdrawnAt }: GrantRow): boolean =>
    ["EXPIRED", "WITHDRAWN", "SUPERSEDED"].includes(status) || withdrawnAt !== null || (expiresAt !== null && expiresAt <= when.now);
  return about.some((grant) => grant.purpose === purpose && isOver(grant)) ? "GRANT_EXPIRED" : "NO_GRANT";
}
