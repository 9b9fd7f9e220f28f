// What *sites* holds about a person: appointments, and where steps take place. When the file ends, appointments are counted on
// for their site and belong to nobody. Those of one former person share an id, since reports count people and not events.
import type { Ending, PersonTable } from "../kit/kit.ts";
import type { AppointmentRow, StepRow } from "./rows.ts";

export const personData: readonly PersonTable[] = [
  {
    collection: "appointments",
    rowsOf: (personId) => ({ personId }),
    keep: toCountedAppointment,
    hides: ({ stepId, childProtection }: AppointmentRow, without) => childProtection === true || (stepId !== undefined && without.has(stepId)),
    notExported: { day: "Jour de `startsAt`, pour les statistiques.", activityYear: "Année du lieu, pour les statistiques.", departmentCode: "Du lieu, pour les statistiques." },
  },
  { collection: "steps", rowsOf: (personId) => ({ personId }), hides: ({ _id }: StepRow, without) => without.has(_id) },
];

function toCountedAppointment(appointment: AppointmentRow, { counts, today, newId }: Ending): AppointmentRow | null {
  if (!counts) return null;
  const { personId, stepId, motive, childProtection, ...rest } = appointment;
  // Activity counts what has begun, so that the hour of a day to come still matters.
  const startsAt = rest.day < today ? new Date(`${rest.day}T00:00:00.000Z`) : rest.startsAt;
  return { ...rest, _id: newId(`appointment ${rest._id}`), startsAt, professionalIds: [], countedAs: newId("person") };
}
