// Tells the inputs of writes apart without keeping them: equal for equal values, and unreadable without the key that is no
// part of the database. Texts are another matter, since a copy of them must become unreadable with their person: `texts.ts`.
import { createHmac, hkdfSync } from "node:crypto";

/** Of any JSON. */
export type Fingerprint = (value: unknown) => string;

const KEY_BYTES = 32;

export function createFingerprint(secret: Uint8Array): Fingerprint {
  const key = Buffer.from(hkdfSync("sha256", secret, "", "parcours fingerprints of writes 1", KEY_BYTES));
  return (value) => createHmac("sha256", key).update(JSON.stringify(value)).digest("base64url");
}
