// Why something sealed stays shut. No message holds a value, a key or the id of a person.

export type SealFault =
  /** The ring cannot be read, or holds what no ring may hold. */
  | "KEY_RING_UNREADABLE"
  /** The ring does not have the key under which a data key was wrapped. */
  | "KEY_UNKNOWN"
  /** A data key was changed, or belongs to somebody else. */
  | "DATA_KEY_UNREADABLE"
  /** A value was changed, cut, or taken from another row or field. */
  | "SEAL_BROKEN";

export class SealError extends Error {
  override readonly name = "SealError";
  readonly fault: SealFault;

  constructor(fault: SealFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
