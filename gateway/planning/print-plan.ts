// A plan as text for people: what is asked of whom, in which order, and what is sent of each entity.
import { parse, print } from "graphql";

import type { EntityFetch, FetchNode, Path, Plan, PlanNode, RequiredSelection, Rewrite } from "./plan.ts";

/** Ends with a line feed. Equal plans give equal text. */
export function printPlan({ node }: Plan): string {
  return `${node === null ? "Nothing" : printNode(node).join("\n")}\n`;
}

/** `users.@|[Admin].rights.@` — `@` stands for each item of a list, `|[A]` for objects of those types. */
export function printPath(path: Path): string {
  return path.map((step) => (step.kind === "field" ? `.${step.name}` : step.kind === "items" ? ".@" : `|[${step.names.join(",")}]`)).join("").replace(/^\./, "");
}

function printNode(node: PlanNode): string[] {
  switch (node.kind) {
    case "Fetch":
      return printFetchNode(node);
    case "Condition":
      return [
        ...(node.whenTrue === null ? [] : block(`If $${node.variable}`, printNode(node.whenTrue))),
        ...(node.whenFalse === null ? [] : block(`If not $${node.variable}`, printNode(node.whenFalse))),
      ];
    case "Defer":
      return block("Defer", [
        ...(node.primary === null ? [] : printNode(node.primary)),
        ...node.deferred.flatMap(({ label, depends, node: later }) => block(`Part ${label}${depends.length === 0 ? "" : ` after ${depends.join(", ")}`}`, later === null ? [] : printNode(later))),
      ]);
    default:
      return block(node.kind, node.nodes.flatMap(printNode));
  }
}

function printFetchNode({ ids = [], subgraph, operationKind, document, variables, entities, outputRewrites }: FetchNode): string[] {
  const used = variables.length === 0 ? "" : ` with ${variables.map((name) => `$${name}`).join(", ")}`;
  return block(`Fetch ${ids.map((id) => `${id} `).join("")}${operationKind} from ${subgraph}${used}`, [
    ...entities.flatMap(printEntities),
    ...outputRewrites.map((rewrite) => `then ${printRewrite(rewrite)}`),
    ...print(parse(document)).split("\n"),
  ]);
}

function printEntities({ alias, variable, paths, requires, inputRewrites, outputRewrites }: EntityFetch): string[] {
  return [
    `${alias}($${variable}) of ${paths.map(printPath).join(" and ")}: ${requires.map(printRequired).join(" ")}`,
    ...inputRewrites.map((rewrite) => `  first ${printRewrite(rewrite)}`),
    ...outputRewrites.map((rewrite) => `  then ${printRewrite(rewrite)}`),
  ];
}

function printRequired(selection: RequiredSelection): string {
  const inner = selection.selections.length === 0 ? "" : ` { ${selection.selections.map(printRequired).join(" ")} }`;
  if (selection.kind === "fragment") return `... on ${selection.typeCondition}${inner}`;
  return `${selection.name === selection.responseName ? "" : `${selection.name}: `}${selection.responseName}${inner}`;
}

function printRewrite(rewrite: Rewrite): string {
  const path = rewrite.path.map((step) => (step.kind === "field" ? `.${step.name}` : `|[${step.names.join(",")}]`)).join("").replace(/^\./, "");
  return rewrite.kind === "set" ? `set ${path} to ${JSON.stringify(rewrite.value)}` : `rename ${path} to ${rewrite.name}`;
}

function block(title: string, lines: readonly string[]): string[] {
  return [`${title} {`, ...lines.map((line) => `  ${line}`), "}"];
}
