// Why a directory was not taken over: codes for the operator's log. In each case what was there before stays as it is.

/** Code → what it means. */
export const DIRECTORY_FAULTS = {
  DIRECTORY_UNREACHABLE: "*partners* did not answer in time, or its public keys could not be read.",
  DIRECTORY_REFUSED: "*partners* does not know the key that asked (`PARCOURS_DIRECTORY_KEY` here, `PARCOURS_DIRECTORY_JWKS` there).",
  DIRECTORY_UNSIGNED: "The answer bears no signature of *partners* for this question: it was forged, is an older one, or was meant for another.",
  DIRECTORY_MALFORMED: "It is signed and no directory; or it has no professional at all, as of an empty database.",
  DIRECTORY_NOT_STORED: "The own database did not take it.",
} as const;

export type DirectoryFaultCode = keyof typeof DIRECTORY_FAULTS;

export class DirectoryFault extends Error {
  readonly code: DirectoryFaultCode;

  constructor(code: DirectoryFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}
