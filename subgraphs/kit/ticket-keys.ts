// The keys of sharing tickets: private ones from a file where they are issued, public ones from a file or an address where
// they are read. What is read is looked at again, so that a key that is added or taken away needs no restart.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";

import { assertTicketKeys, createTicketIssuer, createTicketReader, type TicketIssuer, type TicketKey, type TicketReader } from "../law/law.ts";

/** So often at most; a key is published that long before it signs. */
const REFRESH_MS = 30_000;
const FETCH_TIMEOUT_MS = 2_000;

/** `file` holds a private JWK, or a JSON Web Key Set whose first key signs. Throws TypeError; never with the file's text. */
export async function openTicketIssuer(file: string): Promise<TicketIssuer> {
  return createTicketIssuer(readSet(await readFile(file, "utf8"), file));
}

/** With a key of its own that ends with the process: whoever reads the tickets must be told it. */
export function createOwnTicketIssuer(): TicketIssuer {
  const { privateKey } = generateKeyPairSync("ed25519");
  return createTicketIssuer([{ ...(privateKey.export({ format: "jwk" }) as TicketKey), kid: `tickets-${randomUUID().slice(0, 8)}` }]);
}

export interface OpenTicketReader extends TicketReader {
  close(): void;
}

export interface TicketKeyWatch {
  /** Hears that the keys can no longer be read, with why, and null once they can again. */
  readonly told: (problem: string | null) => void;
  readonly refreshMs?: number;
}

/**
 * `source` is a file path or an http(s) URL of a JSON Web Key Set. Throws when it cannot be read now; later the last keys
 * stay, which is told: one that was taken away from the set would still be read.
 */
export async function openTicketReader(source: string, { told, refreshMs = REFRESH_MS }: TicketKeyWatch): Promise<OpenTicketReader> {
  let keys = await load(source);
  let problem: string | null = null;
  const hear = (now: string | null): void => {
    if (now !== problem) told(now);
    problem = now;
  };
  const refresh = async (): Promise<void> => {
    try {
      keys = await load(source);
      hear(null);
    } catch (error) {
      hear(error instanceof Error ? error.message : "unknown");
    }
  };
  const timer = setInterval(() => void refresh(), refreshMs);
  timer.unref();
  return { ...createTicketReader(() => keys), close: () => clearInterval(timer) };
}

async function load(source: string): Promise<readonly TicketKey[]> {
  const keys = await fetchSet(source);
  assertTicketKeys(keys);
  return keys;
}

async function fetchSet(source: string): Promise<readonly TicketKey[]> {
  if (!/^https?:/.test(source)) return readSet(await readFile(source, "utf8"), source);
  const response = await fetch(source, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) throw new TypeError(`Expected the public keys of sharing tickets at ${source}, got status ${response.status}.`);
  return readSet(await response.text(), source);
}

/** A parser's message would quote the text, which may be a secret. */
function readSet(text: string, source: string): readonly TicketKey[] {
  try {
    const value = JSON.parse(text) as TicketKey | { readonly keys: readonly TicketKey[] };
    if ("keys" in value && Array.isArray(value.keys)) return value.keys;
    if ("kty" in value) return [value];
  } catch {
    // Told below.
  }
  throw new TypeError(`Expected a JSON Web Key or a key set in ${source}, got something else.`);
}
