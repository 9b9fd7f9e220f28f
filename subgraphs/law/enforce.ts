// Puts a policy between a schema and its resolvers: what is refused is never resolved, and `withheld` says so.
import {
  defaultFieldResolver,
  getNamedType,
  GraphQLError,
  isAbstractType,
  isObjectType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from "graphql";

import { ofNobody, type Decision, type Judge } from "./decision.ts";
import { askedOf, isSilent, type Policed } from "./asked.ts";
import { checkPolicy, whyReserved, type FieldRule, type PersonRule, type Policy, type RowRule, type TypeRule } from "./policy.ts";
import type { ReadTrail } from "./trail.ts";
import type { DataCategory, WithheldReason } from "./vocabulary.ts";

/** What the context of a request must have. */
export interface Judged {
  readonly judge: Judge;
  /** Told of each reading before it happens. */
  readonly audit: ReadTrail;
  readonly caller: { readonly scopes: ReadonlySet<string> };
}

/** One place that is hidden: `path` from the object on; `count` is of rows, null where it is not known or not told. */
export interface Withheld {
  readonly path: string;
  readonly reason: WithheldReason;
  readonly count: number | null;
}

type Resolve = GraphQLFieldResolver<unknown, Judged>;
type Field = GraphQLField<unknown, Judged>;

/** Changes the schema's resolvers. Throws PolicyError. */
export function enforcePolicy(schema: GraphQLSchema, policy: Policy): void {
  checkPolicy(policy, schema);
  const types = Object.entries(policy).flatMap(([name, rule]) => {
    const type = schema.getType(name);
    return rule.kind === "person" && isObjectType(type) ? [{ type, rule }] : [];
  });
  const policed: Policed = { schema, policy };
  const guarded = new Map(types.map(({ type, rule }) => [type.name, readGuards(type, rule)]));
  for (const { type, rule } of types) {
    for (const [name, line] of Object.entries(rule.fields)) {
      const field = type.getFields()[name] as Field | undefined;
      if (field === undefined) continue;
      const tells = { guards: guardsOf(type.name, policy, guarded), among: amongOf(type, policy, guarded) };
      const guarding = { name: `${type.name}.${name}`, silent: isSilent(type, name), line, rule, ...tells, policed };
      field.resolve = guard(field.resolve ?? defaultFieldResolver, guarding);
    }
  }
  for (const [name, rule] of Object.entries(policy)) {
    if (rule.kind !== "part" || rule.rows === undefined) continue;
    const field = fieldsOf(schema, name)["withheld"];
    const rows = schema.getType(rule.rows);
    const tells = { guards: guardsOf(rule.rows, policy, guarded), among: isObjectType(rows) ? amongOf(rows, policy, guarded) : [] };
    const own = hidingOf(policy[rule.rows], tells);
    if (field !== undefined) field.resolve = (page, _, context, info) => listWithheldOfPage(own, page as Page, { context, info });
  }
}

function fieldsOf(schema: GraphQLSchema, name: string): Readonly<Record<string, Field | undefined>> {
  const type = schema.getType(name);
  return isObjectType(type) ? (type.getFields() as Record<string, Field>) : {};
}

/** Null for rows that are read whole where they are read. */
function hidingOf(rule: TypeRule | undefined, tells: Telling): Hiding | null {
  if (rule?.kind !== "person") return null;
  const line = Object.values(rule.fields).find(({ kind }) => kind === "withheld");
  return { ...tells, rule, others: line?.kind === "withheld" ? line.others : {} };
}

/** One line that may refuse, with the resolver that it guards. */
interface Guard {
  readonly path: string;
  readonly line: FieldRule;
  readonly subject: PersonRule["subject"];
  readonly scopes: readonly (readonly string[])[] | null;
  readonly resolve: Resolve;
}

function readGuards(type: GraphQLObjectType, rule: PersonRule): Guard[] {
  return Object.entries(rule.fields).flatMap(([name, line]) => {
    const field = type.getFields()[name] as Field | undefined;
    if (field === undefined || line.kind === "withheld") return [];
    const scopes = scopesOf(field);
    if (line.kind === "open" && line.less === undefined && scopes === null) return [];
    // GraphQL's own would look for what is asked for there, which is `withheld`.
    return [{ path: name, line, subject: rule.subject, scopes, resolve: field.resolve ?? ((row) => (row as Readonly<Record<string, unknown>>)[name]) }];
  });
}

/** Of a type and of those inside it, whose paths begin with the field that they are. */
function guardsOf(name: string, policy: Policy, guarded: ReadonlyMap<string, readonly Guard[]>): Guard[] {
  const inside = Object.entries(policy).flatMap(([other, rule]) => {
    if (rule.kind !== "person" || rule.inside?.split(".")[0] !== name) return [];
    const field = rule.inside.slice(name.length + 1);
    return guardsOf(other, policy, guarded).map((guard) => ({ ...guard, path: `${field}.${guard.path}` }));
  });
  return [...(guarded.get(name) ?? []), ...inside];
}

/** What of a row may be hidden: places of its own, and of rows in its lists. */
interface Telling {
  readonly guards: readonly Guard[];
  readonly among: readonly Among[];
}

/** Rows of one type in a list. */
interface Among {
  readonly list: Guard;
  /** What the list is of. */
  readonly of: GraphQLNamedType;
  readonly type: string;
  readonly guards: readonly Guard[];
}

function amongOf(owner: GraphQLObjectType, policy: Policy, guarded: ReadonlyMap<string, readonly Guard[]>): Among[] {
  return Object.entries(policy).flatMap(([type, rule]) => {
    if (rule.kind !== "person" || rule.among?.split(".")[0] !== owner.name) return [];
    const path = rule.among.slice(owner.name.length + 1);
    const list = guarded.get(owner.name)?.find((guard) => guard.path === path);
    const field = owner.getFields()[path];
    return list === undefined || field === undefined ? [] : [{ list, of: getNamedType(field.type), type, guards: guardsOf(type, policy, guarded) }];
  });
}

interface Guarding extends Telling {
  /** `Beneficiary.needs`. */
  readonly name: string;
  /** Its reading is none: a key, or what another subgraph brought. */
  readonly silent: boolean;
  readonly policed: Policed;
  readonly line: FieldRule;
  readonly rule: PersonRule;
}

function guard(resolve: Resolve, guarding: Guarding): Resolve {
  const { line, rule, guards, among } = guarding;
  switch (line.kind) {
    case "open":
      return guardOpen(resolve, guarding);
    case "never":
      return () => null;
    case "reserved":
      return guardReserved(resolve, guarding, line);
    case "withheld":
      return (row, _, context, info) => listWithheld({ guards, among, others: line.others, rule }, row, { context, info });
    case "category":
      return guardCategory(resolve, guarding, line);
  }
}

/** What comes with the row is read as well: whoever reached the row by its id may have been decided about nowhere else. */
function guardOpen(resolve: Resolve, { name, silent, rule, policed }: Guarding): Resolve {
  if (rule.subject === ofNobody) return resolve;
  return (row, args, context, info) => {
    context.audit.asks(() => askedOf(info, policed));
    if (silent) return resolve(row, args, context, info);
    const { personId, entity } = rule.subject(row as never);
    const written = personId === null || entity !== undefined ? undefined : context.audit.before({ personId, field: name });
    return written === undefined ? resolve(row, args, context, info) : written.then(() => resolve(row, args, context, info));
  };
}

function guardReserved(resolve: Resolve, guarding: Guarding, line: Extract<FieldRule, { kind: "reserved" }>): Resolve {
  const opened = guardOpen(resolve, guarding);
  return async (row, args, context, info) => {
    if (await line.isOpen(row as never, context as never)) return opened(row, args, context, info);
    const { personId } = guarding.rule.subject(row as never);
    if (personId !== null) context.audit.refused(personId, guarding.name, whyReserved(line, row, context));
    return null;
  };
}

function guardCategory(resolve: Resolve, { name, rule, policed }: Guarding, { category, rows }: Extract<FieldRule, { kind: "category" }>): Resolve {
  return async (row, args, context, info) => {
    context.audit.asks(() => askedOf(info, policed));
    const subject = rule.subject(row as never);
    const decision = await context.judge.decide(subject, category);
    const personId = decision.personId ?? (subject.entity === undefined ? subject.personId : null);
    if (!decision.allowed) {
      if (decision.reason === "PARTNER_UNAVAILABLE") throw undecided();
      if (personId !== null) context.audit.refused(personId, name, decision.reason);
      return null;
    }
    if (personId !== null) await context.audit.before({ personId, field: name, basis: decision.basis });
    const value = await keepRows(await resolve(row, args, context, info), rows, (one) => context.judge.decide(subject, one));
    if (personId !== null) context.audit.answered(personId, Array.isArray(value) ? value.length : value == null ? 0 : 1);
    return value;
  };
}

/** Not refused: null alone would say that there is nothing, where it could not be decided. The gateway tells of it in `withheld`. */
function undecided(): GraphQLError {
  return new GraphQLError("Cannot decide whether this may be read because the key that signed its sharing ticket is not known here yet.", { extensions: { code: "TICKET_KEY_UNKNOWN" } });
}

type Decide = (category: DataCategory) => Decision | Promise<Decision>;

async function keepRows(value: unknown, rows: RowRule | undefined, decide: Decide): Promise<unknown> {
  if (rows === undefined || !Array.isArray(value)) return value;
  const categories = value.map((one) => rows.categoryOf(one as never));
  const decisions = await Promise.all(categories.map((category) => (category === null ? ALLOWED : decide(category))));
  return value.filter((_, index) => decisions[index]?.allowed);
}

const ALLOWED: Decision = { allowed: true, basis: "SELF" };

function decideRow(judge: Judge, subject: ReturnType<PersonRule["subject"]>, category: DataCategory | null): Decision | Promise<Decision> {
  return category === null ? ALLOWED : judge.decide(subject, category);
}

interface Hiding extends Telling {
  readonly others: Readonly<Record<string, { readonly category: DataCategory; readonly scopes?: readonly (readonly string[])[] }>>;
  readonly rule: PersonRule;
}

interface Asking {
  readonly context: Judged;
  readonly info: GraphQLResolveInfo;
}

/** In the order of the table, what others add at the end. A place inside a hidden one is not told again. */
async function listWithheld({ guards, among, others, rule }: Hiding, row: unknown, asking: Asking): Promise<Withheld[]> {
  const { context } = asking;
  const own = await Promise.all(guards.map((guard) => hiddenBy(guard, row, asking)));
  const below = await Promise.all(among.map((one) => hiddenAmong(one, row, asking)));
  const added = await Promise.all(
    Object.entries(others).map(async ([path, { category, scopes }]): Promise<Withheld[]> => {
      if (scopes !== undefined && !holds(context, scopes)) return [{ path, reason: "NOT_HABILITATED", count: null }];
      const decision = await context.judge.decide(rule.subject(row as never), category);
      return decision.allowed ? [] : [{ path, reason: decision.reason, count: null }];
    }),
  );
  const all = [...own, ...below, ...added].flat();
  return all.filter(({ path }) => !all.some((other) => path.startsWith(`${other.path}.`)));
}

interface Page {
  readonly nodes: readonly unknown[];
  /** What is kept back from the page as a whole. */
  readonly withheld?: readonly Withheld[];
}

/** Each place with the number of the page's rows that hide it: that the rows are there is known, so that the number is no secret. */
async function listWithheldOfPage(hiding: Hiding | null, { nodes, withheld = [] }: Page, asking: Asking): Promise<Withheld[]> {
  const rows = hiding === null ? [] : await Promise.all(nodes.map((row) => listWithheld(hiding, row, asking)));
  return [...withheld, ...countRows("nodes", rows)];
}

/** Each row's places, as places of the list with how many rows hide them. */
function countRows(list: string, rows: readonly (readonly Withheld[])[]): Withheld[] {
  const places = rows.flatMap((row) => [...new Map(row.map(({ path, reason }) => [`${path} ${reason}`, { path: `${list}.${path}`, reason }])).values()]);
  const counted = Map.groupBy(places, ({ path, reason }) => `${path} ${reason}`);
  return [...counted.values()].flatMap(([place, ...others]) => (place === undefined ? [] : [{ ...place, count: others.length + 1 }]));
}

/** Of the rows that are shown only: the number of the others may be secret. */
async function hiddenAmong({ list, of, type, guards }: Among, row: unknown, asking: Asking): Promise<Withheld[]> {
  const { path, line, scopes, subject, resolve } = list;
  const { context, info } = asking;
  const about = subject(row as never);
  if (line.kind !== "category" || (scopes !== null && !holds(context, scopes)) || !(await context.judge.decide(about, line.category)).allowed) return [];
  const shown = await keepRows(await resolve(row, {}, context, info), line.rows, (one) => context.judge.decide(about, one));
  const rows = Array.isArray(shown) ? shown : [];
  const names = await Promise.all(rows.map((one) => (isAbstractType(of) ? of.resolveType?.(one, context, info, of) : of.name)));
  const ofType = rows.filter((_, index) => names[index] === type);
  return countRows(path, await Promise.all(ofType.map(async (one) => (await Promise.all(guards.map((guard) => hiddenBy(guard, one, asking)))).flat())));
}

async function hiddenBy({ path, line, subject, scopes, resolve }: Guard, row: unknown, { context, info }: Asking): Promise<Withheld[]> {
  if (scopes !== null && !holds(context, scopes)) return [{ path, reason: "NOT_HABILITATED", count: null }];
  if (line.kind === "never") return [{ path, reason: "NOT_HABILITATED", count: null }];
  if (line.kind === "reserved") return (await line.isOpen(row as never, context as never)) ? [] : [{ path, reason: whyReserved(line, row, context), count: null }];
  if (line.kind === "open") return tellLess(path, (await line.less?.(row as never, context as never)) ?? null);
  if (line.kind !== "category") return [];
  const about = subject(row as never);
  const decision = await context.judge.decide(about, line.category);
  if (!decision.allowed) return [{ path, reason: decision.reason, count: null }];
  const { rows } = line;
  if (rows === undefined || rows.secret === true) return [];
  const value: unknown = await resolve(row, {}, context, info);
  if (!Array.isArray(value)) return [];
  const told = value.map((one) => rows.categoryOf(one as never)).filter((category) => category === null || category !== rows.secret);
  return countByReason(path, await Promise.all(told.map((category) => decideRow(context.judge, about, category))));
}

function tellLess(path: string, reason: WithheldReason | null): Withheld[] {
  return reason === null ? [] : [{ path, reason, count: null }];
}

function countByReason(path: string, decisions: readonly Decision[]): Withheld[] {
  const reasons = decisions.flatMap((decision) => (decision.allowed ? [] : [decision.reason]));
  return [...new Set(reasons)].map((reason) => ({ path, reason, count: reasons.filter((one) => one === reason).length }));
}

function holds({ caller }: Judged, scopes: readonly (readonly string[])[]): boolean {
  return scopes.some((all) => all.every((scope) => caller.scopes.has(scope)));
}

/** Of `@requiresScopes`, which the gateway enforces and which is only told here. */
function scopesOf({ astNode }: Field): readonly (readonly string[])[] | null {
  const directive = astNode?.directives?.find(({ name }) => name.value === "requiresScopes");
  const value = directive?.arguments?.find(({ name }) => name.value === "scopes")?.value;
  if (value?.kind !== "ListValue") return null;
  return value.values.map((all) => (all.kind === "ListValue" ? all.values.flatMap((one) => (one.kind === "StringValue" ? [one.value] : [])) : []));
}
