// The directory over HTTP, as *partners* answers it. Who may ask has a key that it knows, and asks with a JWT of half a
// minute; what is answered is a JWT as well, signed for that question: whoever stands in between can neither ask without such
// a key, nor change the answer, nor give an older one, in which somebody is still habilitated. Signed is not sealed: the way
// between two organisations is TLS.
import { jwtVerify, SignJWT, type JWTVerifyGetKey } from "jose";

import { DIRECTORY_TYPE, QUESTION_TYPE, LIFETIME_S, PUBLISHER, SIGNATURES, type DirectoryKey } from "./keys.ts";
import type { DirectorySource } from "./source.ts";

export interface DirectoryDoor {
  /** Null: nobody who may ask. `authorization` is the header. */
  answer(authorization: string | undefined): Promise<string | null>;
  /** A JSON Web Key Set, for those who ask. */
  readonly publicKeys: { readonly keys: readonly object[] };
}

export interface Publishing {
  readonly source: DirectorySource;
  readonly key: DirectoryKey;
  /** Public, of those who may ask. */
  readonly askers: JWTVerifyGetKey;
}

export function createDirectoryDoor({ source, key, askers }: Publishing): DirectoryDoor {
  return {
    publicKeys: { keys: [key.publicJwk] },
    answer: async (authorization) => {
      const question = await readQuestion(authorization, askers);
      if (question === null) return null;
      const { version, directory } = await source.read(question.known);
      return new SignJWT({ version, ...(directory !== null && { directory }) })
        .setProtectedHeader({ alg: SIGNATURES[0], typ: DIRECTORY_TYPE, ...(key.kid !== null && { kid: key.kid }) })
        .setIssuer(PUBLISHER)
        .setAudience(question.asker)
        .setJti(question.nonce)
        .setIssuedAt()
        .setExpirationTime(`${LIFETIME_S}s`)
        .sign(key.privateKey);
    },
  };
}

interface Question {
  readonly asker: string;
  readonly nonce: string;
  readonly known: string | null;
}

async function readQuestion(authorization: string | undefined, keys: JWTVerifyGetKey): Promise<Question | null> {
  const [, token] = /^Bearer (\S+)$/.exec(authorization ?? "") ?? [];
  if (token === undefined) return null;
  try {
    const options = { audience: PUBLISHER, typ: QUESTION_TYPE, algorithms: [...SIGNATURES], requiredClaims: ["exp", "iss", "jti"] };
    const { payload: { iss = "", jti = "", known } } = await jwtVerify(token, keys, options);
    return { asker: iss, nonce: jti, known: typeof known === "string" ? known : null };
  } catch {
    return null;
  }
}
