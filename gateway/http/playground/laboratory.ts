// The scripts of Hive Laboratory, compressed. As a worker thread's program it sends them one by one and ends.
import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { gzipSync } from "node:zlib";

export interface Asset {
  readonly etag: string;
  readonly gzip: Uint8Array;
}

/** File name in the page → the constant of the package that holds the script. */
export const ASSETS = {
  "laboratory.js": "js",
  "editor.worker.js": "editorWorkerService",
  "graphql.worker.js": "graphqlWorker",
  "json.worker.js": "jsonWorker",
  "typescript.worker.js": "typescriptWorker",
} as const;

export type AssetName = keyof typeof ASSETS;

/** One message for each script, in the order above: the page starts while the larger workers are still compressed. */
export type AssetMessage = readonly [AssetName, Asset];

/** What `workerData` is in the thread that runs this file as its program. */
export const COMPRESS = "compress the laboratory";

if (workerData === COMPRESS) await compressAssets((message) => parentPort?.postMessage(message));

async function compressAssets(send: (message: AssetMessage) => void): Promise<void> {
  const scripts: Readonly<Record<string, unknown>> = await import("@graphql-hive/render-laboratory/laboratory");
  for (const name of Object.keys(ASSETS) as AssetName[]) {
    const text = String(scripts[ASSETS[name]]);
    const etag = `"${createHash("sha256").update(text).digest("base64url")}"`;
    send([name, { etag, gzip: gzipSync(text) }]);
  }
}
