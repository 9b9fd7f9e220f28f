// What is around a person on a day: the site that serves their commune, who works there, which partners help them; looked up
// by the generator of pathways.
import { HOUSES_OPEN_ON } from "./calvados.ts";
import { MAIN_RECEIVERS } from "./catalogue.ts";
import type { Random } from "./random.ts";
import type { PersonRecord, ProfessionalRecord, ServiceRecord, SiteRecord } from "./records.ts";

export interface Surroundings {
  /** Where the person is received on that day; `reception` asks for the nearest door. */
  siteOf(person: PersonRecord, day: string, use?: "reception"): SiteRecord;
  /** Somebody of one of these professions at the site, or else anybody there. */
  professionalAt(site: SiteRecord, professions: readonly string[], random: Random): ProfessionalRecord;
  /** Somebody of the partner. */
  professionalOf(partnerId: string, random: Random): ProfessionalRecord;
  /** A service of a main receiver of the département, most often of the greatest. */
  serviceFor(departmentCode: string, random: Random): ServiceRecord;
  professional(id: string): ProfessionalRecord;
  service(id: string): ServiceRecord;
}

export interface SurroundingsInput {
  readonly professionals: readonly ProfessionalRecord[];
  readonly sites: readonly SiteRecord[];
  readonly services: readonly ServiceRecord[];
}

/** Where somebody without a known commune is received. */
const DEFAULT_COMMUNES: Readonly<Record<string, string>> = { "14": "14118", "76": "76540", "77": "77284", "92": "92050", "971": "97101" };

const KINDS = ["MAISON_DES_SOLIDARITES", "CENTRE_MEDICO_SOCIAL", "POLE_SOCIAL", "TIS_SEAT"];

/** Shares of the main receivers, the greatest first. */
const SHARES = [0.55, 0.2, 0.15, 0.1];

export function createSurroundings({ professionals, sites, services }: SurroundingsInput): Surroundings {
  const bySite = groupBy(professionals, (professional) => professional.siteIds);
  const byEmployer = groupBy(professionals, (professional) => [professional.employerId]);
  const byCommune = groupBy(
    sites.filter((site) => KINDS.includes(site.kind)),
    (site) => site.servesCommunes,
  );
  const antennas = groupBy(
    sites.filter((site) => site.kind === "ANTENNE"),
    (site) => [site.communeCode],
  );
  const byReplaced = groupBy(sites, (site) => site.replacesIds);
  const byProvider = groupBy(services, (service) => [service.providerId]);
  const professionalById = new Map(professionals.map((professional) => [professional.id, professional]));
  const serviceById = new Map(services.map((service) => [service.id, service]));
  return {
    siteOf: (person, day, use) => {
      const communeCode = person.communeCode ?? DEFAULT_COMMUNES[person.departmentCode] ?? "";
      const antenna = antennas.get(communeCode)?.[0];
      if (use === "reception" && antenna !== undefined) return antenna;
      const candidates = (byCommune.get(communeCode) ?? []).filter((site) => isOpen(site, day));
      return required(candidates[numberOf(person.id) % candidates.length], `a site for ${communeCode} on ${day}`);
    },
    professionalAt: (site, professions, random) => {
      const staff = bySite.get(site.id) ?? bySite.get(byReplaced.get(site.id)?.[0]?.id ?? "") ?? [];
      const fit = staff.filter((professional) => professions.includes(professional.profession));
      return fit.length > 0 ? random.pick(fit) : random.pick(staff);
    },
    professionalOf: (partnerId, random) => random.pick(byEmployer.get(partnerId) ?? []),
    serviceFor: (departmentCode, random) => {
      const receivers = MAIN_RECEIVERS[departmentCode] ?? [];
      let rest = random.next();
      const index = SHARES.findIndex((share) => (rest -= share) < 0);
      return random.pick(byProvider.get(receivers[index] ?? receivers[0] ?? "") ?? []);
    },
    professional: (id) => required(professionalById.get(id), `professional ${id}`),
    service: (id) => required(serviceById.get(id), `service ${id}`),
  };
}

/** Centres of Calvados until the eve of the houses, houses from then on. */
function isOpen(site: SiteRecord, day: string): boolean {
  if (site.departmentCode !== "14") return true;
  return day < HOUSES_OPEN_ON === (site.kind === "CENTRE_MEDICO_SOCIAL");
}

function numberOf(personId: string): number {
  return Number(personId.replace(/\D/g, ""));
}

function groupBy<T>(rows: readonly T[], keysOf: (row: T) => readonly string[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    for (const key of keysOf(row)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [row]);
      else group.push(row);
    }
  }
  return groups;
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The demonstration world lacks ${what}.`);
  return value;
}
