// Professionals of the world as partners' rows, with their missions and what they are habilitated for.
import { habilitationsOf, type World } from "../../world/world.ts";
import type { ProfessionalRow } from "../rows.ts";

/** All professionals, in the order of the world. */
export function professionalRows(world: Pick<World, "partners" | "professionals" | "sites" | "teams">): ProfessionalRow[] {
  const standings = new Map(habilitationsOf(world).map((one) => [one.professionalId, one]));
  return world.professionals.map((professional) => {
    const { missions = [], habilitation = null } = standings.get(professional.id) ?? {};
    return {
      _id: professional.id,
      displayName: `${professional.givenName} ${professional.familyName}`,
      profession: professional.profession,
      employerId: professional.employerId,
      missions,
      ...(habilitation !== null && { habilitation }),
    };
  });
}
