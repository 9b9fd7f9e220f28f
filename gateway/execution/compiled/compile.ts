// Plan → one function that runs it. All that depends on the plan alone is done here, once.
import type { GraphQLSchema } from "graphql";

import type { EntityFetch, FetchNode, Path, Plan, PlanNode } from "../../planning/planning.ts";
import { compileFetch, type Task } from "./fetch.ts";
import { createTypeNames, type TypeNames } from "./types.ts";

export interface CompiledPlan {
  /** Grows the tree of a run. Never rejects. */
  readonly run: Task;
  /** Where objects may be shared: response names joined by `/`, each followed by one. */
  readonly sharedPlaces: ReadonlySet<string>;
}

/** `schema` has all types of the supergraph. */
export function compilePlan({ node }: Plan, schema: GraphQLSchema): CompiledPlan {
  const fetches = node === null ? [] : fetchesOf(node);
  const entities = fetches.flatMap((fetch) => fetch.entities);
  const types = createTypeNames(schema);
  const pathsOfOthers = (one: EntityFetch): Path[] => entities.flatMap((other) => (other === one ? [] : other.paths));
  return {
    run: node === null ? async () => {} : compileNode(node, { types, pathsOfOthers }),
    sharedPlaces: new Set(entities.flatMap(({ paths }) => paths.map(printFields))),
  };
}

function fetchesOf(node: PlanNode): FetchNode[] {
  switch (node.kind) {
    case "Fetch":
      return [node];
    case "Condition":
      return [node.whenTrue, node.whenFalse].flatMap((branch) => (branch === null ? [] : fetchesOf(branch)));
    default:
      return node.nodes.flatMap(fetchesOf);
  }
}

interface Compiling {
  readonly types: TypeNames;
  readonly pathsOfOthers: (entities: EntityFetch) => readonly Path[];
}

function compileNode(node: PlanNode, compiling: Compiling): Task {
  switch (node.kind) {
    case "Fetch":
      return compileFetch(node, compiling.pathsOfOthers, compiling.types);
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

function printFields(path: Path): string {
  return path.flatMap((step) => (step.kind === "field" ? [`${step.name}/`] : [])).join("");
}
