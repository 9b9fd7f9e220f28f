// The services subgraph's collections, their indexes, and its queries named by intent, answered as plain rows.
import { Schema, type ClientSession, type Connection, type Model } from "mongoose";

import { afterFilter, fetchSize, readSnapshot, sortOf, type Page, type TableFact } from "../kit/kit.ts";
import { nearStages, type MongoFilter, type Near, type Stage } from "./catalogue-query.ts";
import type { ReferralScope } from "./policy.ts";
import { referralFactStages } from "./referral-stats.ts";
import type { CapacityRow, CatalogueIssueRow, NearServiceRow, ReferralRow, ServiceDocument, ServiceRow, TransitionRow } from "./rows.ts";
import type { CommuneRow } from "./zones.ts";

export interface InboxQuery {
  readonly receiverId: string;
  readonly status: readonly string[] | null;
  /** Sent before this instant. */
  readonly sentBefore: Date | null;
}

export interface ServicesModels {
  readonly servicesById: (ids: readonly string[]) => Promise<ServiceRow[]>;
  readonly pageOfServices: (filter: MongoFilter, page: Page) => Promise<ServiceRow[]>;
  readonly countServices: (filter: MongoFilter) => Promise<number>;
  readonly pageOfServicesNear: (filter: MongoFilter, near: Near, page: Page) => Promise<NearServiceRow[]>;
  readonly countServicesNear: (filter: MongoFilter, near: Near) => Promise<number>;
  /** By the field that holds the keys, in order of the name. */
  readonly servicesBy: (field: "siteIds" | "providerId", keys: readonly string[], filter: MongoFilter) => Promise<ServiceRow[]>;
  readonly servicesMatching: (filter: MongoFilter) => Promise<ServiceRow[]>;
  readonly referralsById: (ids: readonly string[], scope: ReferralScope) => Promise<ReferralRow[]>;
  readonly referralsOfPeople: (personIds: readonly string[], status: readonly string[] | null, scope: ReferralScope) => Promise<ReferralRow[]>;
  readonly subReferrals: (parentIds: readonly string[], scope: ReferralScope) => Promise<ReferralRow[]>;
  readonly pageOfInbox: (query: InboxQuery, scope: ReferralScope, page: Page) => Promise<ReferralRow[]>;
  readonly countInbox: (query: InboxQuery, scope: ReferralScope) => Promise<number>;
  /** What each referral counts under. */
  readonly referralFacts: (session: ClientSession) => AsyncIterable<TableFact>;
  readonly communesByCode: (codes: readonly string[]) => Promise<CommuneRow[]>;
  readonly catalogueIssues: (source: string | null) => Promise<CatalogueIssueRow[]>;
  readonly insert: (rows: SeedRows) => Promise<void>;
}

/** What `seed.ts` writes. */
export interface SeedRows {
  readonly services: readonly ServiceDocument[];
  readonly referrals: readonly ReferralRow[];
  readonly communes: readonly CommuneRow[];
  readonly catalogueIssues: readonly CatalogueIssueRow[];
}

/** Binds the collections to a connection. */
export function openModels(connection: Connection): ServicesModels {
  const collections: Collections = {
    services: connection.model<ServiceDocument>("Service", SERVICE, "services"),
    referrals: connection.model<ReferralRow>("Referral", REFERRAL, "referrals"),
    communes: connection.model<CommuneRow>("Commune", COMMUNE, "communes"),
    issues: connection.model<CatalogueIssueRow>("CatalogueIssue", ISSUE, "catalogueIssues"),
  };
  return {
    ...serviceQueries(collections),
    ...referralQueries(collections),
    communesByCode: (codes) => collections.communes.find({ _id: { $in: codes } }).lean<CommuneRow[]>().exec(),
    catalogueIssues: (source) => findIssues(collections, source),
    insert: (rows) => insertRows(collections, rows),
  };
}

interface Collections {
  readonly services: Model<ServiceDocument>;
  readonly referrals: Model<ReferralRow>;
  readonly communes: Model<CommuneRow>;
  readonly issues: Model<CatalogueIssueRow>;
}

type ServiceQueries = Pick<
  ServicesModels,
  "servicesById" | "pageOfServices" | "countServices" | "pageOfServicesNear" | "countServicesNear" | "servicesBy" | "servicesMatching"
>;

const UNANSWERED = ["words", "positions"];
const ROW = Object.fromEntries(UNANSWERED.map((field) => [field, 0]));

function serviceQueries({ services }: Collections): ServiceQueries {
  const near = (filter: MongoFilter, point: Near) => nearStages(filter, point, services.collection.name);
  return {
    servicesById: (ids) => services.find({ _id: { $in: ids } }, ROW).lean<ServiceRow[]>().exec(),
    pageOfServices: (filter, page) =>
      services
        .find({ $and: [filter, afterFilter(page)] }, ROW)
        .sort(sortOf(page))
        .limit(fetchSize(page))
        .lean<ServiceRow[]>()
        .exec(),
    countServices: (filter) => services.countDocuments(filter).exec(),
    pageOfServicesNear: (filter, point, page) =>
      aggregate<NearServiceRow>(services, [
        ...near(filter, point),
        { $match: afterFilter(page) },
        { $sort: sortOf(page) },
        { $limit: fetchSize(page) },
        { $unset: UNANSWERED },
      ]),
    countServicesNear: async (filter, point) => {
      const [counted] = await aggregate<{ count: number }>(services, [...near(filter, point), { $count: "count" }]);
      return counted?.count ?? 0;
    },
    servicesBy: (field, keys, filter) =>
      services
        .find({ ...filter, [field]: { $in: keys } }, ROW)
        .sort({ sortName: 1, _id: 1 })
        .lean<ServiceRow[]>()
        .exec(),
    servicesMatching: (filter) => services.find(filter, ROW).lean<ServiceRow[]>().exec(),
  };
}

type ReferralQueries = Pick<
  ServicesModels,
  "referralsById" | "referralsOfPeople" | "subReferrals" | "pageOfInbox" | "countInbox" | "referralFacts"
>;

/** In each filter `$and` joins the scope, so that no key of the question can replace the scope's own. */
function referralQueries({ referrals }: Collections): ReferralQueries {
  const inOrder = (filter: MongoFilter, scope: ReferralScope) =>
    referrals
      .find({ $and: [filter, scope] })
      .sort({ createdAt: 1, _id: 1 })
      .lean<ReferralRow[]>()
      .exec();
  return {
    referralsById: (ids, scope) => referrals.find({ $and: [{ _id: { $in: ids } }, scope] }).lean<ReferralRow[]>().exec(),
    referralsOfPeople: (personIds, status, scope) =>
      inOrder({ personId: { $in: personIds }, ...(status !== null && { status: { $in: status } }) }, scope),
    subReferrals: (parentIds, scope) => inOrder({ parentReferralId: { $in: parentIds } }, scope),
    pageOfInbox: (query, scope, page) =>
      referrals
        .find({ $and: [inboxFilter(query), scope, afterFilter(page)] })
        .sort(sortOf(page))
        .limit(fetchSize(page))
        .lean<ReferralRow[]>()
        .exec(),
    countInbox: (query, scope) => referrals.countDocuments({ $and: [inboxFilter(query), scope] }).exec(),
    referralFacts: (session) => readSnapshot<TableFact>(referrals.collection, referralFactStages(), session),
  };
}

/** Only what was sent: a draft is the sender's own. */
function inboxFilter({ receiverId, status, sentBefore }: InboxQuery): MongoFilter {
  return {
    receiverId,
    ...(status !== null && { status: { $in: status } }),
    sentAt: { $type: "date", ...(sentBefore !== null && { $lt: sentBefore }) },
  };
}

function findIssues({ issues }: Collections, source: string | null): Promise<CatalogueIssueRow[]> {
  return issues
    .find(source === null ? {} : { source })
    .sort({ source: 1, _id: 1 })
    .lean<CatalogueIssueRow[]>()
    .exec();
}

async function insertRows({ services, referrals, communes, issues }: Collections, rows: SeedRows): Promise<void> {
  await Promise.all([
    services.insertMany(rows.services, { lean: true }),
    referrals.insertMany(rows.referrals, { lean: true }),
    communes.insertMany(rows.communes, { lean: true }),
    issues.insertMany(rows.catalogueIssues, { lean: true }),
  ]);
}

/** Mongoose casts and checks no pipeline: each stage comes from a function here that is given typed values. */
function aggregate<Row>(model: Pick<Model<unknown>, "aggregate">, stages: readonly Stage[]): Promise<Row[]> {
  return model.aggregate<Row>(stages as never).exec();
}

const TEXT = { type: String, default: null };
const NUMBER = { type: Number, default: null };
const REQUIRED = { type: String, required: true };
const INSTANT = { type: Date, default: null };

const CAPACITY = new Schema<CapacityRow>(
  { unit: REQUIRED, available: { type: Number, required: true }, maximum: NUMBER, status: REQUIRED, waitlist: NUMBER, updatedAt: { type: Date, required: true } },
  { _id: false },
);

const POINT = { type: { type: String, enum: ["Point"], required: true }, coordinates: { type: [Number], required: true } };

/** MongoDB reads an array right under the index as one pair of coordinates: hence `at`. */
const POSITION = new Schema({ at: { type: new Schema(POINT, { _id: false }), required: true } }, { _id: false });

const SERVICE = new Schema<ServiceDocument>(
  {
    _id: REQUIRED,
    sourceId: REQUIRED,
    source: REQUIRED,
    name: REQUIRED,
    sortName: REQUIRED,
    description: TEXT,
    type: TEXT,
    audience: REQUIRED,
    areas: [String],
    themes: [String],
    publics: [String],
    publicsNote: TEXT,
    accessConditions: TEXT,
    requiredDocuments: [String],
    fee: TEXT,
    feeNote: TEXT,
    receptionModes: [String],
    mobilisableBy: [String],
    mobilisationModes: [String],
    welcome: REQUIRED,
    eligibilityZone: [String],
    zones: [String],
    weeklyHours: NUMBER,
    weeks: NUMBER,
    openingHours: TEXT,
    status: REQUIRED,
    qualityScore: NUMBER,
    updatedOn: REQUIRED,
    providerId: REQUIRED,
    siteIds: [String],
    capacity: [CAPACITY],
    words: [String],
    positions: [POSITION],
  },
  { versionKey: false },
);

// Lists walk one of the first three in order, so that no page is sorted in memory; what else the filter says is checked
// on the way. A search by words alone walks the catalogue's names: they are prefixes, which no index keeps in order.
SERVICE.index({ status: 1, sortName: 1, _id: 1 });
SERVICE.index({ status: 1, zones: 1, sortName: 1, _id: 1 });
SERVICE.index({ status: 1, themes: 1, sortName: 1, _id: 1 });
SERVICE.index({ siteIds: 1, sortName: 1 });
SERVICE.index({ providerId: 1, sortName: 1 });
SERVICE.index({ "positions.at": "2dsphere" });

const TRANSITION = new Schema<TransitionRow>(
  { from: TEXT, to: REQUIRED, at: { type: Date, required: true }, byPartnerId: REQUIRED, reason: TEXT, comment: TEXT },
  { _id: false },
);

const REFERRAL = new Schema<ReferralRow>(
  {
    _id: REQUIRED,
    status: REQUIRED,
    statusReason: TEXT,
    priority: REQUIRED,
    purpose: REQUIRED,
    createdAt: { type: Date, required: true },
    createdOn: REQUIRED,
    createdMonth: REQUIRED,
    sentAt: INSTANT,
    respondedAt: INSTANT,
    closedAt: INSTANT,
    inStudy: { type: Boolean, required: true },
    personId: REQUIRED,
    serviceId: REQUIRED,
    originalServiceName: REQUIRED,
    senderId: REQUIRED,
    senderName: REQUIRED,
    receiverId: REQUIRED,
    receiverName: REQUIRED,
    parentReferralId: TEXT,
    history: [TRANSITION],
    outcome: TEXT,
    themeCategories: [String],
    serviceType: TEXT,
    siteIds: [String],
    childProtection: Boolean,
  },
  { versionKey: false },
);

REFERRAL.index({ personId: 1, createdAt: 1, _id: 1 });
REFERRAL.index({ parentReferralId: 1, createdAt: 1, _id: 1 });
REFERRAL.index({ receiverId: 1, sentAt: 1, _id: 1 });
REFERRAL.index({ receiverId: 1, status: 1, sentAt: 1, _id: 1 });

const COMMUNE = new Schema<CommuneRow>(
  { _id: REQUIRED, epci: TEXT, department: REQUIRED },
  { versionKey: false },
);

const ISSUE = new Schema<CatalogueIssueRow>(
  { _id: REQUIRED, source: REQUIRED, recordId: TEXT, field: TEXT, code: REQUIRED, severity: REQUIRED, message: REQUIRED },
  { versionKey: false },
);

ISSUE.index({ source: 1, _id: 1 });
