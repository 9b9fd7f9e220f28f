// A plan written by hand, run by the compiled executor over answers written by hand: what was sent, and what came out.
import { buildSchema, parse, validate, type FormattedExecutionResult } from "graphql";

import { ANONYMOUS } from "../../../gateway/gateway.ts";
import { openCompiledExecutor } from "../../../gateway/execution/execution.ts";
import { readOperation } from "../../../gateway/operation/operation.ts";
import type { EntityFetch, FetchNode, Path, PlanNode, RequiredSelection } from "../../../gateway/planning/planning.ts";
import type { SubgraphAnswer, SubgraphRequest } from "../../../gateway/transport/transport.ts";
import { parseAnswer } from "../core/federation.ts";

export interface World {
  /** What clients may ask. */
  readonly schema: string;
  /** All types, where clients do not see all of them. */
  readonly fullSchema?: string;
  readonly plan: PlanNode | null;
  /** Subgraph → what it answers; an error is thrown. */
  readonly answers: Readonly<Record<string, (request: Sent) => Answer | Promise<Answer>>>;
  readonly limits?: { readonly fetches: number; readonly entities: number };
}

export type Answer = Partial<SubgraphAnswer> | Error;

/** What a subgraph saw. */
export interface Sent {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Outcome extends FormattedExecutionResult<Record<string, unknown>> {
  readonly text: string;
  readonly sent: readonly Sent[];
}

export async function run(world: World, query: string, variables: Record<string, unknown> = {}): Promise<Outcome> {
  const schema = buildSchema(world.schema);
  const document = parse(query);
  const [problem] = validate(schema, document);
  if (problem !== undefined) throw problem;
  const sent: Sent[] = [];
  const { execute } = openCompiledExecutor({
    schema,
    ...(world.fullSchema !== undefined && { fullSchema: buildSchema(world.fullSchema) }),
    ...(world.limits !== undefined && { limits: world.limits }),
    planner: { kind: "apollo", plan: async () => ({ node: world.plan }), close: async () => {} } as never,
    send: (request) => answer(world, request, sent),
  });
  const facts = { caller: ANONYMOUS, requestId: "test", signal: new AbortController().signal };
  const answered = await execute(readOperation(document, null, 1_000), variables, facts);
  return { ...parseAnswer(answered), text: JSON.stringify(answered.data), sent };
}

async function answer({ answers }: World, { subgraph, body = "{}" }: SubgraphRequest, sent: Sent[]): Promise<SubgraphAnswer> {
  const seen = { subgraph, ...(JSON.parse(body) as Pick<Sent, "query" | "variables">) };
  sent.push(seen);
  const given = await answers[subgraph]?.(seen);
  if (given instanceof Error) throw given;
  // As from the wire: nothing is shared with the test.
  return JSON.parse(JSON.stringify({ data: null, errors: [], ...given })) as SubgraphAnswer;
}

export function sequence(...nodes: readonly PlanNode[]): PlanNode {
  return { kind: "Sequence", nodes };
}

export function parallel(...nodes: readonly PlanNode[]): PlanNode {
  return { kind: "Parallel", nodes };
}

export function root(subgraph: string, more: Partial<FetchNode> = {}): FetchNode {
  return { kind: "Fetch", subgraph, operationKind: "query", document: "{ root }", variables: [], entities: [], outputRewrites: [], ...more };
}

export function entities(subgraph: string, ...asked: readonly EntityFetch[]): FetchNode {
  return root(subgraph, { document: "query entities", entities: asked });
}

/** `paths` as `users.@.friend|[User]`; asks for objects of the type by `id` unless told otherwise. */
export function at(paths: string, type: string, more: Partial<EntityFetch> = {}): EntityFetch {
  const requires: RequiredSelection[] = [{ kind: "fragment", typeCondition: type, selections: [field("__typename"), field("id")] }];
  const alias = more.alias ?? "_entities";
  return { alias, variable: `${alias}_reps`, paths: paths.split(" ").map(readPath), requires, inputRewrites: [], outputRewrites: [], ...more };
}

export function field(name: string, ...selections: readonly RequiredSelection[]): RequiredSelection {
  return { kind: "field", name, responseName: name, selections };
}

function readPath(text: string): Path {
  return [...text.matchAll(/@|\|\[([^\]]*)\]|[^.|@]+/g)].map(([part, names]) => {
    if (part === "@") return { kind: "items" };
    return names === undefined ? { kind: "field", name: part } : { kind: "type", names: names.split(",") };
  });
}

/** Answers each representation by what `of` says about it. */
export function each(of: (representation: Readonly<Record<string, unknown>>) => unknown, alias = "_entities"): (sent: Sent) => Answer {
  return ({ variables }) => ({ data: { [alias]: (variables[`${alias}_reps`] as Record<string, unknown>[]).map(of) } });
}
