// Keeps texts and keys of clients unreadable in the database: texts are encrypted and bound to their place, inputs are
// told apart by a keyed fingerprint. Both keys come from the secret that is no part of the database.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";

export interface Sealing {
  /** `place` is where the text stands, `emergencies/id/text`: moved elsewhere it does not open. */
  seal(text: string, place: string): string;
  /** Throws for what was changed or moved. */
  unseal(sealed: string, place: string): string;
  /** Of any JSON; equal for equal values. */
  fingerprint(value: unknown): string;
}

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function createSealing(secret: Uint8Array): Sealing {
  const textKey = deriveKey(secret, "parcours sealed texts 1");
  const printKey = deriveKey(secret, "parcours fingerprints of writes 1");
  return {
    seal: (text, place) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, textKey, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url");
    },
    unseal: (sealed, place) => {
      const bytes = Buffer.from(sealed, "base64url");
      const decipher = createDecipheriv(CIPHER, textKey, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
    },
    fingerprint: (value) => createHmac("sha256", printKey).update(JSON.stringify(value)).digest("base64url"),
  };
}

function deriveKey(secret: Uint8Array, use: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", use, KEY_BYTES));
}
