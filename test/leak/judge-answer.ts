// An answer of the gateway against the law, field by field: what should be hidden and is not is a leak, what should be
// shown and is not is a needless refusal, and what says something else than there is about this person is a wrong value.
import type { Json } from "../harness/stack.ts";
import { isLeaf, isSameLeaf, keyOfRow } from "./compare-values.ts";
import type { Facts } from "./facts.ts";
import { fieldOf } from "./paths.ts";
import type { Reader } from "./reading.ts";
import { isOfChildProtection, PARTIES, RESTS_ON, ROWS_REST_ON, SCOPES } from "./rests-on.ts";
import type { Truth } from "./truth.ts";

export interface Finding {
  readonly kind: "leak" | "needless refusal" | "wrong value";
  /** `beneficiary.household.members`, with the object's type and field. */
  readonly where: string;
}

export interface Case {
  readonly facts: Facts;
  readonly truth: Truth;
  readonly reader: Reader;
}

export interface Verdicts {
  readonly findings: Finding[];
  /** How many fields of objects were looked at. */
  fields: number;
}

interface Place {
  readonly where: string;
  /** Whom the object is about. */
  readonly personId: string;
  /** What there is; undefined where the tests do not know it (an edge, a table of counts). */
  readonly truth: Json | undefined;
}

/** A value that a root field answered; `personId` where the question names a person. */
export function judgeAnswer(value: Json, { where, personId }: { readonly where: string; readonly personId: string }, against: Case): Verdicts {
  const verdicts: Verdicts = { findings: [], fields: 0 };
  visit(value, { where, personId, truth: undefined }, { ...against, verdicts });
  return verdicts;
}

/** People that an answer speaks of, so that the truth about them can be learnt. */
export function peopleIn(value: Json): string[] {
  return objectsIn(value).flatMap(({ __typename, id }) => (__typename === "Beneficiary" && typeof id === "string" ? [id] : []));
}

/** However deep, by the names of their fields. */
export function objectsIn(value: Json): Json[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  return value === null || typeof value !== "object" ? [] : [plain(value), ...Object.values(value).flatMap(objectsIn)];
}

interface Walk extends Case {
  readonly verdicts: Verdicts;
}

function visit(value: Json, place: Place, walk: Walk): void {
  if (Array.isArray(value)) return value.forEach((one, index) => visit(one, { ...place, truth: Array.isArray(place.truth) ? place.truth.find((other: Json) => isSame(plain(one), other)) ?? place.truth[index] : undefined }, walk));
  if (value === null || typeof value !== "object") return;
  const object = plain(value);
  const known = walk.truth.objects.get(`${object.__typename} ${object.id}`) ?? place.truth;
  const personId = object.__typename === "Beneficiary" ? String(object.id) : personOf(known) ?? place.personId;
  for (const [name, answer] of Object.entries(object)) {
    if (name !== "__typename") visitField({ name, answer, type: String(object.__typename) }, { ...place, personId, truth: known }, walk);
  }
}

interface Field {
  readonly type: string;
  readonly name: string;
  readonly answer: Json;
}

function visitField({ type, name, answer }: Field, { where, personId, truth }: Place, walk: Walk): void {
  const { verdicts, facts, reader } = walk;
  const at = `${where} ${type}.${name}`;
  verdicts.fields += 1;
  const report = (kind: Finding["kind"]): void => void verdicts.findings.push({ kind, where: at });
  if (!mayRead({ type, name, object: truth }, personId, walk)) {
    if (answer !== null) report("leak");
    return;
  }
  if (at.endsWith("Beneficiary.withheld") && !tellsOfHome(answer, reader.personId === personId)) report("wrong value");
  // L4: an evaluator's visit moves the clock for those alone who may read of the child's protection.
  const isVisitTold = `${type}.${name}` === "Beneficiary.retention" && facts.may(reader, personId, "CHILD_PROTECTION");
  const there = isVisitTold ? facts.retentionWithVisits(personId) : truth?.[name];
  // What has no id is known by its place among what is shown.
  const shown = there === undefined ? undefined : rowsFor({ type, name, there, where }, personId, walk);
  if (there !== undefined && !ANOTHER_EACH_TIME.has(name)) compare(answer, shown, report);
  visit(answer, { where: `${where}.${name}`, personId, truth: ANOTHER_EACH_TIME.has(name) ? undefined : shown }, walk);
}

/** L17: who reads her own file sees herself alone in her home, which is told whether there are others or not. */
function tellsOfHome(withheld: Json, isOwn: boolean): boolean {
  const places = (withheld as Json[]).map(plain);
  // Of what is hidden each way asks for one field: elsewhere only whether there is anything is known.
  if (places.some(({ path }) => path === undefined)) return true;
  return isOwn === places.some(({ path }) => path === "household.members");
}

/** By who asks, or by what else is known: only whether they are answered is judged. */
const ANOTHER_EACH_TIME: ReadonlySet<string> = new Set(["withheld", "nearestSites", "eligibleServices", "pseudonym"]);

/** Leaves by their values, objects and rows by whether they are the ones: what they say is compared as it is visited. */
function compare(answer: Json, there: Json, report: (kind: Finding["kind"]) => void): void {
  if (answer === null || there === null) {
    if (answer !== there) report(there === null ? "leak" : "needless refusal");
  } else if (Array.isArray(there) && answer.length !== there.length) report(answer.length > there.length ? "leak" : "needless refusal");
  else if (isLeaf(there) ? !isSameLeaf(answer, there) : !areTheSame(answer, there)) report("wrong value");
}

function areTheSame(answer: Json, there: Json): boolean {
  if (Array.isArray(there)) return there.every((row, index) => areTheSame(answer[index], row));
  if (there === null || typeof there !== "object") return answer === there;
  const shown = plain(answer);
  const key = keyOfRow({ ...shown, beneficiary: plain(shown?.beneficiary ?? null) });
  return key === null || key === keyOfRow(there);
}

interface Asked {
  readonly type: string;
  readonly name: string;
  readonly object: Json | undefined;
}

function mayRead({ type, name, object }: Asked, personId: string, { facts, reader }: Walk): boolean {
  const coordinate = `${type}.${name}`;
  const scopes = SCOPES[coordinate];
  if (scopes !== undefined && !scopes.some((scope) => reader.scopes.has(scope))) return false;
  const category = RESTS_ON[coordinate];
  if (category === undefined) return true;
  // L4: what is part of evaluating a child at risk opens by that alone, and what else it rests on.
  if (object != null && isOfChildProtection(object) && ["site", "actors", "leadPartner"].includes(name)) return facts.may(reader, personId, "CHILD_PROTECTION");
  if (object != null && isOfChildProtection(object) && !facts.may(reader, personId, "CHILD_PROTECTION")) return false;
  return facts.may(reader, personId, category);
}

interface Rows {
  readonly type: string;
  readonly name: string;
  readonly there: Json;
  readonly where: string;
}

/** Of what there is, what this reader may know of. */
function rowsFor({ type, name, there, where }: Rows, personId: string, { facts, reader, truth }: Walk): Json {
  const coordinate = `${type}.${name}`;
  const categoryOf = ROWS_REST_ON[coordinate];
  const isShown = (row: Json): boolean => {
    const full = truth.objects.get(`${row.__typename} ${row.id}`) ?? row;
    const category = categoryOf?.(full, personId) ?? null;
    if (category !== null && !facts.may(reader, personId, category)) return false;
    if (row.__typename === "HouseholdMember") return facts.mayKnowOf(reader, String(row.beneficiary.id));
    if (row.__typename === "Beneficiary") return facts.mayKnowOf(reader, String(row.id));
    // An exchange between two is known to them and to the person (L2); a person's, sub-referrals included, go with the pathway.
    const alone = coordinate === "ReferralStep.referral" || (coordinate === "Referral.subReferrals" && !/\.referrals(\.subReferrals)*$/.test(where));
    return !alone || row.__typename !== "Referral" || isParty(String(row.id), { facts, reader });
  };
  if (Array.isArray(there)) return there.filter((row) => row === null || isShown(row));
  return there !== null && typeof there === "object" && !isShown(there) ? null : there;
}

export function isParty(referralId: string, { facts, reader }: Pick<Case, "facts" | "reader">): boolean {
  const referral = facts.world.referrals.find(({ id }) => id === referralId);
  if (referral === undefined) return false;
  if (reader.personId !== null) return referral.personId === reader.personId;
  return reader.partnerId !== null && mayExchange(reader, facts) && PARTIES.get(referralId)?.includes(reader.partnerId) === true;
}

/**
 * Of those who are party to an exchange, who is habilitated in person on the day and for it reads it (L11, CASF R.262-107), to help
 * somebody and not to count (L7, CASF L.263-4-1). A program is nobody whom anybody habilitated.
 */
export function mayExchange(reader: Reader, facts: Pick<Facts, "isHabilitated">): boolean {
  return facts.isHabilitated(reader) && ["SUPPORT", "REFERRAL", "EVALUATION", "CHILD_PROTECTION", "EVICTION_PREVENTION"].includes(reader.purpose ?? "");
}

function personOf(object: Json | undefined): string | null {
  return typeof object?.beneficiary?.id === "string" ? object.beneficiary.id : null;
}

function isSame(one: Json, other: Json): boolean {
  if (one === null || typeof one !== "object") return false;
  if (typeof one.id === "string") return one.id === other?.id;
  const whom = plain(one.beneficiary ?? null)?.id;
  return typeof whom === "string" && whom === other?.beneficiary?.id;
}

/** By the names of fields, whatever their aliases. */
function plain(object: Json): Json {
  if (object === null || typeof object !== "object") return object;
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [fieldOf(name), value]));
}
