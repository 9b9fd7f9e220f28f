import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";
import { GraphQLError } from "graphql";
import { exportJWK, generateKeyPair, SignJWT, type JWK } from "jose";

import {
  afterFilter,
  createCallerReader,
  createClock,
  createGroupLoader,
  createLoaderFamily,
  createRowLoader,
  isDay,
  readPage,
  toConnection,
  type OrderField,
} from "../../subgraphs/kit/kit.ts";
import { DateScalar, DateTimeScalar } from "../../subgraphs/kit/scalars.ts";

function codeOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error instanceof GraphQLError ? error.extensions["code"] : error;
  }
  return "nothing was thrown";
}

describe("the clock", () => {
  it("stands still where it is told to", () => {
    const clock = createClock("2025-01-26T23:30:00Z");
    expect(clock.now().toISOString()).toBe("2025-01-26T23:30:00.000Z");
    expect(clock.today()).toBe("2025-01-27");
  });

  it("runs otherwise, and refuses what is no instant", () => {
    expect(Math.abs(createClock().now().getTime() - Date.now())).toBeLessThan(1_000);
    expect(() => createClock("soon")).toThrow('Expected an ISO 8601 instant for the clock, got "soon".');
  });
});

describe("scalars", () => {
  it.each(["2024-02-29", "2025-01-27"])("take the day %s", (day) => expect(DateScalar.parseValue(day)).toBe(day));

  it.each(["2025-02-29", "2025-1-27", "27/01/2025", "2025-01-27T00:00:00Z", "", 20250127, null, { $ne: 1 }])("refuse %j as a day", (value) => {
    expect(isDay(value)).toBe(false);
    expect(codeOf(() => DateScalar.parseValue(value))).toBe("BAD_USER_INPUT");
  });

  it("write an instant in UTC whatever its offset", () => {
    expect(DateTimeScalar.serialize(DateTimeScalar.parseValue("2025-01-27T09:30:00+01:00"))).toBe("2025-01-27T08:30:00.000Z");
  });

  it.each(["2025-01-27", "2025-02-30T10:00:00Z", "2025-01-27T10:00:00", "now", 0, {}])("refuse %j as an instant", (value) => {
    expect(codeOf(() => DateTimeScalar.parseValue(value))).toBe("BAD_USER_INPUT");
  });
});

describe("loaders", () => {
  it("ask once for a level, with each key once, and give null for what is not there", async () => {
    const asked: (readonly string[])[] = [];
    const loader = createRowLoader(
      async (keys: readonly string[]) => {
        asked.push(keys);
        return keys.filter((key) => key !== "gone").map((_id) => ({ _id }));
      },
      (row) => row._id,
    );
    const rows = await Promise.all(["a", "b", "a", "gone"].map((key) => loader.load(key)));
    expect(rows).toEqual([{ _id: "a" }, { _id: "b" }, { _id: "a" }, null]);
    expect(asked).toEqual([["a", "b", "gone"]]);
  });

  it("give a row to each of its keys, in the order of the answer", async () => {
    const loader = createGroupLoader(
      async () => [
        { n: 2, of: ["a", "b"] },
        { n: 1, of: ["a"] },
      ],
      (row) => row.of,
    );
    expect(await loader.loadMany(["a", "b", "c"])).toEqual([[{ n: 2, of: ["a", "b"] }, { n: 1, of: ["a"] }], [{ n: 2, of: ["a", "b"] }], []]);
  });

  it("batch fields that were asked with equal arguments, and no others", async () => {
    const asked: string[] = [];
    const family = createLoaderFamily((args: { first: number }) =>
      createRowLoader(
        async (keys: readonly string[]) => {
          asked.push(`${args.first}: ${keys.join()}`);
          return [];
        },
        () => "",
      ),
    );
    await Promise.all([family({ first: 1 }).load("a"), family({ first: 1 }).load("b"), family({ first: 2 }).load("a")]);
    expect(asked.sort()).toEqual(["1: a,b", "2: a"]);
  });
});

describe("pages", () => {
  const order: readonly OrderField[] = [
    { field: "name", kind: "string" },
    { field: "at", kind: "date", direction: -1 },
    { field: "_id", kind: "string" },
  ];
  const row = { name: "Caen", at: new Date("2025-01-27T00:00:00Z"), _id: "s1" };

  it.each([0, -1, 201, 100_000])("refuse first: %d and say what is expected", (first) => {
    expect(() => readPage({ first }, order)).toThrow(`Expected \`first\` between 1 and 200, got ${first}.`);
    expect(codeOf(() => readPage({ first }, order))).toBe("PAGE_TOO_LARGE");
  });

  it.each(["", "x", "e30", Buffer.from('["Caen"]').toString("base64url"), Buffer.from('["Caen",{"$gt":""},"s1"]').toString("base64url"), "[]"])(
    "refuse %j as a cursor",
    (after) => expect(codeOf(() => readPage({ after }, order))).toBe("BAD_CURSOR"),
  );

  it("read back the cursor that they gave", () => {
    const { pageInfo } = toConnection(readPage({ first: 1 }, order), [row, row], async () => 2);
    expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const next = readPage({ first: 1, after: pageInfo.endCursor }, order);
    expect(afterFilter(next)).toEqual({
      $or: [
        { name: { $gt: "Caen" } },
        { name: "Caen", at: { $lt: row.at } },
        { name: "Caen", at: row.at, _id: { $gt: "s1" } },
      ],
    });
  });

  it("count only when asked", async () => {
    let counted = 0;
    const connection = toConnection(readPage({}, order), [row], async () => ++counted);
    expect(counted).toBe(0);
    expect(await connection.totalCount()).toBe(1);
  });
});

describe("the caller that the gateway vouches for", () => {
  async function world() {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
    const jwk: JWK = { ...(await exportJWK(publicKey)), alg: "EdDSA", kid: "k" };
    const file = join(await mkdtemp(join(tmpdir(), "parcours-jwks-")), "jwks.json");
    await writeFile(file, JSON.stringify({ keys: [jwk] }));
    const sign = (change: { issuer?: string; audience?: string; expires?: string; claims?: object } = {}) =>
      new SignJWT({ scope: "a b", professional: "pro-1", ...change.claims })
        .setProtectedHeader({ alg: "EdDSA", kid: "k" })
        .setIssuer(change.issuer ?? "gateway")
        .setAudience(change.audience ?? "sites")
        .setSubject("someone")
        .setExpirationTime(change.expires ?? "30s")
        .sign(privateKey);
    return { read: await createCallerReader(file, "sites"), sign };
  }

  it("is read with scopes and ids", async () => {
    const { read, sign } = await world();
    expect(await read(await sign())).toEqual({
      subject: "someone",
      scopes: new Set(["a", "b"]),
      professionalId: "pro-1",
      partnerId: null,
      personId: null,
      purpose: null,
    });
  });

  it("is read with a purpose that there is, and without one that there is not (L7)", async () => {
    const { read, sign } = await world();
    const purposes = await Promise.all(["SUPPORT", "support", "FRAUD_DETECTION", "", 7].map(async (purpose) => (await read(await sign({ claims: { purpose } }))).purpose));
    expect(purposes).toEqual(["SUPPORT", null, null, null, null]);
  });

  it("is refused without a token, for another subgraph, from another issuer, too late, and forged", async () => {
    const { read, sign } = await world();
    const other = await world();
    const tokens = [
      undefined,
      "",
      "x.y.z",
      await sign({ audience: "partners" }),
      await sign({ issuer: "someone else" }),
      await sign({ expires: "-1s" }),
      await other.sign(),
    ];
    for (const token of tokens) {
      await expect(read(token)).rejects.toMatchObject({ extensions: { code: "UNAUTHENTICATED" } });
    }
  });
});
