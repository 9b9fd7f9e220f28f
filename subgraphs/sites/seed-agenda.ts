// The agenda of the demonstration world: people's own appointments, the anonymised ones of the past, and where steps happen.
import { dayInFrance } from "../kit/kit.ts";
import type { World } from "../world/world.ts";
import { activityYearOf } from "./activity.ts";
import type { AppointmentRow, StepRow } from "./rows.ts";
import { createActivity } from "./seed-activity.ts";

const MOTIVES: Readonly<Record<string, string>> = {
  ON_SITE: "Entretien",
  HOME_VISIT: "Visite à domicile",
  PHONE: "Entretien téléphonique",
  VIDEO: "Entretien en visioconférence",
  COLLECTIVE: "Action collective",
  WALK_IN: "Accueil sans rendez-vous",
};

const DAY_MS = 86_400_000;

export function createAppointments({ appointments, sites, pathways }: Pick<World, "appointments" | "sites" | "pathways">): AppointmentRow[] {
  const departments = new Map(sites.map(({ id, departmentCode }) => [id, departmentCode]));
  const protecting = new Set(pathways.filter(isChildProtection).flatMap(({ steps }) => steps.map(({ id }) => id)));
  const isProtecting = ({ stepId }: World["appointments"][number]) => stepId !== null && protecting.has(stepId);
  const own = appointments.map((record) => {
    const row = toRow(record, departments.get(record.siteId ?? ""));
    return isProtecting(record) ? { ...row, childProtection: true } : row;
  });
  const openings = new Map(sites.map(({ id, opensOn }) => [id, opensOn]));
  return [...own, ...createActivity(sites, own)].map((row) => {
    if (row.siteId === undefined) return row;
    return { ...row, activityYear: activityYearOf(row.day, openings.get(row.siteId) ?? null) };
  });
}

/** A pathway that evaluates a child at risk is about that as a whole. */
function isChildProtection({ steps }: World["pathways"][number]): boolean {
  return steps.some(({ kind }) => kind === "CHILD_EVALUATION");
}

export function createSteps({ pathways }: Pick<World, "pathways">): StepRow[] {
  return pathways.flatMap(({ personId, steps, closedOn }) =>
    steps.map(({ id, siteId, status, actors, endedAt }) => ({
      _id: id,
      personId,
      siteId,
      professionalIds: status === "CANCELLED" ? [] : [...new Set(actors.map(({ professionalId }) => professionalId))],
      until: endedAt === null ? closedOn : dayInFrance(new Date(endedAt)),
    })),
  );
}

function toRow(record: World["appointments"][number], departmentCode: string | undefined): AppointmentRow {
  const { id, personId, siteId, stepId, kind, status, durationMinutes, professionalIds } = record;
  const startsAt = new Date(record.startsAt);
  const day = dayInFrance(startsAt);
  const requestedOn = dayInFrance(new Date(record.requestedAt));
  return {
    _id: id,
    personId,
    ...(siteId !== null && { siteId }),
    ...(stepId !== null && { stepId }),
    ...(departmentCode !== undefined && { departmentCode }),
    day,
    kind,
    status,
    startsAt,
    waitDays: Math.max(0, Math.round((Date.parse(day) - Date.parse(requestedOn)) / DAY_MS)),
    durationMinutes,
    professionalIds,
    motive: MOTIVES[kind] ?? "Entretien",
  };
}
