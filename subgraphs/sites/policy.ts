// Who reads which appointment. Places, staff posts and territories are public; where and when a person is seen is not.
import type { Caller } from "../kit/kit.ts";
import { category, open, part, publicTypes, type Policy } from "../law/law.ts";
import type { Filter } from "./filters.ts";

/** The condition that keeps a query for appointments to those that are the caller's own: theirs to attend or to hold. */
export function appointmentScope({ personId, professionalId }: Caller): Filter {
  if (personId !== null) return { personId };
  return professionalId === null ? { _id: { $in: [] } } : { professionalIds: professionalId };
}

interface Reference {
  readonly id: string;
  readonly sharingTicket?: unknown;
}

const subjectOf = (type: string) => ({ id, sharingTicket }: Reference) => ({ personId: id, entity: `${type}/${id}`, ticket: sharingTicket });
const isElsewhere = open("of *beneficiaries*, which decided");

export const policy: Policy = {
  Query: {
    kind: "root",
    fields: {
      site: "Public.",
      sites: "Public.",
      territory: "Public.",
      territories: "Public.",
      accessCoverage: "Counts of inhabitants, of nobody.",
      siteActivity: "Counts, of nobody (L16).",
    },
  },
  Beneficiary: {
    kind: "person",
    rows: "A stub; each field is decided by the ticket of *beneficiaries*.",
    subject: subjectOf("Beneficiary"),
    fields: {
      id: open("opaque"),
      residence: isElsewhere,
      sharingTicket: isElsewhere,
      appointments: category("APPOINTMENTS", "L2", "CSP L.1110-4"),
      nearestSites: category("HOUSEHOLD", "L2", "CSP L.1110-4"),
    },
  },
  Residence: part("Beneficiary.residence", "communeCode"),
  PathwayStep: {
    kind: "person",
    rows: "A stub; each field is decided by the ticket of *beneficiaries* for that step.",
    subject: subjectOf("PathwayStep"),
    fields: {
      id: open("opaque"),
      sharingTicket: isElsewhere,
      appointments: category("APPOINTMENTS", "L3", "CASF L.121-6-2"),
      site: category("PATHWAY", "L3", "CASF L.121-6-2"),
    },
  },
  Appointment: {
    kind: "person",
    rows: "Who attends and who holds it; with a person's or a step's appointments, whoever reads those.",
    subject: ({ personId }: { readonly personId: string | null }) => ({ personId }),
    fields: Object.fromEntries(
      ["id", "beneficiary", "site", "kind", "startsAt", "durationMinutes", "status", "withProfessionals", "motive"].map((name) => [name, open("read with the appointment")]),
    ),
  },
  NearbySite: part("Beneficiary.nearestSites", "site", "minutes", "withinGuarantee"),
  ...publicTypes("places and posts, for everybody; a shelter's address is stored nowhere here", "Site", "Address", "TransportLink", "Unit", "StaffPost", "Team", "Territory"),
  ...publicTypes("a stub of another subgraph", "Professional", "Partner"),
  ...publicTypes("of a page or a table, not of a person", "CoverageReport", "AccessGuarantee", "CoverageRow", "SiteActivity", "SiteConnection", "SiteEdge", "PageInfo"),
};
