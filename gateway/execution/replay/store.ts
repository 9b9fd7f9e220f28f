// The traces that are kept: so many bytes of all plans together, each for so long after it was last found true. In memory only.
import type { Trace } from "./trace.ts";

export interface StoreOptions {
  readonly bytes: number;
  readonly seconds: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

/** The traces of one plan, by what the client's variables are. */
export type Shelf = Map<string, Entry>;

export interface Entry {
  readonly shelf: Shelf;
  readonly key: string;
  readonly trace: Trace;
  readonly bytes: number;
  usedAt: number;
}

export interface Store {
  find(shelf: Shelf, key: string): Trace | null;
  /** The trace has just been found true; it may be gone by now. */
  use(shelf: Shelf, key: string): void;
  /** In the stead of any other under this key. */
  keep(shelf: Shelf, key: string, trace: Trace): void;
  clear(shelf: Shelf): void;
  /** Forgets what is too old. */
  sweep(): void;
  /** Forgets everything. */
  close(): void;
  facts(): { readonly traces: number; readonly bytes: number };
}

/** What a trace takes beside its own bytes. */
const OVERHEAD = 1_000;

export function createStore(options: StoreOptions): Store {
  const state: State = { entries: new Set(), bytes: 0 };
  return {
    find: (shelf, key) => {
      const entry = shelf.get(key);
      if (entry === undefined) return null;
      if (!isOld(entry, options)) return entry.trace;
      drop(state, entry);
      return null;
    },
    use: (shelf, key) => {
      const entry = shelf.get(key);
      if (entry !== undefined) refresh(state, entry, options);
    },
    keep: (shelf, key, trace) => keep(state, options, { shelf, key, trace, bytes: trace.bytes + key.length * 2 + OVERHEAD, usedAt: options.now() }),
    clear: (shelf) => [...shelf.values()].forEach((entry) => drop(state, entry)),
    sweep: () => sweep(state, options),
    close: () => state.entries.forEach((entry) => drop(state, entry)),
    facts: () => ({ traces: state.entries.size, bytes: state.bytes }),
  };
}

interface State {
  /** Least recently used first. */
  readonly entries: Set<Entry>;
  bytes: number;
}

function refresh(state: State, entry: Entry, { now }: StoreOptions): void {
  entry.usedAt = now();
  state.entries.delete(entry);
  state.entries.add(entry);
}

function keep(state: State, { bytes }: StoreOptions, entry: Entry): void {
  const { shelf, key } = entry;
  const former = shelf.get(key);
  if (former !== undefined) drop(state, former);
  if (entry.bytes > bytes) return;
  shelf.set(key, entry);
  state.entries.add(entry);
  state.bytes += entry.bytes;
  for (const oldest of state.entries) {
    if (state.bytes <= bytes) return;
    drop(state, oldest);
  }
}

function drop(state: State, entry: Entry): void {
  if (!state.entries.delete(entry)) return;
  state.bytes -= entry.bytes;
  entry.shelf.delete(entry.key);
}

function sweep(state: State, options: StoreOptions): void {
  for (const entry of state.entries) {
    if (!isOld(entry, options)) return;
    drop(state, entry);
  }
}

function isOld({ usedAt }: Entry, { seconds, now }: StoreOptions): boolean {
  return now() - usedAt > seconds * 1_000;
}
