// That a file be kept while a litigation goes on.
import type { PersonRow } from "../rows.ts";
import { readHolder } from "./authority.ts";
import type { Keyed, WriteOptions } from "./grants.ts";
import { once } from "./once.ts";
import { readText } from "./refusal.ts";

export interface LitigationHoldInput {
  readonly beneficiaryId: string;
  readonly hold: boolean;
  readonly reason: string;
}

/** Retention's clock stands while it is on (CASF R.263-8). Saying it twice changes nothing. */
export function setLitigationHold(options: WriteOptions, { input, idempotencyKey }: Keyed<LitigationHoldInput>): Promise<PersonRow> {
  return once(options, {
    mutation: "setLitigationHold",
    idempotencyKey,
    input,
    may: (unit) => readHolder(unit, input.beneficiaryId, options),
    run: async (unit, { person }) => {
      const reason = readText(input.reason, "reason");
      await unit.hold(person._id, input.hold);
      const { _id, lastContactAt, lastProtectionContactAt, retentionMonths, anonymisedOn } = person;
      // The clock's facts alone: the answer is kept.
      const answer = { _id, lastContactAt, lastProtectionContactAt, retentionMonths, anonymisedOn, litigationHold: input.hold } as PersonRow;
      return { personId: _id, subjectId: _id, text: reason, answer };
    },
  });
}
