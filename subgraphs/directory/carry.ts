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

/** After a failure, and twice as long after each further one: a huge directory that is wrong is read as a whole each time. */
const RETRY_MS = 5_000;
/** The same fault is told again after so long, whatever other faults come in between. */
const REMINDER_MS = 3_600_000;

/** The promise settles when it was tried for the first time. */
export async function carryDirectory({ source, copy, everyMs, told }: CarryOptions): Promise<Carrying> {
  const state: State = { known: null, failures: 0, failingSince: null, told: new Map() };
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  // One after the other: an older answer must not come to lie on a newer one.
  const refresh = (): Promise<void> => (running = running.then(() => carryOnce({ source, copy, told }, state)));
  const plan = (): void => {
    if (ended) return;
    const retryMs = RETRY_MS * 2 ** (state.failures - 1);
    timer = setTimeout(() => void refresh().then(plan), state.failures === 0 ? everyMs : Math.min(everyMs, retryMs));
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
  /** One after the other. */
  failures: number;
  failingSince: Date | null;
  /** When which fault was told last, since it fails. */
  readonly told: Map<DirectoryFaultCode, number>;
}

async function carryOnce({ source, copy, told }: Omit<CarryOptions, "everyMs">, state: State): Promise<void> {
  try {
    const { version, directory } = await source.read(state.known);
    const changed = directory !== null && (await store(copy, directory));
    if (changed || state.known === null || state.failingSince !== null) told({ outcome: changed ? "changed" : "same" });
    state.known = version;
    state.failures = 0;
    state.failingSince = null;
    state.told.clear();
  } catch (error) {
    state.failures += 1;
    state.failingSince ??= new Date();
    const fault = error instanceof DirectoryFault ? error : new DirectoryFault("DIRECTORY_UNREACHABLE", `Cannot read the directory of partners (${error instanceof Error ? error.name : "unknown"}).`);
    if (Date.now() - (state.told.get(fault.code) ?? -Infinity) < REMINDER_MS) return;
    state.told.set(fault.code, Date.now());
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
