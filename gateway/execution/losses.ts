// What of an answer could not be fetched, from what became of each request to a subgraph.
//
// A place that no request filled is not always a loss: a subgraph that does not know an entity, or shows nothing of it,
// answers null for it. So both are noted, what failed and what was answered: a place is lost where a request that was to fill
// it failed there, and where nobody was asked who could have filled it, because the question needed what was lost.
import { Kind, parse, type FragmentDefinitionNode, type SelectionSetNode } from "graphql";

export type AnswerPath = readonly (string | number)[];

/** One request to a subgraph. */
export interface Brought {
  /** The places that it fills: response names from the root of the answer, joined by `/`, without indexes. */
  names(): ReadonlySet<string>;
}

export interface FetchFailure {
  readonly brought: Brought;
  /** Of the subgraph's error. */
  readonly code: string | null;
  /** Where in the answer something is missing; null for all that the request was to bring. */
  readonly path: AnswerPath | null;
}

/** Grows while an operation runs. */
export interface FetchNotes {
  readonly answered: Brought[];
  readonly failures: FetchFailure[];
}

export interface Losses {
  /** `value` is what is there: null or, where nothing was fetched, undefined. */
  isLost(place: AnswerPath, value: null | undefined): boolean;
  /** Whether a null may stand for an object that could not stay without what is lost in it. */
  readonly nullsHide: boolean;
}

export interface BroughtOptions {
  /** GraphQL text. */
  readonly document: string;
  /** For each `_entities` field its response name, and the response names on the ways to its objects; none: the fields of the root. */
  readonly entities: readonly { readonly alias: string; readonly places: readonly (readonly string[])[]; readonly rename?: Rename | undefined }[];
  readonly rename?: Rename | undefined;
}

/** The client's names for a path of response names. */
export type Rename = (path: AnswerPath) => AnswerPath;

/** The document is read when it is needed for the first time. */
export function createBrought(options: BroughtOptions): Brought {
  let known: ReadonlySet<string> | null = null;
  return { names: () => (known ??= readNames(options)) };
}

/** Errors with one of `exceptCodes` are none of a subgraph that fails. Null where nothing is lost. */
export function readLosses(notes: FetchNotes, exceptCodes: ReadonlySet<string>): Losses | null {
  const noted = sortOut(notes, exceptCodes);
  if (noted === null) return null;
  const { answered, failed, atPlaces } = noted;
  const above = new Set(atPlaces.flatMap(({ path }) => path.map((_, index) => path.slice(0, index + 1).join("/"))));
  const at = Map.groupBy(atPlaces, ({ path }) => path.join("/"));
  return {
    nullsHide: false,
    isLost: (place, value) => {
      if (value === null) return above.has(place.join("/"));
      const name = nameOf(place);
      const fell = place.some((_, index) => at.get(place.slice(0, index + 1).join("/"))?.some(({ brought }) => brought.names().has(name)));
      return fell || fills(failed, name) || !fills(answered, name);
    },
  };
}

/**
 * The same for answers that are complete already, where null stands for what was not fetched too, and by names alone: where a
 * request failed for one item of a list, a null of another item counts as lost as well.
 */
export function readLossesByName(notes: FetchNotes, exceptCodes: ReadonlySet<string>): Losses | null {
  const noted = sortOut(notes, exceptCodes);
  if (noted === null) return null;
  const { answered, failed, atPlaces } = noted;
  const above = new Set(atPlaces.flatMap(({ path }) => path.map((_, index) => nameOf(path.slice(0, index + 1)))));
  return {
    nullsHide: true,
    isLost: (place) => {
      const name = nameOf(place);
      return fills(failed, name) || above.has(name) || !fills(answered, name);
    },
  };
}

interface Noted {
  readonly answered: ReadonlySet<Brought>;
  /** Those that brought nothing. */
  readonly failed: ReadonlySet<Brought>;
  readonly atPlaces: readonly { readonly brought: Brought; readonly path: AnswerPath }[];
}

/** Each request once, although many of its places may be noted. */
function sortOut({ answered, failures }: FetchNotes, exceptCodes: ReadonlySet<string>): Noted | null {
  const counted = failures.filter(({ code }) => code === null || !exceptCodes.has(code));
  if (counted.length === 0) return null;
  return {
    answered: new Set(answered),
    failed: new Set(counted.flatMap(({ brought, path }) => (path === null ? [brought] : []))),
    atPlaces: counted.flatMap(({ brought, path }) => (path === null ? [] : [{ brought, path }])),
  };
}

function fills(fetches: ReadonlySet<Brought>, name: string): boolean {
  for (const brought of fetches) if (brought.names().has(name)) return true;
  return false;
}

function readNames({ document, entities, rename }: BroughtOptions): Set<string> {
  const { definitions } = parse(document, { noLocation: true });
  const fragments = new Map(definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])));
  const operation = definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const paths = operation?.kind === Kind.OPERATION_DEFINITION ? [...listPaths(operation.selectionSet, fragments)] : [];
  if (entities.length === 0) return new Set(paths.map((path) => nameOf(rename?.(path) ?? path)));
  const names = paths.flatMap(([alias, ...below]) => {
    const fields = below.length === 0 ? [] : entities.filter((one) => one.alias === alias);
    return fields.flatMap(({ places, rename: own }) => places.map((place) => nameOf([...place, ...(own?.(below) ?? below)])));
  });
  return new Set(names);
}

/** Of each field, whatever the type of its object. */
function* listPaths({ selections }: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): Generator<string[]> {
  for (const node of selections) {
    if (node.kind === Kind.FIELD) {
      const name = (node.alias ?? node.name).value;
      yield [name];
      if (node.selectionSet !== undefined) for (const path of listPaths(node.selectionSet, fragments)) yield [name, ...path];
      continue;
    }
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
    if (fragment !== undefined) yield* listPaths(fragment.selectionSet, fragments);
  }
}

function nameOf(path: AnswerPath): string {
  return path.filter((part) => typeof part === "string").join("/");
}
