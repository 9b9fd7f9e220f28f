// What the demonstration catalogue says in French: sentences, documents, opening hours. Data only.

/** By `ServiceType`; the empty key for services without a type. */
export const LEADS: Readonly<Record<string, string>> = {
  SUPPORT: "Un accompagnement individuel et confidentiel par des professionnels, au rythme de la personne et avec son accord, de la première rencontre au bilan.",
  FINANCIAL_AID: "Une aide financière ponctuelle, attribuée après examen de la situation du ménage et dans le cadre du règlement en vigueur.",
  MATERIAL_AID: "Une aide en nature, remise sur place ou à domicile, pour répondre à un besoin immédiat du ménage.",
  WORKSHOP: "Un atelier collectif en petit groupe, animé par des professionnels, pour échanger, apprendre et reprendre confiance.",
  TRAINING: "Une formation organisée en sessions, avec des mises en situation et une attestation remise à la fin du parcours.",
  INFORMATION: "Un lieu d'écoute, d'information et d'orientation, où chacun est renseigné sur ses droits et aidé dans ses premières démarches.",
  "": "Une action que l'organisme mène au titre de ses missions propres, pour que l'offre de solidarité reste adaptée au territoire.",
};

/** By `ServiceAudience`. */
export const AUDIENCE_NOTES: Readonly<Record<string, string>> = {
  PROFESSIONALS: "Travailleurs sociaux et médico-sociaux du département, agents des CCAS et professionnels des associations partenaires.",
  LOCAL_AUTHORITIES: "Communes, intercommunalités et leurs établissements.",
  ASSOCIATIONS: "Associations de solidarité et leurs bénévoles.",
  MEMBERS: "Membres adhérents et leurs représentants.",
  OWN_ROLE: "Sans public propre : mission d'étude et de pilotage du département.",
};

/** By `TargetPublic`. */
export const PUBLIC_LABELS: Readonly<Record<string, string>> = {
  ALL: "tous les publics",
  EMPLOYED: "actifs",
  MINIMUM_INCOME_RECIPIENTS: "bénéficiaires de minima sociaux",
  JOB_SEEKERS: "demandeurs d'emploi",
  STUDENTS: "étudiants",
  FAMILIES: "familles",
  WOMEN: "femmes",
  YOUTH: "jeunes",
  DISABLED_PEOPLE: "personnes en situation de handicap",
  EMERGENCY: "personnes en situation d'urgence",
  SPECIFIC_LEGAL_SITUATION: "personnes en situation juridique spécifique",
  EXILED_PEOPLE: "personnes exilées",
  PRIORITY_AREA_RESIDENTS: "habitants des quartiers prioritaires et des territoires ruraux en revitalisation",
  SENIORS: "personnes âgées",
};

/** By the first `ReceptionMode`. */
export const RECEPTION_SENTENCES: Readonly<Record<string, string>> = {
  IN_PERSON: "L'accueil se fait sur place ou sur rendez-vous.",
  REMOTE: "Le service est rendu à distance, par téléphone ou en ligne.",
};

export const CLOSING =
  "Les professionnels peuvent orienter une personne avec son accord ; une première réponse est donnée sous dix jours et l'orienteur est tenu au courant de la suite.";

export const ENERGY_DOCUMENTS = [
  "Pièce d'identité",
  "Justificatif de domicile",
  "Dernière facture d'énergie ou lettre de relance",
  "Dernier avis d'imposition",
  "Relevé d'identité bancaire",
];

/** By `ServiceType`; others ask for nothing. */
export const DOCUMENTS: Readonly<Record<string, readonly string[]>> = {
  FINANCIAL_AID: ["Pièce d'identité", "Justificatifs de ressources des trois derniers mois", "Relevé d'identité bancaire"],
  MATERIAL_AID: ["Justificatif de domicile ou attestation d'hébergement"],
  TRAINING: ["Curriculum vitae"],
};

export const MEANS_TESTED = "Ressources du ménage inférieures au plafond fixé par le règlement d'aide.";
export const EMERGENCY_ONLY = "Après évaluation du danger par un professionnel ; l'adresse n'est communiquée qu'aux personnes accueillies.";
export const PAID_NOTE = "Participation selon les ressources, après examen du dossier.";

/** OpenStreetMap opening_hours. */
export const OPENING_HOURS = [
  "Mo-Fr 09:00-12:30,13:30-17:00",
  "Mo-Fr 08:30-12:00,13:30-17:30",
  "Mo,Tu,Th,Fr 09:00-12:00,14:00-17:00; We 09:00-12:00",
  "Mo-Th 09:00-12:30,13:30-17:30; Fr 09:00-12:30",
  "Tu-Sa 09:30-12:30,14:00-18:00",
];
