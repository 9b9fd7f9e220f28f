// Collects the body of an answer, comparing it with an expected one while it comes: as long as they are equal, nothing is kept.

export interface Body {
  add(chunk: Buffer): void;
  /** All of it; the very `expected` where it is equal. */
  end(): Buffer;
}

export function createBody(expected: Buffer | undefined): Body {
  const chunks: Buffer[] = [];
  // So many bytes are as expected; null once they are not.
  let equal: number | null = expected === undefined ? null : 0;
  const differ = (): void => {
    if (expected !== undefined && equal !== null) chunks.push(expected.subarray(0, equal));
    equal = null;
  };
  return {
    add: (chunk) => {
      if (expected !== undefined && equal !== null) {
        const end = equal + chunk.length;
        if (end <= expected.length && chunk.compare(expected, equal, end) === 0) return void (equal = end);
        differ();
      }
      chunks.push(chunk);
    },
    end: () => {
      if (expected !== undefined && equal === expected.length) return expected;
      differ();
      const [first] = chunks;
      return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    },
  };
}
