// The decision of *beneficiaries* against the second reading of the law, over worlds made up at random; and a decision
// with any one condition changed, which must then differ somewhere.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import * as calendar from "../../subgraphs/beneficiaries/calendar.ts";
import { decide } from "../../subgraphs/beneficiaries/decide.ts";
import * as retention from "../../subgraphs/beneficiaries/retention.ts";
import * as law from "../../subgraphs/law/law.ts";
import { SHARING_BASES } from "../../subgraphs/law/law.ts";
import { madeUp, nearlyAllowed, toReading, type MadeUp } from "./made-up.ts";
import { read } from "./reading.ts";
import { loadSource, mutate, readText } from "./source-mutants.ts";

type Decide = typeof decide;

const CASES = [...fc.sample(madeUp, { numRuns: 40_000, seed: 5 }), ...fc.sample(nearlyAllowed, { numRuns: 20_000, seed: 5 })];
const EXPECTED = CASES.map((facts) => {
  const { reader, file, at } = toReading(facts);
  return read(facts.category, reader, file, at);
});

/** Asked by mutations and by no decision. */
const ELSEWHERE = "return agreement.partyIds.includes(holder)";

/** Nobody can tell these from the original. */
const EQUAL: readonly string[] = [
  // Without a reason against the asker there are a standing and a purpose; the two are there for the compiler.
  'if (reason !== null || standing === null || purpose === null) return refuse(reason ?? "NOT_HABILITATED");: || 2 becomes &&',
  // As it stands in the table.
  "GROUNDS.VITAL_INTEREST: always false",
];

describe("a decision", () => {
  it("is what the law says of it, and gives the nearest reason", () => {
    const differing = CASES.flatMap((facts, index) => (told(decide, facts) === EXPECTED[index] ? [] : [{ facts, told: told(decide, facts), expected: EXPECTED[index] }]));
    expect(differing.slice(0, 1)).toEqual([]);
  });

  it("is made up often enough each way", () => {
    const counts = Object.groupBy(EXPECTED, (reading) => reading);
    for (const reason of ["yes", "NOT_HABILITATED", "PURPOSE_NOT_COVERED", "NOT_IN_MISSION", "ARCHIVED", "OPPOSED", "SECRECY_NOT_BOUND", "GRANT_EXPIRED", "NO_GRANT"]) {
      expect({ reason, enough: (counts[reason]?.length ?? 0) > 30 }).toEqual({ reason, enough: true });
    }
  });

  it("with one condition changed is another one somewhere: no mutant survives", async () => {
    const original = readText("subgraphs/beneficiaries/decide.ts");
    expect(await isKilled(original)).toBe(false);
    const mutants = mutate(original, "GROUNDS").filter(({ name }) => !name.startsWith(ELSEWHERE));
    const survivors: string[] = [];
    for (const { name, source } of mutants) if (!(await isKilled(source))) survivors.push(name);
    console.log(`decide.ts: ${mutants.length} mutants, ${survivors.length - EQUAL.length} survive (${EQUAL.length} equal the original)`);
    expect(mutants.filter(({ name }) => name.startsWith("GROUNDS."))).toHaveLength(2 * SHARING_BASES.length);
    expect(survivors).toEqual(EQUAL);
    expect(await isKilled(original)).toBe(false);
  }, 60_000);
});

async function isKilled(source: string): Promise<boolean> {
  const modules = { "../law/law.ts": law, "./calendar.ts": calendar, "./retention.ts": retention };
  const { decide: mutant } = (await loadSource(source, modules)) as { readonly decide: Decide };
  return CASES.some((facts, index) => told(mutant, facts) !== EXPECTED[index]);
}

/** The reason where it refuses; a decision that throws is none. */
function told(decider: Decide, { category, asker, file, when }: MadeUp): string {
  try {
    const decision = decider(category, asker, file, when);
    return decision.allowed ? "yes" : decision.reason;
  } catch (error) {
    return String(error);
  }
}
