// What the compiled executor makes of a plan, as text for people: the bodies it sends up to their variables, what it writes
// of objects, where it makes equal objects one, and what it prints for each type.
//
// The compiled form is functions, so they are asked: a representation is what the real writer writes of an object that has
// a name in ‹› for each value, and shapes are collected by what collects them for printing.
import { getNamedType, isAbstractType, isCompositeType, isObjectType, type GraphQLCompositeType, type GraphQLSchema, type SelectionSetNode } from "graphql";

import { printPath, type EntityFetch, type FetchNode, type Path, type Plan, type PlanNode, type RequiredSelection } from "../../planning/planning.ts";
import { compileEntities } from "./collect.ts";
import { compilePlan } from "./compile.ts";
import { printHead } from "./fetch.ts";
import { openList } from "./representations.ts";
import { collectFields, setsOf, type Selecting } from "./selections.ts";
import type { Tree } from "./tree.ts";
import { createTypeNames, type TypeNames } from "./types.ts";

export interface PrintCompiledOptions extends Selecting {
  readonly plan: Plan;
  /** With all types of the supergraph. */
  readonly fullSchema: GraphQLSchema;
}

/** Ends with a line feed. */
export function printCompiled({ plan, fullSchema, ...selecting }: PrintCompiledOptions): string {
  const { definition } = selecting.operation;
  const root = selecting.schema.getRootType(definition.operation);
  if (root == null) throw new TypeError(`Expected a schema with the root type for a ${definition.operation}.`);
  const all = plan.node === null ? [] : entitiesOf(plan.node);
  const printing: Printing = { types: createTypeNames(fullSchema), all };
  const fetches = plan.node === null ? ["Nothing is fetched."] : printNode(printing, plan.node);
  const { sharedPlaces } = compilePlan(plan, fullSchema);
  const shape = printShape({ ...selecting, sharedPlaces }, { type: root, sets: [definition.selectionSet], place: "" });
  return `${[...fetches, ...block(`Answer ${root.name}`, shape)].join("\n")}\n`;
}

interface Printing {
  readonly types: TypeNames;
  /** Every `_entities` field of the plan. */
  readonly all: readonly EntityFetch[];
}

function entitiesOf(node: PlanNode): readonly EntityFetch[] {
  if (node.kind === "Fetch") return node.entities;
  return partsOf(node).flatMap(entitiesOf);
}

function partsOf(node: Exclude<PlanNode, FetchNode>): readonly PlanNode[] {
  switch (node.kind) {
    case "Condition":
      return [node.whenTrue, node.whenFalse].filter((branch) => branch !== null);
    case "Defer":
      return [node.primary, ...node.deferred.map((deferred) => deferred.node)].filter((part) => part !== null);
    default:
      return node.nodes;
  }
}

function printNode(printing: Printing, node: PlanNode): string[] {
  switch (node.kind) {
    case "Fetch":
      return printFetch(printing, node);
    case "Condition":
      return [
        ...(node.whenTrue === null ? [] : block(`If $${node.variable}`, printNode(printing, node.whenTrue))),
        ...(node.whenFalse === null ? [] : block(`If not $${node.variable}`, printNode(printing, node.whenFalse))),
      ];
    default:
      return block(node.kind, partsOf(node).flatMap((one) => printNode(printing, one)));
  }
}

function printFetch(printing: Printing, node: FetchNode): string[] {
  const variables = node.variables.length === 0 ? [] : [`then ${node.variables.map((name) => `$${name}`).join(", ")} of the client`];
  return block(`Fetch ${node.operationKind} from ${node.subgraph}`, [printHead(node), ...variables, ...node.entities.flatMap((one) => printEntities(printing, one))]);
}

function printEntities({ types, all }: Printing, entities: EntityFetch): string[] {
  const others = all.flatMap((other): readonly Path[] => (other === entities ? [] : other.paths));
  const { paths, enter } = compileEntities(entities, others, types);
  const places = entities.paths.map((path, index) => {
    const sharing = paths[index]?.uniform === true ? "equal objects become one" : "each object stays its own, because something is fetched for some of them only";
    return `at ${printPath(path)}: ${sharing}${paths[index]?.touched === true ? "; more is fetched here or below" : ""}`;
  });
  const samples = typesOf(entities.requires, types).map((type) => {
    const list = openList();
    enter(sampleOf(entities.requires, type, types), list);
    const [text] = list.texts;
    return text === undefined ? `${type} is not asked for` : `${type} ${text.replaceAll(/"‹([^›]*)›"/g, "‹$1›")}`;
  });
  return block(`then $${entities.variable} for ${entities.alias}, each representation once`, [...places, ...samples]);
}

/** The object types that are asked for. */
function typesOf(requires: readonly RequiredSelection[], types: TypeNames): string[] {
  const named = requires.flatMap((selection) => (selection.kind === "fragment" ? [selection.typeCondition] : []));
  return [...types.behind(named)].filter((name) => typeof name === "string").filter((name) => types.isObject(name));
}

/** An object of the type that has all that is required of it, with the name of each value in its place. */
function sampleOf(requires: readonly RequiredSelection[], type: string, types: TypeNames): Tree {
  const sample = Object.create(null) as Tree;
  sample["__typename"] = type;
  const fill = (selections: readonly RequiredSelection[]): void => {
    for (const selection of selections) {
      if (selection.kind === "fragment") {
        if (types.behind([selection.typeCondition]).has(type)) fill(selection.selections);
      } else if (selection.name !== "__typename") {
        const { responseName, selections: below } = selection;
        const [inner = "…"] = typesOf(below, types);
        sample[responseName] = below.length === 0 ? `‹${responseName}›` : sampleOf(below, inner, types);
      }
    }
  };
  fill(requires);
  return sample;
}

interface Showing extends Selecting {
  readonly sharedPlaces: ReadonlySet<string>;
}

interface Place {
  readonly type: GraphQLCompositeType;
  readonly sets: readonly SelectionSetNode[];
  /** Response names, each followed by `/`. */
  readonly place: string;
}

/** What is printed of objects; of an interface or a union, for each type behind it, types of one shape together. */
function printShape(showing: Showing, at: Place): string[] {
  if (!isAbstractType(at.type)) return printFields(showing, at);
  const byText = new Map<string, string[]>();
  for (const type of showing.schema.getPossibleTypes(at.type)) {
    const text = printFields(showing, { ...at, type }).join("\n");
    byText.set(text, [...(byText.get(text) ?? []), type.name]);
  }
  return [...byText].flatMap(([text, names]) => block(names.join(", "), text.split("\n")));
}

function printFields(showing: Showing, { type, sets, place }: Place): string[] {
  return [...collectFields(showing, type, sets)].flatMap(([name, nodes]) => {
    const fieldType = "getFields" in type ? type.getFields()[nodes[0].name.value]?.type : undefined;
    if (fieldType === undefined) return [`${name} ${nodes[0].name.value === "__typename" && isObjectType(type) ? `"${type.name}"` : "of the gateway itself"}`];
    const named = getNamedType(fieldType);
    if (!isCompositeType(named)) return [`${name} ${String(fieldType)}`];
    const below = { type: named, sets: setsOf(nodes), place: `${place}${name}/` };
    const shared = showing.sharedPlaces.has(below.place) ? ", the text of an object is used again" : "";
    return block(`${name} ${String(fieldType)}${shared}`, printShape(showing, below));
  });
}

function block(title: string, lines: readonly string[]): string[] {
  return [`${title} {`, ...lines.map((line) => `  ${line}`), "}"];
}
