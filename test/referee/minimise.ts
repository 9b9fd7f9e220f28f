// Makes an operation that shows a difference as small as it can be: parts are taken out one after the other, as long as
// what is left is valid and still shows one.
import { Kind, parse, print, validate, visit, type ASTNode, type DocumentNode, type FragmentDefinitionNode, type GraphQLSchema } from "graphql";

import type { Asked } from "./generate.ts";

const MOST_TRIES = 2_000;

/** `shows` is asked of ever smaller operations. */
export async function minimise(schema: GraphQLSchema, asked: Asked, shows: (smaller: Asked) => Promise<boolean>): Promise<Asked> {
  // As it is printed, so that lengths compare.
  let best = toAsked(asked.document, asked.variables) ?? asked;
  let tries = 0;
  for (let progress = true; progress; ) {
    progress = false;
    for (const document of smallerThan(best.document)) {
      if (++tries > MOST_TRIES) return best;
      const next = toAsked(document, best.variables);
      if (next === null || weigh(next) >= weigh(best) || validate(schema, next.document).length > 0 || !(await shows(next))) continue;
      best = next;
      progress = true;
      break;
    }
  }
  return best;
}

/** A fragment with a name weighs more than the same one in its place. */
function weigh({ text }: Asked): number {
  return text.length + 100 * text.split(/^fragment |\.\.\.\w/m).length;
}

/** Without variables and fragments that nothing uses; null where nothing is left. */
function toAsked(document: DocumentNode, variables: Asked["variables"]): Asked | null {
  const clean = withoutUnused(document);
  const names = new Set<string>();
  visit(clean, { VariableDefinition: (node) => void names.add(node.variable.name.value) });
  const kept = Object.fromEntries(Object.entries(variables).filter(([name]) => names.has(name)));
  const text = print(clean);
  try {
    return { text, document: parse(text, { noLocation: true }), variables: kept };
  } catch {
    return null;
  }
}

function withoutUnused(document: DocumentNode): DocumentNode {
  const spread = new Set<string>();
  const used = new Set<string>();
  visit(document, {
    FragmentSpread: (node) => void spread.add(node.name.value),
    VariableDefinition: () => false,
    Variable: (node) => void used.add(node.name.value),
  });
  const clean = visit(document, {
    FragmentDefinition: (node) => (spread.has(node.name.value) ? undefined : null),
    VariableDefinition: (node) => (used.has(node.variable.name.value) ? undefined : null),
  });
  return clean.definitions.length === document.definitions.length ? clean : withoutUnused(clean);
}

/** Each document with one thing less, the boldest cuts first. */
function* smallerThan(document: DocumentNode): Generator<DocumentNode> {
  const count = countNodes(document);
  for (const cut of [cutSelection, cutFragment, cutDetail]) {
    for (let at = 0; at < count; at++) {
      const smaller = editNode(document, at, (node) => cut(node, document));
      if (smaller !== null) yield smaller;
    }
  }
}

/** A node in another's place; null for nothing; undefined for no change. */
type Cut = (node: ASTNode, document: DocumentNode) => ASTNode | null | undefined;

const cutSelection: Cut = (node) => (node.kind === Kind.FIELD || node.kind === Kind.INLINE_FRAGMENT || node.kind === Kind.FRAGMENT_SPREAD ? null : undefined);

/** A spread becomes an inline fragment. */
const cutFragment: Cut = (node, document) => {
  if (node.kind !== Kind.FRAGMENT_SPREAD) return undefined;
  const fragment = document.definitions.find((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === node.name.value);
  if (fragment === undefined) return undefined;
  return { kind: Kind.INLINE_FRAGMENT, typeCondition: fragment.typeCondition, directives: node.directives ?? [], selectionSet: fragment.selectionSet };
};

const cutDetail: Cut = (node) => {
  if (node.kind === Kind.DIRECTIVE || node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD) return null;
  if (node.kind === Kind.FIELD && node.alias !== undefined) {
    const { alias: _alias, ...rest } = node;
    return rest;
  }
  return undefined;
};

function countNodes(document: DocumentNode): number {
  let count = 0;
  visit(document, { enter: () => void count++ });
  return count;
}

function editNode(document: DocumentNode, at: number, edit: (node: ASTNode) => ASTNode | null | undefined): DocumentNode | null {
  let index = 0;
  let changed = false;
  const edited = visit(document, {
    enter: (node) => {
      if (index++ !== at || changed) return undefined;
      const next = edit(node);
      changed ||= next !== undefined;
      return next;
    },
    leave: (node) => (node.kind === Kind.SELECTION_SET && node.selections.length === 0 ? { ...node, selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } }] } : undefined),
  });
  return changed ? edited : null;
}
