// Values without fields of their own, as JSON. A value that is not of the type is not passed on.
import { isEnumType, type GraphQLLeafType } from "graphql";

/** JSON; null for a value that is not of the type. */
export type PrintLeaf = (value: unknown) => string | null;

/** `null` and undefined are never handed in. A value that clients may not see is none of an enum. */
export function createLeafPrinter(type: GraphQLLeafType): PrintLeaf {
  if (isEnumType(type)) {
    const texts = new Map<unknown, string>(type.getValues().map(({ name }) => [name, `"${name}"`]));
    return (value) => texts.get(value) ?? null;
  }
  switch (type.name) {
    case "String":
      return (value) => (typeof value === "string" ? printString(value) : null);
    case "ID":
      return (value) => (typeof value === "string" ? printString(value) : typeof value === "number" ? JSON.stringify(value) : null);
    case "Int":
    case "Float":
      return (value) => (typeof value === "number" ? String(value) : null);
    case "Boolean":
      return (value) => (typeof value === "boolean" ? String(value) : null);
    default:
      return printAny;
  }
}

/** Up to here it is faster to look at each character, and leaves no copy; JSON.stringify looks at sixteen at a time. */
const SHORT = 32;

export function printString(value: string): string {
  if (value.length > SHORT) return JSON.stringify(value);
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    // Control characters, the quote, the backslash, and what may be half of a pair.
    if (code < 0x20 || code === 0x22 || code === 0x5c || code >= 0xd800) return JSON.stringify(value);
  }
  return `"${value}"`;
}

/** Custom scalars are their subgraph's business; but printing recurses, and a value may be nested without end. */
function printAny(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}
