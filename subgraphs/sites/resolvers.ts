// How the fields of the schema are answered: one line each, over the request's data.
import { assertIdentifier, clientError, readPage, readReferenceKey, type PageArgs, type SubgraphContext } from "../kit/kit.ts";
import type { Activity, ActivityPeriod } from "./activity.ts";
import type { CoverageRow as CoveredCommune } from "./coverage.ts";
import { appointmentStatus, type AppointmentFilter, type SiteFilter } from "./filters.ts";
import type { NearbySite as Nearby, SitesData } from "./loaders.ts";
import type { AppointmentRow, SiteRow, StaffPostRow, TeamRow, TerritoryRow } from "./rows.ts";
import { ALWAYS, statusOn } from "./status.ts";
import type { TravelMode } from "./travel/travel.ts";

type Context = SubgraphContext<SitesData>;

/** A row of another subgraph, or ours by its key alone. */
interface Stub {
  readonly id: string;
}

/** What `@requires` brings. */
interface BeneficiaryStub extends Stub {
  readonly residence?: { readonly communeCode: string } | null;
}

interface CoverageQuery {
  readonly departmentCode: string;
  readonly onDate?: string | null;
  readonly mode?: TravelMode | null;
}

interface NearestQuery {
  readonly kind?: readonly string[] | null;
  readonly mode?: TravelMode | null;
  readonly first?: number | null;
}

const idOf = ({ _id }: { readonly _id: string }) => _id;
/** Async, so that a key that is refused costs its own entity: thrown in the open it would cost all of the level. */
const byKey =
  <Row>(field: string, load: (data: SitesData, key: string) => Row | Promise<Row>) =>
  async (reference: object, { data }: Context) =>
    load(data, readReferenceKey(reference, field));
const stub = (__typename: string) => (id: string) => ({ __typename, id });

const Query = {
  site: (_: unknown, { id }: Stub, { data }: Context) => data.site.load(id),
  sites: (_: unknown, { filter, ...page }: PageArgs & { filter: SiteFilter }, { data }: Context) => data.sites(filter, page),
  territory: (_: unknown, { code }: { code: string }, { data }: Context) => data.territory.load(code),
  territories: (_: unknown, { kind, departmentCode }: { kind: string; departmentCode?: string | null }, { data }: Context) =>
    data.territories(kind, readTerritoryScope(kind, departmentCode ?? null)),
  accessCoverage: (_: unknown, { departmentCode, onDate, mode }: CoverageQuery, { data, clock }: Context) =>
    data.coverage({ departmentCode: readDepartment(departmentCode), onDate: onDate ?? clock.today(), mode: mode ?? "CAR" }),
  siteActivity: (_: unknown, period: ActivityPeriod, { data }: Context) => data.siteActivity(period),
};

const Site = {
  __resolveReference: byKey("id", (data, id) => data.site.load(id)),
  id: idOf,
  status: (site: SiteRow, { onDate }: { onDate?: string | null }, { clock }: Context) => statusOn(site, onDate ?? clock.today()),
  opensOn: ({ open }: SiteRow) => (open.from === ALWAYS.from ? null : open.from),
  closesOn: ({ open }: SiteRow) => (open.to === ALWAYS.to ? null : open.to),
  replaces: ({ replacesIds }: SiteRow, _: unknown, { data }: Context) => data.sitesOf(replacesIds),
  replacedBy: ({ replacedByIds }: SiteRow, _: unknown, { data }: Context) => data.sitesOf(replacedByIds),
  parent: ({ parentId }: SiteRow, _: unknown, { data }: Context) => parentId && data.site.load(parentId),
  satellites: ({ _id }: SiteRow, _: unknown, { data }: Context) => data.satellites.load(_id),
  address: (site: SiteRow, _: unknown, { data }: Context) => (site.addressConfidential ? data.secretAddressOf(site) : site.address),
  operator: ({ operator }: SiteRow) => operator.name !== null ? { __typename: "Partner", ...operator } : stub("Partner")(operator.id),
  hostedPartners: ({ hostedPartnerIds }: SiteRow) => hostedPartnerIds.map(stub("Partner")),
  staffing: ({ _id }: SiteRow, _: unknown, { data }: Context) => data.postsAtSite.load(_id),
  professionsPresent: async ({ _id }: SiteRow, _: unknown, { data }: Context) => presentAmong(await data.postsAtSite.load(_id)),
  territory: ({ territoryCode }: SiteRow, _: unknown, { data }: Context) => territoryCode && data.territory.load(territoryCode),
};

const StaffPost = {
  id: idOf,
  team: ({ teamId }: StaffPostRow, _: unknown, { data }: Context) => teamId && data.team.load(teamId),
  professional: ({ professionalId }: StaffPostRow) => professionalId && stub("Professional")(professionalId),
};

const Team = {
  id: idOf,
  members: ({ _id }: TeamRow, _: unknown, { data }: Context) => data.members(_id),
};

const Territory = {
  __resolveReference: byKey("code", (data, code) => data.territory.load(code)),
  code: idOf,
  parent: ({ parentCode }: TerritoryRow, _: unknown, { data }: Context) => parentCode && data.territory.load(parentCode),
  children: ({ _id }: TerritoryRow, _: unknown, { data }: Context) => data.children.load(_id),
  seats: ({ _id }: TerritoryRow, _: unknown, { data }: Context) => data.seats.load(_id),
};

const CoverageRow = {
  bestSite: ({ siteId }: CoveredCommune, _: unknown, { data }: Context) => siteId && data.site.load(siteId),
};

const SiteActivity = {
  site: ({ siteId }: Activity, _: unknown, { data }: Context) => data.site.load(siteId),
};

const Appointment = {
  __resolveReference: byKey("id", (data, id) => data.appointment.load(id)),
  id: idOf,
  beneficiary: ({ personId }: AppointmentRow) => personId && stub("Beneficiary")(personId),
  site: ({ siteId }: AppointmentRow, _: unknown, { data }: Context) => siteId && data.site.load(siteId),
  status: (row: AppointmentRow, _: unknown, { clock }: Context) => appointmentStatus(row, clock.now()),
  withProfessionals: ({ professionalIds }: AppointmentRow) => professionalIds.map(stub("Professional")),
};

const Beneficiary = {
  __resolveReference: async (reference: BeneficiaryStub) => ({ ...reference, id: readReferenceKey(reference, "id") }),
  appointments: ({ id }: Stub, filter: AppointmentFilter, { data }: Context) => data.appointmentsOfPerson(id, filter),
  nearestSites: ({ residence }: BeneficiaryStub, { kind, mode, first }: NearestQuery, { data }: Context) =>
    data.nearestSites(residence?.communeCode ?? null, { kinds: kind ?? null, mode: mode ?? "CAR", limit: readPage({ first: first ?? 3 }, []).limit }),
};

const NearbySite = {
  site: ({ siteId }: Nearby, _: unknown, { data }: Context) => data.site.load(siteId),
};

const PathwayStep = {
  __resolveReference: async (reference: Stub) => ({ ...reference, id: readReferenceKey(reference, "id"), __typename: "PathwayStep" }),
  appointments: ({ id }: Stub, _: unknown, { data }: Context) => data.appointmentsOfStep.load(id),
  site: ({ id }: Stub, _: unknown, { data }: Context) => data.siteOfStep(id),
};

const Professional = {
  __resolveReference: byKey("id", (_, id) => stub("Professional")(id)),
  worksAt: ({ id }: Stub, _: unknown, { data }: Context) => data.workplaces(id),
};

const Partner = {
  __resolveReference: byKey("id", (_, id) => stub("Partner")(id)),
  sites: ({ id }: Stub, _: unknown, { data }: Context) => data.sitesOfPartner.load(id),
};

export const resolvers = {
  Query,
  Site,
  StaffPost,
  Team,
  Territory,
  CoverageRow,
  SiteActivity,
  Appointment,
  Beneficiary,
  NearbySite,
  PathwayStep,
  Professional,
  Partner,
};

function presentAmong(posts: readonly StaffPostRow[]): string[] {
  return [...new Set(posts.filter(({ filled }) => filled).map(({ profession }) => profession))].sort();
}

function readDepartment(code: string): string {
  assertIdentifier("DEPARTMENT", code);
  return code;
}

/** Communes come by département only: all of them at once would be a list of thousands without pages. */
function readTerritoryScope(kind: string, departmentCode: string | null): string | null {
  if (departmentCode !== null) return readDepartment(departmentCode);
  if (kind !== "COMMUNE") return null;
  throw clientError("BAD_USER_INPUT", "Expected `departmentCode` with the kind COMMUNE, got none.");
}
