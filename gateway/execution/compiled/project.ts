// Tree → the text of the client's answer, in one pass: in the client's order and under its names, nulls brought to the
// nearest place that allows one, values checked against the schema that clients see.
//
// Text and not objects, because text is what leaves: nothing is copied, and an object that many places share is written
// once and its text used again. A writer answers null where its place is null; whoever holds the place decides whether it
// may be.
import {
  getNullableType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLFormattedError,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type SelectionSetNode,
} from "graphql";

import { gatewayError } from "../../errors.ts";
import type { IncompleteMarks } from "../../supergraph/supergraph.ts";
import type { Variables } from "../executor.ts";
import { readLosses, type FetchNotes } from "../losses.ts";
import { asksWhatIsMissing, codesExcepted, tellIncomplete } from "../tell-incomplete.ts";
import { createLeafPrinter } from "./leaves.ts";
import { printIntrospection } from "./introspection.ts";
import { isFull, type ErrorPath } from "./run.ts";
import { collectFields, dependsOnType, setsOf, type Selecting } from "./selections.ts";
import { copyTree, isInherited, type Tree } from "./tree.ts";

export interface Projection {
  /** The text of `data`, null where it is null; what is missing is added to the errors. */
  print(root: Tree, found: Found): string | null;
}

export interface Found {
  /** Where the client sees the root; nothing for the root of the answer. */
  readonly place?: ErrorPath;
  readonly variables: Variables;
  readonly errors: GraphQLFormattedError[];
  /** Places that an error speaks for beside the one that it names. */
  readonly explained: readonly ErrorPath[];
  readonly notes?: FetchNotes;
}

export interface ProjectionOptions extends Selecting {
  /** Of what is printed; the operation's root type by default. */
  readonly root?: GraphQLObjectType | GraphQLInterfaceType;
  /** Where objects may be shared: response names joined by `/`, each followed by one. */
  readonly sharedPlaces: ReadonlySet<string>;
  readonly incomplete?: IncompleteMarks | undefined;
}

export function compileProjection(options: ProjectionOptions): Projection {
  const { definition } = options.operation;
  const root = options.root ?? options.schema.getRootType(definition.operation);
  if (root == null) throw new TypeError(`Expected a schema with the root type for a ${definition.operation}.`);
  const compiling: Compiling = { ...options, writers: { count: 0 } };
  const shape = compileShape(compiling, { type: root, sets: [definition.selectionSet], place: "" });
  const withMissing = createTeller(options, root);
  return {
    print: (tree, found) => {
      const { place = [] } = found;
      return writeObject(shape, withMissing(tree, found), { ...found, told: found.errors.length, path: [...place], depth: place.length, texts: [] });
    },
  };
}

/** The tree with what is missing told where it has a field for that; the very same one where there is nothing to tell. */
function createTeller(options: ProjectionOptions, type: GraphQLObjectType | GraphQLInterfaceType): (tree: Tree, found: Found) => Tree {
  const { incomplete: marks } = options;
  if (marks === undefined || !asksWhatIsMissing({ ...options, marks })) return (tree) => tree;
  const excepted = codesExcepted(marks);
  return (tree, { notes, place = [] }) => {
    const losses = notes === undefined || notes.failures.length === 0 ? null : readLosses(notes, excepted);
    if (losses === null) return tree;
    const copy = copyTree(tree);
    tellIncomplete({ ...options, marks }, { type, tree: copy, place }, losses);
    return copy;
  };
}

interface Compiling extends ProjectionOptions {
  /** Those that remember texts are numbered. */
  readonly writers: { count: number };
}

/** One printing. */
interface Printing extends Found {
  /** Where it is, up to `depth`. */
  readonly path: (string | number)[];
  depth: number;
  /** How many errors there were before. */
  readonly told: number;
  /** By number of writer: the texts of objects that may come again. */
  readonly texts: (Map<object, string> | undefined)[];
}

type Writer = (value: unknown, printing: Printing) => string | null;

interface Shape {
  readonly fields: readonly Field[];
}

interface Field {
  readonly name: string;
  readonly inherited: boolean;
  /** `{"name":` for the first of its object, else `,"name":`. */
  readonly key: string;
  /** How the field is called in errors. */
  readonly title: string;
  readonly nullable: boolean;
  readonly write: Writer;
}

interface Place<Type> {
  readonly type: Type;
  readonly sets: readonly SelectionSetNode[];
  /** Response names joined by `/`, each followed by one. */
  readonly place: string;
}

function compileShape(compiling: Compiling, { type, sets, place }: Place<GraphQLObjectType | GraphQLInterfaceType>): Shape {
  const fields = [...collectFields(compiling, type, sets)].map(([name, nodes], index): Field => {
    const fieldType = type.getFields()[nodes[0].name.value]?.type;
    const title = `field ${type.name}.${nodes[0].name.value}`;
    const below = { sets: setsOf(nodes), place: `${place}${name}/` };
    return {
      name,
      inherited: isInherited(name),
      key: `${index === 0 ? "{" : ","}${JSON.stringify(name)}:`,
      title,
      nullable: fieldType !== undefined && !isNonNullType(fieldType),
      write: fieldType === undefined ? compileMetaField(compiling, type, nodes) : compileValue(compiling, { ...below, type: fieldType }, title),
    };
  });
  return { fields };
}

/** Fields that begin with two underscores are of no type. */
function compileMetaField(compiling: Compiling, type: GraphQLObjectType | GraphQLInterfaceType, nodes: readonly FieldNode[]): Writer {
  if (nodes[0]?.name.value === "__typename") {
    // Of an object that is known by its interface only, nobody has told what it is.
    const text = isObjectType(type) ? JSON.stringify(type.name) : null;
    return (value, printing) => text ?? (value === undefined ? null : refuse(printing, `Invalid __typename found for object at field ${type.name}.__typename.`));
  }
  return (_, { variables }) => printIntrospection({ ...compiling, variables }, nodes);
}

/** `title` is how errors call the value. */
function compileValue(compiling: Compiling, { type, sets, place }: Place<GraphQLOutputType>, title: string): Writer {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return compileList(compileValue(compiling, { type: nullable.ofType, sets, place }, title), nullable.ofType, title);
  if (isCompositeType(nullable)) return compileComposite(compiling, { type: nullable, sets, place }, title);
  const print = createLeafPrinter(nullable);
  return (value, printing) => {
    if (value === null || value === undefined) return null;
    return print(value) ?? refuse(printing, `Invalid value found for ${title}.`);
  };
}

function compileList(write: Writer, itemType: GraphQLOutputType, title: string): Writer {
  const nullable = !isNonNullType(itemType);
  return (value, printing) => {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) return refuse(printing, `Invalid value found for ${title}.`);
    const depth = printing.depth++;
    let text = "[";
    for (let index = 0; index < value.length; index += 1) {
      printing.path[depth] = index;
      const item: unknown = value[index];
      const printed = write(item, printing);
      if (printed === null && !nullable) {
        if (item === null || item === undefined) refuse(printing, `Cannot return null for non-nullable array element of type ${String(getNullableType(itemType))} at index ${index}.`);
        printing.depth = depth;
        return null;
      }
      text += index === 0 ? (printed ?? "null") : `,${printed ?? "null"}`;
    }
    printing.depth = depth;
    return `${text}]`;
  };
}

function compileComposite(compiling: Compiling, at: Place<GraphQLCompositeType>, title: string): Writer {
  const shapeOf = createShapes(compiling, at);
  const write: Writer = (value, printing) => {
    if (value === null || value === undefined) return null;
    if (typeof value !== "object" || Array.isArray(value)) return refuse(printing, `Invalid value found for ${title}.`);
    const tree = value as Tree;
    const shape = shapeOf(tree["__typename"]);
    return shape === null ? refuse(printing, `Invalid __typename found for object at ${title}.`) : writeObject(shape, tree, printing);
  };
  return compiling.sharedPlaces.has(at.place) ? remember(write, compiling.writers.count++) : write;
}

/** The shape of an object by its `__typename`; null where that is none of the types behind this one. */
function createShapes(compiling: Compiling, { type, sets, place }: Place<GraphQLCompositeType>): (typename: unknown) => Shape | null {
  const { schema } = compiling;
  const known = new Map<unknown, Shape | null>();
  const roots: readonly unknown[] = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  // A subgraph may call its root types otherwise.
  const isKnown = (typename: unknown): boolean => typename === undefined || typename === type.name || roots.includes(type);
  const compile = (typename: unknown): Shape | null => {
    if (isObjectType(type)) return isKnown(typename) ? compileShape(compiling, { type, sets, place }) : null;
    // Whoever has an interface as @interfaceObject does not know the object's type. Where nobody else told it, its fields are
    // the interface's, if nothing depends on the type.
    if (isKnown(typename)) return "getFields" in type && !dependsOnType(compiling, type, sets) ? compileShape(compiling, { type, sets, place }) : null;
    const runtimeType = typeof typename === "string" ? schema.getType(typename) : undefined;
    if (!isObjectType(runtimeType) || !isAbstractType(type) || !schema.isSubType(type, runtimeType)) return null;
    return compileShape(compiling, { type: runtimeType, sets, place });
  };
  return (typename) => {
    const shape = known.get(typename);
    if (shape !== undefined) return shape;
    const compiled = compile(typename);
    if (compiled !== null) known.set(typename, compiled);
    return compiled;
  };
}

function writeObject({ fields }: Shape, object: Tree, printing: Printing): string | null {
  const depth = printing.depth++;
  let text = "";
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as Field;
    const { name } = field;
    printing.path[depth] = name;
    const value = field.inherited && !Object.hasOwn(object, name) ? undefined : object[name];
    const printed = field.write(value, printing);
    if (printed === null && !field.nullable) {
      if (value === null || value === undefined) refuse(printing, `Cannot return null for non-nullable ${field.title}.`);
      printing.depth = depth;
      return null;
    }
    text += field.key;
    text += printed ?? "null";
  }
  printing.depth = depth;
  return text === "" ? "{}" : `${text}}`;
}

/** The text of an object without errors is kept for the next place that has the very same object. */
function remember(write: Writer, number: number): Writer {
  return (value, printing) => {
    if (typeof value !== "object" || value === null) return write(value, printing);
    const texts = (printing.texts[number] ??= new Map());
    const known = texts.get(value);
    if (known !== undefined) return known;
    const before = printing.errors.length;
    const text = write(value, printing);
    if (text !== null && printing.errors.length === before) texts.set(value, text);
    return text;
  };
}

/** Told unless a subgraph's error explains it already. */
function refuse({ errors, explained, told, path, depth }: Printing, detail: string): null {
  if (isFull(errors)) return null;
  const place = path.slice(0, depth);
  const names = place.filter((part) => typeof part === "string");
  for (let index = 0; index < told; index += 1) {
    const known = errors[index]?.path;
    if (known === undefined || speaksFor(known, place, names)) return null;
  }
  if (explained.some((known) => speaksFor(known, place, names))) return null;
  errors.push(gatewayError("VALUE_MISSING", { detail }, { path: place }).toJSON());
  return null;
}

/** Whether one of the two places is in the other. Indexes count where the error has them. `names` are the place's. */
function speaksFor(error: ErrorPath, place: ErrorPath, names: ErrorPath): boolean {
  const there = error.some((part) => typeof part === "number") ? place : names;
  for (let index = Math.min(error.length, there.length) - 1; index >= 0; index -= 1) {
    if (error[index] !== there[index]) return false;
  }
  return true;
}
