// Operation → plan: in a process of its own with limits, or in this thread; each made once and kept.
import { print } from "graphql";

import { codeOf } from "../errors.ts";
import { publish } from "../events.ts";
import type { Operation } from "../operation/operation.ts";
import type { PlannerKind } from "./draft-maker.ts";
import { createPlanMaker, type PlannerSource } from "./make-plan.ts";
import { createPlanCache, type PlanCache, type PlanCacheFacts, type SizedPlan } from "./plan-cache.ts";
import type { Plan } from "./plan.ts";
import { openPlannerPool, type PlanningLimits } from "./planner-pool.ts";

export interface PlannerOptions extends PlannerSource {
  /** Without them, operations are planned in this thread, which is for tools and tests: nothing ends a plan there. */
  readonly limits?: PlanningLimits;
  /** Bytes of plans, as JSON, that are kept; 16 MB by default. */
  readonly cacheLimit?: number;
}

export interface Planner {
  readonly kind: PlannerKind;
  /** `operation` is valid in the API schema. Rejects with PLANNING_TIMEOUT, or an Error for what cannot be planned. */
  plan(operation: Operation): Promise<Plan>;
  facts(): PlanCacheFacts;
  close(): Promise<void>;
}

const CACHE_LIMIT = 2 ** 24;
/** A machine that was busy for a moment must not refuse an operation for ever. */
const FAILURES = { count: 1_000, ms: 60_000 };

/** Throws what the planner finds wrong with the supergraph. */
export async function openPlanner({ limits, cacheLimit = CACHE_LIMIT, ...source }: PlannerOptions): Promise<Planner> {
  const { kind, plan, close } = limits === undefined ? await openHere(source) : await openPlannerPool(source, limits);
  const cache = createPlanCache({ limit: cacheLimit, failures: FAILURES, now: () => performance.now() });
  return {
    kind,
    plan: (operation) => planKept(operation, cache, plan),
    facts: cache.facts,
    close,
  };
}

/** Plans are made once for each operation: what comes of that is published. */
function planKept(operation: Operation, cache: PlanCache, plan: Opened["plan"]): Promise<Plan> {
  const made = { startedAt: 0 };
  const { fingerprint } = operation;
  const planned = cache.get(fingerprint, () => {
    made.startedAt = performance.now();
    return plan(print(operation.document));
  });
  if (made.startedAt === 0) return planned;
  const tell = (failure: string | null): void => {
    publish("plan", { fingerprint, durationMs: Math.round(performance.now() - made.startedAt), failure, cache: cache.facts() });
  };
  planned.then(
    () => tell(null),
    (error: unknown) => tell(codeOf(error) ?? "INTERNAL_SERVER_ERROR"),
  );
  return planned;
}

interface Opened {
  readonly kind: PlannerKind;
  plan(text: string): Promise<SizedPlan>;
  close(): Promise<void>;
}

async function openHere(source: PlannerSource): Promise<Opened> {
  const { kind, makePlan } = await createPlanMaker(source);
  return {
    kind,
    plan: async (text) => {
      const plan = makePlan(text);
      return { plan, bytes: JSON.stringify(plan).length };
    },
    close: async () => undefined,
  };
}
