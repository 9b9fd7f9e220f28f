// Who decides whether a caller reads something about a person, and what is decided.
import type { DataCategory, SharingBasis, WithheldReason } from "./vocabulary.ts";

export type Decision = Allowed | Refused;

export interface Allowed {
  readonly allowed: true;
  /** `SELF`: the person themself (GDPR art. 15). */
  readonly basis: SharingBasis | "SELF";
  /** Whom the subject is about, where a ticket says it and the row does not. */
  readonly personId?: string;
}

export interface Refused {
  readonly allowed: false;
  readonly reason: WithheldReason;
  readonly personId?: string;
}

/** Whom a row is about, as far as the subgraph knows. */
export interface Subject {
  /** Null: about nobody any more (an anonymised row). */
  readonly personId: string | null;
  /** The entity that a sharing ticket was issued for, `Beneficiary/b1`; only where tickets are read. */
  readonly entity?: string;
  /** As `@requires` brought it; null or undefined where there is none. */
  readonly ticket?: unknown;
}

/** Of places and posts: nothing is written down of who reads them. */
export const ofNobody = (): Subject => ({ personId: null });

/** Decides for the caller of one request. Lives as long as it. */
export interface Judge {
  decide(subject: Subject, category: DataCategory): Decision | Promise<Decision>;
}

export function refuse(reason: WithheldReason): Refused {
  return { allowed: false, reason };
}
