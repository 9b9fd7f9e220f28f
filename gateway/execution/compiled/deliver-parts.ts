// One run of an operation in parts: its fetches are started, the first part is printed when those of it are done, and what
// is deferred is handed over as it becomes ready. A fragment in a fragment waits for the outer one, also when its own
// fetches are done before.
import { isUnionType, type GraphQLFormattedError, type GraphQLSchema } from "graphql";

import { gatewayError, toClientError } from "../../errors.ts";
import { publishFault } from "../../events.ts";
import type { DeferredFragment, Operation, Split } from "../../operation/operation.ts";
import type { IncompleteMarks } from "../../supergraph/supergraph.ts";
import { ReadyData, type Answer, type Delivery, type Part, type PendingPart } from "../executor.ts";
import type { CompiledPlan } from "./compile.ts";
import { startJobs, type Job } from "./deferred-jobs.ts";
import { endsInNull, ownerAmong, spreadOver, type Showing } from "./part-errors.ts";
import { findPlaces, lookUp, show, type PartPlace } from "./part-places.ts";
import { compileProjection, type Projection } from "./project.ts";
import type { Run } from "./run.ts";
import { isTree, type Tree } from "./tree.ts";

/** What is made once of an operation and its plan. */
export interface Divided {
  readonly schema: GraphQLSchema;
  readonly incomplete: IncompleteMarks | undefined;
  readonly operation: Operation;
  readonly split: Split;
  readonly plan: CompiledPlan;
  /** By fragment and type, made when they are needed. */
  readonly projections: Map<string, Projection>;
}

/** Resolves with the first part. */
export async function deliverParts(divided: Divided, run: Run): Promise<Answer> {
  const { schema, operation, split, plan } = divided;
  const { first, jobs } = startJobs(plan, run);
  await first;
  const fragments = listFragments(split.later, []);
  const routed = new Map<string, GraphQLFormattedError[]>();
  const source: Showing = { names: [], selectionSet: split.first };
  const text = projectionFor(divided, null, null).print(run.root, run);
  const type = schema.getRootType(operation.definition.operation);
  if (text === null || type == null) return { data: null, errors: run.errors };
  const shown = JSON.parse(text) as Tree;
  const state: State = { divided, run, jobs, fragments, routed, shown, finished: new Set(), queue: [], open: 0, count: 0, wake: null };
  const errors = releaseErrors(state, source, run.errors);
  const answer: Answer = { data: new ReadyData(text), ...(errors.length > 0 && { errors }) };
  const pending = openAll(state, split.later, [{ path: [], type, tree: run.root, shown }]);
  return pending.length === 0 ? answer : { ...answer, later: { pending, deliveries: readDeliveries(state) } };
}

interface State {
  readonly divided: Divided;
  readonly run: Run;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly fragments: readonly Listed[];
  /** Errors of other parts' fetches, by the fragment that they belong to. */
  readonly routed: Map<string, GraphQLFormattedError[]>;
  /** What the client has been told. */
  readonly shown: Tree;
  readonly finished: Set<DeferredFragment>;
  /** Ready and not yet read. */
  readonly queue: Pick<Delivery, "parts" | "pending">[];
  /** Fragments that have places and are not ready. */
  open: number;
  count: number;
  wake: (() => void) | null;
}

interface Listed extends Showing {
  readonly fragment: DeferredFragment;
}

function listFragments(fragments: readonly DeferredFragment[], above: readonly string[]): Listed[] {
  return fragments.flatMap((fragment): Listed[] => {
    const names = [...above, ...fragment.steps.flatMap((step) => (step.kind === "field" ? [step.name] : []))];
    return [{ fragment, names, selectionSet: fragment.selectionSet }, ...listFragments(fragment.later, names)];
  });
}

/**
 * The errors that belong to the part itself; the others are put by. Where the other part has no object, because of the error
 * perhaps, nothing is to come.
 */
function releaseErrors(state: State, source: Showing, errors: readonly GraphQLFormattedError[]): GraphQLFormattedError[] {
  const { fragments, routed, shown, finished } = state;
  return errors.filter((error) => {
    const owner = ownerAmong(error, source, fragments);
    if (owner === null || finished.has(owner.fragment) || endsInNull(shown, error.path ?? [], owner.names.length)) return true;
    const { id } = owner.fragment;
    routed.set(id, [...(routed.get(id) ?? []), error]);
    return false;
  });
}

/** For a type; the first part's for null. */
function projectionFor(divided: Divided, fragment: DeferredFragment | null, type: PartPlace["type"] | null): Projection {
  const { schema, incomplete, operation, split, projections } = divided;
  const key = fragment === null || type === null ? "" : `${fragment.id} ${type.name}`;
  const known = projections.get(key);
  if (known !== undefined) return known;
  const selectionSet = fragment?.selectionSet ?? split.first;
  const own = { ...operation, definition: { ...operation.definition, selectionSet } };
  // Conditions are decided already. A union has no fields: an object of no known type is none of its types.
  const root = type === null || isUnionType(type) ? {} : { root: type };
  const made = compileProjection({ operation: own, schema, variables: {}, sharedPlaces: NONE, incomplete, ...root });
  projections.set(key, made);
  return made;
}

const NONE: ReadonlySet<string> = new Set();

/** Those that stand in the places of one part. What is to come of them is told. */
function openAll(state: State, fragments: readonly DeferredFragment[], from: readonly PartPlace[]): PendingPart[] {
  return fragments.flatMap((fragment) => {
    const places = findPlaces(state.divided.schema, from, fragment.steps).filter(({ type }) => !isUnionType(type));
    if (places.length === 0) return [];
    const waiting = places.map((place): Waiting => ({ place, pending: { id: String(state.count++), path: place.path, label: fragment.label } }));
    state.open += 1;
    void finishLater(state, fragment, waiting);
    return waiting.map(({ pending }) => pending);
  });
}

/** A fragment at one place. */
interface Waiting {
  readonly place: PartPlace;
  readonly pending: PendingPart;
}

async function finishLater(state: State, fragment: DeferredFragment, waiting: readonly Waiting[]): Promise<void> {
  await state.jobs.get(fragment.id)?.done;
  try {
    state.queue.push(finish(state, fragment, waiting));
  } catch (error) {
    publishFault(state.run.facts.requestId, error);
    const errors = [toClientError(error).toJSON()];
    state.queue.push({ parts: waiting.map(({ pending }): Part => ({ ...pending, data: null, errors, gone: false })), pending: [] });
  }
  state.open -= 1;
  state.wake?.();
}

function finish(state: State, fragment: DeferredFragment, waiting: readonly Waiting[]): Pick<Delivery, "parts" | "pending"> {
  const listed = state.fragments.find((one) => one.fragment === fragment);
  const job = state.jobs.get(fragment.id);
  const errors = [...(state.routed.get(fragment.id) ?? []), ...(job?.run.errors ?? [])];
  state.finished.add(fragment);
  const spread = spreadOver(errors, waiting.map(({ place }) => place));
  const filled: PartPlace[] = [];
  const parts = waiting.map((one, index): Part => {
    const place = refresh(state, one.place);
    const part = printPart(state, fragment, { ...one, place, errors: spread[index] ?? [] });
    if (part.data !== null) filled.push(place);
    if (part.data === null) return part.errors.length === 0 ? { ...part, errors: [errors[0] ?? missing(part)] } : part;
    return listed === undefined ? part : { ...part, errors: releaseErrors(state, listed, part.errors) };
  });
  return { parts, pending: openAll(state, fragment.later, filled) };
}

interface Explained extends Waiting {
  readonly errors: GraphQLFormattedError[];
}

/** Equal objects may have become one since the place was found. */
function refresh({ run }: State, place: PartPlace): PartPlace {
  const tree = lookUp(run.root, place.path);
  return isTree(tree) ? { ...place, tree } : place;
}

function printPart({ divided, run, jobs, shown }: State, fragment: DeferredFragment, { place, pending, errors }: Explained): Part {
  // Another part may have brought a null up to here.
  if (!isTree(lookUp(shown, place.path))) return { ...pending, data: null, errors, gone: true };
  const explained = jobs.get(fragment.id)?.run.explained ?? [];
  const text = projectionFor(divided, fragment, place.type).print(place.tree, { place: place.path, variables: run.variables, errors, explained, notes: run.notes });
  if (text === null) return { ...pending, data: null, errors, gone: false };
  const data = JSON.parse(text) as Tree;
  return { ...pending, data: new ReadyData(show(place.shown, data) ? JSON.stringify(data) : text), errors, gone: false };
}

function missing({ path, gone }: Part): GraphQLFormattedError {
  const detail = gone ? "Cannot add to an object that is null." : "Cannot return null for a field of this part that is non-nullable.";
  return gatewayError("VALUE_MISSING", { detail }, { path }).toJSON();
}

async function* readDeliveries(state: State): AsyncGenerator<Delivery> {
  while (state.open > 0 || state.queue.length > 0) {
    if (state.queue.length === 0) await new Promise<void>((resolve) => void (state.wake = resolve));
    const ready = state.queue.splice(0);
    yield { parts: ready.flatMap(({ parts }) => parts), pending: ready.flatMap(({ pending }) => pending), hasNext: state.open > 0 };
  }
}
