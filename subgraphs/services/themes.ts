// The themes of data.inclusion v1: 69 codes with their French labels, in 16 categories.
// Source: gip-inclusion/data-inclusion-schema v1, `thematiques` (Licence Ouverte / Open Licence 2.0).
import { clientError } from "../kit/kit.ts";

export interface Theme {
  /** `category--value`. */
  readonly code: string;
  readonly label: string;
  readonly category: string;
}

/** Category → value → label. */
const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "choisir-un-metier": {
    "confirmer-son-choix-de-metier": "Confirmer son choix de métier",
    "connaitre-les-opportunites-demploi": "Connaître les opportunités d’emploi",
    "decouvrir-un-metier-ou-un-secteur-dactivite": "Découvrir un métier ou un secteur d’activité",
    "identifier-ses-points-forts-et-ses-competences": "Identifier ses points forts et ses compétences",
  },
  "creer-une-entreprise": {
    "definir-son-projet-de-creation-dentreprise": "Définir son projet de création d’entreprise",
    "developper-son-entreprise": "Développer son entreprise",
    "structurer-son-projet-de-creation-dentreprise": "Structurer son projet de création d’entreprise",
  },
  "difficultes-administratives-ou-juridiques": {
    "accompagnement-aux-demarches-administratives": "Accompagnement aux démarches administratives",
    "accompagnement-pour-lacces-a-la-citoyennete": "Accompagnement pour l’accès à la citoyenneté",
    "accompagnement-pour-lacces-aux-droits": "Accompagnement pour l’accès aux droits",
    "beneficier-dune-mesure-daccompagnement-adapte": "Bénéficier d’une mesure d’accompagnement adapté",
    "connaitre-ses-droits-face-a-une-discrimination": "Connaître ses droits face à une discrimination",
    "prendre-en-compte-une-problematique-judiciaire": "Prendre en compte une problématique judiciaire",
  },
  "difficultes-financieres": {
    "acquerir-une-autonomie-budgetaire": "Acquérir une autonomie budgétaire",
    "ameliorer-sa-gestion-budgetaire": "Améliorer sa gestion budgétaire",
    "mettre-en-place-une-mesure-de-protection-financiere": "Mettre en place une mesure de protection financière",
    "prevenir-une-degradation-de-la-situation-financiere": "Prévenir une dégradation de la situation financière",
    "situation-dendettement-surendettement": "Situation d’endettement ou de surendettement",
  },
  "equipement-et-alimentation": {
    "aide-menagere": "Aide ménagère",
    alimentation: "Alimentation",
    electromenager: "Électroménager",
    habillement: "Habillement",
  },
  famille: {
    "garde-denfants": "Garde d’enfants",
    "prise-en-charge-personne-dependante": "Prise en charge d’une personne dépendante",
    "soutien-a-la-parentalite-et-a-leducation": "Soutien à la parentalité et à l’éducation",
    "soutien-aidants": "Soutien aux aidants",
    "surmonter-conflits-separation-violence": "Surmonter les conflits liés à la séparation ou à la violence",
  },
  "lecture-ecriture-calcul": {
    "maitriser-le-calcul": "Maîtriser le calcul",
    "maitriser-le-francais": "Maîtriser le français",
  },
  "logement-hebergement": {
    "acheter-un-logement": "Acheter un logement",
    "changer-de-logement": "Changer de logement",
    "louer-un-logement": "Louer un logement",
    "rechercher-une-solution-dhebergement-temporaire": "Rechercher une solution d’hébergement temporaire",
    "reduire-les-impayes-de-loyer": "Réduire les impayés de loyer",
    "se-maintenir-dans-le-logement": "Se maintenir dans le logement",
    "sinformer-sur-les-demarches-liees-a-lacces-au-logement": "S’informer sur les démarches liées à l’accès au logement",
  },
  mobilite: {
    "acceder-a-un-vehicule": "Accéder à un véhicule",
    "entretenir-reparer-son-vehicule": "Entretenir et réparer son véhicule",
    "etre-accompagne-dans-son-parcours-mobilite": "Être accompagné dans son parcours mobilité",
    "financer-ma-mobilite": "Financer ma mobilité",
    "mobilite-douce-partagee-collective": "Utiliser des services de mobilité douce, partagée ou collective",
    "preparer-un-permis": "Préparer un permis",
  },
  numerique: {
    "acceder-a-des-services-en-ligne": "Accéder à des services en ligne",
    "acceder-a-une-connexion-internet": "Accéder à une connexion Internet",
    "acquerir-un-equipement": "Acquérir un équipement",
    "maitriser-les-fondamentaux-du-numerique": "Maîtriser les fondamentaux du numérique",
  },
  "preparer-sa-candidature": {
    "developper-son-reseau": "Développer son réseau",
    "organiser-ses-demarches-de-recherche-demploi": "Organiser ses démarches de recherche d’emploi",
    "realiser-un-cv-et-ou-une-lettre-de-motivation": "Réaliser un CV et/ou une lettre de motivation",
    "valoriser-ses-competences": "Valoriser ses compétences",
  },
  remobilisation: {
    "activites-sportives-et-culturelles": "Activités sportives et culturelles",
    "benevolat-action-citoyenne": "Bénévolat et action citoyenne",
    "bien-etre-confiance-en-soi": "Bien-être et confiance en soi",
    "lien-social": "Lien social",
  },
  sante: {
    "acces-aux-soins": "Accès aux soins",
    addictions: "Addictions",
    "constituer-un-dossier-mdph-invalidite": "Constituer un dossier MDPH pour invalidité",
    "sante-mentale": "Santé mentale",
    "sante-sexuelle": "Santé sexuelle",
  },
  "se-former": {
    "monter-son-dossier-de-formation": "Monter son dossier de formation",
    "trouver-sa-formation": "Trouver sa formation",
  },
  "souvrir-a-linternational": {
    "connaitre-les-opportunites-demploi-a-letranger": "Connaître les opportunités d’emploi à l’étranger",
    "sinformer-sur-les-aides-pour-travailler-a-letranger": "S’informer sur les aides pour travailler à l’étranger",
    "sorganiser-suite-a-son-retour-en-france": "S’organiser suite à son retour en France",
  },
  "trouver-un-emploi": {
    "convaincre-un-recruteur-en-entretien": "Convaincre un recruteur en entretien",
    "faire-des-candidatures-spontanees": "Faire des candidatures spontanées",
    "maintien-dans-lemploi": "Maintien dans l’emploi",
    "repondre-a-des-offres-demploi": "Répondre à des offres d’emploi",
    "suivre-ses-candidatures-et-relancer-les-employeurs": "Suivre ses candidatures et relancer les employeurs",
  },
};

/** By code, in the order of the table. */
export const THEMES: ReadonlyMap<string, Theme> = new Map(
  Object.entries(TABLE).flatMap(([category, values]) =>
    Object.entries(values).map(([value, label]) => [`${category}--${value}`, { code: `${category}--${value}`, label, category }] as const),
  ),
);

export const THEME_CATEGORIES: ReadonlySet<string> = new Set(Object.keys(TABLE));

/** The theme of a stored code. A code that the vocabulary does not know keeps its own text as label. */
export function themeOf(code: string): Theme {
  return THEMES.get(code) ?? { code, label: code, category: code.split("--", 1)[0] ?? code };
}

/** The codes that a filter means: each value is a code, or a category for all of its codes. Throws BAD_USER_INPUT. */
export function readThemes(values: readonly string[]): string[] {
  return [...new Set(values.flatMap(readTheme))];
}

/** The code or category that is written most like the value; a code, where only a code will do. */
export function nearestTheme(value: string, among: "codes" | "codes and categories" = "codes and categories"): string {
  const known = [...(among === "codes" ? [] : THEME_CATEGORIES), ...THEMES.keys()];
  const [best = ""] = known.map((name) => ({ name, far: unlikeness(value, name) })).sort((a, b) => a.far - b.far).map(({ name }) => name);
  return best;
}

/** A value may resemble the whole name or, a little less, one of its two parts. */
function unlikeness(value: string, name: string): number {
  return Math.min(distance(value, name), ...name.split("--").map((part) => distance(value, part) + 0.5));
}

function readTheme(value: string): readonly string[] {
  if (THEMES.has(value)) return [value];
  if (THEME_CATEGORIES.has(value)) return [...THEMES.values()].filter(({ category }) => category === value).map(({ code }) => code);
  const got = JSON.stringify(value.slice(0, LONGEST));
  throw clientError("BAD_USER_INPUT", `Expected a theme code or a category of data.inclusion v1, got ${got}. The nearest known one is ${nearestTheme(value)}.`);
}

/** No code is longer; what a client sends beyond is neither compared nor repeated. */
const LONGEST = 100;

/** Levenshtein. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a.slice(0, LONGEST)].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
