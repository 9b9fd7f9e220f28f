// What is hidden stays hidden, and is told, where a client asks for it to come later: `@defer` is planned by another planner.
import { beforeAll, describe, expect, it } from "@jest/globals";

import { openSharedStack, type Json, type StackFacts } from "../harness/stack.ts";

const PEOPLE = Array.from({ length: 8 }, (_, index) => `b${index + 1}`);
const SHAPES: Readonly<Record<string, (later: Later) => string>> = {
  "what is hidden, beside what tells of it": (later) => `id ${later("identity { usageName contact { phone } } household { tenancy { rentArrears } }")}
    ${later("pathways { id steps { id site { name } ... on ReferralStep { referral { id status } } } withheld { path reason count } }")}
    ${later("careTeam { role professional { displayName } } withheld { path reason count }")}`,
  "what is hidden, alone": (later) => `${later("identity { usageName birthName } needs { theme severity }")} withheld { path reason count }`,
  "other people, inside each other": (later) =>
    `id ${later(`household { members { role ${later("beneficiary { id pseudonym identity { usageName } withheld { path reason count } }")} } }`)}`,
};
type Later = (selection: string) => string;

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 180_000);

describe.each(["multipart/mixed;deferSpec=20220824", "multipart/mixed;incrementalSpec=v0.2"])("An answer in parts (%s)", (form) => {
  it.each(Object.keys(SHAPES))("says to nobody anything else than the whole one: %s", async (shape) => {
    let parts = 0;
    for (const persona of Object.keys(stack.tokens)) {
      for (const id of PEOPLE) {
        const whole = join(await ask(persona, printQuery(shape, (selection) => selection), { id }, "application/json"));
        const inParts = join(await ask(persona, printQuery(shape, (selection) => `... @defer { ${selection} }`), { id }, `${form}, application/json`));
        expect({ persona, id, data: inParts.data, errors: inParts.errors }).toEqual({ persona, id, data: whole.data, errors: whole.errors });
        parts += inParts.parts;
      }
    }
    expect(parts).toBeGreaterThan(20);
  }, 120_000);
});

function printQuery(shape: string, later: Later): string {
  return `query ($id: ID!) { beneficiary(id: $id) { ${SHAPES[shape]?.(later)} } }`;
}

/** The JSON of each part. */
async function ask(persona: string, query: string, variables: object, accept: string): Promise<Json[]> {
  const token = stack.tokens[persona];
  const headers = { "content-type": "application/json", accept, ...(token != null && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${stack.gatewayUrl}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const text = await response.text();
  return text.split("\r\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Json] : []));
}

interface Joined {
  readonly data: Json;
  readonly errors: readonly string[];
  /** How many came later. */
  readonly parts: number;
}

function join([first, ...rest]: readonly Json[]): Joined {
  const places = new Map([first, ...rest].flatMap(({ pending = [] }) => pending.map(({ id, path }: Json) => [id, path])));
  const parts: Json[] = rest.flatMap(({ incremental = [] }) => incremental);
  for (const { id, path, subPath = [], data } of parts) {
    const place: (string | number)[] = [...(path ?? places.get(id)), ...subPath];
    put(place.reduce((value, key) => value[key], first.data), data);
  }
  const ended: Json[] = rest.flatMap(({ completed = [] }) => completed);
  const errors = [first, ...parts, ...ended].flatMap((part) => part.errors ?? []);
  return { data: first.data, errors: errors.map(({ path, message }) => `${path?.join(".")}: ${message}`).sort(), parts: parts.length };
}

/** Into an object of the answer, which may have some of it. */
function put(target: Json, data: Json): void {
  for (const [name, value] of Object.entries<Json>(data ?? {})) {
    if (typeof target[name] === "object" && target[name] !== null && typeof value === "object" && value !== null) put(target[name], value);
    else target[name] = value;
  }
}
