// The states of a right to share: PENDING → ACTIVE | REFUSED; ACTIVE → WITHDRAWN | OPPOSED | EXPIRED | SUPERSEDED. Which
// end there is depends on the ground: a consent is withdrawn, what needs none is objected to, and what protects a child or
// carries out a text is neither (CASF L.226-2-2; GDPR art. 6.1.c, 21).
import type { SharingBasis } from "../../law/law.ts";
import type { GrantRow } from "../rows.ts";

export type GrantStatus = "PENDING" | "ACTIVE" | "REFUSED" | "WITHDRAWN" | "OPPOSED" | "EXPIRED" | "SUPERSEDED";

/** EXPIRED comes by the clock; nobody writes it. */
export function statusOn({ status, expiresAt }: Pick<GrantRow, "status" | "expiresAt">, now: Date): GrantStatus {
  const isOver = status === "ACTIVE" && expiresAt !== null && expiresAt <= now;
  return isOver ? "EXPIRED" : (status as GrantStatus);
}

type Written = Exclude<GrantStatus, "PENDING" | "EXPIRED">;

const FROM: Readonly<Record<Written, GrantStatus>> = {
  ACTIVE: "PENDING",
  REFUSED: "PENDING",
  WITHDRAWN: "ACTIVE",
  OPPOSED: "ACTIVE",
  SUPERSEDED: "ACTIVE",
};

const WITHDRAWABLE: ReadonlySet<SharingBasis> = new Set<SharingBasis>([
  "CONSENT",
  "NAMED_EXCHANGE",
  "SOCIAL_ACTION_COORDINATION",
  "INSERTION_NETWORK",
]);

/** CSP L.1110-4 IV, CASF L.263-4-1, GDPR art. 21. A consent is withdrawn instead. */
export const OPPOSABLE: ReadonlySet<string> = new Set<SharingBasis>([
  "SAME_CARE_TEAM",
  "NAMED_EXCHANGE",
  "SOCIAL_ACTION_COORDINATION",
  "INSERTION_NETWORK",
]);

/** Null where the change may be made; else why not, as the end of a sentence. */
export function whyNotTo(to: Written, grant: Pick<GrantRow, "basis" | "status" | "expiresAt">, now: Date): string | null {
  const status = statusOn(grant, now);
  if (status !== FROM[to]) return `it is ${status}`;
  if (to === "WITHDRAWN" && !WITHDRAWABLE.has(grant.basis as SharingBasis)) return `its ground is ${grant.basis}, which is not withdrawn`;
  if (to === "OPPOSED" && !OPPOSABLE.has(grant.basis)) return `its ground is ${grant.basis}, to which nobody objects`;
  return null;
}
