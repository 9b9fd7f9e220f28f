// What a schema asks of callers: the scopes of `@requiresScopes`, read from the SDL itself so that no second list exists.
import { readFileSync } from "node:fs";

import { parse, valueFromASTUntyped, type FieldDefinitionNode, type TypeNode } from "graphql";

/** A field that is reached from a type, and the scopes it asks for: one of the lists must be held whole. */
export interface ScopedField {
  /** Names of fields from the type on, `identity.nir`. */
  readonly path: string;
  readonly scopes: readonly (readonly string[])[];
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly scopes: ScopedField["scopes"] | null;
}

/** One step on the way from a type to a field below it. */
interface Step {
  readonly typeName: string;
  readonly fieldName: string;
}

/** All scoped fields that can be reached from the type without passing one type twice, in the order of the schema. */
export function readScopedFields(schema: URL, typeName: string): ScopedField[] {
  return walk(readFields(readFileSync(schema, "utf8")), typeName, []);
}

/** Whether the scopes suffice. */
export function meetsScopes(field: Pick<ScopedField, "scopes">, held: ReadonlySet<string>): boolean {
  return field.scopes.some((all) => all.every((scope) => held.has(scope)));
}

/** Type → its fields; an interface has those of its implementations too. */
function readFields(sdl: string): Map<string, Field[]> {
  const fields = new Map<string, Field[]>();
  for (const node of parse(sdl).definitions) {
    if (node.kind !== "ObjectTypeDefinition" && node.kind !== "InterfaceTypeDefinition") continue;
    const own = (node.fields ?? []).map(readField);
    for (const name of [node.name.value, ...(node.interfaces ?? []).map((one) => one.name.value)]) {
      const known = fields.get(name) ?? [];
      fields.set(name, [...known, ...own.filter((field) => !known.some((other) => other.name === field.name))]);
    }
  }
  return fields;
}

function readField(node: FieldDefinitionNode): Field {
  const directive = node.directives?.find((one) => one.name.value === "requiresScopes");
  const argument = directive?.arguments?.find((one) => one.name.value === "scopes");
  const scopes = argument === undefined ? null : (valueFromASTUntyped(argument.value) as string[][]);
  return { name: node.name.value, type: nameOf(node.type), scopes };
}

function nameOf(type: TypeNode): string {
  return type.kind === "NamedType" ? type.name.value : nameOf(type.type);
}

function walk(fields: ReadonlyMap<string, readonly Field[]>, typeName: string, passed: readonly Step[]): ScopedField[] {
  if (passed.some((step) => step.typeName === typeName)) return [];
  return (fields.get(typeName) ?? []).flatMap((field) => {
    const steps = [...passed, { typeName, fieldName: field.name }];
    const own = field.scopes === null ? [] : [{ path: steps.map((step) => step.fieldName).join("."), scopes: field.scopes }];
    return [...own, ...walk(fields, field.type, steps)];
  });
}
