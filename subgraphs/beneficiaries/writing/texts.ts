// The free texts of writing: stored sealed under the data key of the person whom they are about, each bound to its row and
// field, so that they end with the file in every copy and backup (GDPR art. 17).
import { sealField, SealError, type DataKey, type KeyStore, type Place, type Sealed } from "../../sealed/sealed.ts";
import type { OpenSealed, Sealing } from "../opening.ts";
import type { EmergencyAccessRow, GrantDraft, GrantRow } from "../rows.ts";
import { notAllowed } from "./refusal.ts";
import type { DeedRow, RectificationRow } from "./rows.ts";

/** All give null once the person's key is destroyed, and throw SealError for what was changed or moved. */
export interface Texts {
  /** Why the access was opened, in the professional's words. */
  ofEmergency(row: EmergencyAccessRow): Promise<string | null>;
  commentOnEmergency(row: EmergencyAccessRow): Promise<string | null>;
  ofDeed(row: DeedRow): Promise<string | null>;
  ofRectification(row: RectificationRow): Promise<string | null>;
  /** Why it was answered so. */
  ofAnswer(row: RectificationRow): Promise<string | null>;
  /** Why the answer takes longer. */
  ofExtension(row: RectificationRow): Promise<string | null>;
  /** How the person's word is known, or the text that obliges. */
  evidenceOf(row: GrantRow): Promise<string | null>;
  /** Why the family was not informed beforehand. */
  exceptionOf(row: GrantRow): Promise<string | null>;
}

/** Throws NOT_ALLOWED about a person whose key is destroyed, SealError where it cannot be read. */
export type SealText = (text: string, of: Sealing) => Promise<Sealed>;

export const PLACES = {
  emergency: (id: string): Place => ({ collection: "emergencies", id, path: "text" }),
  comment: (id: string): Place => ({ collection: "emergencies", id, path: "review.comment" }),
  deed: (id: string): Place => ({ collection: "deeds", id, path: "text" }),
  rectification: (id: string): Place => ({ collection: "rectifications", id, path: "statement" }),
  answer: (id: string): Place => ({ collection: "rectifications", id, path: "answer.reason" }),
  extension: (id: string): Place => ({ collection: "rectifications", id, path: "extension.reason" }),
  evidence: (id: string): Place => ({ collection: "grants", id, path: "evidence" }),
  exception: (id: string): Place => ({ collection: "grants", id, path: "informedException" }),
} as const;

export function openTexts(open: OpenSealed): Texts {
  return {
    ofEmergency: ({ _id, personId, text }) => open(text, { personId, place: PLACES.emergency(_id) }),
    commentOnEmergency: ({ _id, personId, review }) => open(review?.comment ?? null, { personId, place: PLACES.comment(_id) }),
    ofDeed: ({ _id, personId, text }) => open(text, { personId, place: PLACES.deed(_id) }),
    ofRectification: ({ _id, personId, statement }) => open(statement, { personId, place: PLACES.rectification(_id) }),
    ofAnswer: ({ _id, personId, answer }) => open(answer?.reason ?? null, { personId, place: PLACES.answer(_id) }),
    ofExtension: ({ _id, personId, extension }) => open(extension?.reason ?? null, { personId, place: PLACES.extension(_id) }),
    evidenceOf: ({ _id, personId, evidence }) => open(evidence, { personId, place: PLACES.evidence(_id) }),
    exceptionOf: ({ _id, personId, informedException }) => open(informedException, { personId, place: PLACES.exception(_id) }),
  };
}

/** For the demonstration, whose people have keys. */
export function sealGrant(grant: GrantDraft, key: DataKey): GrantRow {
  const seal = (text: string | null, place: Place): Sealed | null => (text === null ? null : sealField(key, text, place));
  const { _id, evidence, informedException } = grant;
  return { ...grant, evidence: seal(evidence, PLACES.evidence(_id)), informedException: seal(informedException, PLACES.exception(_id)) };
}

/**
 * To be asked only once it is decided that the caller may write about the person: no key is made for an id that nobody has,
 * and refusals ask the keys nothing. A key is in a database of its own and no part of the transaction in which it is asked
 * for: one that is made stays whatever becomes of the write, and is found by the next.
 */
export function createTextSealer(keys: Pick<KeyStore, "load" | "make">): SealText {
  return async (text, { personId, place }) => {
    const key = (await keys.load([personId])).get(personId) ?? (await keys.make([personId])).get(personId);
    // A file whose key is destroyed has ended: what is said of it now is not kept readable either.
    if (key === undefined) throw notAllowed();
    if (key instanceof SealError) throw key;
    return sealField(key, text, place);
  };
}
