// Who is habilitated, as *partners* told: what a subgraph keeps of it that decides about rows of its own, and no more; and who
// asks, seen with it.
import { Schema, type Connection } from "mongoose";

import type { Directory, DirectoryCopy } from "../directory/directory.ts";
import type { Habilitated } from "../law/law.ts";
import type { Caller } from "./caller.ts";
import { replaceCopies } from "./copies.ts";
import type { RequestFacts } from "./subgraph.ts";

export interface StandingCopy extends Habilitated {
  readonly _id: string;
  /** The text that binds to secrecy; null when none does. */
  readonly secrecyBasis: string | null;
}

export interface Standings extends DirectoryCopy {
  standingOf(professionalId: string): Promise<StandingCopy | null>;
}

const COLLECTION = "standings";
const TEXT_OR_NULL = { type: String, default: null } as const;

const habilitation = new Schema({ purposes: [String], validFrom: String, validTo: TEXT_OR_NULL }, { _id: false });
const standing = new Schema<StandingCopy>(
  { _id: String, partnerId: String, secrecyBasis: TEXT_OR_NULL, habilitation: { type: habilitation, default: null } },
  { versionKey: false, autoCreate: false },
);

/** Who asks, with what is known of them. */
export interface Asker extends Caller {
  /** Null for somebody unknown, and for a program. */
  readonly standing: StandingCopy | null;
  /** `YYYY-MM-DD`. */
  readonly today: string;
}

/** For one request; looked up once, and where somebody wants to know. */
export function createAsker(standings: Standings, { caller, clock }: Pick<RequestFacts, "caller" | "clock">): () => Promise<Asker> {
  let asked: Promise<Asker> | null = null;
  const read = async (): Promise<Asker> => {
    const { professionalId } = caller;
    return { ...caller, standing: professionalId === null ? null : await standings.standingOf(professionalId), today: clock.today() };
  };
  return () => (asked ??= read());
}

export function openStandings(connection: Connection): Standings {
  const standings = connection.model<StandingCopy>("Standing", standing, COLLECTION);
  return {
    standingOf: (professionalId) => standings.findById(professionalId).lean<StandingCopy>().exec(),
    take: ({ standings: told }) => replaceCopies(connection, { [COLLECTION]: told.map(toCopy) }),
  };
}

function toCopy({ id, partnerId, secrecyBasis, habilitation: told }: Directory["standings"][number]): StandingCopy {
  return { _id: id, partnerId, secrecyBasis, habilitation: told && { purposes: told.purposes, validFrom: told.validFrom, validTo: told.validTo } };
}
