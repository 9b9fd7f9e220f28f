// What is asked of one département: its priorities with their schemes, its budget of a year, its events of a period. Pure.
import { clientError } from "../kit/kit.ts";
import type { DepartmentRow, EventRow, PriorityRow, SchemeRow } from "./rows.ts";

export interface Priority extends PriorityRow {
  readonly schemes: readonly SchemeRow[];
}

/** In rank, each with its schemes. */
export function prioritiesOf({ priorities, schemes }: DepartmentRow): Priority[] {
  return [...priorities]
    .sort((one, other) => one.rank - other.rank)
    .map((priority) => ({ ...priority, schemes: schemes.filter(({ id }) => priority.schemeIds.includes(id)) }));
}

/** What the département gave to solidarities in a year; null when that is not known. */
export function socialBudgetOf({ budgets }: DepartmentRow, year: number): { amount: number; currency: "EUR" } | null {
  const budget = budgets.find((one) => one.year === year);
  return budget === undefined ? null : { amount: budget.amount, currency: "EUR" };
}

/** Oldest first; both days belong to the period. Throws BAD_USER_INPUT when it ends before it begins. */
export function eventsOf({ events }: DepartmentRow, { from, to }: { from?: string | null; to?: string | null }): EventRow[] {
  if (from != null && to != null && to < from) {
    throw clientError("BAD_USER_INPUT", `Expected \`to\` on or after \`from\` (${from}), got ${to}.`);
  }
  return events
    .filter(({ heldOn }) => (from == null || from <= heldOn) && (to == null || heldOn <= to))
    .sort((one, other) => (one.heldOn < other.heldOn ? -1 : 1));
}
