// An export is a reading of a whole file: it is written down before anything is read, and afterwards what was (CASF R.262-107,
// GDPR art. 5.2). No audit, no data.
import { performance } from "node:perf_hooks";

import type { ReadLog } from "../audit/audit.ts";
import type { PersonFile } from "./person-export.ts";

export interface ExportTrace {
  readonly log: Pick<ReadLog, "append">;
  readonly now: () => Date;
}

/** Throws AuditUnavailable, before `read` is called, where the intent cannot be kept. */
export async function traceExport(personId: string, { log, now }: ExportTrace, read: () => Promise<PersonFile | null>): Promise<PersonFile | null> {
  const startedAt = performance.now();
  const intent = await log.append({ kind: "intent", at: now().toISOString(), personId, ...ASKING });
  const file = await read();
  const ms = Math.round(performance.now() - startedAt);
  await log.append({ kind: "outcome", at: now().toISOString(), personId, intent, ...NOTHING, ...resultOf(file), ms });
  return file;
}

/** An operator at the machine: no token says who. */
const ASKING = { subject: null, professionalId: null, partnerId: null, self: false, purpose: null, operationName: "rights export", asked: ["export"] } as const;
const NOTHING = { bases: [], refused: {} } as const;

function resultOf(file: PersonFile | null): { readonly read: readonly string[]; readonly rows: number } {
  const tables = file?.subgraphs.flatMap((part) => part.tables) ?? [];
  return { read: file === null ? [] : ["export"], rows: tables.reduce((sum, { rows }) => sum + rows.length, 0) };
}
