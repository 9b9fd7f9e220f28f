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
  type SharingBasis,
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
  /** Representations as the gateway sends them: what hangs on a person brings its ticket. Others stay as they are. */
  carry<Representation extends object>(representations: readonly Representation[], at: string, options?: TicketOptions): (Representation & { readonly sharingTicket?: string })[];
}

/** Entities for which *beneficiaries* issues tickets, as the other three know them. */
const TICKETED: ReadonlySet<unknown> = new Set(["Beneficiary", "PathwayStep"]);

export interface TicketOptions {
  readonly caller?: Partial<Caller>;
  readonly allow?: readonly DataCategory[];
  readonly reason?: WithheldReason;
  /** On which a category is allowed; CONSENT by default. */
  readonly basisOf?: (category: DataCategory) => SharingBasis;
}

export function createTestTickets(): TestTickets {
  const { privateKey } = generateKeyPairSync("ed25519");
  const issuer = createTicketIssuer([{ ...(privateKey.export({ format: "jwk" }) as TicketKey), kid: "test" }]);
  const reader = createTicketReader(() => issuer.publicKeys.keys);
  const faults: TicketFault[] = [];
  const ticket: TestTickets["ticket"] = (entity, at, { caller = {}, allow = DATA_CATEGORIES, reason = "NO_GRANT", basisOf = (): SharingBasis => "CONSENT" } = {}) => {
    const decide = (category: DataCategory): Decision => (allow.includes(category) ? { allowed: true, basis: basisOf(category) } : refuse(reason));
    const decisions = Object.fromEntries(DATA_CATEGORIES.map((category) => [category, decide(category)])) as Record<DataCategory, Decision>;
    const [issued = ""] = issuer.issue([{ entity, personId: entity.split("/")[1] ?? "", decisions }], { ...ANONYMOUS, ...caller }, new Date(at));
    return issued;
  };
  return {
    issuer,
    reader,
    faults,
    options: { tickets: reader, told: (fault) => void faults.push(fault) },
    ticket,
    carry: (representations, at, options) =>
      representations.map((one) => {
        const { __typename, id } = one as { readonly __typename?: unknown; readonly id?: unknown };
        return TICKETED.has(__typename) ? { ...one, sharingTicket: ticket(`${String(__typename)}/${String(id)}`, at, options) } : one;
      }),
  };
}
