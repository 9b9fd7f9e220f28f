// How long a person's file is kept: two years from the last communication or as many months as its holder decided, two
// years more in intermediate archive, then destruction (CASF R.263-8; CNIL 2023-095). The clock starts at the last contact with the
// person, not at a login.
//
// A contact that there was only to protect a child keeps the file, and is told to nobody who does not protect the child
// (CASF L.226-2-2): so it runs a clock of its own. The job ends a file by the later of both; others read, and are told, by
// the first alone.
import { dayInFrance } from "../kit/kit.ts";
import { addDays, addMonths } from "./calendar.ts";

/** Where the holder decided nothing. */
const ACTIVE_MONTHS = 24;
const ARCHIVE_MONTHS = 24;

export interface RetentionFacts {
  /** Null: no contact ever, so the person never became a beneficiary. */
  readonly lastContactAt: Date | null;
  /** Of what protects a child; missing in rows from before it was kept. */
  readonly lastProtectionContactAt?: Date | null;
  readonly litigationHold: boolean;
  /** Of the file's holder, 1 to 36, as *partners* told. */
  readonly retentionMonths?: number | null;
  readonly anonymisedOn: string | null;
}

export const RETENTION_STATES = ["ACTIVE", "INTERMEDIATE_ARCHIVE", "DUE_FOR_DESTRUCTION", "ANONYMISED"] as const;
export type RetentionState = (typeof RETENTION_STATES)[number];

export interface RetentionStatus {
  readonly state: RetentionState;
  readonly lastContactAt: Date | null;
  readonly archiveOn: string | null;
  /** Null while a litigation holds the file. */
  readonly destroyOn: string | null;
  readonly litigationHold: boolean;
}

type Filter = Readonly<Record<string, unknown>>;

/** The filter for the rows that `stateForReaders` calls ACTIVE on the day. */
export function activeOn(today: string): Filter {
  return { $and: [notAnonymisedOn(today), { $expr: isAfter(today, ARCHIVE_AT) }] };
}

/** The filter for the rows that `retentionOn` calls ACTIVE on the day: those as well that only a child's protection keeps so. */
export function activeForProtectionOn(today: string): Filter {
  return { $and: [notAnonymisedOn(today), { $expr: isAfter(today, archiveAt(LAST_CONTACT_OF_ALL)) }] };
}

/** The filter for the rows that `stateForReaders` calls INTERMEDIATE_ARCHIVE on the day. */
export function archivedOn(today: string): Filter {
  const kept = { $or: ["$litigationHold", isAfter(today, { $dateAdd: { startDate: ARCHIVE_AT, unit: "month", amount: ARCHIVE_MONTHS, timezone: TIMEZONE } })] };
  return { $and: [notAnonymisedOn(today), { $expr: { $and: [{ $not: [isAfter(today, ARCHIVE_AT)] }, kept] } }] };
}

const TIMEZONE = "Europe/Paris";
/** Null where there was none: `$max` takes no notice of what is null or missing. */
const LAST_CONTACT_OF_ALL = { $max: ["$lastContactAt", "$lastProtectionContactAt"] };
const ARCHIVE_AT = archiveAt({ $cond: ["$protectedOnly", LAST_CONTACT_OF_ALL, "$lastContactAt"] });

/** As `addMonths`: the last day of a month that is too short. Null, which is before every day, where there was no contact. */
function archiveAt(startDate: object): object {
  return { $dateAdd: { startDate, unit: "month", amount: { $ifNull: ["$retentionMonths", ACTIVE_MONTHS] }, timezone: TIMEZONE } };
}

/** On a later day in France than `today`. */
function isAfter(today: string, instant: object): object {
  return { $gte: [instant, startOfDayInFrance(addDays(today, 1))] };
}

function notAnonymisedOn(today: string): Filter {
  return { $or: [{ anonymisedOn: null }, { anonymisedOn: { $gt: today } }] };
}

/** One or two hours before midnight in UTC, by the season. */
function startOfDayInFrance(day: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const summer = new Date(midnight - 7_200_000);
  return dayInFrance(summer) === day ? summer : new Date(midnight - 3_600_000);
}

/** On the day `today`, `YYYY-MM-DD`. A litigation keeps the file from destruction, not from the archive. */
export function retentionOn(facts: RetentionFacts, today: string): RetentionStatus {
  const { litigationHold, retentionMonths, anonymisedOn } = facts;
  const lastContactAt = lastContactOf(facts);
  const archiveOn = lastContactAt === null ? null : addMonths(dayInFrance(lastContactAt), retentionMonths ?? ACTIVE_MONTHS);
  const destroyOn = archiveOn === null || litigationHold ? null : addMonths(archiveOn, ARCHIVE_MONTHS);
  const status = { lastContactAt, archiveOn, destroyOn, litigationHold };
  if (anonymisedOn !== null && anonymisedOn <= today) return { ...status, state: "ANONYMISED" };
  // Data of somebody who never became a beneficiary are destroyed without delay.
  if (archiveOn === null) return { ...status, state: litigationHold ? "INTERMEDIATE_ARCHIVE" : "DUE_FOR_DESTRUCTION" };
  if (destroyOn !== null && destroyOn <= today) return { ...status, state: "DUE_FOR_DESTRUCTION" };
  return { ...status, state: archiveOn <= today ? "INTERMEDIATE_ARCHIVE" : "ACTIVE" };
}

/** The last one with anybody, for whatever. */
export function lastContactOf({ lastContactAt, lastProtectionContactAt = null }: Pick<RetentionFacts, "lastContactAt" | "lastProtectionContactAt">): Date | null {
  if (lastContactAt === null || lastProtectionContactAt === null) return lastContactAt ?? lastProtectionContactAt;
  return lastContactAt < lastProtectionContactAt ? lastProtectionContactAt : lastContactAt;
}

/** By which a file is read. Of one that only a child's protection made known, nobody else reads anyway. */
export function stateForReaders(facts: RetentionFacts & { readonly protectedOnly: boolean }, today: string): RetentionState {
  return retentionOn(facts.protectedOnly ? facts : withoutProtection(facts), today).state;
}

/**
 * What is told to whoever does not read what protects a child. Null where a file whose time would be over goes on: dates that
 * have passed would tell why.
 */
export function retentionToldOn(facts: RetentionFacts, today: string): RetentionStatus | null {
  const told = retentionOn(withoutProtection(facts), today);
  return told.state === "DUE_FOR_DESTRUCTION" && retentionOn(facts, today).state !== told.state ? null : told;
}

function withoutProtection(facts: RetentionFacts): RetentionFacts {
  return { ...facts, lastProtectionContactAt: null };
}
