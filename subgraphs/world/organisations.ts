// Who works for whom: the partners, and the professionals of each at their places. Départements' staff follows the published
// numbers (600 agents in Calvados, 31 at reception and 67 in support in Guadeloupe, at least ten professions at a pole);
// partners have a few professionals each. Sites and teams are named here by ids that `places.ts` gives them.
import { HOUSE_STAFF, HOUSES } from "./calvados.ts";
import type { Commune } from "./geography.ts";
import { SEATS, type Seat } from "./guadeloupe.ts";
import { ANTENNA_STAFF, POLE_STAFF, POLES } from "./hauts-de-seine.ts";
import { FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES } from "./names.ts";
import { createPartners } from "./partners.ts";
import { createRandom, type Random } from "./random.ts";
import { SITES_77 } from "./seine-et-marne.ts";
import { SITES_76 } from "./seine-maritime.ts";
import type { PartnerRecord, ProfessionalRecord } from "./records.ts";

export interface Organisations {
  readonly partners: readonly PartnerRecord[];
  readonly professionals: readonly ProfessionalRecord[];
}

/** A professional before a name is given. */
type Post = Omit<ProfessionalRecord, "givenName" | "familyName">;

export function createOrganisations(communes: readonly Commune[]): Organisations {
  const partners = createPartners();
  const antennas = communes.filter((commune) => commune.departmentCode === "92").map((commune) => antennaId(commune.code));
  const posts = [
    ...HOUSES.flatMap((house) => postsOf(house.id, HOUSE_STAFF, { employerId: "dept-14", teamId: teamId(house.id) })),
    ...POLES.flatMap((pole) => postsOf(pole.id, POLE_STAFF, { employerId: "dept-92", teamId: teamId(pole.id) })),
    ...antennas.flatMap((antenna) => postsOf(antenna, ANTENNA_STAFF, { employerId: "dept-92", teamId: null })),
    ...SEATS.flatMap(postsOfSeat),
    ...centresOf76().flatMap((id) => postsOf(id, CENTRE_STAFF, { employerId: "dept-76", teamId: null })),
    ...SITES_77.flatMap((site) => postsOf(site.id, CENTRE_STAFF, { employerId: "dept-77", teamId: null })),
    ...NAMED_POSTS,
    ...partners.flatMap(postsOfPartner),
    // Last, so that everybody before keeps their name.
    ...["92", "14", "76", "77", "971"].map((code) => named(`pro-${code}-archivist`, { profession: "ADMINISTRATIVE_ASSISTANT", employerId: `dept-${code}`, siteIds: [] })),
  ].map(rename);
  const random = createRandom("professionals");
  return { partners, professionals: posts.map((post) => ({ ...post, ...nameOf(random) })) };
}

/** The antenna of the Hauts-de-Seine in a commune. */
export function antennaId(communeCode: string): string {
  return `antenne-${communeCode}`;
}

/** The office of a partner. */
export function officeId(partnerId: string): string {
  return `office-${partnerId}`;
}

/** The multidisciplinary team of a house or a pole. */
export function teamId(siteId: string): string {
  return `${siteId}-team`;
}

export const PMI_VANVES = "pmi-mary-besseyre";
export const PMI_ABYMES = "pmi-les-abymes";
export const CRIP = "crip-971";

const CENTRE_STAFF = { SOCIAL_WORKER: 4, CESF: 1, SPECIALISED_EDUCATOR: 1, PAEDIATRIC_NURSE: 1, MEDICO_SOCIAL_SECRETARY: 1 };

/** Ids that personas and tests know, by the generated id that they take over. */
const FIXED_IDS: Readonly<Record<string, string>> = {
  [`pro-${HOUSES[0]?.id ?? ""}-social-worker-1`]: "pro-14-sw-1",
  "pro-pole-issy-social-worker-1": "pro-92-referent",
  "pro-ngo-toit-et-vie-1": "pro-ngo-1",
  "pro-commune-92075-1": "pro-vanves-1",
};

const NAMED_POSTS: readonly Post[] = [
  named("pro-92-steward", { profession: "OFFER_MANAGER", employerId: "dept-92", siteIds: [] }),
  named("pro-92-analyst", { profession: "OTHER", employerId: "dept-92", siteIds: [] }),
  named("pro-971-crip", { profession: "SOCIAL_WORKER", employerId: "dept-971", siteIds: [CRIP] }),
  named("pro-971-crip-doctor", { profession: "DOCTOR", employerId: "dept-971", siteIds: [CRIP] }),
  named("pro-971-pmi-nurse", { profession: "PAEDIATRIC_NURSE", employerId: "dept-971", siteIds: [PMI_ABYMES] }),
  named("pro-971-pmi-doctor", { profession: "DOCTOR", employerId: "dept-971", siteIds: [PMI_ABYMES] }),
  named("pro-pmi-vanves-nurse", { profession: "PAEDIATRIC_NURSE", employerId: "dept-92", siteIds: [PMI_VANVES, "pole-issy"] }),
  named("pro-pmi-vanves-doctor", { profession: "DOCTOR", employerId: "dept-92", siteIds: [PMI_VANVES] }),
  named("pro-pmi-vanves-assistant", { profession: "CHILDCARE_ASSISTANT", employerId: "dept-92", siteIds: [PMI_VANVES] }),
  named("pro-vanves-2", { profession: "EARLY_CHILDHOOD_EDUCATOR", employerId: "commune-92075", siteIds: [PMI_VANVES] }),
  ...["92-issy", "14-caen", "76-rouen", "77-melun", "971-abymes"].map((agency, index) =>
    named(`pro-france-travail-${index + 1}`, { profession: "OTHER", employerId: "france-travail", siteIds: [officeId(`ft-${agency}`)] }),
  ),
];

/** Professions at a partner's office, by kind of partner; one professional where nothing is said. */
const PARTNER_STAFF: Readonly<Record<string, readonly string[]>> = {
  DEPARTMENT_COUNCIL: [],
  ASSOCIATION: ["SOCIAL_WORKER", "SPECIALISED_EDUCATOR"],
  CAF: ["SOCIAL_WORKER", "CESF"],
  CCAS: ["SOCIAL_WORKER", "CESF"],
  COMMUNE: ["ADMINISTRATIVE_ASSISTANT"],
  EDUCATION: ["SOCIAL_WORKER"],
  FRANCE_TRAVAIL: ["OTHER", "OTHER"],
  HOSPITAL: ["SOCIAL_WORKER", "DOCTOR", "PSYCHOLOGIST"],
  JUSTICE: ["SPECIALISED_EDUCATOR"],
  LANDLORD: ["CESF"],
  MEDICO_SOCIAL: ["SPECIALISED_EDUCATOR", "PSYCHOLOGIST"],
  SIAO: ["SOCIAL_WORKER"],
};

interface PostPlan {
  readonly employerId: string;
  readonly teamId: string | null;
}

function postsOf(siteId: string, staff: Readonly<Record<string, number>>, { employerId, teamId: team }: PostPlan): Post[] {
  return Object.entries(staff).flatMap(([profession, count]) =>
    Array.from({ length: count }, (_, index) => ({
      id: `pro-${siteId}-${profession.toLowerCase().replaceAll("_", "-")}-${index + 1}`,
      profession,
      employerId,
      siteIds: [siteId],
      teamId: team,
    })),
  );
}

function postsOfSeat(seat: Seat): Post[] {
  const reception = { RECEPTION_SECRETARY: seat.receptionSecretaries, RECEPTION_SOCIAL_WORKER: seat.receptionSocialWorkers };
  return [
    ...postsOf(seat.id, reception, { employerId: "dept-971", teamId: `${seat.id}-reception` }),
    ...postsOf(seat.id, { SUPPORT_SOCIAL_WORKER: seat.supportWorkers }, { employerId: "dept-971", teamId: `${seat.id}-support` }),
  ];
}

function centresOf76(): string[] {
  return SITES_76.filter((site) => site.kind === "CENTRE_MEDICO_SOCIAL").map((site) => site.id);
}

function postsOfPartner(partner: PartnerRecord): Post[] {
  if (partner.communeCode === null) return [];
  const staff = PARTNER_STAFF[partner.kind] ?? ["OTHER"];
  return staff.map((profession, index) => ({
    id: `pro-${partner.id}-${index + 1}`,
    profession,
    employerId: partner.id,
    siteIds: [officeId(partner.id)],
    teamId: null,
  }));
}

function named(id: string, post: Omit<Post, "id" | "teamId">): Post {
  return { id, teamId: null, ...post };
}

function rename(post: Post): Post {
  return { ...post, id: FIXED_IDS[post.id] ?? post.id };
}

/** Two in three are women, as in the field. */
function nameOf(random: Random): { givenName: string; familyName: string } {
  return { givenName: random.pick(random.chance(0.67) ? FEMALE_NAMES : MALE_NAMES), familyName: random.pick(FAMILY_NAMES) };
}
