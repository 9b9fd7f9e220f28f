// Days (`YYYY-MM-DD`) and instants (ISO 8601 in UTC) of the demonstration world; agencies work from Monday to Friday.
const DAY_MS = 86_400_000;

/** The day so many days later; earlier when negative. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whole days from one to the other; negative when `to` lies before. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/** The day itself, or the Monday after when it falls on a weekend. */
export function weekday(day: string): string {
  const index = new Date(`${day}T00:00:00Z`).getUTCDay();
  return index === 6 ? addDays(day, 2) : index === 0 ? addDays(day, 1) : day;
}

/** The last weekday before the day. */
export function weekdayBefore(day: string): string {
  const before = addDays(day, -1);
  return weekday(before) === before ? before : weekdayBefore(before);
}

/** The instant on that day, hour and minute in UTC. */
export function instantOf(day: string, hour: number, minute = 0): string {
  return `${day}T${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}:00.000Z`;
}

/** Completed years. */
export function ageOn(birthDate: string, day: string): number {
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return day.slice(5) < birthDate.slice(5) ? years - 1 : years;
}
