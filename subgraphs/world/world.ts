// The demonstration world: which communes, organisations, places, professionals, people and pathways exist, and how
// they hang together across the four organisations. Each subgraph's `seed.ts` takes its own part from here and adds
// what only it knows. Deterministic: the same `today` gives the same world, byte for byte.
//
// Facts of the five départements keep their dates; living cases (open referrals, coming appointments, deadlines) are
// dated relative to `today`; closed pathways lie in 2024 and 2025, so `today` should not lie before 2026. No person here
// exists; identifiers pass their checks and are recognisably invented.
import { readCommunes, type Commune } from "./geography.ts";
import { createOrganisations } from "./organisations.ts";
import { createPeople } from "./people.ts";
import { createPlaces } from "./places.ts";
import type {
  AppointmentRecord,
  HouseholdRecord,
  PartnerRecord,
  PathwayRecord,
  PersonRecord,
  ProfessionalRecord,
  ReferralRecord,
  ServiceRecord,
  SiteRecord,
  TeamRecord,
} from "./records.ts";

export { agreementsOf } from "./agreements.ts";
export { careTeamsOf } from "./care-teams.ts";
export { habilitationsOf } from "./habilitations.ts";
export { retentionMonthsOf } from "./retention.ts";
export type { Commune };
export type * from "./records.ts";

export interface World {
  /** `YYYY-MM-DD`. */
  readonly today: string;
  readonly communes: readonly Commune[];
  readonly partners: readonly PartnerRecord[];
  readonly professionals: readonly ProfessionalRecord[];
  readonly sites: readonly SiteRecord[];
  readonly teams: readonly TeamRecord[];
  readonly services: readonly ServiceRecord[];
  readonly households: readonly HouseholdRecord[];
  readonly people: readonly PersonRecord[];
  readonly pathways: readonly PathwayRecord[];
  readonly referrals: readonly ReferralRecord[];
  readonly appointments: readonly AppointmentRecord[];
}

/** The world as it stands on a day, `YYYY-MM-DD`. */
export function createWorld(today: string): World {
  const communes = readCommunes();
  const organisations = createOrganisations(communes);
  const places = createPlaces(communes, organisations);
  return { today, communes, ...organisations, ...places, ...createPeople({ today, communes, ...organisations, ...places }) };
}
