// One federation, opened once, and three ways to answer an operation on it: the monolith, which is right; the reference,
// which is the stock executor; and ours with each planner.
import type { FormattedExecutionResult } from "graphql";

import { ANONYMOUS } from "../../gateway/auth/auth.ts";
import { openCompiledExecutor, openStockExecutor, type Executor } from "../../gateway/execution/execution.ts";
import { readOperation } from "../../gateway/operation/operation.ts";
import { messageOf } from "../../gateway/errors.ts";
import { openPlanner, printPlan, type Planner, type PlanningLimits } from "../../gateway/planning/planning.ts";
import type { Send } from "../../gateway/transport/transport.ts";
import type { Answered } from "./compare.ts";
import { readFacts, type Facts } from "./facts.ts";
import type { Federation } from "./federation.ts";
import type { Asked } from "./generate.ts";
import type { Mood } from "./model.ts";
import { askMonolith, createSend, type Fetched, type Served } from "./serve.ts";

export const CONTESTANTS = ["reference", "hive", "apollo"] as const;
export type ContestantName = (typeof CONTESTANTS)[number];

export interface Contest {
  readonly federation: Federation;
  /** Those who can serve the federation. */
  readonly contestants: readonly ContestantName[];
  /** What the others say. */
  readonly refusals: ReadonlyMap<ContestantName, string>;
  right(asked: Asked, mood: Mood): Answered;
  answer(contestant: ContestantName, asked: Asked, mood: Mood): Promise<Played>;
  /** The plan of a contestant, printed. */
  explain(contestant: ContestantName, asked: Asked): Promise<string>;
  close(): Promise<void>;
}

export interface Played extends Answered {
  readonly fetched: readonly Fetched[];
}

/** More selections than a generated operation has. */
const LIMIT = 10_000;

/**
 * With `limits`, Hive's planner runs in a process of its own: it may abort the process that it is in, which takes a
 * while to start. Throws nothing: who cannot serve the federation says why in `refusals`.
 */
export async function openContest(federation: Federation, names: readonly ContestantName[] = CONTESTANTS, limits: PlanningLimits | null = null): Promise<Contest> {
  const facts = readFacts(federation);
  const runs = new Map<string, Served>();
  const send = createSend(federation, facts, (requestId) => runs.get(requestId) ?? fail(requestId));
  const contestants = new Map<ContestantName, Contestant>();
  const refusals = new Map<ContestantName, string>();
  for (const name of names) {
    try {
      contestants.set(name, await openContestant(name, { federation, send, limits }));
    } catch (error) {
      refusals.set(name, messageOf(error));
    }
  }
  const contestant = (name: ContestantName): Contestant => contestants.get(name) ?? fail(name);
  let requests = 0;
  return {
    federation,
    contestants: [...contestants.keys()],
    refusals,
    right: ({ document, variables }, mood) => toAnswered(askMonolith(federation.apiSchema, { facts, mood, mutations: 0 }, { document, variables })),
    answer: async (name, { document, variables }, mood) => {
      const requestId = String(++requests);
      const run = startRun(facts, mood);
      runs.set(requestId, run);
      const asking = { caller: ANONYMOUS, requestId, signal: new AbortController().signal };
      const answer = await contestant(name).executor.execute(readOperation(document, null, LIMIT), variables, asking);
      runs.delete(requestId);
      return { ...toAnswered(JSON.parse(JSON.stringify(answer)) as FormattedExecutionResult), fetched: run.fetched };
    },
    explain: async (name, { document }) => {
      const { planner } = contestant(name);
      return planner === null ? "(the stock executor's own)" : printPlan(await planner.plan(readOperation(document, null, LIMIT)));
    },
    close: async () => {
      for (const { executor, planner } of contestants.values()) {
        await executor.close();
        await planner?.close();
      }
    },
  };
}

interface Contestant {
  readonly executor: Executor;
  readonly planner: Planner | null;
}

interface Opening {
  readonly federation: Federation;
  readonly send: Send;
  readonly limits: PlanningLimits | null;
}

async function openContestant(name: ContestantName, { federation, send, limits }: Opening): Promise<Contestant> {
  const { executableSdl: supergraphSdl, apiSchema: schema } = federation;
  if (name === "reference") return { executor: await openStockExecutor({ supergraphSdl, send }), planner: null };
  const planner = await openPlanner({ supergraphSdl, kind: name, ...(limits !== null && name === "hive" && { limits }) });
  return { executor: openCompiledExecutor({ schema, planner, send }), planner };
}

function startRun(facts: Facts, mood: Mood): Served {
  return { facts, mood, mutations: 0, fetched: [] };
}

function toAnswered({ data = null, errors = [] }: Pick<FormattedExecutionResult, "data" | "errors">): Answered {
  return { data, errors: errors.map(({ message, path }) => ({ message, path: path ?? null })) };
}

function fail(name: string): never {
  throw new Error(`Expected a name that this contest knows, got ${name}.`);
}
