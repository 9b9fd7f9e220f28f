// Values against values: what an object of an answer says, field by field, against what it should say.
import type { Json } from "../harness/stack.ts";

/** Where two differ: `Identity.birthName` for an object's field. */
export interface Compared {
  readonly differing: string[];
  /** Coordinates of the leaves that were looked at. */
  readonly leaves: Set<string>;
}

/** Of `expected` every field must be in `actual`, with that value. Objects of `actual` have their `__typename`. */
export function compareValues(actual: Json, expected: Json, where: string): Compared {
  const compared: Compared = { differing: [], leaves: new Set() };
  compareObjects({ actual, expected, where }, compared);
  return compared;
}

interface Pair {
  readonly actual: Json;
  readonly expected: Json;
  readonly where: string;
}

function compareObjects({ actual, expected, where }: Pair, compared: Compared): void {
  for (const [name, value] of Object.entries(expected)) {
    if (name in actual) compareField({ actual: actual[name], expected: value, where: `${where} ${actual.__typename}.${name}` }, compared);
  }
}

function compareField({ actual, expected, where }: Pair, compared: Compared): void {
  if (isLeaf(expected) && (expected !== null || isLeaf(actual))) {
    compared.leaves.add(where.split(" ").at(-1) ?? "");
    if (!isSameLeaf(actual, expected)) compared.differing.push(where);
  } else if (actual === null || expected === null || Array.isArray(actual) !== Array.isArray(expected)) {
    if (actual !== expected) compared.differing.push(where);
  } else if (!Array.isArray(expected)) {
    if (actual.id !== undefined && expected.id !== undefined && actual.id !== expected.id) compared.differing.push(where);
    compareObjects({ actual, expected, where }, compared);
  } else compareRows({ actual, expected, where }, compared);
}

/** By their keys, in any order: how lists are ordered is the business of other tests. */
function compareRows({ actual, expected, where }: Pair, compared: Compared): void {
  if (actual.length !== expected.length) compared.differing.push(`${where} (${actual.length} rows, not ${expected.length})`);
  const rows = new Map<string | number, Json>(actual.map((row: Json, index: number) => [keyOfRow(row) ?? index, row]));
  for (const [index, row] of expected.entries()) {
    const found = rows.get(keyOfRow(row) ?? index);
    if (found === undefined) compared.differing.push(`${where} (row ${index})`);
    else compareField({ actual: found, expected: row, where }, compared);
  }
}

export function keyOfRow(row: Json): string | null {
  if (row === null || typeof row !== "object") return null;
  return row.id ?? row.beneficiary?.id ?? null;
}

export function isLeaf(value: Json): boolean {
  return Array.isArray(value) ? value.every((one) => one === null || typeof one !== "object") : value === null || typeof value !== "object";
}

/** As they are written: an answer's arrays may be of another realm than a test's. */
export function isSameLeaf(one: Json, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
