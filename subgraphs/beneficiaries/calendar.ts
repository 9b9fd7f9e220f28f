// Months and working days as French deadlines count them. Days are `YYYY-MM-DD`.

/** Month and day of the public holidays that do not move (Code du travail, L.3133-1). */
const FIXED_HOLIDAYS = new Set(["01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25"]);
/** Days after Easter Sunday: Easter Monday, Ascension Day, Whit Monday. */
const MOVING_HOLIDAYS = [1, 39, 50];
/** Commemoration of the abolition of slavery (Code du travail, L.3422-2), by département. */
const ABOLITION_DAYS: Readonly<Record<string, string>> = { "971": "05-27", "972": "05-22", "973": "06-10", "974": "12-20", "976": "04-27" };

/** The same day of a later month, or its last day where the month is shorter: 30 November + 3 is 28 February. */
export function addMonths(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const lastOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return printDay(new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastOfMonth))));
}

export function addDays(day: string, days: number): string {
  return printDay(new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000));
}

/** The `count`th working day (jour ouvré: Monday to Friday, no public holiday) after the day, which is not counted itself. */
export function addWorkingDays(day: string, count: number, departmentCode: string): string {
  let [last, left] = [day, count];
  while (left > 0) {
    last = addDays(last, 1);
    if (isWorkingDay(last, departmentCode)) left -= 1;
  }
  return last;
}

export function isWorkingDay(day: string, departmentCode: string): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday !== 0 && weekday !== 6 && !isHoliday(day, departmentCode);
}

function isHoliday(day: string, departmentCode: string): boolean {
  const monthAndDay = day.slice(5);
  if (FIXED_HOLIDAYS.has(monthAndDay) || ABOLITION_DAYS[departmentCode] === monthAndDay) return true;
  const easter = easterSunday(Number(day.slice(0, 4)));
  return MOVING_HOLIDAYS.some((days) => addDays(easter, days) === day);
}

/** Gregorian computus by Meeus, Jones and Butcher; the letters are theirs. */
function easterSunday(year: number): string {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const month = Math.floor((h + l - 7 * m + 90) / 25);
  const date = (h + l - 7 * m + 33 * month + 19) % 32;
  return printDay(new Date(Date.UTC(year, month - 1, date)));
}

function printDay(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}
