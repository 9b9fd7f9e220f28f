// node test/referee/main.ts --operations N --seed S [--federation NAME] [--engine compiled|reference] [--planner hive|apollo] [--keep]
// Prints how many operations each contestant answered right, and each kind of wrong answer once for each federation.
import { parseArgs } from "node:util";

import { parse } from "graphql";

import { keepCase } from "./cases.ts";
import { openContest, type ContestantName } from "./contest.ts";
import { OPEN, UNSERVED } from "./excused.ts";
import { readFederation } from "./federation.ts";
import { describeDifference, runRound, type Outcome } from "./referee.ts";

const { values } = parseArgs({
  options: {
    operations: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    federation: { type: "string" },
    engine: { type: "string" },
    planner: { type: "string" },
    // So many wrong answers of each contestant are made small and printed for each federation.
    detailed: { type: "string", default: "1" },
    // Wrong answers of ours are kept in cases/.
    keep: { type: "boolean", default: false },
  },
});

const LIMITS = { ms: 10_000, megabytes: 512 };

// Processes of planners alone do not keep this one alive.
const alive = setInterval(() => {}, 60_000);
const contestants = chooseContestants(values.engine, values.planner);
const began = performance.now();
const outcome = await runRound({
  operations: Number(values.operations),
  seed: Number(values.seed),
  contestants,
  detailed: Number(values.detailed),
  limits: LIMITS,
  ...(values.federation !== undefined && { federations: values.federation.split(",") }),
});
await printDifferences(outcome);
if (values.keep) for (const difference of outcome.differences) if (difference.contestant !== "reference") keepCase(difference);
printScores(outcome, performance.now() - began);
clearInterval(alive);
process.exitCode = isExcused(outcome) ? 0 : 1;

function chooseContestants(engine: string | undefined, planner: string | undefined): readonly ContestantName[] {
  const compiled: readonly ContestantName[] = planner === "hive" || planner === "apollo" ? [planner] : ["hive", "apollo"];
  if (engine === "reference") return ["reference"];
  return engine === "compiled" ? compiled : ["reference", ...compiled];
}

/** The reference may be wrong; ours may be where a sentence in `excused.ts` says so. */
function isExcused({ scores }: Outcome): boolean {
  return Object.entries(scores).every(([name, { wrongIn }]) => name === "reference" || [...wrongIn.keys()].every((federation) => federation in OPEN));
}

async function printDifferences({ differences }: Outcome): Promise<void> {
  for (const difference of differences) {
    const contest = await openContest(readFederation(difference.federation), contestants, LIMITS);
    const asked = { text: difference.operation, document: parse(difference.operation, { noLocation: true }), variables: difference.variables };
    console.log(`${await describeDifference(contest, difference, asked)}\n`);
    await contest.close();
  }
}

function printScores({ operations, scores, refusals }: Outcome, milliseconds: number): void {
  for (const refusal of refusals) console.log(refusal);
  for (const [federation, why] of Object.entries(UNSERVED)) if (values.federation === undefined) console.log(`not played: ${federation}. ${why}`);
  for (const [federation, why] of Object.entries(OPEN)) if (wrongOfOurs(scores).has(federation)) console.log(`excused: ${federation}. ${why}`);
  for (const [name, { equal, wrong, wrongIn, requests }] of Object.entries(scores)) {
    const where = [...wrongIn].map(([federation, count]) => `${federation} ${count}`).join(", ");
    console.log(`${name.padEnd(10)} ${equal} of ${equal + wrong} right, ${wrong} wrong${where === "" ? "" : ` (${where})`}; ${requests} requests to subgraphs${unplayed(operations - equal - wrong)}`);
  }
  console.log(`${(milliseconds / 1000).toFixed(1)} s`);
}

function wrongOfOurs(scores: Outcome["scores"]): ReadonlySet<string> {
  return new Set(Object.entries(scores).flatMap(([name, { wrongIn }]) => (name === "reference" ? [] : [...wrongIn.keys()])));
}

function unplayed(count: number): string {
  return count === 0 ? "" : `; ${count} of ${values.operations} not played, in federations that it cannot serve`;
}
