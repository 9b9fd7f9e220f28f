// Seine-Maritime (76): the 26 lines of "responsibilities and services" that the département publishes, sorted by whom they are
// for, and places of the kinds that the lines name. The lines and the eleven areas of work are published; the sorting, the
// French wording and the places are ours.
export interface SitePlan {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly communeCode: string;
}

export const SITES_76: readonly SitePlan[] = [
  ...centres([
    ["rouen", "de Rouen", "76540"],
    ["le-havre", "du Havre", "76351"],
    ["dieppe", "de Dieppe", "76217"],
    ["fecamp", "de Fécamp", "76259"],
    ["elbeuf", "d'Elbeuf", "76231"],
    ["neufchatel", "de Neufchâtel-en-Bray", "76462"],
    ["yvetot", "d'Yvetot", "76758"],
    ["barentin", "de Barentin", "76057"],
    ["le-treport", "du Tréport", "76711"],
    ["lillebonne", "de Lillebonne", "76384"],
  ]),
  { id: "ehpad-76-rouen", name: "EHPAD public Les Terrasses", kind: "NURSING_HOME", communeCode: "76540" },
  { id: "ehpad-76-dieppe", name: "EHPAD public Les Falaises", kind: "NURSING_HOME", communeCode: "76217" },
  { id: "ehpad-76-le-havre", name: "EHPAD public La Jetée", kind: "NURSING_HOME", communeCode: "76351" },
  { id: "accueil-jour-76-rouen", name: "Accueil de jour Le Robec", kind: "DAY_CENTRE", communeCode: "76540" },
  { id: "accueil-jour-76-yvetot", name: "Accueil de jour Le Clos", kind: "DAY_CENTRE", communeCode: "76758" },
  { id: "hebergement-76-1", name: "Hébergement Les Glycines", kind: "SHELTER", communeCode: "76540" },
  { id: "hebergement-76-2", name: "Hébergement L'Escale", kind: "SHELTER", communeCode: "76351" },
  { id: "rencontre-76-rouen", name: "Espace de rencontre de Rouen", kind: "MEETING_POINT", communeCode: "76540" },
  { id: "rencontre-76-dieppe", name: "Espace de rencontre de Dieppe", kind: "MEETING_POINT", communeCode: "76217" },
];

export interface ServiceLine {
  readonly slug: string;
  readonly name: string;
  readonly audience: string;
  readonly type: string | null;
  readonly areas: readonly string[];
  readonly themes: readonly string[];
  readonly publics: readonly string[];
  /** Kinds of the sites where it is given; none for what happens at the département's head office. */
  readonly siteKinds: readonly string[];
}

const LINE = { audience: "BENEFICIARIES", type: "SUPPORT", themes: [], publics: ["ALL"], siteKinds: [] } as const;
const INSTITUTIONAL = { type: null, themes: [], publics: [], siteKinds: [] } as const;

/** In the order of the source, grouped by audience: 12 for beneficiaries, 4, 3, 1 and 1 for others, 5 of its own role. */
export const SERVICE_LINES: readonly ServiceLine[] = [
  {
    ...LINE,
    slug: "service-social",
    name: "Service social de proximité",
    areas: ["SOCIAL_INCLUSION", "FAMILIES", "EMPLOYMENT", "DIGITALISATION"],
    themes: [
      "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits",
      "numerique--acceder-a-des-services-en-ligne",
    ],
    siteKinds: ["CENTRE_MEDICO_SOCIAL"],
  },
  {
    ...LINE,
    slug: "ehpad-accueil-de-jour",
    name: "EHPAD publics et accueils de jour",
    areas: ["ELDERLY", "HEALTH"],
    themes: ["famille--prise-en-charge-personne-dependante"],
    publics: ["SENIORS"],
    siteKinds: ["NURSING_HOME", "DAY_CENTRE"],
  },
  {
    ...LINE,
    slug: "aide-a-domicile",
    name: "Aide et soins à domicile pour personnes âgées ou dépendantes",
    areas: ["ELDERLY", "DISABILITY"],
    themes: ["famille--prise-en-charge-personne-dependante", "equipement-et-alimentation--aide-menagere"],
    publics: ["SENIORS", "DISABLED_PEOPLE"],
  },
  {
    ...LINE,
    slug: "hebergement-violences",
    name: "Hébergement des victimes de violences de genre",
    areas: ["GENDER_BASED_VIOLENCE", "HOUSING"],
    themes: ["famille--surmonter-conflits-separation-violence", "logement-hebergement--rechercher-une-solution-dhebergement-temporaire"],
    publics: ["WOMEN", "FAMILIES", "EMERGENCY"],
    siteKinds: ["SHELTER"],
  },
  {
    ...LINE,
    slug: "socio-educatif",
    name: "Accompagnement socio-éducatif des enfants menacés d'exclusion",
    areas: ["CHILDREN_AND_YOUNG_PEOPLE", "EDUCATION"],
    themes: ["famille--soutien-a-la-parentalite-et-a-leducation"],
    publics: ["YOUTH", "FAMILIES"],
    siteKinds: ["CENTRE_MEDICO_SOCIAL"],
  },
  {
    ...LINE,
    slug: "espaces-de-rencontre",
    name: "Espaces de rencontre pour enfants, victimes de violences et familles",
    areas: ["FAMILIES", "CHILDREN_AND_YOUNG_PEOPLE", "GENDER_BASED_VIOLENCE"],
    themes: ["famille--surmonter-conflits-separation-violence"],
    publics: ["FAMILIES"],
    siteKinds: ["MEETING_POINT"],
  },
  {
    ...LINE,
    slug: "protection-enfance",
    name: "Protection de l'enfance",
    areas: ["CHILD_PROTECTION", "CHILDREN_AND_YOUNG_PEOPLE"],
    publics: ["FAMILIES", "YOUTH"],
    siteKinds: ["CENTRE_MEDICO_SOCIAL"],
  },
  {
    ...LINE,
    slug: "groupes-aidants",
    name: "Groupes de soutien moral pour aidants familiaux",
    type: "WORKSHOP",
    areas: ["CAREGIVERS", "ELDERLY", "DISABILITY"],
    themes: ["famille--soutien-aidants"],
    siteKinds: ["DAY_CENTRE"],
  },
  {
    ...LINE,
    slug: "prevention-addictions",
    name: "Prévention des addictions chez les jeunes",
    type: "WORKSHOP",
    areas: ["ADDICTIONS", "CHILDREN_AND_YOUNG_PEOPLE", "HEALTH"],
    themes: ["sante--addictions"],
    publics: ["YOUTH"],
    siteKinds: ["CENTRE_MEDICO_SOCIAL"],
  },
  {
    ...LINE,
    slug: "precarite-energetique",
    name: "Aide contre la précarité énergétique",
    type: "FINANCIAL_AID",
    areas: ["ENERGY_POVERTY", "HOUSING"],
    themes: [
      "difficultes-financieres--prevenir-une-degradation-de-la-situation-financiere",
      "logement-hebergement--se-maintenir-dans-le-logement",
    ],
    publics: ["MINIMUM_INCOME_RECIPIENTS", "FAMILIES", "SENIORS"],
    siteKinds: ["CENTRE_MEDICO_SOCIAL"],
  },
  {
    ...LINE,
    slug: "aides-financieres",
    name: "Aides financières individuelles",
    type: "FINANCIAL_AID",
    areas: ["SOCIAL_INCLUSION"],
    themes: ["difficultes-financieres--ameliorer-sa-gestion-budgetaire"],
    siteKinds: ["CENTRE_MEDICO_SOCIAL"],
  },
  {
    ...LINE,
    slug: "protection-sociale",
    name: "Accès à la protection sociale",
    type: "INFORMATION",
    areas: ["SOCIAL_INCLUSION", "HEALTH"],
    themes: ["sante--acces-aux-soins"],
    siteKinds: ["CENTRE_MEDICO_SOCIAL"],
  },
  institutional("renforcement-capacites", "Renforcement des capacités et formation", {
    audience: "PROFESSIONALS",
    type: "TRAINING",
    areas: ["SOCIAL_INCLUSION"],
  }),
  institutional("formation-professionnelle", "Formation professionnelle", {
    audience: "PROFESSIONALS",
    type: "TRAINING",
    areas: ["EDUCATION", "EMPLOYMENT"],
  }),
  institutional("formation-travail-social", "Formation des personnels de l'action sociale", {
    audience: "PROFESSIONALS",
    type: "TRAINING",
    areas: ["SOCIAL_INCLUSION"],
  }),
  institutional("reseaux-cadres", "Réseaux de cadres et de travailleurs sociaux", {
    audience: "PROFESSIONALS",
    type: "INFORMATION",
    areas: ["SOCIAL_INCLUSION"],
  }),
  institutional("lignes-directrices", "Lignes directrices pour les conseils locaux", {
    audience: "LOCAL_AUTHORITIES",
    type: "INFORMATION",
    areas: ["SOCIAL_INCLUSION"],
  }),
  institutional("inspections", "Inspections", { audience: "LOCAL_AUTHORITIES", type: null, areas: ["ELDERLY", "CHILD_PROTECTION"] }),
  institutional("conseil-etablissements", "Conseil et études sur les établissements pour personnes âgées", {
    audience: "LOCAL_AUTHORITIES",
    type: "INFORMATION",
    areas: ["ELDERLY"],
  }),
  institutional("cooperation-ong", "Coopération avec les associations et bénévolat social", {
    audience: "ASSOCIATIONS",
    type: null,
    areas: ["SOCIAL_INCLUSION"],
  }),
  institutional("defense-membres", "Représentation et défense des membres", {
    audience: "MEMBERS",
    type: null,
    areas: ["SOCIAL_INCLUSION"],
  }),
  institutional("transformation-prise-en-charge", "Transformation des modèles de prise en charge", {
    audience: "OWN_ROLE",
    type: null,
    areas: ["HEALTH", "ELDERLY"],
  }),
  institutional("changement-systemique", "Promotion du changement systémique", {
    audience: "OWN_ROLE",
    type: null,
    areas: ["SOCIAL_INCLUSION"],
  }),
  institutional("role-travailleur-social", "Rôle du travailleur social", { audience: "OWN_ROLE", type: null, areas: ["SOCIAL_INCLUSION"] }),
  institutional("recherche-developpement", "Recherche et développement", { audience: "OWN_ROLE", type: null, areas: ["EDUCATION"] }),
  institutional("observation-sociale", "Observation et suivi des problèmes sociaux", {
    audience: "OWN_ROLE",
    type: null,
    areas: ["SOCIAL_INCLUSION", "DIGITALISATION"],
  }),
];

function institutional(slug: string, name: string, rest: Pick<ServiceLine, "audience" | "type" | "areas">): ServiceLine {
  return { ...INSTITUTIONAL, slug, name, ...rest };
}

function centres(rows: readonly (readonly [string, string, string])[]): SitePlan[] {
  return rows.map(([slug, place, communeCode]) => ({
    id: `cms-76-${slug}`,
    name: `Centre médico-social ${place}`,
    kind: "CENTRE_MEDICO_SOCIAL",
    communeCode,
  }));
}
