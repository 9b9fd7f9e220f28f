// Type and field → where its value comes from. Nothing else is decided here.
import { readReferenceKey, type SubgraphContext } from "../kit/kit.ts";
import { readTransfer, statusOn, type ReferralReference } from "./agreements.ts";
import { eventsOf, prioritiesOf, socialBudgetOf } from "./departments.ts";
import type { PartnersData } from "./loaders.ts";
import { canReadIdentity, isHabilitationActive } from "./policy.ts";
import type {
  AgreementRow,
  CareTeamMemberRow,
  DepartmentRow,
  HabilitationRow,
  PartnerRow,
  ProfessionalRow,
  SchemeRow,
  StepActorsRow,
} from "./rows.ts";
import { secrecyBasisOf } from "../law/law.ts";

type Context = SubgraphContext<PartnersData>;
type PartnerArgs = Parameters<PartnersData["partner"]>[0];
type SearchArgs = Parameters<PartnersData["searchPartners"]>[0];
type AgreementArgs = { readonly partnerId: string; readonly inForceOn?: string | null };
type EventArgs = { readonly from?: string | null; readonly to?: string | null };
/** An entity of another subgraph. */
type Reference = { readonly id: string };
type StepActor = StepActorsRow["actors"][number];

const idOf = (row: { readonly _id: string }) => row._id;

/** Async, so that a key that is refused costs its own entity: thrown in the open it would cost all of the level. */
const byKey =
  <Row>(field: string, load: (data: PartnersData, key: string) => Promise<Row>) =>
  async (reference: object, { data }: Context) =>
    load(data, readReferenceKey(reference, field));

export const resolvers = {
  Query: {
    partner: (_: unknown, args: PartnerArgs, { data }: Context) => data.partner(args),
    partners: (_: unknown, args: SearchArgs, { data }: Context) => data.searchPartners(args),
    me: (_: unknown, __: unknown, { data, caller }: Context) => data.professional(caller.professionalId),
    department: (_: unknown, { code }: { readonly code: string }, { data }: Context) => data.departmentByCode(code),
    agreements: (_: unknown, { partnerId, inForceOn }: AgreementArgs, { data }: Context) => data.agreementsOf(partnerId, inForceOn),
  },

  Partner: {
    __resolveReference: (reference: object, context: Context) =>
      "id" in reference
        ? byKey("id", (data, id) => data.partnerById(id))(reference, context)
        : byKey("siret", (data, siret) => data.partnerBySiret(siret))(reference, context),
    id: idOf,
    department: ({ departmentCode }: PartnerRow, _: unknown, { data }: Context) => data.department(departmentCode),
    parent: ({ parentId }: PartnerRow, _: unknown, { data }: Context) => data.partnerById(parentId),
    branches: ({ _id }: PartnerRow, _: unknown, { data }: Context) => data.branchesOf(_id),
    successor: ({ successorId }: PartnerRow, _: unknown, { data }: Context) => data.partnerById(successorId),
    professionals: ({ _id }: PartnerRow, _: unknown, { data }: Context) => data.professionalsOf(_id),
    agreements: ({ _id }: PartnerRow, _: unknown, { data }: Context) => data.agreementsOf(_id),
  },

  Professional: {
    __resolveReference: byKey("id", (data, id) => data.professional(id)),
    id: idOf,
    professionCode: ({ profession }: ProfessionalRow) => profession,
    boundBySecrecy: (professional: ProfessionalRow) => secrecyBasisOf(professional) !== null,
    secrecyBasis: (professional: ProfessionalRow) => secrecyBasisOf(professional),
    employer: ({ employerId }: ProfessionalRow, _: unknown, { data }: Context) => data.partnerById(employerId),
  },

  Habilitation: {
    active: (habilitation: HabilitationRow, _: unknown, { clock }: Context) => isHabilitationActive(habilitation, clock.today()),
  },

  SharingAgreement: {
    __resolveReference: byKey("id", (data, id) => data.agreement(id)),
    id: idOf,
    parties: ({ partyIds }: AgreementRow, _: unknown, { data }: Context) => data.partnersByIds(partyIds),
    status: (agreement: AgreementRow, _: unknown, { clock }: Context) => statusOn(agreement, clock.today()),
  },

  Department: {
    __resolveReference: byKey("code", (data, code) => data.department(code)),
    code: idOf,
    leadAuthority: ({ leadAuthorityId }: DepartmentRow, _: unknown, { data }: Context) => data.partnerById(leadAuthorityId),
    priorities: (department: DepartmentRow) => prioritiesOf(department),
    socialBudget: (department: DepartmentRow, { year }: { readonly year: number }) => socialBudgetOf(department, year),
    events: (department: DepartmentRow, args: EventArgs) => eventsOf(department, args),
  },

  Scheme: {
    partners: ({ partnerIds }: SchemeRow, _: unknown, { data }: Context) => data.partnersByIds(partnerIds),
  },

  PathwayStep: {
    __resolveReference: (reference: object) => ({ ...reference, id: readReferenceKey(reference, "id") }),
    actors: async ({ id }: Reference, _: unknown, { data }: Context) => (await data.stepActors(id))?.actors ?? null,
    leadPartner: async ({ id }: Reference, _: unknown, { data }: Context) => data.partnerById((await data.stepActors(id))?.leadPartnerId),
  },

  StepActor: {
    professional: ({ professionalId }: StepActor, _: unknown, { data }: Context) => data.professional(professionalId),
    partner: ({ partnerId }: StepActor, _: unknown, { data }: Context) => data.partnerById(partnerId),
  },

  Referral: {
    __resolveReference: (reference: object) => reference,
    agreementInForce: (reference: ReferralReference, _: unknown, { data }: Context) => data.agreementFor(readTransfer(reference)),
  },

  Beneficiary: {
    __resolveReference: (reference: object) => ({ ...reference, id: readReferenceKey(reference, "id") }),
    careTeam: async ({ id }: Reference, _: unknown, { data }: Context) => (await data.careTeam(id))?.members ?? null,
  },

  CareTeamMember: {
    professional: ({ professionalId }: CareTeamMemberRow, _: unknown, { data }: Context) => data.professional(professionalId),
    partner: ({ partnerId }: CareTeamMemberRow, _: unknown, { data }: Context) => data.partnerById(partnerId),
    canReadIdentity: async (member: CareTeamMemberRow, _: unknown, { data, clock }: Context) =>
      canReadIdentity(member, await data.professional(member.professionalId), clock.today()),
  },
};
