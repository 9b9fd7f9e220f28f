// Free ports for a stack: one for the gateway and the first of four in a row for the subgraphs.
import { createServer } from "node:net";

const SUBGRAPHS = 4;

export async function freePorts(): Promise<[gateway: number, firstSubgraph: number]> {
  for (let first = 21_000 + Math.floor(Math.random() * 9_000); ; first += 10) {
    const row = Array.from({ length: SUBGRAPHS + 1 }, (_, index) => first + index);
    const free = await Promise.all(row.map(isFree));
    if (free.every(Boolean)) return [first, first + 1];
  }
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((settle) => {
    probe.once("error", () => settle(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => settle(true)));
  });
}
