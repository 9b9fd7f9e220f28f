// Who tries to read: the demonstration's personas, and people who are almost allowed.
import { PERSONAS } from "../../deploy/personas.ts";
import type { Claims } from "./facts.ts";

export interface TestCaller {
  readonly name: string;
  /** Null: without a token. */
  readonly claims: Claims | null;
}

const ALL_SCOPES =
  "beneficiary:identity assessment:read assessment:content referral:read agenda:read professional:read report:read identity:merge audit:read self:read catalogue:write nir:read";
const REFERENT = { scope: ALL_SCOPES, professional: "pro-92-referent", partner: "dept-92", purpose: "SUPPORT" };

export const CALLERS: readonly TestCaller[] = [
  ...PERSONAS.map(({ id, claims }) => ({ name: id, claims })),
  // Every scope that there is, and none of the law's conditions: scopes are no ground to read.
  { name: "nobody with every scope", claims: { scope: ALL_SCOPES } },
  { name: "unknown professional", claims: { ...REFERENT, professional: "pro-nobody" } },
  { name: "referent for another purpose", claims: { ...REFERENT, purpose: "EVICTION_PREVENTION" } },
  { name: "referent for evaluation", claims: { ...REFERENT, purpose: "EVALUATION" } },
  { name: "referent without a purpose", claims: { scope: REFERENT.scope, professional: REFERENT.professional, partner: REFERENT.partner } },
  { name: "referent for a purpose that there is not", claims: { ...REFERENT, purpose: "CURIOSITY" } },
  { name: "referent who says to act for another partner", claims: { ...REFERENT, partner: "dept-971" } },
  { name: "colleague who is not in the team", claims: { ...REFERENT, professional: "pro-pole-issy-social-worker-4" } },
  { name: "professional of another département", claims: { ...REFERENT, professional: "pro-14-sw-1", partner: "dept-14" } },
  { name: "habilitation that lapsed, in the team", claims: { ...REFERENT, professional: "pro-mds-caen-4-specialised-educator-2", partner: "dept-14" } },
  { name: "habilitation that lapsed, at an organisation that refers", claims: { ...REFERENT, professional: "pro-pole-issy-specialised-educator-1", purpose: "EVALUATION" } },
  { name: "program of an organisation that refers", claims: { scope: ALL_SCOPES, partner: "dept-92", purpose: "SUPPORT" } },
  { name: "in the team until the days of grace ended", claims: { ...REFERENT, professional: "pro-mds-caen-1-social-worker-7", partner: "dept-14" } },
  { name: "in the team until a month ago at most", claims: { ...REFERENT, professional: "pro-tis-01-support-social-worker-1", partner: "dept-971" } },
  { name: "the same for child protection", claims: { ...REFERENT, professional: "pro-tis-01-support-social-worker-1", partner: "dept-971", purpose: "CHILD_PROTECTION" } },
  { name: "CRIP for support", claims: { ...REFERENT, professional: "pro-971-crip", partner: "dept-971" } },
  { name: "association that counts what it was sent", claims: { scope: ALL_SCOPES, professional: "pro-ngo-1", partner: "ngo-toit-et-vie", purpose: "STATISTICS" } },
  { name: "insertion network", claims: { ...REFERENT, professional: "pro-france-travail-1", partner: "france-travail" } },
  { name: "child under protection", claims: { scope: ALL_SCOPES, person: "b7", purpose: "SELF_ACCESS" } },
];
