// What stands for a person where the person must not be readable: blind indexes and pseudonyms. All are HMAC-SHA-256
// under one key that is no part of the database, so that a copy of the database says nothing.
import { createHmac } from "node:crypto";

import { completeNir } from "../kit/kit.ts";

export interface Blinding {
  /** The value under which a NIR is stored and matched. Throws BAD_USER_INPUT, without the value, for what is no NIR. */
  nirIndex(nir: string): string;
  /** `folded` as `identity-keys.ts` makes it. */
  contactIndex(kind: "phone" | "email", folded: string): string;
  localIdIndex(value: string): string;
  /** 16 characters of base32 (80 bits): the same person is another one for another organisation. */
  pseudonym(personId: string, partnerId: string | null): string;
}

const KEY_BYTES = 32;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** `key` has 32 bytes. Changing it breaks every stored index and every pseudonym. */
export function createBlinding(key: Uint8Array): Blinding {
  if (key.length !== KEY_BYTES) throw new TypeError(`Expected a key of ${KEY_BYTES} bytes for the blind index, got ${key.length}.`);
  return {
    nirIndex: (nir) => hmac(key, "nir", completeNir(nir.replace(/[\s.-]/g, "").toUpperCase())).toString("base64url"),
    contactIndex: (kind, folded) => hmac(key, kind, folded).toString("base64url"),
    localIdIndex: (value) => hmac(key, "local identifier", value).toString("base64url"),
    pseudonym: (personId, partnerId) => printBase32(hmac(key, "pseudonym", JSON.stringify([partnerId ?? "public", personId])).subarray(0, 10)),
  };
}

/** `use` keeps apart what one key is used for. */
function hmac(key: Uint8Array, use: string, text: string): Buffer {
  return createHmac("sha256", key).update(`${use}\0${text}`).digest();
}

/** RFC 4648 without padding; the length must be a multiple of five bytes. */
function printBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.replace(/.{5}/g, (five) => BASE32[Number.parseInt(five, 2)] ?? "");
}
