// Until when a referral waits: reminders every ten days, expiry after thirty, sixty while the receiver studies the case.

const DAY_MS = 86_400_000;
const REMINDER_DAYS = 10;
const EXPIRY_DAYS = 30;
const EXPIRY_IN_STUDY_DAYS = 60;

/** Told more than this many days ago, a capacity is stale. */
const CAPACITY_DAYS = 30;

export interface WaitingFacts {
  readonly status: string;
  readonly sentAt: Date | null;
  readonly respondedAt: Date | null;
  /** The receiver has taken it and the service asks for an additional assessment before it answers. */
  readonly inStudy: boolean;
}

/** Null where no answer is waited for: before it is sent, and from the receiver's answer on. */
export function expiryOf({ status, sentAt, inStudy }: WaitingFacts): Date | null {
  if (sentAt === null || !["REQUESTED", "RECEIVED", "EXPIRED"].includes(status)) return null;
  return addDays(sentAt, inStudy ? EXPIRY_IN_STUDY_DAYS : EXPIRY_DAYS);
}

/** The next tenth day since it was sent (since it was waitlisted), before it expires; null when nothing is waited for. */
export function nextReminderOf(facts: WaitingFacts, now: Date): Date | null {
  const since = waitingSince(facts);
  if (since === null) return null;
  const passed = Math.floor((now.getTime() - since.getTime()) / (REMINDER_DAYS * DAY_MS));
  const next = addDays(since, (Math.max(0, passed) + 1) * REMINDER_DAYS);
  const expiry = expiryOf(facts);
  return expiry !== null && next >= expiry ? null : next;
}

/** Whether a capacity was told too long ago to rely on. */
export function isStale(updatedAt: Date, now: Date): boolean {
  return now.getTime() - updatedAt.getTime() > CAPACITY_DAYS * DAY_MS;
}

/** The instant `days` days before. */
export function daysBefore(now: Date, days: number): Date {
  return addDays(now, -days);
}

function waitingSince({ status, sentAt, respondedAt }: WaitingFacts): Date | null {
  if (status === "REQUESTED" || status === "RECEIVED") return sentAt;
  return status === "WAITLISTED" ? respondedAt : null;
}

function addDays(instant: Date, days: number): Date {
  return new Date(instant.getTime() + days * DAY_MS);
}
