// The search for organisations: how names are stored to be found, and how a client's filter is read. Both sides of the
// match are here. A name is found by the beginnings of its words, each stored: equality keeps the order of the index,
// which a pattern would not, so that pages of a search need no sort.
import { assertIdentifier, clientError, wordsOf } from "../kit/kit.ts";
import type { PartnerSearch } from "./models.ts";

/** `PartnerFilter` of the schema, as GraphQL coerced it. */
export interface PartnerFilter {
  readonly departmentCode?: string | null;
  readonly kinds?: readonly string[] | null;
  readonly network?: string | null;
  readonly text?: string | null;
  readonly status?: string | null;
  readonly siret?: string | null;
}

const TEXT_LIMIT = 200;

/** Throws BAD_USER_INPUT for a SIRET or a département that is none, and for a text without a word. */
export function readPartnerFilter({ departmentCode, kinds, network, text, status, siret }: PartnerFilter): PartnerSearch {
  if (siret != null) assertIdentifier("SIRET", siret);
  if (departmentCode != null) assertIdentifier("DEPARTMENT", departmentCode);
  return {
    ...(siret != null && { siret }),
    ...(departmentCode != null && { departmentCode }),
    ...(kinds != null && { kinds }),
    ...(network != null && { network }),
    ...(text != null && { words: readWords(text) }),
    ...(status != null && { status }),
  };
}

/** Each beginning of each word of the names: `"Pôle"` → `["p", "po", "pol", "pole"]`. */
export function beginningsOf(names: readonly string[]): string[] {
  const words = names.flatMap((name) => wordsOf(name)).map((word) => [...word]);
  return [...new Set(words.flatMap((letters) => letters.map((_, at) => letters.slice(0, at + 1).join(""))))];
}

function readWords(text: string): string[] {
  if (text.length > TEXT_LIMIT) {
    throw clientError("BAD_USER_INPUT", `Expected \`text\` of at most ${TEXT_LIMIT} characters, got ${text.length}.`);
  }
  const words = wordsOf(text);
  if (words.length === 0) throw clientError("BAD_USER_INPUT", "Expected `text` to hold a letter or a digit, got neither.");
  return words;
}
