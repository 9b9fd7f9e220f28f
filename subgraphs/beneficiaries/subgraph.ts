// Beneficiaries: who a person is, what was assessed, the pathway, and on what basis it may be shared.
import { defineSubgraph, DEMONSTRATION_PUBLISHING, openReleases, publishTables, type Publishing, type Subgraph, type TableFact } from "../kit/kit.ts";
import type { TicketIssuer } from "../law/law.ts";
import { openDemonstrationKeys, type OpenKeys } from "../sealed/sealed.ts";
import { createBlinding } from "./blinding.ts";
import { DEFAULT_GRACE_DAYS } from "./decide.ts";
import { createData } from "./loaders.ts";
import { createDeedSource } from "./deeds.ts";
import { createJudge } from "./judge.ts";
import { openModels } from "./models.ts";
import { personDataOf } from "./person-data.ts";
import { policy } from "./policy.ts";
import { createReadIndex, createReceivedIndex } from "./readings.ts";
import { resolvers } from "./resolvers.ts";
import { seed } from "./seed.ts";
import { STEP_REPORT } from "./step-stats.ts";
import { createFingerprint, type AlarmRaised } from "./writing/writing.ts";

export { openRetention, type DueFile, type EndingFile, type Retention, type RetentionReview } from "./retention-journal.ts";
export { answerDueOn } from "./rights-clock.ts";
export { RETENTION_STATES } from "./retention.ts";
export { createTelling, createWebhook, type Send, type Telling, type TellingFault } from "./telling/telling.ts";

const schema = new URL("./schema.graphql", import.meta.url);

export interface BeneficiariesOptions {
  /** 32 bytes, kept outside of the database: the key of the NIR's blind index and of the pseudonyms. */
  readonly blindingKey: Uint8Array;
  /** Tells the other subgraphs what a caller may read of a person. */
  readonly tickets: TicketIssuer;
  /** Who left a care team reads on for so many days; 30 by default. */
  readonly graceDays?: number;
  /** Of accesses in an emergency that somebody should look at. */
  readonly told?: (alarm: AlarmRaised) => void;
  /** The people's data keys; by default beside the data and wrapped by a key that everybody knows. */
  readonly openKeys?: OpenKeys;
  /** How counts are protected, and when they are published; by default as in the demonstration. */
  readonly publishing?: Publishing;
}

export function createBeneficiaries(options: BeneficiariesOptions): Subgraph {
  const { blindingKey, tickets, graceDays = DEFAULT_GRACE_DAYS, told = () => undefined } = options;
  const { openKeys = openDemonstrationKeys, publishing = DEMONSTRATION_PUBLISHING } = options;
  const blinding = createBlinding(blindingKey);
  const fingerprint = createFingerprint(blindingKey);
  return defineSubgraph({
    name: "beneficiaries",
    schema,
    resolvers,
    policy,
    openModels: (connection) => {
      const models = openModels(connection);
      const report = { read: models.stepFacts, publish: (facts: readonly TableFact[]) => publishTables(facts, STEP_REPORT, publishing.disclosure) };
      return { models, keys: openKeys(connection), releases: openReleases({ connection, report, ...publishing }) };
    },
    createJudge: ({ models }, request) => createJudge(models, request, graceDays),
    createData: (stores, request) => createData({ ...stores, request, blinding, tickets, fingerprint, told, graceDays }),
    releases: ({ releases }) => releases,
    readIndex: ({ models }) => createReadIndex(models),
    receivedIndex: ({ models }) => createReceivedIndex(models),
    deeds: ({ models }) => createDeedSource(models),
    directoryCopy: ({ models }) => models.directoryCopy,
    personData: personDataOf(openKeys),
    seed: (stores, world) => seed(stores, world, blinding),
  });
}
