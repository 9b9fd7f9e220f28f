// Whether a caller meets what a field requires.
import type { Requirement } from "../supergraph/supergraph.ts";
import type { Caller } from "./caller.ts";

/** Whether a caller has been granted a policy of @policy, for embedders that decide so; without one nobody has. */
export type GrantsPolicy = (policy: string, caller: Caller) => boolean;

export function meets(caller: Caller, requirement: Requirement, grantsPolicy: GrantsPolicy): boolean {
  if (requirement.kind === "authenticated") return caller.subject !== null;
  const isHeld = requirement.kind === "scopes" ? (name: string) => caller.scopes.has(name) : (name: string) => grantsPolicy(name, caller);
  return requirement.anyOf.some((names) => names.every(isHeld));
}

/** The end of "Cannot read X because …". */
export function printReason(requirement: Requirement): string {
  if (requirement.kind === "authenticated") return "the caller is not authenticated";
  if (requirement.kind === "policies") return "no policy allows it to the caller";
  const alternatives = requirement.anyOf.filter((names) => names.length > 0).map((names) => names.join(" and "));
  return alternatives.length === 0 ? "nobody may read it" : `the caller's token lacks the scope ${alternatives.join(", or ")}`;
}
