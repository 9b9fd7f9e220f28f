// Equal queries of one caller to one subgraph that are under way at the same time share one request on the wire.
//
// What can change an answer is the subgraph, what is asked of it, and who asks. The token that says who asks is signed
// anew from time to time, so its content is compared instead: this layer stands outside of those that add the token and
// the request id. No layer between this one and the wire may add anything else that depends on the request.
import { GraphQLError } from "graphql";

import { callerKey } from "../../auth/auth.ts";
import { publish } from "../../events.ts";
import { createFlights } from "../../flights.ts";
import { ExpectedAnswer } from "../answer.ts";
import { bodyOf, withParts, type Send, type SubgraphAnswer, type SubgraphRequest } from "../send.ts";

/** An answer belongs to who gets it, and executors write into theirs: each of several gets a copy. */
export function withDedupe(next: Send): Send {
  const flights = createFlights<SubgraphAnswer>({ copy: copyAnswer });
  return async (request) => {
    if (!isQuery(request)) return next(request).finally(flights.seal);
    const { facts, subgraph } = request;
    const body = bodyOf(request);
    const passenger = {
      id: facts.requestId,
      signal: facts.signal,
      joined: (leader: string) => publish("join", { requestId: facts.requestId, leader, subgraph }),
    };
    try {
      return await flights.share({ key: keyOf(request, body), passenger, start: (signal) => next(withParts(request, { body, facts: { ...facts, signal } })) });
    } catch (error) {
      throw copyError(error);
    }
  };
}

/**
 * Whether the document cannot but be a query. The keyword has no other spelling, so a text without it has no mutation;
 * a query whose text has it somewhere is not shared, and counts as something that writes.
 */
function isQuery({ query }: SubgraphRequest): boolean {
  return !query.includes("mutation");
}

/** The head is JSON, so it has no line break of its own and ends at the first: no two requests have one key. */
function keyOf({ subgraph, headers, facts }: SubgraphRequest, body: string): string {
  return `${JSON.stringify([subgraph, Object.entries(headers).sort(), callerKey(facts.caller)])}\n${body}`;
}

/** What passengers expect is no part of the key: whoever expects other bytes than the first to board compares for themselves. */
function copyAnswer(answer: SubgraphAnswer): SubgraphAnswer {
  if (answer instanceof ExpectedAnswer) return answer.copy();
  const { data, errors, bytes } = answer;
  return { data: data === null ? null : copyJson(data), errors: errors.map((error) => copyJson(error)), ...(bytes !== undefined && { bytes }) };
}

/**
 * More than twice as fast as parsing the text again. Without recursion, because an answer may be nested a hundred thousand
 * deep; by spreading, because a member may be called `__proto__`, which spreading copies as the plain member that it is
 * and which is then written to as such.
 */
function copyJson<Value extends object>(value: Value): Value {
  const root = copyFlat(value);
  const pending: object[] = [root];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    const members = parent as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      if (typeof member !== "object" || member === null) continue;
      const copy = copyFlat(member);
      members[name] = copy;
      pending.push(copy);
    }
  }
  return root;
}

function copyFlat<Value extends object>(value: Value): Value {
  return (Array.isArray(value) ? value.slice() : { ...value }) as Value;
}

/** Errors are the receiver's own, too. */
function copyError(error: unknown): unknown {
  return error instanceof GraphQLError ? new GraphQLError(error.message, { extensions: { ...error.extensions } }) : error;
}
