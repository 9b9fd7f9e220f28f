// How to get what is asked. The door of this folder: the plan form, planners that fill it, and plans as text.
export type { PlannerKind } from "./draft-maker.ts";
export { createPlanMaker, type PlanMaker, type PlannerSource } from "./make-plan.ts";
export type { PlanCacheFacts } from "./plan-cache.ts";
export { createPlanStore, type PlanStore } from "./plan-store.ts";
export { openPlanner, type Planner, type PlannerOptions } from "./planner.ts";
export type { PlanningLimits } from "./planner-pool.ts";
export type {
  ConditionNode,
  DeferNode,
  DeferredNode,
  EntityFetch,
  FetchNode,
  GroupNode,
  Path,
  PathStep,
  Plan,
  PlanNode,
  RequiredSelection,
  Rewrite,
  RewritePath,
} from "./plan.ts";
export { printPath, printPlan } from "./print-plan.ts";
export { toQueryPlan, type QueryPlan } from "./query-plan.ts";
export { toSharedForm, type SharedForm } from "./shared-form.ts";
