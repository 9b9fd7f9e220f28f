// How deep a value of JSON is nested. Reading JSON has no limit of depth, but printing and walking it by recursion has: a
// value from outside that is deeper than anything sensible is turned away before it meets either.

/** Lists and objects within one another; a plain value has no level, `{}` and `[]` have one. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  let within = isNesting(value) ? [value] : [];
  for (let level = 0; within.length > 0; level += 1) {
    if (level === levels) return true;
    within = within.flatMap((parent) => Object.values(parent).filter(isNesting));
  }
  return false;
}

function isNesting(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
