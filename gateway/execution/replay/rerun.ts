// Runs a plan by its trace: the same requests in the same order, each sent when the answers that it depends on have come again
// byte by byte, without looking into any. At the first difference it steps back: what was sent, answered or not, is handed
// to the ordinary run, so that no request is sent twice and the rest of the run is as if there had been no trace.
import type { FetchNode, PlanNode } from "../../planning/planning.ts";
import type { RequestFacts, SubgraphAnswer, SubgraphRequest } from "../../transport/transport.ts";
import type { KeptFetch, SendFetch, Trace } from "./trace.ts";

export interface Rerun {
  /** Whether all answers were as in the trace. Settles at the first that is not. */
  readonly isSame: Promise<boolean>;
  /** For the ordinary run after a difference. */
  readonly send: SendFetch;
}

export interface RerunOptions {
  readonly node: PlanNode;
  readonly trace: Trace;
  readonly facts: RequestFacts;
  readonly send: SendFetch;
}

export function rerun(options: RerunOptions): Rerun {
  const { promise: isSame, resolve } = Promise.withResolvers<boolean>();
  const run: Run = { ...options, sent: new Map(), isOver: false, differ: () => resolve(false) };
  // Nothing but all of what is kept proves it: a fetch that the plan does not lead to would not have been compared.
  const isWhole = (): boolean => !run.isOver && run.sent.size === options.trace.fetches.size;
  void walk(run, options.node).then(() => resolve(isWhole()), () => resolve(false));
  return { isSame, send: (request, fetch) => takeSent(run, request, fetch) ?? options.send(request, fetch) };
}

interface Run extends Omit<RerunOptions, "node"> {
  readonly sent: Map<FetchNode, Sent>;
  /** After a difference. */
  isOver: boolean;
  readonly differ: () => void;
}

interface Sent {
  readonly body: string;
  readonly answer: Promise<SubgraphAnswer>;
}

function walk(run: Run, node: PlanNode): Promise<unknown> {
  switch (node.kind) {
    case "Fetch":
      return ask(run, node);
    case "Parallel":
      return Promise.all(node.nodes.map((one) => walk(run, one)));
    case "Sequence":
      return walkInTurn(run, node.nodes);
    case "Condition":
      // Equal variables choose the same branch; of the other, nothing was sent.
      return walkInTurn(run, [node.whenTrue, node.whenFalse].filter((branch) => branch !== null));
    case "Defer":
      // Answers in parts are not kept.
      return Promise.resolve();
  }
}

async function walkInTurn(run: Run, nodes: readonly PlanNode[]): Promise<void> {
  for (const node of nodes) await walk(run, node);
}

async function ask(run: Run, fetch: FetchNode): Promise<void> {
  const kept = run.trace.fetches.get(fetch);
  if (kept === undefined || run.isOver) return;
  const answer = run.send(createRequest(run, fetch, kept), fetch);
  run.sent.set(fetch, { body: kept.body, answer });
  try {
    const { bytes } = await answer;
    if (bytes === kept.answer || bytes?.equals(kept.answer) === true) return;
  } catch {
    // A failure is a difference: the ordinary run meets it again and tells of it.
  }
  run.isOver = true;
  run.differ();
}

function createRequest({ facts }: Run, { subgraph }: FetchNode, { query, body, answer }: KeptFetch): SubgraphRequest {
  return {
    subgraph,
    query,
    operationName: null,
    body,
    get variables() {
      return (JSON.parse(body) as { readonly variables: Record<string, unknown> }).variables;
    },
    expected: answer,
    headers: {},
    facts,
  };
}

/** The answer to a request that was sent already, once. */
function takeSent({ sent }: Run, { body }: SubgraphRequest, fetch: FetchNode): Promise<SubgraphAnswer> | null {
  const known = sent.get(fetch);
  if (known === undefined || known.body !== body) return null;
  sent.delete(fetch);
  return known.answer;
}
