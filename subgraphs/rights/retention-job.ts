// The retention job: says how many files are in which state, and ends those that are due (CASF R.263-8, CNIL 2023-095).
import type { DueFile, EndingFile, Retention } from "../beneficiaries/subgraph.ts";
import type { PersonDoor } from "../kit/kit.ts";

export interface RetentionJob {
  readonly retention: Retention;
  /** By the subgraph's name. */
  readonly doors: ReadonlyMap<string, PersonDoor>;
  /** Destroys what else only makes sense with the person, such as their data key. Asked for again after a failure. */
  readonly onErased: (personId: string) => Promise<void>;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  readonly dryRun: boolean;
  /** The clock is right, whatever the files say. */
  readonly isSure?: boolean;
  /** Lines without personal data: states, counts, pseudonyms. */
  readonly print: (line: string) => void;
}

/** The subgraph that knows the person goes last, with the journal's end: until then the journal leads there. */
const LAST = "beneficiaries";
const KEYS = "keys";

/** Nothing was ended that had not begun to. */
export class RetentionRefused extends Error {}

/** Rejects when a database is away; run again, it goes on where it stopped. Throws RetentionRefused. */
export async function runRetention(job: RetentionJob): Promise<void> {
  const { retention, today, dryRun, print } = job;
  const begun = await retention.unfinished();
  for (const file of begun) {
    if (dryRun) print(`would go on with ${file.id}, begun ${file.today}`);
    else await endFile(file, job, `went on with ${file.id}, begun ${file.today}`);
  }
  const { counts, due, lastContactOn } = await retention.review(today);
  print(`${today} ${Object.entries(counts).map(([state, count]) => `${state} ${count}`).join(" · ")}`);
  const doubt = due.length === 0 || job.isSure === true ? null : doubtClock(today, lastContactOn);
  if (doubt !== null && !dryRun) throw new RetentionRefused(`Cannot end files because ${doubt} Look at the clock; --sure ends them all the same.`);
  if (doubt !== null) print(`would refuse: ${doubt}`);
  for (const file of due) {
    if (dryRun) print(`would ${verbOf(file)} ${file.pseudonym}`);
    else await beginAndEnd(file, job);
  }
}

const DAY_MS = 86_400_000;
const MOST_QUIET_DAYS = 31;

/** A clock that jumped would end the files of everybody, whom nobody could bring back. */
function doubtClock(today: string, lastContactOn: string | null): string | null {
  const quietDays = lastContactOn === null ? 0 : Math.round((Date.parse(today) - Date.parse(lastContactOn)) / DAY_MS);
  return quietDays <= MOST_QUIET_DAYS ? null : `the clock stands ${quietDays} days after the last contact with anybody (${lastContactOn}).`;
}

async function beginAndEnd(file: DueFile, job: RetentionJob): Promise<void> {
  const begun = await job.retention.begin(file, job.today);
  if (begun === null) job.print(`kept ${file.pseudonym}: it changed meanwhile`);
  else await endFile(begun, job, `${verbOf(file)}d ${file.pseudonym}`);
}

/** Who had no contact ever never became a beneficiary: nothing stays, not even to be counted. */
function verbOf({ counts }: DueFile): string {
  return counts ? "anonymise" : "erase";
}

async function endFile(file: EndingFile, { retention, doors, onErased, print }: RetentionJob, line: string): Promise<void> {
  const { id, done, ...order } = file;
  for (const [name, door] of doors) {
    if (name === LAST || done.includes(name)) continue;
    await door.endFile(order);
    await retention.markDone(file, name);
  }
  if (!done.includes(KEYS)) {
    await onErased(file.personId);
    await retention.markDone(file, KEYS);
  }
  await doors.get(LAST)?.endFile(order, (session) => retention.finish(file, file.today, session));
  print(line);
}
