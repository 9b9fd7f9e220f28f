// Who reads which referral and what of a person services adds. The catalogue is public; a referral is open to the two
// parties that it passes between and to the person, or with the person's pathway by a sharing ticket.
import type { Caller } from "../kit/kit.ts";
import { category, connection, open, part, publicTypes, type Policy, type Purpose, type Withheld } from "../law/law.ts";

/** Which referrals a caller reads by themself, as a filter on their rows. */
export type ReferralScope = Readonly<Record<string, unknown>>;

const NOBODYS: ReferralScope = { _id: { $in: [] } };
const EVERYBODYS: ReferralScope = {};

/** For what people are referred; for nothing else are referrals read (CASF L.263-4-1: no reuse). */
const OF_REFERRALS: ReadonlySet<Purpose | null> = new Set<Purpose>(["SUPPORT", "REFERRAL", "EVALUATION"]);

/** L2 (CSP L.1110-4 II): an exchange is known to the two who exchange, and to the person. A draft is the sender's own yet. */
export function referralScope({ personId, partnerId, purpose }: Caller): ReferralScope {
  if (personId !== null) return { personId };
  if (partnerId === null || !OF_REFERRALS.has(purpose)) return NOBODYS;
  return { $or: [{ senderId: partnerId }, { receiverId: partnerId, sentAt: { $type: "date" } }] };
}

/** An inbox is read by its owner. */
export function inboxScope(caller: Caller, ofPartnerId: string): ReferralScope {
  if (caller.personId !== null) return { personId: caller.personId };
  return inboxWithheld(caller, ofPartnerId).length === 0 ? EVERYBODYS : NOBODYS;
}

/** Why an inbox is empty, whatever is in it; nothing for its owner, and for a person, who reads their own. */
export function inboxWithheld({ personId, partnerId, purpose }: Caller, ofPartnerId: string): Withheld[] {
  if (personId !== null) return [];
  if (!OF_REFERRALS.has(purpose)) return [{ path: "nodes", reason: "PURPOSE_NOT_COVERED", count: null }];
  return partnerId === ofPartnerId ? [] : [{ path: "nodes", reason: "NO_GRANT", count: null }];
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
      referral: "Its sender and, once it was sent, its receiver, by who answers referrals there and for what people are referred, and the person (L2, CSP L.1110-4 II; L7, CASF L.263-4-1, R.263-5).",
      referralInbox: "The owner of the inbox, for what people are referred (L2; L7, CASF L.263-4-1).",
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
