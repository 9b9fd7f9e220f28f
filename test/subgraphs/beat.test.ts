// What is told on a beat says nothing of how long it took.
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";

import { onBeat } from "../../subgraphs/kit/kit.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** After how many milliseconds it is known how the work ended, which takes so many. */
async function endOf(ms: number, end: () => string): Promise<{ readonly at: number; readonly ended: string }> {
  let ended: string | null = null;
  const work = () => new Promise<void>((settle) => setTimeout(settle, ms)).then(end);
  void onBeat(work).then(
    (value) => void (ended = value),
    (error: unknown) => void (ended = String(error)),
  );
  for (let at = 1; at <= 1_000; at++) {
    await jest.advanceTimersByTimeAsync(1);
    if (ended !== null) return { at, ended };
  }
  throw new Error("Expected an end, got none.");
}

describe("work whose end is told on a beat", () => {
  it.each([1, 3, 19])("that takes %d ms ends when the beat comes, whatever it answers", async (ms) => {
    expect(await endOf(ms, () => "found")).toEqual({ at: 20, ended: "found" });
    expect(jest.getTimerCount()).toBe(0);
  });

  it("that fails says so on the beat, too", async () => {
    const fail = () => {
      throw new TypeError("no");
    };
    expect(await endOf(3, fail)).toEqual({ at: 20, ended: "TypeError: no" });
    expect(jest.getTimerCount()).toBe(0);
  });

  it("that takes longer ends on the next", async () => {
    expect(await endOf(21, () => "late")).toEqual({ at: 40, ended: "late" });
    expect(await endOf(75, () => "later")).toEqual({ at: 80, ended: "later" });
  });
});
