// One request's access to partners' data: loaders that make each level of an answer one query, and bound queries.
import {
  assertIdentifier,
  clientError,
  createGroupLoader,
  createRowLoader,
  readPage,
  toConnection,
  type Connection,
  type Loader,
  type PageArgs,
} from "../kit/kit.ts";
import { agreementFor, byAge, statusOn, type Transfer } from "./agreements.ts";
import { PARTNER_ORDER, type PartnersModels } from "./models.ts";
import type { AgreementRow, CareTeamRow, DepartmentRow, PartnerRow, ProfessionalRow, StepActorsRow } from "./rows.ts";
import { readPartnerFilter, type PartnerFilter } from "./search.ts";

/** An id or SIRET that nobody has gives null. */
export interface PartnersData {
  /** By exactly one of the two; throws BAD_USER_INPUT otherwise, and for a SIRET that is none. */
  partner(args: { readonly id?: string | null; readonly siret?: string | null }): Promise<PartnerRow | null>;
  partnerById(id: string | undefined): Promise<PartnerRow | null>;
  partnerBySiret(siret: string): Promise<PartnerRow | null>;
  partnersByIds(ids: readonly string[]): Promise<PartnerRow[]>;
  searchPartners(args: PageArgs & { readonly filter: PartnerFilter }): Promise<Connection<PartnerRow>>;
  branchesOf(partnerId: string): Promise<PartnerRow[]>;
  professional(id: string | null): Promise<ProfessionalRow | null>;
  professionalsOf(partnerId: string): Promise<ProfessionalRow[]>;
  agreement(id: string): Promise<AgreementRow | null>;
  /** Oldest first; only those in force on the day when one is given. */
  agreementsOf(partnerId: string, inForceOn?: string | null): Promise<AgreementRow[]>;
  agreementFor(transfer: Transfer | null): Promise<AgreementRow | null>;
  /** Throws BAD_USER_INPUT for a code that no département has. */
  departmentByCode(code: string): Promise<DepartmentRow | null>;
  department(code: string | undefined): Promise<DepartmentRow | null>;
  stepActors(stepId: string): Promise<StepActorsRow | null>;
  careTeam(personId: string): Promise<CareTeamRow | null>;
}

/** Everything here lives as long as the request. */
export function createData(models: PartnersModels): PartnersData {
  const partners = createPartnerLoader(models);
  const branches = createGroupLoader(models.branchesOf, ({ parentId }) => (parentId === undefined ? [] : [parentId]));
  const professionals = createRowLoader(models.professionalsByIds, idOf);
  const staff = createGroupLoader(models.professionalsOf, ({ employerId }) => [employerId]);
  const agreements = createRowLoader(models.agreementsByIds, idOf);
  const agreementsByParty = createGroupLoader(models.agreementsOf, ({ partyIds }) => partyIds);
  const transfers = createTransferLoader(models);
  const departments = createRowLoader(models.departmentsByCodes, idOf);
  const steps = createRowLoader(models.stepActorsOf, idOf);
  const careTeams = createRowLoader(models.careTeamsOf, idOf);

  const partnerById = (id: string | undefined) => loadKnown(partners, id === undefined ? undefined : `id:${id}`);
  const partnerBySiret = (siret: string) => partners.load(`siret:${siret}`);
  return {
    partner: (args) => readOneKey(args, { partnerById, partnerBySiret }),
    partnerById,
    partnerBySiret,
    partnersByIds: async (ids) => (await partners.loadMany(ids.map((id) => `id:${id}`))).filter((row) => row !== null),
    searchPartners: (args) => searchPartners(models, args),
    branchesOf: (partnerId) => branches.load(partnerId),
    professional: (id) => loadKnown(professionals, id ?? undefined),
    professionalsOf: (partnerId) => staff.load(partnerId),
    agreement: (id) => agreements.load(id),
    agreementsOf: async (partnerId, inForceOn) => selectAgreements(await agreementsByParty.load(partnerId), inForceOn ?? null),
    agreementFor: async (transfer) => (transfer === null ? null : ((await transfers.load(printTransfer(transfer)))?.agreement ?? null)),
    departmentByCode: async (code) => {
      assertIdentifier("DEPARTMENT", code);
      return departments.load(code);
    },
    department: (code) => loadKnown(departments, code),
    stepActors: (stepId) => steps.load(stepId),
    careTeam: (personId) => careTeams.load(personId),
  };
}

function idOf(row: { readonly _id: string }): string {
  return row._id;
}

async function loadKnown<Row>(loader: Loader<string, Row | null>, key: string | undefined): Promise<Row | null> {
  return key === undefined ? null : loader.load(key);
}

/** Both keys of the entity share a loader, so that a level that mixes them is one query too. */
function createPartnerLoader(models: PartnersModels): Loader<string, PartnerRow | null> {
  const loader = createGroupLoader<string, PartnerRow>(
    (keys) => models.partnersByKeys(valuesOf(keys, "id:"), valuesOf(keys, "siret:")),
    ({ _id, siret }) => [`id:${_id}`, ...(siret === undefined ? [] : [`siret:${siret}`])],
  );
  const load = async (key: string) => (await loader.load(key))[0] ?? null;
  return { load, loadMany: (keys) => Promise.all(keys.map(load)) };
}

function valuesOf(keys: readonly string[], prefix: string): string[] {
  return keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
}

async function readOneKey(
  { id, siret }: { readonly id?: string | null; readonly siret?: string | null },
  by: Pick<PartnersData, "partnerById" | "partnerBySiret">,
): Promise<PartnerRow | null> {
  if (id != null && siret == null) return by.partnerById(id);
  if (id != null || siret == null) {
    throw clientError("BAD_USER_INPUT", `Expected exactly one of id and siret, got ${id == null ? "neither" : "both"}.`);
  }
  assertIdentifier("SIRET", siret);
  return by.partnerBySiret(siret);
}

async function searchPartners(
  models: PartnersModels,
  { filter, ...args }: PageArgs & { readonly filter: PartnerFilter },
): Promise<Connection<PartnerRow>> {
  const search = readPartnerFilter(filter);
  const page = readPage(args, PARTNER_ORDER);
  return toConnection(page, await models.partnerPage(search, page), () => models.countPartners(search));
}

function selectAgreements(agreements: readonly AgreementRow[], inForceOn: string | null): AgreementRow[] {
  const selected = inForceOn === null ? agreements : agreements.filter((agreement) => statusOn(agreement, inForceOn) === "IN_FORCE");
  return [...selected].sort(byAge);
}

interface CoveredTransfer {
  readonly transfer: Transfer;
  readonly agreement: AgreementRow;
}

/** All transfers of a level in one query for the agreements between their partners; each is then matched in memory. */
function createTransferLoader(models: PartnersModels): Loader<string, CoveredTransfer | null> {
  return createRowLoader(
    async (keys: readonly string[]) => {
      const transfers = keys.map(readTransfer);
      const agreements = await models.agreementsBetween(
        [...new Set(transfers.map(({ senderId }) => senderId))],
        [...new Set(transfers.map(({ receiverId }) => receiverId))],
        transfers.reduce((latest, { day }) => (day > latest ? day : latest), ""),
      );
      return transfers.flatMap((transfer) => {
        const agreement = agreementFor(transfer, agreements);
        return agreement === null ? [] : [{ transfer, agreement }];
      });
    },
    ({ transfer }) => printTransfer(transfer),
  );
}

function printTransfer({ senderId, receiverId, day }: Transfer): string {
  return JSON.stringify([senderId, receiverId, day]);
}

function readTransfer(key: string): Transfer {
  const [senderId, receiverId, day] = JSON.parse(key) as [string, string, string];
  return { senderId, receiverId, day };
}
