// Text of an operation → its plan, in this thread and without a limit: what is done around a planner, whichever it is.
import { buildASTSchema, Kind, parse, print, type OperationDefinitionNode } from "graphql";

import { openDraftMaker, type PlannerKind } from "./draft-maker.ts";
import { mapConditions, mapFetches, printFetch, type Draft, type MakeDraft } from "./draft.ts";
import { optimize } from "./optimize/optimize.ts";
import type { Plan } from "./plan.ts";
import { toPlannable, type Plannable, type PlannableOptions } from "./plannable.ts";
import { readRequiredArguments, restoreArguments } from "./required-arguments.ts";
import { readRequiredChains, restoreSubgraphs } from "./required-chains.ts";
import { readRequiredFields } from "./required-fields.ts";
import { freePrefix, renameInDraft } from "./response-names.ts";
import { printSample } from "./sample.ts";

export interface PlannerSource {
  /** `auto`: Hive's where its binary loads, else Apollo's. */
  readonly kind: PlannerKind | "auto";
  /** With the authorisation features or without. */
  readonly supergraphSdl: string;
}

export interface PlanMaker {
  readonly kind: PlannerKind;
  /** `optimized` is true unless the planner's own plan is wanted. Throws for what cannot be planned. */
  readonly makePlan: (text: string, optimized?: boolean) => Plan;
  /** Plans what nobody asked for, a few times, so that the first operation finds its functions compiled. Throws nothing. */
  readonly warmUp: () => void;
}

/** Throws what the planner finds wrong with the supergraph. */
export async function createPlanMaker({ kind: wanted, supergraphSdl }: PlannerSource): Promise<PlanMaker> {
  assertPlannable(supergraphSdl);
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const schema = buildASTSchema(supergraph, { assumeValid: true, assumeValidSDL: true });
  const required = readRequiredArguments(supergraph);
  const chains = readRequiredChains(required?.supergraph ?? supergraph);
  const shown = chains?.supergraph ?? required?.supergraph ?? supergraph;
  const { kind, makeDraft } = await openDraftMaker(wanted, shown === supergraph ? supergraphSdl : print(shown));
  const making: Making = {
    options: { schema, required: readRequiredFields(shown) },
    makeDraft,
    restore: (draft) => {
      const real = chains === null ? draft : restoreSubgraphs(draft, chains);
      return required === null ? real : restoreArguments(real, required);
    },
  };
  return { kind, makePlan: (text, optimized = true) => makePlan(text, making, optimized), warmUp: () => warmUp(making) };
}

/** Neither planner's plan has, in our form, a place for values that an entity takes from its ancestors. */
function assertPlannable(supergraphSdl: string): void {
  if (/\bcontextArguments\s*:\s*\[\s*\{/.test(supergraphSdl)) throw new TypeError("it uses @fromContext, which this gateway does not execute");
}

interface Making {
  readonly options: PlannableOptions;
  readonly makeDraft: MakeDraft;
  /** Undoes what was done to the supergraph that planners are shown. */
  readonly restore: (draft: Draft) => Draft;
}

function makePlan(text: string, { options, makeDraft, restore }: Making, optimized: boolean): Plan {
  const { definitions } = parse(text, { noLocation: true });
  const definition = definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (definition === undefined) throw new TypeError("Expected an operation to plan, got none.");
  const fragments = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const plannable = toPlannable({ definition, fragments: new Map(fragments.map((node) => [node.name.value, node])) }, options);
  const made = plannable && makeDraft(print(plannable.document));
  if (plannable === null || made === null) return { node: null };
  const restored = restore(made);
  const draft = plannable.responseNames === null ? restored : renameInDraft(restored, plannable.responseNames);
  const changed = optimized ? optimize(draft) : draft;
  return { node: changed && finish(changed, plannable, definition) };
}

const WARM = { times: 20, ms: 200 };

function warmUp(making: Making): void {
  const startedAt = performance.now();
  const sample = printSample(making.options.schema);
  try {
    for (let time = 0; sample !== null && time < WARM.times && performance.now() - startedAt < WARM.ms; time += 1) makePlan(sample, making, true);
  } catch {
    // What cannot be planned here is told to whoever asks for it.
  }
}

/** Gives variables their final names: those of the client, and `_r0`, `_r1` … for representations. */
function finish(draft: Draft, { variables }: Plannable, definition: OperationDefinitionNode): Plan["node"] {
  const prefix = freePrefix("_r", new Set(definition.variableDefinitions?.map((one) => one.variable.name.value)));
  const fetches = mapFetches(draft, (fetch) => {
    const own = fetch.entities.map(({ variable }, index): [string, string] => [variable, `${prefix}${index}`]);
    return printFetch(fetch, new Map([...variables, ...own]));
  });
  return mapConditions(fetches, (name) => variables.get(name) ?? name);
}
