// The command `explain`: what becomes of an operation on its way, one stage at a time.
import { readFile } from "node:fs/promises";

import { buildSchema, getVariableValues, GraphQLError, parse, print, validate, type DocumentNode, type GraphQLSchema } from "graphql";

import { readConfig, type GatewayConfig } from "../config.ts";
import { gatewayError, messageOf, systemCodeOf } from "../errors.ts";
import { printCompiled } from "../execution/execution.ts";
import { isVariableTrue, readConditions, readOperation, specialise, withoutDefer, type Operation } from "../operation/operation.ts";
import { createPlanMaker, printPlan } from "../planning/planning.ts";
import { createSupergraphSource, readApiSchema, readSupergraph, type Supergraph } from "../supergraph/supergraph.ts";
import { explainFetches, type FetchesToExplain } from "./explain-fetches.ts";
import { readOptionsAndFile } from "./options.ts";

const STAGES = ["operation", "plan", "optimised", "compiled", "fetches"] as const;
const PLANNERS = ["auto", "hive", "apollo"] as const;

export const usage = `Usage: node gateway/main.ts explain [options] FILE

Prints what becomes of the operation in FILE.

  --stage STAGE       operation: the one that runs, with what it uses
                      plan: what the planner says of it
                      optimised: what is made of the plan; this is the default
                      compiled: what is sent, written of entities, shared and printed
                      fetches: asks the subgraphs, and tells when each was asked,
                        for how long, with how many bytes; queries only
  --supergraph FILE   a file or an http(s) URL; what GATEWAY_SUPERGRAPH names by default
  --planner NAME      hive, apollo, or auto for hive where it runs; auto by default
  --operation NAME    which operation of FILE, where it has several
  --variables FILE    their values, a JSON object
  --token TOKEN       for fetches: who asks, as a bearer token; nobody by default

Fetches are made with the settings of \`serve\`, addresses of GATEWAY_SUBGRAPH_URLS included.
Exit code: 1 when a subgraph gave no GraphQL response.
`;

type Stage = (typeof STAGES)[number];
type Variables = Readonly<Record<string, unknown>>;

/** Throws errors of the table. */
export async function run(argv: readonly string[]): Promise<number> {
  const text = { type: "string" } as const;
  const { file, values } = readOptionsAndFile(argv, { stage: text, supergraph: text, planner: text, operation: text, variables: text, token: text });
  const stage = chooseOne("--stage", STAGES, values.stage ?? "optimised");
  const planner = chooseOne("--planner", PLANNERS, values.planner ?? "auto");
  const config = readConfig(values.supergraph === undefined ? {} : { GATEWAY_SUPERGRAPH: values.supergraph });
  const source = createSupergraphSource(config.supergraph);
  const supergraph = readSupergraph(await source.load(), source.name);
  const operation = readOperation(await readDocument(file, supergraph), values.operation ?? null, config.operationLimit);
  const variables = values.variables === undefined ? {} : await readVariables(values.variables);
  if (stage === "fetches") return runFetches({ operation, variables, token: values.token ?? null, config: withPlanner(config, values.planner, planner) });
  process.stdout.write(await explain({ stage, planner, operation, variables, supergraph }));
  return 0;
}

function chooseOne<Value extends string>(name: string, values: readonly Value[], given: string): Value {
  const value = values.find((one) => one === given);
  if (value === undefined) throw gatewayError("SETTING_INVALID", { name, expected: `one of ${values.join(", ")}`, value: JSON.stringify(given) });
  return value;
}

async function readDocument(file: string, supergraph: Supergraph): Promise<DocumentNode> {
  const document = parseText(await readNamed("FILE", file));
  const [problem] = validate(readApiSchema(supergraph.sdl), document);
  if (problem !== undefined) throw gatewayError("GRAPHQL_VALIDATION_FAILED", { detail: problem.toString() });
  return document;
}

async function readNamed(name: string, file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw gatewayError("SETTING_INVALID", { name, expected: `a file that can be read (${systemCodeOf(error) ?? "it cannot"})`, value: JSON.stringify(file) });
  });
}

function parseText(text: string): DocumentNode {
  try {
    return parse(text);
  } catch (error) {
    throw gatewayError("GRAPHQL_PARSE_FAILED", { detail: error instanceof GraphQLError ? error.toString() : messageOf(error) });
  }
}

async function readVariables(file: string): Promise<Variables> {
  const text = await readNamed("--variables", file);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Variables;
  } catch {
    // Told below.
  }
  throw gatewayError("SETTING_INVALID", { name: "--variables", expected: "a file with a JSON object", value: JSON.stringify(file) });
}

interface Asked {
  readonly stage: Exclude<Stage, "fetches">;
  readonly planner: (typeof PLANNERS)[number];
  readonly operation: Operation;
  readonly variables: Variables;
  readonly supergraph: Supergraph;
}

/** Plans are those of the whole answer. */
async function explain({ stage, planner, operation: asked, variables, supergraph }: Asked): Promise<string> {
  if (stage === "operation") return `${print(asked.document)}\n`;
  const operation = withoutDefer(asked);
  const { kind, makePlan } = await createPlanMaker({ kind: planner, supergraphSdl: supergraph.sdl });
  if (stage !== "compiled") return `# ${kind}, ${stage === "plan" ? "as planned" : "optimised"}\n${printPlan(makePlan(print(operation.document), stage === "optimised"))}`;
  const schema = readApiSchema(supergraph.sdl);
  assertConditions(operation, variables, schema);
  const conditions = readConditions(operation);
  const values = (conditions ?? []).map((name) => ` $${name} ${isVariableTrue(name, operation.definition, variables) ? "true" : "false"}`);
  const plan = makePlan(print((conditions === null ? operation : specialise(operation, variables)).document));
  const fullSchema = buildSchema(supergraph.sdl, { assumeValid: true, assumeValidSDL: true });
  return `# ${kind}, compiled${values.length === 0 ? "" : ` for${values.join(",")}`}\n${printCompiled({ plan, operation, variables, schema, fullSchema })}`;
}

/** The operation is compiled for one combination of what @skip and @include say: a variable of theirs must have a value. */
function assertConditions(operation: Operation, variables: Variables, schema: GraphQLSchema): void {
  const names = readConditions(operation) ?? [];
  const definitions = (operation.definition.variableDefinitions ?? []).filter(({ variable }) => names.includes(variable.name.value));
  const { errors: [problem] = [] } = getVariableValues(schema, definitions, variables);
  if (problem !== undefined) throw gatewayError("BAD_USER_INPUT", { detail: `${problem.message} (--variables FILE names a file of them.)` });
}

function withPlanner(config: GatewayConfig, given: string | undefined, planner: (typeof PLANNERS)[number]): GatewayConfig {
  return given === undefined ? config : { ...config, execution: { ...config.execution, planner } };
}

async function runFetches(asked: FetchesToExplain): Promise<number> {
  const { text, complete } = await explainFetches(asked);
  process.stdout.write(text);
  return complete ? 0 : 1;
}
