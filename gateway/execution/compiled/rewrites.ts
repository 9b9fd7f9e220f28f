// Changes that a plan makes to a representation before it is sent, or to data before they are merged.
import type { Rewrite, RewritePath } from "../../planning/planning.ts";
import { isInherited, isTree, readMember, writeMember, type Tree } from "./tree.ts";
import type { TypeNames } from "./types.ts";

export interface CompiledRewrites {
  /** Changes `value` in place. */
  apply(value: unknown): void;
  /** The client's names for a path of response names that a subgraph gave. */
  rename(path: readonly (string | number)[]): readonly (string | number)[];
}

/** Null where there is nothing to change. */
export function compileRewrites(rewrites: readonly Rewrite[], types: TypeNames): CompiledRewrites | null {
  if (rewrites.length === 0) return null;
  const changes = rewrites.map((rewrite) => ({ rewrite, way: compileWay(rewrite.path, types) }));
  return {
    apply: (value) => {
      for (const { rewrite, way } of changes) follow(way, 0, { value, change: (object, name) => change(rewrite, object, name) });
    },
    rename: (path) => rewrites.reduce(renamePath, path),
  };
}

type Way = readonly ({ readonly name: string; readonly inherited: boolean } | { readonly types: ReadonlySet<unknown> })[];

function compileWay(path: RewritePath, types: TypeNames): Way {
  return path.map((step) => (step.kind === "field" ? { name: step.name, inherited: isInherited(step.name) } : { types: types.behind(step.names) }));
}

function follow(way: Way, at: number, to: { readonly value: unknown; readonly change: (object: Tree, name: string) => void }): void {
  const { value, change: apply } = to;
  if (Array.isArray(value)) {
    for (const item of value) follow(way, at, { value: item, change: apply });
    return;
  }
  const step = way[at];
  if (step === undefined || !isTree(value)) return;
  if ("types" in step) {
    // An object that does not say what it is was asked for as one of them.
    if (value["__typename"] === undefined || step.types.has(value["__typename"])) follow(way, at + 1, to);
    return;
  }
  if (at === way.length - 1) return apply(value, step.name);
  follow(way, at + 1, { value: readMember(value, step.name, step.inherited), change: apply });
}

function change(rewrite: Rewrite, object: Tree, name: string): void {
  if (rewrite.kind === "set") return writeMember(object, name, rewrite.value);
  if (!Object.hasOwn(object, name)) return;
  const value = object[name];
  delete object[name];
  writeMember(object, rewrite.name, value);
}

/** Only names count: an error's path does not tell types. */
function renamePath(path: readonly (string | number)[], rewrite: Rewrite): readonly (string | number)[] {
  if (rewrite.kind !== "rename") return path;
  const names = rewrite.path.flatMap((step) => (step.kind === "field" ? [step.name] : []));
  let matched = 0;
  for (const [index, part] of path.entries()) {
    if (typeof part === "number") continue;
    if (part !== names[matched]) return path;
    matched += 1;
    if (matched === names.length) return path.with(index, rewrite.name);
  }
  return path;
}
