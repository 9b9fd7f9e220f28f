// The command line of the bench.
import { parseArgs } from "node:util";

import { PEERS, type Peer } from "./peers/peers.ts";
import { WORKLOADS, type Workload } from "./workloads.ts";

export interface BenchOptions {
  readonly workloads: readonly Workload[];
  /** Null: those that each workload names. */
  readonly peers: readonly Peer[] | null;
  readonly seconds: number;
}

export class OptionError extends Error {}

export const USAGE = `Usage: npm run bench -- [options]

  --workload A,B   ${WORKLOADS.map(({ name }) => name).join(", ")}; all by default
  --peer A,B       ${PEERS.map(({ name }) => name).join(", ")};
                   the first part of names with a dash (ours, hive) means all of them
  --seconds N      how long each gateway is measured, after it is warm; 3 by default
`;

/** Null: help was asked for. Throws OptionError. */
export function readBenchOptions(argv: readonly string[]): BenchOptions | null {
  const values = readValues(argv);
  if (values.help === true) return null;
  const seconds = Number(values.seconds ?? "3");
  if (!(seconds > 0)) throw new OptionError(`Expected a number of seconds for --seconds, got ${values.seconds}.`);
  return {
    workloads: values.workload === undefined ? WORKLOADS : choose(WORKLOADS, values.workload, "workload"),
    peers: values.peer === undefined ? null : choose(PEERS, values.peer, "peer"),
    seconds,
  };
}

function readValues(argv: readonly string[]) {
  try {
    const text = { type: "string" } as const;
    return parseArgs({ args: [...argv], options: { workload: text, peer: text, seconds: text, help: { type: "boolean" } } }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function choose<Named extends { readonly name: string }>(all: readonly Named[], text: string, what: string): Named[] {
  const wanted = text.split(",").map((part) => part.trim());
  const isWanted = ({ name }: Named, part: string): boolean => name === part || name.startsWith(`${part}-`);
  const unknown = wanted.find((part) => !all.some((one) => isWanted(one, part)));
  if (unknown !== undefined) throw new OptionError(`Expected a ${what} of ${all.map(({ name }) => name).join(", ")}, got ${unknown}.`);
  // A name that is another's first part means itself.
  return all.filter((one) => wanted.some((part) => (all.some(({ name }) => name === part) ? one.name === part : isWanted(one, part))));
}
