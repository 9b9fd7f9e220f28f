// Who reads which referral and what of a person services adds. The catalogue is public; a referral is open to the two
// parties that it passes between and to the person, or with the person's pathway by a sharing ticket.
import type { Caller } from "../kit/kit.ts";
import { category, connection, isOfExchange, open, part, publicTypes, type Policy, type Withheld } from "../law/law.ts";

/** Which referrals a caller reads by themself, as a filter on their rows. */
export type ReferralScope = Readonly<Record<string, unknown>>;

const NOBODYS: ReferralScope = { _id: { $in: [] } };
const EVERYBODYS: ReferralScope = {};

/** L2 (CSP L.1110-4 II): an exchange is known to the two who exchange, for what they exchange about (L7, CASF L.263-4-1), and to the person. */
export function referralScope({ personId, partnerId, purpose }: Caller): ReferralScope {
  if (personId !== null) return { personId };
  return partnerId === null || !isOfExchange(purpose) ? NOBODYS : { $or: [{ senderId: partnerId }, { receiverId: partnerId }] };
}

/** An inbox is read by its owner, for the same. */
export function inboxScope({ personId, partnerId, purpose }: Caller, ofPartnerId: string): ReferralScope {
  if (personId !== null) return { personId };
  return partnerId === ofPartnerId && isOfExchange(purpose) ? EVERYBODYS : NOBODYS;
}

/** Why an inbox is empty, whatever is in it; nothing for its owner with a purpose, and for a person, who reads their own. */
export function inboxWithheld({ personId, partnerId, purpose }: Caller, ofPartnerId: string): Withheld[] {
  if (personId !== null || (partnerId === ofPartnerId && isOfExchange(purpose))) return [];
  return [{ path: "nodes", reason: isOfExchange(purpose) ? "NO_GRANT" : "PURPOSE_NOT_COVERED", count: null }];
}

/** With a ticket that opens the person's pathway, and for counts, which are of nobody. */
export const ALL_REFERRALS = EVERYBODYS;

interface BeneficiaryReference {
  readonly id: string;
  readonly sharingTicket?: unknown;
}

export const policy: Policy = {
  Query: {
    kind: "root",
    fields: {
      service: "Public.",
      services: "Public.",
      referral: "Its sender and its receiver, by who answers referrals there and for a purpose that helps somebody, and the person (L2, CSP L.1110-4 II; L7, CASF R.263-5, L.263-4-1).",
      referralInbox: "The owner of the inbox, for such a purpose (L2; L7, CASF L.263-4-1).",
      referralStats: "Counts, of nobody (L16).",
      catalogueIssues: "Of the catalogue: no person is in it.",
    },
  },
  Beneficiary: {
    kind: "person",
    rows: "A stub; each field is decided by the ticket of *beneficiaries*.",
    subject: ({ id, sharingTicket }: BeneficiaryReference) => ({ personId: id, entity: `Beneficiary/${id}`, ticket: sharingTicket }),
    fields: {
      id: open("opaque"),
      publics: open("of *beneficiaries*, which decided"),
      residence: open("of *beneficiaries*, which decided"),
      sharingTicket: open("of *beneficiaries*; no client sees it"),
      referrals: category("PATHWAY", "L2", "CSP L.1110-4"),
      eligibleServices: category("NEEDS", "L2", "CSP L.1110-4"),
    },
  },
  Residence: part("Beneficiary.residence", "communeCode"),
  Referral: {
    kind: "person",
    rows: "Its sender, its receiver and the person; with Beneficiary.referrals and the sub-referrals of those, whoever reads the pathway.",
    subject: ({ personId }: { readonly personId: string }) => ({ personId }),
    fields: Object.fromEntries(
      [
        ...["id", "status", "statusReason", "priority", "purpose", "createdAt", "sentAt", "respondedAt", "closedAt", "expiresAt", "nextReminderAt"],
        ...["beneficiary", "service", "originalServiceName", "sender", "receiver", "subReferrals", "history", "outcome", "tenantId"],
      ].map((name) => [name, open("read with the referral")]),
    ),
  },
  ReferralTransition: part("Referral.history", "from", "to", "at", "byPartnerId", "reason", "comment"),
  EligibleService: part("Beneficiary.eligibleServices", "service", "match", "missing"),
  ReferralConnection: connection("Query.referralInbox", "Referral"),
  ReferralEdge: part("Query.referralInbox", "cursor", "node"),
  ...publicTypes("the catalogue, for everybody", "Service", "Theme", "Capacity", "Site", "Partner", "ServiceConnection", "ServiceEdge", "CatalogueIssue"),
  ...publicTypes("of a page or a table, not of a person", "PageInfo", "StatsTable", "StatsRow", "Withheld"),
};
