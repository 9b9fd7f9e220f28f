// Rights to share: given, accepted, refused, withdrawn, objected to. By the person, or by a professional who says how the
// person's word is known.
import { randomUUID } from "node:crypto";

import { DATA_CATEGORIES, type SharingBasis } from "../../law/law.ts";
import type { Place, Sealed } from "../../sealed/sealed.ts";
import { addMonths } from "../calendar.ts";
import { BEYOND_CARE, holderOf, isOpposed } from "../decide.ts";
import type { GrantRow, PersonRow } from "../rows.ts";
import { readParty, type Acting, type Party } from "./authority.ts";
import { assertConditions, type GrantFacts, type GrantTerms } from "./grant-conditions.ts";
import { OPPOSABLE, whyNotTo } from "./grant-states.ts";
import { once, type Done, type OnceOptions } from "./once.ts";
import { notAllowed, readText, WriteRefused } from "./refusal.ts";
import type { Unit } from "./store.ts";
import { PLACES } from "./texts.ts";

export interface GiveGrantInput extends Pick<GrantTerms, "basis" | "purpose" | "dataCategories" | "toPartnerIds"> {
  readonly beneficiaryId: string;
  readonly professionalIds?: readonly string[] | null;
  readonly expiresAt?: Date | null;
  readonly informedAt?: Date | null;
  readonly informedException?: string | null;
  readonly evidence?: string | null;
  readonly supersedes?: string | null;
}

/** Of a grant that there is. */
export interface GrantChangeInput {
  readonly grantId: string;
  readonly reason?: string | null;
  readonly evidence?: string | null;
}

export interface OpposeSharingInput {
  readonly beneficiaryId: string;
  readonly basis: SharingBasis;
  readonly reason?: string | null;
}

export interface LiftOppositionInput {
  readonly beneficiaryId: string;
  readonly basis: SharingBasis;
  readonly evidence?: string | null;
}

export interface Keyed<Input> {
  readonly input: Input;
  readonly idempotencyKey: string;
}

export type WriteOptions = OnceOptions & Acting;

/** A consent without an end is none that is still meant. */
const CONSENT_MONTHS = 12;

export function giveGrant(options: WriteOptions, { input, idempotencyKey }: Keyed<GiveGrantInput>): Promise<GrantRow> {
  const may = (unit: Unit) => readParty(unit, input.beneficiaryId, options);
  return once(options, { mutation: "giveGrant", idempotencyKey, input, may, run: (unit, party) => give(unit, party, { options, input }) });
}

interface Writing<Input> {
  readonly options: WriteOptions;
  readonly input: Input;
}

async function give(unit: Unit, party: Party, { options, input }: Writing<GiveGrantInput>): Promise<Done<GrantRow>> {
  const { when } = options;
  const terms = readTerms(input);
  const named = terms.professionalIds.length === 0 ? [] : await unit.standings(terms.professionalIds);
  const agreements = await unit.agreementsOf(terms.toPartnerIds);
  assertConditions(terms, { party, named, agreements, when });
  if (input.supersedes != null) await supersede(unit, { grantId: input.supersedes, terms, party }, options);
  const row = await toGrant(terms, party, options);
  await unit.add("grants", row);
  return { personId: party.person._id, subjectId: row._id, answer: row };
}

function readTerms(input: GiveGrantInput): GrantTerms {
  const { basis, purpose, expiresAt = null, informedAt = null } = input;
  return {
    basis,
    purpose,
    dataCategories: [...new Set(input.dataCategories)],
    toPartnerIds: [...new Set(input.toPartnerIds)],
    professionalIds: [...new Set(input.professionalIds ?? [])],
    expiresAt,
    informedAt,
    informedException: input.informedException == null ? null : readText(input.informedException, "informedException"),
    evidence: input.evidence == null ? null : readText(input.evidence, "evidence"),
  };
}

interface Superseding {
  readonly grantId: string;
  readonly terms: GrantTerms;
  readonly party: Party;
}

async function supersede(unit: Unit, { grantId, terms, party }: Superseding, { when }: WriteOptions): Promise<void> {
  const old = party.grants.find(({ _id }) => _id === grantId);
  if (old === undefined) throw notAllowed();
  if (old.basis !== terms.basis) throw new WriteRefused("STATE_CONFLICT", "supersedes", `Cannot supersede the grant because its ground is ${old.basis}.`);
  await change(unit, { grant: old, to: "SUPERSEDED", with: { withdrawnAt: when.now } }, when.now);
}

/** A consent of which a professional shows no evidence waits for the person. */
async function toGrant(terms: GrantTerms, party: Party, { when: { now, today }, seal }: WriteOptions): Promise<GrantRow> {
  const isAsked = terms.basis === "CONSENT" && party.kind === "professional" && terms.evidence === null;
  const end = terms.basis === "CONSENT" ? new Date(`${addMonths(today, CONSENT_MONTHS)}T00:00:00Z`) : null;
  const [_id, personId] = [`grant-${randomUUID()}`, party.person._id];
  const sealOrNull = async (text: string | null, place: Place) => (text === null ? null : seal(text, { personId, place }));
  return {
    ...terms,
    _id,
    personId,
    evidence: await sealOrNull(terms.evidence, PLACES.evidence(_id)),
    informedException: await sealOrNull(terms.informedException, PLACES.exception(_id)),
    status: isAsked ? "PENDING" : "ACTIVE",
    givenAt: now,
    expiresAt: terms.expiresAt ?? end,
    withdrawnAt: null,
    liftedAt: null,
    informedAt: terms.informedAt ?? (party.kind === "person" ? now : null),
  };
}

const CHANGES = {
  acceptGrant: { to: "ACTIVE", verb: "accept" },
  refuseGrant: { to: "REFUSED", verb: "refuse" },
  withdrawGrant: { to: "WITHDRAWN", verb: "withdraw" },
} as const;

export function changeGrant(mutation: keyof typeof CHANGES, options: WriteOptions, { input, idempotencyKey }: Keyed<GrantChangeInput>): Promise<GrantRow> {
  const may = (unit: Unit) => readChangeable(unit, input.grantId, options);
  return once(options, { mutation, idempotencyKey, input, may, run: (unit, changeable) => changeState(unit, changeable, { options, input, ...CHANGES[mutation] }) });
}

interface Changeable {
  readonly party: Party;
  readonly grant: GrantRow;
}

async function readChangeable(unit: Unit, grantId: string, options: WriteOptions): Promise<Changeable> {
  // Nobody's, where there is no such grant: what follows is then the same as for somebody else's.
  const asked = await unit.grant(grantId);
  const party = await readParty(unit, asked?.personId ?? "", options);
  const grant = party.grants.find(({ _id }) => _id === grantId);
  if (grant === undefined) throw notAllowed();
  return { party, grant };
}

interface StateChange extends Writing<GrantChangeInput> {
  readonly to: (typeof CHANGES)[keyof typeof CHANGES]["to"];
}

async function changeState(unit: Unit, { party, grant }: Changeable, { options, input, to }: StateChange): Promise<Done<GrantRow>> {
  const { now } = options;
  const evidence = input.evidence == null ? null : readText(input.evidence, "evidence");
  if (to === "ACTIVE" && party.kind === "professional" && evidence === null) {
    throw new WriteRefused("BASIS_CONDITIONS_NOT_MET", "evidence", "Expected how the person's consent is known, got nothing.");
  }
  if (to === "ACTIVE") assertStillFits(grant, { party, named: [], agreements: await unit.agreementsOf(grant.toPartnerIds), when: options.when });
  const { _id, personId } = grant;
  const sealed = to !== "ACTIVE" || evidence === null ? null : await options.seal(evidence, { personId, place: PLACES.evidence(_id) });
  const changed = await change(unit, { grant, to, with: changesOf(to, sealed, { party, now }) }, now);
  const text = input.reason == null ? null : readText(input.reason, "reason");
  return { personId: grant.personId, subjectId: grant._id, text, answer: changed };
}

/** What was asked for may have lost its convention since. */
function assertStillFits(grant: GrantRow, facts: GrantFacts): void {
  assertConditions(grant as GrantRow & GrantTerms, facts);
}

interface By {
  readonly party: Party;
  readonly now: Date;
}

function changesOf(to: "ACTIVE" | "REFUSED" | "WITHDRAWN", evidence: Sealed | null, { party, now }: By): Partial<GrantRow> {
  if (to === "ACTIVE") return { givenAt: now, ...(evidence !== null && { evidence }), ...(party.kind === "person" && { informedAt: now }) };
  return to === "WITHDRAWN" ? { withdrawnAt: now } : {};
}

interface Change {
  readonly grant: GrantRow;
  readonly to: Parameters<typeof whyNotTo>[0];
  readonly with: Partial<GrantRow>;
}

async function change(unit: Unit, { grant, to, with: more }: Change, now: Date): Promise<GrantRow> {
  const why = whyNotTo(to, grant, now);
  if (why !== null) throw new WriteRefused("STATE_CONFLICT", "grantId", `Cannot make the grant ${to} because ${why}.`);
  const changes = { ...more, status: to };
  await save(unit, [grant], changes);
  return { ...grant, ...changes };
}

/** Only from the status in which they were seen. */
async function save(unit: Unit, grants: readonly GrantRow[], changes: Partial<GrantRow>): Promise<void> {
  const seen = grants.map(({ _id, status }) => ({ id: _id, status }));
  if (await unit.changeGrants(seen, changes)) return;
  throw new WriteRefused("STATE_CONFLICT", null, "Cannot change the grant because somebody else has just changed it.");
}

export function opposeSharing(options: WriteOptions, { input, idempotencyKey }: Keyed<OpposeSharingInput>): Promise<GrantRow[]> {
  const may = (unit: Unit) => readParty(unit, input.beneficiaryId, options);
  return once(options, { mutation: "opposeSharing", idempotencyKey, input, may, run: (unit, party) => oppose(unit, party, { options, input }) });
}

/** What is in force on that ground ends; where nothing is, the objection is recorded, so that nothing begins. */
async function oppose(unit: Unit, { person, grants }: Party, { options, input }: Writing<OpposeSharingInput>): Promise<Done<GrantRow[]>> {
  const { now } = options;
  if (!OPPOSABLE.has(input.basis)) {
    throw new WriteRefused("BASIS_CONDITIONS_NOT_MET", "basis", `Expected a ground to which a person may object, got ${input.basis}.`);
  }
  const ofBasis = grants.filter(({ basis }) => basis === input.basis);
  const inForce = ofBasis.filter((one) => whyNotTo("OPPOSED", one, now) === null);
  if (inForce.length === 0 && ofBasis.some(isOpposed)) {
    throw new WriteRefused("STATE_CONFLICT", "basis", `Cannot object to ${input.basis} because the person did already.`);
  }
  const ended = { status: "OPPOSED", withdrawnAt: now };
  const opposed = inForce.length === 0 ? [toOpposition(person, input.basis, now)] : inForce.map((grant) => ({ ...grant, ...ended }));
  const [first = null] = opposed;
  if (inForce.length === 0 && first !== null) await unit.add("grants", first);
  else await save(unit, inForce, ended);
  const subjectId = first?._id ?? person._id;
  const text = input.reason == null ? null : readText(input.reason, "reason");
  return { personId: person._id, subjectId, text, answer: opposed };
}

/** Names all whom it stops, so that they are told OPPOSED and not that there is no ground. */
function toOpposition(person: PersonRow, basis: string, now: Date): GrantRow {
  const { _id, team } = person;
  return {
    _id: `grant-${randomUUID()}`,
    personId: _id,
    basis,
    status: "OPPOSED",
    purpose: "SUPPORT",
    dataCategories: DATA_CATEGORIES.filter((category) => !BEYOND_CARE.has(category)),
    toPartnerIds: [...new Set([holderOf(person), ...team.map(({ partnerId }) => partnerId)])].sort(),
    givenAt: now,
    expiresAt: null,
    withdrawnAt: now,
    liftedAt: null,
    informedAt: null,
    informedException: null,
    professionalIds: [],
    evidence: null,
  };
}

export function liftOpposition(options: WriteOptions, { input, idempotencyKey }: Keyed<LiftOppositionInput>): Promise<GrantRow[]> {
  const may = (unit: Unit) => readParty(unit, input.beneficiaryId, options);
  return once(options, { mutation: "liftOpposition", idempotencyKey, input, may, run: (unit, party) => lift(unit, party, { options, input }) });
}

/**
 * What the law presumes is presumed again; what had been given before stays ended, and may be given anew. A professional says
 * how the person's word is known.
 */
async function lift(unit: Unit, { kind, person, grants }: Party, { options, input }: Writing<LiftOppositionInput>): Promise<Done<GrantRow[]>> {
  const { now } = options;
  const evidence = input.evidence == null ? null : readText(input.evidence, "evidence");
  if (kind === "professional" && evidence === null) {
    throw new WriteRefused("BASIS_CONDITIONS_NOT_MET", "evidence", "Expected how it is known that the person objects no more, got nothing.");
  }
  const opposed = grants.filter((grant) => grant.basis === input.basis && isOpposed(grant));
  const [first] = opposed;
  if (first === undefined) throw new WriteRefused("STATE_CONFLICT", "basis", `Cannot lift the objection to ${input.basis} because there is none.`);
  await save(unit, opposed, { liftedAt: now });
  return { personId: person._id, subjectId: first._id, text: evidence, answer: opposed.map((grant) => ({ ...grant, liftedAt: now })) };
}
