// An operation without its @skip and @include, for given values of their variables.
import { describe, expect, it } from "@jest/globals";
import { parse, print } from "graphql";

import { readConditions, readOperation, specialise } from "../../../gateway/operation/operation.ts";

const read = (text: string) => readOperation(parse(text), null, 1_000);
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

describe("an operation with conditions", () => {
  const CASES: readonly (readonly [query: string, variables: Record<string, unknown>, expected: string])[] = [
    [`query ($x: Boolean!) { a b @include(if: $x) c @skip(if: $x) }`, { x: true }, `{ a b }`],
    [`query ($x: Boolean!) { a b @include(if: $x) c @skip(if: $x) }`, { x: false }, `{ a c }`],
    [`query ($x: Boolean = true) { a @include(if: $x) }`, {}, `{ a }`],
    [`query ($x: Boolean = true) { a @skip(if: $x) }`, { x: false }, `{ a }`],
    [`{ a @skip(if: false) @include(if: true) b @skip(if: true) }`, {}, `{ a }`],
    [`query ($x: Boolean!) { a @include(if: $x) }`, { x: false }, `{ __typename }`],
    [`query ($x: Boolean!) { a { b @include(if: $x) } }`, { x: false }, `{ a { __typename } }`],
    [`query ($x: Boolean!, $y: Int, $z: Int) { a(y: $y) b(z: $z) @include(if: $x) }`, { x: false }, `query ($y: Int) { a(y: $y) }`],
    [`query ($x: Boolean!) { ...F @include(if: $x) ...G } fragment F on T { a } fragment G on T { b ...H @skip(if: $x) } fragment H on T { c }`, { x: true }, `{ ...F ...G } fragment F on T { a } fragment G on T { b }`],
    [`query ($x: Boolean!) { ... on T @include(if: $x) { a } ... @skip(if: $x) { b @other(v: $x) } }`, { x: false }, `query ($x: Boolean!) { ... { b @other(v: $x) } }`],
    [`query ($__proto__: Boolean = true) { a @include(if: $__proto__) }`, {}, `{ a }`],
  ];

  it.each(CASES)("is another for each combination of their values: %s with %j", (query, variables, expected) => {
    expect(flat(print(specialise(read(query), variables).document))).toBe(flat(print(parse(expected))));
  });

  it("tells which variables matter", () => {
    expect(readConditions(read(`query ($b: Boolean!, $a: Boolean!, $n: Int) { x(n: $n) @skip(if: $b) ...F } fragment F on T { y @include(if: $a) @include(if: true) }`))).toEqual(["a", "b"]);
    expect(readConditions(read(`{ x @skip(if: true) }`))).toEqual([]);
    expect(readConditions(read(`query ($n: Int) { x(n: $n) }`))).toBeNull();
  });
});
