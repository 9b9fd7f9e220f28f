// `npm run audit`: verifies the logs of readings, prints their checkpoints for partners to keep and proofs for them to check,
// purges what is too old.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import {
  checkExtension,
  openPersonKeys,
  openReadLog,
  ProofRefused,
  proveConsistency,
  proveEntry,
  purge,
  PurgeRefused,
  readLastNote,
  sizeOf,
  verifyLog,
  type Fault,
  type ProvenLog,
  type Verdict,
} from "./audit/audit.ts";
import { printJoined, retireLog } from "./audit-register.ts";
import { readDataSettings, SettingError, SUBGRAPH_NAMES } from "./config.ts";
import { printFailure } from "./failures.ts";

const USAGE = `Usage: npm run audit -- <command> [options]

  verify       compare the logs with what was signed; ends with 1 when one is not what was written
  checkpoint   print the last signed checkpoint of each log, for partners to keep
  prove        print the proof that an entry is in a log, against its last checkpoint (JSON; RFC 6962 §2.1.1)
  consistency  print the proof that a log only grew (RFC 6962 §2.1.2), or say whether it did since a checkpoint that was kept
  purge        take away texts that are too old; a subgraph that runs does so by itself
  logs         list the logs that erasures wait for, as the subgraphs' databases have them (MONGODB_URI)
  retire       say that a log's folder and its copies are destroyed, so that no erasure waits for it any more

  --folder FOLDER      where the logs are (PARCOURS_AUDIT_FOLDER, or .data/audit)
  --log NAME           one of ${SUBGRAPH_NAMES.join(", ")}; all by default, and needed for a proof where there are several
  --checkpoint FILE    with verify, consistency: checkpoints that were kept elsewhere, of any time; the only thing that shows a log put back to an older state
  --entry N            with prove: the place of the entry, from 0
  --from M, --to N     with consistency: that the first M entries are the beginning of the first N (the last checkpoint's)
  --key FILE           with verify, prove, consistency: the verifier key that was kept elsewhere, instead of the one beside the log
  --output FILE        with checkpoint: write there
  --months N           with purge: keep so many (PARCOURS_AUDIT_MONTHS, or 12)
  --sure               with purge: the clock is right
  --origin ORIGIN      with retire: the log, as \`logs\` lists it
`;

const OPTIONS = {
  folder: { type: "string" },
  log: { type: "string" },
  checkpoint: { type: "string" },
  key: { type: "string" },
  output: { type: "string" },
  entry: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  months: { type: "string" },
  sure: { type: "boolean" },
  origin: { type: "string" },
  help: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>["values"];

const COMMANDS: readonly string[] = ["verify", "checkpoint", "prove", "consistency", "purge", "logs", "retire"];

/** As a checkpoint is printed; whether its signature is good depends on the log. */
const CHECKPOINT = /^\S+\n\d+\n[\w+/=]+\n\n\u2014 \S+ [\w+/=]+\n$/;

await main();

async function main(): Promise<void> {
  try {
    const { values, positionals } = parseArgs({ args: process.argv.slice(2), allowPositionals: true, options: OPTIONS });
    const [command] = positionals;
    if (values.help === true || command === undefined) return print(USAGE);
    if (!COMMANDS.includes(command)) throw new SettingError(`Expected verify, checkpoint, prove, consistency, purge, logs or retire, got ${command}.`);
    if (command === "logs") return await printJoined(readDataSettings(process.env), print);
    if (command === "retire") return await retireLog(readDataSettings(process.env), { origin: values.origin, print });
    const folders = await listLogs(values);
    if (command === "verify") return await verifyAll(folders, values);
    if (command === "checkpoint") return await printCheckpoints(folders, values.output ?? null);
    if (command === "prove") return printJson(await proveEntry(await onlyLog(folders, values), readNumber("--entry", values.entry)));
    if (command === "consistency") return await proveGrowth(folders, values);
    return await purgeAll(folders, values);
  } catch (error) {
    const isRefused = error instanceof ProofRefused || error instanceof PurgeRefused;
    process.stderr.write(`${isRefused ? `REFUSED: ${error.message}` : printFailure(error)}\n`);
    process.exitCode = 2;
  }
}

/** A folder is a log when it has an origin. */
async function listLogs({ folder, log }: Values): Promise<string[]> {
  const root = folder ?? process.env["PARCOURS_AUDIT_FOLDER"] ?? ".data/audit";
  const names = (await readdir(root)).filter((name) => log === undefined || name === log).sort();
  const found: string[] = [];
  for (const name of names) if ((await readdir(join(root, name)).catch((): string[] => [])).includes("origin")) found.push(join(root, name));
  if (found.length === 0) throw new SettingError(`Expected the folder of a read audit in ${root}${log === undefined ? "" : ` named ${log}`}, got none.`);
  return found;
}

async function verifyAll(folders: readonly string[], values: Values): Promise<void> {
  const { logs, strangers, others } = await matchKept(folders, values);
  for (const { folder, origin, own } of logs) {
    const faults = await verifyOne({ folder, verifierKey: await readVerifierKey(folder, values) }, origin, own);
    if (faults > 0) process.exitCode = 1;
  }
  if (others > 0) tellOthers(others, values, logs.some(({ own }) => own.length > 0));
  if (strangers > 0) {
    print(`FORKED: ${strangers} kept checkpoint(s) speak of a log that is not here.\n`);
    process.exitCode = 1;
  }
}

/** A file of all logs does for one of them; one that has none of it compared nothing, which the operator must not take for agreement. */
function tellOthers(others: number, { log = "" }: Values, isCompared: boolean): void {
  if (isCompared) return print(`${others} kept checkpoint(s) are of other logs than ${log}, and were not looked at.\n`);
  print(`NOT_COMPARED: None of the kept checkpoints is of ${log}; ${others} are of other logs.\n`);
  process.exitCode ??= 2;
}

interface Matched {
  /** Each log here with the checkpoints that were kept of it. */
  readonly logs: readonly { readonly folder: string; readonly origin: string; readonly own: readonly string[] }[];
  /** How many of them are of no log here, though of what is looked at. */
  readonly strangers: number;
  /** How many are of what is not looked at, where one log alone was asked for. */
  readonly others: number;
}

async function matchKept(folders: readonly string[], values: Values): Promise<Matched> {
  const notes = await readKept(values);
  const origins = await Promise.all(folders.map(async (folder) => (await readFile(join(folder, "origin"), "utf8")).trim()));
  const logs = folders.map((folder, at) => ({ folder, origin: origins[at] ?? "", own: notesOf(origins[at] ?? "", notes) }));
  const unmatched = notes.filter((note) => !origins.includes(originOf(note)));
  // Of another name; one of the same name and another origin is the log that this one was put in the place of.
  const others = values.log === undefined ? [] : unmatched.filter((note) => nameOf(originOf(note)) !== nameOf(origins[0] ?? ""));
  return { logs, strangers: unmatched.length - others.length, others: others.length };
}

function originOf(note: string): string {
  return note.slice(0, note.indexOf("\n"));
}

/** `parcours/sites/0f3a` → `parcours/sites`. */
function nameOf(origin: string): string {
  return origin.slice(0, origin.lastIndexOf("/"));
}

/** How many faults the log has. */
async function verifyOne(log: ProvenLog, origin: string, notes: readonly string[]): Promise<number> {
  const [latest, ...earlier] = notes;
  const keys = await openPersonKeys(join(log.folder, "person-keys.jsonl")).catch(damageOf);
  const verdict = await verifyLog({ ...log, kept: latest ?? null, keys: "kind" in keys ? null : keys });
  const faults: Told[] = [...("kind" in keys ? [keys] : []), ...strangerOf(log, origin), ...verdict.faults];
  for (const note of earlier) {
    const found = await checkEarlier(log, note, verdict);
    if (found !== null && !faults.some(({ kind }) => kind === found.kind)) faults.push(found);
  }
  print(printVerdict(origin, { ...verdict, faults }, latest !== undefined));
  return faults.length;
}

type Told = Pick<Fault, "kind" | "sentence">;

/** Keys that cannot be read hide a text that was changed. */
function damageOf(error: unknown): Told {
  if (error instanceof TypeError) return { kind: "UNREADABLE_KEY", sentence: error.message };
  throw error;
}

/** Under another name a log has no checkpoint that was kept of it. */
function strangerOf({ verifierKey }: ProvenLog, origin: string): Told[] {
  const [name = ""] = verifierKey.split("+");
  return name === origin ? [] : [{ kind: "FORKED", sentence: `The file \`origin\` says ${origin}, and the log's key is the one of ${name}.` }];
}

/** A log that cannot be proved has its faults told already, and one of no entries is the beginning of any. */
async function checkEarlier(log: ProvenLog, note: string, { faults }: Verdict): Promise<Told | null> {
  try {
    const checked = await checkExtension(log, note);
    return checked.kind === "EXTENDED" ? null : checked;
  } catch (error) {
    if (error instanceof ProofRefused && (faults.length > 0 || sizeOf(note) === 0)) return null;
    throw error;
  }
}

/** The different notes of a file, which may have those of all logs and of many months. */
async function readKept({ checkpoint }: Values): Promise<string[]> {
  if (checkpoint === undefined) return [];
  const kept = (await readFile(checkpoint, "utf8")).trim();
  const notes = kept.split(/\n(?=parcours\/)/).map((note) => `${note.trimEnd()}\n`);
  if (notes.every((note) => CHECKPOINT.test(note))) return [...new Set(notes)];
  throw new SettingError(`Expected signed checkpoints in ${checkpoint}, as \`npm run audit -- checkpoint\` prints them, got ${kept === "" ? "nothing" : "something else"}.`);
}

/** The largest first: it says most of whether the log was put back. */
function notesOf(origin: string, notes: readonly string[]): string[] {
  return notes.filter((note) => note.startsWith(`${origin}\n`)).sort((one, other) => sizeOf(other) - sizeOf(one));
}

function readVerifierKey(folder: string, { key }: Values): Promise<string> {
  return readFile(key ?? join(folder, "verifier-key"), "utf8");
}

async function onlyLog(folders: readonly string[], values: Values): Promise<ProvenLog> {
  const [folder, ...others] = folders;
  if (folder === undefined || others.length > 0) throw new SettingError(`Expected --log to name one of the ${folders.length} logs.`);
  return { folder, verifierKey: await readVerifierKey(folder, values) };
}

function readNumber(option: string, text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw new SettingError(`Expected ${option} with a whole number, got ${text ?? "none"}.`);
}

async function proveGrowth(folders: readonly string[], values: Values): Promise<void> {
  if (values.checkpoint !== undefined) return checkGrowth(folders, values);
  const from = readNumber("--from", values.from);
  const to = values.to === undefined ? null : readNumber("--to", values.to);
  printJson(await proveConsistency(await onlyLog(folders, values), { from, to }));
}

/** Each log of which a checkpoint was kept, since each of them. */
async function checkGrowth(folders: readonly string[], values: Values): Promise<void> {
  const { logs } = await matchKept(folders, values);
  for (const { folder, origin, own } of logs) {
    for (const note of own) await checkSince({ folder, verifierKey: await readVerifierKey(folder, values) }, origin, note);
  }
  if (logs.every(({ own }) => own.length === 0)) throw new SettingError("Expected the checkpoint that was kept to be of a log that is here, got one of another.");
}

async function checkSince(log: ProvenLog, origin: string, note: string): Promise<void> {
  const checked = await checkExtension(log, note);
  if (checked.kind === "EXTENDED") return printJson(checked.proof);
  print(`${origin}: ${checked.kind}: ${checked.sentence}\n`);
  process.exitCode = 1;
}

function printJson(value: unknown): void {
  print(`${JSON.stringify(value, null, 2)}\n`);
}

function printVerdict(origin: string, { faults, size, root, texts, notices }: Omit<Verdict, "faults"> & { readonly faults: readonly Told[] }, isCompared: boolean): string {
  const head = `${origin}: ${size} entries, root ${root.toString("base64")}; texts: ${texts.checked} read, ${texts.purged} purged, ${texts.erased} erased`;
  const kept = isCompared ? "" : "  Not compared with a checkpoint that was kept elsewhere: an older state that was put back whole would not show.\n";
  const verdict = faults.length === 0 ? "  As it was written.\n" : faults.map(({ kind, sentence }) => `  ${kind}: ${sentence}\n`).join("");
  return `${head}\n${verdict}${kept}${notices.map((notice) => `  ${notice}\n`).join("")}`;
}

async function printCheckpoints(folders: readonly string[], output: string | null): Promise<void> {
  const notes = await Promise.all(folders.map((folder) => readLastNote(folder)));
  const text = notes.filter((note) => note !== null).join("\n");
  if (output === null) print(text);
  else await writeFile(output, text);
}

async function purgeAll(folders: readonly string[], { months, sure = false }: Values): Promise<void> {
  const kept = Number(months ?? process.env["PARCOURS_AUDIT_MONTHS"] ?? "12");
  if (!Number.isInteger(kept) || kept < 6 || kept > 36) throw new SettingError(`Expected --months from 6 to 36, got ${String(months)}.`);
  for (const folder of folders) {
    const log = await openReadLog({ folder, name: "purge", signingKeyFile: process.env["PARCOURS_AUDIT_KEY"] ?? null });
    try {
      print(`${log.origin}: ${await purge(log, { now: new Date(), months: kept, isSure: sure })} texts purged\n`);
    } finally {
      await log.close();
    }
  }
}

function print(text: string): void {
  process.stdout.write(text);
}
