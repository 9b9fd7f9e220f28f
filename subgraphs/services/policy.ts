// Who may read which referral. Today one rule: a person who asks for themself reads what is about them and nothing else.
// The catalogue is public.
import type { Caller } from "../kit/kit.ts";

/** Which referrals a caller reads, as a filter on their rows. */
export type ReferralScope = { readonly personId?: string };

export function referralScope(caller: Caller): ReferralScope {
  return caller.personId === null ? {} : { personId: caller.personId };
}

/** Whether the caller may read what is about this person. */
export function mayReadPerson(caller: Caller, personId: string): boolean {
  return caller.personId === null || caller.personId === personId;
}
