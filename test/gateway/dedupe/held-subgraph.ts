// A subgraph that keeps its askers waiting until the test says so, and counts those who hang up.
import { listen } from "../../../gateway/events.ts";
import type { Federation, Misbehaviour, TestServer } from "../core/federation.ts";

export interface Hold {
  /** How many have asked so far. */
  readonly asked: number;
  /** How many hung up while they waited. */
  readonly left: number;
  /** Settles when so many have asked in all. */
  arrived(count: number): Promise<void>;
  /** Answers those who wait, and from now on at once; by `how` when given. */
  release(how?: Misbehaviour): void;
}

export function hold(server: TestServer): Hold {
  const { promise: gate, resolve: open } = Promise.withResolvers<Misbehaviour>();
  const state = { asked: 0, left: 0 };
  server.misbehave(async (response) => {
    state.asked += 1;
    response.once("close", () => {
      if (!response.writableFinished) state.left += 1;
    });
    return (await gate)(response);
  });
  return {
    get asked() {
      return state.asked;
    },
    get left() {
      return state.left;
    },
    arrived: (count) => until(() => state.asked >= count),
    release: (how = () => false) => open(how),
  };
}

export function serverOf({ servers }: Pick<Federation, "servers">, name: string): TestServer {
  const server = servers[name];
  if (server === undefined) throw new RangeError(`Expected one of ${Object.keys(servers).join(", ")}, got ${name}.`);
  return server;
}

export interface Joins {
  /** Settles when so many have joined what others had begun. */
  counted(count: number): Promise<void>;
  readonly told: readonly { readonly requestId: string; readonly leader: string; readonly subgraph: string | null }[];
  end(): void;
}

/** Hears of whatever joins another, from now on. */
export function hearJoins(): Joins {
  const told: Joins["told"][number][] = [];
  const end = listen("join", (facts) => void told.push(facts));
  return { told, end, counted: (count) => until(() => told.length >= count) };
}

/** Fails after five seconds. */
export async function until(isTrue: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error("Expected it to come true within five seconds.");
    await pause(2);
  }
}

/** Long enough for whatever is on its way to arrive. */
export function pause(ms = 40): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
