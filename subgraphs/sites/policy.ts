// Who may read what: today the one rule that a person who asks about themself reads their own rows and nobody else's.
// What professionals may read follows with consent; their scopes are enforced by the gateway.
import type { Caller } from "../kit/kit.ts";
import type { Filter } from "./filters.ts";

/** Whether the caller may read rows of this person. */
export function mayReadPerson(caller: Caller, personId: string): boolean {
  return caller.personId === null || caller.personId === personId;
}

/** The condition that keeps a query for appointments to rows which the caller may read. */
export function appointmentScope(caller: Caller): Filter {
  return caller.personId === null ? {} : { personId: caller.personId };
}
