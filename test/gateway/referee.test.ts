// The referee's short round: 500 random operations of a fixed seed over all federations, and every operation that was ever
// answered wrong. The long round is a command: `node test/referee/main.ts --operations 10000 --seed S`.
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";

import { readCases } from "../referee/cases.ts";
import { openContest, type ContestantName } from "../referee/contest.ts";
import { EXCUSED, OPEN, UNSERVED } from "../referee/excused.ts";
import { federationNames, readFederation } from "../referee/federation.ts";
import { judge, runRound } from "../referee/referee.ts";

const OURS: readonly ContestantName[] = ["hive", "apollo"];

describe("random operations", () => {
  it("are answered by the compiled engine as by one schema of everything, with either planner", async () => {
    const { scores, differences, refusals } = await runRound({ operations: 500, seed: 4, contestants: OURS });
    expect(differences.filter(({ federation }) => !(federation in OPEN))).toEqual([]);
    expect(Object.keys(scores).sort()).toEqual([...OURS].sort());
    expect(refusals).toEqual([]);
  }, 120_000);

  it.each(Object.keys(UNSERVED))("are not played over %s, which nobody takes up, and each says so", async (federation) => {
    const contest = await openContest(readFederation(federation), ["reference", ...OURS]);
    expect([...contest.refusals.keys()].sort()).toEqual(["apollo", "hive", "reference"]);
    await contest.close();
  });

  it("run over at least 40 federations", () => {
    expect(federationNames().length).toBeGreaterThanOrEqual(40);
  });
});

describe("an operation that was answered wrong once", () => {
  const cases = readCases().filter(({ federation }) => !(federation in OPEN));
  for (const federation of new Set(cases.map((one) => one.federation))) {
    it(`is answered right now (${federation})`, async () => {
      const contest = await openContest(readFederation(federation), OURS);
      const wrong: string[] = [];
      for (const { name, operation, variables, mood } of cases.filter((one) => one.federation === federation)) {
        const asked = { text: operation, document: parse(operation, { noLocation: true }), variables };
        for (const contestant of contest.contestants) {
          const why = await judge(contest, contestant, asked, mood);
          if (why !== null) wrong.push(`${name} with ${contestant}: ${why}`);
        }
      }
      await contest.close();
      expect(wrong).toEqual([]);
    });
  }
});

describe("an excused case", () => {
  it("is one that the reference still answers wrong, so that the list does not outlive its reasons", async () => {
    const right: string[] = [];
    for (const { federation, operation, variables, mood } of EXCUSED) {
      const contest = await openContest(readFederation(federation), ["reference"]);
      const asked = { text: operation, document: parse(operation, { noLocation: true }), variables };
      if (contest.contestants.length > 0 && (await judge(contest, "reference", asked, mood)) === null) right.push(`${federation}: ${operation}`);
      await contest.close();
    }
    expect(right).toEqual([]);
  }, 60_000);
});
