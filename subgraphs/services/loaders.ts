// The request's data access: one loader a type and level, and the bound queries of the lists. What a caller may read is
// decided here once, when the request begins.
import {
  clientError,
  createAsker,
  createGroupLoader,
  createLoaderFamily,
  createRowLoader,
  PAGE_LIMIT,
  readPage,
  tableNameOf,
  toConnection,
  toStatsAnswer,
  type Asker,
  type Connection,
  type Loader,
  type OrderField,
  type PageArgs,
  type Releases,
  type RequestFacts,
  type Standings,
  type StatsAnswer,
  type TableBody,
} from "../kit/kit.ts";
import type { Withheld } from "../law/law.ts";
import { readNear, toCatalogueFilter, type MongoFilter, type NearInput, type ServiceFilter } from "./catalogue-query.ts";
import { daysBefore } from "./deadlines.ts";
import { rankServices, type EligibleService, type PersonFacts } from "./eligibility.ts";
import type { ServicesModels } from "./models.ts";
import { ALL_REFERRALS, belowWithheld, inboxScope, inboxWithheld, isBelow, referralScope, type ReferralScope } from "./policy.ts";
import { assertStatsArgs, REFERRAL_REPORT, takesIn, type StatsArgs } from "./referral-stats.ts";
import type { CatalogueIssueRow, NearServiceRow, ReferralRow, ServiceRow } from "./rows.ts";
import { readThemes } from "./themes.ts";
import { assertCommuneCode, unknownCommune, zonesOf, zonesOfUnknown, type CommuneRow } from "./zones.ts";

export interface CatalogueArgs extends PageArgs {
  readonly filter: ServiceFilter;
  readonly near?: NearInput | null;
}

export interface InboxArgs extends PageArgs {
  readonly partnerId: string;
  readonly status?: readonly string[] | null;
  readonly olderThanDays?: number | null;
}

export interface EligibilityArgs {
  readonly theme?: string | null;
  readonly first?: number | null;
}

/** The two facts of a person on which eligibility rests, printed as JSON: people with equal facts share one answer. */
export type EligibilityKey = string;

export interface ServiceEdge {
  /** Kilometres; null without a point or at a distance. */
  readonly distanceKm: number | null;
}

export interface ServicesData {
  readonly services: Loader<string, ServiceRow | null>;
  readonly catalogue: (args: CatalogueArgs) => Promise<Connection<ServiceRow, ServiceEdge>>;
  readonly servicesOfSite: (filter: ServiceFilter) => Loader<string, ServiceRow[]>;
  readonly servicesOfPartner: Loader<string, ServiceRow[]>;
  readonly eligibleServices: (args: EligibilityArgs) => Loader<EligibilityKey, EligibleService[]>;
  readonly referrals: Loader<string, ReferralRow | null>;
  readonly referralsOfPerson: (args: { readonly status: readonly string[] | null }) => Loader<string, ReferralOfFile[]>;
  /** Of a referral that was read with a person's file, all about that person; of another one, the caller's own. */
  readonly subReferrals: (parent: ReferralRow | ReferralOfFile) => Promise<readonly ReferralRow[]>;
  /** That there are others between others below it, and how many. */
  readonly subReferralsWithheld: (parent: ReferralRow | ReferralOfFile) => Promise<readonly Withheld[]>;
  readonly inbox: (args: InboxArgs) => Promise<Inbox>;
  readonly referralStats: (args: StatsArgs) => Promise<StatsAnswer>;
  readonly catalogueIssues: (source: string | null) => Promise<CatalogueIssueRow[]>;
}

/** Read with a person's file, which opens all of their referrals. */
export interface ReferralOfFile extends ReferralRow {
  readonly ofFile: true;
}

/** A page that says what is kept back from it as a whole. */
export interface Inbox extends Connection<ReferralRow> {
  readonly withheld: readonly Withheld[];
}

/** Its own queries, and who is habilitated. */
export type ServicesStores = ServicesModels & { readonly standings: Standings };

/** The key of a person for `eligibleServices`; either fact may be missing when nothing is known. */
export function eligibilityKey(publics: readonly string[] | null | undefined, communeCode: string | null | undefined): EligibilityKey {
  return JSON.stringify([[...(publics ?? [])].sort(), communeCode ?? null]);
}

export function createData(models: ServicesStores, { caller, clock, audit }: RequestFacts, releases: Releases<TableBody>): ServicesData {
  const trace = traceProtecting(audit);
  const communes = createRowLoader(models.communesByCode, (row) => row._id);
  const asker = createAsker(models.standings, { caller, clock });
  const scope = async () => referralScope(await asker());
  return {
    services: createRowLoader(models.servicesById, (row) => row._id),
    catalogue: (args) => listCatalogue(models, communes, args),
    servicesOfSite: createLoaderFamily((filter: ServiceFilter) => servicesOfSite(models, communes, filter)),
    servicesOfPartner: createGroupLoader(
      (ids: readonly string[]) => models.servicesBy("providerId", ids, toCatalogueFilter({}, null)),
      (row) => [row.providerId],
    ),
    eligibleServices: createLoaderFamily((args: EligibilityArgs) => eligibleServices(models, communes, { ...args, now: clock.now() })),
    referrals: createRowLoader(
      async (ids) => trace(await models.referralsById(ids, await scope())),
      (row) => row._id,
    ),
    referralsOfPerson: createLoaderFamily(({ status }) =>
      createGroupLoader(
        async (ids: readonly string[]) => (await models.referralsOfPeople(ids, status, ALL_REFERRALS)).map(ofFile),
        (row) => [row.personId],
      ),
    ),
    ...openSubReferrals(models, scope, trace),
    inbox: async (args) => {
      const inbox = await listInbox(models, { asker, now: clock.now() }, args);
      trace(inbox.nodes);
      return inbox;
    },
    referralStats: async (args) => {
      assertStatsArgs(args);
      const release = await releases.read({ clock, table: tableNameOf(args.groupBy, REFERRAL_REPORT), wants: (block) => takesIn(args, block) });
      return toStatsAnswer(release, args.groupBy, REFERRAL_REPORT);
    },
    catalogueIssues: models.catalogueIssues,
  };
}

type Trace = <Rows extends readonly ReferralRow[]>(rows: Rows) => Rows;

/** Who reads what protects a child does so on that ground: by it their reading is kept from those who must not know (L4). */
function traceProtecting(audit: RequestFacts["audit"]): Trace {
  return (rows) => {
    for (const { personId, childProtection } of rows) if (childProtection === true) audit.ground(personId, "CHILD_PROTECTION");
    return rows;
  };
}

function openSubReferrals(models: ServicesModels, scope: () => Promise<ReferralScope>, trace: Trace): Pick<ServicesData, "subReferrals" | "subReferralsWithheld"> {
  const parentOf = (row: ReferralRow): string[] => (row.parentReferralId === null ? [] : [row.parentReferralId]);
  const own = createGroupLoader(async (ids: readonly string[]) => models.subReferrals(ids, await scope()), parentOf);
  const all = createGroupLoader((ids: readonly string[]) => models.subReferrals(ids, ALL_REFERRALS), parentOf);
  return {
    subReferrals: async (parent) => {
      if (!("ofFile" in parent)) return trace(await own.load(parent._id));
      return trace((await all.load(parent._id)).filter((row) => isBelow(parent, row)).map(ofFile));
    },
    subReferralsWithheld: async (parent) => {
      if ("ofFile" in parent) return [];
      const [shown, there] = await Promise.all([own.load(parent._id), all.load(parent._id)]);
      return belowWithheld(parent, { shown, there });
    },
  };
}

function ofFile(row: ReferralRow): ReferralOfFile {
  return { ...row, ofFile: true };
}

type Communes = Loader<string, CommuneRow | null>;

const BY_NAME: readonly OrderField[] = [
  { field: "sortName", kind: "string" },
  { field: "_id", kind: "string" },
];

const BY_DISTANCE: readonly OrderField[] = [
  { field: "reach", kind: "number" },
  { field: "distance", kind: "number" },
  { field: "_id", kind: "string" },
];

const LONGEST_WAITING_FIRST: readonly OrderField[] = [
  { field: "sentAt", kind: "date" },
  { field: "_id", kind: "string" },
];

async function listCatalogue(models: ServicesModels, communes: Communes, args: CatalogueArgs): Promise<Connection<ServiceRow, ServiceEdge>> {
  const page = readPage(args, args.near == null ? BY_NAME : BY_DISTANCE);
  const near = args.near == null ? null : readNear(args.near);
  const filter = await readFilter(communes, args.filter);
  if (near === null) {
    const rows = await models.pageOfServices(filter, page);
    return toConnection(page, rows, () => models.countServices(filter), () => ({ distanceKm: null }));
  }
  const rows = await models.pageOfServicesNear(filter, near, page);
  return toConnection(page, rows, () => models.countServicesNear(filter, near), toNearEdge);
}

/** To ten metres: positions are no better. */
function toNearEdge({ reach, distance }: NearServiceRow): ServiceEdge {
  return { distanceKm: reach === 0 ? Math.round(distance * 100) / 100 : null };
}

async function readFilter(communes: Communes, filter: ServiceFilter): Promise<MongoFilter> {
  const { communeCode } = filter;
  if (communeCode == null) return toCatalogueFilter(filter, null);
  assertCommuneCode(communeCode);
  const commune = await communes.load(communeCode);
  if (commune === null) throw unknownCommune(communeCode);
  return toCatalogueFilter(filter, zonesOf(commune));
}

function servicesOfSite(models: ServicesModels, communes: Communes, filter: ServiceFilter): Loader<string, ServiceRow[]> {
  return createGroupLoader(
    async (siteIds: readonly string[]) => models.servicesBy("siteIds", siteIds, await readFilter(communes, filter)),
    (row) => row.siteIds,
  );
}

const DEFAULT_PROPOSALS = 10;

interface EligibilityQuestion extends EligibilityArgs {
  readonly now: Date;
}

function eligibleServices(models: ServicesModels, communes: Communes, question: EligibilityQuestion): Loader<EligibilityKey, EligibleService[]> {
  const answers = createRowLoader(
    (keys: readonly EligibilityKey[]) => matchPeople(models, communes, { ...question, keys }),
    ({ key }) => key,
  );
  const load = async (key: EligibilityKey) => (await answers.load(key))?.services ?? [];
  return { load, loadMany: (keys) => Promise.all(keys.map(load)) };
}

interface EligibilityAnswer {
  readonly key: EligibilityKey;
  readonly services: EligibleService[];
}

/** The candidates of all people of the level are fetched at once; the matching is done here, for each person. */
async function matchPeople(
  models: ServicesModels,
  communes: Communes,
  { theme, first: asked, now, keys }: EligibilityQuestion & { readonly keys: readonly EligibilityKey[] },
): Promise<EligibilityAnswer[]> {
  const first = asked ?? DEFAULT_PROPOSALS;
  if (first < 1 || first > PAGE_LIMIT) throw clientError("PAGE_TOO_LARGE", `Expected \`first\` between 1 and ${PAGE_LIMIT}, got ${first}.`);
  const people = await Promise.all(keys.map((key) => readPerson(communes, key)));
  const zones = [...new Set(people.flatMap((person) => person.zones))];
  const themes = theme == null ? null : readThemes([theme]);
  const candidates = await models.servicesMatching(toCatalogueFilter({ themes, audience: "BENEFICIARIES" }, zones));
  return people.map(({ key, ...person }) => ({ key, services: rankServices(candidates, person, now).slice(0, first) }));
}

async function readPerson(communes: Communes, key: EligibilityKey): Promise<PersonFacts & { readonly key: EligibilityKey }> {
  const [publics, communeCode] = JSON.parse(key) as [string[], string | null];
  const commune = communeCode === null ? null : await communes.load(communeCode);
  return { key, publics, zones: commune === null ? zonesOfUnknown(communeCode) : zonesOf(commune) };
}

const OLDEST_DAYS = 36_500;

interface InboxAsked {
  readonly asker: () => Promise<Asker>;
  readonly now: Date;
}

async function listInbox(models: ServicesModels, { asker, now }: InboxAsked, args: InboxArgs): Promise<Inbox> {
  const page = readPage(args, LONGEST_WAITING_FIRST);
  const days = args.olderThanDays ?? null;
  if (days !== null && (days < 0 || days > OLDEST_DAYS)) {
    throw clientError("BAD_USER_INPUT", `Expected \`olderThanDays\` between 0 and ${OLDEST_DAYS}, got ${days}.`);
  }
  const query = {
    receiverId: args.partnerId,
    status: args.status == null || args.status.length === 0 ? null : args.status,
    sentBefore: days === null ? null : daysBefore(now, days),
  };
  const who = await asker();
  const scope = inboxScope(who, args.partnerId);
  const connection = toConnection(page, await models.pageOfInbox(query, scope, page), () => models.countInbox(query, scope));
  return { ...connection, withheld: inboxWithheld(who, args.partnerId) };
}
