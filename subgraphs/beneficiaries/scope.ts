// The rows that `decide.ts` opens to an asker, as one filter over people, so that pages, counts and cursors are of what may
// be read and nothing is taken out of an answer afterwards. What `decide.ts` asks of one file is asked here of all of them;
// test/subgraphs/beneficiaries-scope.test.ts holds the two together.
//
// Grounds to share are rows of their own. Where they matter, the query looks them up under the name `shared`: those that are
// in force, for the asker's organisation and purpose, and objections to the care team.
import { whyNotHabilitated, type Purpose, type WithheldReason } from "../law/law.ts";
import { addDays } from "./calendar.ts";
import {
  archivedDepartment,
  coveredDepartments,
  GROUNDS,
  isCaredFor,
  isEvaluator,
  isInMission,
  isOpen,
  majorityOn,
  mayBeOpened,
  matchedDepartment,
  OF_EVALUATIONS,
  sharesCare,
  type Asker,
  type Ground,
  type When,
} from "./decide.ts";
import { activeForProtectionOn, activeOn, archivedOn } from "./retention.ts";
import type { EmergencyRow, EvaluationRow, StandingRow } from "./rows.ts";

export type Filter = Readonly<Record<string, unknown>>;

export interface RowScope {
  /** Over a person's row and, where `shared` is not null, the looked-up grants. */
  readonly match: Filter;
  /** Which of each person's grants to look up; null where none decides. */
  readonly shared: Filter | null;
  /** Why the asker reaches nobody at all, whoever there is; null where some may be reached. */
  readonly reason: WithheldReason | null;
}

/** The asker with what is open to them by name. */
export interface Standpoint {
  readonly asker: Asker;
  readonly emergencies: readonly EmergencyRow[];
  readonly evaluations: readonly EvaluationRow[];
  readonly when: When;
}

/** Categories that decide which people are reached. */
type Reached = "IDENTITY" | "HOUSEHOLD" | "CHILD_PROTECTION";

export const EVERYBODY: RowScope = { match: {}, shared: null, reason: null };

/** People of whose existence the asker may learn: all but those whom only a child's protection made known (CASF L.226-2-2); to a person, nobody else. */
export function knownPeople(standpoint: Standpoint): RowScope {
  const { personId } = standpoint.asker;
  if (personId !== null) return { match: { _id: personId }, shared: null, reason: null };
  const known = anyOf([{ match: { protectedOnly: false }, shared: null, reason: null }, readablePeople("CHILD_PROTECTION", standpoint)]);
  // Which says nothing, and lets an index that has it keep its order for whoever reaches both.
  return reachesSecrets(standpoint) ? { ...known, match: { $and: [{ protectedOnly: { $in: [false, true] } }, known.match] } } : known;
}

/** Whether a file about a child at risk could be open to the asker at all: to others there is none. */
export function reachesSecrets(standpoint: Standpoint): boolean {
  return readablePeople("CHILD_PROTECTION", standpoint).reason === null;
}

/** People of whom the asker may read the category, and of whom they may know. */
export function searchablePeople(category: Reached, standpoint: Standpoint): RowScope {
  return allOf([readablePeople(category, standpoint), knownPeople(standpoint)]);
}

/** The same for a search by the place where they live: who may not read it must not find it out by guessing. */
export function searchableByHome(standpoint: Standpoint): RowScope {
  return allOf([readablePeople("HOUSEHOLD", standpoint), searchablePeople("IDENTITY", standpoint)]);
}

function readablePeople(category: Reached, standpoint: Standpoint): RowScope {
  const { asker, when } = standpoint;
  if (asker.personId !== null) return category === "CHILD_PROTECTION" ? nobody("NO_GRANT") : { match: { _id: asker.personId }, shared: null, reason: null };
  const matched = matchedDepartment(category, asker);
  const stewards = matched === null ? [] : [{ match: { departmentCode: matched }, shared: null, reason: null }];
  return anyOf([...stewards, entitledPeople(category, standpoint, whyNotHabilitated(asker, when))]);
}

function entitledPeople(category: Reached, { asker, emergencies, evaluations, when }: Standpoint, reason: WithheldReason | null): RowScope {
  const { standing, purpose } = asker;
  if (reason !== null || standing === null || purpose === null) return nobody(reason ?? "NOT_HABILITATED");
  const isOpened = mayBeOpened(category, standing);
  const opened = emergencies.filter((one) => isOpened && one.purpose === purpose && isOpen(one, when)).map(({ personId }) => personId);
  const departments = coveredDepartments(asker, when);
  const covered: RowScope = { match: { departmentCode: { $in: departments } }, shared: null, reason: null };
  const grounded = departments.length === 0 ? nobody("PURPOSE_NOT_COVERED") : allOf([covered, groundedPeople({ category, purpose, standing, evaluations, when })]);
  return anyOf([...(opened.length === 0 ? [] : [{ match: { _id: { $in: opened } }, shared: null, reason: null }]), grounded]);
}

interface Asked {
  readonly category: Reached;
  readonly purpose: Purpose;
  readonly standing: StandingRow;
  readonly evaluations: readonly EvaluationRow[];
  readonly when: When;
}

function groundedPeople(asked: Asked): RowScope {
  const { category, purpose, standing, when } = asked;
  if (!isInMission(category, standing)) return nobody("NOT_IN_MISSION");
  const presumed = isCaredFor(category, purpose) && sharesCare(standing);
  const team = presumed ? [{ ...inTeam(standing, when), shared: { $not: { $elemMatch: OBJECTION } } }] : [];
  const grounds = Object.entries(GROUNDS).flatMap(([basis, ground]) => (ground.asker(standing, category) ? [byGround(basis, ground, asked)] : []));
  const homes = inEvaluatedHomes(asked);
  const ways = [...team, ...homes, ...grounds];
  // Only a child's protection has no ground at all for whoever is not bound (CASF L.226-2-2).
  if (ways.length === 0) return nobody("SECRECY_NOT_BOUND");
  const archive = archivedDepartment(category, standing);
  const open = [
    { $and: [activeOn(when.today), { $or: ways }] },
    ...stillProtected(asked, homes),
    ...(archive === null ? [] : [{ $and: [{ departmentCode: archive }, archivedOn(when.today)] }]),
  ];
  const match = { $or: open };
  return { match, shared: { $or: [OBJECTION, inForceFor(asked)] }, reason: null };
}

/** By the clock of what protects a child. */
function stillProtected(asked: Asked, homes: readonly Filter[]): Filter[] {
  const ground = GROUNDS.CHILD_PROTECTION;
  if (!ground.asker(asked.standing, asked.category)) return [];
  return [{ $and: [activeForProtectionOn(asked.when.today), { $or: [...homes, byGround("CHILD_PROTECTION", ground, asked)] }] }];
}

const OBJECTION = { basis: "SAME_CARE_TEAM", status: "OPPOSED", liftedAt: null };

function inTeam({ _id, partnerId }: StandingRow, { today, graceDays }: When): Filter {
  const stays = { $or: [{ until: null }, { until: { $gte: addDays(today, -graceDays) } }] };
  return { team: { $elemMatch: { professionalId: _id, partnerId, role: { $ne: "OBSERVER" }, since: { $lte: today }, ...stays } } };
}

function inEvaluatedHomes({ category, purpose, standing, evaluations, when: { now, today } }: Asked): Filter[] {
  if (!OF_EVALUATIONS.purposes.has(purpose) || !OF_EVALUATIONS.categories.has(category) || !GROUNDS.CHILD_PROTECTION.asker(standing, category)) return [];
  const lives = { $or: [{ householdUntil: null }, { householdUntil: { $gte: today } }] };
  return evaluations
    .filter((one) => isEvaluator(one, standing, now))
    .map(({ householdId, personId }) => ({ householdId, _id: { $ne: personId }, birthDate: { $gt: majorityOn(today) }, ...lives }));
}

function byGround(basis: string, { inTeam: needsTeam, named, informed }: Ground, { category, standing, when }: Asked): Filter {
  const grant = {
    basis,
    status: "ACTIVE",
    dataCategories: category,
    ...(named === true && { professionalIds: standing._id }),
    ...(informed === true && { $or: [{ informedAt: { $ne: null } }, { informedException: { $ne: null } }] }),
  };
  return { shared: { $elemMatch: grant }, ...(needsTeam?.(standing) === true && inTeam(standing, when)) };
}

function inForceFor({ purpose, standing, when: { now } }: Asked): Filter {
  return {
    status: "ACTIVE",
    toPartnerIds: standing.partnerId,
    purpose,
    professionalIds: { $in: [[], standing._id] },
    givenAt: { $lte: now },
    withdrawnAt: null,
    $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }],
  };
}

function nobody(reason: WithheldReason): RowScope {
  return { match: { _id: { $in: [] } }, shared: null, reason };
}

/** Grants are of one asker and purpose whatever the category, so that scopes which need them need the same. */
function anyOf(scopes: readonly RowScope[]): RowScope {
  const open = scopes.filter(({ reason }) => reason === null);
  const [only] = open.length === 0 ? scopes : open;
  if (open.length < 2) return only ?? nobody("NO_GRANT");
  return { match: { $or: open.map(({ match }) => match) }, shared: open.find(({ shared }) => shared !== null)?.shared ?? null, reason: null };
}

function allOf(scopes: readonly RowScope[]): RowScope {
  const closed = scopes.find(({ reason }) => reason !== null);
  if (closed !== undefined) return closed;
  return { match: { $and: scopes.map(({ match }) => match) }, shared: scopes.find(({ shared }) => shared !== null)?.shared ?? null, reason: null };
}
