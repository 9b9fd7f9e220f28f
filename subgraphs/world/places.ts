// Where help is given: the sites of the five départements and the offices of their partners, the teams at them, and the
// catalogue of services (`catalogue.ts`). Every site stands within a few hundred metres of its commune's position.
import { CENTRES, CENTRES_CLOSE_ON, HOUSES, HOUSES_OPEN_ON } from "./calvados.ts";
import { createServices } from "./catalogue.ts";
import type { Commune } from "./geography.ts";
import { SEATS, SEATS_OPEN_ON } from "./guadeloupe.ts";
import { POLES } from "./hauts-de-seine.ts";
import { antennaId, CRIP, officeId, PMI_ABYMES, PMI_VANVES, teamId, type Organisations } from "./organisations.ts";
import { createRandom } from "./random.ts";
import { SITES_77 } from "./seine-et-marne.ts";
import { SITES_76, type SitePlan } from "./seine-maritime.ts";
import type { PartnerRecord, ServiceRecord, SiteRecord, TeamRecord } from "./records.ts";

export interface Places {
  readonly sites: readonly SiteRecord[];
  readonly teams: readonly TeamRecord[];
  readonly services: readonly ServiceRecord[];
}

/** A site before it has a position; what is not said is null or empty. */
type Draft = Pick<SiteRecord, "id" | "name" | "kind" | "communeCode" | "operatorId"> & Partial<SiteRecord>;

export function createPlaces(communes: readonly Commune[], { partners }: Organisations): Places {
  const sites = [
    ...sitesOfCalvados(communes, partners),
    ...sitesOfHautsDeSeine(communes),
    ...sitesOfGuadeloupe(),
    ...sitesOf("76", SITES_76, communes),
    ...sitesOf("77", SITES_77, communes),
    ...offices(partners),
  ].map(locate(communes));
  return { sites, teams: teams(sites), services: createServices(partners, sites) };
}

function sitesOfCalvados(communes: readonly Commune[], partners: readonly PartnerRecord[]): Draft[] {
  const served = shareOut(
    communes.filter((commune) => commune.departmentCode === "14"),
    HOUSES,
    communes,
  );
  const centreServed = shareOut(
    communes.filter((commune) => commune.departmentCode === "14"),
    CENTRES,
    communes,
  );
  const associations = partners.filter((partner) => partner.departmentCode === "14" && partner.kind === "ASSOCIATION").map(({ id }) => id);
  const centres = CENTRES.map((centre) => ({
    ...centre,
    kind: "CENTRE_MEDICO_SOCIAL",
    operatorId: "dept-14",
    closesOn: CENTRES_CLOSE_ON,
    servesCommunes: centreServed.get(centre.id) ?? [],
  }));
  const houses = HOUSES.map(({ centreId, ...house }, index) => ({
    ...house,
    kind: "MAISON_DES_SOLIDARITES",
    operatorId: "dept-14",
    opensOn: HOUSES_OPEN_ON,
    replacesIds: [centreId],
    hostedPartnerIds: Array.from({ length: 1 + (index % 3) }, (_, turn) => associations[(index + turn * 4) % associations.length]).filter(
      (id) => id !== undefined,
    ),
    servesCommunes: served.get(house.id) ?? [],
  }));
  return [...centres, ...houses];
}

function sitesOfHautsDeSeine(communes: readonly Commune[]): Draft[] {
  const own = communes.filter((commune) => commune.departmentCode === "92");
  const taken = new Set(POLES.flatMap((pole) => pole.serves ?? []));
  const nearest = shareOut(
    own.filter((commune) => !taken.has(commune.code)),
    POLES.filter((pole) => pole.serves === null),
    communes,
  );
  const poles = POLES.map(({ serves, ...pole }) => ({
    ...pole,
    kind: "POLE_SOCIAL",
    operatorId: "dept-92",
    servesCommunes: serves ?? nearest.get(pole.id) ?? [],
  }));
  const poleOf = (communeCode: string) => poles.find((pole) => pole.servesCommunes.includes(communeCode))?.id ?? null;
  const antennas = own.map((commune) => ({
    id: antennaId(commune.code),
    name: `Antenne sociale – ${commune.name}`,
    kind: "ANTENNE",
    communeCode: commune.code,
    operatorId: "dept-92",
    parentId: poleOf(commune.code),
    servesCommunes: [commune.code],
  }));
  const pmi = {
    id: PMI_VANVES,
    name: "PMI Mary Besseyre",
    kind: "PMI_CENTRE",
    communeCode: "92075",
    operatorId: "dept-92",
    parentId: "pole-issy",
    hostedPartnerIds: ["commune-92075"],
    servesCommunes: ["92075"],
  };
  return [...poles, ...antennas, pmi];
}

function sitesOfGuadeloupe(): Draft[] {
  const seats = SEATS.map((seat) => ({
    id: seat.id,
    name: `Territoire d'intervention sociale – ${seat.place}`,
    kind: "TIS_SEAT",
    communeCode: seat.communes[0] ?? "",
    operatorId: "dept-971",
    opensOn: SEATS_OPEN_ON,
    servesCommunes: seat.communes,
    hostedPartnerIds: seat.id === "tis-03" ? ["asso-971-numerik-des-iles"] : [],
  }));
  return [
    ...seats,
    { id: PMI_ABYMES, name: "PMI des Abymes", kind: "PMI_CENTRE", communeCode: "97101", operatorId: "dept-971", parentId: "tis-01" },
    { id: CRIP, name: "Cellule de recueil des informations préoccupantes", kind: "OTHER", communeCode: "97105", operatorId: "dept-971" },
  ];
}

/** Sites of 76 and 77; those who receive everybody share out the communes, the others serve the whole département. */
function sitesOf(department: string, plans: readonly SitePlan[], communes: readonly Commune[]): Draft[] {
  const own = communes.filter((commune) => commune.departmentCode === department);
  const general = plans.filter((plan) => plan.kind === "CENTRE_MEDICO_SOCIAL" || plan.kind === "MAISON_DES_SOLIDARITES");
  const served = shareOut(own, general, communes);
  return plans.map((plan) => ({ ...plan, operatorId: `dept-${department}`, servesCommunes: served.get(plan.id) ?? [] }));
}

function offices(partners: readonly PartnerRecord[]): Draft[] {
  return partners.flatMap((partner) => {
    const { communeCode, kind } = partner;
    if (communeCode === null || kind === "DEPARTMENT_COUNCIL") return [];
    return [{ id: officeId(partner.id), name: partner.name, kind: "PARTNER_OFFICE", communeCode, operatorId: partner.id }];
  });
}

/** Site → the codes of the communes that are nearest to it, as the crow flies; sites in one commune share it. */
function shareOut(
  own: readonly Commune[],
  sites: readonly { readonly id: string; readonly communeCode: string }[],
  communes: readonly Commune[],
): Map<string, string[]> {
  const byCode = new Map(communes.map((commune) => [commune.code, commune]));
  const served = new Map<string, string[]>(sites.map((site) => [site.id, []]));
  for (const commune of own) {
    const distances = sites.map((site) => ({ site, distance: squaredDistance(commune, byCode.get(site.communeCode)) }));
    const best = Math.min(...distances.map(({ distance }) => distance));
    for (const { site, distance } of distances) if (distance === best) served.get(site.id)?.push(commune.code);
  }
  return served;
}

/** In squared degrees of latitude: fit for comparing only. */
function squaredDistance(a: Commune, b: Commune | undefined): number {
  if (b === undefined) return Number.POSITIVE_INFINITY;
  const east = (a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180);
  return (a.lat - b.lat) ** 2 + east ** 2;
}

function locate(communes: readonly Commune[]): (draft: Draft) => SiteRecord {
  const byCode = new Map(communes.map((commune) => [commune.code, commune]));
  return (draft) => {
    const commune = byCode.get(draft.communeCode);
    if (commune === undefined) throw new Error(`Expected a commune of the five départements, got ${draft.communeCode} for ${draft.id}.`);
    const random = createRandom(`position of ${draft.id}`);
    const near = (degrees: number) => Math.round((degrees + (random.next() - 0.5) * 0.005) * 1e5) / 1e5;
    return {
      departmentCode: commune.departmentCode,
      lat: near(commune.lat),
      lon: near(commune.lon),
      opensOn: null,
      closesOn: null,
      replacesIds: [],
      parentId: null,
      hostedPartnerIds: [],
      servesCommunes: [],
      ...draft,
    };
  };
}

function teams(sites: readonly SiteRecord[]): TeamRecord[] {
  const multidisciplinary = sites
    .filter((site) => site.kind === "POLE_SOCIAL" || (site.kind === "MAISON_DES_SOLIDARITES" && site.departmentCode === "14"))
    .map((site) => ({ id: teamId(site.id), kind: "MULTIDISCIPLINARY", siteId: site.id, communes: site.servesCommunes }));
  const ofSeats = SEATS.flatMap((seat) => [
    {
      id: `${seat.id}-reception`,
      kind: seat.receptionSecretaries + seat.receptionSocialWorkers === 2 ? "PAIR" : "TRIO",
      siteId: seat.id,
      communes: seat.communes,
    },
    { id: `${seat.id}-support`, kind: "COMMUNE_TEAM", siteId: seat.id, communes: seat.communes },
  ]);
  return [...multidisciplinary, ...ofSeats];
}
