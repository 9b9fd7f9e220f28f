// The playground at `/`: Hive Laboratory, served from this machine whole, with the operator's operations and personas in it.
import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { QUERY_PLAN_HEADER } from "../request.ts";
import { readCollections } from "./collections.ts";
import { ASSETS, COMPRESS, type Asset, type AssetMessage, type AssetName } from "./laboratory.ts";
import { printPage } from "./page.ts";
import { readPersonas } from "./personas.ts";

export interface PlaygroundOptions {
  /** Where the page is served. */
  readonly path: string;
  /** Where the page sends operations, on the same origin. */
  readonly endpoint: string;
  /** A folder of `.graphql` files, or none. */
  readonly collections: string | null;
  /** A JSON file of personas, or none. */
  readonly personas: string | null;
}

const ASSETS_PATH = "/playground";

/**
 * The page may load and call nothing but this gateway, so that it works without a network and no token leaves. The
 * editor of the laboratory compiles its schemas and scripts at run time, hence `unsafe-eval` and workers of blobs.
 */
const SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Throws SETTING_INVALID when the folder or the personas cannot be read. */
export function registerPlayground(app: FastifyInstance, options: PlaygroundOptions): void {
  const collections = options.collections === null ? [] : readCollections(options.collections);
  const personas = options.personas === null ? [] : readPersonas(options.personas);
  const page = printPage({ endpoint: options.endpoint, assets: ASSETS_PATH, planHeader: QUERY_PLAN_HEADER, collections, personas });
  const etag = `"${createHash("sha256").update(page).digest("base64url")}"`;
  const laboratory = createLaboratory();
  app.get(options.path, async (request, reply) => {
    laboratory.prepare();
    reply.headers({ etag, "cache-control": "no-cache", "content-security-policy": SECURITY_POLICY, "referrer-policy": "no-referrer" });
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    return reply.type("text/html; charset=utf-8").send(page);
  });
  app.get<{ Params: { name: string } }>(`${ASSETS_PATH}/:name`, async (request, reply) => {
    const { name } = request.params;
    return isAssetName(name) ? sendAsset(request, reply, await laboratory.read(name)) : reply.callNotFound();
  });
}

interface Laboratory {
  /** Starts to compress, unless that is done or under way. */
  prepare(): void;
  read(name: AssetName): Promise<Asset>;
}

type Promised = Readonly<Record<AssetName, PromiseWithResolvers<Asset>>>;

/**
 * The laboratory is 21 MB of text. It is compressed once, when somebody first opens the page, in a thread that takes
 * the text with it when it ends: a gateway whose playground nobody opens pays neither the second nor the memory.
 */
function createLaboratory(): Laboratory {
  let assets: Promised | undefined;
  const begin = () => (assets ??= compress(() => (assets = undefined)));
  return { prepare: () => void begin(), read: async (name) => begin()[name].promise };
}

function compress(forget: () => void): Promised {
  const names = Object.keys(ASSETS) as AssetName[];
  const promised = Object.fromEntries(names.map((name) => [name, Promise.withResolvers<Asset>()])) as Promised;
  const giveUp = (error: Error) => names.forEach((name) => promised[name].reject(error));
  // Whoever waits for a script hears of a failure; the next who asks starts anew.
  for (const name of names) promised[name].promise.catch(forget);
  const worker = new Worker(new URL("./laboratory.ts", import.meta.url), { workerData: COMPRESS });
  worker.on("message", ([name, asset]: AssetMessage) => promised[name].resolve(asset));
  worker.once("error", giveUp);
  worker.once("exit", (code) => giveUp(new Error(`Cannot serve the playground because its thread ended with ${code}.`)));
  worker.unref();
  return promised;
}

function isAssetName(name: string): name is AssetName {
  return Object.hasOwn(ASSETS, name);
}

function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: Asset): FastifyReply {
  reply.headers({ etag: asset.etag, "cache-control": "public, max-age=3600", vary: "accept-encoding" });
  if (request.headers["if-none-match"] === asset.etag) return reply.code(304).send();
  return reply.type("text/javascript; charset=utf-8").header("content-encoding", "gzip").send(Buffer.from(asset.gzip));
}
