// Reads the texts that are stored sealed, each where it stands.
import type { EmergencyAccessRow } from "../rows.ts";
import type { DeedRow, RectificationRow } from "./rows.ts";
import type { Sealing } from "./sealing.ts";

/** All throw for what was changed or moved. */
export interface Texts {
  /** Why the access was opened, in the professional's words. */
  ofEmergency(row: EmergencyAccessRow): string;
  commentOnEmergency(row: EmergencyAccessRow): string | null;
  ofDeed(row: Pick<DeedRow, "subjectId" | "text">): string | null;
  ofRectification(row: RectificationRow): string;
  /** Why it was answered so. */
  ofAnswer(row: RectificationRow): string | null;
}

export const PLACES = {
  emergency: (id: string) => `emergencies/${id}/text`,
  comment: (id: string) => `emergencies/${id}/review/comment`,
  deed: (subjectId: string) => `deeds/${subjectId}/text`,
  rectification: (id: string) => `rectifications/${id}/statement`,
  answer: (id: string) => `rectifications/${id}/answer/reason`,
} as const;

export function openTexts({ unseal }: Sealing): Texts {
  return {
    ofEmergency: ({ _id, text }) => unseal(text, PLACES.emergency(_id)),
    commentOnEmergency: ({ _id, review }) => (review?.comment == null ? null : unseal(review.comment, PLACES.comment(_id))),
    ofDeed: ({ subjectId, text }) => (text === null ? null : unseal(text, PLACES.deed(subjectId))),
    ofRectification: ({ _id, statement }) => unseal(statement, PLACES.rectification(_id)),
    ofAnswer: ({ _id, answer }) => (answer?.reason == null ? null : unseal(answer.reason, PLACES.answer(_id))),
  };
}
