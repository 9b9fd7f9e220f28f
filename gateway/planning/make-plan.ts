// Text of an operation → its plan, in this thread and without a limit: what is done around a planner, whichever it is.
import { buildASTSchema, Kind, parse, print, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from "graphql";

import { askApart } from "./ask-apart.ts";
import { openDraftMaker, type PlannerKind } from "./draft-maker.ts";
import { mapConditions, mapFetches, printFetch, type Draft, type MakeDraft } from "./draft.ts";
import { readInterfaceObjects, requireKeys, restoreInterfaceObjects, type InterfaceObjects } from "./interface-objects.ts";
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
  const { kind, options, making } = openMaking(wanted, supergraph);
  const interfaces = readInterfaceObjects(supergraph);
  const draftOf: Planning["draftOf"] =
    interfaces === null
      ? (document) => draftBy(making, document)
      : draftApart({ making, openApart: () => openMaking(kind, interfaces.supergraph).making, schema: options.schema }, interfaces);
  const planning: Planning = { options, draftOf };
  return { kind, makePlan: (text, optimized = true) => makePlan(text, planning, optimized), warmUp: () => warmUp(planning) };
}

interface Opened {
  readonly kind: PlannerKind;
  readonly options: PlannableOptions;
  readonly making: Making;
}

function openMaking(wanted: PlannerKind | "auto", supergraph: DocumentNode): Opened {
  const schema = buildASTSchema(supergraph, { assumeValid: true, assumeValidSDL: true });
  const required = readRequiredArguments(supergraph);
  const chains = readRequiredChains(required?.supergraph ?? supergraph);
  const shown = chains?.supergraph ?? required?.supergraph ?? supergraph;
  const { kind, makeDraft } = openDraftMaker(wanted, print(shown));
  const restore = (draft: Draft): Draft => {
    const real = chains === null ? draft : restoreSubgraphs(draft, chains);
    return required === null ? real : restoreArguments(real, required);
  };
  return { kind, options: { schema, required: readRequiredFields(shown) }, making: { makeDraft, restore } };
}

interface Choosing {
  readonly making: Making;
  /** By the supergraph with more than interface objects; opened for the first operation that needs it, which may never come. */
  readonly openApart: () => Making;
  readonly schema: GraphQLSchema;
}

/** Where the planner finds no way through the larger supergraph, the operation is planned as it is. */
function draftApart({ making, openApart, schema }: Choosing, interfaces: InterfaceObjects): Planning["draftOf"] {
  let apart: Making | null = null;
  const keyed = (draft: Draft | null): Draft | null => draft && requireKeys(draft, interfaces);
  return (document) => {
    // Apollo's planner takes many seconds for what is deferred in the larger supergraph.
    const asked = hasDefer(document) ? null : askApart(document, schema, interfaces);
    if (asked === null) return keyed(draftBy(making, document));
    try {
      apart ??= openApart();
      const draft = draftBy(apart, asked);
      return draft && restoreInterfaceObjects(draft, interfaces);
    } catch {
      return keyed(draftBy(making, document));
    }
  };
}

function hasDefer(document: DocumentNode): boolean {
  return /@defer\b/.test(print(document));
}

function draftBy({ makeDraft, restore }: Making, document: DocumentNode): Draft | null {
  const made = makeDraft(print(document));
  return made && restore(made);
}

/** Neither planner's plan has, in our form, a place for values that an entity takes from its ancestors. */
function assertPlannable(supergraphSdl: string): void {
  if (/\bcontextArguments\s*:\s*\[\s*\{/.test(supergraphSdl)) throw new TypeError("it uses @fromContext, which this gateway does not execute");
}

interface Making {
  readonly makeDraft: MakeDraft;
  /** Undoes what was done to the supergraph that planners are shown. */
  readonly restore: (draft: Draft) => Draft;
}

interface Planning {
  readonly options: PlannableOptions;
  /** As it is for the subgraphs; null for nothing to fetch. */
  readonly draftOf: (document: DocumentNode) => Draft | null;
}

function makePlan(text: string, { options, draftOf }: Planning, optimized: boolean): Plan {
  const { definitions } = parse(text, { noLocation: true });
  const definition = definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (definition === undefined) throw new TypeError("Expected an operation to plan, got none.");
  const fragments = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const plannable = toPlannable({ definition, fragments: new Map(fragments.map((node) => [node.name.value, node])) }, options);
  if (plannable === null) return { node: null };
  const restored = draftOf(plannable.document);
  if (restored === null) return { node: null };
  const draft = plannable.responseNames === null ? restored : renameInDraft(restored, plannable.responseNames);
  const changed = optimized ? optimize(draft) : draft;
  return { node: changed && finish(changed, plannable, definition) };
}

const WARM = { times: 20, ms: 200 };

function warmUp(planning: Planning): void {
  const startedAt = performance.now();
  const sample = printSample(planning.options.schema);
  try {
    for (let time = 0; sample !== null && time < WARM.times && performance.now() - startedAt < WARM.ms; time += 1) makePlan(sample, planning, true);
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
