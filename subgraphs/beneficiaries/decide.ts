// Whether a caller may read a category of data about a person, on which ground, and if not, why not. Pure: what is needed
// to decide is handed in, and the same facts give the same answer in each subgraph, because the others are told by ticket.
//
// A decision has six parts: who asks, about whom, for what, on which ground, which kind of data, when. Each ground that the
// law knows has conditions of its own (`GROUNDS`); the first one whose conditions hold allows. Where none does, the reason
// is the nearest that would have helped.
import { isOfCare, isOfExchange, refuse, whyNotHabilitated, type DataCategory, type Decision, type Purpose, type SharingBasis, type WithheldReason } from "../law/law.ts";
import { addDays, addMonths } from "./calendar.ts";
import { retentionOn, stateForReaders, type RetentionFacts } from "./retention.ts";
import type { AgreementRow, EmergencyRow, EvaluationRow, GrantDraft, Membership, PersonRow, StandingRow } from "./rows.ts";

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

type Decided = "_id" | "departmentCode" | "birthDate" | "householdId" | "householdUntil" | "protectedOnly";

export interface File {
  readonly person: Pick<PersonRow, Decided> & RetentionFacts & { readonly team: readonly Membership[] };
  readonly grants: readonly GrantDraft[];
  /** Those that the asker opened. */
  readonly emergencies: readonly EmergencyRow[];
  /** Of children of the person's household, that the asker takes part in. */
  readonly evaluations: readonly EvaluationRow[];
}

export interface When {
  readonly now: Date;
  /** In France, `YYYY-MM-DD`. */
  readonly today: string;
  /** Who left the team reads on for so many days, so that a file can be handed over. */
  readonly graceDays: number;
}

export const DEFAULT_GRACE_DAYS = 30;

export function decide(category: DataCategory, asker: Asker, file: File, when: When): Decision {
  if (asker.personId !== null) return decideForSelf(category, asker.personId === file.person._id);
  if (matchedDepartment(category, asker) === file.person.departmentCode) return { allowed: true, basis: "LEGAL_OBLIGATION" };
  if (category === "COORDINATION" && !isMunicipal(asker.standing)) return decide("PATHWAY", asker, file, when);
  const { standing, purpose } = asker;
  const reason = whyNotHabilitated(asker, when);
  if (reason !== null || standing === null || purpose === null) return refuse(reason ?? "NOT_HABILITATED");
  const asked = { category, purpose, standing, file, when };
  if (isOfVitalInterest(asked)) return { allowed: true, basis: "VITAL_INTEREST" };
  if (!isCovered(asker, { category, departmentCode: file.person.departmentCode, when })) return refuse("PURPOSE_NOT_COVERED");
  if (!isInMission(category, standing)) return refuse("NOT_IN_MISSION");
  const state = stateForReaders(file.person, when.today);
  if (state === "INTERMEDIATE_ARCHIVE" && archivedDepartment(category, standing) === file.person.departmentCode) return { allowed: true, basis: "LEGAL_OBLIGATION" };
  if (state !== "ACTIVE") return isStillProtected(asked) ? { allowed: true, basis: "CHILD_PROTECTION" } : refuse("ARCHIVED");
  if (isOfSameCareTeam(asked)) return { allowed: true, basis: "SAME_CARE_TEAM" };
  if (isOfEvaluatedHome(asked)) return { allowed: true, basis: "CHILD_PROTECTION" };
  const ground = file.grants.find((grant) => opens(grant, asked));
  return ground === undefined ? refuse(whyNoGround(asked)) : { allowed: true, basis: ground.basis as SharingBasis };
}

/** What protects a child goes on by a clock of its own, of which others are not told. */
function isStillProtected(asked: Asked): boolean {
  const { file, when } = asked;
  if (retentionOn(file.person, when.today).state !== "ACTIVE") return false;
  return isOfEvaluatedHome(asked) || file.grants.some((grant) => grant.basis === "CHILD_PROTECTION" && opens(grant, asked));
}

/** A person reads their own file (GDPR art. 15; CASF L.311-3 5°), but for what protects a child, which may speak of others (L.226-2-2). */
function decideForSelf(category: DataCategory, isSelf: boolean): Decision {
  return isSelf && category !== "CHILD_PROTECTION" ? { allowed: true, basis: "SELF" } : refuse("NO_GRANT");
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
export function mayBeOpened(category: DataCategory, standing: StandingRow): boolean {
  return !BEYOND_LIFE.has(category) && (category !== "CHILD_PROTECTION" || isBound(standing));
}

function isOfVitalInterest({ category, purpose, standing, file, when }: Asked): boolean {
  return mayBeOpened(category, standing) && file.emergencies.some((one) => one.purpose === purpose && isOpen(one, when));
}

/** Its hour is one of the clock: where that is put back, it has not begun. */
export function isOpen({ openedAt, until }: Pick<EmergencyRow, "openedAt" | "until">, { now }: When): boolean {
  return openedAt <= now && now < until;
}

/** Who keeps the file is the département's council (chef de file, CASF L.121-1). */
const HOLDER = "dept-";

export function holderOf({ departmentCode }: Pick<PersonRow, "departmentCode">): string {
  return `${HOLDER}${departmentCode}`;
}

/** The département whose files the organisation keeps; null: none. */
export function departmentHeldBy(partnerId: string): string | null {
  return partnerId.startsWith(HOLDER) ? partnerId.slice(HOLDER.length) : null;
}

interface Covered {
  readonly category: DataCategory;
  readonly departmentCode: string;
  readonly when: When;
}

/** Whether a convention in force with the file's holder has the purpose; the holder needs none with itself. */
export function isCovered(asker: Asker, { category, departmentCode, when }: Covered): boolean {
  // The mayor is told by the law itself (CASF L.121-6-2), who needs no convention for it.
  return category === "COORDINATION" || coveredDepartments(asker, when).includes(departmentCode);
}

/** Whose files the asker's organisation may read for the purpose: its own, and those of councils that it has a convention with. */
export function coveredDepartments({ partnerId, purpose, agreements }: Asker, { today }: When): string[] {
  const inForce = agreements.filter((one) => purpose !== null && one.purposes.includes(purpose) && isAgreed(one, today));
  const parties = [...(partnerId === null ? [] : [partnerId]), ...inForce.flatMap(({ partyIds }) => partyIds)];
  return [...new Set(parties.filter((id) => id.startsWith(HOLDER)).map((id) => id.slice(HOLDER.length)))];
}

export function covers(agreement: AgreementRow, [holder, purpose]: readonly [string, Purpose], today: string): boolean {
  return agreement.partyIds.includes(holder) && agreement.purposes.includes(purpose) && isAgreed(agreement, today);
}

function isAgreed({ validFrom, validTo, suspensions }: AgreementRow, today: string): boolean {
  if (today < validFrom || (validTo !== null && validTo < today)) return false;
  return !suspensions.some(({ from, until }) => from <= today && (until === null || today <= until));
}

/** The département whose identities the asker compares to keep its files accurate (GDPR art. 5.1.d); null: none. */
export function matchedDepartment(category: DataCategory, { scopes, standing, partnerId, purpose }: Asker): string | null {
  if (category !== "IDENTITY" || !scopes.has("identity:merge") || standing?.partnerId.startsWith(HOLDER) !== true) return null;
  // For their own organisation, and for what helps somebody: no counting and no control goes through people's names (CASF L.263-4-1).
  return standing.partnerId === partnerId && isOfExchange(purpose) ? standing.partnerId.slice(HOLDER.length) : null;
}

function isMunicipal(standing: StandingRow | null): boolean {
  return standing?.partnerKind === "COMMUNE";
}

/** A mayor's services learn *that* somebody's support is coordinated, never why (CASF L.121-6-2), whatever they are habilitated for. */
export function isInMission(category: DataCategory, standing: StandingRow): boolean {
  return isMunicipal(standing) && category !== "COORDINATION" ? false : standing.habilitation?.dataCategories.includes(category) === true;
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

/**
 * Whose archive the asker reads; null: none. It has readers of its own, few and at the holder; a ground of the time of
 * support opens it no more (CASF R.263-8, CNIL 2023-095).
 */
export function archivedDepartment(category: DataCategory, { missions, partnerId }: StandingRow): string | null {
  return missions.includes("ARCHIVES") && partnerId.startsWith(HOLDER) && !BEYOND_CARE.has(category) ? partnerId.slice(HOLDER.length) : null;
}

/** Presumed entrusted to all who take part in the care, unless the person objected (CSP L.1110-4 III, R.1110-2). */
function isOfSameCareTeam(asked: Asked): boolean {
  const { category, purpose, standing, file } = asked;
  const objected = file.grants.some((grant) => grant.basis === "SAME_CARE_TEAM" && isOpposed(grant));
  return !objected && isCaredFor(category, purpose) && sharesCare(standing) && isInTeam(asked);
}

/** An objection stands until the person lifts it. */
export function isOpposed({ status, liftedAt }: Pick<GrantDraft, "status" | "liftedAt">): boolean {
  return status === "OPPOSED" && (liftedAt ?? null) === null;
}

export function isCaredFor(category: DataCategory, purpose: Purpose): boolean {
  return OF_CARE_TEAMS.has(purpose) && !BEYOND_CARE.has(category);
}

function isInTeam({ standing, file, when }: Asked): boolean {
  return isInTeamOf(file.person, standing, when);
}

/** Observers are in no team that shares. */
export function isInTeamOf(
  { team }: Pick<File["person"], "team">,
  standing: Pick<StandingRow, "_id" | "partnerId">,
  { today, graceDays }: When,
): boolean {
  return team.some(
    ({ professionalId, partnerId, role, since, until }) =>
      professionalId === standing._id &&
      partnerId === standing.partnerId &&
      role !== "OBSERVER" &&
      since <= today &&
      (until === null || today <= addDays(until, graceDays)),
  );
}

/** Purposes for which a child at risk is evaluated, and what of the other minors of the home is strictly necessary to it. */
export const OF_EVALUATIONS: { readonly purposes: ReadonlySet<Purpose>; readonly categories: ReadonlySet<DataCategory> } = {
  purposes: new Set<Purpose>(["CHILD_PROTECTION", "EVALUATION"]),
  categories: new Set<DataCategory>(["IDENTITY", "HOUSEHOLD", "NEEDS", "CHILD_PROTECTION"]),
};

const MONTHS_OF_MINORITY = 216;

/** Who was born after this day is a minor. */
export function majorityOn(today: string): string {
  return addMonths(today, -MONTHS_OF_MINORITY);
}

/** While a child is evaluated, its evaluators look at the other minors of the home too (CASF L.226-3), and nobody else does. */
function isOfEvaluatedHome({ category, purpose, standing, file: { person, evaluations }, when }: Asked): boolean {
  const { birthDate, householdId, householdUntil } = person;
  if (!OF_EVALUATIONS.purposes.has(purpose) || !OF_EVALUATIONS.categories.has(category) || !GROUNDS.CHILD_PROTECTION.asker(standing, category)) return false;
  if (birthDate === null || birthDate <= majorityOn(when.today) || (householdUntil !== null && householdUntil < when.today)) return false;
  return evaluations.some((one) => one.personId !== person._id && one.householdId === householdId && isEvaluator(one, standing, when.now));
}

/** An evaluation opens what it opens while it goes on and where the family was informed, or for a reason was not (CASF L.226-2-2). */
export function isEvaluator({ professionalIds, openedAt, closedAt, informedAt, informedException }: EvaluationRow, standing: StandingRow, now: Date): boolean {
  const isOpen = openedAt <= now && (closedAt === null || now < closedAt);
  return isOpen && professionalIds.includes(standing._id) && (informedAt !== null || informedException !== null);
}

export function isBound({ secrecyBasis }: StandingRow): boolean {
  return secrecyBasis !== null;
}

export function sharesCare(standing: StandingRow): boolean {
  return isOfCare(standing.profession) && isBound(standing);
}

/** Whether a grant speaks of this asker and this category, whatever became of it. */
function isTo({ toPartnerIds, dataCategories, professionalIds }: GrantDraft, { category, standing }: Asked): boolean {
  const isNamed = professionalIds.length === 0 || professionalIds.includes(standing._id);
  return toPartnerIds.includes(standing.partnerId) && dataCategories.includes(category) && isNamed;
}

function isInForce({ status, givenAt, expiresAt, withdrawnAt }: GrantDraft, now: Date): boolean {
  return status === "ACTIVE" && givenAt <= now && (expiresAt === null || now < expiresAt) && withdrawnAt === null;
}

/** The conditions of a ground, as data: they are asked of one file here and of all files at once by `scope.ts`. */
export interface Ground {
  /** What the asker must be, whoever it is about. */
  readonly asker: (standing: StandingRow, category: DataCategory) => boolean;
  /** Whether the asker must be in the person's team. */
  readonly inTeam?: (standing: StandingRow) => boolean;
  /** The grant must name the asker. */
  readonly named?: true;
  /** The family was informed beforehand, or there is a reason not to. */
  readonly informed?: true;
}

const isNoChildProtection = (category: DataCategory): boolean => category !== "CHILD_PROTECTION";
const always = (): boolean => true;
/** Missions that carry out the policy of child protection or assist in it. */
export const CHILD_MISSIONS: ReadonlySet<string> = new Set(["ASE", "CRIP", "MESURES"]);
/** What an insertion network does not take in but from listed actors (CASF R.263-3): RQTH counts as health. */
export const BEYOND_INSERTION: ReadonlySet<string> = new Set(["HEALTH", "JUSTICE", "CHILD_PROTECTION"]);

export const GROUNDS: Readonly<Record<SharingBasis, Ground>> = {
  // CSP L.1110-4 III: outside of the care team, by the person's prior consent. No consent opens a child's protected data.
  CONSENT: { asker: (_, category) => isNoChildProtection(category) },
  // Recorded only to be objected to: it is presumed.
  SAME_CARE_TEAM: { asker: (standing, category) => isNoChildProtection(category) && sharesCare(standing), inTeam: always },
  // CSP L.1110-4 II: between identified professionals who both take part.
  NAMED_EXCHANGE: { asker: (standing, category) => isNoChildProtection(category) && isBound(standing), named: true },
  // CASF L.121-6-2: professionals who act for the same person or family; a mayor, who does not, is told that and no more.
  SOCIAL_ACTION_COORDINATION: {
    asker: (standing, category) => isNoChildProtection(category) && (isMunicipal(standing) || isBound(standing)),
    inTeam: (standing) => !isMunicipal(standing),
  },
  // CASF L.226-2-2: cumulative. Bound by secrecy, carrying out the policy, the family informed or a reason not to.
  CHILD_PROTECTION: { asker: (standing) => isBound(standing) && standing.missions.some((code) => CHILD_MISSIONS.has(code)), informed: true },
  // CASF L.263-4-1.
  INSERTION_NETWORK: { asker: (_, category) => !BEYOND_INSERTION.has(category) },
  // Décret 2021-8 (eviction survey) and the like: the text itself says who does what. A child's data stay among the bound (L.226-2-2).
  LEGAL_OBLIGATION: { asker: (standing, category) => isNoChildProtection(category) || isBound(standing), inTeam: (standing) => !isBound(standing) },
  // Only as an access that was opened, which is an emergency and no grant.
  VITAL_INTEREST: { asker: () => false },
};

function opens(grant: GrantDraft, asked: Asked): boolean {
  return isTo(grant, asked) && grant.purpose === asked.purpose && isInForce(grant, asked.when.now) && meetsConditions(grant, asked);
}

function meetsConditions(grant: GrantDraft, asked: Asked): boolean {
  const { asker, inTeam, named = false, informed = false } = GROUNDS[grant.basis as SharingBasis];
  const { standing, category } = asked;
  if (!asker(standing, category) || (inTeam?.(standing) === true && !isInTeam(asked))) return false;
  if (named && !grant.professionalIds.includes(standing._id)) return false;
  return !informed || grant.informedAt !== null || grant.informedException !== null;
}

/** Nearest first: what the person decided, then what the caller lacks, then what is over. */
function whyNoGround(asked: Asked): WithheldReason {
  const { file, purpose, standing, when } = asked;
  const about = file.grants.filter((grant) => isTo(grant, asked));
  if (about.some(isOpposed)) return "OPPOSED";
  const inForce = about.filter((grant) => isInForce(grant, when.now));
  const ifBound = { ...asked, standing: { ...standing, secrecyBasis: "any" } };
  if (!isBound(standing) && (isInTeam(asked) || inForce.some((grant) => grant.purpose === purpose && meetsConditions(grant, ifBound)))) return "SECRECY_NOT_BOUND";
  if (inForce.some((grant) => grant.purpose !== purpose && meetsConditions(grant, asked))) return "PURPOSE_NOT_COVERED";
  const isOver = ({ status, expiresAt, withdrawnAt }: GrantDraft): boolean =>
    ["EXPIRED", "WITHDRAWN", "SUPERSEDED"].includes(status) || withdrawnAt !== null || (expiresAt !== null && expiresAt <= when.now);
  return about.some((grant) => grant.purpose === purpose && isOver(grant)) ? "GRANT_EXPIRED" : "NO_GRANT";
}
