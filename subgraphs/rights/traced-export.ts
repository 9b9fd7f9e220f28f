// An export is a reading of a whole file: it is written down before anything is read, and afterwards what was, in the log of
// readings of *beneficiaries* (CASF R.262-107, GDPR art. 5.2). No audit, no data.
import { performance } from "node:perf_hooks";

import { openReadLog, type ReadLog } from "../audit/audit.ts";
import { AuditUnavailable } from "../law/law.ts";
import type { PersonFile } from "./person-export.ts";

export interface ExportTrace {
  /** Of *beneficiaries*. */
  readonly folder: string;
  readonly signingKeyFile: string | null;
  readonly now: () => Date;
}

/** Throws AuditUnavailable, before `read` is called, where the intent cannot be kept. */
export async function traceExport(personId: string, trace: ExportTrace, read: () => Promise<PersonFile | null>): Promise<PersonFile | null> {
  const log = await openLog(trace);
  try {
    const startedAt = performance.now();
    const intent = await log.append({ kind: "intent", at: trace.now().toISOString(), personId, ...ASKING });
    const file = await read();
    await log.append({ kind: "outcome", at: trace.now().toISOString(), personId, intent, ...NOTHING, ...resultOf(file), ms: Math.round(performance.now() - startedAt) });
    return file;
  } finally {
    await log.close();
  }
}

/** An operator at the machine: no token says who. */
const ASKING = { subject: null, professionalId: null, partnerId: null, self: false, purpose: null, operationName: "rights export", asked: ["export"] } as const;
const NOTHING = { bases: [], refused: {} } as const;

function resultOf(file: PersonFile | null): { readonly read: readonly string[]; readonly rows: number } {
  const tables = file?.subgraphs.flatMap((part) => part.tables) ?? [];
  return { read: file === null ? [] : ["export"], rows: tables.reduce((sum, { rows }) => sum + rows.length, 0) };
}

/** A log has one writer. Another folder would be another log, which nobody follows. */
async function openLog({ folder, signingKeyFile }: ExportTrace): Promise<ReadLog> {
  try {
    return await openReadLog({ folder, name: "beneficiaries", signingKeyFile });
  } catch (error) {
    if (!(error instanceof AuditUnavailable)) throw error;
    throw new AuditUnavailable(`${error.message} An export is written down in the log of beneficiaries itself: where that runs, stop it, export, and start it again.`);
  }
}
