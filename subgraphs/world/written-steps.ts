// Pathways that are written line by line: a line says who does what, where and how many days from a given day; out come steps
// with their appointments.
import { addDays, instantOf, weekday, weekdayBefore } from "./calendar.ts";
import { stepOfReferral } from "./pathways.ts";
import type { AppointmentRecord, GoalRecord, ReferralRecord, StepRecord } from "./world.ts";

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
  readonly referral?: ReferralRecord;
  /** Kind and status; on the step's first day unless `appointmentDay` says otherwise. */
  readonly appointment?: readonly [string, string];
  readonly appointmentDay?: number;
}

export interface LineContext {
  readonly personId: string;
  readonly pathwayId: string;
  /** The day from which the lines count. */
  readonly today: string;
  readonly goals: readonly GoalRecord[];
}

export function stepsOf(
  { personId, pathwayId, today, goals }: LineContext,
  lines: readonly Line[],
): { steps: StepRecord[]; appointments: AppointmentRecord[] } {
  const appointments: AppointmentRecord[] = [];
  const steps = lines.map((line, index) => {
    const begun = line.status === "DONE" || line.status === "IN_PROGRESS";
    const step: StepRecord = {
      id: `${pathwayId}-s${index + 1}`,
      kind: line.kind,
      status: line.status ?? "PLANNED",
      outcome: line.outcome ?? null,
      order: index + 1,
      plannedFor: dayOf(today, line.day),
      startedAt: begun ? instantOf(dayOf(today, line.day), 8, 30) : null,
      endedAt: line.endDay === undefined ? null : instantOf(dayOf(today, line.endDay), 15),
      leadPartnerId: line.lead,
      actors: line.actors.map((professionalId, turn) => ({
        professionalId,
        role: turn === 0 ? "LEAD" : line.lead === "dept-92" ? "CONTRIBUTOR" : "CO_LEAD",
      })),
      siteId: line.siteId,
      referralId: null,
      goalIds: (line.goals ?? []).flatMap((number) => goals[number - 1]?.id ?? []),
      ...(line.referral === undefined ? {} : stepOfReferral(line.referral)),
    };
    const appointment = appointmentOf(line, step, { personId, today });
    if (appointment !== null) appointments.push(appointment);
    return step;
  });
  return { steps, appointments };
}

function appointmentOf(line: Line, step: StepRecord, { personId, today }: { personId: string; today: string }): AppointmentRecord | null {
  if (line.appointment === undefined) return null;
  const [kind, status] = line.appointment;
  const day = dayOf(today, line.appointmentDay ?? line.day);
  const asked = weekdayBefore(addDays(day < today ? day : today, -8));
  return {
    id: `a-${step.id}`,
    personId,
    siteId: step.siteId,
    stepId: step.id,
    kind,
    status,
    requestedAt: kind === "WALK_IN" ? instantOf(day, 9) : instantOf(asked, 9),
    startsAt: instantOf(day, 9),
    durationMinutes: kind === "COLLECTIVE" ? 120 : 45,
    professionalIds: step.actors.map((actor) => actor.professionalId),
  };
}

/** A working day: past ones are moved back, coming ones forth. */
export function dayOf(today: string, days: number): string {
  const day = addDays(today, days);
  return days < 0 ? weekdayBefore(addDays(day, 1)) : weekday(day);
}
