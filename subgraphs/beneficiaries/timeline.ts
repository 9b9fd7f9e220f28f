// What happened in a pathway, oldest first, made from the dates of the pathway and of its steps. Names nobody.
import { dayInFrance } from "../kit/kit.ts";
import type { PathwayRow, StepRow } from "./rows.ts";

export interface TimelineEvent {
  readonly at: Date;
  readonly kind: "PATHWAY_OPENED" | "STEP_STARTED" | "STEP_MISSED" | "STEP_CANCELLED" | "STEP_ENDED" | "PATHWAY_CLOSED";
  readonly label: string;
  readonly stepId: string | null;
  readonly byPartnerId: string | null;
  /** Null: of the pathway itself. */
  readonly step: StepRow | null;
}

/** Days in France, both included; null: open. */
export interface Period {
  readonly from?: string | null;
  readonly to?: string | null;
}

const STEP_LABELS: Readonly<Record<string, string>> = {
  INTAKE: "Intake",
  EVALUATION: "Evaluation",
  SUPPORT: "Support",
  REFERRAL: "Referral",
  HOME_VISIT: "Home visit",
  COLLECTIVE_ACTION: "Collective action",
  EVICTION_SURVEY: "Eviction survey",
  CHILD_EVALUATION: "Evaluation of a child's situation",
  FINANCIAL_AID: "Financial aid",
};

/** A day without an hour stands at midnight UTC, which is the same day in France. Equal instants keep the order of the steps. */
export function timelineOf(pathway: PathwayRow, steps: readonly StepRow[], period: Period): TimelineEvent[] {
  const opened = ofPathway("PATHWAY_OPENED", "Pathway opened", pathway.openedAt);
  const closed = pathway.closedAt === null ? [] : [ofPathway("PATHWAY_CLOSED", "Pathway closed", pathway.closedAt)];
  return [opened, ...steps.flatMap(eventsOf), ...closed]
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .filter(({ at }) => isWithin(dayInFrance(at), period));
}

function ofPathway(kind: TimelineEvent["kind"], label: string, day: string): TimelineEvent {
  return { at: startOf(day), kind, label, stepId: null, byPartnerId: null, step: null };
}

function eventsOf(step: StepRow): TimelineEvent[] {
  const event = (at: Date | null, kind: TimelineEvent["kind"], verb: string): TimelineEvent[] => {
    const label = `${STEP_LABELS[step.kind] ?? step.kind} ${verb}`;
    return at === null ? [] : [{ at, kind, label, stepId: step._id, byPartnerId: step.leadPartnerId, step }];
  };
  const planned = step.plannedFor === null ? null : startOf(step.plannedFor);
  const started = event(step.startedAt, "STEP_STARTED", "started");
  if (step.status === "MISSED") return [...started, ...event(step.endedAt ?? planned, "STEP_MISSED", "missed")];
  if (step.status === "CANCELLED") return [...started, ...event(step.endedAt, "STEP_CANCELLED", "cancelled")];
  return [...started, ...event(step.endedAt, "STEP_ENDED", "ended")];
}

function isWithin(day: string, { from, to }: Period): boolean {
  return (from == null || day >= from) && (to == null || day <= to);
}

function startOf(day: string): Date {
  return new Date(`${day}T00:00:00.000Z`);
}
