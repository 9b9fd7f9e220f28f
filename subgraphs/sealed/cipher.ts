// AES-256-GCM over short texts, bound to where they stand: `nonce . ciphertext and tag`, in base64url.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

export const KEY_BYTES = 32;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^[\w-]{16}\.[\w-]{22,}$/;

/** What a text is bound to: the same parts must be said when it is opened. */
export type Bound = readonly string[];

/** The nonce is random: one key may seal 2³² texts (NIST SP 800-38D, 8.3), which no person's key and no ring's key comes near. */
export function encrypt(key: Uint8Array, plain: Uint8Array, bound: Bound): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(bytesOf(bound));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `${nonce.toString("base64url")}.${sealed.toString("base64url")}`;
}

/** Null where the key, the text or what it is bound to is another one; nothing of it is given then. */
export function decrypt(key: Uint8Array, text: string, bound: Bound): Buffer | null {
  if (!FORM.test(text)) return null;
  const [nonce = "", sealed = ""] = text.split(".");
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < TAG_BYTES) return null;
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64url"), { authTagLength: TAG_BYTES });
  decipher.setAAD(bytesOf(bound)).setAuthTag(bytes.subarray(-TAG_BYTES));
  const plain = decipher.update(bytes.subarray(0, -TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return null;
  }
}

/** As JSON, so that no two lists of parts run together into one text. */
function bytesOf(bound: Bound): Buffer {
  return Buffer.from(JSON.stringify(bound));
}
