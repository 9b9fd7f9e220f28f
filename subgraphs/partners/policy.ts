// Who may read what of partners' records about people. Pure. Scopes are the gateway's business; more is a later issue.
import type { Caller } from "../kit/kit.ts";
import type { CareTeamMemberRow, HabilitationRow, ProfessionalRow } from "./rows.ts";
import { secrecyBasisOf } from "./secrecy.ts";

/** A person who asks about themself reads their own rows; everybody else is held by the gateway's scopes today. */
export function mayReadRowsOf(caller: Caller, personId: string): boolean {
  return caller.personId === null || caller.personId === personId;
}

/** Whether the habilitation holds on a day; its first and last day count. */
export function isHabilitationActive(habilitation: HabilitationRow, day: string): boolean {
  const { validFrom, validTo } = habilitation;
  return validFrom <= day && (validTo === undefined || day <= validTo);
}

/**
 * A member of the care team reads who the person is while in the team, bound by secrecy and habilitated for identities
 * (CSP L.1110-4, CASF L.121-6-2); who merely observes does not.
 */
export function canReadIdentity(member: CareTeamMemberRow, professional: ProfessionalRow | null, day: string): boolean {
  const habilitation = professional?.habilitation;
  if (professional === null || habilitation === undefined || member.role === "OBSERVER") return false;
  const inTeam = member.since <= day && (member.until === undefined || day <= member.until);
  const habilitated = isHabilitationActive(habilitation, day) && habilitation.dataCategories.includes("IDENTITY");
  return inTeam && habilitated && secrecyBasisOf(professional) !== null;
}
