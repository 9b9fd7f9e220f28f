// An answer in parts: the first when the fetches that it needs are done, each deferred fragment when its own are, all on one
// tree. A fragment is printed for each object that it belongs to, by a projection of its own.
import { codeOf, toClientError } from "../../errors.ts";
import { publishFault } from "../../events.ts";
import { hasDefer, isVariableTrue, readConditions, splitDeferred, type Operation } from "../../operation/operation.ts";
import type { Plan, Planner } from "../../planning/planning.ts";
import type { IncompleteMarks } from "../../supergraph/supergraph.ts";
import type { RequestFacts } from "../../transport/transport.ts";
import type { Executor, Variables } from "../executor.ts";
import { compilePlan } from "./compile.ts";
import { deliverParts, type Divided } from "./deliver-parts.ts";
import type { Run } from "./run.ts";

export interface PartsOptions {
  /** What clients may ask. */
  readonly schema: Executor["schema"];
  /** With all types of the supergraph; `schema` by default. */
  readonly fullSchema?: Executor["schema"];
  readonly planner: Planner;
  /** For an operation of which nothing is deferred. */
  readonly execute: Executor["execute"];
  readonly incomplete?: IncompleteMarks | undefined;
  readonly startRun: (request: Asked) => Run;
}

export interface Asked {
  readonly operation: Operation;
  readonly variables: Variables;
  readonly facts: RequestFacts;
}

/** So many combinations of the variables of @skip, @include and @defer are kept for one operation. */
const MAX_FORMS = 64;

export function createPartsExecution(options: PartsOptions): Executor["execute"] {
  const known = new WeakMap<Operation, Forms>();
  return async (operation, variables, facts) => {
    const forms = known.get(operation) ?? readForms(operation);
    known.set(operation, forms);
    if (!forms.deferring) return options.execute(operation, variables, facts);
    try {
      const divided = await chooseForm(options, forms, { operation, variables });
      if (divided === null) return await options.execute(operation, variables, facts);
      return await deliverParts(divided, options.startRun({ operation, variables, facts }));
    } catch (error) {
      if (codeOf(error) === null) publishFault(facts.requestId, error);
      return { errors: [toClientError(error).toJSON()] };
    }
  };
}

interface Forms {
  /** Whether anything may be deferred. */
  readonly deferring: boolean;
  readonly conditions: readonly string[];
  /** Null where these values of the variables defer nothing. */
  readonly prepared: Map<string, Promise<Divided | null>>;
}

function readForms(operation: Operation): Forms {
  const deferring = hasDefer(operation);
  return { deferring, conditions: deferring ? (readConditions(operation) ?? []) : [], prepared: new Map() };
}

function chooseForm(options: PartsOptions, { conditions, prepared }: Forms, asked: Pick<Asked, "operation" | "variables">): Promise<Divided | null> {
  const key = conditions.map((name) => (isVariableTrue(name, asked.operation.definition, asked.variables) ? "1" : "0")).join("");
  const known = prepared.get(key);
  if (known !== undefined) return known;
  const made = prepare(options, asked);
  if (prepared.size >= MAX_FORMS) prepared.clear();
  prepared.set(key, made);
  // What could not be planned is tried again; the planner remembers it for as long as that makes sense.
  made.catch(() => prepared.delete(key));
  return made;
}

async function prepare(options: PartsOptions, { operation, variables }: Pick<Asked, "operation" | "variables">): Promise<Divided | null> {
  const { schema, fullSchema = schema, planner, incomplete } = options;
  const split = splitDeferred(operation, variables);
  const plan = split === null ? null : await attempt(planner, split.planned);
  if (split === null || plan === null) return null;
  return { schema, incomplete, operation, split, plan: compilePlan(plan, fullSchema), projections: new Map() };
}

/** Null where the planner fails, as Apollo's does on some fragments in fragments of an interface: what is deferred may come at once. */
async function attempt(planner: Planner, operation: Operation): Promise<Plan | null> {
  try {
    return await planner.plan(operation);
  } catch (error) {
    if (codeOf(error) !== null) throw error;
    return null;
  }
}
