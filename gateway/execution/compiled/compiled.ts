// The executor that compiles: each plan once to functions that fetch, each operation once to functions that print. The
// door of this folder.
//
//   plan ──compile──▶ fetch · collect · merge ──▶ tree ──project──▶ text
import type { GraphQLSchema } from "graphql";

import { codeOf, toClientError } from "../../errors.ts";
import { publishFault } from "../../events.ts";
import { isVariableTrue, readConditions, specialise, type Operation } from "../../operation/operation.ts";
import { toSharedForm, type Plan, type Planner, type SharedForm } from "../../planning/planning.ts";
import type { IncompleteMarks } from "../../supergraph/supergraph.ts";
import type { RequestFacts, Send } from "../../transport/transport.ts";
import { ReadyData, type Answer, type Executor, type Variables } from "../executor.ts";
import { createReplays, type AnswerByReplay, type Replays } from "../replay/replay.ts";
import { compilePlan, type CompiledPlan } from "./compile.ts";
import { createPartsExecution } from "./in-parts.ts";
import { compileProjection, type Projection } from "./project.ts";
import type { Run, RunLimits } from "./run.ts";
import type { Tree } from "./tree.ts";

export { printCompiled, type PrintCompiledOptions } from "./print-compiled.ts";

export interface CompiledExecutorOptions {
  /** What clients may ask. */
  readonly schema: GraphQLSchema;
  /** With all types of the supergraph, those that clients cannot see included; `schema` by default. */
  readonly fullSchema?: GraphQLSchema;
  /** Closed with the executor. */
  readonly planner: Planner;
  readonly send: Send;
  readonly limits?: RunLimits;
  /** Which fields tell what is missing of their object; none by default. */
  readonly incomplete?: IncompleteMarks;
  /** Runs are not kept without it. */
  readonly replay?: ReplaySettings;
}

export interface ReplaySettings {
  /** Bounds of what is kept. */
  readonly bytes: number;
  readonly seconds: number;
  /** Whether runs of an operation may be kept at all. */
  readonly mayKeep: (operation: Operation) => boolean;
}

const LIMITS: RunLimits = { fetches: 1_000, entities: 50_000 };
/** So many combinations of the variables of @skip and @include are kept for one operation. */
const MAX_FORMS = 64;

export function openCompiledExecutor(given: CompiledExecutorOptions): Executor {
  const { schema, planner, replay, fullSchema = schema } = given;
  const replays = replay === undefined ? null : createReplays(replay);
  const known = new WeakMap<Operation, Forms>();
  const opened: Opened = { ...given, fullSchema, replays, compiled: new WeakMap() };
  const execute: Executor["execute"] = async (operation, variables, facts) => {
    try {
      const forms = known.get(operation) ?? { conditions: readConditions(operation), prepared: new Map() };
      known.set(operation, forms);
      return await answer(opened, await chooseForm(opened, forms, { operation, variables }), { operation, variables, facts });
    } catch (error) {
      if (codeOf(error) === null) publishFault(facts.requestId, error);
      return { errors: [toClientError(error).toJSON()] };
    }
  };
  return {
    schema,
    execute,
    executeInParts: createPartsExecution({ ...given, execute, startRun: (request) => createRun(given, request, null) }),
    plan: (operation, variables) => {
      const planned = readConditions(operation) === null ? operation : specialise(operation, variables);
      return planner.plan(toSharedForm(planned, fullSchema).operation);
    },
    close: () => {
      replays?.close();
      return planner.close();
    },
  };
}

interface Opened extends CompiledExecutorOptions {
  readonly replays: Replays | null;
  readonly fullSchema: GraphQLSchema;
  /** Operations that share a plan share what is compiled of it. */
  readonly compiled: WeakMap<Plan, CompiledPlan>;
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
  /** Null where runs are not kept. */
  readonly replay: AnswerByReplay | null;
  /** Of the plan's variables that stand for literals of the operation. */
  readonly values: SharedForm["values"];
}

interface Asked {
  readonly operation: Operation;
  readonly variables: Variables;
}

function chooseForm(options: Opened, { conditions, prepared }: Forms, asked: Asked): Promise<Prepared> {
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
async function prepare({ schema, fullSchema, planner, compiled, replay, replays, incomplete }: Opened, asked: Asked, planned: Operation): Promise<Prepared> {
  const { operation, values } = toSharedForm(planned, fullSchema);
  const made = await planner.plan(operation);
  const plan = compiled.get(made) ?? compilePlan(made, fullSchema);
  compiled.set(made, plan);
  const isKept = asked.operation.definition.operation === "query" && replay?.mayKeep(asked.operation) === true;
  return {
    plan,
    values,
    projection: compileProjection({ ...asked, schema, sharedPlaces: plan.sharedPlaces, incomplete }),
    replay: isKept ? (replays?.open(made) ?? null) : null,
  };
}

interface Request extends Asked {
  readonly facts: RequestFacts;
}

function answer(options: CompiledExecutorOptions, prepared: Prepared, request: Request): Promise<Answer> {
  const { send } = options;
  if (prepared.replay === null) return answerByPlan(options, prepared, request);
  return prepared.replay({ ...request, send, execute: (sendFetch) => answerByPlan({ ...options, send: sendFetch }, prepared, request) });
}

type Running = Pick<CompiledExecutorOptions, "schema" | "limits"> & Pick<Run, "send">;

async function answerByPlan(running: Running, { plan, projection, values }: Prepared, request: Request): Promise<Answer> {
  const run = createRun(running, request, values);
  await plan.run(run);
  const text = projection.print(run.root, run);
  return { data: text === null ? null : new ReadyData(text), ...(run.errors.length > 0 && { errors: run.errors }) };
}

/** `values` are of the plan's own variables. */
function createRun({ schema, send, limits = LIMITS }: Running, { operation, variables, facts }: Request, values: SharedForm["values"]): Run {
  return {
    root: createRoot(schema, operation),
    variables: values === null ? variables : { ...variables, ...values },
    isTrue: (name) => isVariableTrue(name, operation.definition, variables),
    facts,
    send,
    limits,
    count: { fetches: 0, entities: 0 },
    errors: [],
    explained: [],
    notes: { answered: [], failures: [] },
  };
}

/** It says what it is, because paths of a plan may begin with a type. */
function createRoot(schema: GraphQLSchema, { definition }: Operation): Tree {
  const root = Object.create(null) as Tree;
  root["__typename"] = schema.getRootType(definition.operation)?.name;
  return root;
}
