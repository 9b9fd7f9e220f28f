// How to get what is asked, as data: our own small form, whichever planner filled it. Immutable and printable.
//
// An execution starts with an empty tree. A fetch of root fields merges its data into the root; a fetch of entities finds
// objects in the tree by paths, sends what it requires of them as representations, and merges each entity of the answer
// into every object that it was asked for. At the end the tree is printed in the client's shape.

export interface Plan {
  /** Null: nothing is to be fetched. */
  readonly node: PlanNode | null;
}

/** `Fetch` is another while a plan is being made (`draft.ts`). */
export type PlanNode<Fetch = FetchNode> = Fetch | GroupNode<Fetch> | ConditionNode<Fetch> | DeferNode<Fetch>;

/** `Sequence`: each after the one before. `Parallel`: side by side. */
export interface GroupNode<Fetch = FetchNode> {
  readonly kind: "Sequence" | "Parallel";
  readonly nodes: readonly PlanNode<Fetch>[];
}

/** By the value of a boolean variable of the client. */
export interface ConditionNode<Fetch = FetchNode> {
  readonly kind: "Condition";
  readonly variable: string;
  readonly whenTrue: PlanNode<Fetch> | null;
  readonly whenFalse: PlanNode<Fetch> | null;
}

/** `primary` is what the first part of the answer needs; what is deferred goes on beside it. */
export interface DeferNode<Fetch = FetchNode> {
  readonly kind: "Defer";
  readonly primary: PlanNode<Fetch> | null;
  readonly deferred: readonly DeferredNode<Fetch>[];
}

/** What one fragment with @defer needs beyond the part that it stands in. */
export interface DeferredNode<Fetch = FetchNode> {
  /** Of the fragment's @defer, in the operation that was planned. */
  readonly label: string;
  /** `ids` of fetches that it can begin after. */
  readonly depends: readonly string[];
  readonly node: PlanNode<Fetch> | null;
}

/** One request to one subgraph. */
export interface FetchNode {
  readonly kind: "Fetch";
  /** By which deferred nodes name it; only where some do. */
  readonly ids?: readonly string[];
  readonly subgraph: string;
  readonly operationKind: "query" | "mutation";
  /** GraphQL text. */
  readonly document: string;
  /** Variables of the client that the document uses. */
  readonly variables: readonly string[];
  /** What `_entities` fields the document has, in their order; empty for a fetch of root fields. */
  readonly entities: readonly EntityFetch[];
  /** For a fetch of root fields: what is changed in its data before they are merged. */
  readonly outputRewrites: readonly Rewrite[];
}

/** One `_entities` field of a fetch. */
export interface EntityFetch {
  /** Response name: `_entities`, or an alias. */
  readonly alias: string;
  /** The variable of its representations. */
  readonly variable: string;
  /** Where in the tree the objects are. */
  readonly paths: readonly Path[];
  /** What is sent of each object: for each type, its representation. An object of none of these types is not asked for. */
  readonly requires: readonly RequiredSelection[];
  /** What is changed in a representation before it is sent. */
  readonly inputRewrites: readonly Rewrite[];
  /** What is changed in an entity before it is merged. */
  readonly outputRewrites: readonly Rewrite[];
}

export type Path = readonly PathStep[];

export type PathStep =
  | { readonly kind: "field"; readonly name: string }
  /** Each item of a list. */
  | { readonly kind: "items" }
  /** Only objects whose `__typename` is one of these; names of object types and of abstract types. */
  | { readonly kind: "type"; readonly names: readonly string[] };

/**
 * `responseName` is the member of the object in the tree, `name` that of the representation: they differ where the tree
 * holds the field under an alias.
 */
export type RequiredSelection =
  | { readonly kind: "field"; readonly name: string; readonly responseName: string; readonly selections: readonly RequiredSelection[] }
  | { readonly kind: "fragment"; readonly typeCondition: string; readonly selections: readonly RequiredSelection[] };

/** A change at the place where the path leads: `set` writes a value, `rename` moves a member to another name. */
export type Rewrite =
  | { readonly kind: "set"; readonly path: RewritePath; readonly value: unknown }
  | { readonly kind: "rename"; readonly path: RewritePath; readonly name: string };

/** Member names from the representation or entity on; lists are gone through. `types` goes on only for these typenames. */
export type RewritePath = readonly ({ readonly kind: "field"; readonly name: string } | { readonly kind: "type"; readonly names: readonly string[] })[];
