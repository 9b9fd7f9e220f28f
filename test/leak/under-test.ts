// The four subgraphs in this process over the databases of the run's stack, with a judge that the test commands: it allows
// the categories that the caller's scopes name as `allow:CATEGORY`. So a test sees what the policy tables make of a
// decision, and nothing of how it was come by; or, with all allowed, all that there is.
import { dirname, join } from "node:path";

import { execute, isObjectType, parse, type GraphQLFieldResolver, type GraphQLSchema } from "graphql";

import { createBlinding } from "../../subgraphs/beneficiaries/blinding.ts";
import { createJudge } from "../../subgraphs/beneficiaries/judge.ts";
import { createData } from "../../subgraphs/beneficiaries/loaders.ts";
import { openModels, type Models } from "../../subgraphs/beneficiaries/models.ts";
import type { PersonRow } from "../../subgraphs/beneficiaries/rows.ts";
import { EVERYBODY } from "../../subgraphs/beneficiaries/scope.ts";
import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import { createFingerprint } from "../../subgraphs/beneficiaries/writing/writing.ts";
import {
  ANONYMOUS,
  buildSchema,
  createClock,
  createOwnTicketIssuer,
  createRowLoader,
  defineSubgraph,
  openStore,
  type Loader,
  type OpenSubgraph,
  type Releases,
  type RequestFacts,
  type Store,
  type Subgraph,
  type TableBody,
} from "../../subgraphs/kit/kit.ts";
import { DATA_CATEGORIES, enforcePolicy, open, publicTypes, refuse, UNAUDITED, type Decision, type Policy, type Subject } from "../../subgraphs/law/law.ts";
import { createPartners } from "../../subgraphs/partners/subgraph.ts";
import { besideData, createKeyStore, openKeyRing, type OpenKeys } from "../../subgraphs/sealed/sealed.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createSites } from "../../subgraphs/sites/subgraph.ts";
import { createTestTickets } from "../harness/law.ts";
import { testMongodbUri } from "../harness/subgraph.ts";
import { TEST_CLOCK, type Json, type StackFacts } from "../harness/stack.ts";

/** The demonstration has no referral that protects a child: here this one does, the first of b1. */
export const PROTECTING_REFERRAL = "r-p1-housing";

/** Who asks, as far as policies look at them. */
export interface Allowance {
  readonly categories: ReadonlySet<string>;
  readonly scopes?: readonly string[];
  /** Whether they may know where a refuge is; false by default. */
  readonly locates?: boolean;
  /** Who is meant when a policy says whom it is about; others are refused. */
  readonly people: ReadonlySet<string>;
  readonly partnerId?: string | null;
}

export type AskUnderTest = (query: string, allowance: Allowance, variables?: Record<string, unknown>) => Promise<Json>;

export interface UnderTest {
  readonly subgraph: Subgraph;
  readonly schema: GraphQLSchema;
  /** With the policy, or with another in its stead, until the next start. Throws what subgraphs throw at theirs. */
  readonly start: (policy?: Policy) => AskUnderTest;
}

export interface AllUnderTest {
  readonly byName: Readonly<Record<"beneficiaries" | "services" | "sites" | "partners", UnderTest>>;
  close(): Promise<void>;
}

/** With what is known to two parties known to whoever asks. */
export function openedToAll(policy: Policy): Policy {
  const rule = policy["ReferralStep"];
  return rule?.kind === "person" ? { ...policy, ReferralStep: { ...rule, fields: { ...rule.fields, referral: open("whoever asks") } } } : policy;
}

export const EVERYTHING: ReadonlySet<string> = new Set(DATA_CATEGORIES);
export const EVERY_SCOPE = ["beneficiary:identity", "assessment:read", "assessment:content", "agenda:read", "professional:read", "nir:read"];

export async function openUnderTest({ databasePrefix, logFolder }: StackFacts): Promise<AllUnderTest> {
  const ring = await openKeyRing(join(dirname(logFolder), "keys", "key-ring.json"));
  const openKeys: OpenKeys = (data) => createKeyStore(besideData(data), ring);
  const stores: Store[] = [];
  const begin = async (subgraph: Subgraph): Promise<UnderTest> => {
    const store = await openStore({ uri: testMongodbUri(), database: `${databasePrefix}${subgraph.name}` });
    stores.push(store);
    const opened = await subgraph.open(store.connection);
    return { subgraph, ...prepare(subgraph, opened) };
  };
  const { options } = createTestTickets();
  const byName = {
    beneficiaries: await begin(withoutLaw(openKeys)),
    services: await begin(createServices(options)),
    sites: await begin(createSites({ ...options, openKeys })),
    partners: await begin(createPartners(options)),
  };
  return { byName, close: async () => void (await Promise.all(stores.map((store) => store.close()))) };
}

const CLOCK = createClock(TEST_CLOCK);

/** One schema for all policies: building one takes longer than asking it. */
function prepare(subgraph: Subgraph, opened: OpenSubgraph): Pick<UnderTest, "schema" | "start"> {
  const schema = buildSchema({ ...subgraph, policy: allPublic(subgraph.policy) });
  const plain = resolversOf(schema);
  return {
    schema,
    start: (policy = subgraph.policy) => {
      for (const { field, resolve } of plain) field.resolve = resolve;
      enforcePolicy(schema, policy);
      return (query, allowance, variables = {}) => ask({ schema, opened }, { query, variables }, allowance);
    },
  };
}

function allPublic(policy: Policy): Policy {
  return publicTypes("whatever it is", ...Object.keys(policy));
}

interface Resolved {
  readonly field: { resolve?: GraphQLFieldResolver<unknown, unknown> | undefined };
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | undefined;
}

function resolversOf(schema: GraphQLSchema): Resolved[] {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  return types.flatMap((type) => Object.values(type.getFields()).map((field) => ({ field, resolve: field.resolve })));
}

interface Opened {
  readonly schema: GraphQLSchema;
  readonly opened: OpenSubgraph;
}

interface Question {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

async function ask({ schema, opened }: Opened, { query, variables: variableValues }: Question, { categories, scopes = EVERY_SCOPE, locates = false, people, partnerId = null }: Allowance): Promise<Json> {
  const decide = ({ personId }: Subject, category: string): Decision => (categories.has(category) && people.has(personId ?? "") ? { allowed: true, basis: "CONSENT" } : refuse("OPPOSED"));
  const context = opened.createContext({ caller: { ...ANONYMOUS, partnerId, purpose: "SUPPORT", scopes: new Set(scopes) }, clock: CLOCK, audit: UNAUDITED });
  const contextValue = { ...context, data: withProtecting(context.data), judge: { ...context.judge, decide, mayLocate: async () => locates } };
  const { data, errors } = await execute({ schema, document: documentOf(query), variableValues, contextValue });
  if (errors !== undefined) throw new AggregateError(errors, errors[0]?.message);
  return JSON.parse(JSON.stringify(data));
}

interface Referrals {
  readonly referralsOfPerson: (args: object) => Loader<string, { readonly _id: string }[]>;
}

function withProtecting<Data>(data: Data): Data {
  const { referralsOfPerson } = data as Partial<Referrals>;
  if (referralsOfPerson === undefined) return data;
  const mark = (row: { readonly _id: string }) => (row._id === PROTECTING_REFERRAL ? { ...row, childProtection: true } : row);
  return { ...data, referralsOfPerson: (args: object) => ({ load: async (id: string) => (await referralsOfPerson(args).load(id)).map(mark) }) };
}

const documents = new Map<string, ReturnType<typeof parse>>();

function documentOf(query: string): ReturnType<typeof parse> {
  const document = documents.get(query) ?? parse(query, { noLocation: true });
  documents.set(query, document);
  return document;
}

/** Reports are of nobody: no path of this test leads there. */
const NO_RELEASES: Releases<TableBody> = { read: () => Promise.reject(new Error("Expected no question about reports.")), prepare: async () => undefined };

/** Whose queries find every row: what is left are the fields of the policy. */
function withoutLaw(openKeys: OpenKeys): Subgraph {
  const blindingKey = new Uint8Array(32);
  const [tickets, blinding, fingerprint] = [createOwnTicketIssuer(), createBlinding(blindingKey), createFingerprint(blindingKey)];
  const options = { tickets, blinding, fingerprint, told: () => undefined, graceDays: 30, releases: NO_RELEASES };
  const anybody = { may: async () => true, known: async () => EVERYBODY, searchable: async () => EVERYBODY, reachesSecrets: async () => true };
  return defineSubgraph({
    ...createBeneficiaries({ blindingKey, tickets }),
    openModels: (connection) => ({ models: openModels(connection), keys: openKeys(connection) }),
    createJudge: ({ models }, request: RequestFacts) => ({ ...createJudge(models, request, options.graceDays), ...anybody, person: everybody(models) }),
    createData: (stores, request) => createData({ ...stores, ...options, request }),
    seed: async () => undefined,
  });
}

function everybody(models: Models): Loader<string, PersonRow | null> {
  return createRowLoader((ids: readonly string[]) => models.peopleByIds(ids, EVERYBODY), ({ _id }) => _id);
}
