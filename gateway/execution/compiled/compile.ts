// Plan → one function that runs it. All that depends on the plan alone is done here, once.
import type { GraphQLSchema } from "graphql";

import type { EntityFetch, FetchNode, Path, Plan, PlanNode } from "../../planning/planning.ts";
import { compileFetch, type Task } from "./fetch.ts";
import { createTypeNames, type TypeNames } from "./types.ts";

export interface CompiledPlan {
  /** Grows the tree of a run. Never rejects. What is deferred is left to `deferred`. */
  readonly run: Task;
  /** Fetches of `run` that deferred ones may wait for. */
  readonly ids: readonly string[];
  readonly deferred: readonly CompiledDeferred[];
  /** Where objects may be shared: response names joined by `/`, each followed by one. */
  readonly sharedPlaces: ReadonlySet<string>;
}

export interface CompiledDeferred {
  /** Of the @defer in the operation that was planned. */
  readonly label: string;
  readonly depends: readonly string[];
  readonly run: Task;
  readonly ids: readonly string[];
}

/** `schema` has all types of the supergraph. */
export function compilePlan({ node }: Plan, schema: GraphQLSchema): CompiledPlan {
  const fetches = node === null ? [] : fetchesOf(node);
  const entities = fetches.flatMap((fetch) => fetch.entities);
  const types = createTypeNames(schema);
  const pathsOfOthers = (one: EntityFetch): Path[] => entities.flatMap((other) => (other === one ? [] : other.paths));
  const deferred: CompiledDeferred[] = [];
  return {
    run: node === null ? NOTHING : compileNode(node, { types, pathsOfOthers, deferred }),
    ids: node === null ? [] : idsOf(node),
    deferred,
    sharedPlaces: new Set(entities.flatMap(({ paths }) => paths.map(printFields))),
  };
}

const NOTHING: Task = async () => {};

function fetchesOf(node: PlanNode): FetchNode[] {
  switch (node.kind) {
    case "Fetch":
      return [node];
    case "Condition":
      return [node.whenTrue, node.whenFalse].flatMap((branch) => (branch === null ? [] : fetchesOf(branch)));
    case "Defer":
      return [node.primary, ...node.deferred.map((one) => one.node)].flatMap((inner) => (inner === null ? [] : fetchesOf(inner)));
    default:
      return node.nodes.flatMap(fetchesOf);
  }
}

/** Of what is not deferred. */
function idsOf(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case "Fetch":
      return node.ids ?? [];
    case "Condition":
      return fetchesOf(node).flatMap((fetch) => fetch.ids ?? []);
    case "Defer":
      return node.primary === null ? [] : idsOf(node.primary);
    default:
      return node.nodes.flatMap(idsOf);
  }
}

interface Compiling {
  readonly types: TypeNames;
  readonly pathsOfOthers: (entities: EntityFetch) => readonly Path[];
  readonly deferred: CompiledDeferred[];
}

function compileNode(node: PlanNode, compiling: Compiling): Task {
  switch (node.kind) {
    case "Fetch":
      return withArrival(compileFetch(node, compiling.pathsOfOthers, compiling.types), node.ids);
    case "Defer": {
      const deferred = node.deferred.map(({ label, depends, node: later }): CompiledDeferred => {
        return { label, depends, run: later === null ? NOTHING : compileNode(later, compiling), ids: later === null ? [] : idsOf(later) };
      });
      compiling.deferred.push(...deferred);
      return node.primary === null ? NOTHING : compileNode(node.primary, compiling);
    }
    case "Condition": {
      const { variable } = node;
      const [whenTrue, whenFalse] = [node.whenTrue, node.whenFalse].map((branch) => branch && compileNode(branch, compiling));
      return async (run) => (run.isTrue(variable) ? whenTrue : whenFalse)?.(run);
    }
    case "Parallel": {
      const tasks = node.nodes.map((one) => compileNode(one, compiling));
      return async (run) => void (await Promise.all(tasks.map((task) => task(run))));
    }
    case "Sequence": {
      const tasks = node.nodes.map((one) => compileNode(one, compiling));
      return async (run) => {
        for (const task of tasks) await task(run);
      };
    }
  }
}

/** Tells those that wait for the fetch. */
function withArrival(task: Task, ids: readonly string[] | undefined): Task {
  if (ids === undefined) return task;
  return async (run) => {
    await task(run);
    for (const id of ids) run.arrived?.(id);
  };
}

function printFields(path: Path): string {
  return path.flatMap((step) => (step.kind === "field" ? [`${step.name}/`] : [])).join("");
}
