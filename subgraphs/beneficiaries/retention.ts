// How long a person's file is kept: two years from the last communication, two more in intermediate archive, then
// destruction (CASF R.263-8; CNIL 2023-095). The clock starts at the last contact with the person, not at a login.
import { dayInFrance } from "../kit/kit.ts";
import { addDays, addMonths } from "./calendar.ts";

const ACTIVE_MONTHS = 24;
const ARCHIVE_MONTHS = 24;

export interface RetentionFacts {
  /** Null: no contact ever, so the person never became a beneficiary. */
  readonly lastContactAt: Date | null;
  readonly litigationHold: boolean;
  readonly anonymisedOn: string | null;
}

export interface RetentionStatus {
  readonly state: "ACTIVE" | "INTERMEDIATE_ARCHIVE" | "DUE_FOR_DESTRUCTION" | "ANONYMISED";
  readonly lastContactAt: Date | null;
  readonly archiveOn: string | null;
  /** Null while a litigation holds the file. */
  readonly destroyOn: string | null;
  readonly litigationHold: boolean;
}

/** The filter for the rows that `retentionOn` calls ACTIVE on the day: the last contact was on the first day that is young enough, or later. */
export function activeOn(today: string): Readonly<Record<string, unknown>> {
  let first = addMonths(today, -ACTIVE_MONTHS);
  // Months of unequal length: 29 February and 31 August have no day of their own two years on.
  while (addMonths(first, ACTIVE_MONTHS) <= today) first = addDays(first, 1);
  while (addMonths(addDays(first, -1), ACTIVE_MONTHS) > today) first = addDays(first, -1);
  return { lastContactAt: { $gte: startOfDayInFrance(first) }, $or: [{ anonymisedOn: null }, { anonymisedOn: { $gt: today } }] };
}

/** One or two hours before midnight in UTC, by the season. */
function startOfDayInFrance(day: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const summer = new Date(midnight - 7_200_000);
  return dayInFrance(summer) === day ? summer : new Date(midnight - 3_600_000);
}

/** On the day `today`, `YYYY-MM-DD`. A litigation keeps the file from destruction, not from the archive. */
export function retentionOn(facts: RetentionFacts, today: string): RetentionStatus {
  const { lastContactAt, litigationHold, anonymisedOn } = facts;
  const archiveOn = lastContactAt === null ? null : addMonths(dayInFrance(lastContactAt), ACTIVE_MONTHS);
  const destroyOn = archiveOn === null || litigationHold ? null : addMonths(archiveOn, ARCHIVE_MONTHS);
  const status = { lastContactAt, archiveOn, destroyOn, litigationHold };
  if (anonymisedOn !== null && anonymisedOn <= today) return { ...status, state: "ANONYMISED" };
  // Data of somebody who never became a beneficiary are destroyed without delay.
  if (archiveOn === null) return { ...status, state: litigationHold ? "INTERMEDIATE_ARCHIVE" : "DUE_FOR_DESTRUCTION" };
  if (destroyOn !== null && destroyOn <= today) return { ...status, state: "DUE_FOR_DESTRUCTION" };
  return { ...status, state: archiveOn <= today ? "INTERMEDIATE_ARCHIVE" : "ACTIVE" };
}
