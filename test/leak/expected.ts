// What is left of a full answer for somebody who may read some categories only, and what `withheld` must then say.
import type { Json } from "../harness/stack.ts";
import { OF_TWO, PARTIES, RESTS_ON, ROWS_REST_ON, SCOPES } from "./rests-on.ts";

export interface Rights {
  readonly categories: ReadonlySet<string>;
  /** Null where no gateway asks for scopes. */
  readonly scopes: ReadonlySet<string> | null;
  /** Scopes that `withheld` knows of. */
  readonly told: ReadonlySet<string>;
  /** Fields that are decided elsewhere. */
  readonly given?: ReadonlySet<string>;
  /** Referrals that protect a child (L4). */
  readonly protecting?: ReadonlySet<string>;
  /** For whom is asked. */
  readonly partnerId: string | null;
}

/** `full` answers with everything allowed and with `__typename` in every object. */
export function prune(full: Json, rights: Rights): Json {
  if (Array.isArray(full)) return full.map((one) => prune(one, rights));
  if (full === null || typeof full !== "object") return full;
  const type = String(full.__typename);
  return Object.fromEntries(
    Object.entries(full).map(([name, value]) => {
      if (name === "withheld") return [name, withheldOf(type, full, rights)];
      return [name, isHidden(`${type}.${name}`, rights) || isOfOthers(`${type}.${name}`, value, rights) ? null : prune(keepRows({ coordinate: `${type}.${name}`, value, ownerId: String(full.id) }, rights), rights)];
    }),
  );
}

export function isHidden(coordinate: string, { categories, scopes, given }: Rights): boolean {
  if (given?.has(coordinate)) return false;
  const category = RESTS_ON[coordinate];
  if (category !== undefined && !categories.has(category)) return true;
  return scopes !== null && lacksScope(coordinate, scopes);
}

function isOfOthers(coordinate: string, value: Json, { partnerId }: Rights): boolean {
  return OF_TWO.has(coordinate) && value !== null && PARTIES.get(value.id)?.includes(partnerId ?? "") !== true;
}

function lacksScope(coordinate: string, scopes: ReadonlySet<string>): boolean {
  const alternatives = SCOPES[coordinate];
  return alternatives !== undefined && !alternatives.some((scope) => scopes.has(scope));
}

interface Rows {
  readonly coordinate: string;
  readonly value: Json;
  readonly ownerId: string;
}

function keepRows({ coordinate, value, ownerId }: Rows, { categories, given, protecting }: Rights): Json {
  const ofReferral = ({ id }: Json): string | null => (protecting?.has(id) === true ? "CHILD_PROTECTION" : null);
  const categoryOf = coordinate === "Beneficiary.referrals" ? ofReferral : ROWS_REST_ON[coordinate];
  if (categoryOf === undefined || value === null || given?.has(coordinate)) return value;
  const isKept = (row: Json): boolean => {
    const category = categoryOf(row, ownerId);
    return category === null || categories.has(category);
  };
  return Array.isArray(value) ? value.filter(isKept) : isKept(value) ? value : null;
}

/** The test's judge refuses because the person objected. */
function withheldOf(type: string, full: Json, rights: Rights): Json[] {
  const own = Object.keys(RESTS_ON).filter((coordinate) => coordinate.startsWith(`${type}.`)).flatMap((coordinate) => hiddenAt(coordinate, coordinate.slice(type.length + 1), { full, rights }));
  const isIdentityShown = type === "Beneficiary" && own.every(({ path }) => path !== "identity");
  const inside = isIdentityShown ? ["Identity.contact", "Identity.nir"].flatMap((coordinate) => hiddenAt(coordinate, coordinate.replace("Identity", "identity"), { full, rights })) : [];
  // L2: whoever may endanger somebody must not learn how they are reached.
  const contact = isIdentityShown && inside.every(({ path }) => path !== "identity.contact") ? full.identity?.contact : null;
  const reserved = contact?.safeToContact === false ? ["phone", "email"].map((field) => ({ path: `identity.contact.${field}`, reason: "CONFIDENTIAL_ADDRESS", count: null })) : [];
  // L6: of a home that is shown, rent and arrears.
  const home = type === "Beneficiary" && own.every(({ path }) => path !== "household") ? hiddenAt("Household.tenancy", "household.tenancy", { full, rights }) : [];
  const assessed = type === "Beneficiary" && own.every(({ path }) => path !== "assessments") ? amongAssessments(full, rights) : [];
  const steps = type === "Pathway" && own.every(({ path }) => path !== "steps") ? keepRows({ coordinate: "Pathway.steps", value: full.steps, ownerId: full.id }, rights) : [];
  const others = (steps ?? []).filter((step: Json) => isOfOthers(`${step.__typename}.referral`, step.referral ?? null, rights));
  const ofOthers = others.length === 0 ? [] : [{ path: "steps.referral", reason: "NO_GRANT", count: others.length }];
  return [...own, ...inside, ...home, ...assessed, ...reserved, ...ofOthers, ...inSteps(steps ?? [], rights)].map((one) => ({ __typename: "Withheld", ...one })).sort(byPath);
}

/** Of the steps that are shown: how many assessments are not, those aside that protect a child, of which not even that is told (L4). */
function inSteps(steps: readonly Json[], { categories, told }: Rights): Json[] {
  const assessing = steps.filter(({ __typename }) => __typename === "AssessmentStep");
  const closed = assessing.filter(({ id, assessment }) => {
    const category = assessment && ROWS_REST_ON["AssessmentStep.assessment"]?.(assessment, String(id));
    return category != null && category !== "CHILD_PROTECTION" && !categories.has(category);
  });
  const [hidden, reason] = lacksScope("AssessmentStep.assessment", told) ? [assessing, "NOT_HABILITATED"] : [closed, "OPPOSED"];
  return hidden.length === 0 ? [] : [{ path: "steps.assessment", reason, count: hidden.length }];
}

/** Of the assessments that are shown: in how many something is hidden. */
function amongAssessments(full: Json, rights: Rights): Json[] {
  const shown: readonly Json[] = keepRows({ coordinate: "Beneficiary.assessments", value: full.assessments, ownerId: full.id }, rights) ?? [];
  const hidden = shown.flatMap((one) => [
    ...hiddenAt("Assessment.conclusion", "assessments.conclusion", { full: one, rights }),
    ...hiddenAt("Assessment.needs", "assessments.needs", { full: one, rights }),
  ]);
  const counted = Map.groupBy(hidden, ({ path, reason }) => `${path} ${reason}`);
  return [...counted.values()].map((places) => ({ ...places[0], count: places.length }));
}

interface Hiding {
  readonly full: Json;
  readonly rights: Rights;
}

function hiddenAt(coordinate: string, path: string, { full, rights }: Hiding): Json[] {
  if (lacksScope(coordinate, rights.told) || RESTS_ON[coordinate] === "NOBODY") return [{ path, reason: "NOT_HABILITATED", count: null }];
  if (!rights.categories.has(RESTS_ON[coordinate] ?? "")) return [{ path, reason: "OPPOSED", count: null }];
  // Of what protects a child even the number is secret (L4), and of publics it would tell which one it is.
  const rows = TOLD.has(coordinate) ? full[coordinate.slice(coordinate.indexOf(".") + 1)] : null;
  if (rows === null) return [];
  const known = keepRows({ coordinate, value: rows, ownerId: full.id }, EXCEPT_PROTECTION);
  const count = known.length - keepRows({ coordinate, value: known, ownerId: full.id }, rights).length;
  return count === 0 ? [] : [{ path, reason: "OPPOSED", count }];
}

/** Lists of which it is told how many rows are hidden. */
const TOLD: ReadonlySet<string> = new Set(["Beneficiary.needs", "Beneficiary.assessments", "Assessment.needs"]);
const EXCEPT_PROTECTION: Rights = {
  categories: new Set("IDENTITY CONTACT HOUSEHOLD NEEDS HEALTH JUSTICE FINANCE EMPLOYMENT PATHWAY APPOINTMENTS COORDINATION".split(" ")),
  ...{ scopes: null, told: new Set(), partnerId: null },
};

export function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return one.path < other.path ? -1 : one.path > other.path ? 1 : 0;
}

/** Coordinates of `RESTS_ON` that have a value somewhere in an answer. */
export function coordinatesIn(answer: Json): Set<string> {
  if (Array.isArray(answer)) return new Set(answer.flatMap((one) => [...coordinatesIn(one)]));
  if (answer === null || typeof answer !== "object") return new Set();
  const own = Object.entries(answer).flatMap(([name, value]) => (isEmpty(value) ? [] : [`${String(answer.__typename)}.${name}`, ...coordinatesIn(value)]));
  return new Set(own);
}

function isEmpty(value: Json): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
