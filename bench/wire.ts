// HTTP/1.1 as far as the bench needs it, over plain sockets: a server or client of a library would cost more than some
// of the gateways that are to be measured.

export interface Message {
  /** Start line and headers, without the empty line. */
  readonly head: string;
  /** The body, without the frames of a chunked one. */
  readonly body: readonly Buffer[];
  readonly bytes: number;
}

/** Takes what a socket gives and calls back for each whole message. A message has a `content-length` or is chunked. */
export function createMessageReader(onMessage: (message: Message) => void): (data: Buffer) => void {
  const reading: Reading = { phase: "head", rest: EMPTY, head: "", body: [], bytes: 0, missing: 0 };
  return (data) => {
    reading.rest = reading.rest.length === 0 ? data : Buffer.concat([reading.rest, data]);
    while (step(reading)) {
      if (reading.phase !== "done") continue;
      const { head, body, bytes } = reading;
      reading.phase = "head";
      onMessage({ head, body, bytes });
    }
  };
}

interface Reading {
  phase: "head" | "sized" | "chunk-size" | "chunk" | "done";
  /** What has come and is not read yet. */
  rest: Buffer;
  head: string;
  body: Buffer[];
  bytes: number;
  /** So many bytes of the body or chunk are still to come. */
  missing: number;
}

const EMPTY = Buffer.alloc(0);
const LINE_END = "\r\n";

/** False when more data are needed. */
function step(reading: Reading): boolean {
  switch (reading.phase) {
    case "head":
      return readHead(reading);
    case "chunk-size":
      return readChunkSize(reading);
    case "sized":
    case "chunk":
      return readBody(reading);
    case "done":
      return false;
  }
}

function readHead(reading: Reading): boolean {
  const end = reading.rest.indexOf("\r\n\r\n");
  if (end < 0) return false;
  reading.head = reading.rest.toString("latin1", 0, end);
  reading.rest = reading.rest.subarray(end + 4);
  reading.body = [];
  reading.bytes = 0;
  const chunked = /^transfer-encoding: *chunked/im.test(reading.head);
  reading.missing = chunked ? 0 : Number(/^content-length: *(\d+)/im.exec(reading.head)?.[1] ?? 0);
  reading.phase = chunked ? "chunk-size" : reading.missing === 0 ? "done" : "sized";
  return true;
}

function readChunkSize(reading: Reading): boolean {
  const end = reading.rest.indexOf(LINE_END);
  if (end < 0) return false;
  const size = Number.parseInt(reading.rest.toString("latin1", 0, end), 16);
  // The last chunk is followed by an empty line; nobody here sends trailers.
  if (size === 0 && reading.rest.length < end + 4) return false;
  reading.rest = reading.rest.subarray(size === 0 ? end + 4 : end + 2);
  reading.missing = size + LINE_END.length;
  reading.phase = size === 0 ? "done" : "chunk";
  return true;
}

/** Takes what there is, so that no large body is copied together. */
function readBody(reading: Reading): boolean {
  if (reading.rest.length === 0) return false;
  const taken = reading.rest.subarray(0, reading.missing);
  const frame = reading.phase === "chunk" ? LINE_END.length : 0;
  const content = taken.subarray(0, Math.max(0, reading.missing - frame));
  reading.body.push(content);
  reading.bytes += content.length;
  reading.missing -= taken.length;
  reading.rest = reading.rest.subarray(taken.length);
  if (reading.missing === 0) reading.phase = frame > 0 ? "chunk-size" : "done";
  return true;
}
