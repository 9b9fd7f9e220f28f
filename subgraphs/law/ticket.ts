// The sharing ticket: what one subgraph, which knows on which grounds a person's data may be shared, tells the others.
//
// A ticket is for one caller, one purpose and one entity, holds five minutes, and says of each category whether it may be
// read and why not. It travels inside the query plan (`@requires` of an `@inaccessible` field): clients neither see nor
// send one. All tickets of a batch are leaves of one Merkle tree whose root is signed, so that fifty people cost one
// Ed25519 signature; each ticket brings its proof, and whoever has the public key can verify it and issue none.
//
//   claims . index . size . proof . kid . signature        (claims and bytes in base64url)
import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject, type webcrypto } from "node:crypto";

import { refuse, type Decision, type Judge } from "./decision.ts";
import { HASH_BYTES, hashLeaf, rootFromProof, treeOf } from "./merkle.ts";
import { DATA_CATEGORIES, type DataCategory, type Purpose, type SharingBasis, type WithheldReason } from "./vocabulary.ts";

export const TICKET_LIFETIME_S = 300;
/** By how much the clocks of two organisations may differ. */
const MOST_AHEAD_S = 300;

export type TicketKey = webcrypto.JsonWebKey & { readonly kid?: string };

/** Who asks, as far as a ticket is bound to them. */
export interface TicketCaller {
  readonly subject: string | null;
  readonly professionalId: string | null;
  readonly partnerId: string | null;
  readonly personId: string | null;
  readonly purpose: Purpose | null;
}

/** What is said of one entity. */
export interface TicketTerms {
  /** `Beneficiary/b1`. */
  readonly entity: string;
  readonly personId: string;
  /** What is not said is refused. */
  readonly decisions: Readonly<Partial<Record<DataCategory, Decision>>>;
}

export interface TicketIssuer {
  /** A ticket for each, for this caller, from this instant on. */
  issue(terms: readonly TicketTerms[], caller: TicketCaller, now: Date): string[];
  /** A JSON Web Key Set. */
  readonly publicKeys: { readonly keys: readonly TicketKey[] };
}

/** `keys` are private Ed25519 JSON Web Keys with different `kid`; the first one signs, the others are only published. Throws TypeError. */
export function createTicketIssuer(keys: readonly TicketKey[]): TicketIssuer {
  const named = readKeys(keys);
  const [[kid, key] = []] = named;
  if (kid === undefined || key?.d === undefined) throw new TypeError("Expected a private Ed25519 key (JWK with `d`) to sign sharing tickets with.");
  const signer = createPrivateKey({ key, format: "jwk" });
  return {
    publicKeys: { keys: [...named].map(([id, { d: _private, ...publicKey }]) => ({ ...publicKey, kid: id })) },
    issue: (terms, caller, now) => {
      const bound = hashCaller(caller);
      const claims = terms.map((one) => Buffer.from(printClaims(one, bound, now)));
      const { root, proofs } = treeOf(claims.map(hashLeaf));
      const signature = sign(null, signedText(root, claims.length), signer).toString("base64url");
      return claims.map((text, index) => {
        const proof = Buffer.concat(proofs[index] ?? []).toString("base64url");
        return [text.toString("base64url"), index, claims.length, proof, kid, signature].join(".");
      });
    },
  };
}

/** Why a ticket is none. For logs and counts; the client reads a reason of the law. */
export type TicketFault = "missing" | "malformed" | "unknown key" | "forged" | "expired" | "of a later time" | "of another caller" | "of another entity";

export interface TicketReader {
  read(ticket: unknown, about: { readonly entity: string; readonly caller: TicketCaller; readonly now: Date }): TicketClaims | TicketFault;
}

export interface TicketClaims {
  readonly entity: string;
  readonly personId: string;
  /** Seconds since 1970. */
  readonly until: number;
  /** What may be read, with the ground; what may not, with the reason. */
  readonly allowed: Readonly<Partial<Record<DataCategory, string>>>;
  readonly refused: Readonly<Partial<Record<DataCategory, WithheldReason>>>;
}

/** `keys` are public; read again at each ticket, so that a key that is added is known at once. */
export function createTicketReader(keys: () => readonly TicketKey[]): TicketReader {
  const verified = new Map<string, boolean>();
  const isSigned = (root: Buffer, size: number, [kid, signature]: readonly [string, string]): boolean | null => {
    const jwk = keys().find((key) => key.kid === kid);
    if (jwk === undefined) return null;
    const name = `${String(jwk.x)}.${size}.${root.toString("base64url")}.${signature}`;
    const known = verified.get(name) ?? verify(null, signedText(root, size), publicKeyOf(jwk), Buffer.from(signature, "base64url"));
    if (verified.size >= MAX_VERIFIED) verified.clear();
    verified.set(name, known);
    return known;
  };
  return {
    read: (ticket, { entity, caller, now }) => {
      if (ticket === null || ticket === undefined) return "missing";
      const parts = readParts(ticket);
      if (parts === null) return "malformed";
      const root = rootFromProof(hashLeaf(parts.claims), parts, parts.proof);
      if (root === null) return "forged";
      const signed = isSigned(root, parts.size, [parts.kid, parts.signature]);
      if (signed !== true) return signed === null ? "unknown key" : "forged";
      return checkClaims(JSON.parse(parts.claims.toString()) as Printed, { entity, caller, now });
    },
  };
}

/**
 * Throws TypeError for a set that no reader should use: two keys of one `kid`, keys of another kind, or one with its private
 * part, with which whoever only reads tickets could issue them.
 */
export function assertTicketKeys(keys: readonly TicketKey[]): void {
  for (const [kid, { d }] of readKeys(keys)) {
    if (d !== undefined) throw new TypeError(`Expected public keys to read sharing tickets with, got the private part (\`d\`) of ${kid}. Publish the set without it.`);
  }
}

export interface TicketWatch {
  readonly now: () => Date;
  /** Hears once of each fault: keys that were changed in one place only spoil every ticket of a request, in each field. */
  readonly told: (fault: TicketFault) => void;
  /** Hears of each ground on which something is opened. */
  readonly ground: (personId: string, basis: SharingBasis | "SELF") => void;
}

/** Judges by the tickets that rows bring along. */
export function judgeByTicket(reader: TicketReader, caller: TicketCaller, { now, told, ground }: TicketWatch): Judge {
  // Several fields of one entity bring the same ticket along; it is read once a request, which ends before a ticket does.
  const read = new Map<string, TicketClaims | TicketFault>();
  const faults = new Set<TicketFault>();
  const readOnce = (ticket: unknown, entity: string) => {
    const name = `${entity} ${String(ticket)}`;
    const claims = read.get(name) ?? reader.read(ticket, { entity, caller, now: now() });
    read.set(name, claims);
    return claims;
  };
  return {
    decide: ({ entity = "", ticket }, category) => {
      const claims = readOnce(ticket, entity);
      if (typeof claims === "string") {
        if (!faults.has(claims)) told(claims);
        faults.add(claims);
        return refuse(REASONS[claims] ?? "NO_GRANT");
      }
      const basis = claims.allowed[category];
      const decision = basis === undefined ? refuse(claims.refused[category] ?? "NO_GRANT") : ({ allowed: true, basis } as Decision);
      if (decision.allowed) ground(claims.personId, decision.basis);
      return { ...decision, personId: claims.personId };
    },
  };
}

/** Of the faults that say more than that there is no ticket: a key that is not known here is one that was published too late. */
const REASONS: Readonly<Partial<Record<TicketFault, WithheldReason>>> = { expired: "GRANT_EXPIRED", "unknown key": "PARTNER_UNAVAILABLE" };

/** Roots whose signature was checked; one batch is read many times. */
const MAX_VERIFIED = 1_000;
const MAX_LENGTH = 8_192;

interface Printed extends TicketClaims {
  readonly caller: string;
}

function printClaims({ entity, personId, decisions }: TicketTerms, caller: string, now: Date): string {
  const until = Math.floor(now.getTime() / 1_000) + TICKET_LIFETIME_S;
  return JSON.stringify({ entity, personId, until, caller, ...sortDecisions(decisions) });
}

const sorted = new WeakMap<TicketTerms["decisions"], Pick<TicketClaims, "allowed" | "refused">>();

/** Forty steps of one pathway share one object of decisions. */
function sortDecisions(decisions: TicketTerms["decisions"]): Pick<TicketClaims, "allowed" | "refused"> {
  const known = sorted.get(decisions);
  if (known !== undefined) return known;
  const of = (allowed: boolean) =>
    Object.fromEntries(
      DATA_CATEGORIES.flatMap((category) => {
        const decision = decisions[category];
        return decision?.allowed === allowed ? [[category, decision.allowed ? decision.basis : decision.reason]] : [];
      }),
    );
  const made = { allowed: of(true), refused: of(false) };
  sorted.set(decisions, made);
  return made;
}

const callerHashes = new WeakMap<TicketCaller, string>();

/** Who asks is one object for a request, which brings many tickets. */
function hashCaller(caller: TicketCaller): string {
  const { subject, professionalId, partnerId, personId, purpose } = caller;
  const known = callerHashes.get(caller) ?? hash("sha256", JSON.stringify([subject, professionalId, partnerId, personId, purpose]), "base64url");
  callerHashes.set(caller, known);
  return known;
}

function checkClaims(claims: Printed, { entity, caller, now }: Parameters<TicketReader["read"]>[1]): TicketClaims | TicketFault {
  if (claims.caller !== hashCaller(caller)) return "of another caller";
  if (claims.entity !== entity) return "of another entity";
  const left = claims.until * 1_000 - now.getTime();
  if (left <= 0) return "expired";
  // Of a clock that stood ahead and was put right: it would hold until the day to which that had jumped.
  return left > (TICKET_LIFETIME_S + MOST_AHEAD_S) * 1_000 ? "of a later time" : claims;
}

interface Parts {
  readonly claims: Buffer;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Buffer[];
  readonly kid: string;
  readonly signature: string;
}

const FORM = /^([\w-]+)\.(\d{1,7})\.(\d{1,7})\.([\w-]*)\.([\w-]{1,64})\.([\w-]{86})$/;

function readParts(ticket: unknown): Parts | null {
  const match = typeof ticket === "string" && ticket.length <= MAX_LENGTH ? FORM.exec(ticket) : null;
  if (match === null) return null;
  const [, claims = "", index, size, proof = "", kid = "", signature = ""] = match;
  const bytes = Buffer.from(proof, "base64url");
  const hashes = Array.from({ length: Math.ceil(bytes.length / HASH_BYTES) }, (_, at) => bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
  return { claims: Buffer.from(claims, "base64url"), index: Number(index), size: Number(size), proof: hashes, kid, signature };
}

function signedText(root: Buffer, size: number): Buffer {
  return Buffer.concat([Buffer.from(`sharing-tickets ${size} `), root]);
}

function readKeys(keys: readonly TicketKey[]): Map<string, TicketKey> {
  const named = new Map<string, TicketKey>();
  for (const key of keys) {
    const { kid, kty, crv } = key;
    if (typeof kid !== "string" || !/^[\w-]{1,64}$/.test(kid)) throw new TypeError("Expected each key of sharing tickets to have a `kid` of letters, digits, - and _.");
    if (kty !== "OKP" || crv !== "Ed25519") throw new TypeError(`Expected the key ${kid} to be an Ed25519 key in JWK form (kty OKP, crv Ed25519).`);
    if (named.has(kid)) throw new TypeError(`Expected keys of sharing tickets with different \`kid\`, got ${kid} twice.`);
    named.set(kid, key);
  }
  return named;
}

const objects = new WeakMap<TicketKey, KeyObject>();

function publicKeyOf(jwk: TicketKey): KeyObject {
  const known = objects.get(jwk) ?? createPublicKey({ key: jwk, format: "jwk" });
  objects.set(jwk, known);
  return known;
}
