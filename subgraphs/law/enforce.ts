// Puts a policy between a schema and its resolvers: what is refused is never resolved, and `withheld` says so.
import { defaultFieldResolver, isObjectType, type GraphQLField, type GraphQLFieldResolver, type GraphQLObjectType, type GraphQLResolveInfo, type GraphQLSchema } from "graphql";

import type { Decision, Judge } from "./decision.ts";
import { checkPolicy, type FieldRule, type PersonRule, type Policy } from "./policy.ts";
import type { DataCategory, WithheldReason } from "./vocabulary.ts";

/** What the context of a request must have. */
export interface Judged {
  readonly judge: Judge;
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
  const guarded = new Map(types.map(({ type, rule }) => [type.name, readGuards(type, rule)]));
  for (const { type, rule } of types) {
    for (const [name, line] of Object.entries(rule.fields)) {
      const field = type.getFields()[name] as Field | undefined;
      if (field !== undefined) field.resolve = guard(field.resolve ?? defaultFieldResolver, { line, rule, guards: guardsOf(type.name, policy, guarded) });
    }
  }
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
    if (line.kind === "open" && scopes === null) return [];
    return [{ path: name, line, subject: rule.subject, scopes, resolve: field.resolve ?? defaultFieldResolver }];
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

interface Guarding {
  readonly line: FieldRule;
  readonly rule: PersonRule;
  readonly guards: readonly Guard[];
}

function guard(resolve: Resolve, { line, rule, guards }: Guarding): Resolve {
  switch (line.kind) {
    case "open":
      return resolve;
    case "never":
      return () => null;
    case "reserved":
      return async (row, args, context, info) => ((await line.isOpen(row as never, context as never)) ? resolve(row, args, context, info) : null);
    case "withheld":
      return (row, _, context, info) => listWithheld({ guards, others: line.others, rule }, row, { context, info });
    case "category":
      return async (row, args, context, info) => {
        const subject = rule.subject(row as never);
        if (!(await context.judge.decide(subject, line.category)).allowed) return null;
        const value: unknown = await resolve(row, args, context, info);
        const { rows } = line;
        if (rows === undefined || !Array.isArray(value)) return value;
        const decisions = await Promise.all(value.map((one) => decideRow(context.judge, subject, rows.categoryOf(one as never))));
        return value.filter((_, index) => decisions[index]?.allowed);
      };
  }
}

const ALLOWED: Decision = { allowed: true, basis: "SELF" };

function decideRow(judge: Judge, subject: ReturnType<PersonRule["subject"]>, category: DataCategory | null): Decision | Promise<Decision> {
  return category === null ? ALLOWED : judge.decide(subject, category);
}

interface Hiding {
  readonly guards: readonly Guard[];
  readonly others: Readonly<Record<string, { readonly category: DataCategory; readonly scopes?: readonly (readonly string[])[] }>>;
  readonly rule: PersonRule;
}

interface Asking {
  readonly context: Judged;
  readonly info: GraphQLResolveInfo;
}

/** In the order of the table, what others add at the end. A place inside a hidden one is not told again. */
async function listWithheld({ guards, others, rule }: Hiding, row: unknown, asking: Asking): Promise<Withheld[]> {
  const { context } = asking;
  const own = await Promise.all(guards.map((guard) => hiddenBy(guard, row, asking)));
  const added = await Promise.all(
    Object.entries(others).map(async ([path, { category, scopes }]): Promise<Withheld[]> => {
      if (scopes !== undefined && !holds(context, scopes)) return [{ path, reason: "NOT_HABILITATED", count: null }];
      const decision = await context.judge.decide(rule.subject(row as never), category);
      return decision.allowed ? [] : [{ path, reason: decision.reason, count: null }];
    }),
  );
  const all = [...own, ...added].flat();
  return all.filter(({ path }) => !all.some((other) => path.startsWith(`${other.path}.`)));
}

async function hiddenBy({ path, line, subject, scopes, resolve }: Guard, row: unknown, { context, info }: Asking): Promise<Withheld[]> {
  if (scopes !== null && !holds(context, scopes)) return [{ path, reason: "NOT_HABILITATED", count: null }];
  if (line.kind === "never") return [{ path, reason: "NOT_HABILITATED", count: null }];
  if (line.kind === "reserved") return (await line.isOpen(row as never, context as never)) ? [] : [{ path, reason: line.reason, count: null }];
  if (line.kind !== "category") return [];
  const about = subject(row as never);
  const decision = await context.judge.decide(about, line.category);
  if (!decision.allowed) return [{ path, reason: decision.reason, count: null }];
  const { rows } = line;
  if (rows === undefined || rows.secret === true) return [];
  const value: unknown = await resolve(row, {}, context, info);
  if (!Array.isArray(value)) return [];
  const decisions = await Promise.all(value.map((one) => decideRow(context.judge, about, rows.categoryOf(one as never))));
  return countByReason(path, decisions);
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
