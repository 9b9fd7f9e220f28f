// How the others come to know what *partners* decides about professionals, conventions and durations: published there, signed,
// and carried over here. The door of this folder.
export { createRemoteSource, type DirectoryAddress } from "./ask.ts";
export { carryDirectory, type Carrying, type CarryEvent, type DirectoryCopy } from "./carry.ts";
export { readDirectory, type Agreement, type Directory, type HolderRetention, type Standing } from "./document.ts";
export { DIRECTORY_FAULTS, DirectoryFault, type DirectoryFaultCode } from "./fault.ts";
export { openDirectoryKey, type DirectoryKey } from "./keys.ts";
export { directoryOf } from "./of-world.ts";
export { createDirectoryDoor, type DirectoryDoor } from "./publish.ts";
export { createSource, type DirectoryAnswer, type DirectorySource } from "./source.ts";
