// What the demonstration says about needs, procedures and conclusions: tables of data. Labels are in French, as the
// people who use them write them; themes are codes of data.inclusion v1.
import type { Story } from "../world/world.ts";

interface NeedEntry {
  readonly theme: string;
  readonly description: string;
  readonly severity: "LOW" | "MEDIUM" | "HIGH" | "URGENT";
}

const N = {
  housing: { theme: "logement-hebergement--se-maintenir-dans-le-logement", description: "Se maintenir dans le logement", severity: "HIGH" },
  arrears: { theme: "logement-hebergement--reduire-les-impayes-de-loyer", description: "Impayés de loyer", severity: "URGENT" },
  shelter: { theme: "logement-hebergement--rechercher-une-solution-dhebergement-temporaire", description: "Sans solution d’hébergement", severity: "URGENT" },
  moving: { theme: "logement-hebergement--changer-de-logement", description: "Logement trop petit", severity: "MEDIUM" },
  debt: { theme: "difficultes-financieres--situation-dendettement-surendettement", description: "Dettes à plusieurs créanciers", severity: "HIGH" },
  budget: { theme: "difficultes-financieres--ameliorer-sa-gestion-budgetaire", description: "Budget à stabiliser", severity: "MEDIUM" },
  rights: { theme: "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits", description: "Droits non ouverts", severity: "MEDIUM" },
  paperwork: { theme: "difficultes-administratives-ou-juridiques--accompagnement-aux-demarches-administratives", description: "Démarches à accompagner", severity: "LOW" },
  care: { theme: "sante--acces-aux-soins", description: "Renoncement aux soins", severity: "HIGH" },
  mentalHealth: { theme: "sante--sante-mentale", description: "Souffrance psychique", severity: "HIGH" },
  disability: { theme: "sante--constituer-un-dossier-mdph-invalidite", description: "Dossier MDPH à constituer", severity: "MEDIUM" },
  online: { theme: "numerique--acceder-a-des-services-en-ligne", description: "Peu à l’aise en ligne", severity: "LOW" },
  work: { theme: "trouver-un-emploi--repondre-a-des-offres-demploi", description: "Recherche d’emploi", severity: "MEDIUM" },
  training: { theme: "se-former--trouver-sa-formation", description: "Projet de formation", severity: "LOW" },
  parenting: { theme: "famille--soutien-a-la-parentalite-et-a-leducation", description: "Soutien à la parentalité", severity: "MEDIUM" },
  childcare: { theme: "famille--garde-denfants", description: "Mode de garde à trouver", severity: "MEDIUM" },
  violence: { theme: "famille--surmonter-conflits-separation-violence", description: "Mise en sécurité", severity: "URGENT" },
  dependence: { theme: "famille--prise-en-charge-personne-dependante", description: "Perte d’autonomie", severity: "HIGH" },
  caregivers: { theme: "famille--soutien-aidants", description: "Aidant épuisé", severity: "MEDIUM" },
  food: { theme: "equipement-et-alimentation--alimentation", description: "Aide alimentaire", severity: "MEDIUM" },
  mobility: { theme: "mobilite--etre-accompagne-dans-son-parcours-mobilite", description: "Déplacements difficiles", severity: "MEDIUM" },
  isolation: { theme: "remobilisation--lien-social", description: "Isolement", severity: "MEDIUM" },
} as const satisfies Readonly<Record<string, NeedEntry>>;

/** In the order in which they are found; a person of the story has the first two or more of them. */
export const NEEDS_OF_STORY: Readonly<Record<Story, readonly NeedEntry[]>> = {
  "rich-pathway": [N.housing, N.debt, N.care, N.work, N.online, N.rights],
  family: [N.parenting, N.childcare, N.budget, N.moving],
  "couple-sharing-a-phone": [N.housing, N.budget, N.rights],
  "child-under-protection": [N.parenting, N.violence],
  homeless: [N.shelter, N.care, N.rights, N.food],
  "consent-withdrawn": [N.mentalHealth, N.budget, N.isolation],
  elderly: [N.dependence, N.caregivers, N.online, N.isolation],
  island: [N.mobility, N.care, N.rights],
  "job-seeker": [N.work, N.training, N.mobility, N.childcare],
  eviction: [N.arrears, N.housing, N.debt],
  violence: [N.violence, N.shelter, N.parenting, N.rights],
  ordinary: [N.rights, N.budget, N.paperwork, N.disability],
};

/** A child's own, whatever the story of the household. */
export const NEEDS_OF_CHILD: readonly NeedEntry[] = [N.parenting, N.care, N.isolation];

/** Done with the person at the reception. */
export const ONLINE_PROCEDURES = [
  "Demande d’aide au logement (caf.fr)",
  "Déclaration trimestrielle de ressources (caf.fr)",
  "Ouverture d’un compte ameli",
  "Demande de complémentaire santé solidaire",
  "Inscription à France Travail",
  "Demande de logement social",
];

/** By `AssessmentKind`. */
export const CONCLUSIONS: Readonly<Record<string, string>> = {
  PRE_EXAMINATION: "Premier accueil : la demande est orientée vers l’unité d’évaluation.",
  GLOBAL: "Plusieurs fragilités se répondent ; un accompagnement global est proposé et accepté.",
  EVICTION_SURVEY: "Reprise partielle du loyer possible ; un plan d’apurement est proposé au bailleur.",
  CHILD_AT_RISK: "Un accompagnement éducatif à domicile est proposé aux parents.",
  EMPLOYMENT: "Projet professionnel à consolider ; freins de mobilité et de garde relevés.",
  AUTONOMY: "Aide à domicile à mettre en place ; relais pour l’aidant.",
};

/** Who asks for an assessment, by its kind. */
export const REQUESTED_BY: Readonly<Record<string, string>> = {
  PRE_EXAMINATION: "Unité d’accueil",
  GLOBAL: "Unité d’accueil",
  EVICTION_SURVEY: "Préfecture",
  CHILD_AT_RISK: "Cellule de recueil des informations préoccupantes",
  EMPLOYMENT: "Référent de parcours",
  AUTONOMY: "Famille",
};

/** BCP 47; the first is by far the most frequent. */
export const LANGUAGES = ["fr", "fr", "fr", "fr", "fr", "fr", "fr", "ar", "pt", "en", "uk", "ti"];
/** In Guadeloupe some prefer Creole. */
export const ISLAND_LANGUAGES = ["fr", "fr", "gcf", "gcf", "ht"];

/** Operations that professionals run, and the fields of a person that they read. */
export const READINGS = [
  { operationName: "FullPathway", purpose: "SUPPORT", fields: ["Beneficiary.identity", "Beneficiary.needs", "Beneficiary.pathways", "Beneficiary.grants"] },
  { operationName: "FindService", purpose: "REFERRAL", fields: ["Beneficiary.publics", "Beneficiary.residence"] },
  { operationName: "ReadAssessments", purpose: "EVALUATION", fields: ["Beneficiary.assessments", "Beneficiary.needs"] },
  { operationName: "Inbox", purpose: "REFERRAL", fields: ["Beneficiary.pseudonym", "Beneficiary.ageBand", "Beneficiary.publics"] },
];
