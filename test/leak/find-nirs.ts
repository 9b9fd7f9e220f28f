// Finds NIRs of known people in anything: in the open, without their key, and as base64 wherever they begin in it.

export interface NirSearch {
  /** The NIRs that are in it, and how: `b64` for one that is written as base64. */
  in(content: Buffer | string): string[];
}

const DIGITS = 13;
/** A NIR of thirteen digits has three whole groups of three at least, each of which is four letters of base64. */
const GROUPS = /(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){3,}/g;

/** `nirs` with or without key. */
export function createNirSearch(nirs: readonly string[]): NirSearch {
  const known = new Set(nirs.map((nir) => nir.slice(0, DIGITS)));
  const parts = new Map([...known].flatMap((nir) => [0, 1, 2].map((from) => [nir.slice(from, from + 9), nir] as const)));
  return {
    in: (content) => {
      const text = typeof content === "string" ? content : content.toString("latin1");
      const open = [...text.matchAll(/(?=([12]\d{12}))/g)].flatMap(({ 1: digits = "" }) => (known.has(digits) ? [digits] : []));
      const encoded = [...text.matchAll(GROUPS)].flatMap(({ 0: group }) => {
        const digits = Buffer.from(group, "base64").toString();
        return [...parts].flatMap(([part, nir]) => (digits.includes(part) ? [`b64 ${nir}`] : []));
      });
      return [...new Set([...open, ...encoded])];
    },
  };
}
