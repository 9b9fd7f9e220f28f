// What partners keeps in MongoDB: the schemas, their indexes, and each query by the name of its intent.
// Every query answers plain rows; the comment of an index names the queries that stand on it.
import { Schema, type Connection, type Model } from "mongoose";

import type { Directory } from "../directory/directory.ts";
import {
  afterFilter,
  fetchSize,
  isDepartmentCode,
  isFiness,
  isInseeCommune,
  isRna,
  isSiren,
  isSiret,
  sortOf,
  type OrderField,
  type Page,
} from "../kit/kit.ts";
import { toDirectory } from "./directory.ts";
import type {
  AgreementRow,
  CareTeamRow,
  DepartmentRow,
  PartnerRow,
  PartnersRows,
  ProfessionalRow,
  StepActorsRow,
} from "./rows.ts";

/** What `partners(filter:)` asks, checked and folded; every criterion that is given must hold. */
export interface PartnerSearch {
  readonly departmentCode?: string;
  readonly kinds?: readonly string[];
  readonly network?: string;
  /** Folded words, each the beginning of a word of the name or of a former name. */
  readonly words?: readonly string[];
  readonly status?: string;
  readonly siret?: string;
}

export interface PartnersModels {
  partnersByKeys(ids: readonly string[], sirets: readonly string[]): Promise<PartnerRow[]>;
  partnerPage(search: PartnerSearch, page: Page): Promise<PartnerRow[]>;
  countPartners(search: PartnerSearch): Promise<number>;
  branchesOf(parentIds: readonly string[]): Promise<PartnerRow[]>;
  professionalsByIds(ids: readonly string[]): Promise<ProfessionalRow[]>;
  professionalsOf(employerIds: readonly string[]): Promise<ProfessionalRow[]>;
  agreementsByIds(ids: readonly string[]): Promise<AgreementRow[]>;
  agreementsOf(partnerIds: readonly string[]): Promise<AgreementRow[]>;
  /** Agreements with a party of each side, begun by the day. */
  agreementsBetween(some: readonly string[], others: readonly string[], begunBy: string): Promise<AgreementRow[]>;
  departmentsByCodes(codes: readonly string[]): Promise<DepartmentRow[]>;
  stepActorsOf(stepIds: readonly string[]): Promise<StepActorsRow[]>;
  careTeamsOf(personIds: readonly string[]): Promise<CareTeamRow[]>;
  /** What the others have to know, at one instant. */
  directory(): Promise<Directory>;
  /**
   * Writes rows in bulk. Partners, agreements and départements are checked by their schemas first: a SIRET that is none is
   * refused, and nothing of that batch is written. The others hold no identifier of a register.
   */
  insert(rows: Partial<PartnersRows>): Promise<void>;
}

/** By name, as `partners` pages. */
export const PARTNER_ORDER: readonly OrderField[] = [
  { field: "sortName", kind: "string" },
  { field: "_id", kind: "string" },
];

/** Checking seven thousand nested rows takes mongoose longer than MongoDB takes to write them. */
const UNCHECKED = { lean: true } as const;
const PLAIN = { versionKey: false, strict: "throw", id: false } as const;
const text = { type: String, required: true } as const;
const texts = { type: [String], default: [] };
const rows = (definition: Record<string, unknown>) => ({ type: [new Schema(definition, { ...PLAIN, _id: false })], default: [] });
const optional = (isValid: (value: unknown) => boolean, expected: string) => ({
  type: String,
  validate: { validator: isValid, message: `Expected ${expected}, got {VALUE}.` },
});

const partnerSchema = new Schema<PartnerRow>(
  {
    _id: text,
    tenantId: text,
    name: text,
    sortName: text,
    beginnings: texts,
    formerNames: rows({ name: text, until: String }),
    kind: text,
    siret: optional(isSiret, "a SIRET (14 digits, Luhn)"),
    siren: optional(isSiren, "a SIREN (9 digits, Luhn)"),
    finess: optional(isFiness, "a FINESS number (9 digits, Luhn)"),
    rna: optional(isRna, "an RNA number (W and 9 digits)"),
    networks: texts,
    departmentCode: optional(isDepartmentCode, "a code of a département"),
    communeCode: optional(isInseeCommune, "an INSEE code of a commune"),
    phone: String,
    email: String,
    website: String,
    parentId: String,
    successorId: String,
    status: text,
    retentionMonths: { type: Number, min: 1, max: 36 },
    slaDays: { type: Number, min: 1 },
  },
  { ...PLAIN, collection: "partners" },
);
// partnersByKeys; a partner without SIRET lacks the field, so that the index stays sparse and unique.
partnerSchema.index({ siret: 1 }, { unique: true, sparse: true });
// partnerPage and countPartners: the criterion that leaves least comes first, then the order of the page.
partnerSchema.index({ sortName: 1, _id: 1 });
partnerSchema.index({ departmentCode: 1, sortName: 1, _id: 1 });
partnerSchema.index({ kind: 1, sortName: 1, _id: 1 });
partnerSchema.index({ networks: 1, sortName: 1, _id: 1 });
partnerSchema.index({ beginnings: 1, sortName: 1, _id: 1 });
// branchesOf
partnerSchema.index({ parentId: 1, sortName: 1, _id: 1 });

const professionalSchema = new Schema<ProfessionalRow>(
  {
    _id: text,
    displayName: text,
    profession: text,
    employerId: text,
    missions: rows({ code: text, label: text, domains: texts, communes: texts }),
    habilitation: {
      type: new Schema(
        { grantedBy: text, purposes: texts, dataCategories: texts, validFrom: text, validTo: String },
        { ...PLAIN, _id: false },
      ),
    },
  },
  { ...PLAIN, collection: "professionals" },
);
// professionalsOf
professionalSchema.index({ employerId: 1, _id: 1 });

const agreementSchema = new Schema<AgreementRow>(
  {
    _id: text,
    partyIds: { type: [String], required: true, validate: { validator: hasTwoParties, message: "Expected two parties or more." } },
    purposes: texts,
    dataCategories: texts,
    legalBasis: text,
    signedOn: text,
    validFrom: text,
    validTo: String,
    suspensions: rows({ from: text, until: String }),
    dpiaReference: String,
  },
  { ...PLAIN, collection: "agreements" },
);
// agreementsOf, agreementsBetween
agreementSchema.index({ partyIds: 1, validFrom: 1 });

const departmentSchema = new Schema<DepartmentRow>(
  {
    _id: { ...text, validate: { validator: isDepartmentCode, message: "Expected a code of a département, got {VALUE}." } },
    name: text,
    leadAuthorityId: text,
    areasOfWork: texts,
    priorities: rows({ rank: { type: Number, required: true }, label: text, publics: texts, schemeIds: texts }),
    schemes: rows({
      id: text,
      label: text,
      startedOn: String,
      endedOn: String,
      partnerIds: texts,
      evaluations: rows({ year: { type: Number, required: true }, conclusions: texts, decidedChanges: texts }),
    }),
    budgets: rows({ year: { type: Number, required: true }, amount: { type: Number, required: true } }),
    events: rows({
      id: text,
      name: text,
      edition: Number,
      heldOn: text,
      communeCode: text,
      attendees: Number,
      programme: texts,
    }),
  },
  { ...PLAIN, collection: "departments" },
);

const stepActorsSchema = new Schema<StepActorsRow>(
  {
    _id: text,
    personId: text,
    leadPartnerId: text,
    actors: rows({ professionalId: text, partnerId: text, role: text }),
  },
  { ...PLAIN, collection: "stepActors" },
);

// Of a person whose file ends, or who asks for all that is kept.
stepActorsSchema.index({ personId: 1 });

const careTeamSchema = new Schema<CareTeamRow>(
  {
    _id: text,
    members: rows({ professionalId: text, partnerId: text, role: text, since: text, until: String, childProtection: { type: Boolean, required: true } }),
  },
  { ...PLAIN, collection: "careTeams" },
);

/** Binds the schemas to a connection. */
export function openModels(connection: Connection): PartnersModels {
  const partners = connection.model<PartnerRow>("partner", partnerSchema);
  const professionals = connection.model<ProfessionalRow>("professional", professionalSchema);
  const agreements = connection.model<AgreementRow>("agreement", agreementSchema);
  const departments = connection.model<DepartmentRow>("department", departmentSchema);
  const stepActors = connection.model<StepActorsRow>("stepActors", stepActorsSchema);
  const careTeams = connection.model<CareTeamRow>("careTeam", careTeamSchema);
  return {
    partnersByKeys: (ids, sirets) => partners.find(keysFilter(ids, sirets)).lean<PartnerRow[]>().exec(),
    partnerPage: (search, page) =>
      partners
        .find({ ...searchFilter(search), ...afterFilter(page) })
        .sort(sortOf(page))
        .limit(fetchSize(page))
        .lean<PartnerRow[]>()
        .exec(),
    countPartners: (search) => partners.countDocuments(searchFilter(search)).exec(),
    branchesOf: (parentIds) =>
      partners.find({ parentId: { $in: parentIds } }).sort({ sortName: 1, _id: 1 }).lean<PartnerRow[]>().exec(),
    professionalsByIds: (ids) => professionals.find({ _id: { $in: ids } }).lean<ProfessionalRow[]>().exec(),
    professionalsOf: (employerIds) =>
      professionals.find({ employerId: { $in: employerIds } }).sort({ employerId: 1, _id: 1 }).lean<ProfessionalRow[]>().exec(),
    agreementsByIds: (ids) => agreements.find({ _id: { $in: ids } }).lean<AgreementRow[]>().exec(),
    agreementsOf: (partnerIds) => agreements.find({ partyIds: { $in: partnerIds } }).lean<AgreementRow[]>().exec(),
    agreementsBetween: (some, others, begunBy) =>
      agreements
        .find({ $and: [{ partyIds: { $in: others } }, { partyIds: { $in: some } }], validFrom: { $lte: begunBy } })
        .lean<AgreementRow[]>()
        .exec(),
    departmentsByCodes: (codes) => departments.find({ _id: { $in: codes } }).lean<DepartmentRow[]>().exec(),
    stepActorsOf: (stepIds) => stepActors.find({ _id: { $in: stepIds } }).lean<StepActorsRow[]>().exec(),
    careTeamsOf: (personIds) => careTeams.find({ _id: { $in: personIds } }).lean<CareTeamRow[]>().exec(),
    directory: () => readDirectoryRows(connection, { partners, professionals, agreements }),
    insert: async (rows) => {
      await partners.insertMany(rows.partners ?? []);
      await Promise.all([
        agreements.insertMany(rows.agreements ?? []),
        departments.insertMany(rows.departments ?? []),
        professionals.insertMany(rows.professionals ?? [], UNCHECKED),
        stepActors.insertMany(rows.stepActors ?? [], UNCHECKED),
        careTeams.insertMany(rows.careTeams ?? [], UNCHECKED),
      ]);
    },
  };
}

interface Told {
  readonly partners: Model<PartnerRow>;
  readonly professionals: Model<ProfessionalRow>;
  readonly agreements: Model<AgreementRow>;
}

/** Of one snapshot, so that no professional is told with an organisation that they joined later. */
async function readDirectoryRows(connection: Connection, { partners, professionals, agreements }: Told): Promise<Directory> {
  const session = await connection.startSession({ snapshot: true });
  const inOrder = { _id: 1 } as const;
  try {
    return toDirectory({
      partners: await partners.find({}, { kind: 1, retentionMonths: 1 }).sort(inOrder).session(session).lean<PartnerRow[]>().exec(),
      professionals: await professionals.find({}, { displayName: 0 }).sort(inOrder).session(session).lean<ProfessionalRow[]>().exec(),
      agreements: await agreements.find({}).sort(inOrder).session(session).lean<AgreementRow[]>().exec(),
    });
  } finally {
    await session.endSession();
  }
}

/** By id or by SIRET in one query; without SIRETs the plain form, which is the common one. */
function keysFilter(ids: readonly string[], sirets: readonly string[]) {
  if (sirets.length === 0) return { _id: { $in: ids } };
  return { $or: [{ _id: { $in: ids } }, { siret: { $in: sirets } }] };
}

function searchFilter({ departmentCode, kinds, network, words, status, siret }: PartnerSearch): Record<string, unknown> {
  return {
    ...(siret !== undefined && { siret }),
    ...(words !== undefined && { beginnings: { $all: words } }),
    ...(network !== undefined && { networks: network }),
    ...(departmentCode !== undefined && { departmentCode }),
    ...(kinds !== undefined && { kind: { $in: kinds } }),
    ...(status !== undefined && { status }),
  };
}

function hasTwoParties(partyIds: readonly string[]): boolean {
  return new Set(partyIds).size >= 2;
}
