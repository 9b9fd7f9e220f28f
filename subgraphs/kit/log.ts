// The operator's log: JSON lines on standard output. Ids, names of operations and durations only, never a value.
import pino from "pino";

export type Log = pino.Logger;

/** `level` is one of pino's: `silent`, `error`, `warn`, `info`, `debug`. */
export function createLog(name: string, level: string): Log {
  return pino({ name, level, base: { name } });
}
