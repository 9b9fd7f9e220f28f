// Who reads which referral and what of a person services adds. The catalogue is public; a referral is open to the two
// parties that it passes between and to the person, or with the person's pathway by a sharing ticket.
import type { Asker } from "../kit/kit.ts";
import { category, connection, isOfExchange, open, part, publicTypes, whyNotHabilitated, type DataCategory, type Policy, type Withheld, type WithheldReason } from "../law/law.ts";
import type { ReferralRow } from "./rows.ts";

/** Which referrals a caller reads by themself, as a filter on their rows. */
export type ReferralScope = Readonly<Record<string, unknown>>;

const NOBODYS: ReferralScope = { _id: { $in: [] } };
const EVERYBODYS: ReferralScope = {};

const UNPROTECTING: ReferralScope = { childProtection: { $ne: true } };

/**
 * Why nobody's exchange is read, whoever's it is; null where those of the own organisation are: by somebody who is habilitated in
 * person, on that day and for that (L11, CASF R.262-107), and to help somebody (L7, CASF L.263-4-1).
 */
function whyNoExchange(asker: Asker): WithheldReason | null {
  return whyNotHabilitated(asker, asker) ?? (isOfExchange(asker.purpose) ? null : "PURPOSE_NOT_COVERED");
}

/**
 * An organisation is many: of its referrals that protect a child, those read who ask to protect or evaluate one and are bound by
 * secrecy (L4, CASF L.226-2-2).
 */
function secretsFor({ purpose, standing }: Asker): ReferralScope {
  const protects = purpose === "CHILD_PROTECTION" || purpose === "EVALUATION";
  return protects && (standing?.secrecyBasis ?? null) !== null ? EVERYBODYS : UNPROTECTING;
}

/** To whom somebody was sent to protect a child tells that one is (L4, CASF L.226-2-2). */
function categoryOfReferral({ childProtection }: ReferralRow): DataCategory | null {
  return childProtection === true ? "CHILD_PROTECTION" : null;
}

/** What follows from a referral that protects a child is shown below it; below others, none that protects one. */
export function isBelow(parent: ReferralRow, { personId, childProtection }: ReferralRow): boolean {
  return personId === parent.personId && (childProtection !== true || parent.childProtection === true);
}

/**
 * An exchange between two others is not shown with the one that it follows, and its number is told, as that of a pathway's steps
 * is. A draft is no exchange yet; of what protects a child not even the number is told (L4, CASF L.226-2-2).
 */
export function belowWithheld(parent: ReferralRow, { shown, there }: { readonly shown: readonly ReferralRow[]; readonly there: readonly ReferralRow[] }): Withheld[] {
  const known = new Set(shown.map(({ _id }) => _id));
  const isTold = ({ _id, personId, childProtection, sentAt }: ReferralRow) => !known.has(_id) && personId === parent.personId && childProtection !== true && sentAt !== null;
  const count = there.filter(isTold).length;
  return count === 0 ? [] : [{ path: "subReferrals", reason: "NO_GRANT", count }];
}

/**
 * L2 (CSP L.1110-4 II): an exchange is known to the two who exchange, for what they exchange about (L7, CASF L.263-4-1), and to
 * the person. A draft is the sender's own yet.
 */
export function referralScope(asker: Asker): ReferralScope {
  const { personId, partnerId } = asker;
  if (personId !== null) return { personId, ...UNPROTECTING };
  if (whyNoExchange(asker) !== null) return NOBODYS;
  return { $or: [{ senderId: partnerId }, { receiverId: partnerId, sentAt: { $type: "date" } }], ...secretsFor(asker) };
}

/** An inbox is read by its owner, for the same. */
export function inboxScope(asker: Asker, ofPartnerId: string): ReferralScope {
  const { personId, partnerId } = asker;
  if (personId !== null) return { personId, ...UNPROTECTING };
  return partnerId === ofPartnerId && whyNoExchange(asker) === null ? secretsFor(asker) : NOBODYS;
}

/** Why an inbox is empty, whatever is in it; nothing for its owner with a purpose, and for a person, who reads their own. */
export function inboxWithheld(asker: Asker, ofPartnerId: string): Withheld[] {
  const { personId, partnerId } = asker;
  const reason = whyNoExchange(asker) ?? (partnerId === ofPartnerId ? null : "NO_GRANT");
  return personId !== null || reason === null ? [] : [{ path: "nodes", reason, count: null }];
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
      referral: "Its sender and, once it was sent, its receiver, by who is habilitated there on that day (L11, CASF R.262-107) for a purpose that helps somebody, and the person (L2, CSP L.1110-4 II; L7, CASF R.263-5, L.263-4-1); one that protects a child to protect or evaluate, by who is bound by secrecy, and not the person (L4, CASF L.226-2-2).",
      referralInbox: "The owner of the inbox, by the same and for the same (L2; L11, CASF R.262-107; L7, CASF L.263-4-1; L4).",
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
      referrals: category("PATHWAY", "L2", "CSP L.1110-4", { categoryOf: categoryOfReferral, secret: true }),
      eligibleServices: category("NEEDS", "L2", "CSP L.1110-4"),
    },
  },
  Residence: part("Beneficiary.residence", "communeCode"),
  Referral: {
    kind: "person",
    rows: "Its sender, its receiver and the person, but for those that protect a child (L4), which the two read to protect or evaluate; the two by who is habilitated (L11). With Beneficiary.referrals and the sub-referrals of those, whoever reads the pathway.",
    subject: ({ personId }: { readonly personId: string }) => ({ personId }),
    fields: Object.fromEntries(
      [
        ...["id", "status", "statusReason", "priority", "purpose", "createdAt", "sentAt", "respondedAt", "closedAt", "expiresAt", "nextReminderAt"],
        ...["beneficiary", "service", "originalServiceName", "sender", "receiver", "subReferrals", "history", "outcome", "tenantId", "withheld"],
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
