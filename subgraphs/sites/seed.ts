// The demonstration world's part of *sites*: its places, staff, territories and agenda as documents, in bulk writes.
import type { World } from "../world/world.ts";
import type { SitesModels } from "./models.ts";
import { createAppointments, createSteps } from "./seed-agenda.ts";
import { createSites } from "./seed-sites.ts";
import { createStaffPosts, createTeams } from "./seed-staff.ts";
import { GUARANTEES } from "./seed-tables.ts";
import { createTerritories } from "./seed-territories.ts";

/** Expects empty collections. */
export async function seed(models: SitesModels, world: World): Promise<void> {
  const territories = createTerritories(world);
  await models.insertAll({
    territories,
    sites: createSites(world, territories),
    staffPosts: createStaffPosts(world),
    teams: createTeams(world),
    appointments: createAppointments(world),
    steps: createSteps(world),
    communes: world.communes.map(({ code, name, departmentCode, population, lat, lon }) => ({ _id: code, name, departmentCode, population, lat, lon })),
    guarantees: GUARANTEES,
  });
  const departments = new Set(world.communes.map(({ departmentCode }) => departmentCode));
  for (const departmentCode of departments) await models.recomputeTravel(departmentCode);
}
