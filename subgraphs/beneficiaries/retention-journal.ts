// Which files are in which state of retention, and the journal of those that end.
//
// A file ends in four databases, which no transaction spans: so it is a saga. Its journal says what is done already, and who
// is killed in between begins again there. A file is claimed and written into the journal in one transaction; the last
// step, in this database, ends the file and forgets who it was about in another. From then on the journal only counts.
import { randomBytes, randomUUID } from "node:crypto";

import type { EndingOrder, Session, Store } from "../kit/kit.ts";
import { createBlinding } from "./blinding.ts";
import { lastContactOf, RETENTION_STATES, retentionOn, type RetentionFacts, type RetentionState } from "./retention.ts";
import { openRetentionTables } from "./tables.ts";

export interface RetentionReview {
  readonly counts: Readonly<Record<RetentionState, number>>;
  readonly due: readonly DueFile[];
  /** With anybody, `YYYY-MM-DD`; null where there was none ever. */
  readonly lastContactOn: string | null;
}

/** A file that is due for destruction. */
export interface DueFile {
  readonly personId: string;
  /** What the operator is shown: for the organisation that holds the file. */
  readonly pseudonym: string;
  readonly lastContactAt: Date | null;
  /** Of the holder, as they stood. */
  readonly retentionMonths: number | null;
  /** Of what protected a child: counted here as any other, and shown by nothing. */
  readonly lastProtectionContactAt: Date | null;
  /** There was a contact; otherwise nothing is kept, not even to be counted. */
  readonly counts: boolean;
}

/** A file that has begun to end. */
export interface EndingFile extends EndingOrder {
  /** Of the journal; leads to nobody. */
  readonly id: string;
  readonly done: readonly string[];
}

export interface Retention {
  review(today: string): Promise<RetentionReview>;
  unfinished(): Promise<EndingFile[]>;
  /** Null when the file is no longer due: there was a contact, a hold, or somebody else was faster. */
  begin(file: DueFile, today: string): Promise<EndingFile | null>;
  markDone(file: EndingFile, part: string): Promise<void>;
  /** Within the transaction that ends the file here. */
  finish(file: EndingFile, today: string, session: Session): Promise<void>;
}

interface PersonFacts extends RetentionFacts {
  readonly _id: string;
  readonly departmentCode: string;
}

interface JournalRow {
  readonly _id: string;
  readonly state: "BEGUN" | "FINISHED";
  readonly personId?: string;
  readonly secret?: string;
  readonly counts: boolean;
  readonly begunOn: string;
  readonly done: readonly string[];
  readonly finishedOn: string | null;
}

type Tables = ReturnType<typeof openRetentionTables>;

const DURABLE = { w: "majority", j: true } as const;
const PAGE = 1_000;

/** Over the connection of the `PersonDoor`: the end is one transaction of both. `blindingKey`: as for the subgraph. */
export function openRetention(connection: Store["connection"], blindingKey: Uint8Array): Retention {
  const tables = openRetentionTables(connection);
  const blinding = createBlinding(blindingKey);
  const pseudonymOf = (personId: string, departmentCode: string) => blinding.pseudonym(personId, `dept-${departmentCode}`);
  return {
    review: (today) => review(tables, today, pseudonymOf),
    unfinished: async () => (await tables.erasures.find({ state: "BEGUN" }).sort({ _id: 1 }).lean<JournalRow[]>().exec()).map(toEnding),
    begin: (file, today) => begin(tables, file, today),
    markDone: async ({ id }, part) => void (await tables.erasures.updateOne({ _id: id }, { $addToSet: { done: part } }, { writeConcern: DURABLE }).exec()),
    finish: async ({ id }, today, session) => {
      const change = { $set: { state: "FINISHED", finishedOn: today }, $unset: { personId: "", secret: "" } };
      await tables.erasures.updateOne({ _id: id }, change, { session }).exec();
    },
  };
}

async function review({ people, erasures }: Tables, today: string, pseudonymOf: (personId: string, departmentCode: string) => string): Promise<RetentionReview> {
  const counts = Object.fromEntries(RETENTION_STATES.map((state) => [state, 0])) as Record<RetentionState, number>;
  const due: DueFile[] = [];
  let newest = 0;
  for (let last = ""; ; ) {
    const page = await people.find({ _id: { $gt: last } }, FACTS).sort({ _id: 1 }).limit(PAGE).lean<PersonFacts[]>().exec();
    for (const { _id, departmentCode, ...facts } of page) {
      const { state } = retentionOn(facts, today);
      newest = Math.max(newest, lastContactOf(facts)?.getTime() ?? 0);
      // Counted by the journal, whether it has begun or is finished.
      if (state !== "ANONYMISED") counts[state] += 1;
      if (state === "DUE_FOR_DESTRUCTION") due.push({ personId: _id, pseudonym: pseudonymOf(_id, departmentCode), ...contactsOf(facts), retentionMonths: facts.retentionMonths ?? null, counts: lastContactOf(facts) !== null });
    }
    const end = page.at(-1);
    if (end === undefined) break;
    last = end._id;
  }
  counts.ANONYMISED = await erasures.countDocuments({ state: { $in: ["BEGUN", "FINISHED"] } }).exec();
  return { counts, due, lastContactOn: newest === 0 ? null : new Date(newest).toISOString().slice(0, 10) };
}

/** Of rows from before the second was kept, too. */
function contactsOf({ lastContactAt, lastProtectionContactAt = null }: RetentionFacts): Pick<DueFile, "lastContactAt" | "lastProtectionContactAt"> {
  return { lastContactAt, lastProtectionContactAt };
}

const FACTS = { departmentCode: 1, lastContactAt: 1, lastProtectionContactAt: 1, litigationHold: 1, retentionMonths: 1, anonymisedOn: 1 };

/** The claim holds what made the file due: a contact, a hold or a longer time in between keeps it. */
async function begin({ people, erasures }: Tables, file: DueFile, today: string): Promise<EndingFile | null> {
  const { personId, lastContactAt, lastProtectionContactAt, retentionMonths, counts } = file;
  const row: JournalRow = {
    _id: randomUUID(),
    state: "BEGUN",
    personId,
    secret: randomBytes(32).toString("base64url"),
    counts,
    begunOn: today,
    done: [],
    finishedOn: null,
  };
  // Here, so that a dry run writes nothing at all.
  await erasures.createIndexes();
  let isClaimed = false;
  await people.db.transaction(
    async (session) => {
      const claim = { _id: personId, lastContactAt, lastProtectionContactAt, retentionMonths, litigationHold: false, anonymisedOn: null };
      const { matchedCount } = await people.updateOne(claim, { $set: { anonymisedOn: today } }, { session }).exec();
      isClaimed = matchedCount === 1;
      if (isClaimed) await erasures.create([{ ...row, done: [] }], { session });
    },
    { writeConcern: DURABLE },
  );
  return isClaimed ? toEnding(row) : null;
}

/** On the day on which it began, however long it takes. */
function toEnding({ _id, personId = "", secret = "", counts, begunOn, done }: JournalRow): EndingFile {
  return { id: _id, personId, secret, counts, done, today: begunOn };
}
