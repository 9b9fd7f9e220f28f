// Many callers at once, for many purposes, over the real gateway with everything shared that can be: equal questions under
// way, and equal requests to subgraphs. Nobody may get an answer that is another's, or their own for another purpose (L7).
// With the purpose or the caller left out of what is compared, somebody does, and this test sees it.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { beforeAll, describe, expect, it } from "@jest/globals";

import { callerSettings, openDemoKeys } from "../../deploy/keys.ts";
import { startProcess, waitUntilUp } from "../../deploy/processes.ts";
import { freePorts } from "../harness/ports.ts";
import { openSharedStack, readLog, type StackFacts } from "../harness/stack.ts";

const INTERLEAVINGS = 1_000;
const AT_ONCE = 24;

interface Mutant {
  readonly name: string;
  readonly module: string;
  readonly from: string;
  readonly to: string;
}

const WITHOUT_PURPOSE = `({ subject: caller.subject, scopes: caller.scopes, claims: { ...caller.claims, purpose: "any" } })`;
const KEYS = [
  { name: "whole answers", module: "gateway/http/sharing.ts", call: "callerKey(caller)" },
  { name: "requests to subgraphs", module: "gateway/transport/layers/dedupe.ts", call: "callerKey(facts.caller)" },
];
const MUTANTS: readonly Mutant[] = KEYS.flatMap(({ name, module, call }) => [
  { name: `${name}, whatever the purpose`, module, from: call, to: `callerKey(((caller) => ${WITHOUT_PURPOSE})${call.slice("callerKey".length)})` },
  { name: `${name}, whoever asks`, module, from: call, to: '"anybody"' },
]);

/** Of a person whom some may read for a purpose, of one whom others may, and of one of whom few may know. */
const PEOPLE = ["b1", "b2", "b7"];
const PERSONAS = [
  "hauts-de-seine-referent",
  "calvados-social-worker",
  "ngo-referral-officer",
  "crip-professional",
  "municipality-agent",
  "data-steward",
  "person-b1",
];
const PURPOSES = [null, "SUPPORT", "REFERRAL", "EVALUATION", "CHILD_PROTECTION", "STATISTICS"];
const QUERY =
  "query ($id: ID!) { beneficiary(id: $id) { id pseudonym identity { birthName } needs { theme } referrals { id } careTeam { role } appointments { id } withheld { path reason } } }";

interface Question {
  readonly persona: string;
  readonly purpose: string | null;
  readonly id: string;
}

const QUESTIONS: readonly Question[] = PEOPLE.flatMap((id) => PERSONAS.flatMap((persona) => PURPOSES.map((purpose) => ({ persona, purpose, id }))));

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 180_000);

describe("with everything shared that can be", () => {
  it(`answers each caller for each purpose as if they were alone, in ${INTERLEAVINGS} interleavings, and does share`, async () => {
    await withGateway(null, async (url) => {
      const alone = await askAlone(url);
      expect(new Set(alone.values()).size).toBeGreaterThan(20);
      expect(await interleave(url, alone, INTERLEAVINGS)).toEqual([]);
    });
    const joins = (await readLog(stack, "interleaving")).split("\n").filter((line) => line.includes('"join"'));
    expect(joins.some((line) => line.includes('"subgraph":null'))).toBe(true);
  }, 180_000);

  it.each(MUTANTS)(
    "shows somebody what is another's as soon as it shares $name",
    async (mutant) => {
      await withGateway(mutant, async (url) => {
        // Of the one that shares as it should.
        const alone = await askAlone(url);
        expect(await interleave(url, alone, INTERLEAVINGS)).not.toEqual([]);
      });
    },
    180_000,
  );
});

async function askAlone(url: string): Promise<ReadonlyMap<Question, string>> {
  const alone = new Map<Question, string>();
  for (const question of QUESTIONS) alone.set(question, await ask(url, question));
  return alone;
}

/** Who got another answer than alone; the first few. Some ask the same at once. */
async function interleave(url: string, alone: ReadonlyMap<Question, string>, interleavings: number): Promise<string[]> {
  const next = numbers();
  for (let done = 0; done < interleavings; done += AT_ONCE - 1) {
    const one = PEOPLE[next() % PEOPLE.length];
    const about = QUESTIONS.filter(({ id }) => id === one);
    const asked = Array.from({ length: AT_ONCE }, () => about[next() % about.length]).flatMap((question) => question ?? []);
    const answers = await Promise.all(asked.map(async (question) => ({ question, answer: await ask(url, question) })));
    const wrong = answers.filter(({ question, answer }) => answer !== alone.get(question));
    if (wrong.length > 0) return wrong.slice(0, 5).map(({ question: { persona, purpose, id } }) => `${persona} for ${purpose} about ${id}`);
  }
  return [];
}

async function ask(url: string, { persona, purpose, id }: Question): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${stack.tokens[persona]}`,
      ...(purpose !== null && { "x-purpose": purpose }),
    },
    body: JSON.stringify({ query: QUERY, variables: { id } }),
  });
  return response.text();
}

/** The same at each run (a linear congruential generator of Numerical Recipes, its high bits). */
function numbers(): () => number {
  let state = 5;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 8;
}

/** A second gateway before the subgraphs of the run's stack. */
async function withGateway(mutant: Mutant | null, use: (url: string) => Promise<void>): Promise<void> {
  const [port] = await freePorts();
  const dataFolder = dirname(stack.logFolder);
  const keys = await openDemoKeys(join(dataFolder, "keys"));
  const gateway = startProcess({
    name: "interleaving",
    args: [
      ...(mutant === null ? [] : ["--import", fileURLToPath(new URL("mutant-loader.mjs", import.meta.url))]),
      ...[
        fileURLToPath(new URL("../../gateway/main.ts", import.meta.url)),
        "serve",
        "--supergraph",
        join(dataFolder, "supergraph.graphql"),
        "--port",
        String(port),
      ],
    ],
    env: {
      GATEWAY_DEDUPE: "both",
      ...callerSettings(keys),
      TEST_MUTANT: JSON.stringify(mutant ?? {}),
    },
    logFile: join(stack.logFolder, "interleaving.log"),
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    await waitUntilUp(gateway, `${url}/health/ready`);
    await use(url);
  } finally {
    await gateway.stop();
  }
}
