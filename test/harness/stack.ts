// The whole stack of a test run as a test sees it: ask as a persona, read the logs.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Stack } from "../../deploy/stack.ts";

export const TEST_TODAY = "2026-03-02";
export const TEST_CLOCK = "2026-03-02T09:00:00Z";

/** What of a stack can travel from jest's parent process to a test file. */
export interface StackFacts {
  readonly gatewayUrl: string;
  readonly subgraphUrls: Readonly<Record<string, string>>;
  /** Persona id → token. */
  readonly tokens: Readonly<Record<string, string | null>>;
  readonly logFolder: string;
  readonly mongodbUri: string;
  readonly databasePrefix: string;
}

export interface Answer {
  readonly status: number;
  readonly data: Json;
  readonly errors: readonly { readonly message: string; readonly path?: readonly (string | number)[]; readonly extensions?: { readonly code?: string } }[];
}

/** JSON whose shape only the query tells; the expectation checks it. */
export type Json = ReturnType<typeof JSON.parse>;

export function printStack(stack: Stack): StackFacts {
  return {
    gatewayUrl: stack.gatewayUrl,
    subgraphUrls: stack.subgraphUrls,
    tokens: Object.fromEntries(stack.personas.map(({ id, token }) => [id, token])),
    logFolder: stack.folders.logs,
    mongodbUri: stack.mongodbUri,
    databasePrefix: stack.databasePrefix,
  };
}

/** The run's shared stack, started by the first test file that asks. */
export async function openSharedStack(): Promise<StackFacts> {
  const response = await fetch(process.env["TEST_STACK_URL"] ?? "");
  if (!response.ok) throw new Error(`The stack did not start:\n${await response.text()}`);
  return (await response.json()) as StackFacts;
}

/** Asks the gateway as a persona. */
export async function askAs(
  stack: Pick<StackFacts, "gatewayUrl" | "tokens">,
  persona: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Answer> {
  const token = stack.tokens[persona];
  if (token === undefined) throw new Error(`No persona ${persona}.`);
  const response = await fetch(`${stack.gatewayUrl}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token !== null && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors = [] } = (await response.json()) as Partial<Answer>;
  return { status: response.status, data, errors };
}

/** The text of one of the operations in `queries/`. */
export function readOperation(name: string): Promise<string> {
  return readFile(new URL(`../../queries/${name}.graphql`, import.meta.url), "utf8");
}

/** What a process of the stack has logged so far. */
export function readLog(stack: StackFacts, name: string): Promise<string> {
  return readFile(join(stack.logFolder, `${name}.log`), "utf8");
}
