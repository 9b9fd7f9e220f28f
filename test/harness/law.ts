// Sharing tickets for tests of one subgraph: an issuer and a reader that know each other, and a judge's word to sign.
import { generateKeyPairSync } from "node:crypto";

import { ANONYMOUS, type Caller } from "../../subgraphs/kit/kit.ts";
import {
  createTicketIssuer,
  createTicketReader,
  DATA_CATEGORIES,
  refuse,
  type DataCategory,
  type Decision,
  type TicketFault,
  type TicketIssuer,
  type TicketKey,
  type TicketReader,
  type WithheldReason,
} from "../../subgraphs/law/law.ts";

export interface TestTickets {
  readonly issuer: TicketIssuer;
  readonly reader: TicketReader;
  /** What readers were told of tickets that are none. */
  readonly faults: TicketFault[];
  /** For services, sites and partners. */
  readonly options: { readonly tickets: TicketReader; readonly told: (fault: TicketFault) => void };
  /** A ticket that allows these categories, all by default, on an entity such as `Beneficiary/b1`. */
  ticket(entity: string, at: string, options?: TicketOptions): string;
}

export interface TicketOptions {
  readonly caller?: Partial<Caller>;
  readonly allow?: readonly DataCategory[];
  readonly reason?: WithheldReason;
}

export function createTestTickets(): TestTickets {
  const { privateKey } = generateKeyPairSync("ed25519");
  const issuer = createTicketIssuer([{ ...(privateKey.export({ format: "jwk" }) as TicketKey), kid: "test" }]);
  const reader = createTicketReader(() => issuer.publicKeys.keys);
  const faults: TicketFault[] = [];
  return {
    issuer,
    reader,
    faults,
    options: { tickets: reader, told: (fault) => void faults.push(fault) },
    ticket: (entity, at, { caller = {}, allow = DATA_CATEGORIES, reason = "NO_GRANT" } = {}) => {
      const decide = (category: DataCategory): Decision => (allow.includes(category) ? { allowed: true, basis: "CONSENT" } : refuse(reason));
      const decisions = Object.fromEntries(DATA_CATEGORIES.map((category) => [category, decide(category)])) as Record<DataCategory, Decision>;
      const [ticket = ""] = issuer.issue([{ entity, personId: entity.split("/")[1] ?? "", decisions }], { ...ANONYMOUS, ...caller }, new Date(at));
      return ticket;
    },
  };
}
