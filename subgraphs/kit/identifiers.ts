// The identifiers that French administrations give to organisations, places and people: their form and their check digits.
// Pure; whether an identifier was ever given to anybody is a question for the register, not for this file.
import { clientError } from "./errors.ts";

export type IdentifierKind = "SIREN" | "SIRET" | "RNA" | "FINESS" | "COMMUNE" | "DEPARTMENT" | "NIR" | "FRANCE_TRAVAIL_ID";

const KINDS: Readonly<Record<IdentifierKind, { readonly expected: string; readonly isValid: (value: unknown) => boolean; readonly personal: boolean }>> = {
  SIREN: { expected: "a SIREN (9 digits, Luhn)", isValid: isSiren, personal: false },
  SIRET: { expected: "a SIRET (14 digits, Luhn)", isValid: isSiret, personal: false },
  RNA: { expected: "an RNA number (W and 9 digits)", isValid: isRna, personal: false },
  FINESS: { expected: "a FINESS number (9 digits, Luhn; 2A or 2B may come first)", isValid: isFiness, personal: false },
  COMMUNE: { expected: "an INSEE code of a commune (5 characters, such as 92075 or 2A004)", isValid: isInseeCommune, personal: false },
  DEPARTMENT: { expected: "a code of a département (such as 76, 2A or 971)", isValid: isDepartmentCode, personal: false },
  NIR: { expected: "a NIR (13 characters, or 15 with the key)", isValid: isNir, personal: true },
  FRANCE_TRAVAIL_ID: { expected: "a France Travail id (7 digits and a letter or digit, or 11 digits)", isValid: isFranceTravailId, personal: true },
};

/**
 * Throws BAD_USER_INPUT, "Expected a SIRET (14 digits, Luhn), got …". An identifier of a person is never repeated, nor
 * a NIR that somebody gave in the place of another identifier.
 */
export function assertIdentifier(kind: IdentifierKind, value: unknown): asserts value is string {
  const { expected, isValid, personal } = KINDS[kind];
  if (isValid(value)) return;
  throw clientError("BAD_USER_INPUT", `Expected ${expected}, got ${personal ? "something else" : printGot(value)}.`);
}

/** An enterprise: 9 digits that pass Luhn. Source: INSEE, répertoire Sirene. */
export function isSiren(value: unknown): value is string {
  return hasForm(value, /^\d{9}$/) && Number(value) !== 0 && passesLuhn(value);
}

const LA_POSTE = "356000000";
const LA_POSTE_HEAD_OFFICE = "35600000000048";

/**
 * An establishment: the SIREN and 5 digits, 14 that pass Luhn together. La Poste has more establishments than Luhn
 * leaves numbers for: all but its head office are checked by the sum of their digits, a multiple of 5.
 */
export function isSiret(value: unknown): value is string {
  if (!hasForm(value, /^\d{14}$/) || !isSiren(value.slice(0, 9))) return false;
  if (value.startsWith(LA_POSTE) && value !== LA_POSTE_HEAD_OFFICE) return sumOfDigits(value) % 5 === 0;
  return passesLuhn(value);
}

/** An association in the Répertoire national des associations: W and 9 digits, no check digit. None in Alsace-Moselle. */
export function isRna(value: unknown): value is string {
  return hasForm(value, /^W\d{9}$/);
}

/**
 * A health or social establishment: 9 characters, the first two its département. All-digit numbers pass Luhn; the rule
 * for the letters of Corsica is not published, so that these are checked by form only.
 */
export function isFiness(value: unknown): value is string {
  if (hasForm(value, /^2[AB]\d{7}$/)) return true;
  return hasForm(value, /^(0[1-9]|[1-8]\d|9[0-8])\d{7}$/) && passesLuhn(value);
}

/**
 * A commune in INSEE's code officiel géographique, by form: the département and the commune, 5 characters. Not a postal
 * code, though one may look like it; 99xxx are countries and refused.
 */
export function isInseeCommune(value: unknown): value is string {
  return hasForm(value, /^(0[1-9]|1\d|2[1-9AB]|[3-8]\d|9[0-578])\d{3}$/);
}

/** One of the 101 départements: 01 to 95 with 2A and 2B for 20, 971 to 974, 976. */
export function isDepartmentCode(value: unknown): value is string {
  return hasForm(value, /^(0[1-9]|1\d|2[1-9AB]|[3-8]\d|9[0-5]|97[12346])$/);
}

const NIR_FORM = /^[1-478]\d{2}(0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)(2[AB]|\d{2})\d{6}$/;
/** The number printed on specimens of the carte Vitale. Its key is right, and it is nobody's. */
const NIR_SPECIMEN = "2690549588157";

/**
 * A person's number in the répertoire national d'identification, with its key (15 characters) or without (13): sex,
 * year, month (01–12; 20–42 and 50–99 for incomplete civil status), département, commune, order. Refuses the specimen.
 */
export function isNir(value: unknown): value is string {
  if (typeof value !== "string" || !NIR_FORM.test(value.slice(0, 13)) || value.startsWith(NIR_SPECIMEN)) return false;
  return value.length === 13 || (value.length === 15 && value.slice(13) === printNirKey(value.slice(0, 13)));
}

/** The two digits of the key: 97 less the number modulo 97, Corsica's 2A read as 19 and 2B as 18. `nir` has 13 characters. */
export function printNirKey(nir: string): string {
  const digits = `${nir.slice(0, 5)}${nir.slice(5, 7).replace("2A", "19").replace("2B", "18")}${nir.slice(7)}`;
  if (!/^\d{13}$/.test(digits)) throw new TypeError("Expected 13 characters of a NIR, got something else.");
  return String(97 - (Number(digits) % 97)).padStart(2, "0");
}

/** The NIR with its key, 15 characters. Throws BAD_USER_INPUT for what is no NIR. */
export function completeNir(nir: string): string {
  assertIdentifier("NIR", nir);
  return nir.length === 13 ? nir + printNirKey(nir) : nir;
}

/** A job-seeker at France Travail: 7 digits and a letter or digit, or 11 digits. No check digit. */
export function isFranceTravailId(value: unknown): value is string {
  return hasForm(value, /^(\d{7}[0-9A-Za-z]|\d{11})$/);
}

function hasForm(value: unknown, form: RegExp): value is string {
  return typeof value === "string" && form.test(value);
}

/** Luhn, modulo 10: from the right, each second digit counts double, and a two-digit double by the sum of its digits. */
function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function sumOfDigits(digits: string): number {
  return [...digits].reduce((total, digit) => total + Number(digit), 0);
}

const GOT_LENGTH = 40;

function printGot(value: unknown): string {
  if (typeof value !== "string") return value === undefined || value === null ? "nothing" : "no text";
  if (isNir(value.replace(/\s/g, ""))) return "a NIR";
  return JSON.stringify(value.length > GOT_LENGTH ? `${value.slice(0, GOT_LENGTH)}…` : value);
}
