// Seals and opens what tells directly who or where a person is: the NIR, local identifiers, telephone and e-mail. Each is
// bound to its person and field, and opens with the person's data key only; once that is destroyed they read as absent.
import { sealField, type DataKey, type Place, type Sealed } from "../sealed/sealed.ts";
import type { OpenSealed } from "./opening.ts";
import type { PersonDraft, PersonRow } from "./rows.ts";

/** Null for what the person does not have, and for what was erased. Throws SealError for what was tampered with. */
export interface Identities {
  nirOf(person: PersonRow): Promise<string | null>;
  phoneOf(person: PersonRow): Promise<string | null>;
  emailOf(person: PersonRow): Promise<string | null>;
  localIdentifiersOf(person: PersonRow): Promise<readonly LocalIdentifier[]>;
}

export interface LocalIdentifier {
  readonly system: string;
  readonly value: string;
}

export function sealPerson({ nir, contact, localIdentifiers, ...person }: PersonDraft, key: DataKey): PersonRow {
  const seal = (path: string, value: string) => sealField(key, value, placeOf(person, path));
  const sealOrNull = (path: string, value: string | null) => (value === null ? null : seal(path, value));
  return {
    ...person,
    nir: sealOrNull(PATHS.nir, nir),
    contact: contact && { ...contact, phone: sealOrNull(PATHS.phone, contact.phone), email: sealOrNull(PATHS.email, contact.email) },
    localIdentifiers: localIdentifiers.map(({ system, value }) => ({ system, value: seal(pathOfLocal(system), value) })),
  };
}

export function openIdentities(openSealed: OpenSealed): Identities {
  const open = (person: PersonRow, path: string, sealed: Sealed | null) => openSealed(sealed, { personId: person._id, place: placeOf(person, path) });
  return {
    nirOf: (person) => open(person, PATHS.nir, person.nir),
    phoneOf: (person) => open(person, PATHS.phone, person.contact?.phone ?? null),
    emailOf: (person) => open(person, PATHS.email, person.contact?.email ?? null),
    localIdentifiersOf: async (person) => {
      const opened = await Promise.all(person.localIdentifiers.map(async ({ system, value }) => ({ system, value: await open(person, pathOfLocal(system), value) })));
      return opened.flatMap(({ system, value }) => (value === null ? [] : [{ system, value }]));
    },
  };
}

const PATHS = { nir: "nir", phone: "contact.phone", email: "contact.email" } as const;

function pathOfLocal(system: string): string {
  return `localIdentifiers.${system}`;
}

function placeOf({ _id }: Pick<PersonRow, "_id">, path: string): Place {
  return { collection: "people", id: _id, path };
}
