// GraphQL fields over the request's data: one line each.
import { readReferenceKey, type SubgraphContext } from "../kit/kit.ts";
import type { ServiceFilter } from "./catalogue-query.ts";
import { expiryOf, isStale, nextReminderOf } from "./deadlines.ts";
import { eligibilityKey, type CatalogueArgs, type EligibilityArgs, type InboxArgs, type ServicesData } from "./loaders.ts";
import type { StatsArgs } from "./referral-stats.ts";
import type { CapacityRow, ReferralRow, ServiceRow } from "./rows.ts";
import { themeOf } from "./themes.ts";

type Context = SubgraphContext<ServicesData>;

/** An entity of another subgraph: here it is its id and what `@requires` brings along. */
interface Reference {
  readonly id: string;
}

interface BeneficiaryReference extends Reference {
  readonly publics?: readonly string[] | null;
  readonly residence?: { readonly communeCode: string } | null;
}

export const resolvers = {
  Query: {
    service: (_: unknown, { id }: Reference, { data }: Context) => data.services.load(id),
    services: (_: unknown, args: CatalogueArgs, { data }: Context) => data.catalogue(args),
    referral: (_: unknown, { id }: Reference, { data }: Context) => data.referrals.load(id),
    referralInbox: (_: unknown, args: InboxArgs, { data }: Context) => data.inbox(args),
    referralStats: (_: unknown, args: StatsArgs, { data }: Context) => data.referralStats(args),
    catalogueIssues: (_: unknown, { source }: { source?: string | null }, { data }: Context) => data.catalogueIssues(source ?? null),
  },
  Service: {
    __resolveReference: (reference: object, { data }: Context) => data.services.load(readReferenceKey(reference, "id")),
    id: (service: ServiceRow) => service._id,
    themes: (service: ServiceRow) => service.themes.map(themeOf),
    provider: (service: ServiceRow) => ({ __typename: "Partner", id: service.providerId }),
    sites: (service: ServiceRow) => service.siteIds.map((id) => ({ __typename: "Site", id })),
  },
  Capacity: {
    stale: ({ updatedAt }: CapacityRow, _: unknown, { clock }: Context) => isStale(updatedAt, clock.now()),
  },
  Referral: {
    __resolveReference: (reference: object, { data }: Context) => data.referrals.load(readReferenceKey(reference, "id")),
    id: (referral: ReferralRow) => referral._id,
    expiresAt: expiryOf,
    nextReminderAt: (referral: ReferralRow, _: unknown, { clock }: Context) => nextReminderOf(referral, clock.now()),
    beneficiary: (referral: ReferralRow) => ({ __typename: "Beneficiary", id: referral.personId }),
    service: (referral: ReferralRow, _: unknown, { data }: Context) => data.services.load(referral.serviceId),
    sender: ({ senderId, senderName }: ReferralRow) => ({ __typename: "Partner", id: senderId, name: senderName }),
    receiver: ({ receiverId, receiverName }: ReferralRow) => ({ __typename: "Partner", id: receiverId, name: receiverName }),
    subReferrals: (referral: ReferralRow, _: unknown, { data }: Context) => data.subReferrals(referral),
    withheld: (referral: ReferralRow, _: unknown, { data }: Context) => data.subReferralsWithheld(referral),
    tenantId: (referral: ReferralRow) => referral.receiverId,
  },
  Beneficiary: {
    __resolveReference: (reference: object) => ({ ...reference, id: readReferenceKey(reference, "id") }),
    referrals: ({ id }: Reference, { status }: { status?: readonly string[] | null }, { data }: Context) =>
      data.referralsOfPerson({ status: status?.length ? status : null }).load(id),
    eligibleServices: ({ publics, residence }: BeneficiaryReference, args: EligibilityArgs, { data }: Context) =>
      data.eligibleServices(args).load(eligibilityKey(publics, residence?.communeCode)),
  },
  Site: {
    __resolveReference: (reference: object) => ({ id: readReferenceKey(reference, "id") }),
    openingHours: async ({ id }: Reference, _: unknown, { data }: Context) =>
      (await data.servicesOfSite({}).load(id)).find(({ openingHours }) => openingHours !== null)?.openingHours ?? null,
    services: ({ id }: Reference, { filter }: { filter?: ServiceFilter | null }, { data }: Context) => data.servicesOfSite(filter ?? {}).load(id),
  },
  Partner: {
    __resolveReference: (reference: object) => ({ id: readReferenceKey(reference, "id") }),
    services: ({ id }: Reference, _: unknown, { data }: Context) => data.servicesOfPartner.load(id),
  },
};
