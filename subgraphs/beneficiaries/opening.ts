// Opens what is stored sealed, with the data key of the person whom it is about: identity and the texts of writing alike.
import { createKeyedLoader } from "../kit/kit.ts";
import { openField, SealError, type KeyStore, type Place, type Sealed } from "../sealed/sealed.ts";

/**
 * Null for what is not there, and for what was erased with its key. Throws SealError where the text was changed or moved, or
 * its key cannot be read.
 */
export type OpenSealed = (sealed: Sealed | null, of: Sealing) => Promise<string | null>;

export interface Sealing {
  readonly personId: string;
  readonly place: Place;
}

/** For one request: the keys of all people of a level are one query. */
export function createOpener(keys: Pick<KeyStore, "load">): OpenSealed {
  const key = createKeyedLoader((personIds: readonly string[]) => keys.load(personIds));
  return async (sealed, { personId, place }) => {
    const own = sealed === null ? null : await key.load(personId);
    if (own instanceof SealError) throw own;
    return own === null || sealed === null ? null : openField(own, sealed, place);
  };
}
