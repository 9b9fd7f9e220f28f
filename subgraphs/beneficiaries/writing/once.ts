// Does a write once, however often and from wherever it is asked for: the record of the write and the write itself are one
// transaction, so that a process that dies in between leaves both or neither.
import type { Caller } from "../../kit/kit.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { notAllowed, WriteRefused } from "./refusal.ts";
import type { WriteRow } from "./rows.ts";
import type { Unit, WritingStore } from "./store.ts";
import { PLACES, type SealText } from "./texts.ts";

export interface OnceOptions {
  readonly store: WritingStore;
  readonly fingerprint: Fingerprint;
  readonly seal: SealText;
  readonly caller: Caller;
  readonly now: Date;
}

export interface Work<Answer, Right> {
  readonly mutation: string;
  readonly idempotencyKey: string;
  readonly input: unknown;
  /** Whether the caller may do this: decided before it is done, and anew whenever it is asked for again. Throws WriteRefused. */
  readonly may: (unit: Unit) => Promise<Right>;
  /** May run more than once, each time in a transaction of its own of which one stays. Throws WriteRefused. */
  readonly run: (unit: Unit, right: Right) => Promise<Done<Answer>>;
}

export interface Done<Answer> {
  readonly personId: string;
  readonly subjectId: string;
  /** Why; the deed keeps it sealed. */
  readonly text?: string | null;
  readonly answer: Answer;
}

const LONGEST_KEY = 200;
/** Two writers that create the same row at once; one of them begins again. */
const ATTEMPTS = 5;
const DUPLICATE_KEY = 11_000;

/**
 * The answer of this write, or of the same one that was done before: to who may still do it, since the answer tells what is
 * written in a file that may have closed to them meanwhile. Throws WriteRefused.
 */
export async function once<Answer, Right>(options: OnceOptions, work: Work<Answer, Right>): Promise<Answer> {
  const { store, fingerprint: print, caller } = options;
  if (caller.subject === null && caller.professionalId === null && caller.personId === null) throw notAllowed();
  const id = print([readKey(work.idempotencyKey), caller.subject, caller.professionalId, caller.partnerId, caller.personId]);
  const fingerprint = print([work.mutation, caller.purpose, work.input]);
  for (let attempt = 1; ; attempt += 1) {
    const known = await store.write(id);
    try {
      return await store.transact((unit) => writeOnce({ unit, id, fingerprint, known }, options, work));
    } catch (error) {
      // Somebody else was first: with this very write, or with another one about the same person.
      if (attempt === ATTEMPTS || !isDuplicate(error)) throw error;
    }
  }
}

function readKey(key: string): string {
  if (key.length >= 1 && key.length <= LONGEST_KEY) return key;
  throw new WriteRefused("BAD_USER_INPUT", "idempotencyKey", `Expected a key of 1 to ${LONGEST_KEY} characters, got ${key.length}.`);
}

function answerOf<Answer>({ fingerprint, answer }: WriteRow, asked: string): Answer {
  if (fingerprint === asked) return answer as Answer;
  throw new WriteRefused("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", "Expected a new idempotency key for another input, got one that was used before.");
}

interface Once {
  readonly unit: Unit;
  readonly id: string;
  readonly fingerprint: string;
  /** As it was just before. */
  readonly known: WriteRow | null;
}

async function writeOnce<Answer, Right>({ unit, id, fingerprint, known }: Once, options: OnceOptions, { mutation, may, run }: Work<Answer, Right>): Promise<Answer> {
  const { caller, now, seal } = options;
  // Of this instant too: what the same write has just changed would look like a reason to refuse it.
  const done = (await unit.write(id)) ?? known;
  const kept = done === null ? null : { answer: answerOf<Answer>(done, fingerprint) };
  const right = await may(unit);
  if (kept !== null) return kept.answer;
  const { personId, subjectId, text = null, answer } = await run(unit, right);
  const { professionalId, partnerId, purpose } = caller;
  await unit.add("deeds", {
    _id: id,
    mutation,
    at: now,
    personId,
    subjectId,
    byProfessionalId: professionalId,
    byPartnerId: partnerId,
    byPersonId: caller.personId,
    purpose,
    text: text === null ? null : await seal(text, { personId, place: PLACES.deed(id) }),
  });
  await unit.add("writes", { _id: id, mutation, fingerprint, personId, at: now, answer });
  return answer;
}

function isDuplicate(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === DUPLICATE_KEY;
}
