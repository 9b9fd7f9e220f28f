// Which planner plans what.
import { openApolloPlanner } from "./apollo.ts";
import { mapFetches, type Draft, type MakeDraft } from "./draft.ts";
import { isHiveAvailable, openHivePlanner } from "./hive.ts";

export type PlannerKind = "hive" | "apollo";

export interface DraftMaker {
  readonly kind: PlannerKind;
  readonly makeDraft: MakeDraft;
}

/** `auto`: Hive's where its binary loads, else Apollo's. Throws what the planner finds wrong with the supergraph. */
export function openDraftMaker(wanted: PlannerKind | "auto", supergraphSdl: string): DraftMaker {
  const kind = wanted === "auto" ? (isHiveAvailable() ? "hive" : "apollo") : wanted;
  const makeDraft = kind === "apollo" ? openApolloPlanner(supergraphSdl) : withSubstitute(openHivePlanner(supergraphSdl), supergraphSdl);
  let deferring: MakeDraft | null = null;
  return {
    kind,
    makeDraft: (text) => {
      if (!DEFER.test(text)) return makeDraft(text);
      deferring ??= openApolloPlanner(supergraphSdl, { defer: true });
      return deferring(text);
    },
  };
}

/** Apollo's planner alone knows it. A text that has it in a string only is planned as well there. */
const DEFER = /@defer\b/;

function withSubstitute(hive: MakeDraft, supergraphSdl: string): MakeDraft {
  let apollo: MakeDraft | null = null;
  return (text) => {
    const draft = attempt(hive, text);
    if (draft !== undefined) return draft;
    apollo ??= openApolloPlanner(supergraphSdl);
    return apollo(text);
  };
}

/**
 * Undefined where another planner is to be asked: Hive's fails on some operations that are valid; and it lets a mutation
 * begin while what an earlier one of the same operation answers is still being fetched.
 */
function attempt(makeDraft: MakeDraft, text: string): Draft | null | undefined {
  try {
    const draft = makeDraft(text);
    return draft !== null && countMutations(draft) > 1 ? undefined : draft;
  } catch {
    return undefined;
  }
}

function countMutations(draft: Draft): number {
  let count = 0;
  mapFetches(draft, (fetch) => {
    if (fetch.document.operation.operation === "mutation") count += 1;
    return fetch;
  });
  return count;
}
