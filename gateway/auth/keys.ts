// The public keys of identity providers, from files and addresses. A token chooses among them by its key id and by
// nothing else: `jku`, `x5u` and `jwk` of its header are never looked at.
import { readFile } from "node:fs/promises";

import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

import { gatewayError, messageOf } from "../errors.ts";

/** How soon a file or an address is read again for an unknown key, so that made-up key ids cause no flood of reads. */
const FILE_COOLDOWN_MS = 1_000;
const URL_COOLDOWN_MS = 10_000;
const URL_TIMEOUT_MS = 5_000;
const URL_MAX_AGE_MS = 600_000;

/**
 * Keys of all places together; the first that knows a token's key answers. A file is read at once and throws
 * KEYS_INVALID when it is no key set; an address is asked when the first token comes.
 */
export async function openKeys(places: readonly string[]): Promise<JWTVerifyGetKey> {
  const sources = await Promise.all(places.map((place) => (/^https?:/.test(place) ? openRemote(place) : openFile(place))));
  return async (header, token) => {
    let failure: unknown = new errors.JWKSNoMatchingKey();
    for (const source of sources) {
      try {
        return await source(header, token);
      } catch (error) {
        // An unknown key is the weakest reason: a place that could not be read might have known it.
        if (!(error instanceof errors.JWKSNoMatchingKey)) failure = error;
      }
    }
    throw failure;
  };
}

function openRemote(url: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: URL_TIMEOUT_MS,
    cooldownDuration: URL_COOLDOWN_MS,
    cacheMaxAge: URL_MAX_AGE_MS,
  });
}

async function openFile(path: string): Promise<JWTVerifyGetKey> {
  let keys = await readKeys(path);
  let readAt = performance.now();
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || performance.now() - readAt < FILE_COOLDOWN_MS) throw error;
    }
    readAt = performance.now();
    // A file that is being written is no reason to forget the keys that are known.
    keys = await readKeys(path).catch(() => keys);
    return keys(header, token);
  };
}

async function readKeys(path: string): Promise<JWTVerifyGetKey> {
  try {
    return createLocalJWKSet(JSON.parse(await readFile(path, "utf8")) as JSONWebKeySet);
  } catch (error) {
    const reason = error instanceof SyntaxError ? "it is not JSON" : messageOf(error);
    throw gatewayError("KEYS_INVALID", { source: path, reason });
  }
}
