// How a process takes part in the directory: partners publishes it, the others carry it over, by HTTP or from the one that is
// served beside them.
import type { DirectorySettings, SubgraphName } from "./config.ts";
import { carryDirectory, createDirectoryDoor, createRemoteSource, openDirectoryKey, type CarryEvent, type DirectoryDoor, type DirectorySource } from "./directory/directory.ts";
import { openKeySet, type Log, type OpenSubgraph } from "./kit/kit.ts";

/** Of *partners*, where it is served in the same process: known once its database is open and filled. */
export interface Beside {
  readonly source: Promise<DirectorySource> | null;
  readonly found: (source: DirectorySource) => void;
}

export function createBeside(names: readonly SubgraphName[]): Beside {
  const { promise, resolve } = Promise.withResolvers<DirectorySource>();
  return { source: names.includes("partners") ? promise : null, found: resolve };
}

export interface DirectoryPart {
  readonly name: SubgraphName;
  readonly open: Pick<OpenSubgraph, "directory" | "directoryCopy">;
  readonly settings: { readonly directory: DirectorySettings | null; readonly directoryEveryMs: number };
  readonly beside: Beside;
  readonly log: Log;
  readonly closers: (() => Promise<void>)[];
}

/** What is served at /directory, null where nothing is. The own copy was refreshed once, if partners answered. */
export async function joinDirectory({ name, open, settings, beside, log, closers }: DirectoryPart): Promise<DirectoryDoor | null> {
  const { directory, directoryCopy } = open;
  if (directory !== null) {
    beside.found(directory);
    return settings.directory === null ? null : publish(directory, settings.directory);
  }
  if (directoryCopy === null) return null;
  const source = await openSource(name, settings.directory, beside);
  if (source === null) {
    log.warn({ event: "directory", outcome: "none", subgraph: name, reason: "PARCOURS_DIRECTORY_URL is not set: who is habilitated and what was agreed stays as it was written last" });
    return null;
  }
  const told = (event: CarryEvent) => log[event.outcome === "failed" ? "warn" : "info"]({ event: "directory", subgraph: name, ...event });
  const carrying = await carryDirectory({ source, copy: directoryCopy, everyMs: settings.directoryEveryMs, told });
  closers.push(carrying.close);
  return null;
}

async function publish(source: DirectorySource, { keyFile, jwks }: DirectorySettings): Promise<DirectoryDoor> {
  return createDirectoryDoor({ source, key: await openDirectoryKey(keyFile), askers: await openKeySet(jwks) });
}

async function openSource(name: SubgraphName, settings: DirectorySettings | null, beside: Beside): Promise<DirectorySource | null> {
  if (settings === null || settings.url === null) return beside.source;
  const { url, keyFile, jwks } = settings;
  return createRemoteSource({ url, asker: name, key: await openDirectoryKey(keyFile), keys: await openKeySet(jwks) });
}
