// Asks *partners* for its directory: a source like the one in the same process.
import { randomUUID } from "node:crypto";

import { jwtVerify, SignJWT, type JWTPayload, type JWTVerifyGetKey } from "jose";

import { readDirectory } from "./document.ts";
import { DirectoryFault } from "./fault.ts";
import { DIRECTORY_TYPE, LIFETIME_S, PUBLISHER, QUESTION_TYPE, SIGNATURES, type DirectoryKey } from "./keys.ts";
import type { DirectorySource } from "./source.ts";

export interface DirectoryAddress {
  readonly url: string;
  /** The own one, to ask with. */
  readonly key: DirectoryKey;
  /** Public, of *partners*. */
  readonly keys: JWTVerifyGetKey;
  /** Who asks: the subgraph's name. */
  readonly asker: string;
}

const TIMEOUT_MS = 5_000;
/** A hundred thousand professionals are half of it. */
const MOST_BYTES = 64 * 1024 * 1024;

export function createRemoteSource({ url, key, keys, asker }: DirectoryAddress): DirectorySource {
  return {
    read: async (known) => {
      const nonce = randomUUID();
      const question = await new SignJWT({ ...(known !== null && { known }) })
        .setProtectedHeader({ alg: SIGNATURES[0], typ: QUESTION_TYPE, ...(key.kid !== null && { kid: key.kid }) })
        .setIssuer(asker)
        .setAudience(PUBLISHER)
        .setJti(nonce)
        .setIssuedAt()
        .setExpirationTime(`${LIFETIME_S}s`)
        .sign(key.privateKey);
      const { version, directory } = await verify(await fetchText(url, question), { keys, asker, nonce });
      if (typeof version !== "string") throw new DirectoryFault("DIRECTORY_MALFORMED", "Expected a version in the directory, got none.");
      if (directory === undefined && version === known) return { version, directory: null };
      return { version, directory: readDirectory(directory) };
    },
  };
}

async function fetchText(url: string, question: string): Promise<string> {
  try {
    const response = await fetch(url, { headers: { authorization: `Bearer ${question}` }, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.status === 401) throw new DirectoryFault("DIRECTORY_REFUSED", "Cannot carry the directory over because partners does not know the key that asked.");
    if (!response.ok) throw new DirectoryFault("DIRECTORY_UNREACHABLE", `Expected a directory of partners, got status ${response.status}.`);
    return await readText(response);
  } catch (error) {
    if (error instanceof DirectoryFault) throw error;
    // The library's message would repeat the address.
    throw new DirectoryFault("DIRECTORY_UNREACHABLE", `Cannot carry the directory over because partners does not answer (${error instanceof Error ? error.name : "unknown"}).`);
  }
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > MOST_BYTES) throw new DirectoryFault("DIRECTORY_MALFORMED", `Expected a directory of ${MOST_BYTES} bytes at most, got more.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

interface Expected {
  readonly keys: JWTVerifyGetKey;
  readonly asker: string;
  readonly nonce: string;
}

async function verify(token: string, { keys, asker, nonce }: Expected): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, keys, { issuer: PUBLISHER, audience: asker, typ: DIRECTORY_TYPE, algorithms: [...SIGNATURES], clockTolerance: LIFETIME_S }).catch((error: unknown) => {
    throw isUnreachable(error)
      ? new DirectoryFault("DIRECTORY_UNREACHABLE", "Cannot carry the directory over because the public keys of partners cannot be read.")
      : new DirectoryFault("DIRECTORY_UNSIGNED", "Expected a directory that partners signed, got another.");
  });
  if (payload.jti !== nonce) throw new DirectoryFault("DIRECTORY_UNSIGNED", "Expected the answer to this question, got that to another.");
  return payload;
}

/** What is wrong with a signature has a code of its own; a set of keys that is read from an address may be not to be had. */
function isUnreachable(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return ["", "ERR_JWKS_TIMEOUT", "ERR_JOSE_GENERIC"].includes(code);
}
