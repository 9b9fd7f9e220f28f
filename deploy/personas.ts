// Who tries the demonstration: one persona for each kind of caller, with the scopes that its real counterpart has.
import type { DemoKeys } from "./keys.ts";

export interface Persona {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Null: asks without a token. */
  readonly claims: Readonly<Record<string, string>> | null;
}

export interface PersonaWithToken extends Persona {
  readonly token: string | null;
}

const CASEWORKER_SCOPES =
  "beneficiary:identity assessment:read assessment:content referral:read agenda:read professional:read consent:write emergency:open emergency:review";

/** `professional`, `partner` and `person` are ids of the demonstration world; `purpose` is what they ask for unless a request says another. */
export const PERSONAS: readonly Persona[] = [
  {
    id: "anonymous",
    name: "Anonymous visitor",
    description: "The public directory only",
    claims: null,
  },
  {
    id: "calvados-social-worker",
    name: "Calvados social worker",
    description: "Social worker at a maison des solidarités in Caen",
    claims: { scope: CASEWORKER_SCOPES, professional: "pro-14-sw-1", partner: "dept-14", purpose: "SUPPORT" },
  },
  {
    id: "hauts-de-seine-referent",
    name: "Hauts-de-Seine referent",
    description: "Referent of b1 at the pôle social of Issy",
    claims: { scope: `${CASEWORKER_SCOPES} retention:hold`, professional: "pro-92-referent", partner: "dept-92", purpose: "SUPPORT" },
  },
  {
    id: "ngo-referral-officer",
    name: "NGO referral officer",
    description: "Answers the referrals sent to a housing association; sees pseudonyms",
    claims: { scope: "referral:read agenda:read professional:read", professional: "pro-ngo-1", partner: "ngo-toit-et-vie", purpose: "REFERRAL" },
  },
  {
    id: "crip-professional",
    name: "CRIP professional",
    description: "Child protection in Guadeloupe, bound by secrecy",
    claims: {
      scope: "beneficiary:identity assessment:read assessment:content agenda:read professional:read consent:write emergency:open",
      professional: "pro-971-crip",
      partner: "dept-971",
      purpose: "CHILD_PROTECTION",
    },
  },
  {
    id: "municipality-agent",
    name: "Municipality agent",
    description: "Town hall of Vanves: that coordination is needed, never why",
    claims: { scope: "professional:read", professional: "pro-vanves-1", partner: "commune-92075", purpose: "SUPPORT" },
  },
  {
    id: "reporting-analyst",
    name: "Reporting analyst",
    description: "Aggregates only",
    claims: { scope: "report:read", professional: "pro-92-analyst", partner: "dept-92", purpose: "STATISTICS" },
  },
  {
    id: "data-steward",
    name: "Data steward",
    description: "Identity matching, catalogue quality and the read audit; sees query plans",
    claims: {
      scope: "beneficiary:identity identity:merge audit:read catalogue:write gateway:operator",
      professional: "pro-92-steward",
      partner: "dept-92",
      purpose: "SUPPORT",
    },
  },
  {
    id: "person-b1",
    name: "The person b1",
    description: "Reads her own file, and who else read it",
    claims: { scope: "self:read self:write beneficiary:identity assessment:read assessment:content agenda:read professional:read", person: "b1", purpose: "SELF_ACCESS" },
  },
  {
    id: "partner-portal",
    name: "Partner portal",
    description: "Back end of the housing association's portal: no professional, so nobody's file",
    claims: { scope: "referral:read professional:read", partner: "ngo-toit-et-vie", purpose: "REFERRAL" },
  },
];

/** The personas with tokens of the demonstration's identity provider. */
export async function signPersonas(keys: DemoKeys): Promise<PersonaWithToken[]> {
  return Promise.all(
    PERSONAS.map(async (persona) => ({
      ...persona,
      token: persona.claims === null ? null : await keys.signToken(persona.id, persona.claims),
    })),
  );
}
