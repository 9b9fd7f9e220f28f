// The collections of this subgraph and their indexes.
import { Schema, type Connection } from "mongoose";

import { isDay, isDepartmentCode, isInseeCommune } from "../kit/kit.ts";

export type Tables = ReturnType<typeof openTables>;

const SUBSCHEMA = { _id: false } as const;
const DAY = { type: String, default: null, validate: (value: unknown) => value === null || isDay(value) };
const REQUIRED_DAY = { type: String, required: true, validate: isDay };
const COMMUNE = { type: String, default: null, validate: (value: unknown) => value === null || isInseeCommune(value) };
/** A commune, or 99 and a country for those born abroad. */
const BIRTHPLACE = { type: String, default: null, validate: (value: unknown) => value === null || isInseeCommune(value) || /^99\d{3}$/.test(String(value)) };
const DEPARTMENT = { type: String, required: true, validate: isDepartmentCode };
const TEXT = { type: String, required: true };
const TEXT_OR_NULL = { type: String, default: null };
/** A value that somebody forgot to seal is refused when it is written. */
const isSealed = (value: unknown) => value === null || /^v1\.[\w-]{36}\.[\w-]{16}\.[\w-]{22,}$/.test(String(value));
export const SEALED = { type: String, required: true, validate: isSealed };
export const SEALED_OR_NULL = { type: String, default: null, validate: isSealed };
const INSTANT_OR_NULL = { type: Date, default: null };
const INSTANT = { type: Date, required: true };
const YES_NO = { type: Boolean, required: true };

const need = new Schema(
  { _id: TEXT, theme: TEXT, description: TEXT_OR_NULL, severity: TEXT, status: TEXT, identifiedAt: REQUIRED_DAY, closedAt: DAY },
  SUBSCHEMA,
);

const contact = new Schema(
  { phone: SEALED_OR_NULL, email: SEALED_OR_NULL, preferred: TEXT, safeToContact: YES_NO, language: TEXT_OR_NULL },
  SUBSCHEMA,
);

const residence = new Schema(
  { communeCode: { ...COMMUNE, required: true }, lat: Number, lon: Number, inPriorityDistrict: Boolean, homeless: Boolean },
  SUBSCHEMA,
);

const keys = new Schema(
  { names: [String], prefixes: [String], firstName: TEXT_OR_NULL, phone: TEXT_OR_NULL, email: TEXT_OR_NULL, localIds: [String], caf: TEXT_OR_NULL },
  SUBSCHEMA,
);

const teamMember = new Schema({ professionalId: TEXT, partnerId: TEXT, role: TEXT, since: REQUIRED_DAY, until: DAY, childProtection: { type: Boolean, default: false } }, SUBSCHEMA);

/** By which people are looked up, and below their files, whatever the scope: what is secret is not even read to be left out. */
export const PERSON_KNOWN = { _id: 1, protectedOnly: 1 } as const;
export const FILE_KNOWN = { _id: 1, childProtection: 1 } as const;

const person = new Schema(
  {
    _id: TEXT,
    departmentCode: DEPARTMENT,
    sex: TEXT,
    birthName: TEXT,
    usageName: TEXT_OR_NULL,
    firstNames: [String],
    birthDate: DAY,
    birthCommuneCode: BIRTHPLACE,
    contact: { type: contact, default: null },
    nir: SEALED_OR_NULL,
    nirIndex: TEXT_OR_NULL,
    nirStatus: TEXT,
    localIdentifiers: [new Schema({ system: TEXT, value: SEALED }, SUBSCHEMA)],
    residence: { type: residence, default: null },
    publics: [String],
    needs: [need],
    householdId: TEXT_OR_NULL,
    householdRole: TEXT,
    householdSince: DAY,
    householdUntil: DAY,
    lastContactAt: INSTANT_OR_NULL,
    lastProtectionContactAt: INSTANT_OR_NULL,
    litigationHold: YES_NO,
    retentionMonths: { type: Number, default: null, min: 1, max: 36 },
    anonymisedOn: DAY,
    team: [teamMember],
    protectedOnly: YES_NO,
    keys: { type: keys, required: true },
  },
  { collection: "people", versionKey: false },
)
  .index(PERSON_KNOWN)
  // Of a person who must not even be known of nothing is fetched, whatever is searched by.
  .index({ householdId: 1, protectedOnly: 1, _id: 1 })
  .index({ nirIndex: 1, protectedOnly: 1, _id: 1 })
  .index({ "keys.localIds": 1, protectedOnly: 1, _id: 1 })
  .index({ "keys.prefixes": 1, protectedOnly: 1, _id: 1 })
  .index({ "keys.names": 1, birthDate: 1, protectedOnly: 1 })
  .index({ "keys.phone": 1, protectedOnly: 1, _id: 1 })
  .index({ "keys.email": 1, protectedOnly: 1, _id: 1 })
  .index({ birthDate: 1, protectedOnly: 1, _id: 1 })
  .index({ "residence.communeCode": 1, protectedOnly: 1, _id: 1 })
  .index({ departmentCode: 1, retentionMonths: 1 });

const tenancy = new Schema({ landlordKind: TEXT_OR_NULL, rentArrears: Boolean, hearingDate: DAY }, SUBSCHEMA);
const household = new Schema({ _id: TEXT, tenancy: { type: tenancy, default: null } }, { collection: "households", versionKey: false });

const assessment = new Schema(
  {
    _id: TEXT,
    personId: TEXT,
    kind: TEXT,
    requestedBy: TEXT_OR_NULL,
    requestedAt: INSTANT,
    dueAt: INSTANT_OR_NULL,
    completedAt: INSTANT_OR_NULL,
    needIds: [String],
    conclusion: TEXT_OR_NULL,
    childProtection: YES_NO,
  },
  { collection: "assessments", versionKey: false },
)
  .index(FILE_KNOWN)
  .index({ personId: 1, requestedAt: 1, _id: 1 });

const action = new Schema({ _id: TEXT, label: TEXT, status: TEXT, startsOn: DAY, dueOn: DAY }, SUBSCHEMA);
const goal = new Schema(
  { _id: TEXT, label: TEXT, agreedWithBeneficiary: YES_NO, coSignedByIds: [String], dueOn: DAY, status: TEXT, actions: [action] },
  SUBSCHEMA,
);
const referent = new Schema({ professionalId: TEXT, since: REQUIRED_DAY, until: DAY }, SUBSCHEMA);

const pathway = new Schema(
  {
    _id: TEXT,
    personId: TEXT,
    status: TEXT,
    openedAt: REQUIRED_DAY,
    closedAt: DAY,
    closureReason: TEXT_OR_NULL,
    referent: { type: referent, default: null },
    goals: [goal],
    childProtection: YES_NO,
  },
  { collection: "pathways", versionKey: false },
)
  .index(FILE_KNOWN)
  .index({ personId: 1, openedAt: 1, _id: 1 });

const counted = new Schema({ ageBand: TEXT, publics: [String], themes: [String] }, SUBSCHEMA);
const step = new Schema(
  {
    _id: TEXT,
    pathwayId: TEXT,
    personId: TEXT,
    kind: TEXT,
    status: TEXT,
    order: { type: Number, required: true },
    plannedFor: DAY,
    startedAt: INSTANT_OR_NULL,
    endedAt: INSTANT_OR_NULL,
    outcome: TEXT_OR_NULL,
    withoutAppointment: YES_NO,
    onlineProcedures: [String],
    assessmentId: TEXT_OR_NULL,
    referralId: TEXT_OR_NULL,
    referralPartnerIds: [String],
    goalIds: [String],
    childProtection: YES_NO,
    countedOn: REQUIRED_DAY,
    departmentCode: DEPARTMENT,
    communeCode: COMMUNE,
    territoryCode: TEXT_OR_NULL,
    siteId: TEXT_OR_NULL,
    leadPartnerId: TEXT,
    counted: { type: counted, required: false },
  },
  { collection: "steps", versionKey: false },
)
  .index(FILE_KNOWN)
  .index({ pathwayId: 1, order: 1, _id: 1 })
  .index({ personId: 1 });

const grant = new Schema(
  {
    _id: TEXT,
    personId: TEXT,
    basis: TEXT,
    status: TEXT,
    purpose: TEXT,
    dataCategories: [String],
    toPartnerIds: [String],
    givenAt: INSTANT,
    expiresAt: INSTANT_OR_NULL,
    withdrawnAt: INSTANT_OR_NULL,
    liftedAt: INSTANT_OR_NULL,
    informedAt: INSTANT_OR_NULL,
    informedException: SEALED_OR_NULL,
    professionalIds: [String],
    evidence: SEALED_OR_NULL,
  },
  { collection: "grants", versionKey: false },
).index({ personId: 1, givenAt: 1, _id: 1 });

const habilitation = new Schema({ purposes: [String], dataCategories: [String], validFrom: REQUIRED_DAY, validTo: DAY }, SUBSCHEMA);
const standing = new Schema(
  {
    _id: TEXT,
    partnerId: TEXT,
    partnerKind: TEXT,
    profession: TEXT,
    secrecyBasis: TEXT_OR_NULL,
    missions: [String],
    habilitation: { type: habilitation, default: null },
  },
  { collection: "standings", versionKey: false },
);

const suspension = new Schema({ from: REQUIRED_DAY, until: DAY }, SUBSCHEMA);
const agreement = new Schema(
  { _id: TEXT, partyIds: [String], purposes: [String], validFrom: REQUIRED_DAY, validTo: DAY, suspensions: [suspension] },
  { collection: "agreements", versionKey: false },
).index({ partyIds: 1 });

const emergency = new Schema(
  {
    _id: TEXT,
    personId: TEXT,
    professionalId: TEXT,
    partnerId: TEXT,
    purpose: TEXT,
    reason: TEXT,
    text: SEALED,
    secret: { type: Boolean, default: true },
    openedAt: INSTANT,
    until: INSTANT,
    reviewDueAt: INSTANT,
    tellWhenLate: { type: Boolean, default: true },
    review: { type: new Schema({ byProfessionalId: TEXT, at: INSTANT, verdict: TEXT, comment: SEALED_OR_NULL }, SUBSCHEMA), default: null },
  },
  { collection: "emergencies", versionKey: false },
)
  .index({ personId: 1 })
  .index({ professionalId: 1, until: 1 })
  .index({ reviewDueAt: 1 }, { partialFilterExpression: { tellWhenLate: true } })
  .index({ partnerId: 1, reviewDueAt: 1, _id: 1 });

const evaluation = new Schema(
  {
    _id: TEXT,
    personId: TEXT,
    householdId: TEXT,
    professionalIds: [String],
    openedAt: INSTANT,
    closedAt: INSTANT_OR_NULL,
    informedAt: INSTANT_OR_NULL,
    informedException: SEALED_OR_NULL,
  },
  { collection: "evaluations", versionKey: false },
)
  .index({ personId: 1 })
  .index({ professionalIds: 1, closedAt: 1 });

const accessEvent = new Schema(
  {
    _id: TEXT,
    personId: TEXT,
    at: INSTANT,
    byProfessionalId: TEXT,
    byPartnerId: TEXT,
    purpose: TEXT_OR_NULL,
    fields: [String],
    decision: TEXT,
    operationName: TEXT_OR_NULL,
    bases: [String],
    request: TEXT_OR_NULL,
    over: { type: Boolean, default: true },
    elsewhere: { type: Boolean, default: false },
    log: TEXT_OR_NULL,
    place: { type: Number, default: null },
  },
  { collection: "accessEvents", versionKey: false },
)
  .index({ personId: 1, at: -1, _id: -1 })
  .index({ at: 1 });

const matchDecision = new Schema({ _id: TEXT, personIds: [String], decision: TEXT }, { collection: "matchDecisions", versionKey: false }).index({ personIds: 1 });

/** The journal of anonymisations. Who it is about and the secret that made the new ids are there only until it is finished. */
const erasure = new Schema(
  { _id: TEXT, state: TEXT, personId: String, secret: String, counts: YES_NO, begunOn: REQUIRED_DAY, done: [String], finishedOn: DAY },
  { collection: "erasures", versionKey: false },
)
  .index({ state: 1, _id: 1 })
  .index({ personId: 1 }, { unique: true, partialFilterExpression: { personId: { $exists: true } } });

/** For the retention job, which has a connection of its own. */
export function openRetentionTables(connection: Connection) {
  return { people: connection.model("Person", person), erasures: connection.model("Erasure", erasure) };
}

export function openTables(connection: Connection) {
  return {
    people: connection.model("Person", person),
    households: connection.model("Household", household),
    assessments: connection.model("Assessment", assessment),
    pathways: connection.model("Pathway", pathway),
    steps: connection.model("Step", step),
    grants: connection.model("Grant", grant),
    accessEvents: connection.model("AccessEvent", accessEvent),
    matchDecisions: connection.model("MatchDecision", matchDecision),
    standings: connection.model("Standing", standing),
    agreements: connection.model("Agreement", agreement),
    emergencies: connection.model("Emergency", emergency),
    evaluations: connection.model("Evaluation", evaluation),
  };
}
