// Partners' part of the demonstration world. The door of this folder.
import { agreementsOf, type World } from "../../world/world.ts";
import type { PartnersModels } from "../models.ts";
import type { PartnersRows } from "../rows.ts";
import { DEPARTMENTS } from "./departments.ts";
import { partnerRows } from "./partners.ts";
import { stepActorsRows, careTeamRows } from "./pathways.ts";
import { professionalRows } from "./professionals.ts";

/** Writes it into an empty database, in bulk. An identifier that does not pass its check stops it. */
export async function seed(models: PartnersModels, world: World): Promise<void> {
  await models.insert(rowsOf(world));
}

/** All rows of the world. Départements whose council is not in it are left out. */
export function rowsOf(world: World): PartnersRows {
  const known = new Set(world.partners.map(({ id }) => id));
  return {
    partners: partnerRows(world),
    professionals: professionalRows(world),
    agreements: agreementsOf(world).map(({ id, ...agreement }) => ({ _id: id, ...agreement })),
    departments: DEPARTMENTS.filter(({ leadAuthorityId }) => known.has(leadAuthorityId)),
    stepActors: stepActorsRows(world),
    careTeams: careTeamRows(world),
  };
}
