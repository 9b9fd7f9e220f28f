// The one place where a subgraph learns what time it is, so that a test or a demonstration can stand on any day.

export interface Clock {
  /** The instant, in milliseconds and UTC as `Date` holds it. */
  now(): Date;
  /** The day in France that the instant falls on, `YYYY-MM-DD`. */
  today(): string;
}

/** A running clock, or one that stands still at `fixedAt` (ISO 8601). */
export function createClock(fixedAt?: string): Clock {
  if (fixedAt !== undefined && Number.isNaN(Date.parse(fixedAt))) {
    throw new TypeError(`Expected an ISO 8601 instant for the clock, got ${JSON.stringify(fixedAt)}.`);
  }
  const now = () => (fixedAt === undefined ? new Date() : new Date(fixedAt));
  return { now, today: () => dayInFrance(now()) };
}

const PARIS = new Intl.DateTimeFormat("en-CA", {
  timeZone: "Europe/Paris",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});

/** The calendar day in metropolitan France of an instant, `YYYY-MM-DD`. */
export function dayInFrance(instant: Date): string {
  return PARIS.format(instant);
}
