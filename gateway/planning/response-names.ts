// Response names that a client and a planner would both use, for different values: `{ users { id: name short } }`, where
// `id` is the key with which `short` is fetched from elsewhere, or `name(form: LONG)` beside a `short` that requires
// `name(form: SHORT)`. Planners let one overwrite the other, and the answer is wrong without an error. So the client's
// fields under such a name go by another while the plan is made, and in the plan the client gets its name back while
// what the planner asked for moves aside:
//
//   client  { users { id: name short } }
//   planned { users { _c_id: name short } }   →   { users { _c_id: name id } }, then short by `id`
//   plan    { users { id: name _k_id: id } }, then short by `_k_id`, which is sent as `id`
import { visit, type DocumentNode, type FieldNode } from "graphql";

import { mapFetches, type Draft, type FetchDraft } from "./draft.ts";
import type { EntityFetch, Path, PathStep, RequiredSelection, Rewrite, RewritePath } from "./plan.ts";

export interface Clashes {
  /** The client's name → the one that the planner sees. */
  readonly hidden: ReadonlyMap<string, string>;
  /** A name in what the planner made → the name in the plan. */
  readonly restored: ReadonlyMap<string, string>;
}

/** Null when there are none, which is nearly always. `required` are the fields that planners add. */
export function findClashes(document: DocumentNode, required: ReadonlySet<string>): Clashes | null {
  const names = new Set<string>();
  const clashing = new Set<string>();
  visit(document, {
    Field: (node) => {
      const name = responseNameOf(node);
      names.add(name);
      if (required.has(name) && (node.name.value !== name || (node.arguments ?? []).length > 0)) clashing.add(name);
    },
  });
  if (clashing.size === 0) return null;
  const [hide, aside] = [freePrefix("_c_", names), freePrefix("_k_", names)];
  const hidden = new Map([...clashing].map((name) => [name, `${hide}${name}`]));
  const restored = new Map([...hidden].flatMap(([name, shown]): [string, string][] => [[shown, name], [name, `${aside}${name}`]]));
  return { hidden, restored };
}

/** All fields under a name of the map answer under the other. */
export function renameResponses<Node extends DocumentNode | FetchDraft["document"]["operation"] | FetchDraft["document"]["fragments"][number]>(
  node: Node,
  names: ReadonlyMap<string, string>,
): Node {
  return visit(node, {
    Field: (field: FieldNode): FieldNode | undefined => {
      const value = names.get(responseNameOf(field));
      if (value === undefined) return undefined;
      const { alias: _, ...bare } = field;
      return value === field.name.value ? bare : { ...bare, alias: { ...field.name, value } };
    },
  });
}

/** The same for all that a plan says of the tree. */
export function renameInDraft(draft: Draft, names: ReadonlyMap<string, string>): Draft {
  return mapFetches(draft, (fetch): Draft => {
    const { operation, fragments } = fetch.document;
    return {
      ...fetch,
      document: { operation: renameResponses(operation, names), fragments: fragments.map((fragment) => renameResponses(fragment, names)) },
      entities: fetch.entities.map((entity) => renameInEntity(entity, names)),
      outputRewrites: fetch.outputRewrites.map((rewrite) => renameInRewrite(rewrite, names)),
    };
  });
}

/** Input rewrites are about representations, which are not in the tree. */
function renameInEntity(entity: EntityFetch, names: ReadonlyMap<string, string>): EntityFetch {
  return {
    ...entity,
    paths: entity.paths.map((path): Path => path.map((step): PathStep => (step.kind === "field" ? { ...step, name: names.get(step.name) ?? step.name } : step))),
    requires: entity.requires.map((selection) => renameRequired(selection, names)),
    outputRewrites: entity.outputRewrites.map((rewrite) => renameInRewrite(rewrite, names)),
  };
}

function renameRequired(selection: RequiredSelection, names: ReadonlyMap<string, string>): RequiredSelection {
  const selections = selection.selections.map((inner) => renameRequired(inner, names));
  if (selection.kind === "fragment") return { ...selection, selections };
  return { ...selection, responseName: names.get(selection.responseName) ?? selection.responseName, selections };
}

function renameInRewrite(rewrite: Rewrite, names: ReadonlyMap<string, string>): Rewrite {
  const path: RewritePath = rewrite.path.map((step) => (step.kind === "field" ? { ...step, name: names.get(step.name) ?? step.name } : step));
  return rewrite.kind === "set" ? { ...rewrite, path } : { ...rewrite, path, name: names.get(rewrite.name) ?? rewrite.name };
}

function responseNameOf({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}

/** `prefix`, lengthened where a name begins with it already. */
export function freePrefix(prefix: string, names: ReadonlySet<string>): string {
  return [...names].some((name) => name.startsWith(prefix)) ? freePrefix(`_${prefix}`, names) : prefix;
}
