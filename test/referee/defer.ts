// Puts @defer into an operation at random, and puts an answer that came in parts together again.
import { Kind, print, visit, type DirectiveNode, type DocumentNode, type SelectionNode, type SelectionSetNode } from "graphql";

import type { Answer, LaterParts } from "../../gateway/execution/execution.ts";
import type { Answered, AnsweredError } from "./compare.ts";
import type { Asked } from "./generate.ts";
import type { Random } from "./random.ts";

/** On fragments that are there, and around some of the other selections. Not around root fields of a mutation. */
export function putDefer({ document, variables }: Asked, random: Random): Asked {
  let count = 0;
  const defer = (): DirectiveNode => ({
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: "defer" },
    arguments: random.chance(0.3) ? [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: "label" }, value: { kind: Kind.STRING, value: `label ${count++}` } }] : [],
  });
  const change = (node: SelectionNode): SelectionNode => {
    if (node.kind !== Kind.FIELD) return random.chance(0.5) ? { ...node, directives: [...(node.directives ?? []), defer()] } : node;
    if (!random.chance(0.25)) return node;
    return { kind: Kind.INLINE_FRAGMENT, directives: [defer()], selectionSet: { kind: Kind.SELECTION_SET, selections: [node] } };
  };
  const isMutation = document.definitions.some((node) => node.kind === Kind.OPERATION_DEFINITION && node.operation === "mutation");
  const changed: DocumentNode = visit(document, {
    SelectionSet: {
      leave: (set, _key, parent): SelectionSetNode | undefined => {
        const above = parent !== undefined && "kind" in parent ? parent.kind : null;
        // A fragment of a mutation may be spread at its root.
        if (isMutation && above !== Kind.FIELD) return undefined;
        return { ...set, selections: set.selections.map(change) };
      },
    },
  });
  return { text: print(changed), document: changed, variables };
}

export interface PutTogether extends Answered {
  /** How many parts came later. */
  readonly parts: number;
  /** Whether one of them could not be given, or its object was gone. */
  readonly failed: boolean;
}

/** Fails where the parts break a rule: one that was not announced or comes twice, a path to nothing, data and no end. */
export async function putTogether({ data, errors = [], later }: Answer): Promise<PutTogether> {
  const whole = { data: JSON.parse(JSON.stringify(data ?? null)) as unknown };
  const all: AnsweredError[] = errors.map(({ message, path = null }) => ({ message, path }));
  if (later === undefined) return { ...whole, errors: all, parts: 0, failed: false };
  const { parts, failed } = await addParts(whole, all, later);
  return { ...whole, errors: all, parts, failed };
}

async function addParts(whole: { data: unknown }, errors: AnsweredError[], { pending, deliveries }: LaterParts): Promise<{ readonly parts: number; readonly failed: boolean }> {
  const due = new Set(pending.map(({ id }) => id));
  let [parts, failed, hasNext] = [0, false, true];
  for await (const delivery of deliveries) {
    if (!hasNext) throw new Error("Expected nothing after the last part, got more.");
    for (const { id } of delivery.pending) due.add(id);
    for (const part of delivery.parts) {
      if (!due.delete(part.id)) throw new Error(`Expected a part that was announced, got ${part.id}.`);
      errors.push(...part.errors.map(({ message, path = null }) => ({ message, path })));
      parts += 1;
      if (part.data === null) {
        failed = true;
        if (part.errors.length === 0) throw new Error("Expected an error for a part without data, got none.");
      } else mergeAt(whole, ["data", ...part.path], part.data.toJSON());
    }
    hasNext = delivery.hasNext;
  }
  if (hasNext || due.size > 0) throw new Error(`Expected all parts before the end, got none for ${[...due].join(", ")}.`);
  return { parts, failed };
}

type Members = Record<string | number, unknown>;

function mergeAt(root: object, path: readonly (string | number)[], data: Members): void {
  let target: unknown = root;
  for (const step of path) target = typeof target === "object" && target !== null && Object.hasOwn(target, step) ? (target as Members)[step] : undefined;
  if (typeof target !== "object" || target === null) throw new Error(`Expected an object at ${path.join(".")}, got none.`);
  merge(target as Members, data);
}

/** As clients do: deep, lists by index. */
function merge(target: Members, data: Members): void {
  for (const [name, value] of Object.entries(data)) {
    const known = Object.hasOwn(target, name) ? target[name] : undefined;
    if (typeof known === "object" && known !== null && typeof value === "object" && value !== null) merge(known as Members, value as Members);
    else Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  }
}

/** The same with members in the order of a model: what is deferred comes last. */
export function inOrderOf(model: unknown, data: unknown): unknown {
  if (Array.isArray(data)) return data.map((item: unknown, index) => inOrderOf(Array.isArray(model) ? model[index] : undefined, item));
  if (typeof data !== "object" || data === null) return data;
  const order = typeof model === "object" && model !== null ? Object.keys(model) : [];
  const names = Object.keys(data).sort((one, other) => order.indexOf(one) - order.indexOf(other));
  const ordered = Object.create(null) as Members;
  for (const name of names) merge(ordered, { [name]: inOrderOf((model as Members | undefined)?.[name], (data as Members)[name]) });
  return ordered;
}
