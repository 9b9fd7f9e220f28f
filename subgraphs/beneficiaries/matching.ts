// Could two files be one person? A score from the traits that both files have, the names of the traits that speak for
// and against it, and never a value. A suggestion to a person who decides; nothing is merged by it.
//
// Contacts are weak: a couple shares a telephone, a CAF file, sometimes a first name. So the score is the weight of the
// matching traits over the weight of all that can be compared, and each trait that cannot differ for one person (birth
// date, sex, place in one household …) lowers it by a factor of its own when it differs.
import type { PersonDraft } from "./rows.ts";

export type Trait =
  | "NIR"
  | "BIRTH_DATE"
  | "NAME"
  | "FIRST_NAME"
  | "BIRTH_COMMUNE"
  | "SEX"
  | "PHONE"
  | "EMAIL"
  | "CAF_NUMBER"
  | "HOUSEHOLD_ROLE";

/** What is compared: nothing that is sealed. */
export type Compared = Omit<PersonDraft, "nir" | "contact" | "localIdentifiers">;

export interface Comparison {
  /** 0 to 1, two decimals. */
  readonly score: number;
  readonly matchedOn: readonly Trait[];
  readonly conflictsOn: readonly Trait[];
}

/** What the search for candidates goes by, as blind indexes where it tells who somebody is: a person who shares none of it is no candidate. */
export interface BlockingKeys {
  readonly personId: string;
  readonly nirIndex: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly caf: string | null;
  readonly names: readonly string[];
  readonly birthDate: string | null;
}

interface TraitRule {
  readonly trait: Trait;
  /** Null: one of the two files does not have it. */
  readonly agrees: (one: Compared, other: Compared) => boolean | null;
  readonly weight: number;
  /** By which the score is multiplied when the trait differs; null: differing means nothing (people change telephones). */
  readonly whenDifferent: number | null;
}

const RULES: readonly TraitRule[] = [
  { trait: "NIR", agrees: by((person) => person.nirIndex), weight: 6, whenDifferent: 0.4 },
  { trait: "BIRTH_DATE", agrees: by((person) => person.birthDate), weight: 3, whenDifferent: 0.5 },
  { trait: "NAME", agrees: sharesName, weight: 3, whenDifferent: 0.8 },
  { trait: "FIRST_NAME", agrees: by((person) => person.keys.firstName), weight: 2, whenDifferent: 0.6 },
  { trait: "BIRTH_COMMUNE", agrees: by((person) => person.birthCommuneCode), weight: 1, whenDifferent: 0.8 },
  { trait: "SEX", agrees: by((person) => person.sex), weight: 0.5, whenDifferent: 0.6 },
  { trait: "PHONE", agrees: by((person) => person.keys.phone), weight: 1, whenDifferent: null },
  { trait: "EMAIL", agrees: by((person) => person.keys.email), weight: 1, whenDifferent: null },
  { trait: "CAF_NUMBER", agrees: by((person) => person.keys.caf), weight: 0.5, whenDifferent: null },
  { trait: "HOUSEHOLD_ROLE", agrees: hasSameRole, weight: 0, whenDifferent: 0.3 },
];

export function compare(one: Compared, other: Compared): Comparison {
  const results = RULES.map((rule) => ({ ...rule, agreed: rule.agrees(one, other) }));
  const matched = results.filter(({ agreed, weight }) => agreed === true && weight > 0);
  const conflicting = results.filter(({ agreed, whenDifferent }) => agreed === false && whenDifferent !== null);
  const compared = results.filter(({ agreed }) => agreed !== null);
  const share = sum(matched.map(({ weight }) => weight)) / Math.max(1, sum(compared.map(({ weight }) => weight)));
  const factor = conflicting.reduce((product, { whenDifferent }) => product * (whenDifferent ?? 1), 1);
  return {
    score: Math.round(share * factor * 100) / 100,
    matchedOn: matched.map(({ trait }) => trait),
    conflictsOn: conflicting.map(({ trait }) => trait),
  };
}

export function blockingKeysOf(person: Compared): BlockingKeys {
  const { names, phone, email, caf } = person.keys;
  return { personId: person._id, nirIndex: person.nirIndex, phone, email, caf, names, birthDate: person.birthDate };
}

/** The id of a pair, whichever of the two is asked about. */
export function pairId(one: string, other: string): string {
  return JSON.stringify([one, other].sort());
}

function by(traitOf: (person: Compared) => string | null): TraitRule["agrees"] {
  return (one, other) => {
    const [a, b] = [traitOf(one), traitOf(other)];
    return a === null || b === null ? null : a === b;
  };
}

/** Birth names and usage names compared crosswise: one file may know the name before a marriage, one the name after it. */
function sharesName(one: Compared, other: Compared): boolean | null {
  if (one.keys.names.length === 0 || other.keys.names.length === 0) return null;
  return one.keys.names.some((name) => other.keys.names.includes(name));
}

/** Two members of one household with two roles are two people. Members with one role may be the same one, entered twice. */
function hasSameRole(one: Compared, other: Compared): boolean | null {
  if (one.householdId === null || one.householdId !== other.householdId) return null;
  return one.householdRole === other.householdRole;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
