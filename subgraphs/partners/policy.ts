// Who reads what of partners' records about people: who supports somebody, and who acts on a step. Organisations,
// conventions and professionals in their function are no such records.
import { category, open, part, publicTypes, secrecyBasisOf, type DataCategory, type Policy } from "../law/law.ts";
import type { CareTeamMemberRow, HabilitationRow, ProfessionalRow } from "./rows.ts";

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

/** Who acts for a child's protection is known to those who read it: their names alone would tell (CASF L.226-2-2). */
function categoryOfMember({ childProtection }: CareTeamMemberRow): DataCategory | null {
  return childProtection ? "CHILD_PROTECTION" : null;
}

interface Reference {
  readonly id: string;
  readonly sharingTicket?: unknown;
}

const subjectOf = (type: string) => ({ id, sharingTicket }: Reference) => ({ personId: id, entity: `${type}/${id}`, ticket: sharingTicket });
const isElsewhere = open("of another subgraph, which decided");

export const policy: Policy = {
  Query: {
    kind: "root",
    fields: {
      partner: "Public.",
      partners: "Public.",
      me: "The professional who asks.",
      department: "Public.",
      agreements: "Conventions between organisations: no person is in them.",
    },
  },
  Beneficiary: {
    kind: "person",
    rows: "A stub; each field is decided by the ticket of *beneficiaries*.",
    subject: subjectOf("Beneficiary"),
    fields: { id: open("opaque"), sharingTicket: isElsewhere, careTeam: category("PATHWAY", "L2", "CSP L.1110-4", { categoryOf: categoryOfMember, secret: true }) },
  },
  CareTeamMember: part("Beneficiary.careTeam", "professional", "partner", "role", "since", "until", "canReadIdentity"),
  PathwayStep: {
    kind: "person",
    rows: "A stub; each field is decided by the ticket of *beneficiaries* for that step.",
    subject: subjectOf("PathwayStep"),
    fields: {
      id: open("opaque"),
      sharingTicket: isElsewhere,
      actors: category("PATHWAY", "L3", "CASF L.121-6-2"),
      leadPartner: category("PATHWAY", "L3", "CASF L.121-6-2"),
    },
  },
  StepActor: part("PathwayStep.actors", "professional", "role", "partner"),
  Referral: {
    kind: "person",
    rows: "A stub; *services* decides who reads the referral.",
    subject: () => ({ personId: null }),
    fields: {
      id: open("opaque"),
      sender: isElsewhere,
      receiver: isElsewhere,
      createdAt: isElsewhere,
      agreementInForce: open("a convention between two organisations, read with the referral"),
    },
  },
  ...publicTypes("organisations, for everybody", "Partner", "FormerName", "SharingAgreement", "Department", "DepartmentPriority", "Scheme", "SchemeEvaluation", "ProfessionalEvent", "Money"),
  ...publicTypes("professionals in their function; their names by scope", "Professional", "Mission", "Habilitation"),
  ...publicTypes("of a page, not of a person", "PartnerConnection", "PartnerEdge", "PageInfo"),
};
