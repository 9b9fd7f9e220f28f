// Text as people search it: case, accents, ligatures and spacing do not count. What is stored folded is found folded.

const LIGATURES: Readonly<Record<string, string>> = { œ: "oe", æ: "ae", ß: "ss" };

/** `"  Pôle  EMPLOI "` → `"pole emploi"`; `"Cœur d’Ain"` → `"coeur d'ain"`. Folding twice changes nothing. */
export function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[œæß]/g, (letter) => LIGATURES[letter] ?? letter)
    .replace(/[’ʼ]/g, "'")
    .replace(/\s+/g, " ")
    .trim();
}

/** The folded words of a text, each once, in the order in which they come: `"L'Étape, l'étape 2"` → `["l", "etape", "2"]`. */
export function wordsOf(text: string): string[] {
  return [...new Set(fold(text).match(/[\p{L}\p{N}]+/gu) ?? [])];
}

/** The text as a pattern that matches itself and nothing else, in JavaScript and in MongoDB (PCRE). */
export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
