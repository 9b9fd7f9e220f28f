// When a convention holds: pure rules over days, so that "in force on that day" means the same everywhere.
import { clientError, dayInFrance, readReferenceKey } from "../kit/kit.ts";
import type { AgreementRow } from "./rows.ts";

export type AgreementStatus = "DRAFT" | "IN_FORCE" | "SUSPENDED" | "ENDED";

/** How the agreement stands on a day, `YYYY-MM-DD`. Its first and its last day both count as in force. */
export function statusOn(agreement: AgreementRow, day: string): AgreementStatus {
  const { validFrom, validTo, suspensions } = agreement;
  if (day < validFrom) return "DRAFT";
  if (validTo !== undefined && day > validTo) return "ENDED";
  const suspended = suspensions.some(({ from, until }) => from <= day && (until === undefined || day <= until));
  return suspended ? "SUSPENDED" : "IN_FORCE";
}

/** A transfer of data from one partner to another on a day. */
export interface Transfer {
  readonly senderId: string;
  readonly receiverId: string;
  readonly day: string;
}

/** What `@requires` brings along, as JSON: services' word on who sent what to whom, and when. */
export interface ReferralReference {
  readonly sender?: object | null;
  readonly receiver?: object | null;
  readonly createdAt?: unknown;
}

/** Null when one end is not known, or both are one: nothing then covers the transfer. Throws BAD_USER_INPUT for keys that are no text. */
export function readTransfer({ sender, receiver, createdAt }: ReferralReference): Transfer | null {
  if (sender == null || receiver == null) return null;
  const instant = new Date(typeof createdAt === "string" ? createdAt : Number.NaN);
  if (Number.isNaN(instant.getTime())) {
    throw clientError("BAD_USER_INPUT", "Expected `createdAt` of a representation as an ISO 8601 instant, got something else.");
  }
  const [senderId, receiverId] = [readReferenceKey(sender, "id"), readReferenceKey(receiver, "id")];
  return senderId === receiverId ? null : { senderId, receiverId, day: dayInFrance(instant) };
}

/** The agreement that covers a transfer: both are parties and it is in force that day. Of several, the youngest. */
export function agreementFor(transfer: Transfer, agreements: readonly AgreementRow[]): AgreementRow | null {
  const { senderId, receiverId, day } = transfer;
  const covering = agreements.filter(
    (agreement) =>
      agreement.partyIds.includes(senderId) && agreement.partyIds.includes(receiverId) && statusOn(agreement, day) === "IN_FORCE",
  );
  return covering.sort(byAge).at(-1) ?? null;
}

/** Oldest first; the id decides between equals, so that the answer is always the same. */
export function byAge(one: AgreementRow, other: AgreementRow): number {
  return compare(one.validFrom, other.validFrom) || compare(one._id, other._id);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
