// How long a person's file is kept: two years from the last communication or as many months as its holder decided, two
// years more in intermediate archive, then destruction (CASF R.263-8; CNIL 2023-095). The clock starts at the last contact with the
// person, not at a login.
import { dayInFrance } from "../kit/kit.ts";
import { addDays, addMonths } from "./calendar.ts";

/** Where the holder decided nothing. */
const ACTIVE_MONTHS = 24;
const ARCHIVE_MONTHS = 24;

export interface RetentionFacts {
  /** Null: no contact ever, so the person never became a beneficiary. */
  readonly lastContactAt: Date | null;
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

/** The filter for the rows that `retentionOn` calls ACTIVE on the day. */
export function activeOn(today: string): Filter {
  return { $and: [notAnonymisedOn(today), { $expr: isAfter(today, ARCHIVE_AT) }] };
}

/** The filter for the rows that `retentionOn` calls INTERMEDIATE_ARCHIVE on the day. */
export function archivedOn(today: string): Filter {
  const kept = { $or: ["$litigationHold", isAfter(today, { $dateAdd: { startDate: ARCHIVE_AT, unit: "month", amount: ARCHIVE_MONTHS, timezone: TIMEZONE } })] };
  return { $and: [notAnonymisedOn(today), { $expr: { $and: [{ $not: [isAfter(today, ARCHIVE_AT)] }, kept] } }] };
}

const TIMEZONE = "Europe/Paris";
/** As `addMonths`: the last day of a month that is too short. Null, which is before every day, where there was no contact. */
const ARCHIVE_AT = { $dateAdd: { startDate: "$lastContactAt", unit: "month", amount: { $ifNull: ["$retentionMonths", ACTIVE_MONTHS] }, timezone: TIMEZONE } };

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
  const { lastContactAt, litigationHold, retentionMonths, anonymisedOn } = facts;
  const archiveOn = lastContactAt === null ? null : addMonths(dayInFrance(lastContactAt), retentionMonths ?? ACTIVE_MONTHS);
  const destroyOn = archiveOn === null || litigationHold ? null : addMonths(archiveOn, ARCHIVE_MONTHS);
  const status = { lastContactAt, archiveOn, destroyOn, litigationHold };
  if (anonymisedOn !== null && anonymisedOn <= today) return { ...status, state: "ANONYMISED" };
  // Data of somebody who never became a beneficiary are destroyed without delay.
  if (archiveOn === null) return { ...status, state: litigationHold ? "INTERMEDIATE_ARCHIVE" : "DUE_FOR_DESTRUCTION" };
  if (destroyOn !== null && destroyOn <= today) return { ...status, state: "DUE_FOR_DESTRUCTION" };
  return { ...status, state: archiveOn <= today ? "INTERMEDIATE_ARCHIVE" : "ACTIVE" };
}
