// The plans of the stock executor, kept by the operation's fingerprint. Its own store prints every plan as JSON to know
// its size; this one counts plans instead. It belongs to one generation, so nothing is ever invalidated.

/** What is kept is the planner's own form and nobody else's business. */
export interface PlanStore<Plan> {
  get(key: string): Promise<Plan | undefined>;
  set(key: string, plan: Plan): Promise<void>;
  delete(key: string): Promise<boolean>;
  clear(): void;
}

const CAPACITY = 1_000;

/** Forgets the plan that was not used for longest when there are more than `capacity`. */
export function createPlanStore<Plan>(capacity = CAPACITY): PlanStore<Plan> {
  const plans = new Map<string, Plan>();
  return {
    get: async (key) => {
      const plan = plans.get(key);
      if (plan !== undefined && plans.delete(key)) plans.set(key, plan);
      return plan;
    },
    set: async (key, plan) => {
      plans.delete(key);
      plans.set(key, plan);
      const [oldest] = plans.keys();
      if (plans.size > capacity && oldest !== undefined) plans.delete(oldest);
    },
    delete: async (key) => plans.delete(key),
    clear: () => plans.clear(),
  };
}
