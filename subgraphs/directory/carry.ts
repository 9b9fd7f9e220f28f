// Carries the directory over: asks at once and then every so often, and hands what changed to the own database. Whatever
// goes wrong, what is there stays; and it is tried again sooner.
import type { Directory } from "./document.ts";
import { DirectoryFault, type DirectoryFaultCode } from "./fault.ts";
import type { DirectorySource } from "./source.ts";

/** The own copy of what *partners* told. */
export interface DirectoryCopy {
  /** Makes the copy equal to it, so that no reader sees half of it; false where it was equal already. */
  take(directory: Directory): Promise<boolean>;
}

export interface CarryOptions {
  readonly source: DirectorySource;
  readonly copy: DirectoryCopy;
  readonly everyMs: number;
  readonly told: (event: CarryEvent) => void;
}

export type CarryEvent =
  /** `same`: it is as it was, which is told at the start and after a failure. */
  | { readonly outcome: "changed" | "same" }
  | { readonly outcome: "failed"; readonly fault: DirectoryFaultCode; readonly reason: string; readonly since: string };

export interface Carrying {
  /** Asks now. Never rejects. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** After a failure; a longer interval waits no longer. */
const RETRY_MS = 5_000;
/** The same fault is told again after so long, and not each time. */
const REMINDER_MS = 60_000;

/** The promise settles when it was tried for the first time. */
export async function carryDirectory({ source, copy, everyMs, told }: CarryOptions): Promise<Carrying> {
  const state: State = { known: null, failingSince: null, told: null };
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  // One after the other: an older answer must not come to lie on a newer one.
  const refresh = (): Promise<void> => (running = running.then(() => carryOnce({ source, copy, told }, state)));
  const plan = (): void => {
    if (ended) return;
    timer = setTimeout(() => void refresh().then(plan), state.failingSince === null ? everyMs : Math.min(everyMs, RETRY_MS));
    timer.unref();
  };
  await refresh();
  plan();
  return {
    refresh,
    close: async () => {
      ended = true;
      clearTimeout(timer);
      await running;
    },
  };
}

interface State {
  /** The version that was taken over last. */
  known: string | null;
  failingSince: Date | null;
  told: { readonly fault: DirectoryFaultCode; readonly at: number } | null;
}

async function carryOnce({ source, copy, told }: Omit<CarryOptions, "everyMs">, state: State): Promise<void> {
  try {
    const { version, directory } = await source.read(state.known);
    const changed = directory !== null && (await store(copy, directory));
    if (changed || state.known === null || state.failingSince !== null) told({ outcome: changed ? "changed" : "same" });
    state.known = version;
    state.failingSince = null;
    state.told = null;
  } catch (error) {
    state.failingSince ??= new Date();
    const fault = error instanceof DirectoryFault ? error : new DirectoryFault("DIRECTORY_UNREACHABLE", `Cannot read the directory of partners (${error instanceof Error ? error.name : "unknown"}).`);
    if (state.told?.fault === fault.code && Date.now() - state.told.at < REMINDER_MS) return;
    state.told = { fault: fault.code, at: Date.now() };
    told({ outcome: "failed", fault: fault.code, reason: fault.message, since: state.failingSince.toISOString() });
  }
}

async function store(copy: DirectoryCopy, directory: Directory): Promise<boolean> {
  try {
    return await copy.take(directory);
  } catch (error) {
    throw new DirectoryFault("DIRECTORY_NOT_STORED", `Cannot store the directory because the database refused it (${error instanceof Error ? error.name : "unknown"}).`);
  }
}
