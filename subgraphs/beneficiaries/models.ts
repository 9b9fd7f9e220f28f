// Every query that is sent to the collections (`tables.ts`), named by what it is for.
// Rows come back plain. A `RowScope` keeps a query to the people whom the caller may reach; `secrets: false` keeps one from
// files about children at risk, so that for an outsider a secret row is as little found as one that there is not.
import type { ClientSession, Connection, Model, PipelineStage } from "mongoose";

import type { Directory, DirectoryCopy } from "../directory/directory.ts";
import { afterFilter, fetchSize, readSnapshot, replaceCopies, sortOf, type OrderField, type Page, type TableFact } from "../kit/kit.ts";
import { accessFilter, accessGroupStages, blockingFilters, scopeStages, searchFilter, type AccessEventQuery } from "./filters.ts";
import type { BlockingKeys } from "./matching.ts";
import type {
  AccessEventRow,
  AccessGroupRow,
  AgreementRow,
  AssessmentRow,
  Documents,
  EmergencyAccessRow,
  EmergencyRow,
  EvaluationRow,
  GrantRow,
  HouseholdRow,
  MatchDecisionRow,
  PathwayRow,
  PersonRow,
  ReadingOutcome,
  StandingRow,
  StepRow,
  ToldReadings,
} from "./rows.ts";
import type { Filter, RowScope } from "./scope.ts";
import { departmentHeldBy } from "./decide.ts";
import type { SearchCriteria } from "./search.ts";
import { stepFactStages } from "./step-stats.ts";
import { FILE_KNOWN, openTables, PERSON_KNOWN, type Tables } from "./tables.ts";
import { openWritingStore, type WritingStore } from "./writing/writing.ts";

type Ids = readonly string[];

export interface Models {
  peopleByIds(ids: Ids, scope: RowScope): Promise<PersonRow[]>;
  /** Members of households, by id. */
  peopleOfHouseholds(ids: Ids, scope: RowScope): Promise<PersonRow[]>;
  searchPeople(criteria: SearchCriteria, page: Page, scope: RowScope): Promise<PersonRow[]>;
  countPeople(criteria: SearchCriteria, scope: RowScope): Promise<number>;
  /** Everybody else who shares one of the keys; at most `CANDIDATE_LIMIT`. */
  matchCandidates(keys: BlockingKeys, scope: RowScope): Promise<PersonRow[]>;
  matchDecisions(pairIds: Ids): Promise<MatchDecisionRow[]>;
  householdsByIds(ids: Ids): Promise<HouseholdRow[]>;
  assessmentsByIds(ids: Ids, secrets: boolean): Promise<AssessmentRow[]>;
  /** Oldest first. */
  assessmentsOfPeople(ids: Ids): Promise<AssessmentRow[]>;
  pathwaysByIds(ids: Ids, secrets: boolean): Promise<PathwayRow[]>;
  /** Oldest first. */
  pathwaysOfPeople(ids: Ids): Promise<PathwayRow[]>;
  stepsByIds(ids: Ids, secrets: boolean): Promise<StepRow[]>;
  /** In `order`. */
  stepsOfPathways(ids: Ids): Promise<StepRow[]>;
  grantsByIds(ids: Ids): Promise<GrantRow[]>;
  /** Oldest first. */
  grantsOfPeople(ids: Ids): Promise<GrantRow[]>;
  standingOf(professionalId: string): Promise<StandingRow | null>;
  agreementsOf(partnerId: string): Promise<AgreementRow[]>;
  /** Those that this professional opened and that are not over. */
  emergenciesOf(professionalId: string, now: Date): Promise<EmergencyRow[]>;
  /** Those that were opened on this person, whoever did and whether or not they are over. */
  emergenciesOn(personId: string): Promise<EmergencyAccessRow[]>;
  /** Those that this professional takes part in and that are not over. */
  evaluationsOf(professionalId: string, now: Date): Promise<EvaluationRow[]>;
  accessEvents(query: AccessEventQuery, page: Page): Promise<AccessEventRow[]>;
  countAccessEvents(query: AccessEventQuery): Promise<number>;
  /** Requests by day, partner and purpose, newest first; at most `GROUP_LIMIT`. */
  accessGroups(query: AccessEventQuery): Promise<AccessGroupRow[]>;
  /** Up to which place all that this log told was taken in; -1 where nothing was. */
  lastReading(log: string): Promise<number>;
  /** What is there already changes nothing. */
  addReadings(told: ToldReadings): Promise<void>;
  forgetReadings(personIds: Ids): Promise<void>;
  /** What one log says. */
  forgetReadingsOf(log: string, personId: string): Promise<void>;
  /** Of everybody, whatever log says it. */
  purgeReadings(before: Date): Promise<void>;
  /** Of these, who has a file that has not begun to end. */
  peopleWithFile(ids: Ids): Promise<string[]>;
  /** What each step counts under. */
  stepFacts(session: ClientSession): AsyncIterable<TableFact>;
  /** What *partners* told. */
  readonly directoryCopy: DirectoryCopy;
  /** What mutations read and write. */
  readonly writing: WritingStore;
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

export function openModels(connection: Connection): Models {
  const tables = openTables(connection);
  return {
    ...openPeople(tables),
    ...openFiles(tables),
    ...openRights(tables),
    ...openLogAndStats(tables, connection),
    directoryCopy: { take: (directory) => takeDirectory(connection, tables, directory) },
    writing: openWritingStore(connection, tables),
    insert: (documents) => insertAll(tables, documents),
  };
}

type PeopleQueries = Pick<
  Models,
  "peopleByIds" | "peopleOfHouseholds" | "searchPeople" | "countPeople" | "matchCandidates" | "matchDecisions" | "householdsByIds"
>;

interface Cut {
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly limit?: number;
  readonly hint?: Readonly<Record<string, 1>>;
}

function openPeople({ people, households, matchDecisions }: Tables): PeopleQueries {
  // One form of command whatever the scope: it tells nothing of whom it keeps out.
  const read = (filter: Filter, scope: RowScope, { sort, limit, hint }: Cut = {}): Promise<PersonRow[]> => {
    const sorting = sort === undefined ? [] : [{ $sort: sort }];
    const stages: readonly Filter[] = [{ $match: filter }, ...sorting, ...scopeStages(scope), ...(limit === undefined ? [] : [{ $limit: limit }])];
    return people.aggregate<PersonRow>(stages as unknown as PipelineStage[], hint === undefined ? {} : { hint }).exec();
  };
  return {
    // Fetching a document only to drop it takes some microseconds longer than finding none.
    peopleByIds: (ids, scope) => read({ _id: { $in: [...ids] } }, scope, { hint: PERSON_KNOWN }),
    // A handful, put into order here: the index says who is of the home and may be known of.
    peopleOfHouseholds: async (ids, scope) => (await read({ householdId: { $in: [...ids] } }, scope)).sort((one, other) => (one._id < other._id ? -1 : 1)),
    searchPeople: (criteria, page, scope) => read({ $and: [searchFilter(criteria), afterFilter(page)] }, scope, { sort: sortOf(page), limit: fetchSize(page) }),
    countPeople: async (criteria, scope) => {
      const stages: readonly Filter[] = [{ $match: searchFilter(criteria) }, ...scopeStages(scope), { $count: "count" }];
      const [counted] = await people.aggregate<{ readonly count: number }>(stages as unknown as PipelineStage[]).exec();
      return counted?.count ?? 0;
    },
    matchCandidates: async (blocking, scope) => {
      const shared = blockingFilters(blocking);
      return shared.length === 0 ? [] : read({ $or: shared, _id: { $ne: blocking.personId } }, scope, { limit: CANDIDATE_LIMIT });
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
  | "grantsByIds" | "grantsOfPeople"
>;

function openFiles({ assessments, pathways, steps, grants }: Tables): FileQueries {
  return {
    assessmentsByIds: (ids, secrets) => assessments.find({ _id: { $in: [...ids] }, ...unlessSecret(secrets) }).hint(FILE_KNOWN).lean<AssessmentRow[]>().exec(),
    assessmentsOfPeople: (ids) =>
      assessments
        .find({ personId: { $in: [...ids] } })
        .sort({ requestedAt: 1, _id: 1 })
        .lean<AssessmentRow[]>()
        .exec(),
    pathwaysByIds: (ids, secrets) => pathways.find({ _id: { $in: [...ids] }, ...unlessSecret(secrets) }).hint(FILE_KNOWN).lean<PathwayRow[]>().exec(),
    pathwaysOfPeople: (ids) =>
      pathways
        .find({ personId: { $in: [...ids] } })
        .sort({ openedAt: 1, _id: 1 })
        .lean<PathwayRow[]>()
        .exec(),
    stepsByIds: (ids, secrets) => steps.find({ _id: { $in: [...ids] }, ...unlessSecret(secrets) }).hint(FILE_KNOWN).lean<StepRow[]>().exec(),
    stepsOfPathways: (ids) =>
      steps
        .find({ pathwayId: { $in: [...ids] } })
        .sort({ order: 1, _id: 1 })
        .lean<StepRow[]>()
        .exec(),
    grantsByIds: (ids) => grants.find({ _id: { $in: [...ids] } }).lean<GrantRow[]>().exec(),
    grantsOfPeople: (ids) =>
      grants
        .find({ personId: { $in: [...ids] } })
        .sort({ givenAt: 1, _id: 1 })
        .lean<GrantRow[]>()
        .exec(),
  };
}

function unlessSecret(secrets: boolean): Filter {
  return { childProtection: { $in: secrets ? [true, false] : [false] } };
}

type RightsQueries = Pick<Models, "standingOf" | "agreementsOf" | "emergenciesOf" | "emergenciesOn" | "evaluationsOf">;

function openRights({ standings, agreements, emergencies, evaluations }: Tables): RightsQueries {
  return {
    standingOf: (professionalId) => standings.findById(professionalId).lean<StandingRow>().exec(),
    agreementsOf: (partnerId) => agreements.find({ partyIds: partnerId }).lean<AgreementRow[]>().exec(),
    emergenciesOf: (professionalId, now) => emergencies.find({ professionalId, until: { $gt: now } }).lean<EmergencyRow[]>().exec(),
    emergenciesOn: (personId) => emergencies.find({ personId }).lean<EmergencyAccessRow[]>().exec(),
    evaluationsOf: (professionalId, now) =>
      evaluations
        .find({ professionalIds: professionalId, $or: [{ closedAt: null }, { closedAt: { $gt: now } }] })
        .lean<EvaluationRow[]>()
        .exec(),
  };
}

/**
 * Standings and conventions at once. How long files are kept is written into each file, so that a query can be of those that are
 * kept; it follows file by file, and is told again where it was cut off.
 */
async function takeDirectory(connection: Connection, { people }: Tables, { standings, agreements, retention }: Directory): Promise<boolean> {
  const changed = await replaceCopies(connection, { standings: standings.map(toRow), agreements: agreements.map(toRow) });
  // Of those who hold a file here, however many others were told.
  const holding = new Set(await people.distinct("departmentCode").exec());
  const updates = retention.flatMap(({ holderId, months }) => {
    const departmentCode = departmentHeldBy(holderId);
    if (departmentCode === null || !holding.has(departmentCode)) return [];
    return [{ updateMany: { filter: { departmentCode, retentionMonths: { $ne: months } }, update: { $set: { retentionMonths: months } } } }];
  });
  const kept = updates.length === 0 ? 0 : (await people.bulkWrite(updates, { ordered: false })).modifiedCount;
  return changed || kept > 0;
}

function toRow<Told extends { readonly id: string }>({ id, ...told }: Told): Omit<Told, "id"> & { readonly _id: string } {
  return { _id: id, ...told };
}

type LogAndStats = Pick<Models, "accessEvents" | "countAccessEvents" | "accessGroups" | "lastReading" | "addReadings" | "forgetReadings" | "forgetReadingsOf" | "purgeReadings" | "peopleWithFile" | "stepFacts">;

/** How far a log was taken in. It says nothing of people: whether somebody has a file is not to be learnt from it. */
interface ReadingPlaceRow {
  /** The log's origin. */
  readonly _id: string;
  readonly place: number;
}

function openLogAndStats({ accessEvents, people, steps }: Tables, connection: Connection): LogAndStats {
  const places = connection.collection<ReadingPlaceRow>("readingPlaces");
  return {
    accessGroups: (query) => accessEvents.aggregate<AccessGroupRow>(accessGroupStages(query) as PipelineStage[]).exec(),
    lastReading: async (log) => (await places.findOne({ _id: log }))?.place ?? -1,
    forgetReadings: async (personIds) => void (await accessEvents.deleteMany({ personId: { $in: [...personIds] } }).exec()),
    forgetReadingsOf: async (log, personId) => void (await accessEvents.deleteMany({ personId, log }).exec()),
    purgeReadings: async (before) => void (await accessEvents.deleteMany({ at: { $lt: before } }).exec()),
    peopleWithFile: async (ids) => {
      const found = ids.length === 0 ? [] : await people.find({ _id: { $in: [...ids] }, anonymisedOn: null }, { _id: 1 }).lean<Pick<PersonRow, "_id">[]>().exec();
      return found.map(({ _id }) => _id);
    },
    addReadings: async ({ log, place, rows, outcomes, peopleIds }) => {
      const byId = new Map(outcomes.map((outcome) => [outcome._id, outcome]));
      const inserts = rows.map((row) => ({
        updateOne: { filter: { _id: row._id }, update: toInsert(row, byId.get(row._id)), upsert: peopleIds?.has(row.personId) ?? true },
      }));
      const own = new Set(rows.map(({ _id }) => _id));
      const updates = outcomes.filter(({ _id }) => !own.has(_id)).map((outcome) => ({ updateOne: { filter: { _id: outcome._id }, update: toUpdate(outcome) } }));
      // Past mongoose, which would check each row once more: there are as many as things read.
      if (inserts.length + updates.length > 0) await accessEvents.collection.bulkWrite([...inserts, ...updates] as never, { ordered: true });
      // Behind all of it: what was cut off in the middle is told once more.
      await places.updateOne({ _id: log }, { $max: { place } }, { upsert: true });
    },
    accessEvents: (query, page) =>
      accessEvents
        .find({ $and: [accessFilter(query), afterFilter(page)] })
        .sort(sortOf(page))
        .limit(fetchSize(page))
        .lean<AccessEventRow[]>()
        .exec(),
    countAccessEvents: (query) => accessEvents.countDocuments(accessFilter(query)).exec(),
    stepFacts: (session) => readSnapshot<TableFact>(steps.collection, stepFactStages(), session),
  };
}

/** A row that is there already, by a message that came late, stays as it is, but for what came of the reading. */
function toInsert({ fields, bases, over, ...row }: AccessEventRow, outcome: ReadingOutcome | undefined) {
  if (outcome !== undefined) return { $setOnInsert: row, ...toUpdate(outcome) };
  return { $setOnInsert: { ...row, fields: [...fields], bases: [...bases], over: over !== false } };
}

function toUpdate({ fields, bases }: ReadingOutcome) {
  return { $set: { fields: [...fields], bases: [...bases], over: true } };
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
