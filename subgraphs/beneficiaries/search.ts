// Reads the input of `beneficiarySearch` into criteria that hold nothing but plain, checked values.
import { assertIdentifier, clientError } from "../kit/kit.ts";
import type { Blinding } from "./blinding.ts";
import { foldName, SHORTEST_PREFIX } from "./identity-keys.ts";

export interface SearchInput {
  readonly nir?: string | null;
  readonly localId?: string | null;
  readonly name?: string | null;
  readonly birthDate?: string | null;
  readonly communeCode?: string | null;
  readonly purpose: string;
}

/** Nobody has a longer name, and of tens of thousands of letters MongoDB makes no pattern: the search would end in a fault of ours. */
const LONGEST_NAME = 200;

/** All that are given must hold; one at least is. */
export interface SearchCriteria {
  readonly nirIndex?: string;
  /** Blind index. */
  readonly localId?: string;
  /** Folded; two letters at least. */
  readonly name?: string;
  readonly birthDate?: string;
  readonly communeCode?: string;
}

/** Throws BAD_USER_INPUT. What identifies a person is not repeated in the message. */
export function readSearch(input: SearchInput, blinding: Blinding): SearchCriteria {
  const criteria: SearchCriteria = {
    ...(input.nir != null && { nirIndex: blinding.nirIndex(input.nir) }),
    ...(input.localId != null && { localId: blinding.localIdIndex(readLocalId(input.localId)) }),
    ...(input.name != null && { name: readName(input.name) }),
    ...(input.birthDate != null && { birthDate: input.birthDate }),
    ...(input.communeCode != null && { communeCode: readCommuneCode(input.communeCode) }),
  };
  if (Object.keys(criteria).length > 0) return criteria;
  throw clientError("BAD_USER_INPUT", "Expected one of nir, localId, name, birthDate or communeCode beside the purpose, got none.");
}

function readLocalId(text: string): string {
  const localId = text.trim();
  if (localId !== "") return localId;
  throw clientError("BAD_USER_INPUT", "Expected a local identifier in `localId`, got an empty text.");
}

function readName(text: string): string {
  const name = foldName(text);
  if (name.length > LONGEST_NAME) throw clientError("BAD_USER_INPUT", `Expected ${LONGEST_NAME} letters of a name or fewer in \`name\`, got ${name.length}.`);
  if (name.length >= SHORTEST_PREFIX) return name;
  throw clientError("BAD_USER_INPUT", `Expected ${SHORTEST_PREFIX} letters of a name or more in \`name\`, got ${name.length}.`);
}

function readCommuneCode(code: string): string {
  assertIdentifier("COMMUNE", code);
  return code;
}
