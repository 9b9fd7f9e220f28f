// The executor that compiles: each plan once to functions that fetch, each operation once to functions that print. The
// door of this folder.
//
//   plan ──compile──▶ fetch · collect · merge ──▶ tree ──project──▶ text
import type { GraphQLSchema } from "graphql";

import { codeOf, toClientError } from "../../errors.ts";
import { publishFault } from "../../events.ts";
import { isVariableTrue, readConditions, specialise, type Operation } from "../../operation/operation.ts";
import type { Planner } from "../../planning/planning.ts";
import type { RequestFacts, Send } from "../../transport/transport.ts";
import { ReadyData, type Answer, type Executor, type Variables } from "../executor.ts";
import { compilePlan, type CompiledPlan } from "./compile.ts";
import { createPartsExecution } from "./in-parts.ts";
import { compileProjection, type Projection } from "./project.ts";
import type { Run, RunLimits } from "./run.ts";
import type { Tree } from "./tree.ts";

export interface CompiledExecutorOptions {
  /** What clients may ask. */
  readonly schema: GraphQLSchema;
  /** With all types of the supergraph, those that clients cannot see included; `schema` by default. */
  readonly fullSchema?: GraphQLSchema;
  /** Closed with the executor. */
  readonly planner: Planner;
  readonly send: Send;
  readonly limits?: RunLimits;
}

const LIMITS: RunLimits = { fetches: 1_000, entities: 50_000 };
/** So many combinations of the variables of @skip and @include are kept for one operation. */
const MAX_FORMS = 64;

export function openCompiledExecutor(options: CompiledExecutorOptions): Executor {
  const { schema, planner } = options;
  const known = new WeakMap<Operation, Forms>();
  const execute: Executor["execute"] = async (operation, variables, facts) => {
    try {
      const forms = known.get(operation) ?? { conditions: readConditions(operation), prepared: new Map() };
      known.set(operation, forms);
      return await answer(options, await chooseForm(options, forms, { operation, variables }), { operation, variables, facts });
    } catch (error) {
      if (codeOf(error) === null) publishFault(facts.requestId, error);
      return { errors: [toClientError(error).toJSON()] };
    }
  };
  const startRun = (request: Request): Run => createRun(options, request);
  return { schema, execute, executeInParts: createPartsExecution({ ...options, execute, startRun }), close: () => planner.close() };
}

/** What is made of an operation once, for each combination of what @skip and @include leave. */
interface Forms {
  /** The variables of those directives; null where there are none. */
  readonly conditions: readonly string[] | null;
  readonly prepared: Map<string, Promise<Prepared>>;
}

interface Prepared {
  readonly plan: CompiledPlan;
  readonly projection: Projection;
}

interface Asked {
  readonly operation: Operation;
  readonly variables: Variables;
}

function chooseForm(options: CompiledExecutorOptions, { conditions, prepared }: Forms, asked: Asked): Promise<Prepared> {
  const key = (conditions ?? []).map((name) => (isVariableTrue(name, asked.operation.definition, asked.variables) ? "1" : "0")).join("");
  const known = prepared.get(key);
  if (known !== undefined) return known;
  const made = prepare(options, asked, conditions === null ? asked.operation : specialise(asked.operation, asked.variables));
  if (prepared.size >= MAX_FORMS) prepared.clear();
  prepared.set(key, made);
  // What could not be planned is tried again; the planner remembers it for as long as that makes sense.
  made.catch(() => prepared.delete(key));
  return made;
}

/** `planned` is the operation without conditions. What is printed follows the client's own. */
async function prepare({ schema, fullSchema = schema, planner }: CompiledExecutorOptions, asked: Asked, planned: Operation): Promise<Prepared> {
  const plan = compilePlan(await planner.plan(planned), fullSchema);
  return { plan, projection: compileProjection({ ...asked, schema, sharedPlaces: plan.sharedPlaces }) };
}

interface Request extends Asked {
  readonly facts: RequestFacts;
}

async function answer(options: CompiledExecutorOptions, { plan, projection }: Prepared, request: Request): Promise<Answer> {
  const run = createRun(options, request);
  await plan.run(run);
  const text = projection.print(run.root, run);
  return { data: text === null ? null : new ReadyData(text), ...(run.errors.length > 0 && { errors: run.errors }) };
}

function createRun({ schema, send, limits = LIMITS }: CompiledExecutorOptions, { operation, variables, facts }: Request): Run {
  return {
    root: createRoot(schema, operation),
    variables,
    isTrue: (name) => isVariableTrue(name, operation.definition, variables),
    facts,
    send,
    limits,
    count: { fetches: 0, entities: 0 },
    errors: [],
    explained: [],
  };
}

/** It says what it is, because paths of a plan may begin with a type. */
function createRoot(schema: GraphQLSchema, { definition }: Operation): Tree {
  const root = Object.create(null) as Tree;
  root["__typename"] = schema.getRootType(definition.operation)?.name;
  return root;
}
