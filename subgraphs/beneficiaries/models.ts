// The collections of this subgraph, their indexes, and every query that is sent to them, named by what it is for.
// Rows come back plain. `only`, where a query takes it, is the one person whose rows the caller may see.
import { Schema, type Connection, type Model, type PipelineStage } from "mongoose";

import { afterFilter, fetchSize, isDay, isDepartmentCode, isInseeCommune, sortOf, type OrderField, type Page, type StatsCell } from "../kit/kit.ts";
import { accessFilter, blockingFilters, ofPerson, onlyId, searchFilter, type AccessEventQuery } from "./filters.ts";
import type { BlockingKeys } from "./matching.ts";
import type {
  AccessEventRow,
  AssessmentRow,
  Documents,
  GrantRow,
  HouseholdRow,
  MatchDecisionRow,
  PathwayRow,
  PersonRow,
  StepRow,
} from "./rows.ts";
import type { SearchCriteria } from "./search.ts";
import { stepStatsPipeline, type StepStatsArgs } from "./step-stats.ts";

type Ids = readonly string[];

export interface Models {
  peopleByIds(ids: Ids, only: string | null): Promise<PersonRow[]>;
  /** Members of households. */
  peopleOfHouseholds(ids: Ids, only: string | null): Promise<PersonRow[]>;
  searchPeople(criteria: SearchCriteria, page: Page, only: string | null): Promise<PersonRow[]>;
  countPeople(criteria: SearchCriteria, only: string | null): Promise<number>;
  /** Everybody else who shares one of the keys; at most `CANDIDATE_LIMIT`. */
  matchCandidates(keys: BlockingKeys): Promise<PersonRow[]>;
  matchDecisions(pairIds: Ids): Promise<MatchDecisionRow[]>;
  householdsByIds(ids: Ids): Promise<HouseholdRow[]>;
  assessmentsByIds(ids: Ids, only: string | null): Promise<AssessmentRow[]>;
  /** Oldest first. */
  assessmentsOfPeople(ids: Ids): Promise<AssessmentRow[]>;
  pathwaysByIds(ids: Ids, only: string | null): Promise<PathwayRow[]>;
  /** Oldest first. */
  pathwaysOfPeople(ids: Ids): Promise<PathwayRow[]>;
  stepsByIds(ids: Ids, only: string | null): Promise<StepRow[]>;
  /** In `order`. */
  stepsOfPathways(ids: Ids): Promise<StepRow[]>;
  /** Oldest first. */
  grantsOfPeople(ids: Ids): Promise<GrantRow[]>;
  accessEvents(query: AccessEventQuery, page: Page): Promise<AccessEventRow[]>;
  countAccessEvents(query: AccessEventQuery): Promise<number>;
  countSteps(args: StepStatsArgs): Promise<StatsCell[]>;
  /** Bulk writes into empty collections. */
  insert(documents: Documents): Promise<void>;
}

/** Order of the search: by id alone, since a cursor must not hold a name or a birth date. */
export const PEOPLE_ORDER: readonly OrderField[] = [{ field: "_id", kind: "string" }];

/** Newest first. */
export const ACCESS_ORDER: readonly OrderField[] = [
  { field: "at", kind: "date", direction: -1 },
  { field: "_id", kind: "string", direction: -1 },
];

/** A telephone of a reception desk is in many files: candidates beyond are left out. */
const CANDIDATE_LIMIT = 200;

const WRITE_SIZE = 250;

const SUBSCHEMA = { _id: false } as const;
const DAY = { type: String, default: null, validate: (value: unknown) => value === null || isDay(value) };
const REQUIRED_DAY = { type: String, required: true, validate: isDay };
const COMMUNE = { type: String, default: null, validate: (value: unknown) => value === null || isInseeCommune(value) };
/** A commune, or 99 and a country for those born abroad. */
const BIRTHPLACE = { type: String, default: null, validate: (value: unknown) => value === null || isInseeCommune(value) || /^99\d{3}$/.test(String(value)) };
const DEPARTMENT = { type: String, required: true, validate: isDepartmentCode };
const TEXT = { type: String, required: true };
const TEXT_OR_NULL = { type: String, default: null };
const INSTANT_OR_NULL = { type: Date, default: null };
const INSTANT = { type: Date, required: true };
const YES_NO = { type: Boolean, required: true };

const need = new Schema(
  { _id: TEXT, theme: TEXT, description: TEXT_OR_NULL, severity: TEXT, status: TEXT, identifiedAt: REQUIRED_DAY, closedAt: DAY },
  SUBSCHEMA,
);

const contact = new Schema(
  { phone: TEXT_OR_NULL, email: TEXT_OR_NULL, preferred: TEXT, safeToContact: YES_NO, language: TEXT_OR_NULL },
  SUBSCHEMA,
);

const residence = new Schema(
  { communeCode: { ...COMMUNE, required: true }, lat: Number, lon: Number, inPriorityDistrict: Boolean, homeless: Boolean },
  SUBSCHEMA,
);

const keys = new Schema(
  { names: [String], prefixes: [String], firstName: TEXT_OR_NULL, phone: TEXT_OR_NULL, email: TEXT_OR_NULL },
  SUBSCHEMA,
);

const person = new Schema(
  {
    _id: TEXT,
    departmentCode: DEPARTMENT,
    sex: TEXT,
    birthName: TEXT,
    usageName: TEXT_OR_NULL,
    firstNames: [String],
    birthDate: DAY,
    birthCommuneCode: BIRTHPLACE,
    contact: { type: contact, default: null },
    nirIndex: TEXT_OR_NULL,
    nirStatus: TEXT,
    localIdentifiers: [new Schema({ system: TEXT, value: TEXT }, SUBSCHEMA)],
    residence: { type: residence, default: null },
    publics: [String],
    needs: [need],
    householdId: TEXT_OR_NULL,
    householdRole: TEXT,
    householdSince: DAY,
    householdUntil: DAY,
    lastContactAt: INSTANT_OR_NULL,
    litigationHold: YES_NO,
    anonymisedOn: DAY,
    keys: { type: keys, required: true },
  },
  { collection: "people", versionKey: false },
)
  .index({ householdId: 1, _id: 1 })
  .index({ nirIndex: 1, _id: 1 })
  .index({ "localIdentifiers.value": 1, _id: 1 })
  .index({ "keys.prefixes": 1, _id: 1 })
  .index({ "keys.names": 1, birthDate: 1 })
  .index({ "keys.phone": 1, _id: 1 })
  .index({ "keys.email": 1, _id: 1 })
  .index({ birthDate: 1, _id: 1 })
  .index({ "residence.communeCode": 1, _id: 1 });

const tenancy = new Schema({ landlordKind: TEXT_OR_NULL, rentArrears: Boolean, hearingDate: DAY }, SUBSCHEMA);
const household = new Schema({ _id: TEXT, tenancy: { type: tenancy, default: null } }, { collection: "households", versionKey: false });

const assessment = new Schema(
  {
    _id: TEXT,
    personId: TEXT,
    kind: TEXT,
    requestedBy: TEXT_OR_NULL,
    requestedAt: INSTANT,
    dueAt: INSTANT_OR_NULL,
    completedAt: INSTANT_OR_NULL,
    needIds: [String],
    conclusion: TEXT_OR_NULL,
  },
  { collection: "assessments", versionKey: false },
).index({ personId: 1, requestedAt: 1, _id: 1 });

const action = new Schema({ _id: TEXT, label: TEXT, status: TEXT, startsOn: DAY, dueOn: DAY }, SUBSCHEMA);
const goal = new Schema(
  { _id: TEXT, label: TEXT, agreedWithBeneficiary: YES_NO, coSignedByIds: [String], dueOn: DAY, status: TEXT, actions: [action] },
  SUBSCHEMA,
);
const referent = new Schema({ professionalId: TEXT, since: REQUIRED_DAY, until: DAY }, SUBSCHEMA);

const pathway = new Schema(
  {
    _id: TEXT,
    personId: TEXT,
    status: TEXT,
    openedAt: REQUIRED_DAY,
    closedAt: DAY,
    closureReason: TEXT_OR_NULL,
    referent: { type: referent, default: null },
    goals: [goal],
  },
  { collection: "pathways", versionKey: false },
).index({ personId: 1, openedAt: 1, _id: 1 });

const step = new Schema(
  {
    _id: TEXT,
    pathwayId: TEXT,
    personId: TEXT,
    kind: TEXT,
    status: TEXT,
    order: { type: Number, required: true },
    plannedFor: DAY,
    startedAt: INSTANT_OR_NULL,
    endedAt: INSTANT_OR_NULL,
    outcome: TEXT_OR_NULL,
    withoutAppointment: YES_NO,
    onlineProcedures: [String],
    assessmentId: TEXT_OR_NULL,
    referralId: TEXT_OR_NULL,
    goalIds: [String],
    countedOn: REQUIRED_DAY,
    departmentCode: DEPARTMENT,
    communeCode: COMMUNE,
    territoryCode: TEXT_OR_NULL,
    siteId: TEXT_OR_NULL,
    leadPartnerId: TEXT,
  },
  { collection: "steps", versionKey: false },
)
  .index({ pathwayId: 1, order: 1, _id: 1 })
  .index({ departmentCode: 1, countedOn: 1 })
  .index({ countedOn: 1 });

const grant = new Schema(
  {
    _id: TEXT,
    personId: TEXT,
    basis: TEXT,
    status: TEXT,
    purpose: TEXT,
    dataCategories: [String],
    toPartnerIds: [String],
    givenAt: INSTANT,
    expiresAt: INSTANT_OR_NULL,
    withdrawnAt: INSTANT_OR_NULL,
    informedAt: INSTANT_OR_NULL,
    evidence: TEXT_OR_NULL,
  },
  { collection: "grants", versionKey: false },
).index({ personId: 1, givenAt: 1, _id: 1 });

const accessEvent = new Schema(
  {
    _id: TEXT,
    personId: TEXT,
    at: INSTANT,
    byProfessionalId: TEXT,
    byPartnerId: TEXT,
    purpose: TEXT,
    fields: [String],
    decision: TEXT,
    operationName: TEXT_OR_NULL,
  },
  { collection: "accessEvents", versionKey: false },
).index({ personId: 1, at: -1, _id: -1 });

const matchDecision = new Schema({ _id: TEXT, decision: TEXT }, { collection: "matchDecisions", versionKey: false });

export function openModels(connection: Connection): Models {
  const tables = openTables(connection);
  return { ...openPeople(tables), ...openFiles(tables), ...openLogAndStats(tables), insert: (documents) => insertAll(tables, documents) };
}

type Tables = ReturnType<typeof openTables>;

function openTables(connection: Connection) {
  return {
    people: connection.model("Person", person),
    households: connection.model("Household", household),
    assessments: connection.model("Assessment", assessment),
    pathways: connection.model("Pathway", pathway),
    steps: connection.model("Step", step),
    grants: connection.model("Grant", grant),
    accessEvents: connection.model("AccessEvent", accessEvent),
    matchDecisions: connection.model("MatchDecision", matchDecision),
  };
}

type PeopleQueries = Pick<
  Models,
  "peopleByIds" | "peopleOfHouseholds" | "searchPeople" | "countPeople" | "matchCandidates" | "matchDecisions" | "householdsByIds"
>;

function openPeople({ people, households, matchDecisions }: Tables): PeopleQueries {
  return {
    peopleByIds: (ids, only) => people.find({ $and: [{ _id: { $in: [...ids] } }, onlyId(only)] }).lean<PersonRow[]>().exec(),
    peopleOfHouseholds: (ids, only) =>
      people
        .find({ householdId: { $in: [...ids] }, ...onlyId(only) })
        .sort({ householdId: 1, _id: 1 })
        .lean<PersonRow[]>()
        .exec(),
    searchPeople: (criteria, page, only) =>
      people
        .find({ $and: [searchFilter(criteria), onlyId(only), afterFilter(page)] })
        .sort(sortOf(page))
        .limit(fetchSize(page))
        .lean<PersonRow[]>()
        .exec(),
    countPeople: (criteria, only) => people.countDocuments({ $and: [searchFilter(criteria), onlyId(only)] }).exec(),
    matchCandidates: (blocking) => {
      const shared = blockingFilters(blocking);
      if (shared.length === 0) return Promise.resolve([]);
      return people
        .find({ $or: shared, _id: { $ne: blocking.personId } })
        .limit(CANDIDATE_LIMIT)
        .lean<PersonRow[]>()
        .exec();
    },
    matchDecisions: (pairIds) => matchDecisions.find({ _id: { $in: [...pairIds] } }).lean<MatchDecisionRow[]>().exec(),
    householdsByIds: (ids) => households.find({ _id: { $in: [...ids] } }).lean<HouseholdRow[]>().exec(),
  };
}

type FileQueries = Pick<
  Models,
  | "assessmentsByIds"
  | "assessmentsOfPeople"
  | "pathwaysByIds"
  | "pathwaysOfPeople"
  | "stepsByIds"
  | "stepsOfPathways"
  | "grantsOfPeople"
>;

/** Rows of people who were loaded before are within the caller's limit already. */
function openFiles({ assessments, pathways, steps, grants }: Tables): FileQueries {
  return {
    assessmentsByIds: (ids, only) => assessments.find({ _id: { $in: [...ids] }, ...ofPerson(only) }).lean<AssessmentRow[]>().exec(),
    assessmentsOfPeople: (ids) =>
      assessments
        .find({ personId: { $in: [...ids] } })
        .sort({ requestedAt: 1, _id: 1 })
        .lean<AssessmentRow[]>()
        .exec(),
    pathwaysByIds: (ids, only) => pathways.find({ _id: { $in: [...ids] }, ...ofPerson(only) }).lean<PathwayRow[]>().exec(),
    pathwaysOfPeople: (ids) =>
      pathways
        .find({ personId: { $in: [...ids] } })
        .sort({ openedAt: 1, _id: 1 })
        .lean<PathwayRow[]>()
        .exec(),
    stepsByIds: (ids, only) => steps.find({ _id: { $in: [...ids] }, ...ofPerson(only) }).lean<StepRow[]>().exec(),
    stepsOfPathways: (ids) =>
      steps
        .find({ pathwayId: { $in: [...ids] } })
        .sort({ order: 1, _id: 1 })
        .lean<StepRow[]>()
        .exec(),
    grantsOfPeople: (ids) =>
      grants
        .find({ personId: { $in: [...ids] } })
        .sort({ givenAt: 1, _id: 1 })
        .lean<GrantRow[]>()
        .exec(),
  };
}

function openLogAndStats({ accessEvents, steps }: Tables): Pick<Models, "accessEvents" | "countAccessEvents" | "countSteps"> {
  return {
    accessEvents: (query, page) =>
      accessEvents
        .find({ $and: [accessFilter(query), afterFilter(page)] })
        .sort(sortOf(page))
        .limit(fetchSize(page))
        .lean<AccessEventRow[]>()
        .exec(),
    countAccessEvents: (query) => accessEvents.countDocuments(accessFilter(query)).exec(),
    countSteps: (args) => steps.aggregate<StatsCell>([...stepStatsPipeline(args)] as PipelineStage[]).exec(),
  };
}

async function insertAll(tables: Tables, documents: Documents): Promise<void> {
  for (const [name, table] of Object.entries(tables)) await insertInto(table, documents[name as keyof Documents]);
}

/** In portions: each is one operation with the store's deadline to end in, and few rows are in memory twice. */
async function insertInto(table: Tables[keyof Tables], rows: readonly object[]): Promise<void> {
  for (let from = 0; from < rows.length; from += WRITE_SIZE) {
    await (table as Model<object>).insertMany(rows.slice(from, from + WRITE_SIZE), { ordered: false });
  }
}
