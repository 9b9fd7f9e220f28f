// Operations that the reference answers wrong, the first found for each federation, and why. They excuse the reference
// only: the compiled engine must answer them as the monolith does. At the end, where it does not yet.
import type { Mood } from "./model.ts";

export interface Excused {
  readonly federation: string;
  readonly why: string;
  readonly operation: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly mood: Mood;
}

export const EXCUSED: readonly Excused[] = [
  {
    federation: "argument-variables",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { n { k { ... on N { ... on N { id } m ... on N { __typename } } } } }",
    variables: {},
    mood: { seed: 96, nulls: 0, faults: 0 },
  },
  {
    federation: "arguments-optional",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op($if1: Boolean!) { y { __typename } y @include(if: $if1) { h { __typename } } y { f(a: 14) } }",
    variables: {"if1": true},
    mood: { seed: 96, nulls: 0, faults: 0 },
  },
  {
    federation: "entity-without-root",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { start { ... on Alpha { __typename } weight } start { ... on Alpha { beta { __typename } } } }",
    variables: {},
    mood: { seed: 42, nulls: 0.25, faults: 0 },
  },
  {
    federation: "inaccessible-field",
    why: "A field behind a condition that is false requires fields that are then not fetched, and the whole representation is dropped, with all that others asked by it.",
    operation: "query Op($if0: Boolean! = true) { doc { ... on Doc { copies { grade } } grade @skip(if: $if0) } }",
    variables: {},
    mood: { seed: 11, nulls: 0.1, faults: 0.06 },
  },
  {
    federation: "interface-object",
    why: "A fetch that nothing needs is sent without a key, because the key is behind a condition, and its failure is told to the client.",
    operation: "query Op($if0: Boolean!) { latest { ... on Book { ... on Media @skip(if: $if0) { ... on Film { likes } } } } }",
    variables: {"if0": false},
    mood: { seed: 25, nulls: 0.1, faults: 0.06 },
  },
  {
    federation: "interface-object-requires",
    why: "It sends representations without a key for objects that the client's type condition leaves out, and tells their failure to the client.",
    operation: "query Op { media { ... on Film { similar { similar { ... on Film { cost } } } } } }",
    variables: {},
    mood: { seed: 59, nulls: 0.25, faults: 0 },
  },
  {
    federation: "interface-object-two",
    why: "It loses all that stands behind a type condition together with `__typename`, where the fields come from an interface object.",
    operation: "query Op { nodes { ... on Group { __typename tags } } }",
    variables: {},
    mood: { seed: 60, nulls: 0.25, faults: 0 },
  },
  {
    federation: "key-composite",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { ... on Query { book { __typename } ... on Query { book { title } } book { price } } }",
    variables: {},
    mood: { seed: 64, nulls: 0.1, faults: 0.06 },
  },
  {
    federation: "lists-of-lists",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { ... on Query { words } __type(name: \"Float\") { __typename } ... on Query { __typename } }",
    variables: {},
    mood: { seed: 34, nulls: 0.1, faults: 0.06 },
  },
  {
    federation: "nulls-everywhere",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { nln { __typename } ... { nln { bpl { __typename } } } nln { id } }",
    variables: {},
    mood: { seed: 72, nulls: 0.1, faults: 0.06 },
  },
  {
    federation: "override-label",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { item { ... on Item { __typename } color ... on Item { price } } }",
    variables: {},
    mood: { seed: 25, nulls: 0, faults: 0 },
  },
  {
    federation: "requires-and-key-hops",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op($if1: Boolean!) { cars { tax } cars @include(if: $if1) { __typename } cars { power } }",
    variables: {"if1": true},
    mood: { seed: 78, nulls: 0.1, faults: 0.06 },
  },
  {
    federation: "requires-arguments",
    why: "The client's field and the one of @requires have one name and different arguments, and one overwrites the other.",
    operation: "query Op { rooms { ... { price size } } }",
    variables: {},
    mood: { seed: 76, nulls: 0.25, faults: 0 },
  },
  {
    federation: "requires-chain",
    why: "It asks a subgraph for a field that has @requires without giving it what is required.",
    operation: "query Op { ... on Query { ... on Query { things { ... { other { second } } } } } }",
    variables: {},
    mood: { seed: 83, nulls: 0, faults: 0 },
  },
  {
    federation: "requires-interface",
    why: "A field behind a condition that is false requires fields that are then not fetched, and the whole representation is dropped, with all that others asked by it.",
    operation: "query Op { pet { play route @include(if: false) } }",
    variables: {},
    mood: { seed: 57, nulls: 0, faults: 0 },
  },
  {
    federation: "requires-nested",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { cart { __typename } ... on Query { cart { lines { count } } } cart { gift { __typename } } }",
    variables: {},
    mood: { seed: 17, nulls: 0.25, faults: 0 },
  },
  {
    federation: "requires-object-answer",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { teams { ... on Team { stadium { ... on Stadium { seats } team { __typename } ... on Stadium { __typename } } } } }",
    variables: {},
    mood: { seed: 84, nulls: 0, faults: 0 },
  },
  {
    federation: "requires-same-name",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { media { ... on Film { __typename } } media { price ... on Film { id } } }",
    variables: {},
    mood: { seed: 7, nulls: 0, faults: 0 },
  },
  {
    federation: "requires-simple",
    why: "A field behind a condition that is false requires fields that are then not fetched, and the whole representation is dropped, with all that others asked by it.",
    operation: "query Op { ... { ... { parcels { postage @skip(if: true) label } } } }",
    variables: {},
    mood: { seed: 53, nulls: 0, faults: 0 },
  },
  {
    federation: "requires-two-arguments",
    why: "Two fields require one field with different arguments, and one overwrites the other or the document is invalid.",
    operation: "query Op($if0: Boolean!) { rooms { ... on Room { ... on Room { paint @skip(if: $if0) rent } } } }",
    variables: {"if0": true},
    mood: { seed: 90, nulls: 0, faults: 0 },
  },
  {
    federation: "shareable-root",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { shop { rent } ... on Query { shop { name } } shop { __typename } }",
    variables: {},
    mood: { seed: 76, nulls: 0, faults: 0 },
  },
  {
    federation: "union-members",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { ... on Query { __typename } search { __typename } ... on Query { shared { __typename } } }",
    variables: {},
    mood: { seed: 25, nulls: 0, faults: 0 },
  },
  {
    federation: "value-types",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { page { body { links { ... { target { age } ... on Link { target { name } } target { __typename } } } } } }",
    variables: {},
    mood: { seed: 30, nulls: 0.25, faults: 0 },
  },
  {
    federation: "project",
    why: "Its members stand in the order in which it merges several selections of one field, not in the client's.",
    operation: "query Op { services(filter: {}) { pageInfo { ... on PageInfo { hasPreviousPage } __typename } pageInfo { ... on PageInfo { hasNextPage } } } }",
    variables: {},
    mood: { seed: 53, nulls: 0, faults: 0 },
  },
];

/**
 * Federations on which the compiled engine is still wrong now and then, and how. Neither the normal tests nor anybody else
 * should get used to them: take a line out when the command finds no difference there.
 */
export const OPEN: Readonly<Record<string, string>> = {
  "interface-object-requires": "Where neither planner finds a way for an interface object's field by object type, what it requires is fetched under one type condition, and a representation for other objects lacks it.",
};

/** Federations that no contestant takes up, so that no operation is played there. */
export const UNSERVED: Readonly<Record<string, string>> = {
  context: "@fromContext: the stock gateway and Hive's planner do not know it, and this gateway refuses it when it starts.",
};
