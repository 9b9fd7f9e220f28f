// What makes a planner's plan better, in the order in which it is done.
import type { Draft } from "../draft.ts";
import { hoistConditions } from "./conditions.ts";
import { mergeStages } from "./merge.ts";

export function optimize(draft: Draft): Draft | null {
  return mergeStages(hoistConditions(draft));
}
