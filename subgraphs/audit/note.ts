// Checkpoints: how many entries the log has and the hash over all, signed, as a "signed note" that other tools of
// transparency logs read too (C2SP signed-note, tlog-checkpoint).
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type webcrypto } from "node:crypto";

export interface Checkpoint {
  /** The log's name. */
  readonly origin: string;
  /** Of entries. */
  readonly size: number;
  readonly root: Buffer;
}

export interface NoteSigner {
  sign(checkpoint: Checkpoint): string;
  /** What partners keep to verify: `name+hash+key`. */
  readonly verifierKey: string;
}

export function createSigningKey(): webcrypto.JsonWebKey {
  return generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
}

/** `jwk` is a private Ed25519 key; `name` has no blanks. Throws TypeError. */
export function createNoteSigner(name: string, jwk: webcrypto.JsonWebKey): NoteSigner {
  if (jwk.kty !== "OKP" || jwk.crv !== "Ed25519" || jwk.d === undefined) throw new TypeError("Expected a private Ed25519 key (JWK with `d`) to sign checkpoints with.");
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  const publicBytes = Buffer.concat([ED25519, Buffer.from(String(jwk.x), "base64url")]);
  const hash = hashKey(name, publicBytes);
  return {
    verifierKey: `${name}+${hash.toString("hex")}+${publicBytes.toString("base64")}`,
    sign: (checkpoint) => {
      const text = printText(checkpoint);
      const signature = Buffer.concat([hash, sign(null, Buffer.from(text), key)]);
      return `${text}\n\u2014 ${name} ${signature.toString("base64")}\n`;
    },
  };
}

/** The checkpoint of a note that this key signed; null for any other text. */
export function readNote(note: string, verifierKey: string): Checkpoint | null {
  // Base64 has the sign that parts the three: what follows the second is the key.
  const [name = "", , ...rest] = verifierKey.trim().split("+");
  const encoded = rest.join("+");
  const publicBytes = Buffer.from(encoded, "base64");
  const match = FORM.exec(note);
  if (match === null || publicBytes.length !== 33) return null;
  const [, text = "", origin = "", size = "", root = "", signer, signature = ""] = match;
  const bytes = Buffer.from(signature, "base64");
  if (signer !== name || !bytes.subarray(0, 4).equals(hashKey(name, publicBytes))) return null;
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: publicBytes.subarray(1).toString("base64url") }, format: "jwk" });
  if (!verify(null, Buffer.from(text), key, bytes.subarray(4))) return null;
  return { origin, size: Number(size), root: Buffer.from(root, "base64") };
}

const ED25519 = Buffer.of(1);
const FORM = /^((\S+)\n(\d+)\n([\w+/=]+)\n)\n\u2014 (\S+) ([\w+/=]+)\n$/;

function printText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString("base64")}\n`;
}

function hashKey(name: string, publicBytes: Buffer): Buffer {
  return createHash("sha256").update(`${name}\n`).update(publicBytes).digest().subarray(0, 4);
}
