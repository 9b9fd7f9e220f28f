// Compares two API schemas: what a change breaks for clients in general, and which known operations it breaks.
import type { Change } from "@graphql-inspector/core";
import { GraphQLError, isObjectType, parse, Source, validate, type DocumentNode, type GraphQLSchema } from "graphql";

import { gatewayError } from "../errors.ts";
import { readSupergraph, type Requirement } from "../supergraph/supergraph.ts";

/** A supergraph, and what clients see of it. */
export interface ComparedSchema {
  readonly supergraphSdl: string;
  readonly apiSchema: GraphQLSchema;
}

export type Severity = "breaking" | "dangerous" | "safe";

export interface SchemaChange {
  readonly severity: Severity;
  /** Where in the schema: `Query.book.size`; empty for the schema itself. */
  readonly coordinate: string;
  readonly message: string;
}

/** A document of operations, and where it was read. */
export interface OperationFile {
  readonly file: string;
  readonly text: string;
}

export interface BrokenOperation {
  readonly file: string;
  readonly line: number;
  /** The operation's name, or `(unnamed)`. */
  readonly operation: string;
  readonly message: string;
  /** It did not fit the old schema either. */
  readonly before: boolean;
}

const SEVERITIES: Readonly<Record<string, Severity>> = { BREAKING: "breaking", DANGEROUS: "dangerous", NON_BREAKING: "safe" };
const ORDER: readonly Severity[] = ["breaking", "dangerous", "safe"];

/** Worst first, then by coordinate. Throws SCHEMA_CHECK_IMPOSSIBLE where the comparer is not installed. */
export async function compareSchemas(before: ComparedSchema, after: ComparedSchema, revision: string): Promise<SchemaChange[]> {
  const { diff } = await loadInspector(revision);
  const changes = (await diff(before.apiSchema, after.apiSchema)).map(toSchemaChange);
  return [...changes, ...compareRequirements(before, after)].sort(compareChanges);
}

/** Every reason for which an operation does not fit `after`. */
export function findBrokenOperations(files: readonly OperationFile[], before: GraphQLSchema, after: GraphQLSchema): BrokenOperation[] {
  return files.flatMap(({ file, text }) => {
    const document = parseOperations(file, text);
    if (document instanceof GraphQLError) {
      return [{ file, line: document.locations?.[0]?.line ?? 1, operation: "(unreadable)", message: document.message, before: false }];
    }
    const known = new Set(validate(before, document).map(({ message }) => message));
    return validate(after, document).map((error) => ({ file, ...describe(error, document), before: known.has(error.message) }));
  });
}

/** It is a development dependency: a deployed gateway compares no schemas. */
async function loadInspector(revision: string): Promise<typeof import("@graphql-inspector/core")> {
  return import("@graphql-inspector/core").catch(() => {
    throw gatewayError("SCHEMA_CHECK_IMPOSSIBLE", {
      revision,
      reason: "@graphql-inspector/core is not installed; install the development dependencies with npm ci",
    });
  });
}

function toSchemaChange({ criticality, path, message }: Change): SchemaChange {
  return { severity: SEVERITIES[criticality.level] ?? "dangerous", coordinate: path ?? "", message };
}

/**
 * The API schema does not show who may read a field. A requirement that is new takes the field from callers who do not
 * meet it; one that is gone shows the field to everybody, which somebody should have meant.
 */
function compareRequirements(before: ComparedSchema, after: ComparedSchema): SchemaChange[] {
  const [old, now] = [before, after].map(({ supergraphSdl }) => readSupergraph(supergraphSdl, "supergraph").requirements);
  if (old === undefined || now === undefined) return [];
  return fieldsOfBoth(before.apiSchema, after.apiSchema).flatMap(([type, field]) => {
    const [had, has] = [old.of(type, field).map(printRequirement), now.of(type, field).map(printRequirement)];
    const coordinate = `${type}.${field}`;
    return [
      ...has.filter((one) => !had.includes(one)).map((one): SchemaChange => ({ severity: "breaking", coordinate, message: `Field '${coordinate}' now requires ${one}` })),
      ...had.filter((one) => !has.includes(one)).map((one): SchemaChange => ({ severity: "dangerous", coordinate, message: `Field '${coordinate}' no longer requires ${one}` })),
    ];
  });
}

function fieldsOfBoth(before: GraphQLSchema, after: GraphQLSchema): [type: string, field: string][] {
  return Object.values(after.getTypeMap()).flatMap((type) => {
    const old = before.getType(type.name);
    if (!isObjectType(type) || !isObjectType(old) || type.name.startsWith("__")) return [];
    return Object.keys(type.getFields()).flatMap((field): [string, string][] => (field in old.getFields() ? [[type.name, field]] : []));
  });
}

function printRequirement(requirement: Requirement): string {
  if (requirement.kind === "authenticated") return "an authenticated caller";
  const alternatives = requirement.anyOf.map((all) => [...all].sort().join(" and ")).sort();
  return `${requirement.kind} ${alternatives.join(", or ")}`;
}

function compareChanges(a: SchemaChange, b: SchemaChange): number {
  return ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || compareText(a.coordinate, b.coordinate) || compareText(a.message, b.message);
}

/** By code unit: the same order on every machine, whatever its language. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function parseOperations(file: string, text: string): DocumentNode | GraphQLError {
  try {
    return parse(new Source(text, file));
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

/** The operation (or fragment) within which the error lies, and the line. */
function describe(error: GraphQLError, document: DocumentNode): { operation: string; line: number; message: string } {
  const position = error.positions?.[0] ?? 0;
  const owner = document.definitions.find(({ loc }) => loc !== undefined && loc.start <= position && position < loc.end);
  const name = owner !== undefined && "name" in owner ? owner.name?.value : undefined;
  return { operation: name ?? "(unnamed)", line: error.locations?.[0]?.line ?? 1, message: error.message };
}
