// Starts all fetches of a plan with deferred parts, each as soon as those are done that it depends on.
import type { GraphQLFormattedError } from "graphql";

import type { CompiledPlan } from "./compile.ts";
import type { ErrorPath, Run } from "./run.ts";

/** The fetches of one deferred fragment. */
export interface Job {
  /** With errors of its own; the tree and the limits are those of all. */
  readonly run: Run;
  /** Never rejects. */
  readonly done: Promise<void>;
}

/** `first` never rejects. Jobs by their label in the operation that was planned; a fragment may have none. */
export function startJobs(plan: CompiledPlan, run: Run): { readonly first: Promise<void>; readonly jobs: ReadonlyMap<string, Job> } {
  const latches = createLatches([...plan.ids, ...plan.deferred.flatMap(({ ids }) => ids)]);
  const arrived = latches.arrive;
  const jobs = new Map<string, Job>();
  for (const { label, depends, run: task, ids } of plan.deferred) {
    const errors: GraphQLFormattedError[] = [];
    const explained: ErrorPath[] = [];
    const own: Run = { ...run, errors, explained, arrived };
    const done = Promise.all(depends.map(latches.wait)).then(() => task(own)).then(() => latches.settle(ids));
    jobs.set(label, { run: own, done });
  }
  const first = plan.run({ ...run, arrived }).then(() => latches.settle(plan.ids));
  return { first, jobs };
}

interface Latches {
  readonly wait: (id: string) => Promise<void>;
  /** A fetch of this id is done. */
  readonly arrive: (id: string) => void;
  /** None of these is still to come, whether it was made or not. */
  readonly settle: (ids: readonly string[]) => void;
}

/** Several fetches may have one id, where one became several. */
function createLatches(ids: readonly string[]): Latches {
  const latches = new Map<string, { readonly opened: Promise<void>; readonly open: () => void; left: number }>();
  for (const id of ids) {
    const known = latches.get(id);
    if (known !== undefined) {
      known.left += 1;
      continue;
    }
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    latches.set(id, { opened, open, left: 1 });
  }
  return {
    wait: async (id) => latches.get(id)?.opened,
    arrive: (id) => {
      const latch = latches.get(id);
      if (latch === undefined) return;
      latch.left -= 1;
      if (latch.left <= 0) latch.open();
    },
    settle: (settled) => {
      for (const id of settled) latches.get(id)?.open();
    },
  };
}
