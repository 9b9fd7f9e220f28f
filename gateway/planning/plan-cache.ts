// What was planned, by the operation's fingerprint: plans bounded by their size in memory, and, in a small cache of its
// own so that they push no plan out, the operations that could not be planned. Each is planned once at a time.
import type { Plan } from "./plan.ts";

/** A plan and how many bytes it is as JSON. */
export interface SizedPlan {
  readonly plan: Plan;
  readonly bytes: number;
}

export interface PlanCacheOptions {
  /** Bytes of plans as JSON; in memory, compiled, they take a few times that. */
  readonly limit: number;
  /** How many operations that could not be planned are remembered, and for how many milliseconds. */
  readonly failures: { readonly count: number; readonly ms: number };
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

export interface PlanCache {
  /** Rejects as `make` did, also for the time for which that is remembered. */
  get(fingerprint: string, make: () => Promise<SizedPlan>): Promise<Plan>;
  facts(): PlanCacheFacts;
}

export interface PlanCacheFacts {
  readonly plans: number;
  readonly bytes: number;
  readonly failures: number;
  /** Found among the plans or on the way. */
  readonly hits: number;
  /** Found among those that could not be planned. */
  readonly failureHits: number;
  readonly misses: number;
}

export function createPlanCache(options: PlanCacheOptions): PlanCache {
  const state: State = { plans: new Map(), pending: new Map(), failures: new Map(), bytes: 0, hits: 0, failureHits: 0, misses: 0 };
  return {
    get: (fingerprint, make) => getPlan(state, options, { fingerprint, make }),
    facts: () => {
      const { plans, failures, bytes, hits, failureHits, misses } = state;
      return { plans: plans.size, bytes, failures: failures.size, hits, failureHits, misses };
    },
  };
}

interface State {
  /** Least recently used first. */
  readonly plans: Map<string, SizedPlan>;
  readonly pending: Map<string, Promise<Plan>>;
  readonly failures: Map<string, { readonly error: unknown; readonly until: number }>;
  bytes: number;
  hits: number;
  failureHits: number;
  misses: number;
}

interface Wanted {
  readonly fingerprint: string;
  readonly make: () => Promise<SizedPlan>;
}

async function getPlan(state: State, options: PlanCacheOptions, wanted: Wanted): Promise<Plan> {
  const { fingerprint } = wanted;
  const known = state.plans.get(fingerprint);
  if (known !== undefined) {
    state.hits += 1;
    state.plans.delete(fingerprint);
    state.plans.set(fingerprint, known);
    return known.plan;
  }
  const pending = state.pending.get(fingerprint);
  if (pending !== undefined) {
    state.hits += 1;
    return pending;
  }
  const failure = state.failures.get(fingerprint);
  if (failure !== undefined && failure.until > options.now()) {
    state.failureHits += 1;
    throw failure.error;
  }
  state.misses += 1;
  const making = makeAndKeep(state, options, wanted);
  state.pending.set(fingerprint, making);
  return making;
}

async function makeAndKeep(state: State, options: PlanCacheOptions, { fingerprint, make }: Wanted): Promise<Plan> {
  try {
    const made = await make();
    keep(state, options, [fingerprint, made]);
    return made.plan;
  } catch (error) {
    state.failures.delete(fingerprint);
    state.failures.set(fingerprint, { error, until: options.now() + options.failures.ms });
    const [oldest] = state.failures.keys();
    if (state.failures.size > options.failures.count && oldest !== undefined) state.failures.delete(oldest);
    throw error;
  } finally {
    state.pending.delete(fingerprint);
  }
}

/** A plan that alone is over the limit is not kept. */
function keep(state: State, { limit }: PlanCacheOptions, [fingerprint, made]: readonly [string, SizedPlan]): void {
  state.failures.delete(fingerprint);
  if (made.bytes > limit) return;
  state.plans.set(fingerprint, made);
  state.bytes += made.bytes;
  for (const [oldest, { bytes }] of state.plans) {
    if (state.bytes <= limit) return;
    state.plans.delete(oldest);
    state.bytes -= bytes;
  }
}
