// Whether the comparison of times tells apart what differs, and not what does not.
import { describe, expect, it } from "@jest/globals";

import { compareSamples, compareTimes } from "../../deploy/timing.ts";

describe("a comparison of times", () => {
  const range = (count: number, of: (index: number) => number) => Array.from({ length: count }, (_, index) => of(index));

  it("agrees with a worked example of the Mann–Whitney test", () => {
    // Ranks of the second: 2, 4, 6, 7, 8, 9, 10; U = 46 - 28 = 18 of 21.
    const { share } = compareSamples([1, 3, 5], [2, 4, 6, 7, 8, 9, 10]);
    expect(share).toBeCloseTo(18 / 21, 10);
  });

  it("calls equal samples equal, ties and all", () => {
    const sample = range(1_000, (index) => index % 17);
    expect(compareSamples(sample, sample)).toMatchObject({ share: 0.5, canBeToldApart: false });
    expect(compareSamples([1, 1], [1, 1])).toMatchObject({ p: 1, canBeToldApart: false });
  });

  it("sees a twentieth of the spread over 5,000 pairs", () => {
    const one = range(5_000, (index) => (index * 7919) % 5_000);
    expect(compareSamples(one, one.map((time) => time + 5_000 / 20))).toMatchObject({ canBeToldApart: true });
  });

  it("asks both in each pair, in the order that chance says", async () => {
    const asked: string[] = [];
    const take = (name: string) => async () => asked.push(name);
    const chances = [0.1, 0.9, 0.5, 0.4];
    await compareTimes(take("A"), take("B"), { pairs: 4, chance: () => chances.shift() ?? 0 });
    expect(asked.join("")).toBe("ABBABAAB");
  });
});
