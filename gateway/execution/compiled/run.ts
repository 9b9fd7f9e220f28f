// One run of a plan: what all its fetches share.
import type { GraphQLFormattedError } from "graphql";

import { codeOf, gatewayError, toClientError } from "../../errors.ts";
import { publishFault } from "../../events.ts";
import type { RequestFacts } from "../../transport/transport.ts";
import type { Variables } from "../executor.ts";
import type { FetchNotes } from "../losses.ts";
import type { SendFetch } from "../replay/replay.ts";
import type { Tree } from "./tree.ts";

export type ErrorPath = readonly (string | number)[];

export interface RunLimits {
  /** The most requests to subgraphs. */
  readonly fetches: number;
  /** The most entities that subgraphs are asked for. */
  readonly entities: number;
}

export interface Run {
  readonly root: Tree;
  /** As the client sent them. */
  readonly variables: Variables;
  /** The value of a boolean variable, defaults included. */
  readonly isTrue: (variable: string) => boolean;
  readonly facts: RequestFacts;
  readonly send: SendFetch;
  readonly limits: RunLimits;
  readonly count: { fetches: number; entities: number };
  readonly errors: GraphQLFormattedError[];
  /** Places that an error speaks for beside the one that it names. */
  readonly explained: ErrorPath[];
  /** Of all parts of the answer. */
  readonly notes: FetchNotes;
  /** Told the id of each fetch that is done, where parts of the answer wait for some. */
  readonly arrived?: (id: string) => void;
}

/** Takes a request of so many entities into account. Throws where that is more than the limits allow. */
export function countRequest({ count, limits }: Run, entities: number): void {
  count.fetches += 1;
  count.entities += entities;
  if (count.fetches > limits.fetches) throw gatewayError("REQUEST_TOO_LARGE", { limit: limits.fetches, what: "requests to subgraphs" });
  if (count.entities > limits.entities) throw gatewayError("REQUEST_TOO_LARGE", { limit: limits.entities, what: "entities of subgraphs" });
}

/** An answer has so many errors at most: what is missing is null all the same, and a client reads the first. */
const MAX_ERRORS = 1_000;

/** Whether there is no place for another error. */
export function isFull(errors: readonly GraphQLFormattedError[]): boolean {
  return errors.length >= MAX_ERRORS;
}

/** A part is missing for a reason that is not in a subgraph's answer; `places` are where it would be, none for the root. */
export function addFailure({ errors, explained, facts }: Run, error: unknown, places: readonly ErrorPath[]): void {
  if (codeOf(error) === null) publishFault(facts.requestId, error);
  const { message, extensions } = toClientError(error);
  const [first] = places;
  if (!isFull(errors)) errors.push({ message, ...(first !== undefined && { path: first }), extensions });
  explained.push(...places);
}
