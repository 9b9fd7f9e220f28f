// Takes up a changed supergraph: when told to, and by reading its source every so often. One that cannot be served is
// refused, told of once, and changes nothing.
import { codeOf, gatewayError, messageOf, type GatewayErrorCode } from "../errors.ts";
import { publish, publishFault } from "../events.ts";
import type { SupergraphSource } from "./source.ts";

export type Renewed =
  | { readonly outcome: "unchanged" | "served" }
  | { readonly outcome: "refused"; readonly code: GatewayErrorCode; readonly reason: string };

export interface Renewal {
  /** Reads the source now, what was refused before included. Never rejects. */
  now(): Promise<Renewed>;
  /** Ends the reading, and what is being taken up is not served any more. */
  close(): Promise<void>;
}

export interface RenewalOptions {
  readonly source: SupergraphSource;
  /** The text that is served. */
  readonly text: string;
  /** 0: only when told to. */
  readonly everySeconds: number;
  /** Serves the text from now on and gives the names of its subgraphs; `isStopped` says whether it is too late for that. Rejects where it cannot be served. */
  serve(text: string, isStopped: () => boolean): Promise<readonly string[]>;
}

export function createRenewal(options: RenewalOptions): Renewal {
  const state: State = { served: options.text, refused: null, told: null, last: Promise.resolve(), timer: null, stopped: false };
  const renew = (isTold: boolean): Promise<Renewed> => {
    const renewed = state.last.then(() => takeUp(state, options, isTold));
    state.last = renewed;
    return renewed;
  };
  watch(state, options, () => renew(false));
  return {
    now: () => renew(true),
    close: async () => {
      state.stopped = true;
      clearTimeout(state.timer ?? undefined);
      await state.last;
    },
  };
}

interface State {
  served: string;
  /** The text that was refused last. */
  refused: string | null;
  /** What the operator was told last of a refusal, so that a source that stays wrong fills no log. */
  told: string | null;
  /** One after the other. */
  last: Promise<unknown>;
  timer: NodeJS.Timeout | null;
  stopped: boolean;
}

/** By reading and not by the file system's notice, which mounted folders, links and addresses do not give. */
function watch(state: State, options: RenewalOptions, renew: () => Promise<Renewed>): void {
  if (options.everySeconds === 0 || state.stopped) return;
  const next = (): void => void renew().then(() => watch(state, options, renew));
  state.timer = setTimeout(next, options.everySeconds * 1_000).unref();
}

async function takeUp(state: State, { source, serve }: RenewalOptions, isTold: boolean): Promise<Renewed> {
  if (state.stopped) return { outcome: "unchanged" };
  if (isTold) state.told = null;
  let text: string | null = null;
  try {
    text = await source.load();
    // What was refused and has not changed is refused again, unless somebody says that it is worth trying.
    if (text === state.served || (text === state.refused && !isTold)) return { outcome: "unchanged" };
    const subgraphs = await serve(text, () => state.stopped);
    state.served = text;
    state.refused = state.told = null;
    if (!state.stopped) publish("supergraph", { outcome: "served", subgraphs, code: null, reason: null });
    return { outcome: "served" };
  } catch (error) {
    state.refused = text;
    return refuse(state, error);
  }
}

function refuse(state: State, error: unknown): Renewed {
  if (codeOf(error) === null) publishFault(null, error);
  const known = codeOf(error) === null ? gatewayError("INTERNAL_SERVER_ERROR") : error;
  const [code, reason] = [codeOf(known) ?? "INTERNAL_SERVER_ERROR", messageOf(known)];
  if (state.told !== reason) publish("supergraph", { outcome: "refused", subgraphs: [], code, reason });
  state.told = reason;
  return { outcome: "refused", code, reason };
}
