// All that the four databases hold about a person, for the person (GDPR art. 15 and 20), with what is left out and why.
import type { ExportedTable, PersonDoor } from "../kit/kit.ts";

export interface PersonFile {
  /** Changes when readers of the JSON must. */
  readonly format: "parcours-person-export/1";
  /** `YYYY-MM-DD`. */
  readonly exportedOn: string;
  readonly subgraphs: readonly SubgraphPart[];
}

export interface SubgraphPart {
  readonly name: string;
  readonly tables: readonly ExportedTable[];
}

/** The first to be asked, since it says which steps are not the person's own to read. */
const FIRST = "beneficiaries";

/** Null when nobody has this id. Rows are JSON: instants as ISO 8601. */
export async function exportPerson(personId: string, doors: ReadonlyMap<string, PersonDoor>, today: string): Promise<PersonFile | null> {
  const first = await doors.get(FIRST)?.exportPerson(personId, new Set());
  // Whoever asked for an id that nobody has left a trace under it, which is no file.
  const [person] = first?.tables ?? [];
  if (first === undefined || person === undefined || person.rows.length === 0) return null;
  const hidden = new Set(first.hidden);
  const others = [...doors].filter(([name]) => name !== FIRST);
  const parts = await Promise.all(others.map(async ([name, door]): Promise<SubgraphPart> => ({ name, tables: (await door.exportPerson(personId, hidden)).tables })));
  const file: PersonFile = { format: "parcours-person-export/1", exportedOn: today, subgraphs: [{ name: FIRST, tables: first.tables }, ...parts] };
  return JSON.parse(JSON.stringify(file)) as PersonFile;
}
