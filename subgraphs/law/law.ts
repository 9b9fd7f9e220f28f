// What the four subgraphs share of the law: its words, its tables and how they are enforced, and the sharing ticket. Which
// rows and which grounds there are is each subgraph's own. The door of this folder.
export { ofNobody, refuse, type Decision, type Judge, type Subject } from "./decision.ts";
export { enforcePolicy, type Judged, type Withheld } from "./enforce.ts";
export { whyNotHabilitated, type Habilitated } from "./habilitation.ts";
export {
  consistencyProof,
  EMPTY_TREE,
  grow,
  HASH_BYTES,
  hashLeaf,
  hashNode,
  inclusionProof,
  isConsistent,
  rootFromProof,
  rootOf,
  rootOfGrown,
  treeOf,
  type GrowingTree,
  type MerkleTree,
  type TreeHead,
} from "./merkle.ts";
export { category, checkPolicy, connection, never, open, part, PolicyError, publicType, publicTypes, reserved, withheld, type FieldRule, type PersonRule, type Policy, type TypeRule } from "./policy.ts";
export { isOfCare, secrecyBasisOf } from "./secrecy.ts";
export {
  createTicketIssuer,
  assertTicketKeys,
  createTicketReader,
  judgeByTicket,
  TICKET_LIFETIME_S,
  type TicketCaller,
  type TicketClaims,
  type TicketFault,
  type TicketIssuer,
  type TicketKey,
  type TicketReader,
  type TicketTerms,
} from "./ticket.ts";
export { AuditUnavailable, UNAUDITED, type Asked, type Reading, type ReadTrail } from "./trail.ts";
export {
  DATA_CATEGORIES,
  isDataCategory,
  isOfExchange,
  isPurpose,
  PURPOSES,
  SHARING_BASES,
  WITHHELD_REASONS,
  type DataCategory,
  type Purpose,
  type SharingBasis,
  type WithheldReason,
} from "./vocabulary.ts";
