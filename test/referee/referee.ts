// The referee: random operations over every federation, each answered by the contestants and by the monolith, which is
// right. What differs is made small and told.
import type { PlanningLimits } from "../../gateway/planning/planning.ts";
import { compareAnswers, type Answered } from "./compare.ts";
import { openContest, type Contest, type ContestantName } from "./contest.ts";
import { UNSERVED } from "./excused.ts";
import { federationNames, readFederation } from "./federation.ts";
import { generateOperation, type Asked } from "./generate.ts";
import { minimise } from "./minimise.ts";
import type { Mood } from "./model.ts";

export interface Round {
  readonly operations: number;
  readonly seed: number;
  /** All that somebody serves where it is left out. */
  readonly federations?: readonly string[];
  readonly contestants?: readonly ContestantName[];
  /** So many differences of a contestant are made small for each federation. */
  readonly detailed?: number;
  readonly limits?: PlanningLimits;
}

export interface Outcome {
  readonly operations: number;
  readonly scores: Readonly<Record<string, Score>>;
  readonly differences: readonly Difference[];
  /** Sentences about contestants who cannot serve a federation. */
  readonly refusals: readonly string[];
}

export interface Score {
  equal: number;
  wrong: number;
  /** Federation → operations answered wrong there. */
  readonly wrongIn: Map<string, number>;
  /** Requests to subgraphs, all operations together. */
  requests: number;
}

/** An operation that a contestant answers wrong; what is kept in `cases/`. */
export interface Difference {
  readonly federation: string;
  readonly contestant: ContestantName;
  readonly mood: Mood;
  readonly operation: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly why: string;
}

const CALM: Omit<Mood, "seed"> = { nulls: 0, faults: 0 };
/** Without trouble; with nulls; with nulls and failures. */
const MOODS: readonly Omit<Mood, "seed">[] = [
  CALM,
  { nulls: 0.25, faults: 0 },
  { nulls: 0.1, faults: 0.06 },
];

/** Operations go round the federations, so that each gets the same number of them. */
export async function runRound(round: Round): Promise<Outcome> {
  const names = round.federations ?? federationNames().filter((name) => !(name in UNSERVED));
  const scores: Record<string, Score> = {};
  const differences: Difference[] = [];
  const refusals: string[] = [];
  for (const [place, name] of names.entries()) {
    const contest = await openContest(readFederation(name), round.contestants, round.limits);
    for (const [contestant, reason] of contest.refusals) refusals.push(`${contestant} cannot serve ${name}: ${reason.split("\n", 2).join(" ")}`);
    const mine = { contest, scores, differences, detailed: round.detailed ?? 1 };
    for (let index = place; index < round.operations; index += names.length) {
      await playOne(mine, round.seed * 1_000_003 + index, MOODS[Math.floor(index / names.length) % MOODS.length] ?? CALM);
    }
    await contest.close();
  }
  return { operations: round.operations, scores, differences, refusals };
}

/** What a contestant answers wrong, as a sentence; null where it is right. */
export async function judge(contest: Contest, contestant: ContestantName, asked: Asked, mood: Mood): Promise<string | null> {
  const right = contest.right(asked, mood);
  return compareAnswers(right, await contest.answer(contestant, asked, mood));
}

/** A difference as a reader needs it: operation, plan and all answers. */
export async function describeDifference(contest: Contest, difference: Difference, asked: Asked): Promise<string> {
  const { mood, contestant } = difference;
  const lines = [`${difference.federation} · ${contestant}: ${difference.why}`, asked.text, `variables ${JSON.stringify(asked.variables)} mood ${JSON.stringify(mood)}`];
  lines.push(await contest.explain(contestant, asked).catch(String), `right      ${printAnswer(contest.right(asked, mood))}`);
  for (const name of contest.contestants) {
    const answer = await contest.answer(name, asked, mood);
    lines.push(`${name.padEnd(10)} ${printAnswer(answer)}`);
    if (name === contestant) lines.push(...answer.fetched.map(({ subgraph, query, variables }) => `  → ${subgraph} ${query.replace(/\s+/g, " ")} ${JSON.stringify(variables)}`));
  }
  return lines.join("\n");
}

interface Playing {
  readonly contest: Contest;
  readonly scores: Record<string, Score>;
  readonly differences: Difference[];
  readonly detailed: number;
}

async function playOne({ contest, scores, differences, detailed }: Playing, seed: number, temper: Omit<Mood, "seed">): Promise<void> {
  const asked = generateOperation(contest.federation.apiSchema, seed);
  const mood = { ...temper, seed: seed % 97 };
  const right = contest.right(asked, mood);
  for (const contestant of contest.contestants) {
    const score = (scores[contestant] ??= { equal: 0, wrong: 0, wrongIn: new Map(), requests: 0 });
    const answer = await contest.answer(contestant, asked, mood);
    score.requests += answer.fetched.length;
    const why = compareAnswers(right, answer);
    if (why === null) {
      score.equal += 1;
      continue;
    }
    score.wrong += 1;
    const { name } = contest.federation;
    const before = score.wrongIn.get(name) ?? 0;
    score.wrongIn.set(name, before + 1);
    if (before < detailed) differences.push(await makeSmall(contest, contestant, { asked, mood, why }));
  }
}

async function makeSmall(contest: Contest, contestant: ContestantName, found: { readonly asked: Asked; readonly mood: Mood; readonly why: string }): Promise<Difference> {
  const { mood } = found;
  const small = await minimise(contest.federation.apiSchema, found.asked, async (asked) => (await judge(contest, contestant, asked, mood)) !== null);
  const why = (await judge(contest, contestant, small, mood)) ?? found.why;
  return { federation: contest.federation.name, contestant, mood, operation: small.text, variables: small.variables, why };
}

function printAnswer({ data, errors }: Answered): string {
  return JSON.stringify({ data, ...(errors.length > 0 && { errors }) });
}
