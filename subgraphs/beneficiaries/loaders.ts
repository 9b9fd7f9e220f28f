// The data access of one request: loaders and queries, bound to what the caller may see and to the clock.
import {
  clientError,
  createGroupLoader,
  createRowLoader,
  onBeat,
  readPage,
  tableNameOf,
  toConnection,
  toStatsAnswer,
  type Loader,
  type PageArgs,
  type Releases,
  type RequestFacts,
  type StatsAnswer,
  type TableBody,
} from "../kit/kit.ts";
import type { DataCategory, TicketIssuer } from "../law/law.ts";
import type { KeyStore } from "../sealed/sealed.ts";
import { readAccessLog, type AccessLog, type AccessLogArgs } from "./access-log.ts";
import type { Blinding } from "./blinding.ts";
import { openIdentities, type Identities } from "./identity-seal.ts";
import { blockingKeysOf, compare, pairId, type Comparison } from "./matching.ts";
import { PEOPLE_ORDER, type Models } from "./models.ts";
import type { BeneficiariesJudge } from "./judge.ts";
import { createOpener } from "./opening.ts";
import { retentionOn, retentionToldOn, type RetentionStatus } from "./retention.ts";
import { categoryOfAssessment, categoryOfPathway, categoryOfStep } from "./policy.ts";
import { ticketsFor } from "./tickets.ts";
import type { AssessmentRow, GrantRow, HouseholdRow, PathwayRow, PersonRow, StepRow } from "./rows.ts";
import { readSearch, type SearchInput } from "./search.ts";
import { assertStepStats, STEP_REPORT, takesIn, type StepStatsArgs } from "./step-stats.ts";
import { withholdAll, type Withholding } from "./withholding.ts";
import { createWriting, type AlarmRaised, type Fingerprint, type Writing } from "./writing/writing.ts";

export interface Data extends Identities {
  readonly person: Loader<string, PersonRow | null>;
  /** As that person's. */
  householdOf(personId: string, householdId: string): Promise<(HouseholdRow & { readonly personId: string }) | null>;
  readonly membersOf: Loader<string, PersonRow[]>;
  readonly assessment: Loader<string, AssessmentRow | null>;
  /** Of the assessment that a step leads to, whoever may read it; null where there is none. */
  categoryOfAssessmentIn(step: StepRow): Promise<DataCategory | null>;
  readonly assessmentsOf: Loader<string, AssessmentRow[]>;
  readonly pathway: Loader<string, PathwayRow | null>;
  readonly pathwaysOf: Loader<string, PathwayRow[]>;
  readonly step: Loader<string, StepRow | null>;
  readonly stepsOf: Loader<string, StepRow[]>;
  readonly grantsOf: Loader<string, GrantRow[]>;
  search(args: SearchArgs): Promise<Withholding<PersonRow>>;
  duplicates(args: DuplicatesArgs): Promise<IdentityMatch[] | null>;
  accessLog(args: AccessLogArgs): Promise<AccessLog>;
  stepStats(args: StepStatsArgs): Promise<StatsAnswer>;
  pseudonymOf(person: PersonRow): string;
  /** Null where what may be told of it is over and the file is not. */
  retentionOf(person: PersonRow): Promise<RetentionStatus | null>;
  readonly writing: Writing;
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

export interface IdentityMatch extends Comparison {
  readonly candidate: PersonRow;
  readonly decision: string;
}

export interface DataOptions {
  readonly models: Models;
  readonly keys: Pick<KeyStore, "load" | "make">;
  readonly request: RequestFacts & { readonly judge: BeneficiariesJudge };
  readonly blinding: Blinding;
  readonly tickets: TicketIssuer;
  readonly fingerprint: Fingerprint;
  readonly told: (alarm: AlarmRaised) => void;
  /** So many days a professional who left a team still reads. */
  readonly graceDays: number;
  readonly releases: Releases<TableBody>;
}

const DEFAULT_MIN_SCORE = 0.8;

export function createData(options: DataOptions): Data {
  const { models, request, blinding } = options;
  const { caller, judge } = request;
  const rows = createLoaders(models, judge, caller.personId);
  const open = createOpener(options.keys);
  return {
    ...rows,
    ...openIdentities(open),
    search: (args) => search(args, options),
    duplicates: (args) => findDuplicates(args, rows.person, options),
    accessLog: (args) => readAccessLog(args, options),
    stepStats: (args) => countSteps(args, options),
    retentionOf: (person) => readRetention(person, request),
    pseudonymOf: (person) => blinding.pseudonym(person._id, caller.partnerId),
    writing: createWriting({ store: models.writing, open, ...options }),
    ...ticketsFor(options),
  };
}

function createLoaders(models: Models, judge: BeneficiariesJudge, self: string | null) {
  const idOf = (row: { readonly _id: string }) => row._id;
  const personIdOf = (row: { readonly personId: string }) => [row.personId];
  const assessments = createRowLoader(async (ids: readonly string[]) => models.assessmentsByIds(ids, await judge.reachesSecrets()), idOf);
  const households = createRowLoader((ids: readonly string[]) => models.householdsByIds(ids), idOf);
  return {
    person: judge.person,
    householdOf: async (personId: string, householdId: string) => {
      const row = await households.load(householdId);
      return row && { ...row, personId };
    },
    membersOf: createGroupLoader(
      async (ids: readonly string[]) => models.peopleOfHouseholds(ids, self === null ? await judge.known() : { match: { _id: self }, shared: null, reason: null }),
      (row: PersonRow) => (row.householdId === null ? [] : [row.householdId]),
    ),
    assessment: allow(assessments, judge, categoryOfAssessment),
    categoryOfAssessmentIn: async ({ assessmentId }: StepRow) => {
      const row = assessmentId === null ? null : await assessments.load(assessmentId);
      return row && categoryOfAssessment(row);
    },
    assessmentsOf: createGroupLoader((ids: readonly string[]) => models.assessmentsOfPeople(ids), personIdOf),
    pathway: allow(createRowLoader(async (ids: readonly string[]) => models.pathwaysByIds(ids, await judge.reachesSecrets()), idOf), judge, categoryOfPathway),
    pathwaysOf: createGroupLoader((ids: readonly string[]) => models.pathwaysOfPeople(ids), personIdOf),
    step: allow(createRowLoader(async (ids: readonly string[]) => models.stepsByIds(ids, await judge.reachesSecrets()), idOf), judge, categoryOfStep),
    stepsOf: createGroupLoader(
      (ids: readonly string[]) => models.stepsOfPathways(ids),
      (row: StepRow) => [row.pathwayId],
    ),
    grantsOf: judge.grantsOf,
  };
}

/**
 * A row that the caller may not read is answered as one that there is not, after the same queries: where there is none, it is
 * decided about whoever might have that id.
 */
function allow<Row extends { readonly personId: string }>(
  loader: Loader<string, Row | null>,
  judge: BeneficiariesJudge,
  categoryOf: (row: Row) => DataCategory,
): Loader<string, Row | null> {
  const load = async (id: string) => {
    const row = await loader.load(id);
    return (await judge.may(row?.personId ?? id, row === null ? "PATHWAY" : categoryOf(row))) ? row : null;
  };
  return { load, loadMany: (ids) => Promise.all(ids.map(load)) };
}

/**
 * Of those only whose identity the caller may read, and whose home where it is searched by: who else matches is neither
 * counted nor told by how long it takes. What the search is for must be what the request is for, or what was found for one
 * purpose would be read for another (CASF L.263-4-1).
 */
async function search({ input, ...pageArgs }: SearchArgs, { models, request, blinding }: DataOptions): Promise<Withholding<PersonRow>> {
  const { caller, judge } = request;
  const criteria = readSearch(input, blinding);
  const page = readPage(pageArgs, PEOPLE_ORDER, 20);
  const scope = await (criteria.communeCode === undefined ? judge.searchable() : judge.searchableByHome());
  const isOther = caller.personId === null && input.purpose !== caller.purpose;
  const reason = isOther && scope.reason === null ? "PURPOSE_NOT_COVERED" : scope.reason;
  if (reason !== null) return withholdAll(toConnection<PersonRow>(page, [], async () => 0), reason);
  const found = await onBeat(() => models.searchPeople(criteria, page, scope));
  // Whom a search found is known to whoever asked, though they read no more of them.
  await Promise.all(found.map(({ _id }) => request.audit.before({ personId: _id, field: "Query.beneficiarySearch" })));
  return withholdAll(toConnection(page, found, () => onBeat(() => models.countPeople(criteria, scope))), null);
}

async function findDuplicates(args: DuplicatesArgs, person: Data["person"], { models, request }: DataOptions): Promise<IdentityMatch[] | null> {
  const minScore = args.minScore ?? DEFAULT_MIN_SCORE;
  if (!(minScore >= 0 && minScore <= 1)) {
    throw clientError("BAD_USER_INPUT", `Expected \`minScore\` between 0 and 1, got ${minScore}.`);
  }
  const [subject, isOwn, scope] = await Promise.all([person.load(args.of), request.judge.may(args.of, "IDENTITY"), request.judge.searchable()]);
  if (subject === null || !isOwn) return null;
  // What speaks for and against tells of both files, and leaves a trace in both.
  const trace = (personId: string) => request.audit.before({ personId, field: "Query.possibleDuplicates" });
  await trace(subject._id);
  const candidates = await onBeat(() => models.matchCandidates(blockingKeysOf(subject), scope));
  const matches = candidates
    .map((candidate) => ({ candidate, ...compare(subject, candidate) }))
    .filter(({ score }) => score >= minScore)
    .sort((a, b) => b.score - a.score || (a.candidate._id < b.candidate._id ? -1 : 1));
  if (matches.length === 0) return [];
  await Promise.all(matches.map(({ candidate }) => trace(candidate._id)));
  const decisions = await models.matchDecisions(matches.map(({ candidate }) => pairId(subject._id, candidate._id)));
  const byPair = new Map(decisions.map(({ _id, decision }) => [_id, decision]));
  return matches.map((match) => ({ ...match, decision: byPair.get(pairId(subject._id, match.candidate._id)) ?? "SUGGESTED" }));
}

/** What protected a child moves the clock for those alone who may read of it (CASF L.226-2-2). */
async function readRetention(person: PersonRow, { judge, clock }: DataOptions["request"]): Promise<RetentionStatus | null> {
  const { allowed } = await judge.decide({ personId: person._id }, "CHILD_PROTECTION");
  return allowed ? retentionOn(person, clock.today()) : retentionToldOn(person, clock.today());
}

async function countSteps(args: StepStatsArgs, { releases, request }: DataOptions): Promise<StatsAnswer> {
  assertStepStats(args);
  const table = tableNameOf(args.groupBy, STEP_REPORT);
  const release = await releases.read({ clock: request.clock, table, wants: (block) => takesIn(args.filter, block) });
  return toStatsAnswer(release, args.groupBy, STEP_REPORT);
}
