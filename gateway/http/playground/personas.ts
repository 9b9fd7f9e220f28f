// The callers among whom a visitor of the playground chooses: their names and tokens, from the operator's file.
import { readFileSync } from "node:fs";

import { gatewayError } from "../../errors.ts";

export interface Persona {
  readonly name: string;
  readonly description: string;
  /** A bearer token; `null` for a caller without one. */
  readonly token: string | null;
}

/** Throws SETTING_INVALID. */
export function readPersonas(path: string): readonly Persona[] {
  const list = readJson(path);
  if (!Array.isArray(list)) throw invalid(path);
  return list.map((entry: unknown) => {
    const { name, description, token } = isObject(entry) ? entry : {};
    const known = typeof name === "string" && typeof description === "string";
    if (!known || (typeof token !== "string" && token !== null)) throw invalid(path);
    return { name, description, token };
  });
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw invalid(path);
  }
}

function invalid(path: string): Error {
  return gatewayError("SETTING_INVALID", { name: "GATEWAY_PERSONAS", expected: "a JSON file of [{ name, description, token }], token a string or null", value: path });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
