// What a professional reads of a step that refers somebody on, when the referral is between others: the step, that there is a
// referral, and how many of those are not shown. An exchange is known to the two who exchange, and to the person (CSP
// L.1110-4 II).
import { beforeAll, describe, expect, it } from "@jest/globals";

import { createWorld } from "../../subgraphs/world/world.ts";
import { askAs, openSharedStack, TEST_TODAY, type Json, type StackFacts } from "../harness/stack.ts";

const world = createWorld(TEST_TODAY);
const REFERRALS = new Set(world.pathways.flatMap(({ steps }) => steps.flatMap(({ id, referralId }) => (referralId === null ? [] : [id]))));
const QUERY = `query ($id: ID!) {
  beneficiary(id: $id) {
    withheld { path reason count }
    pathways { withheld @include(if: false) { path } steps { id ... on ReferralStep { referral { id status } } } }
  }
}`;
const BY_PATHWAY = QUERY.replace("@include(if: false) { path }", "{ path reason count }");

let stack: StackFacts;
beforeAll(async () => {
  stack = await openSharedStack();
}, 180_000);

interface Step {
  readonly id: string;
  readonly referral?: object | null;
}

const hiddenIn = (steps: readonly Step[] | null): number => (steps ?? []).filter(({ id, referral }) => REFERRALS.has(id) && referral === null).length;
const told = (withheld: readonly Json[], path: string): Json[] => withheld.filter((one) => one.path === path);
const expected = (path: string, count: number): object[] => (count === 0 ? [] : [{ path, reason: "NO_GRANT", count }]);

describe("referrals between others", () => {
  it("are told with their number, of the person or, where that is asked, of each pathway, to everybody who reads the steps", async () => {
    const seen = { shown: 0, hidden: 0 };
    for (const persona of Object.keys(stack.tokens)) {
      for (const { id } of world.people.slice(0, 30)) {
        const { data } = await askAs(stack, persona, QUERY, { id });
        const pathways: readonly { readonly steps: readonly Step[] | null }[] = data?.beneficiary?.pathways ?? [];
        if (data?.beneficiary == null) continue;
        const hidden = pathways.reduce((sum, { steps }) => sum + hiddenIn(steps), 0);
        expect({ persona, id, told: told(data.beneficiary.withheld, "pathways.steps.referral") }).toEqual({ persona, id, told: expected("pathways.steps.referral", hidden) });
        seen.hidden += hidden;
        seen.shown += pathways.flatMap(({ steps }) => steps ?? []).filter(({ referral }) => referral != null).length;
        if (hidden === 0) continue;
        const { data: again } = await askAs(stack, persona, BY_PATHWAY, { id });
        expect(told(again.beneficiary.withheld, "pathways.steps.referral")).toEqual([]);
        for (const { withheld, steps } of again.beneficiary.pathways) expect(told(withheld, "steps.referral")).toEqual(expected("steps.referral", hiddenIn(steps)));
      }
    }
    expect(seen).toEqual({ shown: expect.any(Number), hidden: expect.any(Number) });
    expect(Math.min(seen.shown, seen.hidden)).toBeGreaterThan(0);
  }, 120_000);
});
