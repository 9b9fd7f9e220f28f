// What is wrong with a record of an imported catalogue, held against data.inclusion v1: one issue a fault, with a stable code.
// Pure. Messages repeat values of the vocabulary, never a name, a telephone number or an address.
import { isDay, isInseeCommune, isSiret } from "../kit/kit.ts";
import { nearestTheme, THEMES } from "./themes.ts";

/** Code → how severe. An ERROR keeps the field (or, where it is required, the record) out; a WARNING does not. */
export const ISSUE_CODES = {
  MISSING_FIELD: "ERROR",
  UNKNOWN_FIELD: "WARNING",
  WRONG_TYPE: "ERROR",
  WRONG_LENGTH: "ERROR",
  SHORT_DESCRIPTION: "WARNING",
  SIRET_AS_NUMBER: "ERROR",
  BAD_SIRET: "ERROR",
  SIRET_CHECK_DIGIT: "WARNING",
  BAD_POSTAL_CODE: "ERROR",
  BAD_COMMUNE_CODE: "ERROR",
  BAD_URL: "ERROR",
  BAD_EMAIL: "ERROR",
  BAD_DATE: "ERROR",
  OUT_OF_RANGE: "ERROR",
  UNKNOWN_THEME: "ERROR",
  UNKNOWN_VALUE: "ERROR",
  ALL_WITH_OTHER_PUBLICS: "ERROR",
} as const;

export type IssueCode = keyof typeof ISSUE_CODES;

export interface CatalogueIssue {
  readonly source: string;
  readonly recordId: string | null;
  /** As data.inclusion writes it. */
  readonly field: string | null;
  readonly code: IssueCode;
  readonly severity: (typeof ISSUE_CODES)[IssueCode];
  readonly message: string;
}

/** A record as it comes out of a file: nothing is certain about it. */
export type RawRecord = Readonly<Record<string, unknown>>;

/** The issues of one record on the day `today` (`YYYY-MM-DD`), in the order of the vocabulary's fields. */
export function validateRecord(kind: "structure" | "service", record: RawRecord, today: string): CatalogueIssue[] {
  const { rules, required } = KINDS[kind];
  const place = { source: textOr(record["source"]) ?? "unknown", recordId: textOr(record["id"]) };
  const toIssue = (field: string, [code, message]: Fault): CatalogueIssue => ({
    ...place,
    field,
    code,
    severity: ISSUE_CODES[code],
    message,
  });
  const missing = required.filter((field) => isAbsent(record[field]));
  const present = Object.entries(rules).filter(([field]) => !isAbsent(record[field]));
  const unknown = Object.keys(record).filter((field) => !Object.hasOwn(rules, field));
  return [
    ...missing.map((field) => toIssue(field, ["MISSING_FIELD", `Expected a value in ${field}, got nothing.`])),
    ...present.flatMap(([field, rule]) => rule(record[field], today).map((fault) => toIssue(field, fault))),
    ...unknown.map((field) => toIssue(field, ["UNKNOWN_FIELD", `Expected fields of data.inclusion v1 only, got ${field.slice(0, 60)}.`])),
  ];
}

type Fault = readonly [IssueCode, string];
type Rule = (value: unknown, today: string) => readonly Fault[];

const ANY_TEXT: Rule = (value) => (typeof value === "string" ? [] : [["WRONG_TYPE", `Expected text, got ${kindOf(value)}.`]]);

const PLACE_RULES: Readonly<Record<string, Rule>> = {
  source: ANY_TEXT,
  id: ANY_TEXT,
  nom: lengthRule(3, 150),
  date_maj: dateRule,
  lien_source: urlRule,
  adresse: ANY_TEXT,
  complement_adresse: ANY_TEXT,
  commune: ANY_TEXT,
  code_postal: (value) => (hasForm(value, /^\d{5}$/) ? [] : [["BAD_POSTAL_CODE", `Expected 5 digits, got ${print(value)}.`]]),
  code_insee: (value) => (isInseeCommune(value) ? [] : [["BAD_COMMUNE_CODE", `Expected an INSEE code of a commune, got ${print(value)}.`]]),
  longitude: numberRule(-180, 180),
  latitude: numberRule(-90, 90),
  telephone: ANY_TEXT,
  courriel: (value) => (hasForm(value, /^[^\s@]+@[^\s@]+\.[^\s@]+$/) ? [] : [["BAD_EMAIL", "Expected an e-mail address, got something else."]]),
  horaires_accueil: ANY_TEXT,
};

const STRUCTURE_RULES: Readonly<Record<string, Rule>> = {
  ...PLACE_RULES,
  description: descriptionRule,
  siret: siretRule,
  site_web: urlRule,
  accessibilite_lieu: urlRule,
  reseaux_porteurs: listRule(() => []),
};

const SERVICE_RULES: Readonly<Record<string, Rule>> = {
  ...PLACE_RULES,
  structure_id: ANY_TEXT,
  description: descriptionRule,
  type: valueRule(["accompagnement", "aide-financiere", "aide-materielle", "atelier", "formation", "information"]),
  thematiques: listRule(themeFaults),
  frais: valueRule(["gratuit", "payant"]),
  frais_precisions: ANY_TEXT,
  publics: publicsRule,
  publics_precisions: ANY_TEXT,
  conditions_acces: ANY_TEXT,
  modes_accueil: listRule(valueRule(["a-distance", "en-presentiel"])),
  zone_eligibilite: listRule((value) =>
    hasForm(value, /^(france|\w{5}|\w{2,3}|\d{9})$/) ? [] : [["UNKNOWN_VALUE", `Expected a commune, an EPCI, a département or france, got ${print(value)}.`]],
  ),
  contact_nom_prenom: ANY_TEXT,
  lien_mobilisation: urlRule,
  modes_mobilisation: listRule(valueRule(["envoyer-un-courriel", "se-presenter", "telephoner", "utiliser-lien-mobilisation"])),
  mobilisable_par: listRule(valueRule(["usagers", "professionnels"])),
  mobilisation_precisions: ANY_TEXT,
  volume_horaire_hebdomadaire: numberRule(0, 168),
  nombre_semaines: numberRule(1, 520),
};

const KINDS = {
  structure: { rules: STRUCTURE_RULES, required: ["source", "id", "nom", "date_maj"] },
  service: { rules: SERVICE_RULES, required: ["source", "structure_id", "id", "nom", "description", "date_maj"] },
} as const;

/** A spreadsheet turns fourteen digits into a float: 60487647500499 into 6.0487647500499E13. */
function siretRule(value: unknown): Fault[] {
  if (typeof value === "number" || hasForm(value, /^\d+([.,]\d+)?(e\+?\d+)?$/i) && !hasForm(value, /^\d+$/)) {
    return [["SIRET_AS_NUMBER", `Expected 14 digits as text, got the number ${print(value)}.`]];
  }
  if (!hasForm(value, /^\d{14}$/)) return [["BAD_SIRET", `Expected 14 digits, got ${print(value)}.`]];
  return isSiret(value) ? [] : [["SIRET_CHECK_DIGIT", `Expected a SIRET whose check digit is right, got ${print(value)}.`]];
}

function descriptionRule(value: unknown): readonly Fault[] {
  const faults = lengthRule(5, 10_000)(value, "");
  if (faults.length > 0 || typeof value !== "string" || value.length >= 200) return faults;
  return [["SHORT_DESCRIPTION", `Expected 200 characters or more, got ${value.length}.`]];
}

function dateRule(value: unknown, today: string): Fault[] {
  if (isDay(value) && value >= "2000-01-01" && value <= today) return [];
  return [["BAD_DATE", `Expected a date from 2000-01-01 to ${today} as YYYY-MM-DD, got ${print(value)}.`]];
}

function urlRule(value: unknown): Fault[] {
  if (typeof value === "string" && value.length <= 2083 && /^https?:$/.test(URL.parse(value)?.protocol ?? "")) return [];
  return [["BAD_URL", "Expected an http or https address, got something else."]];
}

function publicsRule(value: unknown, today: string): readonly Fault[] {
  const faults = listRule(valueRule(PUBLICS))(value, today);
  const isMixed = Array.isArray(value) && value.includes("tous-publics") && value.length > 1;
  return isMixed ? [...faults, ["ALL_WITH_OTHER_PUBLICS", "Expected tous-publics alone, got other publics beside it."]] : faults;
}

function themeFaults(value: unknown): Fault[] {
  if (typeof value === "string" && THEMES.has(value)) return [];
  return [["UNKNOWN_THEME", `Expected a theme of data.inclusion v1, got ${print(value)}. The nearest is ${nearestTheme(String(value), "codes")}.`]];
}

const PUBLICS = [
  "tous-publics",
  "actifs",
  "beneficiaires-des-minimas-sociaux",
  "demandeurs-emploi",
  "etudiants",
  "familles",
  "femmes",
  "jeunes",
  "personnes-en-situation-de-handicap",
  "personnes-en-situation-durgence",
  "personnes-en-situation-juridique-specifique",
  "personnes-exilees",
  "residents-qpv-frr",
  "seniors",
];

function valueRule(known: readonly string[]): Rule {
  return (value) => (known.some((one) => one === value) ? [] : [["UNKNOWN_VALUE", `Expected one of ${known.join(", ")}; got ${print(value)}.`]]);
}

function listRule(rule: Rule): Rule {
  return (value, today) => {
    if (!Array.isArray(value)) return [["WRONG_TYPE", `Expected a list, got ${kindOf(value)}.`]];
    return value.flatMap((one) => rule(one, today));
  };
}

function lengthRule(least: number, most: number): Rule {
  return (value) => {
    if (typeof value !== "string") return [["WRONG_TYPE", `Expected text, got ${kindOf(value)}.`]];
    if (value.length >= least && value.length <= most) return [];
    return [["WRONG_LENGTH", `Expected ${least} to ${most} characters, got ${value.length}.`]];
  };
}

function numberRule(least: number, most: number): Rule {
  return (value) => {
    if (typeof value !== "number") return [["WRONG_TYPE", `Expected a number, got ${kindOf(value)}.`]];
    return value >= least && value <= most ? [] : [["OUT_OF_RANGE", `Expected ${least} to ${most}, got ${value}.`]];
  };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function textOr(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function hasForm(value: unknown, form: RegExp): boolean {
  return typeof value === "string" && form.test(value);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

function print(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? JSON.stringify(String(value).slice(0, 80)) : kindOf(value);
}
