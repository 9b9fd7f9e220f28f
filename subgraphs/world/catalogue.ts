// The catalogue: what each département gives at its own sites, the 26 lines of Seine-Maritime, what the partners that receive
// most referrals do, and offers of the other partners over all themes (`offers.ts`), three départements in five each.
import { SERVICE_LINES } from "./seine-maritime.ts";
import { OFFERS, type Offer } from "./offers.ts";
import type { PartnerRecord, ServiceRecord, SiteRecord } from "./records.ts";

/** Départements, each with the partners to which most of its referrals go, the greatest first. */
export const MAIN_RECEIVERS: Readonly<Record<string, readonly string[]>> = {
  "14": ["asso-14-logis-normand", "ft-14-caen", "ccas-14118", "hospital-caen"],
  "76": ["asso-76-halte-rouennaise", "ft-76-rouen", "ccas-76540", "hospital-rouen"],
  "77": ["asso-77-relais-briard", "ft-77-meaux", "ccas-77284", "hospital-melun"],
  "92": ["ngo-toit-et-vie", "ft-92-issy", "ccas-92075", "hospital-issy"],
  "971": ["asso-971-karu-accueil", "ft-971-abymes", "ccas-97101", "hospital-abymes"],
};

export function createServices(partners: readonly PartnerRecord[], sites: readonly SiteRecord[]): ServiceRecord[] {
  const sitesOf = sitesByPartner(sites);
  return [
    ...servicesAtSites(sites),
    ...linesOf76(sites),
    ...servicesOfReceivers(partners, sitesOf),
    ...OFFERS.flatMap((offer, index) => servicesOfOffer(offer, index, { partners, sitesOf })),
  ];
}

/** Services of a département at all of its sites of some kinds. */
interface SitePlan extends Pick<ServiceRecord, "name" | "themes" | "areas" | "publics"> {
  readonly slug: string;
  readonly departmentCode: string;
  readonly kinds: readonly string[];
  readonly type?: string;
}

const RIGHTS = "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits";
const STAY = "logement-hebergement--se-maintenir-dans-le-logement";
const JOB = "preparer-sa-candidature--organiser-ses-demarches-de-recherche-demploi";
const PARENTS = "famille--soutien-a-la-parentalite-et-a-leducation";
const DEPENDENT = "famille--prise-en-charge-personne-dependante";
const ONLINE = "numerique--acceder-a-des-services-en-ligne";

const AT_HOUSES = { departmentCode: "14", kinds: ["MAISON_DES_SOLIDARITES"] } as const;
const AT_POLES = { departmentCode: "92", kinds: ["POLE_SOCIAL"] } as const;
const AT_SEATS = { departmentCode: "971", kinds: ["TIS_SEAT"] } as const;
const AT_77 = { departmentCode: "77", kinds: ["MAISON_DES_SOLIDARITES"] } as const;

const SITE_PLANS: readonly SitePlan[] = [
  { ...AT_HOUSES, slug: "logement", name: "Accompagnement au logement", themes: [STAY], areas: ["HOUSING"], publics: ["ALL"] },
  {
    ...AT_HOUSES,
    slug: "insertion-professionnelle",
    name: "Insertion professionnelle",
    themes: [JOB],
    areas: ["EMPLOYMENT"],
    publics: ["JOB_SEEKERS", "MINIMUM_INCOME_RECIPIENTS"],
  },
  {
    ...AT_HOUSES,
    slug: "soutien-familial",
    name: "Soutien à la famille",
    themes: [PARENTS],
    areas: ["FAMILY_SUPPORT", "FAMILIES"],
    publics: ["FAMILIES"],
  },
  {
    ...AT_HOUSES,
    slug: "autonomie",
    name: "Autonomie des personnes âgées et handicapées",
    themes: [DEPENDENT],
    areas: ["ELDERLY", "DISABILITY"],
    publics: ["SENIORS", "DISABLED_PEOPLE"],
  },
  {
    ...AT_HOUSES,
    slug: "pmi",
    name: "Consultations de sages-femmes et de puéricultrices",
    themes: [PARENTS],
    areas: ["MATERNAL_AND_INFANT_HEALTH"],
    publics: ["FAMILIES"],
  },
  {
    ...AT_POLES,
    slug: "pmi",
    name: "Protection maternelle et infantile",
    themes: [PARENTS],
    areas: ["MATERNAL_AND_INFANT_HEALTH"],
    publics: ["FAMILIES"],
  },
  {
    ...AT_POLES,
    slug: "sante-sexuelle-poles",
    name: "Santé sexuelle",
    themes: ["sante--sante-sexuelle"],
    areas: ["SEXUAL_HEALTH", "HEALTH"],
    publics: ["YOUTH", "WOMEN"],
  },
  {
    ...AT_POLES,
    slug: "action-sociale-insertion",
    name: "Action sociale et insertion",
    themes: [RIGHTS, JOB],
    areas: ["SOCIAL_INCLUSION", "EMPLOYMENT"],
    publics: ["MINIMUM_INCOME_RECIPIENTS", "JOB_SEEKERS", "FAMILIES"],
  },
  {
    ...AT_POLES,
    slug: "aide-sociale-enfance",
    name: "Aide sociale à l'enfance",
    themes: [PARENTS],
    areas: ["CHILD_PROTECTION"],
    publics: ["FAMILIES", "YOUTH"],
  },
  {
    ...AT_POLES,
    slug: "autonomie",
    name: "Accueil des personnes âgées et handicapées",
    themes: [DEPENDENT],
    areas: ["ELDERLY", "DISABILITY"],
    publics: ["SENIORS", "DISABLED_PEOPLE"],
  },
  {
    departmentCode: "92",
    kinds: ["ANTENNE"],
    slug: "accueil-antenne",
    name: "Accueil social de proximité",
    themes: [RIGHTS, ONLINE],
    areas: ["SOCIAL_INCLUSION", "DIGITALISATION"],
    publics: ["ALL"],
  },
  {
    departmentCode: "92",
    kinds: ["PMI_CENTRE"],
    slug: "pmi-vanves",
    name: "Consultations de la PMI Mary Besseyre",
    themes: [PARENTS],
    areas: ["MATERNAL_AND_INFANT_HEALTH", "CHILDREN_AND_YOUNG_PEOPLE"],
    publics: ["FAMILIES"],
  },
  {
    ...AT_SEATS,
    slug: "accueil-inconditionnel",
    name: "Accueil social inconditionnel de proximité",
    themes: [RIGHTS, ONLINE],
    areas: ["SOCIAL_INCLUSION", "DIGITALISATION"],
    publics: ["ALL"],
  },
  {
    ...AT_SEATS,
    slug: "accompagnement-personnalise",
    name: "Accompagnement social personnalisé",
    themes: [RIGHTS, JOB],
    areas: ["SOCIAL_INCLUSION", "EMPLOYMENT"],
    publics: ["ALL"],
  },
  {
    ...AT_SEATS,
    slug: "prevention-expulsions",
    name: "Prévention des expulsions locatives",
    themes: [STAY],
    areas: ["HOUSING"],
    publics: ["ALL"],
  },
  {
    ...AT_SEATS,
    slug: "actions-collectives",
    name: "Actions collectives de développement social local",
    themes: ["remobilisation--lien-social"],
    areas: ["SOCIAL_INCLUSION"],
    publics: ["ALL"],
    type: "WORKSHOP",
  },
  {
    ...AT_77,
    slug: "accueil",
    name: "Accueil et accompagnement social",
    themes: [RIGHTS, STAY],
    areas: ["SOCIAL_INCLUSION", "HOUSING"],
    publics: ["ALL"],
  },
  {
    ...AT_77,
    slug: "pmi",
    name: "Protection maternelle et infantile",
    themes: [PARENTS],
    areas: ["MATERNAL_AND_INFANT_HEALTH"],
    publics: ["FAMILIES"],
  },
];

function servicesAtSites(sites: readonly SiteRecord[]): ServiceRecord[] {
  return SITE_PLANS.map(({ slug, kinds, type = "SUPPORT", ...plan }) => ({
    ...plan,
    id: `srv-${plan.departmentCode}-${slug}`,
    type,
    providerId: `dept-${plan.departmentCode}`,
    siteIds: idsOfKinds(sites, plan.departmentCode, kinds),
    audience: "BENEFICIARIES",
  }));
}

function linesOf76(sites: readonly SiteRecord[]): ServiceRecord[] {
  return SERVICE_LINES.map(({ slug, siteKinds, ...line }) => ({
    ...line,
    id: `srv-76-${slug}`,
    departmentCode: "76",
    providerId: "dept-76",
    siteIds: idsOfKinds(sites, "76", siteKinds),
  }));
}

function idsOfKinds(sites: readonly SiteRecord[], departmentCode: string, kinds: readonly string[]): string[] {
  return sites.filter((site) => site.departmentCode === departmentCode && kinds.includes(site.kind)).map((site) => site.id);
}

/** What a main receiver does, by its kind. */
const RECEIVER_PLANS: Readonly<Record<string, readonly (Omit<SitePlan, "departmentCode" | "kinds"> & { readonly type: string })[]>> = {
  ASSOCIATION: [
    {
      slug: "vers-le-logement",
      name: "Accompagnement vers et dans le logement",
      type: "SUPPORT",
      themes: [STAY],
      areas: ["HOUSING"],
      publics: ["ALL"],
    },
    {
      slug: "hebergement",
      name: "Hébergement d'insertion",
      type: "SUPPORT",
      themes: ["logement-hebergement--rechercher-une-solution-dhebergement-temporaire"],
      areas: ["HOUSING", "SOCIAL_INCLUSION"],
      publics: ["EMERGENCY", "FAMILIES", "WOMEN"],
    },
  ],
  FRANCE_TRAVAIL: [
    {
      slug: "accompagnement-global",
      name: "Accompagnement global des demandeurs d'emploi",
      type: "SUPPORT",
      themes: [JOB],
      areas: ["EMPLOYMENT"],
      publics: ["JOB_SEEKERS"],
    },
  ],
  CCAS: [
    {
      slug: "epicerie-sociale",
      name: "Épicerie sociale",
      type: "MATERIAL_AID",
      themes: ["equipement-et-alimentation--alimentation"],
      areas: ["SOCIAL_INCLUSION"],
      publics: ["MINIMUM_INCOME_RECIPIENTS", "FAMILIES", "SENIORS"],
    },
  ],
  HOSPITAL: [
    {
      slug: "permanence-soins",
      name: "Permanence d'accès aux soins de santé",
      type: "SUPPORT",
      themes: ["sante--acces-aux-soins", "sante--sante-mentale"],
      areas: ["HEALTH"],
      publics: ["ALL"],
    },
  ],
};

type SitesOf = ReadonlyMap<string, readonly string[]>;

function servicesOfReceivers(partners: readonly PartnerRecord[], sitesOf: SitesOf): ServiceRecord[] {
  return Object.entries(MAIN_RECEIVERS).flatMap(([departmentCode, ids]) =>
    partners
      .filter((partner) => ids.includes(partner.id))
      .flatMap((partner) =>
        (RECEIVER_PLANS[partner.kind] ?? []).map(({ slug, ...plan }) => ({
          ...plan,
          id: `srv-${partner.id}-${slug}`,
          departmentCode,
          providerId: partner.id,
          siteIds: sitesOf.get(partner.id) ?? [],
          audience: "BENEFICIARIES",
        })),
      ),
  );
}

const DEPARTMENT_CODES = ["14", "76", "77", "92", "971"];

/** Categories that everybody must find near home. */
const EVERYWHERE = ["numerique", "sante", "equipement-et-alimentation"];

function servicesOfOffer(offer: Offer, index: number, context: { partners: readonly PartnerRecord[]; sitesOf: SitesOf }): ServiceRecord[] {
  const [theme, name, type, areas, publics, providers] = offer;
  const everywhere = theme === STAY || EVERYWHERE.some((category) => theme.startsWith(category));
  return DEPARTMENT_CODES.filter((_, turn) => everywhere || (index + turn) % 5 < 3).flatMap((departmentCode) => {
    const provider = providerOf(
      providers,
      context.partners.filter((partner) => partner.departmentCode === departmentCode),
      index,
    );
    if (provider === undefined) return [];
    const service = {
      id: `srv-${departmentCode}-${theme.slice(theme.indexOf("--") + 2)}`,
      name,
      providerId: provider.id,
      siteIds: context.sitesOf.get(provider.id) ?? [],
      departmentCode,
      themes: [theme],
      type,
      audience: "BENEFICIARIES",
      areas,
      publics,
    };
    return [service];
  });
}

/** The first kind or network that has partners here; among several of them, each in turn. */
function providerOf(wanted: readonly string[], partners: readonly PartnerRecord[], turn: number): PartnerRecord | undefined {
  for (const name of wanted) {
    const found = partners.filter((partner) => (name.startsWith("@") ? partner.networks.includes(name.slice(1)) : partner.kind === name));
    if (found.length > 0) return found[turn % found.length];
  }
  return undefined;
}

/** Kinds at which a council gives what is not bound to a place. */
const GENERAL_KINDS = ["MAISON_DES_SOLIDARITES", "CENTRE_MEDICO_SOCIAL", "POLE_SOCIAL", "TIS_SEAT"];

/** Partner → its office, the sites that host it and, of a council, its general sites that still exist. */
function sitesByPartner(sites: readonly SiteRecord[]): Map<string, string[]> {
  const byPartner = new Map<string, string[]>();
  for (const site of sites) {
    const own = site.kind === "PARTNER_OFFICE" || (GENERAL_KINDS.includes(site.kind) && site.closesOn === null);
    const partners = own ? [site.operatorId, ...site.hostedPartnerIds] : site.hostedPartnerIds;
    for (const partner of partners) byPartner.set(partner, [...(byPartner.get(partner) ?? []), site.id]);
  }
  return byPartner;
}
