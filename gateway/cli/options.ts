// The options of a command line, with a mistake in them told in the words of the error table.
import { parseArgs, type ParseArgsConfig } from "node:util";

import { gatewayError } from "../errors.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Throws SETTING_UNKNOWN, which names the options that there are, or SETTING_INVALID for one without its value. */
export function readOptions<const Known extends Options>(argv: readonly string[], options: Known) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  } catch (error) {
    throw complaint(error, options);
  }
}

/** The same with one file besides the options. */
export function readOptionsAndFile<const Known extends Options>(argv: readonly string[], options: Known) {
  const { values, positionals } = parseWithFile(argv, options);
  const [file, ...more] = positionals;
  if (file !== undefined && more.length === 0) return { values, file };
  throw gatewayError("SETTING_INVALID", { name: "FILE", expected: "one file", value: file === undefined ? "none" : JSON.stringify(positionals) });
}

function parseWithFile<const Known extends Options>(argv: readonly string[], options: Known) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    throw complaint(error, options);
  }
}

function complaint(error: unknown, options: Options): Error {
  const given = /'(-{0,2}[^' ]+)/.exec(error instanceof Error ? error.message : "")?.[1] ?? "an option";
  if (error instanceof Error && "code" in error && error.code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") {
    const takesValue = options[given.slice(2)]?.type === "string";
    return gatewayError("SETTING_INVALID", { name: given, expected: takesValue ? "followed by a value" : "alone", value: takesValue ? "none" : "a value" });
  }
  const known = Object.entries(options).map(([name, { type }]) => (type === "string" ? `--${name} VALUE` : `--${name}`));
  return gatewayError("SETTING_UNKNOWN", { names: given, known: known.join(", ") });
}
