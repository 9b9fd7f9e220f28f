// Plans of small federations as text, for tests that compare them.
import { parse, validate } from "graphql";

import { readOperation, type Operation } from "../../../gateway/operation/operation.ts";
import { createPlanMaker, printPlan, type Plan, type PlannerKind } from "../../../gateway/planning/planning.ts";
import { readApiSchema, readSupergraph } from "../../../gateway/supergraph/supergraph.ts";
import { composeText } from "../core/federation.ts";

export const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@interfaceObject", "@override", "@inaccessible", "@requiresScopes"])`;

export interface Plans {
  /** Of a valid operation; `optimized` unless the planner's own is wanted. */
  make(query: string, optimized?: boolean): Plan;
  print(query: string, optimized?: boolean): string;
}

/** Name → SDL without the `@link`. */
export async function openPlans(kind: PlannerKind, subgraphs: Readonly<Record<string, string>>): Promise<Plans> {
  return plansOf(kind, composeSdl(subgraphs));
}

export async function plansOf(kind: PlannerKind, supergraphSdl: string): Promise<Plans> {
  const schema = readApiSchema(supergraphSdl);
  const { makePlan } = await createPlanMaker({ kind, supergraphSdl });
  const make: Plans["make"] = (query, optimized) => {
    const [problem] = validate(schema, parse(query));
    if (problem !== undefined) throw problem;
    return makePlan(query, optimized);
  };
  return { make, print: (query, optimized) => printPlan(make(query, optimized)) };
}

/** As the gateway hands it to planners. */
export function composeSdl(subgraphs: Readonly<Record<string, string>>): string {
  const sources = Object.entries(subgraphs).map(([name, sdl]) => [name, { sdl: `${LINK}\n${sdl}` }] as const);
  return readSupergraph(composeText(Object.fromEntries(sources)), "test").sdl;
}

export function operationOf(query: string): Operation {
  return readOperation(parse(query), null, 1_000);
}

export function countFetches(plan: Plan): number {
  return printPlan(plan).match(/^ *Fetch /gm)?.length ?? 0;
}
