// What is asked for about a file rather than about sharing it: that it be corrected, and that it be kept for a litigation.
import { randomUUID } from "node:crypto";

import type { DataCategory } from "../../law/law.ts";
import { addMonths } from "../calendar.ts";
import type { PersonRow } from "../rows.ts";
import { readHolder, readParty } from "./authority.ts";
import type { Keyed, WriteOptions } from "./grants.ts";
import { once } from "./once.ts";
import { readText } from "./refusal.ts";
import type { RectificationRow } from "./rows.ts";
import { PLACES } from "./texts.ts";

export interface RectificationInput {
  readonly beneficiaryId: string;
  readonly category: DataCategory;
  readonly statement: string;
}

export interface LitigationHoldInput {
  readonly beneficiaryId: string;
  readonly hold: boolean;
  readonly reason: string;
}

/** GDPR art. 12.3: an answer within a month. */
const ANSWER_MONTHS = 1;

export function requestRectification(options: WriteOptions, { input, idempotencyKey }: Keyed<RectificationInput>): Promise<RectificationRow> {
  const { now, when, sealing } = options;
  return once(options, {
    mutation: "requestRectification",
    idempotencyKey,
    input,
    run: async (unit) => {
      const statement = readText(input.statement, "statement");
      const { person } = await readParty(unit, input.beneficiaryId, options);
      const _id = `rectification-${randomUUID()}`;
      const dueAt = new Date(`${addMonths(when.today, ANSWER_MONTHS)}${now.toISOString().slice(10)}`);
      const row: RectificationRow = {
        _id,
        personId: person._id,
        category: input.category,
        statement: sealing.seal(statement, PLACES.rectification(_id)),
        askedAt: now,
        dueAt,
        state: "OPEN",
      };
      await unit.add("rectifications", row);
      return { personId: person._id, subjectId: _id, answer: row };
    },
  });
}

/** Retention's clock stands while it is on (CASF R.263-8). Saying it twice changes nothing. */
export function setLitigationHold(options: WriteOptions, { input, idempotencyKey }: Keyed<LitigationHoldInput>): Promise<PersonRow> {
  const { sealing } = options;
  return once(options, {
    mutation: "setLitigationHold",
    idempotencyKey,
    input,
    run: async (unit) => {
      const reason = readText(input.reason, "reason");
      const person = await readHolder(unit, input.beneficiaryId, options);
      await unit.hold(person._id, input.hold);
      const text = sealing.seal(reason, PLACES.deed(person._id));
      const { _id, lastContactAt, retentionMonths, anonymisedOn } = person;
      // The clock's facts alone: the answer is kept.
      const answer = { _id, lastContactAt, retentionMonths, anonymisedOn, litigationHold: input.hold } as PersonRow;
      return { personId: _id, subjectId: _id, text, answer };
    },
  });
}
