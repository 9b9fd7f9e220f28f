// The command `serve`: any supergraph, answered over HTTP until a signal comes.
import { constants } from "node:os";

import { GATEWAY_SETTINGS, readConfig, type GatewayConfig, type SettingName } from "../config.ts";
import { gatewayError } from "../errors.ts";
import { createGateway } from "../gateway.ts";
import { GRAPHQL_PATH, startHttp, type HttpServer } from "../http/http.ts";
import { createLog, logEvents } from "../telemetry/telemetry.ts";
import { readOptions } from "./options.ts";

/** Option of the command line → the setting that it replaces. */
const OPTIONS = {
  supergraph: "GATEWAY_SUPERGRAPH",
  port: "GATEWAY_PORT",
  host: "GATEWAY_HOST",
  settings: "GATEWAY_SETTINGS_FILE",
} as const satisfies Record<string, SettingName>;

export const usage = `Usage: node gateway/main.ts serve [options]

  --supergraph FILE|URL   the supergraph to serve; supergraph.graphql by default
  --port N                4000 by default, 0 for any
  --host HOST             127.0.0.1 by default
  --settings FILE         more settings, a NAME=value on each line
  --open                  listen beyond loopback although nothing says who may ask

SIGHUP reads the supergraph again. Exit code: 0 after SIGINT or SIGTERM, 1 when it cannot start. A second signal ends it
at once.

Environment:
${Object.entries(GATEWAY_SETTINGS)
  .map(([name, text]) => `  ${name}\n      ${text}`)
  .join("\n")}
`;

/** Settles after the signal that stopped it. Throws errors of the table when it cannot start. */
export async function run(argv: readonly string[]): Promise<number> {
  const config = readConfig(readTexts(argv));
  assertGuarded(config);
  const stopped = nextSignal();
  const endLog = logEvents(createLog(config.logLevel), config.secretPattern);
  const gateway = await createGateway(config);
  const reload = (): void => void gateway.reload();
  process.on("SIGHUP", reload);
  try {
    const server = await startHttp({ gateway, config });
    announce(server, config);
    await stopped;
    await stop(server, config);
    return 0;
  } finally {
    process.off("SIGHUP", reload);
    await gateway.close();
    endLog();
  }
}

function readTexts(argv: readonly string[]): Partial<Record<SettingName, string>> {
  const text = { type: "string" } as const;
  const { open, ...named } = readOptions(argv, { supergraph: text, port: text, host: text, settings: text, open: { type: "boolean" } });
  const texts = Object.entries(named).map(([option, value]) => [OPTIONS[option as keyof typeof OPTIONS], value]);
  return { ...Object.fromEntries(texts), ...(open === true && { GATEWAY_OPEN: "true" }) };
}

/** Without keys to check tokens by, everybody who reaches the port may ask everything that needs no right. */
function assertGuarded({ host, open, jwt }: GatewayConfig): void {
  if (open || jwt.jwks.length > 0 || isLoopback(host)) return;
  const expected = "a loopback address while no GATEWAY_JWKS says who may ask (--open serves everybody)";
  throw gatewayError("SETTING_INVALID", { name: "GATEWAY_HOST", expected, value: JSON.stringify(host) });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** npm passes on the signal that the terminal has sent already: what comes so soon is no second one. */
const ECHO_MS = 500;

/**
 * The first SIGINT or SIGTERM, or the end of a parent that started this process with a channel; one more signal ends the
 * process with the code that shells give to a signal.
 */
function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | null = null;
    const stopOn = (name: "SIGINT" | "SIGTERM") => () => {
      if (firstAt === null) {
        firstAt = performance.now();
        resolve();
      } else if (performance.now() - firstAt > ECHO_MS) process.exit(128 + constants.signals[name]);
    };
    process.on("SIGINT", stopOn("SIGINT"));
    process.on("SIGTERM", stopOn("SIGTERM"));
    if (process.connected) process.once("disconnect", resolve);
  });
}

function announce(server: HttpServer, { playground }: GatewayConfig): void {
  process.stdout.write(`GraphQL    ${server.url}${GRAPHQL_PATH}\n`);
  if (playground.enabled) process.stdout.write(`Playground ${server.url}/\n`);
}

async function stop(server: HttpServer, { shutdownDelayMs }: GatewayConfig): Promise<void> {
  server.drain();
  await new Promise((resolve) => setTimeout(resolve, shutdownDelayMs));
  await server.close();
}
