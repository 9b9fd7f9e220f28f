// Keeps an index of the log, which can be asked by person, behind the log: after each batch a little later, and from the log
// itself where it fell behind (a crash, a database that was away). The log is what counts; the index can be made anew.
import { openEntry } from "./entry.ts";
import { readLines } from "./journal.ts";
import type { Appended, ReadLog } from "./log.ts";
import { isEmpty, toReadings, type Readings } from "./readings.ts";

export interface ReadIndex {
  /** The place of the last entry of this log that it has; -1 without any. */
  last(origin: string): Promise<number>;
  /** In the log's order; what it has already changes nothing. */
  add(origin: string, readings: Readings): Promise<void>;
  /** What this log said of a person. */
  forget(origin: string, personId: string): Promise<void>;
  /** What was read before this day, `YYYY-MM-DD`, at whichever log; missing where the index is elsewhere. */
  purge?(oldest: string): Promise<void>;
}

export interface Follower {
  /** Settles when the index has all that was acknowledged, or could not be written. */
  settle(): Promise<void>;
  /** For a person whose key was destroyed: nothing of them is in the index, nor comes back. Rejects where it may. */
  forget(personId: string): Promise<void>;
  stop(): Promise<void>;
}

/** `told` hears of an index that cannot be written, once until it can; it is tried again. */
export function followLog(log: ReadLog, index: ReadIndex, told: (error: unknown) => void): Follower {
  const state: State = { log, index, told, pending: [], isBehind: true, failures: 0, busy: Promise.resolve(), timer: null };
  log.listen((appended) => {
    if (state.isBehind) return;
    state.pending.push(appended);
    if (state.pending.length > MOST_PENDING) fallBehind(state);
    state.timer ??= setTimeout(() => void settle(state), DELAY_MS).unref();
  });
  void settle(state);
  return {
    settle: () => settle(state),
    forget: async (personId) => {
      await settle(state);
      await index.forget(log.origin, personId);
    },
    stop: async () => {
      await settle(state);
      if (state.timer !== null) clearTimeout(state.timer);
    },
  };
}

/** A person does not wait for it, and each write costs as much as a reading does: so they are few. */
const DELAY_MS = 3_000;
/** Twice as long after each failure, up to the longest. */
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 4_000;
const MOST_PENDING = 20_000;
const PORTION = 500;

interface State {
  readonly log: ReadLog;
  readonly index: ReadIndex;
  readonly told: (error: unknown) => void;
  pending: Appended[];
  /** Entries are taken from the log and not from memory. */
  isBehind: boolean;
  /** One after the other. */
  failures: number;
  busy: Promise<void>;
  timer: NodeJS.Timeout | null;
}

function settle(state: State): Promise<void> {
  state.busy = state.busy.then(() => write(state));
  return state.busy;
}

async function write(state: State): Promise<void> {
  if (state.timer !== null) clearTimeout(state.timer);
  state.timer = null;
  try {
    if (state.isBehind) await catchUp(state);
    const batch = state.pending;
    state.pending = [];
    await add(state, batch);
    state.failures = 0;
  } catch (error) {
    if (state.failures === 0) state.told(error);
    fallBehind(state);
    const wait = Math.min(RETRY_MS * 2 ** state.failures, LONGEST_RETRY_MS);
    state.failures += 1;
    state.timer = setTimeout(() => void settle(state), wait).unref();
  }
}

async function add({ index, log }: State, appended: readonly Appended[]): Promise<void> {
  const readings = toReadings(appended);
  if (!isEmpty(readings)) await index.add(log.origin, readings);
}

function fallBehind(state: State): void {
  state.isBehind = true;
  state.pending = [];
}

async function catchUp(state: State): Promise<void> {
  const { log, index } = state;
  // From here on entries come to memory too; those that are read twice change nothing.
  state.isBehind = false;
  let portion: Appended[] = [];
  for await (const line of readLines(log.folder, (await index.last(log.origin)) + 1)) {
    const entry = line.x === null ? null : openEntry(line, line.k === null ? null : (log.keys.keyNamed(line.k) ?? null));
    if (entry !== null) portion.push({ place: line.i, entry });
    if (portion.length === PORTION) {
      await add(state, portion);
      portion = [];
    }
  }
  await add(state, portion);
}
