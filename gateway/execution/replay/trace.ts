// What is kept of one run: the requests that it sent, their answers as they came, and what the client got.
import type { FetchNode } from "../../planning/planning.ts";
import type { SubgraphAnswer, SubgraphRequest } from "../../transport/transport.ts";
import { ReadyData, type Answer } from "../executor.ts";

/** Sends the request of one fetch of a plan. */
export type SendFetch = (request: SubgraphRequest, fetch: FetchNode) => Promise<SubgraphAnswer>;

/** Holds nothing of who asked. */
export interface Trace {
  /** Those that were sent. */
  readonly fetches: ReadonlyMap<FetchNode, KeptFetch>;
  readonly data: ReadyData;
  /** How much memory it takes, about. */
  readonly bytes: number;
}

export interface KeptFetch {
  readonly query: string;
  readonly body: string;
  readonly answer: Buffer;
}

export interface Recorder {
  readonly send: SendFetch;
  /** Null where the run is not one to keep: it has errors, or an answer that did not come as bytes. */
  end(answer: Answer): Trace | null;
}

/** `limit`: bytes beyond which a run is not kept. */
export function createRecorder(send: SendFetch, limit: number): Recorder {
  const state: State = { fetches: new Map(), bytes: 0, isGood: true, limit };
  return {
    send: async (request, fetch) => {
      const answer = await send(request, fetch);
      note(state, [request, fetch], answer);
      return answer;
    },
    end: (answer) => (state.isGood && answer.errors === undefined && answer.data instanceof ReadyData ? keep(state, answer.data) : null),
  };
}

interface State {
  readonly fetches: Map<FetchNode, KeptFetch>;
  bytes: number;
  isGood: boolean;
  readonly limit: number;
}

function note(state: State, [{ query, body }, fetch]: readonly [SubgraphRequest, FetchNode], { bytes }: SubgraphAnswer): void {
  if (!state.isGood) return;
  if (body === undefined || bytes === undefined || state.fetches.has(fetch)) return fail(state);
  state.fetches.set(fetch, { query, body, answer: bytes });
  state.bytes += sizeOf(body) + bytes.length;
  if (state.bytes > state.limit) fail(state);
}

function fail(state: State): void {
  state.isGood = false;
  state.fetches.clear();
}

/**
 * Bytes that came from the wire are a part of larger ones, which would be kept with them; and a text that was put together
 * takes ten times its length until somebody reads it through, which counting its bytes does. They count because
 * the body that the client gets is kept, too, by whoever prints it.
 */
function keep({ fetches, bytes }: State, data: ReadyData): Trace {
  const size = [...fetches.values()].reduce((sum, { answer }) => sum + answer.length, 0);
  const memory = Buffer.allocUnsafeSlow(size);
  let end = 0;
  const kept = [...fetches].map(([fetch, { query, body, answer }]): [FetchNode, KeptFetch] => {
    const start = end;
    end += answer.copy(memory, start);
    return [fetch, { query, body, answer: memory.subarray(start, end) }];
  });
  return { fetches: new Map(kept), data: new ReadyData(data.text, true), bytes: bytes + sizeOf(data.text) + Buffer.byteLength(data.text) };
}

/** In memory a text takes up to two bytes a character. */
function sizeOf(text: string): number {
  return text.length * 2;
}
