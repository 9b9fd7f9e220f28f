// Somebody who is in danger is not to be called by whoever happens to read the file: a message could reach the person who
// endangers them (`safeToContact` false). Then only the referent has the telephone and the address to write to.
import type { Caller } from "../kit/kit.ts";
import type { Membership, PersonRow } from "./rows.ts";

type Reachable = Pick<PersonRow, "_id"> & { readonly team: readonly Membership[] } & { readonly contact: { readonly safeToContact: boolean } | null };

/** No grace for who was the referent once: whoever took over knows whether the danger goes on. */
export function mayContact({ _id, contact, team }: Reachable, { personId, professionalId, partnerId }: Pick<Caller, "personId" | "professionalId" | "partnerId">, today: string): boolean {
  if (contact === null || contact.safeToContact || personId === _id) return true;
  return team.some(
    (member) =>
      member.role === REFERENT &&
      member.professionalId === professionalId &&
      member.partnerId === partnerId &&
      member.since <= today &&
      (member.until === null || today <= member.until),
  );
}

/** Those of a home, the person aside, whom somebody endangers: it may be the person who does. */
export function endangeredBeside<Member extends Pick<PersonRow, "_id" | "contact">>({ _id }: Pick<PersonRow, "_id">, home: readonly Member[]): Member[] {
  return home.filter((member) => member._id !== _id && member.contact?.safeToContact === false);
}

/** Who helps them and not the person: that such a one looks at the person's file would tell who is helped, and where. */
export function helpersBeside({ team }: Pick<PersonRow, "team">, endangered: readonly Pick<PersonRow, "team">[]): string[] {
  const own = new Set(team.map(({ professionalId }) => professionalId));
  return endangered.flatMap((member) => member.team.map(({ professionalId }) => professionalId)).filter((id) => !own.has(id));
}

/** As *partners* calls them: the referent leads the care team. */
const REFERENT = "LEAD";
