// What the professionals of the world are there for, and what they are habilitated to read: by their profession and their
// employer. Labels of missions are data, in French.
import type { HabilitationRecord, MissionRecord, PartnerRecord, ProfessionalRecord, SiteRecord, TeamRecord } from "./records.ts";

type Habilitation = NonNullable<HabilitationRecord["habilitation"]>;

const MISSIONS = {
  ACCUEIL: { label: "Accueil social de proximité", domains: ["SOCIAL_INCLUSION"] },
  ACCOMPAGNEMENT: { label: "Accompagnement social personnalisé", domains: ["SOCIAL_INCLUSION", "HOUSING", "EMPLOYMENT"] },
  EXPULSIONS: { label: "Enquêtes pour la prévention des expulsions locatives", domains: ["HOUSING"] },
  AIDE_SOCIALE: { label: "Instruction de l'aide sociale", domains: ["SOCIAL_INCLUSION", "ENERGY_POVERTY"] },
  ASE: { label: "Aide sociale à l'enfance", domains: ["CHILD_PROTECTION", "CHILDREN_AND_YOUNG_PEOPLE"] },
  CRIP: { label: "Recueil et évaluation des informations préoccupantes", domains: ["CHILD_PROTECTION"] },
  PMI: { label: "Protection maternelle et infantile", domains: ["MATERNAL_AND_INFANT_HEALTH", "HEALTH"] },
  SANTE_SEXUELLE: { label: "Santé sexuelle", domains: ["SEXUAL_HEALTH"] },
  SECRETARIAT: { label: "Secrétariat médico-social", domains: ["SOCIAL_INCLUSION"] },
  OFFRE: { label: "Gestion de l'offre de services", domains: ["SOCIAL_INCLUSION"] },
  EMPLOI: { label: "Accompagnement des demandeurs d'emploi", domains: ["EMPLOYMENT"] },
  PRESTATIONS: { label: "Accès aux droits et prestations", domains: ["FAMILIES"] },
  SOINS: { label: "Permanence d'accès aux soins", domains: ["HEALTH"] },
  HABITAT: { label: "Gestion locative sociale", domains: ["HOUSING"] },
  HEBERGEMENT: { label: "Hébergement et logement accompagné", domains: ["HOUSING"] },
  SOLIDARITE: { label: "Accompagnement associatif", domains: ["SOCIAL_INCLUSION"] },
  POPULATION: { label: "Services à la population", domains: ["SOCIAL_INCLUSION"] },
  SCOLAIRE: { label: "Service social en faveur des élèves", domains: ["EDUCATION"] },
  MESURES: { label: "Suivi des mesures éducatives", domains: ["CHILD_PROTECTION"] },
  ARCHIVES: { label: "Archives intermédiaires", domains: ["SOCIAL_INCLUSION"] },
  MEDIATION: { label: "Médiation sociale", domains: ["SOCIAL_INCLUSION", "DIGITALISATION"] },
} as const satisfies Record<string, Pick<MissionRecord, "label" | "domains">>;

type MissionCode = keyof typeof MISSIONS;

/** Of a département's own staff, by profession. Child protection and PMI are missions of the département alone. */
const AT_A_DEPARTMENT: Readonly<Record<string, readonly MissionCode[]>> = {
  SOCIAL_WORKER: ["ACCOMPAGNEMENT", "EXPULSIONS"],
  RECEPTION_SOCIAL_WORKER: ["ACCUEIL"],
  SUPPORT_SOCIAL_WORKER: ["ACCOMPAGNEMENT", "EXPULSIONS", "ASE"],
  RECEPTION_SECRETARY: ["ACCUEIL"],
  MEDICO_SOCIAL_SECRETARY: ["SECRETARIAT"],
  SPECIALISED_EDUCATOR: ["ASE"],
  CESF: ["ACCOMPAGNEMENT", "AIDE_SOCIALE"],
  PSYCHOLOGIST: ["ASE"],
  PAEDIATRIC_NURSE: ["PMI"],
  CHILDCARE_ASSISTANT: ["PMI"],
  DOCTOR: ["PMI"],
  MIDWIFE: ["PMI"],
  COUPLE_AND_FAMILY_COUNSELLOR: ["PMI", "SANTE_SEXUELLE"],
  EARLY_CHILDHOOD_EDUCATOR: ["PMI"],
  OFFER_MANAGER: ["OFFRE"],
};

/** Of everybody else, by the kind of the employer. */
const AT_A_PARTNER: Readonly<Record<string, readonly MissionCode[]>> = {
  FRANCE_TRAVAIL: ["EMPLOI"],
  MISSION_LOCALE: ["EMPLOI"],
  CAP_EMPLOI: ["EMPLOI"],
  SIAE: ["EMPLOI"],
  CAF: ["PRESTATIONS"],
  MSA: ["PRESTATIONS"],
  CPAM: ["PRESTATIONS"],
  HOSPITAL: ["SOINS"],
  MEDICO_SOCIAL: ["SOINS"],
  LANDLORD: ["HABITAT"],
  SIAO: ["HEBERGEMENT"],
  CCAS: ["AIDE_SOCIALE"],
  ASSOCIATION: ["SOLIDARITE"],
  COMMUNE: ["POPULATION"],
  EPCI: ["POPULATION"],
  STATE_SERVICE: ["EXPULSIONS"],
  EDUCATION: ["SCOLAIRE"],
  JUSTICE: ["MESURES"],
  OTHER: ["MEDIATION"],
};

/** Members of the cellule de recueil des informations préoccupantes. */
const CRIP_IDS: ReadonlySet<string> = new Set(["pro-971-crip", "pro-971-crip-doctor"]);

/** Who reads files in intermediate archive, and nothing else (CNIL 2023-095: few people, named). */
const ARCHIVISTS: ReadonlySet<string> = new Set(["14", "76", "77", "92", "971"].map((code) => `pro-${code}-archivist`));

const SUPPORT_DATA = ["IDENTITY", "CONTACT", "HOUSEHOLD", "NEEDS", "FINANCE", "EMPLOYMENT", "PATHWAY", "APPOINTMENTS"];
const HEALTH_DATA = ["IDENTITY", "CONTACT", "HOUSEHOLD", "NEEDS", "HEALTH", "PATHWAY", "APPOINTMENTS"];
const CHILD_DATA = ["IDENTITY", "CONTACT", "HOUSEHOLD", "NEEDS", "CHILD_PROTECTION", "PATHWAY", "APPOINTMENTS"];

type Rights = Pick<Habilitation, "purposes" | "dataCategories">;

/** What a mission is habilitated for; a mission that is not here reads nobody's file. */
const RIGHTS: Readonly<Partial<Record<MissionCode, Rights>>> = {
  ACCUEIL: { purposes: ["SUPPORT"], dataCategories: ["IDENTITY", "CONTACT", "APPOINTMENTS"] },
  SECRETARIAT: { purposes: ["SUPPORT"], dataCategories: ["IDENTITY", "CONTACT", "APPOINTMENTS"] },
  ACCOMPAGNEMENT: { purposes: ["SUPPORT", "EVALUATION", "REFERRAL"], dataCategories: SUPPORT_DATA },
  EXPULSIONS: { purposes: ["EVICTION_PREVENTION"], dataCategories: ["IDENTITY", "CONTACT", "HOUSEHOLD", "FINANCE"] },
  AIDE_SOCIALE: { purposes: ["SUPPORT"], dataCategories: ["IDENTITY", "CONTACT", "HOUSEHOLD", "FINANCE"] },
  ASE: { purposes: ["CHILD_PROTECTION", "EVALUATION"], dataCategories: CHILD_DATA },
  CRIP: { purposes: ["CHILD_PROTECTION", "EVALUATION"], dataCategories: CHILD_DATA },
  PMI: { purposes: ["SUPPORT", "EVALUATION"], dataCategories: HEALTH_DATA },
  SOINS: { purposes: ["SUPPORT", "REFERRAL"], dataCategories: HEALTH_DATA },
  EMPLOI: { purposes: ["SUPPORT", "REFERRAL"], dataCategories: ["IDENTITY", "CONTACT", "EMPLOYMENT", "PATHWAY", "APPOINTMENTS"] },
  PRESTATIONS: { purposes: ["SUPPORT"], dataCategories: ["IDENTITY", "CONTACT", "HOUSEHOLD", "FINANCE"] },
  HABITAT: { purposes: ["EVICTION_PREVENTION"], dataCategories: ["CONTACT", "FINANCE"] },
  HEBERGEMENT: { purposes: ["REFERRAL"], dataCategories: ["IDENTITY", "CONTACT", "HOUSEHOLD", "NEEDS"] },
  POPULATION: { purposes: ["SUPPORT"], dataCategories: ["COORDINATION"] },
  ARCHIVES: { purposes: ["SUPPORT"], dataCategories: SUPPORT_DATA },
  SOLIDARITE: { purposes: ["SUPPORT", "REFERRAL"], dataCategories: ["IDENTITY", "CONTACT", "NEEDS", "PATHWAY", "APPOINTMENTS"] },
};

/** The first habilitations of the demonstration. */
const HABILITATED_FROM = "2024-01-01";
/** One habilitation in 29 was not renewed, so that the demonstration has some that ended; support, the CRIP and PMI go on. */
const LAPSED_ON = "2025-06-30";
const LAPSED_EVERY = 29;
const GOING_ON: ReadonlySet<MissionCode> = new Set<MissionCode>(["CRIP", "ACCOMPAGNEMENT", "PMI", "ARCHIVES"]);

interface StaffWorld {
  readonly partners: readonly PartnerRecord[];
  readonly professionals: readonly ProfessionalRecord[];
  readonly sites: readonly SiteRecord[];
  readonly teams: readonly TeamRecord[];
}

/** One for each professional, in the order of the world. */
export function habilitationsOf(world: StaffWorld): HabilitationRecord[] {
  const employers = new Map(world.partners.map((partner) => [partner.id, partner]));
  const areas = areasOf(world);
  return world.professionals.map((professional, index) => {
    const employer = employers.get(professional.employerId);
    const codes = missionCodes(professional, employer?.kind ?? "OTHER");
    return {
      professionalId: professional.id,
      missions: codes.map((code) => ({ code, ...MISSIONS[code], communes: areas(professional) })),
      habilitation: habilitationOf(codes, { grantedBy: employer?.name ?? professional.employerId, index }),
    };
  });
}

function missionCodes({ id, profession }: ProfessionalRecord, employerKind: string): readonly MissionCode[] {
  if (CRIP_IDS.has(id)) return ["CRIP"];
  if (ARCHIVISTS.has(id)) return ["ARCHIVES"];
  if (employerKind === "DEPARTMENT_COUNCIL") return AT_A_DEPARTMENT[profession] ?? [];
  return AT_A_PARTNER[employerKind] ?? [];
}

/** Where a professional works: the communes of the team, else those that the sites serve. */
function areasOf({ sites, teams }: Pick<StaffWorld, "sites" | "teams">): (professional: ProfessionalRecord) => string[] {
  const byTeam = new Map(teams.map((team) => [team.id, team.communes]));
  const bySite = new Map(sites.map((site) => [site.id, site.servesCommunes]));
  return ({ teamId, siteIds }) => {
    const ofTeam = teamId === null ? undefined : byTeam.get(teamId);
    return [...new Set(ofTeam ?? siteIds.flatMap((id) => bySite.get(id) ?? []))].sort();
  };
}

function habilitationOf(codes: readonly MissionCode[], { grantedBy, index }: { grantedBy: string; index: number }): Habilitation | null {
  const rights = codes.flatMap((code) => RIGHTS[code] ?? []);
  if (rights.length === 0) return null;
  const lapses = index % LAPSED_EVERY === LAPSED_EVERY - 1 && !codes.some((code) => GOING_ON.has(code));
  return {
    grantedBy,
    purposes: [...new Set(rights.flatMap(({ purposes }) => purposes))],
    dataCategories: [...new Set(rights.flatMap(({ dataCategories }) => dataCategories))],
    validFrom: HABILITATED_FROM,
    ...(lapses && { validTo: LAPSED_ON }),
  };
}
