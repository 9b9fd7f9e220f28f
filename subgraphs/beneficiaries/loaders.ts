// The data access of one request: loaders and queries, bound to what the caller may see and to the clock.
import {
  clientError,
  createGroupLoader,
  createRowLoader,
  publishStats,
  readPage,
  toConnection,
  type Connection,
  type Disclosure,
  type Loader,
  type PageArgs,
  type RequestFacts,
  type StatsAnswer,
} from "../kit/kit.ts";
import type { TicketIssuer } from "../law/law.ts";
import type { Blinding } from "./blinding.ts";
import { addMonths } from "./calendar.ts";
import type { AccessEventQuery } from "./filters.ts";
import { blockingKeysOf, compare, pairId, type Comparison } from "./matching.ts";
import { ACCESS_ORDER, PEOPLE_ORDER, type Models } from "./models.ts";
import type { BeneficiariesJudge } from "./judge.ts";
import { categoryOfAssessment, categoryOfPathway, categoryOfStep, mayReadAccessLog } from "./policy.ts";
import { ticketsFor } from "./tickets.ts";
import type { AccessEventRow, AssessmentRow, GrantRow, HouseholdRow, PathwayRow, PersonRow, StepRow } from "./rows.ts";
import { readSearch, type SearchInput } from "./search.ts";
import { assertStepStats, type StepStatsArgs } from "./step-stats.ts";

export interface Data {
  readonly person: Loader<string, PersonRow | null>;
  /** As that person's. */
  householdOf(personId: string, householdId: string): Promise<(HouseholdRow & { readonly personId: string }) | null>;
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
  stepStats(args: StepStatsArgs): Promise<StatsAnswer>;
  pseudonymOf(person: PersonRow): string;
  /** For the other subgraphs: what this caller may read of the person, or of the step. */
  ticketOfPerson(person: PersonRow): Promise<string>;
  ticketOfStep(step: StepRow): Promise<string>;
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
  readonly request: RequestFacts & { readonly judge: BeneficiariesJudge };
  readonly blinding: Blinding;
  readonly tickets: TicketIssuer;
  readonly disclosure: Disclosure;
}

const DEFAULT_MIN_SCORE = 0.8;
/** Traces of consultation are kept one year (CASF R.262-107). */
const LOG_MONTHS = 12;

export function createData(options: DataOptions): Data {
  const { models, request, blinding } = options;
  const { caller, judge } = request;
  const rows = createLoaders(models, judge, caller.personId);
  return {
    ...rows,
    search: (args) => search(args, options),
    duplicates: (args) => findDuplicates(args, rows.person, options),
    accessLog: (args) => readAccessLog(args, options),
    stepStats: (args) => countSteps(args, options),
    pseudonymOf: (person) => blinding.pseudonym(person._id, caller.partnerId),
    ...ticketsFor(options),
  };
}

function createLoaders(models: Models, judge: BeneficiariesJudge, self: string | null) {
  const idOf = (row: { readonly _id: string }) => row._id;
  const personIdOf = (row: { readonly personId: string }) => [row.personId];
  const households = createRowLoader((ids: readonly string[]) => models.householdsByIds(ids), idOf);
  const isKnowable = (row: PersonRow) => judge.mayKnowOf(row);
  return {
    person: allow(judge.person, isKnowable),
    householdOf: async (personId: string, householdId: string) => {
      const row = await households.load(householdId);
      return row && { ...row, personId };
    },
    membersOf: createGroupLoader(
      async (ids: readonly string[]) => keep(await models.peopleOfHouseholds(ids, self), isKnowable),
      (row: PersonRow) => (row.householdId === null ? [] : [row.householdId]),
    ),
    assessment: allow(createRowLoader((ids: readonly string[]) => models.assessmentsByIds(ids), idOf), (row) => judge.may(row.personId, categoryOfAssessment(row))),
    assessmentsOf: createGroupLoader((ids: readonly string[]) => models.assessmentsOfPeople(ids), personIdOf),
    pathway: allow(createRowLoader((ids: readonly string[]) => models.pathwaysByIds(ids), idOf), (row) => judge.may(row.personId, categoryOfPathway(row))),
    pathwaysOf: createGroupLoader((ids: readonly string[]) => models.pathwaysOfPeople(ids), personIdOf),
    step: allow(createRowLoader((ids: readonly string[]) => models.stepsByIds(ids), idOf), (row) => judge.may(row.personId, categoryOfStep(row))),
    stepsOf: createGroupLoader(
      (ids: readonly string[]) => models.stepsOfPathways(ids),
      (row: StepRow) => [row.pathwayId],
    ),
    grantsOf: judge.grantsOf,
  };
}

/** A row that the caller may not read is answered as one that there is not. */
function allow<Row>(loader: Loader<string, Row | null>, mayRead: (row: Row) => Promise<boolean>): Loader<string, Row | null> {
  const load = async (id: string) => {
    const row = await loader.load(id);
    return row !== null && (await mayRead(row)) ? row : null;
  };
  return { load, loadMany: (ids) => Promise.all(ids.map(load)) };
}

async function keep<Row>(rows: readonly Row[], mayRead: (row: Row) => Promise<boolean>): Promise<Row[]> {
  const read = await Promise.all(rows.map(mayRead));
  return rows.filter((_, index) => read[index]);
}

async function search({ input, ...pageArgs }: SearchArgs, { models, request, blinding }: DataOptions): Promise<Connection<PersonRow>> {
  const only = request.caller.personId;
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
  if (request.caller.personId !== null) return [];
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

async function countSteps(args: StepStatsArgs, { models, request, disclosure }: DataOptions): Promise<StatsAnswer> {
  assertStepStats(args);
  return publishStats({ columns: args.groupBy, cells: await models.countSteps(args), disclosure, now: request.clock.now() });
}
