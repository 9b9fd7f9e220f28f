// What a command says when it ends with an error: a stable code and a sentence, the same from every command, and never a text
// of a library that quotes an address with its password or a parser's line.
import { SettingError } from "./config.ts";
import { AuditUnavailable } from "./law/law.ts";
import { SealError } from "./sealed/sealed.ts";

/** `CODE: sentence`, and where to look. */
export function printFailure(error: unknown): string {
  if (error instanceof SettingError) return `SETTING: ${error.message}${error.message.startsWith("Cannot ") ? "" : "\nSee --help."}`;
  if (error instanceof AuditUnavailable) return `AUDIT_UNAVAILABLE: ${error.message}`;
  if (error instanceof SealError) return `${error.fault}: ${error.message}`;
  if (!(error instanceof Error)) return String(error);
  // How the house refuses a key or a clock that is none; no error of the language begins so.
  if (error instanceof TypeError && error.message.startsWith("Expected ")) return `SETTING: ${error.message}`;
  if (isOfArguments(error)) return `SETTING: ${error.message}\nSee --help.`;
  if (error.name === "MongoParseError" || error.name === "MongoInvalidArgumentError") return `SETTING: ${NO_ADDRESS}`;
  if (error.name.startsWith("Mongo") || isOfNames(error)) return `STORE_UNAVAILABLE: MongoDB could not be reached (${error.name}). Look at MONGODB_URI.`;
  return printOfSystem(error) ?? `${error.name}: ${error.message}`;
}

/** The address is not repeated: it may hold a password. */
const NO_ADDRESS = "Expected an address that MongoDB understands (mongodb://host:port or mongodb+srv://host), got something else. Look at MONGODB_URI.";

/** What node's `parseArgs` throws; its sentences name the option. */
function isOfArguments(error: Error): boolean {
  return "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}

/** An address `mongodb+srv:` is looked up before anything is connected. */
function isOfNames(error: Error): boolean {
  return "syscall" in error && ["querySrv", "queryTxt"].includes(String(error.syscall));
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user may not",
  EEXIST: "there is a file of that name",
  EISDIR: "it is a folder",
  ENOENT: "it is not there",
  ENOSPC: "the disk is full",
  ENOTDIR: "it, or a part of its path, is no folder",
  EPERM: "this user may not",
  EROFS: "the disk is read-only",
};

/** Null: no error of the operating system. */
function printOfSystem(error: Error): string | null {
  if (!("code" in error) || !("syscall" in error)) return null;
  const code = String(error.code);
  if (code === "EADDRINUSE") return `PORT_IN_USE: ${error.message}. Choose another with --port.`;
  if (!("path" in error)) return null;
  return `FILE_UNAVAILABLE: Cannot use ${String(error.path)} because ${REASONS[code] ?? "the system refuses"} (${code}).`;
}
