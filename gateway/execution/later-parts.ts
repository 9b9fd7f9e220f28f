// What comes after the first part of an answer, on its way to the client.
import type { GraphQLFormattedError } from "graphql";

import { withoutInside } from "../errors.ts";
import type { Delivery, LaterParts } from "./executor.ts";

/** Without what names the inside. */
export function hideInside(later: LaterParts): LaterParts {
  const read = async function* (): AsyncGenerator<Delivery> {
    for await (const { parts, ...delivery } of later.deliveries) {
      yield { ...delivery, parts: parts.map((part) => ({ ...part, errors: part.errors.map(withoutInside) })) };
    }
  };
  return { ...later, deliveries: read() };
}

/** Notes the errors of all parts, and calls when the last has been read or nobody reads on. */
export function withEnd(later: LaterParts, errors: GraphQLFormattedError[], finish: () => void): LaterParts {
  const read = async function* (): AsyncGenerator<Delivery> {
    try {
      for await (const delivery of later.deliveries) {
        errors.push(...delivery.parts.flatMap((part) => part.errors));
        yield delivery;
      }
    } finally {
      finish();
    }
  };
  return { ...later, deliveries: read() };
}
