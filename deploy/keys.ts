// The key pairs of a demonstration: one of the identity provider that signs personas' tokens, one with which the
// gateway vouches for callers. Made once and kept in the data folder; production brings its own.
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from "jose";

export const DEMO_ISSUER = "https://identity.demo.invalid";
export const DEMO_AUDIENCE = "parcours";
const TOKEN_LIFETIME = "7d";

export interface KeyFiles {
  /** Public keys of the identity provider, for the gateway. */
  readonly identityJwks: string;
  /** Private key with which the gateway vouches for callers. */
  readonly gatewaySigningKey: string;
  /** Public keys of the gateway, for the subgraphs. */
  readonly gatewayJwks: string;
  /** Private key with which *beneficiaries* signs sharing tickets, and the public keys for the others. */
  readonly ticketKey: string;
  readonly ticketJwks: string;
  /** Private key with which the read audits sign their checkpoints. */
  readonly auditKey: string;
  /** Private keys with which *partners* signs its directory, and with which the others ask for it; the public keys of each. */
  readonly directoryKey: string;
  readonly directoryJwks: string;
  readonly directoryAskerKey: string;
  readonly directoryAskersJwks: string;
  /** The keys that wrap data keys, of *beneficiaries* and *sites*. */
  readonly keyRing: string;
  /** Subgraph → its key for telling *beneficiaries* who read. */
  readonly readingsKeys: Readonly<Record<string, string>>;
}

/** Those whose readings *beneficiaries* shows. */
export const TELLING_READINGS = ["services", "sites", "partners"] as const;

export interface DemoKeys extends KeyFiles {
  /** A bearer token of the demonstration's identity provider, good for seven days. */
  signToken(subject: string, claims: Readonly<Record<string, string>>): Promise<string>;
}

/** The gateway's settings with which it knows callers of the demonstration and vouches for them. */
export function callerSettings({ identityJwks, gatewaySigningKey }: Pick<DemoKeys, "identityJwks" | "gatewaySigningKey">): Record<string, string> {
  return {
    GATEWAY_JWKS: identityJwks,
    GATEWAY_JWT_ISSUER: DEMO_ISSUER,
    GATEWAY_JWT_AUDIENCE: DEMO_AUDIENCE,
    GATEWAY_SIGNING_KEY: gatewaySigningKey,
    GATEWAY_FORWARD_CLAIMS: "professional,partner,person,purpose",
    GATEWAY_CLAIM_HEADERS: "x-purpose=purpose",
  };
}

/** Reads the key files in the folder, or makes them. */
export async function openDemoKeys(folder: string): Promise<DemoKeys> {
  await mkdir(folder, { recursive: true });
  const identity = await openPair(folder, "identity");
  const gateway = await openPair(folder, "gateway");
  const tickets = await openPair(folder, "tickets");
  const audit = await openPair(folder, "audit");
  const directory = await openPair(folder, "directory");
  const askers = await openPair(folder, "directory-askers");
  const signingKey = await importJWK(identity.privateJwk, "EdDSA");
  return {
    identityJwks: identity.publicFile,
    gatewaySigningKey: gateway.privateFile,
    gatewayJwks: gateway.publicFile,
    ticketKey: tickets.privateFile,
    ticketJwks: tickets.publicFile,
    auditKey: audit.privateFile,
    directoryKey: directory.privateFile,
    directoryJwks: directory.publicFile,
    directoryAskerKey: askers.privateFile,
    directoryAskersJwks: askers.publicFile,
    keyRing: await openRing(folder),
    readingsKeys: Object.fromEntries(await Promise.all(TELLING_READINGS.map(async (name) => [name, await openWebhookKey(folder, `readings-${name}`)] as const))),
    signToken: (subject, claims) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: "EdDSA", kid: String(identity.privateJwk.kid) })
        .setIssuer(DEMO_ISSUER)
        .setAudience(DEMO_AUDIENCE)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(TOKEN_LIFETIME)
        .sign(signingKey),
  };
}

interface Pair {
  readonly privateJwk: JWK;
  readonly privateFile: string;
  readonly publicFile: string;
}

/** Without it nobody reads the data that it was made for, so that it lies beside it and is never made anew. */
async function openRing(folder: string): Promise<string> {
  const key = { kty: "oct", kid: "demonstration-1", k: randomBytes(32).toString("base64url") };
  return keepFile(join(folder, "key-ring.json"), JSON.stringify({ keys: [key] }));
}

/** As Standard Webhooks prints one. */
function openWebhookKey(folder: string, name: string): Promise<string> {
  return keepFile(join(folder, `${name}.key`), `whsec_${randomBytes(32).toString("base64")}\n`);
}

/** What is there stays. */
async function keepFile(file: string, text: string): Promise<string> {
  await writeFile(file, text, { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return file;
}

async function openPair(folder: string, name: string): Promise<Pair> {
  const privateFile = join(folder, `${name}-private.jwk.json`);
  const publicFile = join(folder, `${name}-jwks.json`);
  const kept = await readFile(privateFile, "utf8").catch(() => null);
  if (kept !== null) return { privateJwk: JSON.parse(kept) as JWK, privateFile, publicFile };
  const privateJwk = await makeKey(name);
  const { d: _private, ...publicJwk } = privateJwk;
  await writeFile(privateFile, JSON.stringify(privateJwk), { mode: 0o600 });
  await writeFile(publicFile, JSON.stringify({ keys: [publicJwk] }));
  return { privateJwk, privateFile, publicFile };
}

async function makeKey(name: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg: "EdDSA", use: "sig", kid: `${name}-${String(jwk.x).slice(0, 8)}` };
}
