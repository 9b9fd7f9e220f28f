// Which entities a fetch asks for, each once, and where its answers go.
//
// Forty steps of a list may refer to seven entities: what is sent is compared as text, and an entity that was asked for
// once answers everywhere. Where the objects of one place are moreover equal in all that is known of them, they become one
// object, there and then: what is merged into it, walked through and printed later is then done once.
//
// That is safe as long as whatever the plan does to one of them it does to all. A response name means the same for all
// objects at one path (the specification's rule of fields that can merge), but not at two paths, and not below two types
// of one path: `{ x: book { maker { name(lang: EN) } } y: book { maker { name(lang: FR) } } }`. So objects become one at one
// path only, and only where no path of the plan goes through there under another type condition (`uniform`); and an
// answer that goes to several paths is copied for each, if anything else in the plan touches it there.
import type { EntityFetch, Path } from "../../planning/planning.ts";
import { compilePath, findPlaces, printPlace, walk, type CompiledPath } from "./paths.ts";
import { compileRepresentation, openList, type EnterRepresentation } from "./representations.ts";
import { compileRewrites, type CompiledRewrites } from "./rewrites.ts";
import { copyTree, hasSameMembers, mergeTree, writeMember, type Tree } from "./tree.ts";
import type { TypeNames } from "./types.ts";

export interface CompiledEntities {
  readonly alias: string;
  readonly paths: readonly CompiledPath[];
  readonly enter: EnterRepresentation;
  readonly outputRewrites: CompiledRewrites | null;
}

/** What one run asks for. */
export interface Collected {
  /** Each representation once, as JSON. */
  readonly representations: readonly string[];
  /** By representation: whom its answer is for. */
  readonly targets: readonly (readonly Target[])[];
}

interface Target {
  readonly object: Tree;
  readonly path: CompiledPath;
}

/** `others` are the paths of all other `_entities` fields of the plan. */
export function compileEntities(entities: EntityFetch, others: readonly Path[], types: TypeNames): CompiledEntities {
  return {
    alias: entities.alias,
    paths: entities.paths.map((path) => compilePath({ path, own: entities.paths, others }, types)),
    enter: compileRepresentation(entities, types),
    outputRewrites: compileRewrites(entities.outputRewrites, types),
  };
}

export function collect({ paths, enter }: CompiledEntities, root: Tree): Collected {
  const list = openList();
  const targets: Target[][] = [];
  for (const path of paths) {
    const firsts: (Tree | undefined)[] = [];
    const others = new Set<Tree>();
    walk(path, root, (object, holder, key) => {
      const index = enter(object, list);
      if (index < 0) return;
      const first = firsts[index];
      if (first === object) return;
      if (first === undefined) firsts[index] = object;
      else if (path.uniform && hasSameMembers(first, object)) return replace(holder, key, first);
      else if (others.has(object)) return;
      else others.add(object);
      (targets[index] ??= []).push({ object, path });
    });
  }
  return { representations: list.texts, targets };
}

/** Merges the entities of an answer, one for each representation, into the tree. */
export function distribute({ outputRewrites }: CompiledEntities, { targets }: Collected, answer: { readonly entities: readonly unknown[]; readonly types: TypeNames }): void {
  const { entities, types } = answer;
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    if (typeof entity !== "object" || entity === null || Array.isArray(entity)) continue;
    outputRewrites?.apply(entity);
    let source = entity as Tree;
    let served: CompiledPath | null = null;
    for (const { object, path } of targets[index] ?? []) {
      if (served !== null && path.touched && (served !== path || !path.uniform)) source = copyTree(source);
      served = path;
      mergeTree(object, source, types.isObject);
    }
  }
}

/** Where the answer to a representation goes, at most `limit` places. */
export function placesOf({ paths }: CompiledEntities, targets: readonly Target[], { root, limit }: { readonly root: Tree; readonly limit: number }): (readonly (string | number)[])[] {
  const wanted = new Set(targets.map(({ object }) => object));
  return paths.flatMap((path) => findPlaces(path, root, { wanted, limit })).slice(0, limit);
}

/** Where the objects are, without indexes of lists; one for each path. */
export function placesOfAll({ paths }: CompiledEntities): string[][] {
  return paths.map(printPlace);
}

function replace(holder: Tree | unknown[], key: string | number, object: Tree): void {
  if (Array.isArray(holder)) holder[Number(key)] = object;
  else writeMember(holder, String(key), object);
}
