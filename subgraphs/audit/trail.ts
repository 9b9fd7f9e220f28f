// The trail of one request: one intent for each person about whom something is read, written with all that the request asks
// for, and one outcome for each when the answer is there. A request that was refused everything about somebody leaves that.
import { performance } from "node:perf_hooks";

import type { Asked, ReadTrail } from "../law/law.ts";
import type { Asking, Result } from "./entry.ts";
import type { ReadLog } from "./log.ts";

/** Who asks, and by which clock. */
export interface TrailFacts {
  readonly caller: {
    readonly subject: string | null;
    readonly professionalId: string | null;
    readonly partnerId: string | null;
    readonly personId: string | null;
    readonly purpose: string | null;
  };
  readonly clock: { now(): Date };
  /** Of the client's request, at whichever subgraph. */
  readonly request?: string | null;
}

/** `told` hears of an outcome that could not be kept; its intent was. */
export function createTrail(log: Pick<ReadLog, "append" | "appendLater">, facts: TrailFacts, told: (error: unknown) => void): ReadTrail {
  const startedAt = performance.now();
  const people = new Map<string, Person>();
  let asked: (() => Asked) | null = null;
  const personOf = (personId: string): Person => {
    const known = people.get(personId) ?? createPerson();
    people.set(personId, known);
    return known;
  };
  return {
    asks: (get) => void (asked ??= get),
    before: ({ personId, field, basis }) => {
      const person = personOf(personId);
      person.read.add(field);
      if (basis !== undefined) person.bases.add(basis);
      if (person.isDurable) return undefined;
      return (person.intent ??= writeIntent(person, () => log.append({ kind: "intent", ...askingOf(personId, facts, asked?.() ?? NOTHING) })));
    },
    answered: (personId, rows) => void (personOf(personId).rows += rows),
    refused: (personId, field, reason) => void personOf(personId).refused.set(field, reason),
    ground: (personId, basis) => void personOf(personId).bases.add(basis),
    finish: async () => {
      const ms = Math.round(performance.now() - startedAt);
      const done = [...people].map(([personId, person]) => finishPerson(personId, person, { log, facts, asked: asked?.() ?? NOTHING, ms }));
      for (const result of await Promise.allSettled(done)) if (result.status === "rejected") told(result.reason);
    },
  };
}

const NOTHING: Asked = { fields: [], operationName: null };

interface Person {
  intent: Promise<void> | null;
  isDurable: boolean;
  place: number;
  rows: number;
  readonly read: Set<string>;
  readonly bases: Set<string>;
  readonly refused: Map<string, string>;
}

function createPerson(): Person {
  return { intent: null, isDurable: false, place: -1, rows: 0, read: new Set(), bases: new Set(), refused: new Map() };
}

/** One promise for all fields that wait for it. */
async function writeIntent(person: Person, write: () => Promise<number>): Promise<void> {
  person.place = await write();
  person.isDurable = true;
}

interface Finishing {
  readonly log: Pick<ReadLog, "append" | "appendLater">;
  readonly facts: TrailFacts;
  readonly asked: Asked;
  readonly ms: number;
}

async function finishPerson(personId: string, person: Person, { log, facts, asked, ms }: Finishing): Promise<void> {
  const { intent, isDurable, place } = person;
  const result: Result = { bases: [...person.bases], read: [...person.read].sort(), refused: Object.fromEntries(person.refused), rows: person.rows, ms };
  const at = facts.clock.now().toISOString();
  if (isDurable) await log.appendLater({ kind: "outcome", at, personId, intent: place, ...result });
  // An intent that could not be written opened nothing, and there is no more to say here.
  else if (intent === null && person.refused.size > 0) {
    await log.appendLater({ kind: "refusal", ...askingOf(personId, facts, asked), ...result });
  }
}

function askingOf(personId: string, { caller, clock, request = null }: TrailFacts, { fields, operationName }: Asked): Asking {
  return {
    at: clock.now().toISOString(),
    personId,
    subject: caller.subject,
    professionalId: caller.professionalId,
    partnerId: caller.partnerId,
    self: caller.personId === personId,
    purpose: caller.purpose,
    operationName,
    request,
    asked: fields,
  };
}
