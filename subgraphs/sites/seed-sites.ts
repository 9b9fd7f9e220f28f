// The sites of the demonstration world as documents.
import { fold, wordsOf } from "../kit/kit.ts";
import type { World } from "../world/world.ts";
import type { AddressValue, SiteRow, TerritoryRow } from "./rows.ts";
import { CLOSURES, CONFIDENTIAL_KINDS, KIND_FACTS, OTHER_KIND, STREETS, TRANSPORT, UNITS } from "./seed-tables.ts";
import { ALWAYS } from "./status.ts";

type Site = World["sites"][number];
type Commune = World["communes"][number];

/** The territory that a site's work is organised by: the first of these kinds that there is. */
const ORGANISING_KINDS = ["TIS", "LOCAL_AREA", "EPCI", "DEPARTMENT"];

/** What is looked up for every site. */
interface Surroundings {
  readonly communes: ReadonlyMap<string, Commune>;
  readonly territoriesOf: ReadonlyMap<string, readonly TerritoryRow[]>;
  readonly replacedBy: ReadonlyMap<string, readonly string[]>;
  readonly partnerNames: ReadonlyMap<string, string>;
}

export function createSites(world: Pick<World, "communes" | "sites" | "partners">, territories: readonly TerritoryRow[]): SiteRow[] {
  const surroundings: Surroundings = {
    communes: new Map(world.communes.map((commune) => [commune.code, commune])),
    territoriesOf: groupByMember(territories, ({ communes }) => communes),
    replacedBy: new Map([...groupByMember(world.sites, ({ replacesIds }) => replacesIds)].map(([id, successors]) => [id, successors.map((site) => site.id)])),
    partnerNames: new Map(world.partners.map(({ id, name }) => [id, name])),
  };
  return world.sites.map((site, index) => toRow(site, index, surroundings));
}

/** Where the places are that must stay secret; to be sealed. */
export function createSecretAddresses({ communes, sites }: Pick<World, "communes" | "sites">): { readonly siteId: string; readonly address: AddressValue }[] {
  return sites.flatMap((site, index) => {
    const commune = communes.find(({ code }) => code === site.communeCode);
    return CONFIDENTIAL_KINDS.includes(site.kind) ? [{ siteId: site.id, address: addressOf(site, index, commune) }] : [];
  });
}

function toRow(site: Site, index: number, surroundings: Surroundings): SiteRow {
  const { openingHours, walkIn, units } = KIND_FACTS[site.kind] ?? OTHER_KIND;
  const confidential = CONFIDENTIAL_KINDS.includes(site.kind);
  return {
    _id: site.id,
    name: site.name,
    nameKey: fold(site.name),
    terms: termsOf(site.name),
    kind: site.kind,
    departmentCode: site.departmentCode,
    open: { from: site.opensOn ?? ALWAYS.from, to: site.closesOn ?? ALWAYS.to },
    closures: CLOSURES.filter(({ kind, communeCode }) => kind === site.kind && communeCode === site.communeCode).map(({ closure }) => closure),
    replacesIds: site.replacesIds,
    replacedByIds: surroundings.replacedBy.get(site.id) ?? [],
    parentId: site.parentId,
    addressConfidential: confidential,
    ...(confidential ? NOWHERE : whereabouts(site, index, surroundings)),
    openingHours,
    walkIn,
    transport: confidential ? [] : (TRANSPORT[site.id] ?? []),
    operator: { id: site.operatorId, name: surroundings.partnerNames.get(site.operatorId) ?? null },
    hostedPartnerIds: site.hostedPartnerIds,
    units: units.map((kind) => ({ id: `${site.id}-${kind.toLowerCase().replaceAll("_", "-")}`, kind, label: kind, domains: [], ...UNITS[kind] })),
  };
}

/** Everything that tells where a site is, or would help to find out. */
type Whereabouts = Pick<SiteRow, "address" | "banId" | "servesCommunes" | "communeKeys" | "territoryCodes" | "territoryCode" | "accessibilityUrl">;

const NOWHERE: Whereabouts = {
  address: null,
  banId: null,
  servesCommunes: [],
  communeKeys: [],
  territoryCodes: [],
  territoryCode: null,
  accessibilityUrl: null,
};

function whereabouts(site: Site, index: number, { communes, territoriesOf }: Surroundings): Whereabouts {
  const territories = territoriesOf.get(site.communeCode) ?? [];
  const organising = ORGANISING_KINDS.map((kind) => territories.find((territory) => territory.kind === kind)).find((found) => found !== undefined);
  return {
    address: addressOf(site, index, communes.get(site.communeCode)),
    // The Base adresse nationale knows a commune by its INSEE code; the street and number here are invented, so no finer.
    banId: site.communeCode,
    servesCommunes: site.servesCommunes,
    communeKeys: [...new Set([site.communeCode, ...site.servesCommunes])],
    territoryCodes: territories.map(({ _id }) => _id),
    territoryCode: organising?._id ?? null,
    accessibilityUrl: `https://accessibilite.example.org/sites/${site.id}`,
  };
}

function addressOf(site: Site, index: number, commune: Commune | undefined): AddressValue {
  return {
    line1: `${1 + ((index * 7) % 60)} ${STREETS[index % STREETS.length] ?? "rue de la Mairie"}`,
    line2: null,
    postalCode: commune?.postalCodes[0] ?? null,
    communeCode: site.communeCode,
    communeName: commune?.name ?? site.communeCode,
    lat: site.lat,
    lon: site.lon,
  };
}

/** Every beginning of every word, so that a search for beginnings is a lookup by equality. */
function termsOf(name: string): string[] {
  const beginnings = wordsOf(name).flatMap((word) => Array.from({ length: word.length }, (_, end) => word.slice(0, end + 1)));
  return [...new Set(beginnings)];
}

/** Member → the owners that name it. */
function groupByMember<Owner>(owners: readonly Owner[], membersOf: (owner: Owner) => readonly string[]): Map<string, Owner[]> {
  const groups = new Map<string, Owner[]>();
  for (const owner of owners) {
    for (const member of membersOf(owner)) {
      const group = groups.get(member);
      if (group === undefined) groups.set(member, [owner]);
      else group.push(owner);
    }
  }
  return groups;
}
