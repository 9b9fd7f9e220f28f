// Finds the objects of a fetch in the tree. A path is compiled to steps; a walk goes along them through lists and objects.
//
// Objects that stand for one entity are shared (`collect.ts`), so the tree is a graph without cycles in which a walk would
// meet the same object again and again, below it the same again, and so on: a walk passes each shared object once.
import type { Path } from "../../planning/planning.ts";
import { isInherited, readMember, type Tree } from "./tree.ts";
import type { TypeNames } from "./types.ts";

export interface CompiledPath {
  readonly steps: readonly Step[];
  /**
   * Whether everything that the plan does to one object at this path it does to all of them, so that equal objects may
   * become one.
   */
  readonly uniform: boolean;
  /** Whether something else in the plan changes what is here or further down. */
  readonly touched: boolean;
}

/** The path to compile and what else the plan has. */
export interface PathInPlan {
  readonly path: Path;
  /** All paths of the same `_entities` field, this one included. */
  readonly own: readonly Path[];
  /** All paths of all others. */
  readonly others: readonly Path[];
}

/** All steps have all members, because objects of one layout are read faster. */
interface Step {
  readonly kind: "field" | "items" | "type";
  /** Of a field. */
  readonly name: string;
  readonly inherited: boolean;
  /** Whether the objects that the field belongs to may be shared. */
  readonly shared: boolean;
  /** Of a type. */
  readonly names: ReadonlySet<unknown>;
}

/** `holder[key]` is the object. */
export type Visit = (object: Tree, holder: Tree | unknown[], key: string | number) => void;

export function compilePath({ path, own, others }: PathInPlan, types: TypeNames): CompiledPath {
  const all = [...own, ...others];
  const positions = new Set(all.map(fieldsOf));
  const place = fieldsOf(path);
  const steps = path.map((step, index): Step => {
    if (step.kind === "items") return NO_STEP;
    if (step.kind === "type") return { ...NO_STEP, kind: "type", names: types.behind(step.names) };
    return { ...NO_STEP, kind: "field", name: step.name, inherited: isInherited(step.name), shared: positions.has(fieldsOf(path.slice(0, index))) };
  });
  const conditions = conditionsAbove(path, countFields(path));
  return {
    steps,
    uniform: all.every((other) => !isWithin(place, other) || conditionsAbove(other, countFields(path)) === conditions),
    touched: others.some((other) => isWithin(place, other)) || own.some((other) => isWithin(place, other) && fieldsOf(other) !== place),
  };
}

const NO_STEP: Step = { kind: "items", name: "", inherited: false, shared: false, names: new Set() };

/** Calls for each object that the path leads to, and again for one that it leads to again. */
export function walk(path: CompiledPath, root: Tree, visit: Visit): void {
  descend({ steps: path.steps, visit, passed: [], holder: root, key: "" }, 0, root);
}

/** Each object of `wanted` with each of its places, at most `limit` places in all. */
export function findPlaces(path: CompiledPath, root: Tree, { wanted, limit }: { readonly wanted: ReadonlySet<Tree>; readonly limit: number }): (readonly (string | number)[])[] {
  const places: (string | number)[][] = [];
  const trail: (string | number)[] = [];
  const search = (value: unknown, at: number): void => {
    if (typeof value !== "object" || value === null || places.length >= limit) return;
    const step = path.steps[at];
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        trail.push(index);
        search(item, step?.kind === "items" ? at + 1 : at);
        trail.pop();
      }
      return;
    }
    const object = value as Tree;
    if (step === undefined) {
      if (wanted.has(object)) places.push([...trail]);
    } else if (step.kind === "field") {
      trail.push(step.name);
      search(readMember(object, step.name, step.inherited), at + 1);
      trail.pop();
    } else if (step.kind === "items" || step.names.has(object["__typename"])) search(object, at + 1);
  };
  search(root, 0);
  return places;
}

/** Response names alone, for an error about a whole fetch. */
export function printPlace(path: CompiledPath): string[] {
  return path.steps.flatMap((step) => (step.kind === "field" ? [step.name] : []));
}

interface Walk {
  readonly steps: readonly Step[];
  readonly visit: Visit;
  /** By step: the shared objects that were passed. */
  readonly passed: (Set<Tree> | undefined)[];
  /** Where the value is that is looked at: kept here, because an object for each step was a tenth of all memory. */
  holder: Tree | unknown[];
  key: string | number;
}

/** A loop along the steps, and a call for each item of a list. */
function descend(to: Walk, from: number, start: unknown): void {
  let value = start;
  for (let at = from; typeof value === "object" && value !== null; at += 1) {
    const step = to.steps[at];
    if (Array.isArray(value)) return descendIntoItems(to, step?.kind === "items" ? at + 1 : at, value);
    const object = value as Tree;
    if (step === undefined) return to.visit(object, to.holder, to.key);
    if (step.kind === "items") continue;
    if (step.kind === "type") {
      if (!step.names.has(object["__typename"])) return;
      continue;
    }
    if (step.shared && !isFirstPass(to, at, object)) return;
    to.holder = object;
    to.key = step.name;
    value = readMember(object, step.name, step.inherited);
  }
}

function descendIntoItems(to: Walk, at: number, items: unknown[]): void {
  for (let index = 0; index < items.length; index += 1) {
    to.holder = items;
    to.key = index;
    descend(to, at, items[index]);
  }
}

function isFirstPass({ passed }: Walk, at: number, object: Tree): boolean {
  const before = (passed[at] ??= new Set());
  if (before.has(object)) return false;
  before.add(object);
  return true;
}

/** A place by its response names, whatever lists and type conditions are on the way. */
function fieldsOf(path: Path): string {
  return path.flatMap((step) => (step.kind === "field" ? [`${step.name}/`] : [])).join("");
}

function isWithin(place: string, path: Path): boolean {
  return fieldsOf(path).startsWith(place);
}

function countFields(path: Path): number {
  return path.filter((step) => step.kind === "field").length;
}

/** The type conditions on the way to the field of this number; those on the object at its end do not matter. */
function conditionsAbove(path: Path, fields: number): string {
  let seen = 0;
  return path
    .flatMap((step) => {
      if (step.kind === "field") seen += 1;
      return step.kind === "type" && seen < fields ? [`${seen}:${[...step.names].sort().join("|")}`] : [];
    })
    .join(" ");
}
