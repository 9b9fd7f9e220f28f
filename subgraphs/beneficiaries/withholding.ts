// Pages that tell what is kept back from them as a whole; what their rows hide is told by the policy.
import type { Connection } from "../kit/kit.ts";
import type { Withheld, WithheldReason } from "../law/law.ts";

export interface Withholding<Row extends object> extends Connection<Row> {
  readonly withheld: readonly Withheld[];
}

/** `null`: nothing is. Never says whether there was anything. */
export function withholdAll<Row extends object>(connection: Connection<Row>, reason: WithheldReason | null): Withholding<Row> {
  return { ...connection, withheld: reason === null ? [] : [{ path: "nodes", reason, count: null }] };
}
