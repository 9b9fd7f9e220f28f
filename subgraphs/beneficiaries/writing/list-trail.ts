// Whoever is shown what was written about people leaves a trace of it first, as whoever reads their files does (CASF R.262-107).
import type { ReadTrail } from "../../law/law.ts";
import type { Withholding } from "../withholding.ts";

/** A row that stands in a list of its own, and not in a person's file. */
interface Listed {
  readonly personId: string;
  /** It tells that a child is protected. */
  readonly secret: boolean;
}

/** The page, once it is durable that it is about to be shown. Rejects with AuditUnavailable. */
export async function writeDown<Row extends Listed>(page: Withholding<Row>, field: string, audit: ReadTrail): Promise<Withholding<Row>> {
  // On the ground that has it held back from who must not be warned.
  const trace = ({ personId, secret }: Row) => audit.before({ personId, field, ...(secret && { basis: "CHILD_PROTECTION" }) });
  await Promise.all(page.nodes.map(trace));
  return page;
}
