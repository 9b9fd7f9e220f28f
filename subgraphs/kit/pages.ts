// Relay connections over MongoDB by keyset: a cursor holds the sort key of its row, so that pages stay right when
// rows are inserted before them. Cursors are opaque to clients and checked when they come back.
import { clientError } from "./errors.ts";

export const PAGE_LIMIT = 200;

/** One field of the order. The last field of an order must be unique, or rows with equal keys would be skipped. */
export interface OrderField {
  readonly field: string;
  readonly kind: "string" | "number" | "date";
  /** 1 ascending (default), -1 descending. */
  readonly direction?: 1 | -1;
}

export interface PageArgs {
  readonly first?: number | null;
  readonly after?: string | null;
}

export interface Page {
  readonly limit: number;
  readonly order: readonly OrderField[];
  readonly after: readonly SortValue[] | null;
}

export type SortValue = string | number | Date;

export interface Connection<Node, Edge extends object = object> {
  readonly edges: readonly (Edge & { readonly cursor: string; readonly node: Node })[];
  readonly nodes: readonly Node[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  /** Called by the default resolver, so that counting costs nothing where nobody asks. */
  readonly totalCount: () => Promise<number>;
}

/** Reads `first` and `after`. Throws PAGE_TOO_LARGE or BAD_CURSOR. */
export function readPage(args: PageArgs, order: readonly OrderField[], defaultSize = 50): Page {
  const limit = args.first ?? defaultSize;
  if (limit < 1 || limit > PAGE_LIMIT) {
    throw clientError("PAGE_TOO_LARGE", `Expected \`first\` between 1 and ${PAGE_LIMIT}, got ${limit}.`);
  }
  return { limit, order, after: args.after == null ? null : readCursor(args.after, order) };
}

/** The filter for the rows behind the cursor: (a, b) > (x, y) as `a > x or (a = x and b > y)`. */
export function afterFilter(page: Page): Record<string, unknown> {
  const { after, order } = page;
  if (after === null) return {};
  return {
    $or: order.map(({ field, direction = 1 }, index) => ({
      ...Object.fromEntries(order.slice(0, index).map((before, at) => [before.field, after[at]])),
      [field]: { [direction === 1 ? "$gt" : "$lt"]: after[index] },
    })),
  };
}

/** The order as MongoDB's sort document. */
export function sortOf(page: Page): Record<string, 1 | -1> {
  return Object.fromEntries(page.order.map(({ field, direction = 1 }) => [field, direction]));
}

/** How many rows to fetch: one more than the page, whose presence says that there is a next page. */
export function fetchSize(page: Page): number {
  return page.limit + 1;
}

/** The connection of the rows that were fetched with `afterFilter`, `sortOf` and `fetchSize`. */
export function toConnection<Node extends object, Edge extends object = object>(
  page: Page,
  fetched: readonly Node[],
  totalCount: () => Promise<number>,
  edgeOf: (node: Node) => Edge = () => ({}) as Edge,
): Connection<Node, Edge> {
  const nodes = fetched.slice(0, page.limit);
  const edges = nodes.map((node) => ({ ...edgeOf(node), cursor: printCursor(page.order, node), node }));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: fetched.length > page.limit,
      hasPreviousPage: page.after !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount,
  };
}

function printCursor(order: readonly OrderField[], row: object): string {
  const values = order.map(({ field }) => (row as Record<string, unknown>)[field]);
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

function readCursor(cursor: string, order: readonly OrderField[]): SortValue[] {
  const values = parseCursor(cursor);
  if (!Array.isArray(values) || values.length !== order.length) throw badCursor();
  return order.map(({ kind }, index) => readSortValue(kind, values[index]));
}

function parseCursor(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw badCursor();
  }
}

function readSortValue(kind: OrderField["kind"], value: unknown): SortValue {
  if (kind === "date" && typeof value === "string") {
    const date = new Date(value);
    if (!Number.isNaN(date.getTime())) return date;
  } else if (kind === "string" && typeof value === "string") return value;
  else if (kind === "number" && typeof value === "number") return value;
  throw badCursor();
}

function badCursor(): Error {
  return clientError("BAD_CURSOR", "Expected `after` to be a cursor that this connection gave (`edges.cursor` or `pageInfo.endCursor`).");
}
