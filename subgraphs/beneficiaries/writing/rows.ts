// What is kept of writing beside the records themselves: that it happened, once, who must learn of it, and what stands out.
import type { Sealed } from "../../sealed/sealed.ts";

/** One mutation that was done: the same key with the same input gets the same answer. */
export interface WriteRow {
  /** Of the caller and their key, keyed, so that it tells neither. */
  readonly _id: string;
  readonly mutation: string;
  /** Of the input and its purpose, keyed. */
  readonly fingerprint: string;
  readonly personId: string;
  readonly at: Date;
  readonly answer: unknown;
}

/** What was done, by whom, on whom: for the audit, in the same transaction as the deed. Never a value of the record. */
export interface DeedRow {
  readonly _id: string;
  readonly mutation: string;
  readonly at: Date;
  readonly personId: string;
  readonly subjectId: string;
  readonly byProfessionalId: string | null;
  readonly byPartnerId: string | null;
  /** The person, where they acted themself. */
  readonly byPersonId: string | null;
  readonly purpose: string | null;
  /** Why. */
  readonly text: Sealed | null;
  /** Since when it waits to be taken into the log of readings; missing once it was. By the server's clock. */
  readonly unlogged?: Date;
}

/** What goes out: by whom it is in hand, and when it is tried next. */
export interface Sending {
  /** SENT: whoever passes messages on has it. HELD: it could reach somebody who endangers the person; the referent finds a way, until its reason ends (`telling/held.ts`). */
  readonly state: "TO_SEND" | "SENT" | "HELD";
  /** Nobody takes it before. Whoever takes it moves it on, so that one who dies with it holds it up no longer. */
  readonly nextAt: Date;
  readonly attempts: number;
  /** Of whoever took it last. */
  readonly claim: string | null;
}

export type NotificationKind = "EMERGENCY_OPENED" | "EMERGENCY_REVIEW_OVERDUE" | "RECTIFICATION_ANSWERED" | "RECTIFICATION_DONE" | "RECTIFICATION_EXTENDED";

/** Somebody to be told. Exactly one of the three `to…` is set. */
export interface NotificationRow extends Sending {
  readonly _id: string;
  readonly kind: NotificationKind;
  /** What it is about. */
  readonly subjectId: string;
  readonly personId: string;
  readonly toProfessionalId: string | null;
  readonly toPartnerId: string | null;
  readonly toPersonId: string | null;
  /** It is about what tells that a child is protected: in an organisation it is for those bound by secrecy (CASF L.226-2-2). */
  readonly secret: boolean;
  /** The referent is told before the person. */
  readonly order: 1 | 2;
  readonly at: Date;
}

export interface AlarmRow extends Sending {
  readonly _id: string;
  readonly kind: "EMERGENCY_RATE" | "EMERGENCY_NOT_JUSTIFIED";
  readonly professionalId: string;
  readonly partnerId: string;
  readonly emergencyId: string;
  readonly at: Date;
}

export interface RectificationRow {
  readonly _id: string;
  readonly personId: string;
  readonly category: string;
  /** What is wrong and what is right. */
  readonly statement: Sealed;
  /** Who answers: the file's holder. */
  readonly holderId: string;
  /** The person, where they asked themself. */
  readonly byPersonId: string | null;
  /** It tells that a child is protected: only those who protect children find it (CASF L.226-2-2). */
  readonly secret: boolean;
  readonly askedAt: Date;
  readonly dueAt: Date;
  readonly state: RectificationState;
  /** Two months more than the one of the law; missing in rows from before there were extensions. */
  readonly extension?: RectificationExtensionRow | null;
  readonly answer: RectificationAnswerRow | null;
}

export interface RectificationExtensionRow {
  readonly at: Date;
  readonly byProfessionalId: string;
  /** Why it takes longer. */
  readonly reason: Sealed;
}

export type RectificationState = "OPEN" | "DONE" | "REFUSED";

export interface RectificationAnswerRow {
  readonly at: Date;
  readonly byProfessionalId: string;
  /** Why. */
  readonly reason: Sealed | null;
}

/** When a professional opened accesses, of late. */
export interface TallyRow {
  /** The professional. */
  readonly _id: string;
  readonly openedAt: readonly Date[];
}

/** Who wants to write about a person counts it up, so that writes about one person go one after the other. */
export interface TurnRow {
  /** The person. */
  readonly _id: string;
  readonly count: number;
}
