// What a subgraph holds about people, as a table: where the rows of a person are, what is left of them when the file ends,
// and what an export of all data leaves out. The rights of people (export, erasure) are carried out over it.
//
// A file ends in one transaction, after which no row is found by the person's id: so it can be asked for again, and a job
// that was killed begins where it stopped. What is left counts in statistics and leads nowhere: ids are made anew from a
// secret that the job forgets at the end, other ones in each subgraph. The log of readings, which has keys of its own, is
// told in the same transaction.
import { createHmac } from "node:crypto";

import type { ClientSession, Connection } from "mongoose";

import { orderErasure } from "./erasure-orders.ts";

export type Row = Readonly<Record<string, unknown>> & { readonly _id: string };
export type RowFilter = Readonly<Record<string, unknown>>;

/** A collection that holds something about people. */
export interface PersonTable {
  readonly collection: string;
  /** By an index. `earlier`: what was read of the tables before this one. */
  readonly rowsOf: (personId: string, earlier: RowsByCollection) => RowFilter;
  /** What is left of a row when the file ends: for counting, or because it is not the person's alone. Without it: nothing. */
  readonly keep?: (row: never, ending: Ending) => object | null | Promise<object | null>;
  /** Field → why an export leaves it out. */
  readonly notExported?: Readonly<Record<string, string>>;
  /** For an export: what is stored sealed, as text. Asked once for all rows, whose keys are then one query. */
  readonly opened?: (connection: Connection) => (row: never) => object | Promise<object>;
  /** For an export: what `hides` must know of others, of whom nothing is shown. */
  readonly beside?: Beside;
  /**
   * Rows that not even the person is shown. `without`: ids that another subgraph, or a table before this one, said are so.
   * `rows`: all that is held here about the person, and what tables read beside it.
   */
  readonly hides?: (row: never, without: ReadonlySet<string>, rows: RowsByCollection) => boolean;
}

/** Rows of others, by an index. */
export interface Beside {
  /** Under which name `hides` finds them. */
  readonly name: string;
  readonly collection: string;
  readonly rowsOf: (earlier: RowsByCollection) => RowFilter;
  readonly fields: readonly string[];
}

export type RowsByCollection = Readonly<Record<string, readonly Row[]>>;

/** One file that ends. */
export interface Ending {
  readonly personId: string;
  /** False: nothing is kept for counting either, because the person never became a beneficiary. */
  readonly counts: boolean;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  readonly rows: RowsByCollection;
  /** The same for the same text, and for nobody who does not know the secret. */
  readonly newId: (text: string) => string;
  readonly exists: (collection: string, filter: RowFilter) => Promise<boolean>;
}

export interface EndingOrder extends Pick<Ending, "personId" | "counts" | "today"> {
  readonly secret: string;
}

export type Session = ClientSession;

export interface PersonExport {
  readonly tables: readonly ExportedTable[];
  /** Ids of rows that were left out as a whole, and of what they lead to, for the other subgraphs. */
  readonly hidden: readonly string[];
}

export interface ExportedTable {
  readonly collection: string;
  readonly rows: readonly Row[];
  readonly notExported: Readonly<Record<string, string>>;
}

export interface PersonDoor {
  exportPerson(personId: string, without: ReadonlySet<string>): Promise<PersonExport>;
  /** All or nothing; `also` belongs to the same transaction. Asked for again, it finds nothing to do. */
  endFile(order: EndingOrder, also?: (session: Session) => Promise<void>): Promise<void>;
}

export function openPersonDoor(connection: Connection, { name, tables }: { readonly name: string; readonly tables: readonly PersonTable[] }): PersonDoor {
  return {
    exportPerson: async (personId, without) => {
      const own = await readAll(connection, tables, { personId });
      return exportTables({ connection, tables, rows: { ...own, ...(await readBeside(connection, tables, own)) }, without });
    },
    endFile: async (order, also) => {
      await connection.transaction(
        async (session) => {
          await endTables({ connection, name, tables, session }, order);
          await orderErasure(connection, order.personId, session);
          await also?.(session);
        },
        { readConcern: "snapshot", writeConcern: { w: "majority", journal: true } },
      );
    },
  };
}

interface Reading {
  readonly personId: string;
  readonly session?: Session;
}

/** One after the other: a later table may be read by what an earlier one says, and a session does one thing at a time. */
async function readAll(connection: Connection, tables: readonly PersonTable[], { personId, session }: Reading): Promise<RowsByCollection> {
  const rows: Record<string, readonly Row[]> = {};
  for (const { collection, rowsOf } of tables) {
    const found = connection.collection<Row>(collection).find(rowsOf(personId, rows), { ...(session !== undefined && { session }), sort: { _id: 1 } });
    rows[collection] = (await found.toArray()) as readonly Row[];
  }
  return rows;
}

async function readBeside(connection: Connection, tables: readonly PersonTable[], own: RowsByCollection): Promise<RowsByCollection> {
  const asked = tables.flatMap(({ beside }) => beside ?? []);
  const read = async ({ name, collection, rowsOf, fields }: Beside) => {
    const projection = Object.fromEntries(fields.map((field) => [field, 1]));
    return [name, (await connection.collection<Row>(collection).find(rowsOf(own), { projection }).toArray()) as readonly Row[]] as const;
  };
  return Object.fromEntries(await Promise.all(asked.map(read)));
}

interface Exporting {
  readonly connection: Connection;
  readonly tables: readonly PersonTable[];
  readonly rows: RowsByCollection;
  readonly without: ReadonlySet<string>;
}

async function exportTables({ connection, tables, rows, without }: Exporting): Promise<PersonExport> {
  const hidden = new Set(without);
  const exported: ExportedTable[] = [];
  for (const { collection, notExported = {}, hides = () => false, opened = () => (row: Row) => row } of tables) {
    const [out = [], shown = []] = split(rows[collection] ?? [], (row) => hides(row as never, hidden, rows));
    for (const id of out.flatMap(idsOf)) hidden.add(id);
    const open = opened(connection);
    const texts = await Promise.all(shown.map((row) => open(row as never)));
    exported.push({ collection, notExported, rows: texts.map((row) => leaveOut(row as Row, notExported)) });
  }
  return { tables: exported, hidden: [...hidden] };
}

function split(rows: readonly Row[], isOut: (row: Row) => boolean): readonly Row[][] {
  const out = new Set(rows.filter(isOut));
  return [[...out], rows.filter((row) => !out.has(row))];
}

/** Its own and that of the referral that it led to. */
function idsOf({ _id, referralId }: Row): string[] {
  return [_id, ...(typeof referralId === "string" ? [referralId] : [])];
}

function leaveOut(row: Row, notExported: Readonly<Record<string, string>>): Row {
  return Object.fromEntries(Object.entries(row).filter(([field]) => !(field in notExported))) as Row;
}

interface EndingTables {
  readonly connection: Connection;
  readonly name: string;
  readonly tables: readonly PersonTable[];
  readonly session: Session;
}

async function endTables({ connection, name, tables, session }: EndingTables, { secret, ...order }: EndingOrder): Promise<void> {
  const rows = await readAll(connection, tables, { personId: order.personId, session });
  const ending: Ending = {
    ...order,
    rows,
    newId: (text) => createHmac("sha256", Buffer.from(secret, "base64url")).update(`${name}\0${text}`).digest("base64url").slice(0, 22),
    exists: async (collection, filter) => (await connection.collection(collection).findOne(filter, { session, projection: { _id: 1 } })) !== null,
  };
  for (const { collection, keep } of tables) {
    const own = rows[collection] ?? [];
    if (own.length === 0) continue;
    const left: object[] = [];
    for (const row of own) {
      const kept = (await keep?.(row as never, ending)) ?? null;
      if (kept !== null) left.push(kept);
    }
    const table = connection.collection<Row>(collection);
    await table.deleteMany({ _id: { $in: own.map(({ _id }) => _id) } }, { session });
    if (left.length > 0) await table.insertMany(left as Row[], { session });
  }
}
