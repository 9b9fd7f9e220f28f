// Apollo's planner behind our plan form: JavaScript, for every platform. It makes more requests than Hive's (merging them
// is left to `optimize/`) and takes longer.
import { createRequire } from "node:module";

import type * as Internals from "@apollo/federation-internals";
import type {
  DeferredNode as ApolloDeferredNode,
  FetchDataRewrite,
  FetchNode as ApolloFetchNode,
  PlanNode as ApolloPlanNode,
  QueryPlanSelectionNode,
} from "@apollo/query-planner";
import type * as Planning from "@apollo/query-planner";
import { parse } from "graphql";

import { createGroup, readFetchDocument, type Draft, type FetchDraft, type MakeDraft } from "./draft.ts";
import type { DeferredNode, Path, PathStep, RequiredSelection, Rewrite, RewritePath } from "./plan.ts";

const FRAGMENT = "... on ";

/** Where Hive's planner plans, Apollo's is loaded for the first operation that needs it, which is none as a rule: 20 MiB. */
const load = createRequire(import.meta.url);

export interface ApolloOptions {
  /** Whether fragments with @defer are planned apart; else they may not occur. */
  readonly defer?: boolean;
}

/** Throws what Apollo finds wrong with the supergraph. */
export function openApolloPlanner(supergraphSdl: string, { defer = false }: ApolloOptions = {}): MakeDraft {
  const { operationFromDocument, Supergraph } = load("@apollo/federation-internals") as typeof Internals;
  const { QueryPlanner } = load("@apollo/query-planner") as typeof Planning;
  // The API schema was made of the same text before, and that is where it is validated.
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: false });
  const schema = supergraph.apiSchema();
  // Fragments of the client reused in fetches cost planning time, and their names clash when fetches are merged.
  const planner = new QueryPlanner(supergraph, { reuseQueryFragments: false, incrementalDelivery: { enableDefer: defer } });
  return (text) => {
    const { node } = planner.buildQueryPlan(operationFromDocument(schema, parse(text, { noLocation: true })));
    if (node?.kind === "Subscription") throw unsupported(node.kind);
    return node === undefined ? null : toNode(node);
  };
}

function toNode(node: ApolloPlanNode): Draft | null {
  switch (node.kind) {
    case "Fetch":
      return toFetchNode(node, []);
    case "Flatten":
      if (node.node.kind !== "Fetch") throw new TypeError(`Expected a fetch below a path of the plan, got ${node.node.kind}.`);
      return toFetchNode(node.node, node.path.map((part) => toStep(String(part))));
    case "Sequence":
    case "Parallel":
      return createGroup(node.kind, node.nodes.map(toNode));
    case "Condition":
      return {
        kind: "Condition",
        variable: node.condition,
        whenTrue: node.ifClause === undefined ? null : toNode(node.ifClause),
        whenFalse: node.elseClause === undefined ? null : toNode(node.elseClause),
      };
    case "Defer":
      return { kind: "Defer", primary: node.primary.node === undefined ? null : toNode(node.primary.node), deferred: node.deferred.map(toDeferred) };
  }
}

function toDeferred({ label, depends, node }: ApolloDeferredNode): DeferredNode<FetchDraft> {
  if (label === undefined) throw unsupported("a deferred part without a label");
  return { label, depends: depends.map(({ id }) => id), node: node === undefined ? null : toNode(node) };
}

function unsupported(kind: string): Error {
  return new TypeError(`Expected a plan of fetches and conditions, got ${kind}.`);
}

/** A fetch with `requires` is one of entities, and stands below the path to them. */
function toFetchNode(node: ApolloFetchNode, path: Path): Draft {
  if (node.contextRewrites !== undefined && node.contextRewrites.length > 0) throw unsupported("a value of @fromContext");
  const document = readFetchDocument(node.operation);
  const ids = node.id === undefined ? {} : { ids: [node.id] };
  const outputRewrites = (node.outputRewrites ?? []).map(toRewrite);
  if (node.requires === undefined) return { kind: "Fetch", ...ids, subgraph: node.serviceName, document, entities: [], outputRewrites };
  const entity = {
    alias: "_entities",
    variable: "representations",
    paths: [path],
    requires: node.requires.map(toRequired),
    inputRewrites: (node.inputRewrites ?? []).map(toRewrite),
    outputRewrites,
  };
  return { kind: "Fetch", ...ids, subgraph: node.serviceName, document, entities: [entity], outputRewrites: [] };
}

function toStep(part: string): PathStep {
  return part === "@" ? { kind: "items" } : { kind: "field", name: part };
}

function toRequired(selection: QueryPlanSelectionNode): RequiredSelection {
  const selections = (selection.selections ?? []).map(toRequired);
  if (selection.kind === "Field") {
    const name = selection.alias ?? selection.name;
    return { kind: "field", name, responseName: name, selections };
  }
  if (selection.typeCondition === undefined) throw new TypeError("Expected required fields of a type, got a fragment without one.");
  return { kind: "fragment", typeCondition: selection.typeCondition, selections };
}

function toRewrite(rewrite: FetchDataRewrite): Rewrite {
  const path = toRewritePath(rewrite.path);
  return rewrite.kind === "ValueSetter" ? { kind: "set", path, value: rewrite.setValueTo } : { kind: "rename", path, name: rewrite.renameKeyTo };
}

function toRewritePath(path: readonly string[]): RewritePath {
  return path.map((part) =>
    part.startsWith(FRAGMENT) ? { kind: "type", names: [part.slice(FRAGMENT.length)] } : { kind: "field", name: part },
  );
}
