// The subgraphs asked directly, past the gateway: without a token, with one that is another's, and with somebody else's
// sharing ticket. And the gateway asked by two at once.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { beforeAll, describe, expect, it } from "@jest/globals";
import { importJWK, SignJWT, type JWK } from "jose";

import { openDemoKeys } from "../../deploy/keys.ts";
import { PERSONAS } from "../../deploy/personas.ts";
import { askAs, openSharedStack, type Json, type StackFacts } from "../harness/stack.ts";

const NAMES = ["beneficiaries", "services", "sites", "partners"] as const;
type Name = (typeof NAMES)[number];

/** What each adds to the entities that tickets are for. */
const ADDED: Readonly<Record<Exclude<Name, "beneficiaries">, Readonly<Record<"Beneficiary" | "PathwayStep", readonly string[]>>>> = {
  services: { Beneficiary: ["referrals { id }", "eligibleServices { match }"], PathwayStep: [] },
  sites: { Beneficiary: ["appointments { id }", "nearestSites { minutes }"], PathwayStep: ["appointments { id }", "site { id }"] },
  partners: { Beneficiary: ["careTeam { role }"], PathwayStep: ["actors { role }", "leadPartner { id }"] },
};

let stack: StackFacts;
let signingKey: Awaited<ReturnType<typeof importJWK>>;

beforeAll(async () => {
  stack = await openSharedStack();
  const { gatewaySigningKey } = await openDemoKeys(join(dirname(stack.logFolder), "keys"));
  signingKey = await importJWK(JSON.parse(await readFile(gatewaySigningKey, "utf8")) as JWK, "EdDSA");
}, 180_000);

/** As the gateway would vouch for the persona, to this audience. */
function vouch(persona: string, audience: string, { lifetimeS = 30 } = {}): Promise<string> {
  const claims = PERSONAS.find(({ id }) => id === persona)?.claims ?? {};
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ ...claims, sub: persona }).setProtectedHeader({ alg: "EdDSA" }).setIssuer("gateway").setAudience(audience).setIssuedAt(now).setExpirationTime(now + lifetimeS).sign(signingKey);
}

async function ask(name: Name, token: string | null, of: readonly object[], selection: string): Promise<Json> {
  const response = await fetch(stack.subgraphUrls[name] ?? "", {
    method: "POST",
    headers: { "content-type": "application/json", ...(token !== null && { "x-gateway-caller": token }) },
    body: JSON.stringify({ query: `query ($of: [_Any!]!) { _entities(representations: $of) { ${selection} } }`, variables: { of } }),
  });
  return response.json();
}

describe("_entities of a subgraph", () => {
  it.each(NAMES)("of %s is closed without a caller token, with one for another audience, and with one that is over", async (name) => {
    const other = NAMES.find((one) => one !== name) ?? "sites";
    const tokens = [null, "x.y.z", await vouch("hauts-de-seine-referent", other), await vouch("hauts-de-seine-referent", name, { lifetimeS: -1 })];
    const references = [{ __typename: "Beneficiary", id: "b1" }];
    for (const token of tokens) {
      const { data, errors } = await ask(name, token, references, "... on Beneficiary { id }");
      expect({ data: data ?? null, code: errors?.[0]?.extensions.code }).toEqual({ data: null, code: "UNAUTHENTICATED" });
    }
  });

  it("answers a field with the ticket that was issued for it, and with no other: null for each field", async () => {
    const referent = "hauts-de-seine-referent";
    const fields: string[] = [];
    for (const [type, ids] of [["Beneficiary", ["b1", "b15"]], ["PathwayStep", ["p1-s1", "p1-s2"]]] as const) {
      const [own, another] = await ticketsOf(referent, type, ids);
      const [stranger] = await ticketsOf("calvados-social-worker", type, ids);
      for (const [name, added] of Object.entries(ADDED) as [Exclude<Name, "beneficiaries">, (typeof ADDED)["sites"]][]) {
        const token = await vouch(referent, name);
        for (const field of added[type]) {
          const [, key = ""] = /^(\w+)/.exec(field) ?? [];
          const askWith = async (sharingTicket: unknown) => {
            const reference = { __typename: type, id: ids[0], publics: ["FAMILIES"], residence: { communeCode: "92075" }, sharingTicket };
            return (await ask(name, token, [reference], `... on ${type} { ${field} }`)).data._entities[0][key];
          };
          expect({ field, answer: await askWith(own) }).toEqual({ field, answer: expect.anything() });
          for (const bad of [another, stranger, undefined, null, "", 7, `${String(own).slice(0, -4)}AAAA`, tamper(String(own))]) expect({ field, bad, answer: await askWith(bad) }).toEqual({ field, bad, answer: null });
          fields.push(`${name}: ${type}.${key}`);
        }
      }
    }
    expect(fields).toHaveLength(9);
  });
});

async function ticketsOf(persona: string, type: string, ids: readonly string[]): Promise<Json[]> {
  const { data } = await ask("beneficiaries", await vouch(persona, "beneficiaries"), ids.map((id) => ({ __typename: type, id })), `... on ${type} { sharingTicket }`);
  return data._entities.map((one: Json) => one?.sharingTicket ?? null);
}

/** Claims that allow more, under the same signature. */
function tamper(ticket: string): string {
  const [claims = "", ...rest] = ticket.split(".");
  const changed = Buffer.from(claims, "base64url").toString().replace("NOT_IN_MISSION", "NO_GRANT");
  return [Buffer.from(`${changed} `).toString("base64url"), ...rest].join(".");
}

describe("two callers at once", () => {
  it("never see each other's answers, in a thousand interleavings of one question", async () => {
    const query = `query ($id: ID!) { beneficiary(id: $id) { id pseudonym identity { birthName } needs { theme } referrals { id } careTeam { role } withheld { path reason } } }`;
    const callers = PERSONAS.filter(({ claims }) => claims !== null).map(({ id }) => id);
    const alone = new Map<string, string>();
    for (const caller of callers) alone.set(caller, JSON.stringify(await askAs(stack, caller, query, { id: "b1" })));
    expect(new Set(alone.values()).size).toBeGreaterThan(4);
    let interleavings = 0;
    for (let round = 0; interleavings < 1_000; round += 1) {
      const both = callers.map((_, index) => callers[(index * (1 + (round % 3)) + round) % callers.length] ?? "");
      const answers = await Promise.all(both.map(async (caller) => ({ caller, answer: JSON.stringify(await askAs(stack, caller, query, { id: "b1" })) })));
      for (const { caller, answer } of answers) expect({ caller, answer }).toEqual({ caller, answer: alone.get(caller) });
      interleavings += answers.length - 1;
    }
  }, 120_000);
});
