// Envelope encryption of fields: a data key for each person, wrapped by a key that is kept elsewhere. The door of this folder.
export { KEY_BYTES } from "./cipher.ts";
export { SealError, type SealFault } from "./errors.ts";
export { openField, sealField, type Place, type Sealed } from "./field.ts";
export { createKeyRing, makeRingKey, openKeyRing, readRing, writeRing, type KeyEncryption, type RingKey, type WrappedKey } from "./key-ring.ts";
export { besideData, createKeyStore, DEMONSTRATION_RING, openDemonstrationKeys, type DataKey, type KeyStore, type OpenKeys, type PersonKeys } from "./person-keys.ts";
