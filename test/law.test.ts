// docs/law.md held against the rules that the policies name, and against the tests that it names.
import { existsSync, readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";

const RULES = Array.from({ length: 19 }, (_, index) => `L${index + 1}`);

interface Row {
  readonly rule: string;
  readonly tests: readonly string[];
  readonly operator: string;
}

const ROWS: readonly Row[] = readFileSync("docs/law.md", "utf8")
  .split("\n")
  .filter((line) => /^\| L\d+ \|/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, rule = "", , , tests = "", operator = ""]) => ({ rule, tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, file]) => file ?? ""), operator }));

describe("docs/law.md", () => {
  it("lists each rule once, in order", () => {
    expect(ROWS.map(({ rule }) => rule)).toEqual(RULES);
  });

  it("names for each rule a test, or what an operator must do", () => {
    expect(ROWS.filter(({ tests, operator }) => tests.length === 0 && operator.length < 10)).toEqual([]);
  });

  it("names a test for each rule but those that only people can keep", () => {
    expect(ROWS.filter(({ tests }) => tests.length === 0).map(({ rule }) => rule)).toEqual(["L18", "L19"]);
  });

  it("names only tests that there are, and that name the rule", () => {
    const named = ROWS.flatMap(({ rule, tests }) => tests.map((file) => ({ rule, file })));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ file }) => !existsSync(file))).toEqual([]);
    expect(named.filter(({ rule, file }) => !new RegExp(`\\b${rule}\\b`).test(readFileSync(file, "utf8")))).toEqual([]);
  });

  it("leaves out no rule that a policy names", () => {
    const policies = ["beneficiaries", "services", "sites", "partners"].map((name) => readFileSync(`subgraphs/${name}/policy.ts`, "utf8"));
    const said = new Set(policies.flatMap((text) => [...text.matchAll(/\bL\d{1,2}\b/g)].map(([rule]) => rule)));
    expect([...said].filter((rule) => !RULES.includes(rule))).toEqual([]);
    expect(said.size).toBeGreaterThan(8);
  });
});
