// Validated replay: a run is repeated without reading what subgraphs say, for as long as they say the same.
//
// Most of what a request costs is to read answers, merge them and print them again. Where the answers are byte by byte those
// of the last run, the outcome is known. So a trace of the last run is kept — requests, answers, the client's data — and the
// next run sends the same requests, compares, and gives the kept data. Each subgraph is asked as ever: nothing is ever
// stale, and nothing has to be invalidated. (A cache of answers saves the requests, too, and is wrong until it is told.)
//
// Why no caller gets what their own subgraph answers did not give: the client's data are a function of the compiled
// operation, the variables and the answers, of nothing else. A trace belongs to one compiled operation (callers with other
// rights have another) and is found by all the variables. Its data leave only after every request was sent for this
// caller, with this caller's headers, and was answered with the very bytes that the data were made of. A request that depends
// on answers leaves only after those were equal, so that it, too, is what this caller's own answers lead to.
//
// Kept are runs of queries without any error, in memory, within bounds of bytes and time.
import { publish } from "../../events.ts";
import type { Plan, PlanNode } from "../../planning/planning.ts";
import type { RequestFacts } from "../../transport/transport.ts";
import type { Answer, Variables } from "../executor.ts";
import { createCredit, type Credit } from "./credit.ts";
import { rerun } from "./rerun.ts";
import { createStore, type Shelf, type Store, type StoreOptions } from "./store.ts";
import { createRecorder, type SendFetch, type Trace } from "./trace.ts";

export type { SendFetch } from "./trace.ts";

/** One run of a plan. */
export interface Asked {
  readonly variables: Variables;
  readonly facts: RequestFacts;
  readonly send: SendFetch;
  /** The ordinary run. */
  execute(send: SendFetch): Promise<Answer>;
}

export type AnswerByReplay = (asked: Asked) => Promise<Answer>;

export interface ReplayFacts {
  readonly traces: number;
  readonly bytes: number;
  readonly hits: number;
  readonly different: number;
  /** Runs with variables of which nothing was kept. */
  readonly unknown: number;
}

export interface Replays {
  /** For one compiled operation, a query; `plan` is what it runs. */
  open(plan: Plan): AnswerByReplay;
  facts(): ReplayFacts;
  /** Forgets everything. */
  close(): void;
}

export interface ReplayOptions extends Omit<StoreOptions, "now"> {
  readonly now?: () => number;
}

export function createReplays({ bytes, seconds, now = () => performance.now() }: ReplayOptions): Replays {
  const store = createStore({ bytes, seconds, now });
  const counts = { hits: 0, different: 0, unknown: 0 };
  // What nobody asks for again must go, too.
  const timer = setInterval(store.sweep, Math.max(1_000, (seconds * 1_000) / 4)).unref();
  return {
    open: ({ node }) => {
      if (node === null) return ({ send, execute }) => execute(send);
      const replayed: Replayed = { node, store, counts, limit: bytes, shelf: new Map(), credit: createCredit(now) };
      return (asked) => answer(replayed, asked);
    },
    facts: () => ({ ...store.facts(), ...counts }),
    close: () => {
      clearInterval(timer);
      store.close();
    },
  };
}

/** What is known of one compiled operation. */
interface Replayed {
  readonly node: PlanNode;
  readonly store: Store;
  readonly counts: { hits: number; different: number; unknown: number };
  readonly limit: number;
  readonly shelf: Shelf;
  readonly credit: Credit;
}

async function answer(replayed: Replayed, asked: Asked): Promise<Answer> {
  if (replayed.credit.isSpent()) return asked.execute(asked.send);
  const key = JSON.stringify(asked.variables);
  const trace = replayed.store.find(replayed.shelf, key);
  return trace === null ? record(replayed, key, { ...asked, former: null }) : replay(replayed, key, { ...asked, trace });
}

async function replay(replayed: Replayed, key: string, { trace, ...asked }: Asked & { readonly trace: Trace }): Promise<Answer> {
  const { node, store, shelf, counts, credit } = replayed;
  const { isSame, send } = rerun({ node, trace, facts: asked.facts, send: asked.send });
  if (!(await isSame)) return record(replayed, key, { ...asked, send, former: trace });
  store.use(shelf, key);
  credit.gain();
  counts.hits += 1;
  publish("replay", { requestId: asked.facts.requestId, outcome: "same" });
  return { data: trace.data };
}

interface Recorded extends Asked {
  /** The trace that was not found true; null where there was none. */
  readonly former: Trace | null;
}

async function record(replayed: Replayed, key: string, { former, send, execute, facts }: Recorded): Promise<Answer> {
  const { store, shelf, counts, credit, limit } = replayed;
  const recorder = createRecorder(send, limit);
  const answered = await execute(recorder.send);
  const trace = recorder.end(answered);
  const why = former === null ? "unknown" : "different";
  counts[why] += 1;
  // One change is met by all who are under way and counts once. A failure, or a client who left, says nothing about answers.
  const counted = former === null || (trace !== null && store.find(shelf, key) === former);
  const isTooOften = counted && credit.pay(why);
  publish("replay", { requestId: facts.requestId, outcome: isTooOften ? "rests" : why });
  if (isTooOften) store.clear(shelf);
  if (trace === null || credit.isSpent()) return answered;
  store.keep(shelf, key, trace);
  // Not `answered`, so that what is printed for this client serves the next.
  return { data: trace.data };
}
