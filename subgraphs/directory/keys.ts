// Keys of the directory: each side has a private Ed25519 key and knows the public ones of the other.
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";

/** Who signs directories, and for whom questions are. */
export const PUBLISHER = "partners";
/** Of questions and answers: neither passes for the other, nor a caller's token for one. */
export const QUESTION_TYPE = "directory-question+jwt";
export const DIRECTORY_TYPE = "directory+jwt";
export const SIGNATURES = ["EdDSA"] as const;
export const LIFETIME_S = 30;

export interface DirectoryKey {
  readonly privateKey: KeyObject;
  readonly publicJwk: object;
  readonly kid: string | null;
}

/** `file` holds a private Ed25519 JWK. Throws TypeError; never with the file's text. */
export async function openDirectoryKey(file: string): Promise<DirectoryKey> {
  const jwk = readJwk(await readFile(file, "utf8"));
  if (jwk === null || jwk["kty"] !== "OKP" || jwk["crv"] !== "Ed25519" || typeof jwk["d"] !== "string") {
    throw new TypeError("Expected a private Ed25519 key (JWK with `d`) in the file that PARCOURS_DIRECTORY_KEY names, got something else.");
  }
  const privateKey = createPrivateKey({ key: jwk, format: "jwk" });
  const kid = typeof jwk["kid"] === "string" ? jwk["kid"] : null;
  return { privateKey, publicJwk: { ...createPublicKey(privateKey).export({ format: "jwk" }), alg: "EdDSA", use: "sig", ...(kid !== null && { kid }) }, kid };
}

function readJwk(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
