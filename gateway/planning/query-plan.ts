// A plan as JSON for clients with the right to see it, in the shape that Hive's planner prints and Hive Laboratory draws:
// a node of `Flatten` for the path of entities, `BatchFetch` for several `_entities` fields of one request.
//
// The Laboratory draws nothing at all of a plan that it does not take for one. So it gets what it knows: rewrites without
// the kind as a member around them, values of rewrites as text, and no fragment in a fragment.
import type { EntityFetch, FetchNode, Path, Plan, PlanNode, RequiredSelection, Rewrite, RewritePath } from "./plan.ts";

export interface QueryPlan {
  readonly kind: "QueryPlan";
  /** Missing where nothing is to be fetched. */
  readonly node?: QueryPlanNode;
}

export type QueryPlanNode =
  | (FetchParts & { readonly kind: "Fetch"; readonly requires?: readonly RequiredJson[]; readonly inputRewrites?: readonly RewriteJson[]; readonly outputRewrites?: readonly RewriteJson[] })
  | (FetchParts & { readonly kind: "BatchFetch"; readonly entityBatch: { readonly aliases: readonly BatchAlias[] } })
  | { readonly kind: "Flatten"; readonly path: readonly Segment[]; readonly node: QueryPlanNode }
  | { readonly kind: "Sequence" | "Parallel"; readonly nodes: readonly QueryPlanNode[] }
  | { readonly kind: "Condition"; readonly condition: string; readonly ifClause?: QueryPlanNode; readonly elseClause?: QueryPlanNode };

interface FetchParts {
  readonly serviceName: string;
  readonly operationKind: "query" | "mutation";
  /** GraphQL text. */
  readonly operation: string;
  readonly variableUsages?: readonly string[];
}

interface BatchAlias {
  readonly alias: string;
  readonly representationsVariableName: string;
  readonly paths: readonly (readonly Segment[])[];
  readonly requires: readonly RequiredJson[];
  readonly inputRewrites?: readonly RewriteJson[];
  readonly outputRewrites?: readonly RewriteJson[];
}

type Segment = "@" | { readonly Field: string } | { readonly TypeCondition: readonly string[] };

/** `name` is that in the tree, `alias` that in the representation, where they differ. */
type RequiredJson =
  | { readonly kind: "Field"; readonly name: string; readonly alias?: string; readonly selections?: readonly RequiredJson[] }
  | { readonly kind: "InlineFragment"; readonly typeCondition: string; readonly selections: readonly RequiredJson[] };

type RewriteJson =
  | { readonly kind: "ValueSetter"; readonly path: readonly RewriteSegment[]; readonly setValueTo: string }
  | { readonly kind: "KeyRenamer"; readonly path: readonly RewriteSegment[]; readonly renameKeyTo: string };

type RewriteSegment = { readonly Key: string } | { readonly TypenameEquals: readonly string[] };

export function toQueryPlan({ node }: Plan): QueryPlan {
  return { kind: "QueryPlan", ...(node !== null && { node: toNode(node) }) };
}

function toNode(node: PlanNode): QueryPlanNode {
  switch (node.kind) {
    case "Fetch":
      return toFetch(node);
    case "Condition": {
      const { variable, whenTrue, whenFalse } = node;
      return {
        kind: "Condition",
        condition: variable,
        ...(whenTrue !== null && { ifClause: toNode(whenTrue) }),
        ...(whenFalse !== null && { elseClause: toNode(whenFalse) }),
      };
    }
    case "Defer": {
      const parts = [node.primary, ...node.deferred.map((deferred) => deferred.node)].filter((part) => part !== null);
      return { kind: "Sequence", nodes: parts.map(toNode) };
    }
    default:
      return { kind: node.kind, nodes: node.nodes.map(toNode) };
  }
}

function toFetch(fetch: FetchNode): QueryPlanNode {
  const { subgraph: serviceName, operationKind, document: operation, variables, entities, outputRewrites } = fetch;
  const parts = { serviceName, operationKind, operation, ...(variables.length > 0 && { variableUsages: variables }) };
  const [only, ...more] = entities;
  if (only === undefined) return { kind: "Fetch", ...parts, ...rewritesOf({ outputRewrites }) };
  const [path, ...others] = only.paths;
  // Under another name than that of every plan with one such field, it takes the form that tells the name.
  if (more.length > 0 || others.length > 0 || path === undefined || only.alias !== "_entities") {
    return { kind: "BatchFetch", ...parts, entityBatch: { aliases: entities.map(toAlias) } };
  }
  return { kind: "Flatten", path: toPath(path), node: { kind: "Fetch", ...parts, requires: toRequires(only.requires), ...rewritesOf(only) } };
}

function toAlias({ alias, variable, paths, requires, ...rewrites }: EntityFetch): BatchAlias {
  return { alias, representationsVariableName: variable, paths: paths.map(toPath), requires: toRequires(requires), ...rewritesOf(rewrites) };
}

function toPath(path: Path): Segment[] {
  return path.map((step) => (step.kind === "items" ? "@" : step.kind === "field" ? { Field: step.name } : { TypeCondition: step.names }));
}

/** A fragment in a fragment has the narrower condition and stands as well beside it. */
function toRequires(selections: readonly RequiredSelection[]): RequiredJson[] {
  return selections.flatMap((selection): RequiredJson[] => {
    if (selection.kind === "field") {
      const { name, responseName } = selection;
      const below = toRequires(selection.selections);
      return [{ kind: "Field", name: responseName, ...(name !== responseName && { alias: name }), ...(below.length > 0 && { selections: below }) }];
    }
    const fields = selection.selections.filter(({ kind }) => kind === "field");
    const fragments = selection.selections.filter(({ kind }) => kind === "fragment");
    const own: RequiredJson[] = fields.length === 0 ? [] : [{ kind: "InlineFragment", typeCondition: selection.typeCondition, selections: toRequires(fields) }];
    return [...own, ...toRequires(fragments)];
  });
}

interface Rewrites {
  readonly inputRewrites?: readonly RewriteJson[];
  readonly outputRewrites?: readonly RewriteJson[];
}

function rewritesOf({ inputRewrites = [], outputRewrites }: { readonly inputRewrites?: readonly Rewrite[]; readonly outputRewrites: readonly Rewrite[] }): Rewrites {
  return {
    ...(inputRewrites.length > 0 && { inputRewrites: inputRewrites.map(toRewrite) }),
    ...(outputRewrites.length > 0 && { outputRewrites: outputRewrites.map(toRewrite) }),
  };
}

function toRewrite(rewrite: Rewrite): RewriteJson {
  const path = toRewritePath(rewrite.path);
  if (rewrite.kind === "rename") return { kind: "KeyRenamer", path, renameKeyTo: rewrite.name };
  return { kind: "ValueSetter", path, setValueTo: typeof rewrite.value === "string" ? rewrite.value : JSON.stringify(rewrite.value) };
}

function toRewritePath(path: RewritePath): RewriteSegment[] {
  return path.map((step) => (step.kind === "field" ? { Key: step.name } : { TypenameEquals: step.names }));
}
