// Where a directory comes from: the database of *partners* in the same process, or its address.
import { createHash } from "node:crypto";

import type { Directory } from "./document.ts";

export interface DirectorySource {
  /** The directory as it is, unless it is still the one of the version that is known. Throws DirectoryFault. */
  read(known: string | null): Promise<DirectoryAnswer>;
}

export interface DirectoryAnswer {
  /** Of what it says; the same content has the same. */
  readonly version: string;
  /** Null: still the known one. */
  readonly directory: Directory | null;
}

/** `load` gives rows in a stable order. */
export function createSource(load: () => Promise<Directory>): DirectorySource {
  return {
    read: async (known) => {
      const directory = await load();
      const version = createHash("sha256").update(JSON.stringify(directory)).digest("base64url");
      return { version, directory: version === known ? null : directory };
    },
  };
}
