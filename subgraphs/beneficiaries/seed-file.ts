// One person of the demonstration world with what the world says about their pathways.
import type { PathwayRecord, PersonRecord, StepRecord } from "../world/world.ts";

export interface SeedFile {
  readonly person: PersonRecord;
  /** Oldest first. */
  readonly pathways: readonly PathwayRecord[];
  readonly today: string;
}

export function stepsOf({ pathways }: SeedFile): readonly StepRecord[] {
  return pathways.flatMap((pathway) => pathway.steps);
}
