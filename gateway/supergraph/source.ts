// Where a supergraph comes from: a file, or an address that answers with its text.
import { readFile } from "node:fs/promises";

import { gatewayError, messageOf, systemCodeOf } from "../errors.ts";

/** One version of a supergraph is what `load` gives. */
export interface SupergraphSource {
  /** How the operator names it. */
  readonly name: string;
  /** The supergraph's SDL. Throws SUPERGRAPH_UNREADABLE. */
  load(): Promise<string>;
}

const FETCH_TIMEOUT_MS = 10_000;

/** `place` is a file path or an http(s) URL; redirects are not followed. */
export function createSupergraphSource(place: string): SupergraphSource {
  return { name: place, load: () => (/^https?:/.test(place) ? loadUrl(place) : loadFile(place)) };
}

async function loadFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, systemCodeOf(error) === "ENOENT" ? "there is no such file" : reasonOf(error));
  }
}

async function loadUrl(url: string): Promise<string> {
  const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) }).catch((error: unknown) => {
    throw unreadable(url, reasonOf(error));
  });
  if (response.status !== 200) throw unreadable(url, `it answered with HTTP status ${response.status}`);
  return response.text().catch((error: unknown) => {
    throw unreadable(url, reasonOf(error));
  });
}

/** `fetch` says only that it failed; its cause says why. */
function reasonOf(error: unknown): string {
  return messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
}

function unreadable(source: string, reason: string): Error {
  return gatewayError("SUPERGRAPH_UNREADABLE", { source, reason });
}
