// To which part of an answer an error belongs: the one whose fetch brought it, unless its path leads to a field that
// another part shows. (What cannot be asked for again is fetched with the first part although it is shown later.)
import { Kind, type GraphQLFormattedError, type SelectionSetNode } from "graphql";

import type { ErrorPath } from "./run.ts";

/** A part by what it shows. */
export interface Showing {
  /** Response names from the root to its objects. */
  readonly names: readonly string[];
  readonly selectionSet: SelectionSetNode;
}

/** The one of `others` that an error of the fetches of `source` belongs to; null for `source` itself. */
export function ownerAmong<Part extends Showing>(error: GraphQLFormattedError, source: Showing, others: readonly Part[]): Part | null {
  const { path } = error;
  if (path === undefined) return null;
  const names = path.filter((step) => typeof step === "string");
  return shows(source, names) ? null : (others.find((other) => shows(other, names)) ?? null);
}

/** Each error with the place of its part that it is about; an error about none of them goes to the first. */
export function spreadOver(errors: readonly GraphQLFormattedError[], places: readonly { readonly path: ErrorPath }[]): GraphQLFormattedError[][] {
  const spread: GraphQLFormattedError[][] = places.map(() => []);
  const indexes = new Map(places.map(({ path }, index) => [JSON.stringify(path), index]));
  const lengths = new Set(places.map(({ path }) => path.length));
  for (const error of errors) {
    const { path = [] } = error;
    const found = [...lengths].flatMap((length) => indexes.get(JSON.stringify(path.slice(0, length))) ?? []);
    spread[found[0] ?? 0]?.push(error);
  }
  return spread;
}

/** Whether what the client was shown is null within so many fields of the path, somewhere where the path leaves out indexes. */
export function endsInNull(shown: unknown, path: ErrorPath, fields: number): boolean {
  if (shown === null) return true;
  if (typeof shown !== "object") return false;
  const [step, ...rest] = path;
  if (Array.isArray(shown)) {
    return typeof step === "number" ? endsInNull(shown[step], rest, fields) : shown.some((item) => endsInNull(item, path, fields));
  }
  if (fields === 0 || typeof step !== "string" || !Object.hasOwn(shown, step)) return false;
  return endsInNull((shown as Readonly<Record<string, unknown>>)[step], rest, fields - 1);
}

/** Also for a path that ends before the part begins. */
function shows({ names, selectionSet }: Showing, path: readonly string[]): boolean {
  const common = Math.min(names.length, path.length);
  for (let at = 0; at < common; at += 1) if (names[at] !== path[at]) return false;
  return has(selectionSet, path.slice(names.length));
}

function has({ selections }: SelectionSetNode, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  return selections.some((node) => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return false;
    if (node.kind === Kind.INLINE_FRAGMENT) return has(node.selectionSet, [name, ...rest]);
    if ((node.alias ?? node.name).value !== name) return false;
    return node.selectionSet === undefined ? rest.length === 0 : has(node.selectionSet, rest);
  });
}
