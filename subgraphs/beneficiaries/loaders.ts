// The data access of one request: loaders and queries, bound to what the caller may see and to the clock.
import {
  clientError,
  createGroupLoader,
  createRowLoader,
  readPage,
  STATS_THRESHOLD,
  toConnection,
  toStatsTable,
  type Connection,
  type Loader,
  type PageArgs,
  type RequestFacts,
  type ScopedField,
  type StatsTable,
} from "../kit/kit.ts";
import type { Blinding } from "./blinding.ts";
import { addMonths } from "./calendar.ts";
import type { AccessEventQuery } from "./filters.ts";
import { blockingKeysOf, compare, pairId, type Comparison } from "./matching.ts";
import { ACCESS_ORDER, PEOPLE_ORDER, type Models } from "./models.ts";
import { mayReadAccessLog, onlyPersonOf, withheldFrom, type Withheld } from "./policy.ts";
import type { AccessEventRow, AssessmentRow, GrantRow, HouseholdRow, PathwayRow, PersonRow, StepRow } from "./rows.ts";
import { readSearch, type SearchInput } from "./search.ts";
import { assertStepStats, type StepStatsArgs } from "./step-stats.ts";

export interface Data {
  readonly person: Loader<string, PersonRow | null>;
  readonly household: Loader<string, HouseholdRow | null>;
  readonly membersOf: Loader<string, PersonRow[]>;
  readonly assessment: Loader<string, AssessmentRow | null>;
  readonly assessmentsOf: Loader<string, AssessmentRow[]>;
  readonly pathway: Loader<string, PathwayRow | null>;
  readonly pathwaysOf: Loader<string, PathwayRow[]>;
  readonly step: Loader<string, StepRow | null>;
  readonly stepsOf: Loader<string, StepRow[]>;
  readonly grantsOf: Loader<string, GrantRow[]>;
  search(args: SearchArgs): Promise<Connection<PersonRow>>;
  duplicates(args: DuplicatesArgs): Promise<IdentityMatch[] | null>;
  accessLog(args: AccessLogArgs): Promise<Connection<AccessEventRow>>;
  stepStats(args: StepStatsArgs): Promise<StatsTable>;
  pseudonymOf(person: PersonRow): string;
  withheld(): readonly Withheld[];
}

export interface SearchArgs extends PageArgs {
  readonly input: SearchInput;
}

export interface DuplicatesArgs {
  readonly of: string;
  readonly minScore?: number | null;
}

export interface AccessLogArgs extends PageArgs {
  readonly beneficiaryId: string;
  readonly from?: Date | null;
  readonly to?: Date | null;
}

export interface IdentityMatch extends Comparison {
  readonly candidate: PersonRow;
  readonly decision: string;
}

export interface DataOptions {
  readonly models: Models;
  readonly request: RequestFacts;
  readonly blinding: Blinding;
  readonly scopedFields: readonly ScopedField[];
}

const DEFAULT_MIN_SCORE = 0.8;
/** Traces of consultation are kept one year (CASF R.262-107). */
const LOG_MONTHS = 12;

export function createData(options: DataOptions): Data {
  const { models, request, blinding, scopedFields } = options;
  const { caller } = request;
  const rows = createLoaders(models, onlyPersonOf(caller));
  return {
    ...rows,
    search: (args) => search(args, options),
    duplicates: (args) => findDuplicates(args, rows.person, options),
    accessLog: (args) => readAccessLog(args, options),
    stepStats: (args) => countSteps(args, options),
    pseudonymOf: (person) => blinding.pseudonym(person._id, caller.partnerId),
    withheld: () => withheldFrom(caller, scopedFields),
  };
}

function createLoaders(models: Models, only: string | null) {
  const idOf = (row: { readonly _id: string }) => row._id;
  const personIdOf = (row: { readonly personId: string }) => [row.personId];
  return {
    person: createRowLoader((ids) => models.peopleByIds(ids, only), idOf),
    household: createRowLoader((ids) => models.householdsByIds(ids), idOf),
    membersOf: createGroupLoader(
      (ids) => models.peopleOfHouseholds(ids, only),
      (row: PersonRow) => (row.householdId === null ? [] : [row.householdId]),
    ),
    assessment: createRowLoader((ids) => models.assessmentsByIds(ids, only), idOf),
    assessmentsOf: createGroupLoader((ids) => models.assessmentsOfPeople(ids), personIdOf),
    pathway: createRowLoader((ids) => models.pathwaysByIds(ids, only), idOf),
    pathwaysOf: createGroupLoader((ids) => models.pathwaysOfPeople(ids), personIdOf),
    step: createRowLoader((ids) => models.stepsByIds(ids, only), idOf),
    stepsOf: createGroupLoader(
      (ids) => models.stepsOfPathways(ids),
      (row: StepRow) => [row.pathwayId],
    ),
    grantsOf: createGroupLoader((ids) => models.grantsOfPeople(ids), personIdOf),
  };
}

async function search({ input, ...pageArgs }: SearchArgs, { models, request, blinding }: DataOptions): Promise<Connection<PersonRow>> {
  const only = onlyPersonOf(request.caller);
  const criteria = readSearch(input, blinding);
  const page = readPage(pageArgs, PEOPLE_ORDER, 20);
  return toConnection(page, await models.searchPeople(criteria, page, only), () => models.countPeople(criteria, only));
}

async function findDuplicates(args: DuplicatesArgs, person: Data["person"], { models, request }: DataOptions): Promise<IdentityMatch[] | null> {
  const minScore = args.minScore ?? DEFAULT_MIN_SCORE;
  if (!(minScore >= 0 && minScore <= 1)) {
    throw clientError("BAD_USER_INPUT", `Expected \`minScore\` between 0 and 1, got ${minScore}.`);
  }
  const subject = await person.load(args.of);
  if (subject === null) return null;
  if (onlyPersonOf(request.caller) !== null) return [];
  const candidates = await models.matchCandidates(blockingKeysOf(subject));
  const matches = candidates
    .map((candidate) => ({ candidate, ...compare(subject, candidate) }))
    .filter(({ score }) => score >= minScore)
    .sort((a, b) => b.score - a.score || (a.candidate._id < b.candidate._id ? -1 : 1));
  if (matches.length === 0) return [];
  const decisions = await models.matchDecisions(matches.map(({ candidate }) => pairId(subject._id, candidate._id)));
  const byPair = new Map(decisions.map(({ _id, decision }) => [_id, decision]));
  return matches.map((match) => ({ ...match, decision: byPair.get(pairId(subject._id, match.candidate._id)) ?? "SUGGESTED" }));
}

/** A person without a log, an unknown person and one whose log is not the caller's to read look the same. */
async function readAccessLog(args: AccessLogArgs, { models, request }: DataOptions): Promise<Connection<AccessEventRow>> {
  const page = readPage(args, ACCESS_ORDER);
  if (!mayReadAccessLog(request.caller, args.beneficiaryId)) return toConnection<AccessEventRow>(page, [], async () => 0);
  const query: AccessEventQuery = { personId: args.beneficiaryId, from: logStart(args, request), to: args.to ?? null };
  return toConnection(page, await models.accessEvents(query, page), () => models.countAccessEvents(query));
}

function logStart({ from }: AccessLogArgs, { clock }: RequestFacts): Date {
  const oldest = new Date(`${addMonths(clock.today(), -LOG_MONTHS)}T00:00:00Z`);
  return from == null || from < oldest ? oldest : from;
}

async function countSteps(args: StepStatsArgs, { models, request }: DataOptions): Promise<StatsTable> {
  assertStepStats(args);
  const cells = await models.countSteps(args);
  return toStatsTable({ columns: args.groupBy, cells, threshold: STATS_THRESHOLD, now: request.clock.now() });
}
