// Every query that is sent to the collections (`tables.ts`), named by what it is for.
// Rows come back plain. `only`, where a query takes it, is the one person whose rows the caller may see.
import type { Connection, Model, PipelineStage } from "mongoose";

import { afterFilter, fetchSize, sortOf, type BlockCell, type OrderField, type Page } from "../kit/kit.ts";
import { accessFilter, blockingFilters, onlyId, searchFilter, type AccessEventQuery } from "./filters.ts";
import type { BlockingKeys } from "./matching.ts";
import type {
  AccessEventRow,
  AgreementRow,
  AssessmentRow,
  Documents,
  EmergencyRow,
  GrantRow,
  HouseholdRow,
  MatchDecisionRow,
  PathwayRow,
  PersonRow,
  StandingRow,
  StepRow,
} from "./rows.ts";
import type { SearchCriteria } from "./search.ts";
import { stepStatsPipeline, type StepStatsArgs } from "./step-stats.ts";
import { openTables, type Tables } from "./tables.ts";

type Ids = readonly string[];

export interface Models {
  peopleByIds(ids: Ids): Promise<PersonRow[]>;
  /** Members of households. */
  peopleOfHouseholds(ids: Ids, only: string | null): Promise<PersonRow[]>;
  searchPeople(criteria: SearchCriteria, page: Page, only: string | null): Promise<PersonRow[]>;
  countPeople(criteria: SearchCriteria, only: string | null): Promise<number>;
  /** Everybody else who shares one of the keys; at most `CANDIDATE_LIMIT`. */
  matchCandidates(keys: BlockingKeys): Promise<PersonRow[]>;
  matchDecisions(pairIds: Ids): Promise<MatchDecisionRow[]>;
  householdsByIds(ids: Ids): Promise<HouseholdRow[]>;
  assessmentsByIds(ids: Ids): Promise<AssessmentRow[]>;
  /** Oldest first. */
  assessmentsOfPeople(ids: Ids): Promise<AssessmentRow[]>;
  pathwaysByIds(ids: Ids): Promise<PathwayRow[]>;
  /** Oldest first. */
  pathwaysOfPeople(ids: Ids): Promise<PathwayRow[]>;
  stepsByIds(ids: Ids): Promise<StepRow[]>;
  /** In `order`. */
  stepsOfPathways(ids: Ids): Promise<StepRow[]>;
  /** Oldest first. */
  grantsOfPeople(ids: Ids): Promise<GrantRow[]>;
  standingOf(professionalId: string): Promise<StandingRow | null>;
  agreementsOf(partnerId: string): Promise<AgreementRow[]>;
  /** Those that this professional opened for these people and that are not over. */
  emergenciesOf(personIds: Ids, professionalId: string, now: Date): Promise<EmergencyRow[]>;
  accessEvents(query: AccessEventQuery, page: Page): Promise<AccessEventRow[]>;
  countAccessEvents(query: AccessEventQuery): Promise<number>;
  countSteps(args: StepStatsArgs): Promise<BlockCell[]>;
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
  return { ...openPeople(tables), ...openFiles(tables), ...openRights(tables), ...openLogAndStats(tables), insert: (documents) => insertAll(tables, documents) };
}

type PeopleQueries = Pick<
  Models,
  "peopleByIds" | "peopleOfHouseholds" | "searchPeople" | "countPeople" | "matchCandidates" | "matchDecisions" | "householdsByIds"
>;

function openPeople({ people, households, matchDecisions }: Tables): PeopleQueries {
  return {
    peopleByIds: (ids) => people.find({ _id: { $in: [...ids] } }).lean<PersonRow[]>().exec(),
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

function openFiles({ assessments, pathways, steps, grants }: Tables): FileQueries {
  return {
    assessmentsByIds: (ids) => assessments.find({ _id: { $in: [...ids] } }).lean<AssessmentRow[]>().exec(),
    assessmentsOfPeople: (ids) =>
      assessments
        .find({ personId: { $in: [...ids] } })
        .sort({ requestedAt: 1, _id: 1 })
        .lean<AssessmentRow[]>()
        .exec(),
    pathwaysByIds: (ids) => pathways.find({ _id: { $in: [...ids] } }).lean<PathwayRow[]>().exec(),
    pathwaysOfPeople: (ids) =>
      pathways
        .find({ personId: { $in: [...ids] } })
        .sort({ openedAt: 1, _id: 1 })
        .lean<PathwayRow[]>()
        .exec(),
    stepsByIds: (ids) => steps.find({ _id: { $in: [...ids] } }).lean<StepRow[]>().exec(),
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

function openRights({ standings, agreements, emergencies }: Tables): Pick<Models, "standingOf" | "agreementsOf" | "emergenciesOf"> {
  return {
    standingOf: (professionalId) => standings.findById(professionalId).lean<StandingRow>().exec(),
    agreementsOf: (partnerId) => agreements.find({ partyIds: partnerId }).lean<AgreementRow[]>().exec(),
    emergenciesOf: (personIds, professionalId, now) =>
      emergencies
        .find({ personId: { $in: [...personIds] }, professionalId, until: { $gt: now } })
        .lean<EmergencyRow[]>()
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
    countSteps: (args) => steps.aggregate<BlockCell>([...stepStatsPipeline(args)] as PipelineStage[]).exec(),
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
