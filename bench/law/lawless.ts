// The four subgraphs with policy and tickets taken out, for measuring what those cost and for gateways that cannot vouch for
// a caller. Built from the subgraphs' own parts, past their doors: the product has no setting that does this.
import { createBlinding } from "../../subgraphs/beneficiaries/blinding.ts";
import { DEFAULT_GRACE_DAYS } from "../../subgraphs/beneficiaries/decide.ts";
import type { BeneficiariesJudge } from "../../subgraphs/beneficiaries/judge.ts";
import { createData, type DataOptions } from "../../subgraphs/beneficiaries/loaders.ts";
import { openModels, type Models } from "../../subgraphs/beneficiaries/models.ts";
import type { GrantRow } from "../../subgraphs/beneficiaries/rows.ts";
import { EVERYBODY } from "../../subgraphs/beneficiaries/scope.ts";
import { seed } from "../../subgraphs/beneficiaries/seed.ts";
import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import { createFingerprint } from "../../subgraphs/beneficiaries/writing/writing.ts";
import type { SubgraphName } from "../../subgraphs/config.ts";
import { createGroupLoader, createRowLoader, defineSubgraph, type Subgraph } from "../../subgraphs/kit/kit.ts";
import { DATA_CATEGORIES, publicTypes, type Decision, type TicketIssuer, type TicketReader, type TicketTerms } from "../../subgraphs/law/law.ts";
import { createPartners } from "../../subgraphs/partners/subgraph.ts";
import type { OpenKeys } from "../../subgraphs/sealed/sealed.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createSites } from "../../subgraphs/sites/subgraph.ts";

export interface LawlessOptions {
  readonly blindingKey: Uint8Array;
  readonly openKeys: OpenKeys;
}

/** Everybody reads everything, nothing is decided and `withheld` is empty. The query plan stays: tickets are empty texts. */
export function createLawless(name: SubgraphName, options: LawlessOptions): Subgraph {
  const reading = { tickets: CREDULOUS, told: () => undefined };
  switch (name) {
    case "beneficiaries":
      return withoutPolicy(createLawlessBeneficiaries(options));
    case "services":
      return withoutPolicy(createServices(reading));
    case "sites":
      return withoutPolicy(createSites({ ...reading, openKeys: options.openKeys }));
    case "partners":
      return withoutPolicy(createPartners(reading));
  }
}

const ALLOWED: Decision = { allowed: true, basis: "CONSENT" };
const ALL_ALLOWED = Object.fromEntries(DATA_CATEGORIES.map((category) => [category, ALLOWED])) as TicketTerms["decisions"];
const ALL_GROUNDS = Object.fromEntries(DATA_CATEGORIES.map((category) => [category, "CONSENT"]));

const BLANK: TicketIssuer = { issue: (terms) => terms.map(() => ""), publicKeys: { keys: [] } };
const CREDULOUS: TicketReader = {
  read: (_, { entity }) => ({ entity, personId: entity.slice(entity.indexOf("/") + 1), until: Number.POSITIVE_INFINITY, allowed: ALL_GROUNDS, refused: {} }),
};

/** Nothing guards a public type; what the policy would have answered itself is answered by a resolver. */
function withoutPolicy(subgraph: Subgraph): Subgraph {
  const told = Object.entries(subgraph.policy).flatMap(([type, rule]) => {
    const fields = rule.kind === "person" ? Object.keys(rule.fields) : rule.kind === "part" ? rule.fields : [];
    return fields.includes("withheld") ? [[type, { ...(subgraph.resolvers[type] as object | undefined), withheld: () => [] }]] : [];
  });
  return { ...subgraph, resolvers: { ...subgraph.resolvers, ...Object.fromEntries(told) }, policy: publicTypes("measured without the law", ...Object.keys(subgraph.policy)) };
}

function createLawlessBeneficiaries({ blindingKey, openKeys }: LawlessOptions): Subgraph {
  const [blinding, fingerprint] = [createBlinding(blindingKey), createFingerprint(blindingKey)];
  const options = { tickets: BLANK, blinding, fingerprint, told: () => undefined, graceDays: DEFAULT_GRACE_DAYS };
  return defineSubgraph({
    ...createBeneficiaries({ blindingKey, tickets: BLANK }),
    openModels: (connection) => ({ models: openModels(connection), keys: openKeys(connection) }),
    createJudge: ({ models }) => createCarelessJudge(models),
    createData: (stores, request) => createData({ ...stores, ...options, request, releases: UNMEASURED }),
    seed: (stores, world) => seed(stores, world, blinding),
  });
}

/** No report is measured. */
const UNMEASURED: DataOptions["releases"] = { read: () => Promise.reject(new TypeError("No report is measured here.")), prepare: async () => undefined };

function createCarelessJudge(models: Models): BeneficiariesJudge {
  return {
    person: createRowLoader((ids: readonly string[]) => models.peopleByIds(ids, EVERYBODY), ({ _id }) => _id),
    grantsOf: createGroupLoader((ids: readonly string[]) => models.grantsOfPeople(ids), ({ personId }: GrantRow) => [personId]),
    known: async () => EVERYBODY,
    searchable: async () => EVERYBODY,
    searchableByHome: async () => EVERYBODY,
    reachesSecrets: async () => true,
    may: async () => true,
    decide: () => ALLOWED,
    decisionsFor: async () => ALL_ALLOWED,
  };
}
