// The organisations of the demonstration world, one line each: public bodies that exist and associations that do not.
// SIRET are invented and recognisable (SIREN beginning with 999) but for France Travail's; a few associations have none.
import type { PartnerRecord } from "./records.ts";

interface PartnerPlan {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** Null: national. */
  readonly departmentCode: string | null;
  readonly communeCode: string | null;
  readonly parentId?: string;
  readonly networks?: readonly string[];
  readonly withoutSiret?: true;
}

/** The published SIRET of France Travail's head office. */
const FRANCE_TRAVAIL_SIRET = "13000548100010";

/** All of them; SIRET are numbered in this order, so new ones go to the end. */
export function createPartners(): PartnerRecord[] {
  return PLANS.map((plan, index) => ({
    id: plan.id,
    name: plan.name,
    kind: plan.kind,
    siret: plan.id === "france-travail" ? FRANCE_TRAVAIL_SIRET : plan.withoutSiret === true ? null : createSiret(index + 1),
    departmentCode: plan.departmentCode,
    communeCode: plan.communeCode,
    parentId: plan.parentId ?? null,
    networks: plan.networks ?? [],
  }));
}

/** SIREN 999 and a number, NIC 0001 and a key: both pass Luhn's check. */
function createSiret(number: number): string {
  const siren = withKey(`999${String(number).padStart(5, "0")}`);
  return withKey(`${siren}0001`);
}

function withKey(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

const DEPARTMENTS = [
  { code: "14", of: "du Calvados", seat: "14118" },
  { code: "76", of: "de la Seine-Maritime", seat: "76540" },
  { code: "77", of: "de Seine-et-Marne", seat: "77288" },
  { code: "92", of: "des Hauts-de-Seine", seat: "92050" },
  { code: "971", of: "de la Guadeloupe", seat: "97105" },
] as const;

const PLANS: readonly PartnerPlan[] = [
  ...everywhere("dept", "DEPARTMENT_COUNCIL", { name: "Département", networks: ["departements"] }),
  {
    id: "france-travail",
    name: "France Travail",
    kind: "FRANCE_TRAVAIL",
    departmentCode: null,
    communeCode: null,
    networks: ["france-travail"],
  },
  ...agencies([
    ["14-caen", "de Caen", "14118"],
    ["14-lisieux", "de Lisieux", "14366"],
    ["76-rouen", "de Rouen", "76540"],
    ["76-le-havre", "du Havre", "76351"],
    ["77-melun", "de Melun", "77288"],
    ["77-meaux", "de Meaux", "77284"],
    ["92-issy", "d'Issy-les-Moulineaux", "92040"],
    ["92-nanterre", "de Nanterre", "92050"],
    ["971-abymes", "des Abymes", "97101"],
    ["971-basse-terre", "de Basse-Terre", "97105"],
  ]),
  ...everywhere("caf", "CAF", { name: "Caisse d'allocations familiales", networks: ["caf"] }),
  ...everywhere("cpam", "CPAM", { name: "Caisse d'assurance maladie", networks: ["cpam"] }),
  ...everywhere("siao", "SIAO", { name: "SIAO", networks: ["siao"] }),
  ...everywhere("prefecture", "STATE_SERVICE", { name: "Préfecture" }),
  ...everywhere("cap-emploi", "CAP_EMPLOI", { name: "Cap emploi", networks: ["cap-emploi-reseau-cheops"] }),
  {
    id: "msa-normandie",
    name: "MSA de Normandie",
    kind: "MSA",
    departmentCode: "14",
    communeCode: "14118",
    networks: ["mutualite-sociale-agricole"],
  },
  {
    id: "msa-ile-de-france",
    name: "MSA d'Île-de-France",
    kind: "MSA",
    departmentCode: "77",
    communeCode: "77288",
    networks: ["mutualite-sociale-agricole"],
  },
  ...places("mission-locale", "MISSION_LOCALE", {
    networks: ["mission-locale"],
    rows: [
      ["14-caen", "Mission locale de Caen la Mer", "14118"],
      ["76-rouen", "Mission locale de Rouen", "76540"],
      ["76-dieppe", "Mission locale de Dieppe", "76217"],
      ["77-meaux", "Mission locale de Meaux", "77284"],
      ["92-issy", "Mission locale Seine Ouest", "92040"],
      ["971-abymes", "Mission locale de Guadeloupe", "97101"],
    ],
  }),
  ...places("ccas", "CCAS", {
    networks: ["ccas-cias"],
    rows: [
      ["92075", "CCAS de Vanves", "92075"],
      ["92040", "CCAS d'Issy-les-Moulineaux", "92040"],
      ["92050", "CCAS de Nanterre", "92050"],
      ["14118", "CCAS de Caen", "14118"],
      ["14366", "CCAS de Lisieux", "14366"],
      ["14762", "CCAS de Vire Normandie", "14762"],
      ["76540", "CCAS de Rouen", "76540"],
      ["76351", "CCAS du Havre", "76351"],
      ["76217", "CCAS de Dieppe", "76217"],
      ["77288", "CCAS de Melun", "77288"],
      ["77284", "CCAS de Meaux", "77284"],
      ["97101", "CCAS des Abymes", "97101"],
      ["97120", "CCAS de Pointe-à-Pitre", "97120"],
      ["97105", "CCAS de Basse-Terre", "97105"],
    ],
  }),
  ...places("commune", "COMMUNE", {
    networks: ["communes"],
    rows: [
      ["92075", "Ville de Vanves", "92075"],
      ["14118", "Ville de Caen", "14118"],
      ["76540", "Ville de Rouen", "76540"],
      ["77379", "Ville de Provins", "77379"],
      ["97110", "Ville de La Désirade", "97110"],
    ],
  }),
  { id: "epci-caen", name: "Caen la Mer", kind: "EPCI", departmentCode: "14", communeCode: "14118" },
  { id: "epci-cap-excellence", name: "Cap Excellence", kind: "EPCI", departmentCode: "971", communeCode: "97120" },
  ...places("hospital", "HOSPITAL", {
    rows: [
      ["issy", "Hôpital d'Issy-les-Moulineaux", "92040"],
      ["caen", "Hôpital de Caen", "14118"],
      ["rouen", "Hôpital de Rouen", "76540"],
      ["dieppe", "Hôpital de Dieppe", "76217"],
      ["melun", "Hôpital de Melun", "77288"],
      ["abymes", "Hôpital des Abymes", "97101"],
      ["basse-terre", "Hôpital de Basse-Terre", "97105"],
    ],
  }),
  ...places("landlord", "LANDLORD", {
    rows: [
      ["hauts-de-seine-habitat", "Hauts-de-Seine Habitat", "92044"],
      ["caen", "Office de l'habitat de Caen", "14118"],
      ["rouen", "Office de l'habitat de Rouen", "76540"],
      ["melun", "Office de l'habitat de Melun", "77288"],
      ["guadeloupe", "Office de l'habitat de Guadeloupe", "97101"],
    ],
  }),
  ...network("restos", "Les Restos du Cœur", ["restos-du-coeur"]),
  ...network("secours", "Secours populaire", ["secours-populaire"]),
  ...network("cidff", "CIDFF", ["cidff"]),
  ...network("udaf", "UDAF", ["unaf"]),
  ...places("asso", "ASSOCIATION", {
    networks: ["federation-des-acteurs-de-la-solidarite"],
    rows: [
      ["14-toits-du-bessin", "Les Toits du Bessin", "14047"],
      ["14-logis-normand", "Le Logis normand", "14118"],
      ["76-halte-rouennaise", "La Halte rouennaise", "76540"],
      ["76-phare", "Le Phare du Havre", "76351"],
      ["77-relais-briard", "Le Relais briard", "77284"],
      ["971-lakaz-solidarite", "Lakaz Solidarité", "97101"],
      ["971-karu-accueil", "Karu Accueil", "97120"],
    ],
  }),
  {
    id: "ngo-toit-et-vie",
    name: "Toit et Vie",
    kind: "ASSOCIATION",
    departmentCode: "92",
    communeCode: "92040",
    networks: ["federation-des-acteurs-de-la-solidarite"],
  },
  ...places("asso", "ASSOCIATION", {
    networks: ["conseillers-numeriques"],
    rows: [
      ["14-clic-bocage", "Clic Bocage", "14762"],
      ["76-numerique-caux", "Numérique en Caux", "76758"],
      ["77-numerique-rural", "Numérique rural", "77379"],
      ["92-point-et-clic", "Point et Clic", "92050"],
      ["971-numerik-des-iles", "Numérik des îles", "97110"],
    ],
  }),
  ...places("asso", "ASSOCIATION", {
    rows: [
      ["14-mobilite-auge", "Mobilité en Auge", "14366"],
      ["14-familles-suisse-normande", "Familles en Suisse normande", "14689"],
      ["76-roues-solidaires", "Roues solidaires", "76217"],
      ["76-memoire-vive", "Mémoire vive", "76540"],
      ["77-provins-entraide", "Provins Entraide", "77379"],
      ["92-budget-clair", "Budget clair", "92049"],
      ["92-lien-des-ages", "Le Lien des âges", "92064"],
      ["971-lespwa", "Lespwa", "97112"],
    ],
  }),
  ...places("asso", "ASSOCIATION", {
    withoutSiret: true,
    rows: [
      ["14-epicerie-honfleur", "Épicerie solidaire de Honfleur", "14333"],
      ["76-jardin-partage-elbeuf", "Jardin partagé d'Elbeuf", "76231"],
      ["77-entraide-nemours", "Entraide de Nemours", "77333"],
      ["92-vanves-voisins", "Vanves Voisins", "92075"],
      ["971-fanm-des-saintes", "Fanm des Saintes", "97131"],
    ],
  }),
  ...places("medico-social", "MEDICO_SOCIAL", {
    rows: [
      ["14-savs", "SAVS de la Plaine", "14341"],
      ["76-ssiad", "Soins à domicile de la Vallée", "76540"],
      ["92-samsah", "SAMSAH des Coteaux", "92064"],
      ["971-domicile", "Domicile Karukera", "97118"],
    ],
  }),
  ...places("siae", "SIAE", {
    networks: ["aci"],
    rows: [
      ["14-atelier-vire", "Ateliers du Bocage virois", "14762"],
      ["77-ressourcerie", "Ressourcerie de la Marne", "77284"],
      ["92-regie", "Régie de quartier des Hauts-de-Seine", "92050"],
      ["971-chantier-vert", "Chantier vert", "97115"],
    ],
  }),
  { id: "education-92", name: "Service social scolaire des Hauts-de-Seine", kind: "EDUCATION", departmentCode: "92", communeCode: "92050" },
  {
    id: "justice-971",
    name: "Service judiciaire de protection de Guadeloupe",
    kind: "JUSTICE",
    departmentCode: "971",
    communeCode: "97105",
  },
  {
    id: "pimms-92",
    name: "Point de médiation sociale de Clichy",
    kind: "OTHER",
    departmentCode: "92",
    communeCode: "92024",
    networks: ["pimms-mediation"],
  },
];

type Row = readonly [slug: string, name: string, communeCode: string];

function everywhere(prefix: string, kind: string, { name, networks = [] }: { name: string; networks?: readonly string[] }): PartnerPlan[] {
  return DEPARTMENTS.map(({ code, of, seat }) => ({
    id: `${prefix}-${code}`,
    name: `${name} ${of}`,
    kind,
    departmentCode: code,
    communeCode: seat,
    networks,
  }));
}

function agencies(rows: readonly Row[]): PartnerPlan[] {
  return places("ft", "FRANCE_TRAVAIL", {
    networks: ["france-travail"],
    rows: rows.map(([slug, place, communeCode]) => [slug, `France Travail, agence ${place}`, communeCode]),
  }).map((plan) => ({ ...plan, parentId: "france-travail" }));
}

function network(prefix: string, name: string, networks: readonly string[]): PartnerPlan[] {
  const head = { id: prefix, name, kind: "ASSOCIATION", departmentCode: null, communeCode: null, networks };
  return [head, ...everywhere(prefix, "ASSOCIATION", { name, networks }).map((plan) => ({ ...plan, parentId: prefix }))];
}

interface PlacesPlan {
  readonly rows: readonly Row[];
  readonly networks?: readonly string[];
  readonly withoutSiret?: true;
}

function places(prefix: string, kind: string, { rows, ...rest }: PlacesPlan): PartnerPlan[] {
  return rows.map(([slug, name, communeCode]) => ({
    id: `${prefix}-${slug}`,
    name,
    kind,
    departmentCode: communeCode.slice(0, communeCode.startsWith("97") ? 3 : 2),
    communeCode,
    ...rest,
  }));
}
