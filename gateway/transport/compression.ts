// Compressed answers: what is asked for, and how they are read. Beside the way of plain ones, which they must not slow down.
import { brotliDecompress, gunzip, zstdDecompress, type ZlibOptions } from "node:zlib";

import { systemCodeOf } from "../errors.ts";

/** Why an answer cannot be read, as a part of a sentence. */
export class Unreadable extends Error {}

type Decompress = (body: Buffer, options: Pick<ZlibOptions, "maxOutputLength">, done: (error: Error | null, plain: Buffer) => void) => void;

/** `content-encoding` → what undoes it; off the event loop. */
const DECOMPRESSIONS: Readonly<Record<string, Decompress>> = { gzip: gunzip, "x-gzip": gunzip, br: brotliDecompress, zstd: zstdDecompress };

/** The value of `accept-encoding`; each server chooses what it likes best. */
export const ACCEPTED_ENCODINGS = "gzip, br, zstd";

/** By the header `content-encoding`, null for a body that is as it is. */
export function readEncoding(header: string | readonly string[] | undefined): string | null {
  if (header === undefined) return null;
  const encoding = String(header).trim().toLowerCase();
  return encoding === "" || encoding === "identity" ? null : encoding;
}

/** `limit` is the most bytes of the plain body: a kilobyte may stand for megabytes. Rejects with Unreadable. */
export function decompress(body: Buffer, encoding: string, limit: number): Promise<Buffer> {
  const undo = Object.hasOwn(DECOMPRESSIONS, encoding) ? DECOMPRESSIONS[encoding] : undefined;
  if (undo === undefined) return Promise.reject(new Unreadable("it is compressed in a way that was not asked for"));
  return new Promise((resolve, reject) => {
    undo(body, { maxOutputLength: limit }, (error, plain) => {
      if (error === null) resolve(plain);
      else reject(new Unreadable(systemCodeOf(error) === "ERR_BUFFER_TOO_LARGE" ? "it is too large" : "it cannot be decompressed"));
    });
  });
}
