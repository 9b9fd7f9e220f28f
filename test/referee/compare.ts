// When two answers are the same: the same data, members in the same order, and errors for the same places.
//
// An error may say its path with indexes of lists or without, may name the field that failed or the one that is null
// because of it, and one failure may be told once or for each item. What counts is which nulls of the answer are
// explained: each null that the right answer explains must be explained, and no error may point to another null or to a
// value. One may point to a place that the answer does not have: a planner may fetch a field for all objects of an interface
// though the client asked for it on some, and the failure of the others' is noise.

export interface Answered {
  readonly data: unknown;
  readonly errors: readonly AnsweredError[];
}

export interface AnsweredError {
  readonly message: string;
  readonly path: readonly (string | number)[] | null;
}

/** A sentence that says what differs; null for equal answers. */
export function compareAnswers(expected: Answered, actual: Answered): string | null {
  const [wanted, got] = [JSON.stringify(expected.data), JSON.stringify(actual.data)];
  if (wanted !== got) return `the data differ${sameWithoutOrder(expected.data, actual.data) ? " in the order of members only" : ""}`;
  const explained = new Set(expected.errors.flatMap((error) => placesOf(expected.data, error)));
  const told = actual.errors.map((error) => ({ error, places: placesOf(actual.data, error) }));
  const stray = told.find(({ error, places }) => !places.some((place) => explained.has(place)) && !isElsewhere(actual.data, error));
  if (stray !== undefined) return `there is an error that the right answer has not: ${JSON.stringify(stray.error)}`;
  const covered = new Set(told.flatMap(({ places }) => places));
  const due = new Set(expected.errors.filter((error) => !isInvisible(error)).flatMap((error) => placesOf(expected.data, error)));
  const missing = [...due].find((place) => !covered.has(place));
  return missing === undefined ? null : `no error explains the null at ${missing}`;
}

/**
 * A value or an object that clients cannot see is null; whether an error says so, no specification says. These are the
 * sentences of graphql-js.
 */
function isInvisible({ message }: AnsweredError): boolean {
  return /does not exist inside the schema|^Enum "\w+" cannot represent value/.test(message);
}

/** Where the answer is null on the path of an error, without indexes: `items.price`. Empty for a path to no null. */
function placesOf(data: unknown, { path }: AnsweredError): string[] {
  const places = new Set<string>();
  const walk = (value: unknown, at: number, names: readonly string[]): void => {
    if (value === null || value === undefined) return void places.add(names.join(".") || "(the root)");
    const step = path?.[at];
    if (Array.isArray(value)) {
      if (typeof step === "number") return walk(value[step], at + 1, names);
      for (const item of value) walk(item, at, names);
      return;
    }
    if (typeof step !== "string" || typeof value !== "object" || !Object.hasOwn(value, step)) return;
    walk((value as Readonly<Record<string, unknown>>)[step], at + 1, [...names, step]);
  };
  walk(data, 0, []);
  return [...places];
}

/** Whether the path leads to a field that some object on it does not have. */
function isElsewhere(data: unknown, { path }: AnsweredError): boolean {
  const walk = (value: unknown, at: number): boolean => {
    const step = path?.[at];
    if (step === undefined || typeof value !== "object" || value === null) return false;
    if (Array.isArray(value)) return typeof step === "number" ? walk(value[step], at + 1) : value.some((item) => walk(item, at));
    return !Object.hasOwn(value, step) || walk((value as Readonly<Record<string, unknown>>)[step], at + 1);
  };
  return walk(data, 0);
}

function sameWithoutOrder(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([name, member]) => [name, sorted(member)]).sort(([one], [other]) => (String(one) < String(other) ? -1 : 1));
}
