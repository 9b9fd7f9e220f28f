// The command line of `npm start`.
import { resolve } from "node:path";
import { parseArgs } from "node:util";

export interface StartOptions {
  readonly gatewayPort: number;
  /** Of the first subgraph; the others follow. */
  readonly subgraphPort: number;
  readonly dataFolder: string;
  /** Keep MongoDB's data in a temporary folder that goes at the end. */
  readonly inMemory: boolean;
  readonly seed: boolean;
  /** `YYYY-MM-DD`; undefined: the day of the start. */
  readonly today: string | undefined;
  /** ISO 8601; the subgraphs' clocks stand still there. */
  readonly clock: string | undefined;
}

export class OptionError extends Error {}

export const START_USAGE = `Usage: npm start -- [options]

Brings up MongoDB, four subgraphs and the gateway on this machine, with the demonstration world.

  --port N            port of the gateway (4000)
  --subgraph-port N   port of the first subgraph, the others follow (4001)
  --data FOLDER       where the data, keys and logs lie (.data)
  --in-memory         keep the data in a temporary folder that goes at the end
  --no-seed           leave the databases as they are
  --today DAY         the day on which the demonstration world stands, YYYY-MM-DD (today)
  --clock INSTANT     stop the subgraphs' clocks there, ISO 8601
  --help              this text

Environment: MONGODB_URI or BENEFICIARIES_MONGODB_URI, SERVICES_MONGODB_URI, SITES_MONGODB_URI and
PARTNERS_MONGODB_URI name servers of your own (replica sets); MONGOD_BINARY names a mongod to start.
`;

/** Null: help was asked for. Throws OptionError. */
export function readStartOptions(argv: readonly string[]): StartOptions | null {
  const values = readValues(argv);
  if (values.help === true) return null;
  return {
    gatewayPort: readPort("--port", values.port ?? "4000"),
    subgraphPort: readPort("--subgraph-port", values["subgraph-port"] ?? "4001"),
    dataFolder: resolve(values.data ?? ".data"),
    inMemory: values["in-memory"] ?? false,
    seed: !(values["no-seed"] ?? false),
    today: values.today === undefined ? undefined : readDay(values.today),
    clock: values.clock === undefined ? undefined : readInstant(values.clock),
  };
}

function readValues(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        port: { type: "string" },
        "subgraph-port": { type: "string" },
        data: { type: "string" },
        "in-memory": { type: "boolean" },
        "no-seed": { type: "boolean" },
        today: { type: "string" },
        clock: { type: "string" },
        help: { type: "boolean" },
      },
    });
    return values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function readPort(option: string, text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new OptionError(`Expected a port from 1 to 65535 for ${option}, got ${text}.`);
}

function readDay(text: string): string {
  const instant = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text)) return text;
  throw new OptionError(`Expected a day as YYYY-MM-DD for --today, got ${text}.`);
}

function readInstant(text: string): string {
  if (!Number.isNaN(Date.parse(text))) return text;
  throw new OptionError(`Expected an ISO 8601 instant for --clock, got ${text}.`);
}
