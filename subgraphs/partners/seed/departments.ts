// The five départements as their own texts of 2021 to 2024 show them. Labels are quoted in French, the language of the
// texts. What a text says stands as it says it; where none says, the comment says so.
import type { DepartmentRow } from "../rows.ts";

const ALL_AREAS = [
  "CHILDREN_AND_YOUNG_PEOPLE",
  "FAMILIES",
  "EDUCATION",
  "ELDERLY",
  "DISABILITY",
  "SOCIAL_INCLUSION",
  "EMPLOYMENT",
  "ENERGY_POVERTY",
  "HEALTH",
  "HOUSING",
  "DIGITALISATION",
] as const;

/** Houses of solidarity; the text names housing, employment, family support and autonomy as what they answer. */
const CALVADOS: DepartmentRow = {
  _id: "14",
  name: "Calvados",
  leadAuthorityId: "dept-14",
  areasOfWork: ["SOCIAL_INCLUSION", "HOUSING", "EMPLOYMENT", "FAMILY_SUPPORT", "ELDERLY", "MATERNAL_AND_INFANT_HEALTH"],
  priorities: [
    {
      rank: 1,
      label: "Renforcer l'insertion et la lutte contre la pauvreté",
      publics: ["JOB_SEEKERS", "MINIMUM_INCOME_RECIPIENTS"],
      schemeIds: ["14-maisons"],
    },
    { rank: 2, label: "Répondre de manière globale et personnalisée aux besoins, au plus près des habitants", publics: ["ALL"], schemeIds: ["14-maisons"] },
    { rank: 3, label: "Collaborer avec les associations et les acteurs de la solidarité", publics: ["ALL"], schemeIds: ["14-partenariat"] },
  ],
  schemes: [
    {
      id: "14-maisons",
      label: "Réseau des 25 maisons des solidarités",
      startedOn: "2025-01-27",
      partnerIds: ["dept-14", "caf-14", "ccas-14118"],
      evaluations: [],
    },
    {
      id: "14-centres",
      label: "Centres médico-sociaux",
      endedOn: "2025-01-26",
      partnerIds: ["dept-14"],
      // Two years of preparation ended in December 2024: the analysis of needs is their result.
      evaluations: [
        {
          year: 2024,
          conclusions: ["Les besoins locaux, l'évolution démographique et les spécificités de chaque territoire appellent un maillage plus fin que sept centres."],
          decidedChanges: ["Remplacer les sept centres médico-sociaux par 25 maisons des solidarités le 27 janvier 2025."],
        },
      ],
    },
    { id: "14-partenariat", label: "Partenariat local avec les associations", startedOn: "2025-01-27", partnerIds: ["dept-14", "restos-14"], evaluations: [] },
  ],
  budgets: [],
  events: [],
};

/** Policies "visant l'enfance et la famille, la jeunesse, l'autonomie …, l'emploi et l'insertion", ranked in that order. */
const SEINE_MARITIME: DepartmentRow = {
  _id: "76",
  name: "Seine-Maritime",
  leadAuthorityId: "dept-76",
  areasOfWork: ALL_AREAS,
  priorities: [
    { rank: 1, label: "L'enfance et la famille", publics: ["FAMILIES"], schemeIds: ["76-enfance"] },
    { rank: 2, label: "La jeunesse", publics: ["YOUTH", "STUDENTS"], schemeIds: ["76-jeunesse"] },
    { rank: 3, label: "L'autonomie des personnes âgées et des personnes handicapées", publics: ["SENIORS", "DISABLED_PEOPLE"], schemeIds: ["76-autonomie"] },
    { rank: 4, label: "L'emploi et l'insertion", publics: ["JOB_SEEKERS", "MINIMUM_INCOME_RECIPIENTS"], schemeIds: ["76-insertion"] },
  ],
  schemes: [
    { id: "76-enfance", label: "Protection de l'enfance et lieux de rencontre", partnerIds: ["dept-76", "udaf-76"], evaluations: [] },
    { id: "76-jeunesse", label: "Prévention des addictions chez les jeunes", partnerIds: ["dept-76", "mission-locale-76-rouen"], evaluations: [] },
    { id: "76-autonomie", label: "Établissements, accueils de jour et soutien aux aidants", partnerIds: ["dept-76", "hospital-rouen"], evaluations: [] },
    { id: "76-insertion", label: "Aides financières et lutte contre la précarité énergétique", partnerIds: ["dept-76", "france-travail", "ccas-76540"], evaluations: [] },
  ],
  budgets: [],
  events: [],
};

/**
 * The four priorities of the rencontres, in their order. The text says that the département "évalue régulièrement ses
 * dispositifs afin de les faire évoluer si besoin", not which: schemes, years and conclusions are invented.
 */
const SEINE_ET_MARNE: DepartmentRow = {
  _id: "77",
  name: "Seine-et-Marne",
  leadAuthorityId: "dept-77",
  areasOfWork: ["SOCIAL_INCLUSION", "EMPLOYMENT", "CHILDREN_AND_YOUNG_PEOPLE", "FAMILIES", "DISABILITY", "HEALTH"],
  priorities: [
    {
      rank: 1,
      label: "Accompagner les Seine-et-Marnais en grande difficulté dans leur insertion sociale et professionnelle",
      publics: ["JOB_SEEKERS", "MINIMUM_INCOME_RECIPIENTS"],
      schemeIds: ["77-insertion"],
    },
    { rank: 2, label: "Offrir à tous les enfants les meilleures conditions pour leur épanouissement personnel", publics: ["FAMILIES"], schemeIds: ["77-enfance"] },
    {
      rank: 3,
      label: "Faire de la Seine-et-Marne une terre encore plus inclusive et solidaire envers les personnes en situation de handicap",
      publics: ["DISABLED_PEOPLE"],
      schemeIds: ["77-handicap"],
    },
    {
      rank: 4,
      label: "Accélérer la reconquête médicale pour garantir à tous les habitants, y compris dans les zones les plus reculées, un accès à des soins de qualité",
      publics: ["ALL"],
      schemeIds: ["77-sante"],
    },
  ],
  schemes: [
    {
      id: "77-insertion",
      label: "Parcours d'insertion sociale et professionnelle",
      startedOn: "2021-01-01",
      partnerIds: ["dept-77", "france-travail", "mission-locale-77-meaux"],
      evaluations: [
        { year: 2022, conclusions: ["Les délais d'orientation restent trop longs."], decidedChanges: ["Un diagnostic partagé avec France Travail dès le premier rendez-vous."] },
        { year: 2024, conclusions: ["Le diagnostic partagé raccourcit l'orientation."], decidedChanges: ["L'étendre à tout le territoire."] },
      ],
    },
    {
      id: "77-enfance",
      label: "Prévention et soutien à la parentalité",
      startedOn: "2020-01-01",
      partnerIds: ["dept-77", "caf-77", "udaf-77"],
      evaluations: [
        { year: 2021, conclusions: ["Les familles éloignées des villes sont peu touchées."], decidedChanges: ["Des actions itinérantes."] },
        { year: 2023, conclusions: ["Les actions itinérantes trouvent leur public."], decidedChanges: ["Les inscrire dans la durée."] },
      ],
    },
    {
      id: "77-handicap",
      label: "Accueil inclusif",
      startedOn: "2022-01-01",
      partnerIds: ["dept-77", "cap-emploi-77"],
      evaluations: [
        { year: 2023, conclusions: ["L'accès aux droits passe encore par trop d'interlocuteurs."], decidedChanges: ["Un référent unique par situation."] },
        { year: 2024, conclusions: ["Le référent unique est en place."], decidedChanges: [] },
      ],
    },
    {
      id: "77-sante",
      label: "Reconquête médicale",
      startedOn: "2020-01-01",
      partnerIds: ["dept-77", "cpam-77", "hospital-melun"],
      evaluations: [
        { year: 2022, conclusions: ["Les zones les plus reculées restent sans offre."], decidedChanges: ["Des consultations avancées."] },
        { year: 2024, conclusions: ["Les consultations avancées réduisent l'éloignement."], decidedChanges: ["Ouvrir de nouveaux lieux."] },
      ],
    },
  ],
  budgets: [],
  events: [
    {
      id: "77-rencontres-2",
      name: "Rencontres départementales des solidarités",
      edition: 2,
      // The text says "ce jour" and bears no date. The president whom it quotes took office in July 2021 and the meeting
      // is yearly, hence a second edition in 2023; the day is ours.
      heldOn: "2023-10-12",
      communeCode: "77379",
      attendees: 400,
      programme: ["Tables rondes", "Conférences", "Ateliers", "Présentation des missions et des projets des services départementaux"],
    },
  ],
};

/** "969 M€ dédiés aux solidarités en 2023"; the four publics of the poles in their order. */
const HAUTS_DE_SEINE: DepartmentRow = {
  _id: "92",
  name: "Hauts-de-Seine",
  leadAuthorityId: "dept-92",
  areasOfWork: ["MATERNAL_AND_INFANT_HEALTH", "SEXUAL_HEALTH", "SOCIAL_INCLUSION", "EMPLOYMENT", "CHILD_PROTECTION", "ELDERLY", "DISABILITY", "FAMILIES"],
  priorities: [
    { rank: 1, label: "Les personnes âgées", publics: ["SENIORS"], schemeIds: ["92-poles"] },
    { rank: 2, label: "Les personnes handicapées", publics: ["DISABLED_PEOPLE"], schemeIds: ["92-poles"] },
    { rank: 3, label: "Les familles en difficultés", publics: ["FAMILIES"], schemeIds: ["92-poles", "92-antennes"] },
    { rank: 4, label: "Les personnes en insertion socio-professionnelle", publics: ["JOB_SEEKERS", "MINIMUM_INCOME_RECIPIENTS"], schemeIds: ["92-poles"] },
  ],
  schemes: [
    { id: "92-poles", label: "Pôles sociaux départementaux, à moins de 20 minutes de chaque habitant", startedOn: "2016-01-01", partnerIds: ["dept-92"], evaluations: [] },
    { id: "92-antennes", label: "Antennes de proximité, à moins de 15 minutes sinon", partnerIds: ["dept-92", "commune-92075"], evaluations: [] },
  ],
  budgets: [{ year: 2023, amount: 969_000_000 }],
  events: [],
};

/** The review of 2021 ("bilan partagé") and its two conclusions, as the text words them. It tells no decided change. */
const GUADELOUPE: DepartmentRow = {
  _id: "971",
  name: "Guadeloupe",
  leadAuthorityId: "dept-971",
  areasOfWork: ["SOCIAL_INCLUSION", "HOUSING", "EMPLOYMENT", "CHILD_PROTECTION", "FAMILIES"],
  priorities: [
    { rank: 1, label: "Un accueil social universel et inconditionnel de proximité", publics: ["ALL"], schemeIds: ["971-asp"] },
    { rank: 2, label: "Un accompagnement social personnalisé, sur plans d'actions concertés avec l'usager", publics: ["FAMILIES", "JOB_SEEKERS"], schemeIds: ["971-asp", "971-plans"] },
    { rank: 3, label: "Des actions collectives de développement social local", publics: ["PRIORITY_AREA_RESIDENTS", "ALL"], schemeIds: ["971-dsl"] },
  ],
  schemes: [
    {
      id: "971-asp",
      label: "Pôles « Accueil social » et « Accompagnement » de l'action sociale de proximité",
      startedOn: "2018-01-01",
      partnerIds: ["dept-971"],
      evaluations: [
        {
          year: 2021,
          conclusions: [
            "Renforcer les binômes d'accueil social sur les territoires d'interventions sociales.",
            "Améliorer la mise en œuvre de certaines missions, notamment les enquêtes relatives à la prévention des expulsions locatives et l'accompagnement global des demandeurs d'emploi.",
          ],
          decidedChanges: [],
        },
      ],
    },
    { id: "971-plans", label: "Plans d'actions concertés avec les institutions", startedOn: "2018-01-01", partnerIds: ["dept-971", "france-travail"], evaluations: [] },
    { id: "971-dsl", label: "Actions collectives à l'échelle des quartiers ou des communes", startedOn: "2018-01-01", partnerIds: ["dept-971", "ccas-97101"], evaluations: [] },
  ],
  budgets: [],
  events: [],
};

export const DEPARTMENTS: readonly DepartmentRow[] = [CALVADOS, SEINE_MARITIME, SEINE_ET_MARNE, HAUTS_DE_SEINE, GUADELOUPE];
