// The demonstration world's part of *sites*: its places, staff, territories and agenda as documents, in bulk writes.
import { directoryOf } from "../directory/directory.ts";
import type { Standings } from "../kit/kit.ts";
import type { World } from "../world/world.ts";
import { sealField, type KeyStore } from "../sealed/sealed.ts";
import type { SitesModels } from "./models.ts";
import type { SecretAddressRow } from "./rows.ts";
import { placeOfAddress } from "./secret-places.ts";
import { createAppointments, createSteps } from "./seed-agenda.ts";
import { createSecretAddresses, createSites } from "./seed-sites.ts";
import { createStaffPosts, createTeams } from "./seed-staff.ts";
import { GUARANTEES } from "./seed-tables.ts";
import { createTerritories } from "./seed-territories.ts";

/** Expects empty collections. */
export async function seed({ keys, standings, ...models }: SitesModels & { readonly keys: KeyStore; readonly standings: Standings }, world: World): Promise<void> {
  const territories = createTerritories(world);
  await models.insertAll({
    territories,
    sites: createSites(world, territories),
    secretAddresses: await sealAddresses(world, keys),
    staffPosts: createStaffPosts(world),
    teams: createTeams(world),
    appointments: createAppointments(world),
    steps: createSteps(world),
    communes: world.communes.map(({ code, name, departmentCode, population, lat, lon }) => ({ _id: code, name, departmentCode, population, lat, lon })),
    guarantees: GUARANTEES,
  });
  await standings.take(directoryOf(world));
  const departments = new Set(world.communes.map(({ departmentCode }) => departmentCode));
  for (const departmentCode of departments) await models.recomputeTravel(departmentCode);
}

async function sealAddresses(world: World, keys: Pick<KeyStore, "make">): Promise<SecretAddressRow[]> {
  const addresses = createSecretAddresses(world);
  const made = await keys.make(addresses.map(({ siteId }) => siteId));
  return addresses.flatMap(({ siteId, address }) => {
    const key = made.get(siteId);
    return key === undefined ? [] : [{ _id: siteId, address: sealField(key, JSON.stringify(address), placeOfAddress(siteId)) }];
  });
}
