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
  const reason = whyNotHabilitated(asker, when);
  if (reason !== null || standing === null || purpose === null) return refuse(reason ?? "NOT_HABILITATED");
  const asked = { category, purpose, standing, file, when };
  if (isOfVitalInterest(asked)) return { allowed: true, basis: "VITAL_INTEREST" };
  if (!isCovered(asker, file, when)) return refuse("PURPOSE_NOT_COVERED");
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

/** What stops the asker whoever it is about: individual habilitation, and a purpose that it has (CASF R.263-5, L.263-4-1). */
export function whyNotHabilitated({ standing, purpose, partnerId }: Asker, { today }: When): WithheldReason | null {
  const habilitation = standing?.habilitation ?? null;
  if (standing === null || habilitation === null || standing.partnerId !== partnerId) return "NOT_HABILITATED";
  if (today < habilitation.validFrom || (habilitation.validTo !== null && habilitation.validTo < today)) return "NOT_HABILITATED";
  return purpose === null || !habilitation.purposes.includes(purpose) ? "PURPOSE_NOT_COVERED" : null;
}

/** Whether a convention in force with the file's holder has the purpose; the holder needs none with itself. */
export function isCovered({ partnerId, purpose, agreements }: Asker, { person }: Pick<File, "person">, { today }: When): boolean {
  const holder = holderOf(person);
  return partnerId === holder || (purpose !== null && agreements.some((one) => covers(one, [holder, purpose], today)));
}

/**
 * What an opened access does not open: money and work save no life (GDPR art. 5.1.c), and data about offences have no
 * ground of vital interest (art. 10).
 */
const BEYOND_LIFE: ReadonlySet<DataCategory> = new Set<DataCategory>(["FINANCE", "EMPLOYMENT", "JUSTICE"]);

/**
 * GDPR art. 6.1.d and 9.2.c: beyond missions, conventions and the archive, since an emergency waits for none of them. What
 * protects a child stays among those who are bound by secrecy (CASF L.226-2-2).
 */
function isOfVitalInterest({ category, purpose, standing, file, when }: Asked): boolean {
  if (BEYOND_LIFE.has(category) || (category === "CHILD_PROTECTION" && !isBound(standing))) return false;
  return file.emergencies.some((one) => one.purpose === purpose && when.now < one.until);
}

/** Who keeps the file: the département's council (chef de file, CASF L.121-1). */
export function holderOf({ departmentCode }: Pick<PersonRow, "departmentCode">): string {
  return `dept-${departmentCode}`;
}

export function covers({ partyIds, purposes, validFrom, validTo, suspensions }: AgreementRow, [holder, purpose]: readonly [string, Purpose], today: string): boolean {
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
export const BEYOND_CARE: ReadonlySet<DataCategory> = new Set<DataCategory>(["CHILD_PROTECTION", "JUSTICE"]);

/** Presumed entrusted to all who take part in the care, unless the person objected (CSP L.1110-4 III, R.1110-2). */
function isOfSameCareTeam(asked: Asked): boolean {
  const { category, purpose, standing, file } = asked;
  const objected = file.grants.some(({ basis, status }) => basis === "SAME_CARE_TEAM" && status === "OPPOSED");
  return !objected && OF_CARE_TEAMS.has(purpose) && !BEYOND_CARE.has(category) && isInTeam(asked) && isOfCare(standing.profession) && isBound(standing);
}

function isInTeam({ standing, file, when: { today } }: Asked): boolean {
  return isInTeamOf(file.person, standing, today);
}

/** Observers are in no team that shares. */
export function isInTeamOf({ team }: Pick<PersonRow, "team">, standing: Pick<StandingRow, "_id" | "partnerId">, today: string): boolean {
  return team.some(
    ({ professionalId, partnerId, role, since, until }) =>
      professionalId === standing._id &&
      partnerId === standing.partnerId &&
      role !== "OBSERVER" &&
      since <= today &&
      (until === null || today <= addDays(until, GRACE_DAYS)),
  );
}

export function isBound({ secrecyBasis }: StandingRow): boolean {
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
export const CHILD_MISSIONS: ReadonlySet<string> = new Set(["ASE", "CRIP", "MESURES"]);
/** What an insertion network does not take in but from listed actors (CASF R.263-3): RQTH counts as health. */
export const BEYOND_INSERTION: ReadonlySet<string> = new Set(["HEALTH", "JUSTICE", "CHILD_PROTECTION"]);

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
  if (!isBound(standing) && (isInTeam(asked) || inForce.some((grant) => meetsConditions(grant, { ...asked, standing: { ...standing, secrecyBasis: "any" } })))) {
    return "SECRECY_NOT_BOUND";
  }
  if (inForce.some((grant) => grant.purpose !== purpose && meetsConditions(grant, asked))) return "PURPOSE_NOT_COVERED";
  const isOver = ({ status, expiresAt }: GrantRow): boolean => ["EXPIRED", "WITHDRAWN", "SUPERSEDED"].includes(status) || (expiresAt !== null && expiresAt <= when.now);
  return about.some((grant) => grant.purpose === purpose && isOver(grant)) ? "GRANT_EXPIRED" : "NO_GRANT";
}
