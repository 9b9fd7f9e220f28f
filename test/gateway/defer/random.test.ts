// Random operations with @defer put in at random, over the referee's federations: the parts put together are the answer
// that one schema of everything gives whole.
import { describe, expect, it } from "@jest/globals";
import { validate } from "graphql";

import { ANONYMOUS } from "../../../gateway/gateway.ts";
import { openCompiledExecutor } from "../../../gateway/execution/execution.ts";
import { readOperation } from "../../../gateway/operation/operation.ts";
import { openPlanner } from "../../../gateway/planning/planning.ts";
import { readApiSchema } from "../../../gateway/supergraph/supergraph.ts";
import { compareAnswers } from "../../referee/compare.ts";
import { inOrderOf, putDefer, putTogether } from "../../referee/defer.ts";
import { OPEN, UNSERVED } from "../../referee/excused.ts";
import { readFacts } from "../../referee/facts.ts";
import { federationNames, readFederation, type Federation } from "../../referee/federation.ts";
import { generateOperation } from "../../referee/generate.ts";
import type { Mood } from "../../referee/model.ts";
import { createRandom } from "../../referee/random.ts";
import { askMonolith, createSend, type Served } from "../../referee/serve.ts";

/** For each federation. */
const OPERATIONS = Number(process.env["DEFER_OPERATIONS"] ?? 12);
const MOODS: readonly Omit<Mood, "seed">[] = [
  { nulls: 0, faults: 0 },
  { nulls: 0.25, faults: 0 },
  { nulls: 0.1, faults: 0.06 },
];
/** Apollo's planner, which alone knows @defer, needs minutes for some operations over them, with @defer or without. */
const SLOW = ["interface-object", "interface-object-two"];
const FEDERATIONS = federationNames().filter((name) => !SLOW.includes(name) && !(name in UNSERVED) && !(name in OPEN));

interface Played {
  readonly wrong: string[];
  readonly parts: number;
  readonly failed: number;
  /** Operations that came in one part. */
  readonly whole: number;
}

async function play(federation: Federation, seeds: readonly number[]): Promise<Played> {
  const schema = readApiSchema(federation.executableSdl);
  const facts = readFacts(federation);
  const runs = new Map<string, Served>();
  const send = createSend(federation, facts, (id) => runs.get(id) ?? fail());
  const planner = await openPlanner({ supergraphSdl: federation.executableSdl, kind: "apollo" });
  const executor = openCompiledExecutor({ schema, planner, send });
  const wrong: string[] = [];
  let [parts, failed, whole] = [0, 0, 0];
  for (const seed of seeds) {
    const asked = putDefer(generateOperation(federation.apiSchema, seed), createRandom(seed));
    const mood = { ...(MOODS[seed % MOODS.length] ?? fail()), seed: seed % 97 };
    try {
      const [problem] = validate(schema, asked.document);
      if (problem !== undefined) throw problem;
      const right = askMonolith(federation.apiSchema, { facts, mood, mutations: 0 }, asked);
      runs.set(String(seed), { facts, mood, mutations: 0, fetched: [] });
      const request = { caller: ANONYMOUS, requestId: String(seed), signal: new AbortController().signal };
      const answer = await (executor.executeInParts ?? fail())(readOperation(asked.document, null, 10_000), asked.variables, request);
      const got = await putTogether(answer);
      parts += got.parts;
      if (answer.later === undefined) whole += 1;
      // Null stops at the fragment instead of going on, so that the whole says less.
      if (got.failed) failed += 1;
      const expected = { data: right.data ?? null, errors: (right.errors ?? []).map(({ message, path = null }) => ({ message, path })) };
      const why = got.failed ? null : compareAnswers(expected, { ...got, data: inOrderOf(expected.data, got.data) });
      if (why !== null) wrong.push(`${seed}: ${why}\n${asked.text}\n${JSON.stringify(asked.variables)}\nright ${JSON.stringify(expected)}\ngot   ${JSON.stringify(got)}`);
    } catch (error) {
      wrong.push(`${seed}: ${String(error)}\n${asked.text}`);
    }
  }
  await executor.close();
  return { wrong, parts, failed, whole };
}

function fail(): never {
  throw new Error("Expected a run that is known.");
}

describe("random operations with @defer", () => {
  let [parts, failed, whole] = [0, 0, 0];
  it.each(FEDERATIONS)("give in parts what they give whole (%s)", async (name) => {
    const played = await play(readFederation(name), Array.from({ length: OPERATIONS }, (_, index) => 7_000_003 + index));
    parts += played.parts;
    failed += played.failed;
    whole += played.whole;
    expect(played.wrong).toEqual([]);
  });

  it("come in many parts, of which some fail", () => {
    const operations = FEDERATIONS.length * OPERATIONS;
    expect(parts).toBeGreaterThan(operations);
    expect(failed).toBeGreaterThan(0);
    expect(whole).toBeLessThan(operations / 2);
  });
});
