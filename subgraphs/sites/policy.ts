// Who reads which appointment. Places, staff posts and territories are public; where and when a person is seen is not.
import type { Asker } from "../kit/kit.ts";
import { category, ofNobody, open, part, publicTypes, reserved, whyNotHabilitated, withheld, type DataCategory, type Policy } from "../law/law.ts";
import type { Filter } from "./filters.ts";
import type { AppointmentRow, SiteRow, StaffPostRow } from "./rows.ts";
import type { Whereabouts } from "./secret-places.ts";

/**
 * The condition that keeps a query for appointments to those that are the caller's own: theirs to attend, or to hold while they
 * are habilitated (L11, CASF R.262-107).
 */
export function appointmentScope(asker: Asker): Filter {
  const { personId, standing } = asker;
  if (personId !== null) return { personId, childProtection: { $ne: true } };
  return standing === null || whyNotHabilitated(asker, asker) !== null ? { _id: { $in: [] } } : { professionalIds: standing._id };
}

/** Where a child is evaluated, and with whom, tells that they are (CASF L.226-2-2). */
function categoryOfAppointment({ childProtection }: AppointmentRow): DataCategory | null {
  return childProtection === true ? "CHILD_PROTECTION" : null;
}

interface Reference {
  readonly id: string;
  readonly sharingTicket?: unknown;
}

const subjectOf = (type: string) => ({ id, sharingTicket }: Reference) => ({ personId: id, entity: `${type}/${id}`, ticket: sharingTicket });
interface Locating {
  readonly judge: Whereabouts;
}

const openFields = (why: string, ...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, open(why)]));
const isElsewhere = open("of *beneficiaries*, which decided");

/** Who works at a refuge, and with whom, leads there. */
const OF_POST = reserved(
  { reason: "CONFIDENTIAL_ADDRESS", isOpen: ({ siteId, secret }: StaffPostRow, { judge }: Locating) => secret !== true || judge.mayLocate(siteId) },
  "L1",
  "code pénal 226-13",
);

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
      appointments: category("APPOINTMENTS", "L2", "CSP L.1110-4", { categoryOf: categoryOfAppointment, secret: true }),
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
      appointments: category("APPOINTMENTS", "L3", "CASF L.121-6-2", { categoryOf: categoryOfAppointment, secret: true }),
      site: category("PATHWAY", "L3", "CASF L.121-6-2"),
    },
  },
  Appointment: {
    kind: "person",
    rows: "Who attends, but for those that protect a child (L4), and who holds it, while habilitated (L11); with a person's or a step's appointments, whoever reads those.",
    subject: ({ personId }: { readonly personId: string | null }) => ({ personId }),
    fields: Object.fromEntries(
      ["id", "beneficiary", "site", "kind", "startsAt", "durationMinutes", "status", "withProfessionals", "motive"].map((name) => [name, open("read with the appointment")]),
    ),
  },
  NearbySite: part("Beneficiary.nearestSites", "site", "minutes", "withinGuarantee"),
  Site: {
    kind: "person",
    rows: "All, for everybody. Nothing that is searched, sorted, counted or measured tells where a refuge is.",
    subject: ofNobody,
    fields: {
      ...openFields(
        "a place, for everybody",
        ...["id", "name", "kind", "status", "opensOn", "closesOn", "replaces", "replacedBy", "parent", "satellites", "addressConfidential", "openingHours", "walkIn"],
        ...["operator", "hostedPartners", "units", "staffing", "professionsPresent"],
      ),
      ...openFields("empty for a refuge", "banId", "accessibilityUrl", "transport", "servesCommunes", "territory"),
      address: reserved(
        { reason: "CONFIDENTIAL_ADDRESS", isOpen: ({ _id, addressConfidential }: SiteRow, { judge }: Locating) => !addressConfidential || judge.mayLocate(_id) },
        "L1",
        "code pénal 226-13",
      ),
      withheld: withheld(),
    },
  },
  StaffPost: {
    kind: "person",
    rows: "All, for everybody.",
    subject: ofNobody,
    fields: {
      ...openFields("a post, for everybody", "id", "profession", "fullTimeEquivalent", "filled"),
      // A team has its communes, and its other posts.
      team: OF_POST,
      professional: OF_POST,
    },
  },
  ...publicTypes("places, for everybody; a refuge's are reserved above", "Address", "TransportLink", "Unit", "Team", "Territory"),
  ...publicTypes("says that something is hidden, and why, never what", "Withheld"),
  ...publicTypes("a stub of another subgraph", "Professional", "Partner"),
  ...publicTypes("of a page or a table, not of a person", "CoverageReport", "AccessGuarantee", "CoverageRow", "SiteActivity", "SiteConnection", "SiteEdge", "PageInfo"),
};
