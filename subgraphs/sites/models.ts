// The subgraph's collections, their indexes, and the queries over them, named by what they are for. Rows are plain
// objects. The only file here that knows mongoose.
import { Schema, type ClientSession, type Connection, type Model } from "mongoose";

import { afterFilter, fetchSize, readSnapshot, sortOf, type Page } from "../kit/kit.ts";
import { activityFactStages, type ActivityFact } from "./activity.ts";
import type { NearestRow, NearestSite } from "./coverage.ts";
import { openOn, type Filter } from "./filters.ts";
import type { Alternative, AppointmentRow, CommuneRow, GuaranteeRow, SecretAddressRow, SiteRow, StaffPostRow, StepRow, TeamRow, TerritoryRow } from "./rows.ts";
import { statusFilter } from "./status.ts";
import { createTravelRows, type TravelMode, type TravelPlace, type TravelRow } from "./travel/travel.ts";

export type SitesModels = ReturnType<typeof openModels>;

/** Everything that the seed writes. */
export interface SitesDocuments {
  readonly sites: readonly SiteRow[];
  readonly secretAddresses: readonly SecretAddressRow[];
  readonly staffPosts: readonly StaffPostRow[];
  readonly teams: readonly TeamRow[];
  readonly territories: readonly TerritoryRow[];
  readonly appointments: readonly AppointmentRow[];
  readonly steps: readonly StepRow[];
  readonly communes: readonly CommuneRow[];
  readonly guarantees: readonly GuaranteeRow[];
}

export interface NearbyArgs {
  /** Null: all. */
  readonly kinds: readonly string[] | null;
  readonly mode: TravelMode;
  readonly limit: number;
}

/** Places that can be reached from a commune, nearest first. */
export interface NearbyRow {
  readonly communeCode: string;
  readonly departmentCode: string;
  readonly nearby: readonly NearestSite[];
}

export function openModels(connection: Connection) {
  const collections = openCollections(connection);
  return {
    ...siteQueries(collections),
    ...secretQueries(collections),
    ...staffQueries(collections),
    ...territoryQueries(collections),
    ...appointmentQueries(collections),
    ...travelQueries(collections),
    insertAll: (documents: SitesDocuments) => insertAll(collections, documents),
    recomputeTravel: (departmentCode: string) => recomputeTravel(collections, departmentCode),
  };
}

type Collections = ReturnType<typeof openCollections>;

function openCollections(connection: Connection) {
  return {
    sites: connection.model<SiteRow>("Site", siteSchema(), "sites"),
    secretAddresses: connection.model<SecretAddressRow>("SecretAddress", secretAddressSchema(), "secretAddresses"),
    staffPosts: connection.model<StaffPostRow>("StaffPost", staffPostSchema(), "staffPosts"),
    teams: connection.model<TeamRow>("Team", teamSchema(), "teams"),
    territories: connection.model<TerritoryRow>("Territory", territorySchema(), "territories"),
    appointments: connection.model<AppointmentRow>("Appointment", appointmentSchema(), "appointments"),
    steps: connection.model<StepRow>("Step", stepSchema(), "steps"),
    communes: connection.model<CommuneRow>("Commune", communeSchema(), "communes"),
    travel: connection.model<TravelRow>("Travel", travelSchema(), "travel"),
    guarantees: connection.model<GuaranteeRow>("Guarantee", guaranteeSchema(), "guarantees"),
  };
}

const PART = { _id: false } as const;
const OPTIONS = { versionKey: false, autoCreate: false } as const;
const REQUIRED = { type: String, required: true } as const;
const NULLABLE = { type: String, default: null } as const;
const STRINGS = { type: [String], required: true } as const;

function spanSchema() {
  return new Schema({ from: REQUIRED, to: REQUIRED }, PART);
}

function siteSchema() {
  const address = new Schema(
    { line1: String, line2: String, postalCode: String, communeCode: REQUIRED, communeName: REQUIRED, lat: Number, lon: Number },
    PART,
  );
  const transport = new Schema({ mode: REQUIRED, label: REQUIRED, walkMinutes: Number, availableFrom: String }, PART);
  const unit = new Schema({ id: REQUIRED, kind: REQUIRED, label: REQUIRED, domains: STRINGS }, PART);
  const schema = new Schema(
    {
      _id: REQUIRED,
      name: REQUIRED,
      nameKey: REQUIRED,
      terms: STRINGS,
      kind: REQUIRED,
      departmentCode: REQUIRED,
      open: { type: spanSchema(), required: true },
      closures: [spanSchema()],
      replacesIds: STRINGS,
      replacedByIds: STRINGS,
      parentId: NULLABLE,
      addressConfidential: { type: Boolean, required: true },
      address: { type: address, default: null },
      banId: NULLABLE,
      servesCommunes: STRINGS,
      communeKeys: STRINGS,
      territoryCodes: STRINGS,
      territoryCode: NULLABLE,
      openingHours: NULLABLE,
      walkIn: { type: Boolean, required: true },
      accessibilityUrl: NULLABLE,
      transport: [transport],
      operator: { type: new Schema({ id: REQUIRED, name: NULLABLE }, PART), required: true },
      hostedPartnerIds: STRINGS,
      units: [unit],
    },
    OPTIONS,
  );
  // Lists are ordered by name: each criterion that narrows them well has an index that ends in that order.
  for (const criterion of [[], ["departmentCode"], ["departmentCode", "kind"], ["kind"], ["communeKeys"], ["territoryCodes"], ["terms"]]) {
    schema.index({ ...Object.fromEntries(criterion.map((field) => [field, 1 as const])), nameKey: 1, _id: 1 });
  }
  schema.index({ parentId: 1 });
  schema.index({ "operator.id": 1 });
  return schema.index({ hostedPartnerIds: 1 });
}

function secretAddressSchema() {
  return new Schema({ _id: REQUIRED, address: REQUIRED }, OPTIONS);
}

function staffPostSchema() {
  const schema = new Schema(
    {
      _id: REQUIRED,
      siteId: REQUIRED,
      profession: REQUIRED,
      fullTimeEquivalent: { type: Number, required: true },
      filled: { type: Boolean, required: true },
      teamId: NULLABLE,
      professionalId: NULLABLE,
      secret: Boolean,
    },
    OPTIONS,
  );
  for (const field of ["siteId", "teamId", "professionalId"]) schema.index({ [field]: 1, _id: 1 });
  return schema;
}

function teamSchema() {
  return new Schema({ _id: REQUIRED, kind: REQUIRED, siteId: REQUIRED, communes: STRINGS }, OPTIONS);
}

function territorySchema() {
  const schema = new Schema(
    {
      _id: REQUIRED,
      name: REQUIRED,
      kind: REQUIRED,
      parentCode: NULLABLE,
      communes: STRINGS,
      departmentCodes: STRINGS,
      validFrom: NULLABLE,
      validTo: NULLABLE,
    },
    OPTIONS,
  );
  schema.index({ kind: 1, _id: 1 });
  schema.index({ departmentCodes: 1, kind: 1, _id: 1 });
  return schema.index({ parentCode: 1, _id: 1 });
}

function appointmentSchema() {
  const schema = new Schema(
    {
      _id: REQUIRED,
      personId: String,
      countedAs: String,
      siteId: String,
      stepId: String,
      departmentCode: String,
      day: REQUIRED,
      activityYear: String,
      kind: REQUIRED,
      status: REQUIRED,
      startsAt: { type: Date, required: true },
      waitDays: { type: Number, required: true },
      durationMinutes: { type: Number, required: true },
      professionalIds: STRINGS,
      motive: String,
      childProtection: Boolean,
    },
    OPTIONS,
  );
  // Partial: most rows are anonymised and belong to neither a person nor a step.
  schema.index({ personId: 1, startsAt: 1, _id: 1 }, { partialFilterExpression: { personId: { $exists: true } } });
  schema.index({ stepId: 1, startsAt: 1, _id: 1 }, { partialFilterExpression: { stepId: { $exists: true } } });
  return schema;
}

function stepSchema() {
  const schema = new Schema({ _id: REQUIRED, personId: REQUIRED, siteId: NULLABLE, professionalIds: STRINGS, until: NULLABLE }, OPTIONS);
  return schema.index({ siteId: 1, professionalIds: 1 }).index({ personId: 1 });
}

function communeSchema() {
  const number = { type: Number, required: true };
  const schema = new Schema({ _id: REQUIRED, name: REQUIRED, departmentCode: REQUIRED, population: number, lat: number, lon: number }, OPTIONS);
  return schema.index({ departmentCode: 1, _id: 1 });
}

function travelSchema() {
  const reach = new Schema(
    { siteId: REQUIRED, kind: REQUIRED, minutes: { type: Number, required: true }, open: spanSchema(), closures: [spanSchema()] },
    PART,
  );
  const schema = new Schema({ _id: REQUIRED, communeCode: REQUIRED, departmentCode: REQUIRED, modes: STRINGS, reach: [reach] }, OPTIONS);
  schema.index({ communeCode: 1, modes: 1 });
  return schema.index({ departmentCode: 1, modes: 1 });
}

function guaranteeSchema() {
  const alternative = new Schema({ siteKind: REQUIRED, maxMinutes: { type: Number, required: true } }, PART);
  return new Schema({ _id: REQUIRED, alternatives: [alternative] }, OPTIONS);
}

function siteQueries({ sites }: Collections) {
  return {
    sitesByIds: (ids: readonly string[]) => sites.find({ _id: { $in: [...ids] } }).lean<SiteRow[]>().exec(),
    satellitesOf: (parentIds: readonly string[]) => sites.find({ parentId: { $in: [...parentIds] } }).lean<SiteRow[]>().exec(),
    sitesOfPartners: (partnerIds: readonly string[]) =>
      sites
        .find({ $or: [{ "operator.id": { $in: [...partnerIds] } }, { hostedPartnerIds: { $in: [...partnerIds] } }] })
        .lean<SiteRow[]>()
        .exec(),
    openSitesInTerritories: (codes: readonly string[], kinds: readonly string[], day: string) =>
      sites
        .find({ territoryCodes: { $in: [...codes] }, kind: { $in: [...kinds] }, ...statusFilter("OPEN", day) })
        .lean<SiteRow[]>()
        .exec(),
    pageOfSites: (filter: Filter, page: Page) =>
      sites
        .find({ $and: [filter, afterFilter(page)] })
        .sort(sortOf(page))
        .limit(fetchSize(page))
        .lean<SiteRow[]>()
        .exec(),
    countSites: (filter: Filter) => sites.countDocuments(filter).exec(),
  };
}

/** About places that must stay secret, and who has to do with them. */
function secretQueries({ secretAddresses, staffPosts, steps }: Collections) {
  return {
    secretAddressesOf: (siteIds: readonly string[]) => secretAddresses.find({ _id: { $in: [...siteIds] } }).lean<SecretAddressRow[]>().exec(),
    postsHeldBy: (professionalId: string, siteIds: readonly string[]) =>
      staffPosts
        .find({ siteId: { $in: [...siteIds] }, professionalId })
        .lean<StaffPostRow[]>()
        .exec(),
    /** That go on, on the day. */
    stepsActedOnBy: (professionalId: string, siteIds: readonly string[], day: string) =>
      steps
        .find({ siteId: { $in: [...siteIds] }, professionalIds: professionalId, $or: [{ until: null }, { until: { $gte: day } }] })
        .lean<StepRow[]>()
        .exec(),
  };
}

function staffQueries({ staffPosts, teams }: Collections) {
  const postsBy = (field: "siteId" | "teamId" | "professionalId") => (keys: readonly string[]) =>
    staffPosts.find({ [field]: { $in: [...keys] } }).lean<StaffPostRow[]>().exec();
  return {
    postsAtSites: postsBy("siteId"),
    postsInTeams: postsBy("teamId"),
    postsOfProfessionals: postsBy("professionalId"),
    teamsByIds: (ids: readonly string[]) => teams.find({ _id: { $in: [...ids] } }).lean<TeamRow[]>().exec(),
  };
}

function territoryQueries({ territories }: Collections) {
  return {
    territoriesByCodes: (codes: readonly string[]) => territories.find({ _id: { $in: [...codes] } }).lean<TerritoryRow[]>().exec(),
    childrenOfTerritories: (codes: readonly string[]) => territories.find({ parentCode: { $in: [...codes] } }).lean<TerritoryRow[]>().exec(),
    territoriesOfKind: (kind: string, departmentCode: string | null) =>
      territories
        .find(departmentCode === null ? { kind } : { kind, departmentCodes: departmentCode })
        .sort({ _id: 1 })
        .lean<TerritoryRow[]>()
        .exec(),
  };
}

function appointmentQueries({ appointments, steps }: Collections) {
  const inOrder = (filter: Filter) => appointments.find(filter).sort({ startsAt: 1, _id: 1 }).lean<AppointmentRow[]>().exec();
  return {
    appointmentsByIds: (ids: readonly string[], scope: Filter) =>
      appointments.find({ _id: { $in: [...ids] }, ...scope }).lean<AppointmentRow[]>().exec(),
    appointmentsOfPeople: (personIds: readonly string[], filter: Filter) => inOrder({ personId: { $in: [...personIds] }, ...filter }),
    appointmentsOfSteps: (stepIds: readonly string[]) => inOrder({ stepId: { $in: [...stepIds] } }),
    stepsByIds: (ids: readonly string[]) => steps.find({ _id: { $in: [...ids] } }).lean<StepRow[]>().exec(),
    activityFacts: (session: ClientSession, now: Date) => readSnapshot<ActivityFact>(appointments.collection, activityFactStages(now), session),
  };
}

function travelQueries({ travel, communes, guarantees }: Collections) {
  return {
    communesOf: (departmentCode: string) => communes.find({ departmentCode }).sort({ _id: 1 }).lean<CommuneRow[]>().exec(),
    guaranteesOf: (departmentCodes: readonly string[]) => guarantees.find({ _id: { $in: [...departmentCodes] } }).lean<GuaranteeRow[]>().exec(),
    /** From each commune of the département: the nearest open site for each alternative. */
    nearestForPromise: (departmentCode: string, alternatives: readonly Alternative[], travelling: { mode: TravelMode; day: string }) =>
      travel
        .aggregate<NearestRow>([
          { $match: { departmentCode, modes: travelling.mode } },
          { $project: { _id: 0, communeCode: 1, nearest: alternatives.map(({ siteKind }) => first(reachable([siteKind], travelling.day))) } },
        ])
        .exec(),
    nearbyFrom: (communeCodes: readonly string[], { kinds, mode, limit }: NearbyArgs, day: string) =>
      travel
        .aggregate<NearbyRow>([
          { $match: { communeCode: { $in: [...communeCodes] }, modes: mode } },
          { $project: { _id: 0, communeCode: 1, departmentCode: 1, nearby: { $slice: [reachable(kinds, day), limit] } } },
        ])
        .exec(),
  };
}

/** The part of `reach` that is open on the day and of one of the kinds; its order stays. */
function reachable(kinds: readonly string[] | null, day: string) {
  const wanted = kinds === null ? [] : [{ $in: ["$$reach.kind", kinds] }];
  return { $filter: { input: "$reach", as: "reach", cond: { $and: [...wanted, openOn(day)] } } };
}

function first(list: object) {
  return { $ifNull: [{ $first: list }, null] };
}

async function insertAll(collections: Collections, documents: SitesDocuments): Promise<void> {
  await Promise.all([
    insert(collections.sites, documents.sites),
    insert(collections.secretAddresses, documents.secretAddresses),
    insert(collections.staffPosts, documents.staffPosts),
    insert(collections.teams, documents.teams),
    insert(collections.territories, documents.territories),
    insert(collections.appointments, documents.appointments),
    insert(collections.steps, documents.steps),
    insert(collections.communes, documents.communes),
    insert(collections.guarantees, documents.guarantees),
  ]);
}

/** Straight to the driver: the seed's rows are typed already, and mongoose would build a document of each of 50,000. */
async function insert<Row>(model: Model<Row>, rows: readonly Row[]): Promise<void> {
  if (rows.length > 0) await model.collection.insertMany(rows as never, { ordered: false });
}

/**
 * Writes the travel rows of a département anew, from its communes and sites as they are now. Readers never see a gap: each
 * row is replaced in one step. Sites whose place is secret are not in it.
 */
async function recomputeTravel({ communes, sites, travel }: Collections, departmentCode: string): Promise<void> {
  const [origins, places] = await Promise.all([
    communes.find({ departmentCode }).lean<CommuneRow[]>().exec(),
    sites.find({ departmentCode, addressConfidential: false }).lean<SiteRow[]>().exec(),
  ]);
  const rows = createTravelRows(
    origins.map(({ _id, ...commune }) => ({ code: _id, ...commune })),
    places.flatMap(toPlace),
  );
  if (rows.length > 0) {
    const writes = rows.map((row) => ({ replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true } }));
    await travel.collection.bulkWrite(writes as never, { ordered: false });
  }
  await travel.deleteMany({ departmentCode, _id: { $nin: rows.map(({ _id }) => _id) } });
}

function toPlace({ _id, kind, address, open, closures }: SiteRow): TravelPlace[] {
  if (address === null) return [];
  const { communeCode, lat, lon } = address;
  return [{ id: _id, kind, communeCode, lat, lon, open, closures }];
}
