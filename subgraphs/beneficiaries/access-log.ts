// Who read a person's file, told to whoever may know: the person, in plain words; whoever audits, their own organisation's
// readings; the file's stewards, all; both but for what tells that a child is protected. What would warn somebody from whom a
// person is protected is held back while that lasts.
import { dayInFrance, readPage, toConnection, type PageArgs, type RequestFacts } from "../kit/kit.ts";
import { groupInWords, type AccessGroup } from "./access-words.ts";
import { addMonths } from "./calendar.ts";
import { endangeredBeside, helpersBeside } from "./danger.ts";
import type { AccessEventQuery, Protection } from "./filters.ts";
import type { BeneficiariesJudge } from "./judge.ts";
import { ACCESS_ORDER, type Models } from "./models.ts";
import type { AccessEventRow, EmergencyAccessRow, GrantRow, PersonRow } from "./rows.ts";
import { EVERYBODY } from "./scope.ts";
import { withholdAll, type Withholding } from "./withholding.ts";
import { EVALUATION_MONTHS, isForChild } from "./writing/writing.ts";

export interface AccessLogArgs extends PageArgs {
  readonly beneficiaryId: string;
  readonly from?: Date | null;
  readonly to?: Date | null;
}

export interface AccessLog extends Withholding<AccessEventRow> {
  /** Of the whole period, not of the page; newest first. */
  readonly groups: () => Promise<AccessGroup[]>;
}

interface AccessOptions {
  readonly models: Models;
  readonly request: RequestFacts & { readonly judge: BeneficiariesJudge };
}

/** Traces of consultation are kept one year (CASF R.262-107). */
const LOG_MONTHS = 12;

/** A person without a log, an unknown person and one whose log is not the caller's to read look the same. */
export async function readAccessLog(args: AccessLogArgs, { models, request }: AccessOptions): Promise<AccessLog> {
  const page = readPage(args, ACCESS_ORDER);
  const person = await request.judge.person.load(args.beneficiaryId);
  const view = person === null ? null : await viewOf(person, models, request);
  if (person === null || view === null) return { ...withholdAll(toConnection<AccessEventRow>(page, [], async () => 0), "NO_GRANT"), groups: async () => [] };
  // Who looks at traces leaves one.
  if (request.caller.personId === null) await request.audit.before({ personId: person._id, field: "Query.accessLog" });
  const query: AccessEventQuery = { personId: person._id, from: logStart(args, request), to: args.to ?? null, ...view };
  const connection = withholdAll(toConnection(page, await models.accessEvents(query, page), () => models.countAccessEvents(query)), null);
  return { ...connection, groups: async () => (await models.accessGroups(query)).map(groupInWords) };
}

/** Which of the entries the caller sees; null: none. */
type View = Pick<AccessEventQuery, "byPartnerId" | "held">;

async function viewOf(person: PersonRow, models: Models, request: AccessOptions["request"]): Promise<View | null> {
  const { personId, partnerId, scopes } = request.caller;
  if (personId !== null) return personId === person._id ? viewOfSelf(person, models, request) : null;
  if (!scopes.has("audit:read") || partnerId === null) return null;
  const isSteward = scopes.has("identity:merge") && partnerId === `dept-${person.departmentCode}`;
  return { ...(!isSteward && { byPartnerId: partnerId }), ...(await viewOfOthers(person, models, request)) };
}

/** Entries that tell that a child is protected are for those only who may read of it, whoever audits (CASF L.226-2-2). */
async function viewOfOthers(person: PersonRow, models: Models, { judge, clock }: AccessOptions["request"]): Promise<Pick<View, "held">> {
  const { allowed } = await judge.decide({ personId: person._id }, "CHILD_PROTECTION");
  if (allowed) return {};
  const { home, evaluated } = await readHome(person, models, clock);
  const { protection, alone } = protectionOf(person, home, evaluated);
  return { held: { protection, professionalIds: [...new Set(alone)], emergencies: [], protectedSince: null, elsewhere: null } };
}

/**
 * While it is not safe to contact a person, somebody may read over their shoulder, and their whole log is held back. Whoever
 * lives with such a person does not see her helpers look at his file, nor an emergency open it, nor who reads elsewhere without
 * being of his team. Whoever lives with a child under evaluation, or has the child's login, does not see the evaluation nor who
 * is there for it alone; nor, while one may be about to begin, that the file was opened because a child is in danger, or what was
 * read to protect one (CASF L.226-2-2). Not even that anything is missing.
 */
async function viewOfSelf(person: PersonRow, models: Models, { clock }: RequestFacts): Promise<View | null> {
  if (person.contact?.safeToContact === false) return null;
  const { home, evaluated } = await readHome(person, models, clock);
  const endangered = endangeredBeside(person, home);
  const helpers = helpersBeside(person, endangered);
  const warns = (one: EmergencyAccessRow) => endangered.length > 0 || (isForChild(one) && (evaluated || mayBeEvaluated(one, clock)));
  const emergencies = (await models.emergenciesOn(person._id)).filter(warns);
  const { protection, alone } = protectionOf(person, home, evaluated);
  const elsewhere = { endangered: endangered.length > 0, ownIds: protection.supportingIds };
  const held = { emergencies, protectedSince: dayStart(clock, EVALUATION_MONTHS), elsewhere };
  if (!evaluated) return { held: { ...held, protection: null, professionalIds: [...new Set(helpers)] } };
  return { held: { ...held, protection, professionalIds: [...new Set([...helpers, ...alone])] } };
}

/** As long as the message about it is held back: see `telling/held.ts`. */
function mayBeEvaluated({ openedAt }: EmergencyAccessRow, { today }: RequestFacts["clock"]): boolean {
  return today() <= addMonths(dayInFrance(openedAt), EVALUATION_MONTHS);
}

interface Home {
  readonly home: readonly PersonRow[];
  /** Whether a child who lives there is evaluated. */
  readonly evaluated: boolean;
}

async function readHome(person: PersonRow, models: Models, clock: RequestFacts["clock"]): Promise<Home> {
  const home = person.householdId === null ? [person] : await models.peopleOfHouseholds([person.householdId], EVERYBODY);
  const grants = await models.grantsOfPeople([...new Set([person._id, ...home.map(({ _id }) => _id)])]);
  return { home, evaluated: grants.some((grant) => isEvaluation(grant, clock.now())) };
}

/** `alone`: who is there for a child's protection and for nothing else. */
function protectionOf(person: PersonRow, home: readonly PersonRow[], evaluated: boolean): { readonly protection: Protection; readonly alone: readonly string[] } {
  const protectingIds = home.flatMap(({ team }) => team.filter(isProtecting).map(({ professionalId }) => professionalId));
  const supportingIds = person.team.filter((member) => !isProtecting(member)).map(({ professionalId }) => professionalId);
  return { protection: { protectingIds, supportingIds, evaluated }, alone: protectingIds.filter((id) => !supportingIds.includes(id)) };
}

function isProtecting({ childProtection }: PersonRow["team"][number]): boolean {
  return childProtection === true;
}

function isEvaluation({ basis, status, expiresAt }: GrantRow, now: Date): boolean {
  return basis === "CHILD_PROTECTION" && status === "ACTIVE" && (expiresAt === null || now < expiresAt);
}

function logStart({ from }: AccessLogArgs, { clock }: RequestFacts): Date {
  const oldest = dayStart(clock, LOG_MONTHS);
  return from == null || from < oldest ? oldest : from;
}

/** Of the day so many months ago. */
function dayStart(clock: RequestFacts["clock"], monthsAgo: number): Date {
  return new Date(`${addMonths(dayInFrance(clock.now()), -monthsAgo)}T00:00:00Z`);
}
