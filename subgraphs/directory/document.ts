// What *partners* tells the others so that they can decide by themselves: who works for whom and what they are habilitated
// for, which conventions there are, and how long each council keeps a file. No names and nothing about people in care.
import { DirectoryFault } from "./fault.ts";

export interface Directory {
  readonly standings: readonly Standing[];
  readonly agreements: readonly Agreement[];
  readonly retention: readonly HolderRetention[];
}

/** A professional. */
export interface Standing {
  readonly id: string;
  readonly partnerId: string;
  readonly partnerKind: string;
  readonly profession: string;
  /** The text that binds to secrecy; null when none does. */
  readonly secrecyBasis: string | null;
  /** Codes. */
  readonly missions: readonly string[];
  readonly habilitation: Habilitation | null;
}

export interface Habilitation {
  readonly purposes: readonly string[];
  readonly dataCategories: readonly string[];
  /** `YYYY-MM-DD`. */
  readonly validFrom: string;
  /** The last day. */
  readonly validTo: string | null;
}

/** A convention to share. */
export interface Agreement {
  readonly id: string;
  readonly partyIds: readonly string[];
  readonly purposes: readonly string[];
  readonly validFrom: string;
  /** The last day. */
  readonly validTo: string | null;
  /** `until` is the last day. */
  readonly suspensions: readonly { readonly from: string; readonly until: string | null }[];
}

/** After how many months the council that keeps a file archives it; null: as the law says. */
export interface HolderRetention {
  readonly holderId: string;
  readonly months: number | null;
}

/** Takes over what it knows and nothing else. Throws DirectoryFault: a directory that is wrong anywhere is none. */
export function readDirectory(value: unknown): Directory {
  const { standings, agreements, retention } = record(value, "a directory");
  const directory = {
    standings: list(standings, "standings").map(readStanding),
    agreements: list(agreements, "agreements").map(readAgreement),
    retention: list(retention, "retention").map(readRetention),
  };
  // Of an empty database, to which somebody pointed it by mistake: everybody would be shut out.
  if (directory.standings.length === 0) throw malformed("a professional at least", []);
  // Of two durations of one holder it would be chance which ends files.
  const holders = directory.retention.map(({ holderId }) => ({ id: holderId }));
  for (const rows of [directory.standings, directory.agreements, holders]) assertDifferent(rows);
  return directory;
}

function readStanding(value: unknown): Standing {
  const row = record(value, "a professional");
  return {
    id: text(row["id"], "id"),
    partnerId: text(row["partnerId"], "partnerId"),
    partnerKind: text(row["partnerKind"], "partnerKind"),
    profession: text(row["profession"], "profession"),
    secrecyBasis: orNull(row["secrecyBasis"], (one) => text(one, "secrecyBasis")),
    missions: texts(row["missions"], "missions"),
    habilitation: orNull(row["habilitation"], readHabilitation),
  };
}

function readHabilitation(value: unknown): Habilitation {
  const row = record(value, "a habilitation");
  return { purposes: texts(row["purposes"], "purposes"), dataCategories: texts(row["dataCategories"], "dataCategories"), ...readDays(row) };
}

function readAgreement(value: unknown): Agreement {
  const row = record(value, "a convention");
  const suspensions = list(row["suspensions"], "suspensions").map((one) => {
    const { from, until } = record(one, "a suspension");
    return { from: day(from, "from"), until: orNull(until, (last) => day(last, "until")) };
  });
  return { id: text(row["id"], "id"), partyIds: texts(row["partyIds"], "partyIds"), purposes: texts(row["purposes"], "purposes"), ...readDays(row), suspensions };
}

function readDays(row: Readonly<Record<string, unknown>>): Pick<Agreement, "validFrom" | "validTo"> {
  return { validFrom: day(row["validFrom"], "validFrom"), validTo: orNull(row["validTo"], (last) => day(last, "validTo")) };
}

function readRetention(value: unknown): HolderRetention {
  const row = record(value, "a duration");
  return { holderId: text(row["holderId"], "holderId"), months: orNull(row["months"], readMonths) };
}

/** CASF R.263-8 and CNIL 2023-095, as *partners* stores them. */
function readMonths(value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 36) return value;
  throw malformed("months from 1 to 36", value);
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw malformed(what, value);
}

function list(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed(`a list of ${name}`, value);
}

function texts(value: unknown, name: string): string[] {
  return list(value, name).map((one) => text(one, name));
}

function text(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw malformed(`a text as ${name}`, value);
}

function day(value: unknown, name: string): string {
  if (typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  throw malformed(`a day as ${name}`, value);
}

function orNull<Value>(value: unknown, read: (value: unknown) => Value): Value | null {
  return value === null ? null : read(value);
}

function assertDifferent(rows: readonly { readonly id: string }[]): void {
  if (new Set(rows.map(({ id }) => id)).size !== rows.length) throw malformed("different ids", []);
}

/** The value itself is not repeated: logs have no place for it. */
function malformed(expected: string, value: unknown): DirectoryFault {
  const got = value === null ? "null" : Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
  return new DirectoryFault("DIRECTORY_MALFORMED", `Expected ${expected} in the directory, got ${got}.`);
}
