// Pathways that are written line by line: a line says who does what, where and how many days from a given day; out come the
// pathway and the appointments of its steps.
import { addDays, instantOf, weekday, weekdayBefore } from "./calendar.ts";
import { stepOfReferral, type Journeys } from "./pathways.ts";
import type { AppointmentRecord, PathwayRecord, ReferralRecord, StepRecord } from "./records.ts";

/** One step. Days are counted from the day given with the lines. */
export interface Line {
  readonly kind: string;
  /** Left to the referral, if there is one. */
  readonly status?: string;
  readonly outcome?: string;
  readonly day: number;
  /** For a step that has ended. */
  readonly endDay?: number;
  readonly lead: string;
  /** The first leads. */
  readonly actors: readonly string[];
  readonly siteId: string;
  /** By their place among the pathway's goals, from 1. */
  readonly goals?: readonly number[];
  /** Id of one of the pathway's referrals. */
  readonly referral?: string;
  /** Kind and status; on the step's first day unless `appointmentDay` says otherwise. */
  readonly appointment?: readonly [string, string];
  readonly appointmentDay?: number;
}

export interface WrittenPathway extends Omit<PathwayRecord, "steps"> {
  /** The day from which the lines count. */
  readonly day: string;
  readonly lines: readonly Line[];
  readonly referrals: readonly ReferralRecord[];
}

export function writePathway({ day, lines, referrals, ...pathway }: WrittenPathway): Journeys {
  const written = lines.map((line, index) => {
    const step = stepOf(line, { id: `${pathway.id}-s${index + 1}`, order: index + 1, day, pathway, referrals });
    return { step, appointments: appointmentsOf(line, step, { personId: pathway.personId, day }) };
  });
  return {
    pathways: [{ ...pathway, steps: written.map(({ step }) => step) }],
    referrals,
    appointments: written.flatMap(({ appointments }) => appointments),
  };
}

interface StepFacts {
  readonly id: string;
  readonly order: number;
  readonly day: string;
  readonly pathway: Pick<PathwayRecord, "goals">;
  readonly referrals: readonly ReferralRecord[];
}

function stepOf(line: Line, { id, order, day, pathway, referrals }: StepFacts): StepRecord {
  const begun = line.status === "DONE" || line.status === "IN_PROGRESS";
  const referral = referrals.find((candidate) => candidate.id === line.referral);
  return {
    id,
    kind: line.kind,
    status: line.status ?? "PLANNED",
    outcome: line.outcome ?? null,
    order,
    plannedFor: dayOf(day, line.day),
    startedAt: begun ? instantOf(dayOf(day, line.day), 8, 30) : null,
    endedAt: line.endDay === undefined ? null : instantOf(dayOf(day, line.endDay), 15),
    leadPartnerId: line.lead,
    actors: line.actors.map((professionalId, index) => ({ professionalId, role: roleOf(index, line.lead) })),
    siteId: line.siteId,
    referralId: null,
    goalIds: (line.goals ?? []).flatMap((number) => pathway.goals[number - 1]?.id ?? []),
    ...(referral === undefined ? {} : stepOfReferral(referral)),
  };
}

/** Within the council colleagues contribute; at a partner's the referent leads along. */
function roleOf(index: number, leadPartnerId: string): string {
  if (index === 0) return "LEAD";
  return leadPartnerId.startsWith("dept-") ? "CONTRIBUTOR" : "CO_LEAD";
}

function appointmentsOf(line: Line, step: StepRecord, { personId, day }: { personId: string; day: string }): AppointmentRecord[] {
  if (line.appointment === undefined) return [];
  const [kind, status] = line.appointment;
  const heldOn = dayOf(day, line.appointmentDay ?? line.day);
  const asked = weekdayBefore(addDays(heldOn < day ? heldOn : day, -8));
  const appointment = {
    id: `a-${step.id}`,
    personId,
    siteId: step.siteId,
    stepId: step.id,
    kind,
    status,
    requestedAt: kind === "WALK_IN" ? instantOf(heldOn, 9) : instantOf(asked, 9),
    startsAt: instantOf(heldOn, 9),
    durationMinutes: kind === "COLLECTIVE" ? 120 : 45,
    professionalIds: step.actors.map((actor) => actor.professionalId),
  };
  return [appointment];
}

/** A working day: past ones are moved back, coming ones forth. */
export function dayOf(from: string, days: number): string {
  const day = addDays(from, days);
  return days < 0 ? weekdayBefore(addDays(day, 1)) : weekday(day);
}
