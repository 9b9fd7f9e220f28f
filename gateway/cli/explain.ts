// The command `explain`: what becomes of an operation on its way, one stage at a time.
import { readFile } from "node:fs/promises";

import { GraphQLError, parse, print, validate, type DocumentNode } from "graphql";

import { readConfig } from "../config.ts";
import { gatewayError, messageOf, systemCodeOf } from "../errors.ts";
import { readOperation, withoutDefer, type Operation } from "../operation/operation.ts";
import { createPlanMaker, printPlan, type PlannerSource } from "../planning/planning.ts";
import { createSupergraphSource, readApiSchema, readSupergraph, type Supergraph } from "../supergraph/supergraph.ts";
import { readOptionsAndFile } from "./options.ts";

const STAGES = ["operation", "plan", "optimised"] as const;
const PLANNERS = ["auto", "hive", "apollo"] as const;

export const usage = `Usage: node gateway/main.ts explain [options] FILE

Prints what becomes of the operation in FILE.

  --stage STAGE       operation: the one that runs, with what it uses
                      plan: what the planner says of it
                      optimised: what is made of the plan; this is the default
  --supergraph FILE   a file or an http(s) URL; what GATEWAY_SUPERGRAPH names by default
  --planner NAME      hive, apollo, or auto for hive where it runs; auto by default
  --operation NAME    which operation of FILE, where it has several
`;

/** Throws errors of the table. */
export async function run(argv: readonly string[]): Promise<number> {
  const { file, values } = readOptionsAndFile(argv, {
    stage: { type: "string" },
    supergraph: { type: "string" },
    planner: { type: "string" },
    operation: { type: "string" },
  });
  const stage = chooseOne("--stage", STAGES, values.stage ?? "optimised");
  const planner = chooseOne("--planner", PLANNERS, values.planner ?? "auto");
  const config = readConfig(values.supergraph === undefined ? {} : { GATEWAY_SUPERGRAPH: values.supergraph });
  const source = createSupergraphSource(config.supergraph);
  const supergraph = readSupergraph(await source.load(), source.name);
  const operation = readOperation(await readDocument(file, supergraph), values.operation ?? null, config.operationLimit);
  process.stdout.write(stage === "operation" ? `${print(operation.document)}\n` : await explainPlan(operation, { kind: planner, supergraphSdl: supergraph.sdl }, stage));
  return 0;
}

function chooseOne<Value extends string>(name: string, values: readonly Value[], given: string): Value {
  const value = values.find((one) => one === given);
  if (value === undefined) throw gatewayError("SETTING_INVALID", { name, expected: `one of ${values.join(", ")}`, value: JSON.stringify(given) });
  return value;
}

async function readDocument(file: string, supergraph: Supergraph): Promise<DocumentNode> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw gatewayError("SETTING_INVALID", { name: "FILE", expected: `a file that can be read (${systemCodeOf(error) ?? "it cannot"})`, value: JSON.stringify(file) });
  });
  const document = parseText(text);
  const [problem] = validate(readApiSchema(supergraph.sdl), document);
  if (problem !== undefined) throw gatewayError("GRAPHQL_VALIDATION_FAILED", { detail: problem.toString() });
  return document;
}

function parseText(text: string): DocumentNode {
  try {
    return parse(text);
  } catch (error) {
    throw gatewayError("GRAPHQL_PARSE_FAILED", { detail: error instanceof GraphQLError ? error.toString() : messageOf(error) });
  }
}

/** Of the whole answer. */
async function explainPlan(operation: Operation, source: PlannerSource, stage: "plan" | "optimised"): Promise<string> {
  const { kind, makePlan } = await createPlanMaker(source);
  return `# ${kind}, ${stage === "plan" ? "as planned" : "optimised"}\n${printPlan(makePlan(print(withoutDefer(operation).document), stage === "optimised"))}`;
}
