// Who is told what, as rows: ids and kinds, nothing of the case. Sending them out is `telling/`'s; here their readers find them.
import { readPage, toConnection, type OrderField, type PageArgs } from "../../kit/kit.ts";
import { endangeredBeside } from "../danger.ts";
import { holderOf } from "../decide.ts";
import type { PersonRow } from "../rows.ts";
import { withholdAll, type Withholding } from "../withholding.ts";
import { readReceiver, type Acting } from "./authority.ts";
import { refusedToNull } from "./refusal.ts";
import type { NotificationRow } from "./rows.ts";
import type { NotificationQuery, Unit, WritingStore } from "./store.ts";

/** So long the person waits for the referent to know first, and no longer. */
export const PERSON_WAITS_MS = 3_600_000;

/** Whether a message may go out to the person: it may be read by somebody who endangers them. */
export function stateFor({ contact }: Pick<PersonRow, "contact">): "TO_SEND" | "HELD" {
  return contact?.safeToContact === true ? "TO_SEND" : "HELD";
}

export type Recipient = Pick<NotificationRow, "toProfessionalId" | "toPartnerId" | "toPersonId">;

const NOBODY: Recipient = { toProfessionalId: null, toPartnerId: null, toPersonId: null };

export function toPartner(toPartnerId: string): Recipient {
  return { ...NOBODY, toPartnerId };
}

export function toPerson({ _id }: Pick<PersonRow, "_id">): Recipient {
  return { ...NOBODY, toPersonId: _id };
}

/** The referents of the day, or the file's holder where there is none but who acted. */
export function toReferents(person: PersonRow, today: string, actingId: string): Recipient[] {
  const isReferent = ({ role, since, until }: PersonRow["team"][number]) =>
    (role === "LEAD" || role === "CO_LEAD") && since <= today && (until === null || today <= until);
  const referents = person.team.filter((member) => isReferent(member) && member.professionalId !== actingId);
  if (referents.length === 0) return [toPartner(holderOf(person))];
  return [...new Set(referents.map(({ professionalId }) => professionalId))].map((toProfessionalId) => ({ ...NOBODY, toProfessionalId }));
}

const NEWEST_FIRST: readonly OrderField[] = [
  { field: "at", kind: "date", direction: -1 },
  { field: "_id", kind: "string", direction: -1 },
];

export interface ListOptions extends Acting {
  readonly store: WritingStore;
  readonly now: Date;
}

/** The caller's own; of their organisation for whoever reviews. What is held back from the person is not theirs here either. */
export async function listNotifications({ store, now, ...acting }: ListOptions, args: PageArgs): Promise<Withholding<NotificationRow>> {
  const page = readPage(args, NEWEST_FIRST);
  const query = await queryFor({ store, now, ...acting });
  if (query === null) return withholdAll(toConnection<NotificationRow>(page, [], async () => 0), "NOT_HABILITATED");
  return withholdAll(toConnection(page, await store.notifications(query, page), () => store.countNotifications(query)), null);
}

async function queryFor({ store, now, ...acting }: ListOptions): Promise<NotificationQuery | null> {
  const { personId } = acting.caller;
  if (personId === null) return store.transact((unit) => readReceiver(unit, acting)).catch(refusedToNull);
  const emergencies = await store.transact((unit) => isToldOfEmergencies(unit, personId));
  return { toPersonId: personId, since: new Date(now.getTime() - PERSON_WAITS_MS), emergencies };
}

/** The danger may have begun when the message was out: the log of readings holds it back from then on, and so does this. */
async function isToldOfEmergencies(unit: Unit, personId: string): Promise<boolean> {
  const person = await unit.person(personId);
  if (person === null || person.householdId === null) return true;
  return endangeredBeside(person, await unit.home(person.householdId)).length === 0;
}
