// Anonymised appointments of the past, which make up each site's activity.
//
// The activity is stated as totals a site and year. People's own appointments are part of them: what is generated is the
// remainder, so that Calvados' houses come out at exactly 25,000 appointments and 2,500 home visits a year. Whatever was
// called off before counts for nothing, and is generated on top.
import type { World } from "../world/world.ts";
import type { AppointmentRow } from "./rows.ts";

/** What each site of a kind does in a period. */
interface Programme {
  readonly departmentCode: string;
  readonly siteKind: string;
  /** Days, both included. */
  readonly from: string;
  readonly to: string;
  /** When the working day begins, UTC. */
  readonly firstHourUtc: number;
  readonly totals: Readonly<Record<Line, number>>;
}

/** As `SiteActivity` counts them. */
type Line = "appointments" | "homeVisits" | "walkIns";

/**
 * 14: 25,000 appointments and 2,500 home visits a year (conseil départemental), 1,000 and 100 a house from their opening.
 * All else is ours.
 */
const PROGRAMMES: readonly Programme[] = [
  {
    departmentCode: "14",
    siteKind: "MAISON_DES_SOLIDARITES",
    from: "2025-01-27",
    to: "2026-01-26",
    firstHourUtc: 8,
    totals: { appointments: 1_000, homeVisits: 100, walkIns: 120 },
  },
  { ...year2025("92", "POLE_SOCIAL", 8), totals: { appointments: 700, homeVisits: 60, walkIns: 200 } },
  { ...year2025("92", "ANTENNE", 8), totals: { appointments: 60, homeVisits: 12, walkIns: 40 } },
  { ...year2025("971", "TIS_SEAT", 12), totals: { appointments: 150, homeVisits: 40, walkIns: 300 } },
];

const LINES: readonly Line[] = ["appointments", "homeVisits", "walkIns"];
const CALLED_OFF: readonly string[] = ["EXCUSED", "REVOKED"];
/** For each appointment that was due. */
const CALLED_OFF_SHARE = 0.06;
const LONGEST_WAIT_DAYS = 60;
const WORKING_HOURS = 8;

const PUBLIC_HOLIDAYS = new Set([
  ...["01-01", "04-21", "05-01", "05-08", "05-29", "06-09", "07-14", "08-15", "11-11", "12-25"].map((day) => `2025-${day}`),
  "2026-01-01",
]);

/** What tells one site's figures from another's. */
interface Habits {
  readonly missedShare: number;
  readonly meanWaitDays: number;
}

/** A number from 0 up to, not including, 1. */
type Random = () => number;

/** `own` are the appointments that are there already. */
export function createActivity(sites: World["sites"], own: readonly AppointmentRow[]): AppointmentRow[] {
  const bySite = Map.groupBy(own, ({ siteId }) => siteId);
  return PROGRAMMES.flatMap((programme) => {
    const days = workingDays(programme.from, programme.to);
    const taking = sites.filter(({ departmentCode, kind }) => departmentCode === programme.departmentCode && kind === programme.siteKind);
    return taking.flatMap(({ id }) => ofSite({ programme, days, siteId: id, own: bySite.get(id) ?? [] }));
  });
}

function year2025(departmentCode: string, siteKind: string, firstHourUtc: number) {
  return { departmentCode, siteKind, firstHourUtc, from: "2025-01-01", to: "2025-12-31" };
}

function workingDays(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = new Date(`${from}T00:00:00Z`); ; at = new Date(at.getTime() + 86_400_000)) {
    const day = at.toISOString().slice(0, 10);
    if (day > to) return days;
    const isWeekend = at.getUTCDay() === 0 || at.getUTCDay() === 6;
    if (!isWeekend && !PUBLIC_HOLIDAYS.has(day)) days.push(day);
  }
}

interface SiteYear {
  readonly programme: Programme;
  readonly days: readonly string[];
  readonly siteId: string;
  readonly own: readonly AppointmentRow[];
}

function ofSite({ programme, days, siteId, own }: SiteYear): AppointmentRow[] {
  const counted = own.filter(({ day, status }) => programme.from <= day && day <= programme.to && !CALLED_OFF.includes(status));
  const random = createRandom(siteId);
  const habits = { missedShare: 0.06 + 0.07 * random(), meanWaitDays: 6 + 9 * random() };
  const series = (line: Line, count: number, details: () => Details): AppointmentRow[] =>
    Array.from({ length: count }, (_, index) => {
      const day = days[Math.floor((index * days.length) / count)] ?? programme.from;
      const { departmentCode, firstHourUtc } = programme;
      const startsAt = new Date(`${day}T${pad(firstHourUtc + Math.floor(random() * WORKING_HOURS))}:${pad(15 * Math.floor(random() * 4))}:00Z`);
      return { siteId, departmentCode, day, startsAt, professionalIds: [], ...details(), _id: `${siteId}-${line}-${index}` };
    });
  return LINES.flatMap((line) => {
    const due = Math.max(0, programme.totals[line] - counted.filter(({ kind }) => lineOf(kind) === line).length);
    const calledOff = line === "walkIns" ? 0 : Math.round(due * CALLED_OFF_SHARE);
    return [
      ...series(line, due, () => dueDetails(line, habits, random)),
      ...series(line, calledOff, () => ({ ...dueDetails(line, habits, random), status: random() < 0.7 ? "EXCUSED" : "REVOKED" })).map(
        (row) => ({ ...row, _id: `${row._id}-off` }),
      ),
    ];
  });
}

type Details = Pick<AppointmentRow, "kind" | "status" | "waitDays" | "durationMinutes">;

function dueDetails(line: Line, { missedShare, meanWaitDays }: Habits, random: Random): Details {
  if (line === "walkIns") return { kind: "WALK_IN", status: "SEEN", waitDays: 0, durationMinutes: 20 };
  const status = random() < missedShare ? "NO_SHOW" : "SEEN";
  // Waits are many short and few long ones: an exponential law, cut off.
  const waitDays = Math.min(LONGEST_WAIT_DAYS, 1 + Math.floor(-Math.log(1 - random()) * meanWaitDays));
  if (line === "homeVisits") return { kind: "HOME_VISIT", status, waitDays, durationMinutes: 60 };
  const chance = random();
  const kind = chance < 0.84 ? "ON_SITE" : chance < 0.95 ? "PHONE" : chance < 0.98 ? "COLLECTIVE" : "VIDEO";
  return { kind, status, waitDays, durationMinutes: kind === "COLLECTIVE" ? 120 : 45 };
}

function lineOf(kind: string): Line {
  return kind === "HOME_VISIT" ? "homeVisits" : kind === "WALK_IN" ? "walkIns" : "appointments";
}

function pad(part: number): string {
  return String(part).padStart(2, "0");
}

/** The same numbers for the same label: a linear congruential generator (Numerical Recipes) over a hash of it. */
function createRandom(label: string): Random {
  let state = [...label].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, 7);
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
