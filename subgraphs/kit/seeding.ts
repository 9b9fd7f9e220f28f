// Seeds a database once: a marker tells a finished seed from one that was cut off, which is then begun again.
import type { Connection } from "mongoose";

import type { World } from "../world/world.ts";
import type { OpenSubgraph } from "./subgraph.ts";

const MARKER_COLLECTION = "seeding";

interface Marker {
  readonly _id: "demonstration-world";
  readonly state: "running" | "done";
  readonly today: string;
}

/** `seeded`: it was empty · `kept`: it holds a finished seed or data of its owner, and was left as it is. */
export type SeedingOutcome = "seeded" | "kept";

/** Writes the demonstration world into the database unless something is there. */
export async function seedOnce(
  connection: Connection,
  open: OpenSubgraph,
  createWorld: () => World,
): Promise<SeedingOutcome> {
  const markers = connection.collection<Marker>(MARKER_COLLECTION);
  const marker = await markers.findOne({ _id: "demonstration-world" });
  if (marker?.state === "done") return "kept";
  if (marker === null && (await holdsData(connection))) return "kept";
  if (marker !== null) await emptyAll(connection);
  const world = createWorld();
  await markers.replaceOne({ _id: "demonstration-world" }, { state: "running", today: world.today }, { upsert: true });
  await open.seed(world);
  await markers.updateOne({ _id: "demonstration-world" }, { $set: { state: "done" } });
  return "seeded";
}

async function holdsData(connection: Connection): Promise<boolean> {
  const found = await Promise.all(Object.values(connection.models).map((model) => model.exists({})));
  return found.some((row) => row !== null);
}

async function emptyAll(connection: Connection): Promise<void> {
  await Promise.all(Object.values(connection.models).map((model) => model.deleteMany({})));
}
