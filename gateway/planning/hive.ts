// Hive's planner behind our plan form: Rust through N-API, for platforms that its binary is built for. It batches entity
// fetches of one stage by aliases itself, and gives fields that several `@requires` name with different arguments
// aliases of their own. It knows neither `@defer` nor `@fromContext`.
import { createRequire } from "node:module";

import type * as Hive from "@graphql-hive/router-query-planner";
import type {
  BatchFetchNode,
  EntityBatchAlias,
  FetchNode as HiveFetchNode,
  FetchNodePathSegment,
  FetchRewrite,
  FlattenNodePathSegment,
  PlanNode as HivePlanNode,
  RequiresSelection,
} from "@graphql-hive/router-query-planner";

import { createGroup, readFetchDocument, type Draft, type MakeDraft } from "./draft.ts";
import type { Path, RequiredSelection, Rewrite, RewritePath } from "./plan.ts";

/** Overrides by label take a part of the traffic; no part is drawn today, so that the label's field stays where it was. */
const NO_LABELS: ReadonlySet<string> = new Set();
const NEVER = 100;

/** An optional dependency, which not every platform has. */
const load = createRequire(import.meta.url);

/** Throws where the binary does not load, and for a supergraph that Hive cannot read. */
export function openHivePlanner(supergraphSdl: string): MakeDraft {
  const { QueryPlanner } = load("@graphql-hive/router-query-planner") as typeof Hive;
  const planner = new QueryPlanner(supergraphSdl);
  return (text) => {
    const { node } = planner.plan(text, null, new Set(NO_LABELS), NEVER);
    return node == null ? null : toNode(node);
  };
}

/** Whether the binary loads on this platform. */
export function isHiveAvailable(): boolean {
  try {
    load("@graphql-hive/router-query-planner");
    return true;
  } catch {
    return false;
  }
}

/** Where its types say that a member is missing, Hive gives null too. */
function toNode(node: HivePlanNode): Draft | null {
  switch (node.kind) {
    case "Fetch":
      return toFetchNode(node, []);
    case "BatchFetch":
      return toBatch(node);
    case "Flatten":
      if (node.node.kind !== "Fetch") throw new TypeError(`Expected a fetch below a path of the plan, got ${node.node.kind}.`);
      return toFetchNode(node.node, node.path.map(toStep));
    case "Sequence":
    case "Parallel":
      return createGroup(node.kind, node.nodes.map(toNode));
    case "Condition":
      return {
        kind: "Condition",
        variable: node.condition,
        whenTrue: node.ifClause == null ? null : toNode(node.ifClause),
        whenFalse: node.elseClause == null ? null : toNode(node.elseClause),
      };
    default:
      throw new TypeError(`Expected a plan of fetches and conditions, got ${node.kind}.`);
  }
}

/** A fetch with `requires` is one of entities, and stands below the path to them. */
function toFetchNode(node: HiveFetchNode, path: Path): Draft {
  const document = readFetchDocument(node.operation);
  const outputRewrites = (node.outputRewrites ?? []).map(toRewrite);
  if (node.requires == null) return { kind: "Fetch", subgraph: node.serviceName, document, entities: [], outputRewrites };
  const entity = {
    alias: "_entities",
    variable: "representations",
    paths: [path],
    requires: node.requires.map(toRequired),
    inputRewrites: (node.inputRewrites ?? []).map(toRewrite),
    outputRewrites: outputRewrites.map(belowEntities),
  };
  return { kind: "Fetch", subgraph: node.serviceName, document, entities: [entity], outputRewrites: [] };
}

function toBatch(node: BatchFetchNode): Draft {
  const entities = node.entityBatch.aliases.map((alias: EntityBatchAlias) => ({
    alias: alias.alias,
    variable: alias.representationsVariableName,
    paths: alias.paths.map((path) => path.map(toStep)),
    requires: alias.requires.map(toRequired),
    inputRewrites: (alias.inputRewrites ?? []).map(toRewrite),
    outputRewrites: (alias.outputRewrites ?? []).map(toRewrite).map(belowEntities),
  }));
  return { kind: "Fetch", subgraph: node.serviceName, document: readFetchDocument(node.operation), entities, outputRewrites: [] };
}

function toStep(segment: FlattenNodePathSegment): Path[number] {
  if (segment === "@") return { kind: "items" };
  return "Field" in segment ? { kind: "field", name: segment.Field } : { kind: "type", names: segment.TypeCondition };
}

/** Hive writes `alias: name`, where the name is that in the tree and the alias that in the representation. */
function toRequired(selection: RequiresSelection): RequiredSelection {
  if (selection.kind === "Field") {
    const { name, alias = name, selections = [] } = selection;
    return { kind: "field", name: alias, responseName: name, selections: selections.map(toRequired) };
  }
  if (selection.kind === "FragmentSpread") throw new TypeError("Expected required fields in place, got a fragment spread.");
  return { kind: "fragment", typeCondition: selection.typeCondition, selections: selection.selections.map(toRequired) };
}

function toRewrite(rewrite: FetchRewrite): Rewrite {
  if ("KeyRenamer" in rewrite) return { kind: "rename", path: toRewritePath(rewrite.KeyRenamer.path), name: rewrite.KeyRenamer.renameKeyTo };
  const { path, setValueTo } = "ValueSetter" in rewrite ? rewrite.ValueSetter : rewrite;
  return { kind: "set", path: toRewritePath(path), value: setValueTo };
}

function toRewritePath(path: readonly FetchNodePathSegment[]): RewritePath {
  return path.map((segment) =>
    "Key" in segment ? { kind: "field", name: segment.Key } : { kind: "type", names: segment.TypenameEquals },
  );
}

/** Ours begin at the entity. */
function belowEntities(rewrite: Rewrite): Rewrite {
  const [first, ...rest] = rewrite.path;
  return first?.kind === "field" && first.name === "_entities" ? { ...rewrite, path: rest } : rewrite;
}
