// Which rows the lists of the API answer, for every caller: exactly those that the law allows (L1, L4, L7, L11, L14), computed
// from the world's records. A list that is right row by row may still tell, by a row too many or one that is counted.
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { openDemoKeys, type DemoKeys } from "../../deploy/keys.ts";
import { createBlinding } from "../../subgraphs/beneficiaries/blinding.ts";
import { inventNir, toDocuments } from "../../subgraphs/beneficiaries/seed.ts";
import { completeNir, openStore, type Store } from "../../subgraphs/kit/kit.ts";
import { askAs, openSharedStack, TEST_CLOCK, TEST_TODAY, type Json, type StackFacts } from "../harness/stack.ts";
import { CALLERS, type TestCaller } from "./callers.ts";
import { madeUpElsewhere } from "./elsewhere-readings.ts";
import { readFacts, type Facts } from "./facts.ts";
import { mayExchange } from "./judge-answer.ts";
import { ofAppointment } from "./rests-on.ts";
import { readEntry, type Reader } from "./reading.ts";

/** A child under protection, a couple, an endangered person with somebody in her home, an archived file, and whose file is theirs. */
const PEOPLE = ["b1", "b2", "b3", "b5", "b7", "b14", "b15", "b24", "b27", "b30"];
const SELVES: readonly TestCaller[] = PEOPLE.map((person) => ({
  name: `person ${person}`,
  claims: { scope: "self:read referral:read agenda:read identity:merge", person, purpose: "SELF_ACCESS" },
}));
const EVERYBODY = [...CALLERS, ...SELVES];

const facts: Facts = readFacts();
const { people, referrals, appointments } = facts.world;
const drafts = toDocuments(facts.world, createBlinding(new Uint8Array(32)));
const draftOf = new Map(drafts.people.map((draft) => [draft._id, draft]));

let stack: StackFacts;
let keys: DemoKeys;
const tokens = new Map<string, string>();

beforeAll(async () => {
  stack = await openSharedStack();
  keys = await openDemoKeys(join(dirname(stack.logFolder), "keys"));
  for (const { name, claims } of EVERYBODY) if (claims !== null) tokens.set(name, await keys.signToken(name, claims as Record<string, string>));
}, 180_000);

async function ask({ name, claims }: TestCaller, query: string, variables: Record<string, unknown> = {}): Promise<Json> {
  const { data, errors } = await askAs(
    { gatewayUrl: stack.gatewayUrl, tokens: { [name]: claims === null ? null : (tokens.get(name) ?? "") } },
    name,
    query,
    variables,
  );
  expect(errors.filter(({ extensions }) => extensions?.code !== "UNAUTHORIZED_FIELD").map(({ message }) => message)).toEqual([]);
  return data;
}

/** Page by page to the last. */
async function askAll(
  caller: TestCaller,
  query: string,
  variables: Record<string, unknown>,
): Promise<{ readonly ids: string[]; readonly totalCount: number }> {
  const ids: string[] = [];
  for (let after: string | null = null; ;) {
    const page: Json = (await ask(caller, query, { ...variables, after }))?.page ?? null;
    if (page === null) return { ids, totalCount: 0 };
    ids.push(...page.nodes.map(({ id }: Json) => id));
    if (!page.pageInfo.hasNextPage) return { ids, totalCount: page.totalCount };
    after = page.pageInfo.endCursor;
  }
}

const readerOf = ({ claims }: TestCaller): Reader => facts.readerOf(claims ?? {});

/** Told in one place which rows are too many and which are missing. */
function differences(answered: readonly string[], allowed: readonly string[]): { readonly leaked: string[]; readonly missing: string[] } {
  return { leaked: answered.filter((id) => !allowed.includes(id)), missing: allowed.filter((id) => !answered.includes(id)) };
}

const NOTHING_WRONG = { leaked: [], missing: [] };

describe("beneficiarySearch", () => {
  const b1 = people.findIndex(({ id }) => id === "b1");
  const fold = (text: string | null): string => (text ?? "").normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
  type Person = (typeof people)[number];
  const SEARCHES: readonly { readonly input: object; readonly isMeant: (person: Person) => boolean; readonly byHome?: boolean }[] = [
    { input: { name: "ma" }, isMeant: ({ birthName, usageName }) => [birthName, usageName].some((name) => fold(name).startsWith("ma")) },
    { input: { name: "be" }, isMeant: ({ birthName, usageName }) => [birthName, usageName].some((name) => fold(name).startsWith("be")) },
    ...["92075", "14118", "97105"].map((code) => ({ input: { communeCode: code }, isMeant: ({ communeCode }: Person) => communeCode === code, byHome: true })),
    ...PEOPLE.map((id) => ({
      input: { birthDate: draftOf.get(id)?.birthDate },
      isMeant: ({ birthDate }: Person) => birthDate === draftOf.get(id)?.birthDate,
    })),
    ...["b2", "b7"].map((id) => ({ input: { localId: draftOf.get(id)?.localIdentifiers[0]?.value }, isMeant: (person: Person) => person.id === id })),
    { input: { nir: completeNir(inventNir(people[b1] as Person, b1)) }, isMeant: ({ id }) => id === "b1" },
  ];
  const SEARCH =
    "query ($input: BeneficiarySearchInput!, $after: String) { page: beneficiarySearch(input: $input, first: 100, after: $after) { nodes { id } totalCount pageInfo { hasNextPage endCursor } } }";
  let found = 0;

  it.each(EVERYBODY)(
    "finds for $name exactly those whose identity they may read for the purpose",
    async (caller) => {
      const reader = readerOf(caller);
      for (const { input, isMeant, byHome } of SEARCHES) {
        for (const purpose of ["SUPPORT", "CHILD_PROTECTION"]) {
          const isForIt = reader.personId !== null || reader.purpose === purpose;
          const allowed = people
            .filter(
              (person) =>
                caller.claims !== null &&
                isForIt &&
                isMeant(person) &&
                facts.may(reader, person.id, "IDENTITY") &&
                // Guessing where somebody lives would tell it.
                (byHome === undefined || facts.may(reader, person.id, "HOUSEHOLD")) &&
                facts.mayKnowOf(reader, person.id),
            )
            .map(({ id }) => id);
          const page = await askAll(caller, SEARCH, { input: { ...input, purpose } });
          expect({ input, purpose, ...differences(page.ids, allowed) }).toEqual({ input, purpose, ...NOTHING_WRONG });
          // Who is not shown is not counted either.
          expect({ input, purpose, count: page.totalCount }).toEqual({ input, purpose, count: allowed.length });
          found += page.ids.length;
        }
      }
    },
    120_000,
  );

  it("found somebody, often", () => expect(found).toBeGreaterThan(100));
});

describe("possibleDuplicates", () => {
  let suggested = 0;

  it.each(EVERYBODY)("suggests to $name exactly those who share a trait and whose identity they may read", async (caller) => {
    const reader = readerOf(caller);
    for (const of of PEOPLE) {
      const isAnswered = reader.scopes.has("identity:merge") && facts.mayKnowOf(reader, of) && facts.may(reader, of, "IDENTITY");
      const allowed = isAnswered
        ? people
            .filter(({ id }) => id !== of && shareTrait(of, id) && facts.may(reader, id, "IDENTITY") && facts.mayKnowOf(reader, id))
            .map(({ id }) => id)
        : [];
      const matches: Json =
        (await ask(caller, "query ($of: ID!) { possibleDuplicates(of: $of, minScore: 0) { candidate { id } } }", { of }))?.possibleDuplicates ?? null;
      expect({ of, isAnswered: matches !== null }).toEqual({ of, isAnswered });
      expect({
        of,
        ...differences(
          (matches ?? []).map(({ candidate }: Json) => candidate.id),
          allowed,
        ),
      }).toEqual({ of, ...NOTHING_WRONG });
      suggested += matches?.length ?? 0;
    }
  });

  it("suggested somebody", () => expect(suggested).toBeGreaterThan(0));

  /** A telephone, an address to write to, a CAF file, or a name with the birth date. */
  function shareTrait(one: string, other: string): boolean {
    const [a, b] = [draftOf.get(one)?.keys, draftOf.get(other)?.keys];
    if (a === undefined || b === undefined) return false;
    const isSame = (x: string | null, y: string | null): boolean => x !== null && x === y;
    const names = draftOf.get(one)?.birthDate === draftOf.get(other)?.birthDate && a.names.some((name) => b.names.includes(name));
    return isSame(a.phone, b.phone) || isSame(a.email, b.email) || isSame(a.caf, b.caf) || names;
  }
});

describe("accessLog", () => {
  /** Before any test read anything: what was seeded. */
  const UNTIL = "2026-03-01T23:00:00.000Z";
  const SINCE = new Date(`${Number(TEST_TODAY.slice(0, 4)) - 1}${TEST_TODAY.slice(4)}T00:00:00Z`);
  const ELSEWHERE = madeUpElsewhere(drafts, PEOPLE);
  const EVENTS = [...drafts.accessEvents, ...ELSEWHERE];
  let shown = 0;
  let held = 0;
  let store: Store;

  beforeAll(async () => {
    store = await openStore({ uri: stack.mongodbUri, database: `${stack.databasePrefix}beneficiaries` });
    await store.connection.collection("accessEvents").insertMany(ELSEWHERE as never[]);
  });
  afterAll(async () => {
    await store.connection.collection("accessEvents").deleteMany({ _id: { $regex: "^made-up-elsewhere-" } as never });
    await store.close();
  });

  it.each(EVERYBODY)("shows $name exactly the readings that they may know of", async (caller) => {
    const reader = readerOf(caller);
    for (const beneficiaryId of PEOPLE) {
      const kept = EVENTS.filter(({ personId, at }) => personId === beneficiaryId && at >= SINCE && at <= new Date(UNTIL));
      const allowed = kept.filter((event) => caller.claims !== null && maySee(event, { reader, about: beneficiaryId }));
      const query =
        "query ($beneficiaryId: ID!, $to: DateTime) { accessLog(beneficiaryId: $beneficiaryId, to: $to, first: 200) { nodes { at byProfessionalId byPartnerId } totalCount } }";
      const log: Json = (await ask(caller, query, { beneficiaryId, to: UNTIL }))?.accessLog ?? { nodes: [], totalCount: 0 };
      const answered = log.nodes.map(({ at, byProfessionalId, byPartnerId }: Json) => `${at} ${byProfessionalId} ${byPartnerId}`);
      const expected = allowed.map(({ at, byProfessionalId, byPartnerId }) => `${at.toISOString()} ${byProfessionalId} ${byPartnerId}`);
      expect({ beneficiaryId, ...differences(answered, expected) }).toEqual({ beneficiaryId, ...NOTHING_WRONG });
      expect({ beneficiaryId, count: log.totalCount }).toEqual({ beneficiaryId, count: allowed.length });
      shown += allowed.length;
      if (reader.personId === beneficiaryId) held += kept.length - allowed.length;
    }
  });

  it("showed readings, and held some back from the person", () => expect({ shown: shown > 50, held: held > 0 }).toEqual({ shown: true, held: true }));

  type Event = (typeof drafts.accessEvents)[number];

  /** L14: one's own, but for what would warn somebody; L11: an auditor the own organisation's, a steward of the holder all. */
  function maySee(event: Event, { reader, about }: { readonly reader: Reader; readonly about: string }): boolean {
    const { personId, partnerId, scopes } = reader;
    if (personId !== null) return personId === about && scopes.has("self:read") && !wouldWarn(event, about);
    if (!scopes.has("audit:read") || partnerId === null || !facts.mayKnowOf(reader, about)) return false;
    const isSteward = scopes.has("identity:merge") && partnerId === `dept-${draftOf.get(about)?.departmentCode}`;
    return (isSteward || event.byPartnerId === partnerId) && (facts.may(reader, about, "CHILD_PROTECTION") || !tellsOfProtection(event, about));
  }

  /** L4: to whoever may not read of it, that a child of the home is protected; an evaluation whose ground is not known, while there is one. */
  function tellsOfProtection({ purpose, bases, over, byProfessionalId }: Event, about: string): boolean {
    const self = draftOf.get(about);
    const home = drafts.people.filter(({ _id, householdId }) => _id === about || (householdId !== null && householdId === self?.householdId));
    const isThere = (people: readonly (typeof self)[], protecting: boolean): boolean =>
      people.some((one) => one?.team.some((member) => member.professionalId === byProfessionalId && member.childProtection === protecting) === true);
    const [protects, supports] = [isThere(home, true), isThere([self], false)];
    const isNamed = purpose === "CHILD_PROTECTION" || (bases ?? []).includes("CHILD_PROTECTION");
    if (isNamed || (protects && (!supports || purpose === "EVALUATION"))) return true;
    const isEvaluated = home.some(({ _id }) => drafts.grants.some((grant) => grant.personId === _id && grant.basis === "CHILD_PROTECTION" && grant.status === "ACTIVE" && (grant.expiresAt === null || new Date(TEST_CLOCK) < grant.expiresAt)));
    return isEvaluated && !supports && (over === false || (purpose === "EVALUATION" && (bases ?? []).length === 0));
  }

  /** Whoever endangers her may sit beside her; a child's evaluation and a housemate's helpers are not shown to the home (L4). */
  function wouldWarn(event: Event, about: string): boolean {
    const { at, purpose, bases, over, byProfessionalId } = event;
    const self = draftOf.get(about);
    if (self?.contact?.safeToContact === false) return true;
    const home = drafts.people.filter(({ householdId }) => householdId === self?.householdId);
    const isEvaluated = drafts.grants.some(
      ({ personId, basis, status, expiresAt }) =>
        basis === "CHILD_PROTECTION" &&
        status === "ACTIVE" &&
        (expiresAt === null || new Date(TEST_CLOCK) < expiresAt) &&
        home.some(({ _id }) => _id === personId),
    );
    // Three months from the alert (D.226-2-4): until then an evaluation may be about to begin.
    const isRecent = at >= new Date("2025-12-02T00:00:00Z");
    if ((isEvaluated || isRecent) && (purpose === "CHILD_PROTECTION" || (bases ?? []).includes("CHILD_PROTECTION"))) return true;
    const protects = (people: typeof home, protecting: boolean): boolean =>
      people.some(({ team }) => team.some((member) => member.professionalId === byProfessionalId && member.childProtection === protecting));
    const supports = protects(self === undefined ? [] : [self], false);
    if (isEvaluated && purpose === "EVALUATION" && (protects(home, true) || ((bases ?? []).length === 0 && !supports))) return true;
    if (isEvaluated && !supports && (protects(home, true) || over === false)) return true;
    const own = new Set(self?.team.map(({ professionalId }) => professionalId));
    const others = home.filter(({ _id, contact }) => _id !== about && contact?.safeToContact === false);
    if (event.elsewhere === true && wouldWarnElsewhere(event, { supports, isEndangered: others.length > 0 })) return true;
    return !own.has(byProfessionalId) && others.some(({ team }) => team.some(({ professionalId }) => professionalId === byProfessionalId));
  }

  /** An evaluation may follow what protects a child within three months (D.226-2-4); who is party to something may be a refuge. */
  function wouldWarnElsewhere({ at, purpose, bases, over }: Event, { supports, isEndangered }: { readonly supports: boolean; readonly isEndangered: boolean }): boolean {
    const mayProtect = purpose === "CHILD_PROTECTION" || bases.includes("CHILD_PROTECTION") || (over === false && !supports);
    return (at >= new Date("2025-12-02T00:00:00Z") && mayProtect) || (isEndangered && bases.length === 0 && !supports);
  }
});

describe("referralInbox", () => {
  const INBOX =
    "query ($partnerId: ID!, $after: String) { page: referralInbox(partnerId: $partnerId, first: 100, after: $after) { nodes { id } totalCount pageInfo { hasNextPage endCursor } } }";
  const INBOXES = ["ngo-toit-et-vie", "france-travail", "dept-92", "dept-14", "nobody"];
  let seen = 0;

  it.each(EVERYBODY)("shows $name exactly what was sent to their own organisation, or is about themself", async (caller) => {
    const reader = readerOf(caller);
    for (const partnerId of INBOXES) {
      const sent = referrals.filter(({ receiverId, transitions }) => receiverId === partnerId && transitions.some(({ to }) => to === "REQUESTED"));
      const isMine = ({ personId }: (typeof referrals)[number]): boolean =>
        reader.personId !== null ? personId === reader.personId : reader.partnerId === partnerId && mayExchange(reader, facts);
      const allowed = reader.scopes.has("referral:read") ? sent.filter(isMine).map(({ id }) => id) : [];
      const inbox = await askAll(caller, INBOX, { partnerId });
      expect({ partnerId, ...differences(inbox.ids, allowed) }).toEqual({ partnerId, ...NOTHING_WRONG });
      expect({ partnerId, count: inbox.totalCount }).toEqual({ partnerId, count: allowed.length });
      seen += inbox.ids.length;
    }
  });

  it("showed referrals", () => expect(seen).toBeGreaterThan(20));
});

describe("the agenda", () => {
  let seen = 0;

  it.each(EVERYBODY)("shows $name of the people asked for exactly the appointments of those whose agenda they may read", async (caller) => {
    const reader = readerOf(caller);
    for (const id of PEOPLE) {
      const isShown = reader.scopes.has("agenda:read") && facts.mayKnowOf(reader, id) && facts.may(reader, id, "APPOINTMENTS");
      // L4: where and with whom a child is evaluated.
      const isTheirs = (one: (typeof appointments)[number]): boolean => one.personId === id && (ofAppointment({ id: one.id }) === null || facts.may(reader, id, "CHILD_PROTECTION"));
      const allowed = isShown ? appointments.filter(isTheirs).map((one) => one.id) : [];
      const answered: Json =
        (await ask(caller, "query ($id: ID!) { beneficiary(id: $id) { appointments { id } } }", { id }))?.beneficiary?.appointments ?? [];
      expect({
        id,
        ...differences(
          answered.map((one: Json) => one.id),
          allowed,
        ),
      }).toEqual({ id, ...NOTHING_WRONG });
      seen += answered.length;
    }
  });

  it("showed appointments", () => expect(seen).toBeGreaterThan(10));
});

describe("emergencyAccesses", () => {
  const RESCUERS = [
    { name: "rescuer of Calvados", claims: { scope: "emergency:open", professional: "pro-14-sw-1", partner: "dept-14", purpose: "SUPPORT" } },
    {
      name: "rescuer of Hauts-de-Seine",
      claims: { scope: "emergency:open", professional: "pro-pole-issy-social-worker-4", partner: "dept-92", purpose: "SUPPORT" },
    },
  ];
  /** Of nobody's story, so that no other test meets a file that is open for an hour. */
  const RESCUED = people.filter(({ story, departmentCode }) => story === "ordinary" && departmentCode === "76").at(-1)?.id;
  const REVIEWERS: readonly TestCaller[] = EVERYBODY.map(({ name, claims }) => ({
    name: `${name}, reviewing`,
    claims: claims && { ...claims, scope: `${claims.scope} emergency:review` },
  }));
  let store: Store;
  let seen = 0;

  beforeAll(async () => {
    store = await openStore({ uri: stack.mongodbUri, database: `${stack.databasePrefix}beneficiaries` });
    const all = [...RESCUERS, ...REVIEWERS];
    for (const { name, claims } of all) if (claims !== null) tokens.set(name, await keys.signToken(name, claims as Record<string, string>));
    const mutation =
      "mutation ($input: OpenEmergencyAccessInput!, $key: ID!) { openEmergencyAccess(input: $input, idempotencyKey: $key) { errors { code } } }";
    for (const rescuer of RESCUERS) {
      const { openEmergencyAccess } = await ask(rescuer, mutation, {
        input: { beneficiaryId: RESCUED, reason: "OTHER", text: "An exercise." },
        key: randomUUID(),
      });
      expect(openEmergencyAccess.errors).toEqual([]);
    }
  }, 60_000);
  afterAll(() => store.close());

  it.each([...REVIEWERS, ...CALLERS])("shows $name exactly those that their own organisation's professionals opened", async (caller) => {
    const reader = readerOf(caller);
    const isReviewer =
      reader.scopes.has("emergency:review") &&
      reader.personId === null &&
      readEntry(reader, { now: new Date(TEST_CLOCK), today: TEST_TODAY }) === "yes";
    const opened = async (): Promise<string[]> => {
      const rows = await store.connection
        .collection("emergencies")
        .find({ partnerId: reader.partnerId ?? "" })
        .toArray();
      return isReviewer ? rows.map(({ _id }) => String(_id)) : [];
    };
    // Other tests may open some meanwhile.
    const before = await opened();
    const page: Json = (await ask(caller, "{ emergencyAccesses(first: 200) { nodes { id } } }"))?.emergencyAccesses ?? { nodes: [] };
    const ids: string[] = page.nodes.map(({ id }: Json) => id);
    const after = await opened();
    expect({ leaked: ids.filter((id) => !after.includes(id)), missing: before.filter((id) => !ids.includes(id)) }).toEqual(NOTHING_WRONG);
    seen += ids.length;
  });

  it("showed some", () => expect(seen).toBeGreaterThan(1));
});
