// How long Hive's planner takes for Q1 without any gateway around it, when it has planned other operations before: the
// measure for what a gateway adds to a plan that it makes for the first time.
import { readFileSync } from "node:fs";

import { QueryPlanner } from "@graphql-hive/router-query-planner";

import { FULL_PATHWAY, PUBLIC_QUERIES } from "./workloads.ts";

/** Milliseconds, the median of several planners. */
export function planFullPathway(supergraph: string): number {
  const sdl = readFileSync(supergraph, "utf8");
  const times = Array.from({ length: 9 }, () => {
    const planner = new QueryPlanner(sdl);
    for (const query of PUBLIC_QUERIES) planner.plan(query, null, new Set(), 100);
    const startedAt = performance.now();
    planner.plan(FULL_PATHWAY, null, new Set(), 100);
    return performance.now() - startedAt;
  });
  return times.sort((a, b) => a - b)[4] ?? Number.NaN;
}
