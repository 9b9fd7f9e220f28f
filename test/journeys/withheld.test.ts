// What a professional reads of a step that refers somebody on, when the referral is between others: the step, and how many
// referrals are not shown. An exchange is known to the two who exchange, and to the person (CSP
// L.1110-4 II).
import { beforeAll, describe, expect, it } from "@jest/globals";

import { createWorld } from "../../subgraphs/world/world.ts";
import { askAs, openSharedStack, TEST_TODAY, type Json, type StackFacts } from "../harness/stack.ts";

const world = createWorld(TEST_TODAY);
const REFERRALS = new Set(world.pathways.flatMap(({ steps }) => steps.flatMap(({ id, referralId }) => (referralId === null ? [] : [id]))));
const QUERY = `query ($id: ID!) {
  beneficiary(id: $id) { pathways { withheld { path reason count } steps { id ... on ReferralStep { referral { id status } } } } }
}`;

let stack: StackFacts;
beforeAll(async () => {
  stack = await openSharedStack();
}, 180_000);

interface Pathway {
  readonly withheld: readonly Json[];
  readonly steps: readonly { readonly id: string; readonly referral?: object | null }[] | null;
}

function countOf({ steps }: Pathway, isShown: boolean): number {
  return (steps ?? []).filter(({ id, referral }) => REFERRALS.has(id) && (referral !== null) === isShown).length;
}

describe("referrals between others", () => {
  it("are told on each pathway with their number, to everybody who reads its steps, and nobody else", async () => {
    const seen = { shown: 0, hidden: 0 };
    for (const persona of Object.keys(stack.tokens)) {
      for (const { id } of world.people.slice(0, 30)) {
        const { data, errors } = await askAs(stack, persona, QUERY, { id });
        const pathways: readonly Pathway[] = data?.beneficiary?.pathways ?? [];
        for (const pathway of pathways) {
          const hidden = countOf(pathway, false);
          const told = pathway.withheld.filter(({ path }) => path === "steps.referral");
          const expected = hidden === 0 ? [] : [{ path: "steps.referral", reason: "NO_GRANT", count: hidden }];
          expect({ persona, id, told }).toEqual({ persona, id, told: expected });
          seen.hidden += hidden;
          seen.shown += countOf(pathway, true);
        }
        if (pathways.length > 0) expect(errors).toEqual([]);
      }
    }
    expect(Math.min(seen.shown, seen.hidden)).toBeGreaterThan(0);
  }, 120_000);
});
