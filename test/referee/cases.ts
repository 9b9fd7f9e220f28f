// Operations that were answered wrong once, kept small: one JSON file each in `cases/`, named for what was wrong.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

import type { Mood } from "./model.ts";

export interface Case {
  readonly name: string;
  readonly federation: string;
  readonly mood: Mood;
  readonly operation: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** What was wrong, a sentence. */
  readonly why: string;
}

const FOLDER = "test/referee/cases";

export function readCases(): readonly Case[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json")).sort();
  return files.map((file) => ({ name: file.slice(0, -".json".length), ...(JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")) as Omit<Case, "name">) }));
}

/** Kept under a free name that starts with the federation's. */
export function keepCase({ federation, mood, operation, variables, why }: Omit<Case, "name">): void {
  mkdirSync(FOLDER, { recursive: true });
  const known = readCases();
  if (known.some((one) => one.federation === federation && one.operation === operation)) return;
  const taken = new Set(known.map((one) => one.name));
  let number = 1;
  while (taken.has(`${federation}-${number}`)) number += 1;
  writeFileSync(`${FOLDER}/${federation}-${number}.json`, `${JSON.stringify({ federation, why, mood, variables, operation: operation.replaceAll(/\s+/g, " ") }, null, 2)}\n`);
}
