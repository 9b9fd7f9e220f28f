// The request's access to data: loaders, so that a level of an answer is one query, and queries bound to caller and clock.
import {
  createGroupLoader,
  createLoaderFamily,
  createRowLoader,
  readPage,
  toConnection,
  type Asker,
  type Connection,
  type OrderField,
  type PageArgs,
  type JudgedFacts,
  type Releases,
  type RequestFacts,
  type Standings,
} from "../kit/kit.ts";
import { ACTIVITY_TABLE, assertPeriod, takesIn, toActivities, type Activity, type ActivityPeriod, type SiteYear } from "./activity.ts";
import { isWithin, toCoverage, type Coverage } from "./coverage.ts";
import { appointmentFilter, siteFilter, type AppointmentFilter, type SiteFilter } from "./filters.ts";
import type { Judge } from "../law/law.ts";
import type { KeyStore } from "../sealed/sealed.ts";
import type { NearbyArgs, SitesModels } from "./models.ts";
import { appointmentScope } from "./policy.ts";
import type { AppointmentRow, SiteRow, StaffPostRow, TerritoryRow } from "./rows.ts";
import { openAddresses, type Whereabouts } from "./secret-places.ts";
import type { TravelMode } from "./travel/travel.ts";

export type SitesData = ReturnType<typeof createData>;

/** `NearbySite` of the schema, with the site still to load. */
export interface NearbySite {
  readonly siteId: string;
  readonly minutes: number;
  readonly withinGuarantee: boolean;
}

export interface CoverageArgs {
  readonly departmentCode: string;
  readonly onDate: string;
  readonly mode: TravelMode;
}

/** Where people go for social action; antennas and offices are no seats. */
const SEAT_KINDS = ["MAISON_DES_SOLIDARITES", "CENTRE_MEDICO_SOCIAL", "POLE_SOCIAL", "TIS_SEAT"];

const BY_NAME: readonly OrderField[] = [
  { field: "nameKey", kind: "string" },
  { field: "_id", kind: "string" },
];

export type SitesStores = SitesModels & { readonly keys: KeyStore; readonly releases: Releases<SiteYear>; readonly standings: Standings };

/** Who decides, and who asks. */
export type SitesJudge = Judge & Whereabouts & { readonly asker: () => Promise<Asker> };

export function createData(models: SitesStores, request: JudgedFacts<SitesJudge>) {
  const rows = { ...createRowLoaders(models, request), ...createGroupLoaders(models, request) };
  const keepTold = async (posts: readonly StaffPostRow[]): Promise<StaffPostRow[]> => {
    const told = await Promise.all(posts.map(({ siteId, secret }) => secret !== true || request.judge.mayLocate(siteId)));
    return posts.filter((_, index) => told[index]);
  };
  return {
    ...rows,
    ...createAgenda(models, request),
    ...createTravel(models, request),
    secretAddressOf: openAddresses(models, models.keys),
    sites: (filter: SiteFilter, args: PageArgs) => pageOfSites(models, siteFilter(filter, request.clock.today()), args),
    territories: (kind: string, departmentCode: string | null) => models.territoriesOfKind(kind, departmentCode),
    siteActivity: async (period: ActivityPeriod): Promise<Activity[]> => {
      assertPeriod(period);
      const { bodies, asOf } = await models.releases.read({ clock: request.clock, table: ACTIVITY_TABLE, wants: (block) => takesIn(period, block) });
      return toActivities(bodies, asOf);
    },
    /** The sites of these ids that there are, in their order. */
    sitesOf: async (ids: readonly string[]) => (await rows.site.loadMany(ids)).filter((site) => site !== null),
    /** Where a professional works; a place of refuge is told to those only who may know where it is, since colleagues work near. */
    workplaces: async (professionalId: string) => {
      const posts = await keepTold(await rows.postsOfProfessional.load(professionalId));
      return (await rows.site.loadMany(posts.map(({ siteId }) => siteId))).filter((site) => site !== null);
    },
    /** The posts of a team; that one is of a refuge is told to the same only, since the others say where they work. */
    members: async (teamId: string) => keepTold(await rows.postsInTeam.load(teamId)),
    siteOfStep: async (stepId: string) => {
      const siteId = (await rows.step.load(stepId))?.siteId ?? null;
      return siteId === null ? null : rows.site.load(siteId);
    },
  };
}

function createRowLoaders(models: SitesModels, { judge, audit }: JudgedFacts<SitesJudge>) {
  // Who reads what protects a child does so on that ground: by it their reading is kept from those who must not know (L4).
  const trace = (rows: AppointmentRow[]): AppointmentRow[] => {
    for (const { personId, childProtection } of rows) if (personId != null && childProtection === true) audit.ground(personId, "CHILD_PROTECTION");
    return rows;
  };
  return {
    site: createRowLoader(models.sitesByIds, ({ _id }) => _id),
    team: createRowLoader(models.teamsByIds, ({ _id }) => _id),
    territory: createRowLoader(models.territoriesByCodes, ({ _id }) => _id),
    appointment: createRowLoader(
      async (ids) => trace(await models.appointmentsByIds(ids, appointmentScope(await judge.asker()))),
      ({ _id }) => _id,
    ),
    step: createRowLoader(models.stepsByIds, ({ _id }) => _id),
  };
}

function createGroupLoaders(models: SitesModels, { clock }: RequestFacts) {
  return {
    satellites: createGroupLoader(async (ids) => byName(await models.satellitesOf(ids)), ({ parentId }) => keys(parentId)),
    sitesOfPartner: createGroupLoader(
      async (ids) => byName(await models.sitesOfPartners(ids)),
      ({ operator, hostedPartnerIds }) => [...new Set([operator.id, ...hostedPartnerIds])],
    ),
    seats: createGroupLoader(
      async (codes) => byName(await models.openSitesInTerritories(codes, SEAT_KINDS, clock.today())),
      ({ territoryCodes }) => territoryCodes,
    ),
    children: createGroupLoader(async (codes) => byId(await models.childrenOfTerritories(codes)), ({ parentCode }) => keys(parentCode)),
    postsAtSite: createGroupLoader(async (ids) => byId(await models.postsAtSites(ids)), ({ siteId }) => [siteId]),
    postsInTeam: createGroupLoader(async (ids) => byId(await models.postsInTeams(ids)), ({ teamId }) => keys(teamId)),
    postsOfProfessional: createGroupLoader(
      async (ids) => byId(await models.postsOfProfessionals(ids)),
      ({ professionalId }) => keys(professionalId),
    ),
  };
}

function createAgenda(models: SitesModels, { clock }: RequestFacts) {
  const ofPeople = createLoaderFamily((filter: AppointmentFilter) => {
    const conditions = appointmentFilter(filter, clock.now());
    return createGroupLoader<string, AppointmentRow>(
      (personIds) => models.appointmentsOfPeople(personIds, conditions),
      ({ personId }) => keys(personId),
    );
  });
  return {
    /** Throws BAD_USER_INPUT for a period upside down. */
    appointmentsOfPerson: async (personId: string, filter: AppointmentFilter) => ofPeople(filter).load(personId),
    appointmentsOfStep: createGroupLoader<string, AppointmentRow>(
      (stepIds) => models.appointmentsOfSteps(stepIds),
      ({ stepId }) => keys(stepId),
    ),
  };
}

function createTravel(models: SitesModels, { clock }: RequestFacts) {
  const guarantee = createRowLoader(models.guaranteesOf, ({ _id }) => _id);
  const nearby = createLoaderFamily((args: NearbyArgs) =>
    createRowLoader(
      (communeCodes) => models.nearbyFrom(communeCodes, args, clock.today()),
      ({ communeCode }) => communeCode,
    ),
  );
  return {
    nearestSites: async (communeCode: string | null, args: NearbyArgs): Promise<NearbySite[]> => {
      if (communeCode === null) return [];
      const row = await nearby(args).load(communeCode);
      if (row === null) return [];
      const promise = await guarantee.load(row.departmentCode);
      return row.nearby.map(({ siteId, kind, minutes }) => ({ siteId, minutes, withinGuarantee: isWithin(promise, { kind, minutes }) }));
    },
    /** Null for a département without a promise. */
    coverage: async ({ departmentCode, onDate, mode }: CoverageArgs): Promise<Coverage | null> => {
      const promise = await guarantee.load(departmentCode);
      if (promise === null) return null;
      const [communes, nearest] = await Promise.all([
        models.communesOf(departmentCode),
        models.nearestForPromise(departmentCode, promise.alternatives, { mode, day: onDate }),
      ]);
      return toCoverage(promise, communes, nearest);
    },
  };
}

async function pageOfSites(models: SitesModels, filter: Record<string, unknown>, args: PageArgs): Promise<Connection<SiteRow>> {
  const page = readPage(args, BY_NAME);
  return toConnection(page, await models.pageOfSites(filter, page), () => models.countSites(filter));
}

function keys(key: string | null | undefined): string[] {
  return key == null ? [] : [key];
}

function byName(sites: SiteRow[]): SiteRow[] {
  return sites.sort((a, b) => compare(a.nameKey, b.nameKey) || compare(a._id, b._id));
}

function byId<Row extends Pick<TerritoryRow, "_id">>(rows: Row[]): Row[] {
  return rows.sort((a, b) => compare(a._id, b._id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
