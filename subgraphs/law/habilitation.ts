// Individual habilitation: who reads about people at all, whoever it is about. One rule for each subgraph that decides by
// itself (CASF R.262-107: habilitated by name, for a time; R.263-5: for purposes).
import type { Purpose, WithheldReason } from "./vocabulary.ts";

/** What is known of a professional, as far as the rule looks at it. */
export interface Habilitated {
  /** For whom they work. */
  readonly partnerId: string;
  readonly habilitation: {
    readonly purposes: readonly string[];
    readonly validFrom: string;
    /** The last day. */
    readonly validTo: string | null;
  } | null;
}

export interface Asking {
  /** Null for somebody unknown, and for a program, which nobody is habilitated as. */
  readonly standing: Habilitated | null;
  /** For whom is asked. */
  readonly partnerId: string | null;
  readonly purpose: Purpose | null;
}

/** What stops the asker on the day, `YYYY-MM-DD`: no habilitation of their own, of another organisation, over, or not for this purpose. */
export function whyNotHabilitated({ standing, purpose, partnerId }: Asking, { today }: { readonly today: string }): WithheldReason | null {
  const habilitation = standing?.habilitation ?? null;
  if (standing === null || habilitation === null || standing.partnerId !== partnerId) return "NOT_HABILITATED";
  if (today < habilitation.validFrom || (habilitation.validTo !== null && habilitation.validTo < today)) return "NOT_HABILITATED";
  return purpose === null || !habilitation.purposes.includes(purpose) ? "PURPOSE_NOT_COVERED" : null;
}
