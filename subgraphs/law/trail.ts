// What is told of each reading about a person, before it happens and after (CASF R.262-107, GDPR art. 5.2). Whoever keeps the
// trail decides how; whoever reads waits for it.
import type { SharingBasis, WithheldReason } from "./vocabulary.ts";

export interface Reading {
  readonly personId: string;
  /** `Beneficiary.needs`. */
  readonly field: string;
  /** Undefined where nothing was decided for this field: it comes with the row. */
  readonly basis?: SharingBasis | "SELF";
}

/** The trail of one request. */
export interface ReadTrail {
  /** Told at each field, before it is read: all fields about people that the request asks for. */
  asks(asked: () => Asked): void;
  /**
   * Before anything is read: settles once it is durable that the caller is about to. Undefined: it is already. Rejects with
   * AuditUnavailable: nothing may be read.
   */
  before(reading: Reading): Promise<void> | undefined;
  /** How many rows a field answered. */
  answered(personId: string, rows: number): void;
  refused(personId: string, field: string, reason: WithheldReason): void;
  /** A ground on which rows of the person were found. */
  ground(personId: string, basis: SharingBasis | "SELF"): void;
  /** When the answer is there: what came of it. Settles once that is durable; nobody needs to wait. */
  finish(): Promise<void>;
}

export interface Asked {
  readonly fields: readonly string[];
  readonly operationName: string | null;
}

/** The trail cannot be written, so nothing is read. */
export class AuditUnavailable extends Error {
  override readonly name = "AuditUnavailable";
}

/** Keeps nothing: for tests of something else. */
export const UNAUDITED: ReadTrail = { asks: () => undefined, before: () => undefined, answered: () => undefined, refused: () => undefined, ground: () => undefined, finish: async () => undefined };
