// How long a person's file is kept: two years from the last communication or as many months as its holder decided, two
// years more in intermediate archive, then destruction (CASF R.263-8; CNIL 2023-095). The clock starts at the last contact with the person, not at a login.
import { dayInFrance } from "../kit/kit.ts";
import { addMonths } from "./calendar.ts";

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
