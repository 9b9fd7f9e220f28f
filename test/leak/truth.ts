// All that the four databases hold about some people, object by object, as the subgraphs answer it with everything allowed.
import type { Json } from "../harness/stack.ts";
import { ABOUT_NOBODY } from "./rests-on.ts";
import { selectAll } from "./select.ts";
import { EVERYTHING, openedToAll, type AllUnderTest, type UnderTest } from "./under-test.ts";

export interface Truth {
  /** `Beneficiary b1` → its fields, those of all four. */
  readonly objects: ReadonlyMap<string, Json>;
  /** Looks up whom it does not know yet. */
  learn(personIds: readonly string[]): Promise<void>;
}

/** What follows from a referral is shown to its own parties, of whom the test is none: it is taken from the records. */
export function openTruth({ byName }: AllUnderTest, referrals: readonly { readonly id: string; readonly parentReferralId: string | null }[]): Truth {
  const below = Map.groupBy(referrals, ({ parentReferralId }) => parentReferralId);
  const objects = new Map<string, Json>();
  const known = new Set<string>();
  return {
    objects,
    learn: async (personIds) => {
      const people = [...new Set(personIds)].filter((id) => !known.has(id));
      for (const id of people) known.add(id);
      if (people.length === 0) return;
      gather(objects, await askFor("Beneficiary", people, { ...byName.beneficiaries, known }));
      const steps = [...objects.values()].filter(({ __typename }) => /Step$/.test(__typename)).map(({ id }) => String(id));
      for (const name of ["services", "sites", "partners"] as const) gather(objects, await askFor("Beneficiary", people, { ...byName[name], known }));
      for (const object of objects.values()) {
        if (object.__typename === "Referral") object.subReferrals = (below.get(object.id) ?? []).map(({ id }) => ({ __typename: "Referral", id }));
      }
      for (const name of ["sites", "partners"] as const) gather(objects, renameSteps(objects, await askFor("PathwayStep", steps, { ...byName[name], known })));
    },
  };
}

interface Asked extends UnderTest {
  /** Steps lead back to people. */
  readonly known: ReadonlySet<string>;
}

async function askFor(type: string, ids: readonly string[], { subgraph, schema, start, known }: Asked): Promise<Json> {
  const found = schema.getType(type);
  if (found === undefined) throw new Error(`No type ${type}.`);
  const below = selectAll(schema, found, (one) => ABOUT_NOBODY.has(one.name));
  const of = ids.map((id) => ({ __typename: type, id, publics: [], residence: { communeCode: "92075" } }));
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} ${below} } }`;
  return start(openedToAll(subgraph.policy))(query, { categories: EVERYTHING, people: new Set([...known, ...ids]) }, { of });
}

/** Of *sites* and *partners* all steps are of one type. */
function renameSteps(objects: ReadonlyMap<string, Json>, answer: Json): Json {
  const types = new Map([...objects.values()].map(({ id, __typename }) => [id, __typename]));
  return answer._entities.map((step: Json) => ({ ...step, __typename: types.get(step.id) }));
}

/** Objects with an id, however deep, with the fields that any answer has of them. */
function gather(objects: Map<string, Json>, value: Json): void {
  if (Array.isArray(value)) return value.forEach((one) => gather(objects, one));
  if (value === null || typeof value !== "object") return;
  if (typeof value.id === "string") {
    const key = `${value.__typename} ${value.id}`;
    // What is read elsewhere comes as it was asked with.
    const { publics, residence, ...own } = value;
    const isHome = Object.hasOwn(value, "pseudonym");
    objects.set(key, { ...objects.get(key), ...own, ...(isHome && { publics, residence }) });
  }
  for (const one of Object.values(value)) gather(objects, one);
}
