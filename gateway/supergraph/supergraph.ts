// What exists: a supergraph as it was read, with its subgraphs and with what each field requires of the caller.
import { Kind, parse, print, type ConstDirectiveNode, type DocumentNode } from "graphql";

import { gatewayError, messageOf } from "../errors.ts";
import { readTags, type Tags } from "./contracts.ts";
import { readIncomplete, withoutIncomplete, type IncompleteMarks } from "./incomplete.ts";
import { readRequirements, type Requirements } from "./requirements.ts";
import { withoutSecurity } from "./security.ts";

export { readApiSchema } from "./api-schema.ts";
export { readContract, type Tags } from "./contracts.ts";
export { type IncompleteMark, type IncompleteMarks } from "./incomplete.ts";
export { type Requirement, type Requirements } from "./requirements.ts";
export { createRenewal, type Renewal, type Renewed } from "./renewal.ts";
export { createSupergraphSource, type SupergraphSource } from "./source.ts";

export interface SubgraphEntry {
  readonly name: string;
  /** Empty where the supergraph names none. */
  readonly url: string;
}

export interface Supergraph {
  /** The SDL for an executor: without the authorisation features, which are enforced before it is asked, and without `incomplete`'s. */
  readonly sdl: string;
  readonly subgraphs: readonly SubgraphEntry[];
  readonly requirements: Requirements;
  /** What contracts choose by. */
  readonly tags: Tags;
  /** Which fields tell what is missing of their object. */
  readonly incomplete: IncompleteMarks;
}

/** `source` names the supergraph in errors. Throws SUPERGRAPH_INVALID. */
export function readSupergraph(text: string, source: string): Supergraph {
  try {
    const document = parse(text, { noLocation: true });
    const subgraphs = readSubgraphs(document);
    const sdl = print(withoutIncomplete(withoutSecurity(document)));
    return { sdl, subgraphs, requirements: readRequirements(document), tags: readTags(document), incomplete: readIncomplete(document) };
  } catch (error) {
    throw gatewayError("SUPERGRAPH_INVALID", { source, reason: messageOf(error) });
  }
}

/** The values of the enum `join__Graph`, by the join specification. */
function readSubgraphs(document: DocumentNode): SubgraphEntry[] {
  const graphs = document.definitions.find((node) => node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === "join__Graph");
  if (graphs?.kind !== Kind.ENUM_TYPE_DEFINITION) {
    throw new TypeError("it has no enum join__Graph: expected a composed supergraph, got another schema (compose the subgraphs first)");
  }
  return (graphs.values ?? []).map((value) => {
    const join = value.directives?.find((directive) => directive.name.value === "join__graph");
    return { name: textArgument(join, "name") ?? value.name.value, url: textArgument(join, "url") ?? "" };
  });
}

function textArgument(directive: ConstDirectiveNode | undefined, name: string): string | null {
  const value = directive?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : null;
}
