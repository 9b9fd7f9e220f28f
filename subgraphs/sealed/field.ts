// One field, sealed: `v1 . id of the data key . nonce . ciphertext and tag`.
import { decrypt, encrypt } from "./cipher.ts";
import { SealError } from "./errors.ts";
import type { DataKey } from "./person-keys.ts";

/** A text that only its owner's data key opens. Made by `sealField` and nothing else. */
export type Sealed = string & { readonly [MARK]: true };
declare const MARK: unique symbol;

/** Where a field stands. A text that is copied to another row or field does not open there. */
export interface Place {
  readonly collection: string;
  readonly id: string;
  readonly path: string;
}

const FORM = /^v1\.([\w-]{36})\.([\w.-]+)$/;

export function sealField(key: DataKey, plain: string, place: Place): Sealed {
  return `v1.${key.id}.${encrypt(key.bytes, Buffer.from(plain), boundTo(place, key.id))}` as Sealed;
}

/** Throws SealError, with the place but never with a row's id. */
export function openField(key: DataKey, sealed: string, place: Place): string {
  const { collection, path } = place;
  const [, keyId, text = ""] = FORM.exec(sealed) ?? [];
  const plain = keyId === key.id ? decrypt(key.bytes, text, boundTo(place, key.id)) : null;
  if (plain !== null) return plain.toString();
  throw new SealError("SEAL_BROKEN", `Cannot open ${collection}.${path} because it was changed, or was sealed for another row, field or key.`);
}

function boundTo({ collection, id, path }: Place, keyId: string): readonly string[] {
  return ["field", collection, id, path, keyId];
}
