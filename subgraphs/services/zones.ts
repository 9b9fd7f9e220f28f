// Where a service may be used: eligibility zones of data.inclusion (communes, EPCI, départements, `france`) and how a
// commune falls into them.
import { assertIdentifier, clientError } from "../kit/kit.ts";

/** What this subgraph knows of a commune: a copy of public geography, not of the sites subgraph. */
export interface CommuneRow {
  /** INSEE code. */
  readonly _id: string;
  /** SIREN of the EPCI. */
  readonly epci: string | null;
  readonly department: string;
}

export const EVERYWHERE = "france";

const SIREN_FORM = /^\d{9}$/;

/** The zones that hold a commune: itself, its EPCI, its département, France. */
export function zonesOf(commune: CommuneRow): string[] {
  return [commune._id, ...(commune.epci === null ? [] : [commune.epci]), commune.department, EVERYWHERE];
}

/** What is known of a place when it is a code that our table of communes does not hold, or no code at all. */
export function zonesOfUnknown(communeCode: string | null): string[] {
  return communeCode === null ? [EVERYWHERE] : [communeCode, departmentOf(communeCode), EVERYWHERE];
}

/** The zones as they are stored for matching: an empty list means everywhere in data.inclusion. */
export function storedZones(eligibilityZone: readonly string[]): string[] {
  return eligibilityZone.length === 0 ? [EVERYWHERE] : [...eligibilityZone];
}

export function isEpci(zone: string): boolean {
  return SIREN_FORM.test(zone);
}

/** Throws BAD_USER_INPUT for what is no INSEE code of a commune. */
export function assertCommuneCode(code: string): void {
  assertIdentifier("COMMUNE", code);
}

/** A code of the right form that no commune of the table has. */
export function unknownCommune(code: string): Error {
  return clientError("BAD_USER_INPUT", `Expected the INSEE code of a known commune (not a postal code), got ${JSON.stringify(code)}.`);
}

/** The département of a commune: the first two characters of its code, three overseas. */
function departmentOf(communeCode: string): string {
  return communeCode.slice(0, communeCode.startsWith("97") ? 3 : 2);
}
