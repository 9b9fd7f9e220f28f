import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import { createTestTickets } from "../harness/law.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { expectIndexed, NOW, put, referral, seen, service } from "./services-small-world.ts";

const tickets = createTestTickets();
const services = createServices(tickets.options);

const ENTITIES = (fragment: string) => `query ($of: [_Any!]!) { _entities(representations: $of) { ${fragment} } }`;

const SENDER = { professionalId: "pro-92", partnerId: "dept-92", purpose: "SUPPORT" } as const;
const RECEIVER = { professionalId: "pro-ngo", partnerId: "ngo-toit-et-vie", purpose: "REFERRAL" } as const;

/** People by reference, with a ticket for the sender that opens their pathways. */
function people(...ids: string[]): { of: object[] } {
  return { of: tickets.carry(ids.map((id) => ({ __typename: "Beneficiary", id })), NOW, { caller: SENDER }) };
}

const FEBRUARY = (day: number) => new Date(Date.UTC(2026, 1, day, 9));

let subgraph: TestSubgraph;

beforeAll(async () => {
  subgraph = await openTestSubgraph(services, { at: NOW });
  await put(subgraph, {
    services: [service("s1", { name: "Maintien dans le logement" })],
    referrals: [
      referral("fresh", { createdAt: FEBRUARY(25) }),
      referral("waiting", { createdAt: FEBRUARY(3), status: "RECEIVED", personId: "b2" }),
      referral("in-study", { createdAt: FEBRUARY(10), status: "RECEIVED", inStudy: true, personId: "b3" }),
      referral("exactly-ten-days", { createdAt: FEBRUARY(20), personId: "b3" }),
      referral("waitlisted", { createdAt: FEBRUARY(1), respondedAt: FEBRUARY(8), status: "WAITLISTED", parentReferralId: "refused", personId: "b2" }),
      referral("refused", {
        createdAt: new Date("2026-01-10T09:00:00Z"),
        respondedAt: new Date("2026-01-15T09:00:00Z"),
        closedAt: new Date("2026-01-15T09:00:00Z"),
        status: "REJECTED",
        statusReason: "NO_CAPACITY",
        personId: "b2",
        serviceId: "gone",
        originalServiceName: "Service disparu",
        history: [
          { from: null, to: "REQUESTED", at: new Date("2026-01-10T09:00:00Z"), byPartnerId: "dept-92", reason: null, comment: null },
          { from: "REQUESTED", to: "REJECTED", at: new Date("2026-01-15T09:00:00Z"), byPartnerId: "ngo-toit-et-vie", reason: "NO_CAPACITY", comment: "Complet" },
        ],
      }),
      referral("draft", { createdAt: FEBRUARY(2), sentAt: null, status: "DRAFT" }),
      referral("to-another", { createdAt: FEBRUARY(2), receiverId: "caf-92", receiverName: "CAF" }),
    ],
  });
});

afterAll(() => subgraph.close());

describe("A referral", () => {
  it("answers what was asked, what became of it, and its parties as references with their name", async () => {
    const { data, errors } = await subgraph.ask(`{ referral(id: "refused") {
      id status statusReason priority purpose createdAt sentAt respondedAt closedAt expiresAt nextReminderAt originalServiceName outcome tenantId
      beneficiary { id } service { id } sender { id name } receiver { id name } subReferrals { id } history { from to at byPartnerId reason comment }
    } }`, {}, SENDER);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      referral: {
        id: "refused",
        status: "REJECTED",
        statusReason: "NO_CAPACITY",
        priority: "ROUTINE",
        purpose: "Maintien dans le logement",
        createdAt: "2026-01-10T09:00:00.000Z",
        sentAt: "2026-01-10T09:00:00.000Z",
        respondedAt: "2026-01-15T09:00:00.000Z",
        closedAt: "2026-01-15T09:00:00.000Z",
        expiresAt: null,
        nextReminderAt: null,
        originalServiceName: "Service disparu",
        outcome: null,
        tenantId: "ngo-toit-et-vie",
        beneficiary: { id: "b2" },
        service: null,
        sender: { id: "dept-92", name: "Département des Hauts-de-Seine" },
        receiver: { id: "ngo-toit-et-vie", name: "Toit et vie" },
        subReferrals: [{ id: "waitlisted" }],
        history: [
          { from: null, to: "REQUESTED", at: "2026-01-10T09:00:00.000Z", byPartnerId: "dept-92", reason: null, comment: null },
          { from: "REQUESTED", to: "REJECTED", at: "2026-01-15T09:00:00.000Z", byPartnerId: "ngo-toit-et-vie", reason: "NO_CAPACITY", comment: "Complet" },
        ],
      },
    });
    await expectIndexed(subgraph);
  });

  it.each([
    ["fresh", "2026-03-27", "2026-03-07"],
    ["waiting", "2026-03-05", null],
    ["in-study", "2026-04-11", "2026-03-12"],
    ["waitlisted", null, "2026-03-10"],
    ["draft", null, null],
  ])("that is %s expires on %s and is next reminded on %s", async (id, expires, reminder) => {
    const { data } = await subgraph.ask(`query ($id: ID!) { referral(id: $id) { expiresAt nextReminderAt } }`, { id }, SENDER);
    const instant = (day: string | null) => (day === null ? null : `${day}T09:00:00.000Z`);
    expect(data).toEqual({ referral: { expiresAt: instant(expires), nextReminderAt: instant(reminder) } });
  });

  it.each(["nobody", "$where", "$ne", "__proto__", `{"$ne": null}`])("is null for the id %j", async (id) => {
    const { data, errors } = await subgraph.ask(`query ($id: ID!) { referral(id: $id) { id } }`, { id }, SENDER);
    expect([data, errors]).toEqual([{ referral: null }, undefined]);
  });

  it("is known to its sender, its receiver and the person, and to nobody else (L2)", async () => {
    const query = `query ($of: [_Any!]!) { referral(id: "to-another") { id } _entities(representations: $of) { ... on Referral { id } } }`;
    const foundBy = async (caller: Partial<Caller>) => (await subgraph.ask(query, { of: [{ __typename: "Referral", id: "to-another" }] }, caller)).data;
    for (const caller of [SENDER, { ...RECEIVER, professionalId: "pro-caf", partnerId: "caf-92" }, { personId: "b1" }]) {
      expect(await foundBy(caller)).toEqual({ referral: { id: "to-another" }, _entities: [{ id: "to-another" }] });
    }
    for (const caller of [{}, RECEIVER, { professionalId: "pro-92-referent" }, { personId: "b2" }]) expect(await foundBy(caller)).toEqual({ referral: null, _entities: [null] });
  });

  it("refuses an operator in the place of an id, also in a representation", async () => {
    const { errors } = await subgraph.ask(`query ($id: ID!) { referral(id: $id) { id } }`, { id: { $ne: null } });
    expect(errors?.[0]?.message).toMatch(/got invalid value/);
    for (const __typename of ["Referral", "Service", "Beneficiary", "Site", "Partner"]) {
      const { errors: refused } = await subgraph.ask(
        ENTITIES("__typename ... on Beneficiary { referrals { id } } ... on Site { services { id } } ... on Partner { services { id } }"),
        { of: [{ __typename, id: { $ne: null } }] },
      );
      expect(refused?.[0]).toMatchObject({ message: expect.stringMatching(/Expected `id`/), extensions: { code: "BAD_USER_INPUT" } });
      expect(subgraph.commands).toEqual([]);
    }
  });
});

describe("A level of many keys", () => {
  it("is one query a type: referrals of many people, their services and their sub-referrals", async () => {
    const { data, errors } = await subgraph.ask(
      ENTITIES("... on Beneficiary { referrals { id service { id } subReferrals { id } } }"),
      people("b1", "b2", "b3", "nobody"),
      SENDER,
    );
    expect(errors).toBeUndefined();
    expect(seen(subgraph).sort()).toEqual(["find referrals", "find referrals", "find services"]);
    const found = (data as unknown as { _entities: { referrals: { id: string }[] }[] })._entities.map(({ referrals }) => referrals.map(({ id }) => id));
    expect(found).toEqual([["draft", "to-another", "fresh"], ["refused", "waitlisted", "waiting"], ["in-study", "exactly-ten-days"], []]);
    await expectIndexed(subgraph);
  });

  it("batches referrals of one status apart from those of another", async () => {
    const { data } = await subgraph.ask(
      ENTITIES("... on Beneficiary { open: referrals(status: [REQUESTED, RECEIVED]) { id } refused: referrals(status: [REJECTED]) { id } }"),
      people("b1", "b2", "b3"),
      SENDER,
    );
    expect(seen(subgraph)).toEqual(["find referrals", "find referrals"]);
    expect(data).toMatchObject({ _entities: [{ refused: [] }, { open: [{ id: "waiting" }], refused: [{ id: "refused" }] }, { refused: [] }] });
    await expectIndexed(subgraph);
  });

  it("resolves referrals by reference in one query, null for an unknown one", async () => {
    const of = ["fresh", "nobody", "refused", "fresh"].map((id) => ({ __typename: "Referral", id }));
    const { data } = await subgraph.ask(ENTITIES("... on Referral { id }"), { of }, SENDER);
    expect(data).toEqual({ _entities: [{ id: "fresh" }, null, { id: "refused" }, { id: "fresh" }] });
    expect(seen(subgraph)).toEqual(["find standings", "find referrals"]);
  });
});

describe("A person who asks for themself", () => {
  const caller = { subject: "account-b2", personId: "b2", scopes: new Set(["self:read"]) };

  it("reads their own referrals and nobody else's, by every way", async () => {
    const { data } = await subgraph.ask(
      `query ($of: [_Any!]!) {
        own: referral(id: "waiting") { id } other: referral(id: "fresh") { id }
        referralInbox(partnerId: "ngo-toit-et-vie") { totalCount nodes { id } }
        _entities(representations: $of) { ... on Beneficiary { referrals { id } eligibleServices { match } } ... on Referral { id } }
      }`,
      {
        of: [
          ...tickets.carry([{ __typename: "Beneficiary", id: "b1" }], NOW, { caller, allow: [] }),
          ...tickets.carry([{ __typename: "Beneficiary", id: "b2" }], NOW, { caller }),
          { __typename: "Referral", id: "fresh" },
        ],
      },
      caller,
    );
    expect(data).toEqual({
      own: { id: "waiting" },
      other: null,
      referralInbox: { totalCount: 3, nodes: [{ id: "refused" }, { id: "waitlisted" }, { id: "waiting" }] },
      _entities: [
        { referrals: null, eligibleServices: null },
        { referrals: [{ id: "refused" }, { id: "waitlisted" }, { id: "waiting" }], eligibleServices: [] },
        null,
      ],
    });
  });
});

describe("The inbox of a partner", () => {
  const INBOX = `query ($partner: ID!, $status: [ReferralStatus!], $days: Int, $first: Int, $after: String) {
    referralInbox(partnerId: $partner, status: $status, olderThanDays: $days, first: $first, after: $after) {
      totalCount nodes { id } pageInfo { endCursor hasNextPage }
    }
  }`;

  interface Inbox {
    readonly totalCount: number;
    readonly nodes: readonly { readonly id: string }[];
    readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
  }

  async function inbox(variables: Record<string, unknown>): Promise<Inbox> {
    const { data, errors } = await subgraph.ask(INBOX, { partner: "ngo-toit-et-vie", ...variables }, RECEIVER);
    expect(errors).toBeUndefined();
    return (data as unknown as { referralInbox: Inbox }).referralInbox;
  }

  it("holds what was sent to the partner, longest waiting first, and no draft", async () => {
    const { nodes, totalCount } = await inbox({});
    expect(nodes.map(({ id }) => id)).toEqual(["refused", "waitlisted", "waiting", "in-study", "exactly-ten-days", "fresh"]);
    expect(totalCount).toBe(6);
    await expectIndexed(subgraph, { sorted: true });
    expect((await inbox({ status: ["DRAFT"] })).nodes).toEqual([]);
  });

  it("is read by its owner alone; to others it looks empty (L2)", async () => {
    for (const caller of [{}, SENDER, { ...RECEIVER, partnerId: "caf-92", professionalId: "pro-caf" }]) {
      const { data, errors } = await subgraph.ask(INBOX, { partner: "ngo-toit-et-vie" }, caller);
      expect([JSON.parse(JSON.stringify(data)), errors]).toEqual([{ referralInbox: { totalCount: 0, nodes: [], pageInfo: { endCursor: null, hasNextPage: false } } }, undefined]);
    }
  });

  it("narrows to what has waited for more than ten days, to the minute", async () => {
    const { nodes, totalCount } = await inbox({ status: ["REQUESTED", "RECEIVED"], days: 10 });
    expect(nodes.map(({ id }) => id)).toEqual(["waiting", "in-study"]);
    expect(totalCount).toBe(2);
    await expectIndexed(subgraph, { sorted: true });
  });

  it("pages without gap or repeat", async () => {
    const paged: string[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const { nodes, pageInfo } = await inbox({ status: ["REQUESTED", "RECEIVED", "WAITLISTED"], first: 2, after });
      await expectIndexed(subgraph, { sorted: true });
      paged.push(...nodes.map(({ id }) => id));
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    expect(paged).toEqual(["waitlisted", "waiting", "in-study", "exactly-ten-days", "fresh"]);
  });

  it("is one query, and one more for the total", async () => {
    await inbox({});
    expect(seen(subgraph).sort()).toEqual(["aggregate referrals", "find referrals", "find standings"]);
  });

  it.each(["nobody", "$where", "__proto__", `{"$ne":null}`])("is empty for the partner %j", async (partner) => {
    expect(await inbox({ partner })).toMatchObject({ totalCount: 0, nodes: [] });
  });

  it.each([
    [{ days: -1 }, "BAD_USER_INPUT", /`olderThanDays` between 0 and 36500, got -1/],
    [{ days: 2_000_000_000 }, "BAD_USER_INPUT", /`olderThanDays`/],
    [{ first: 201 }, "PAGE_TOO_LARGE", /between 1 and 200, got 201/],
    [{ after: "e30" }, "BAD_CURSOR", /cursor/],
    [{ after: Buffer.from(`["not a date","x"]`).toString("base64url") }, "BAD_CURSOR", /cursor/],
  ])("refuses %j with %s", async (variables, code, message) => {
    const { data, errors } = await subgraph.ask(INBOX, { partner: "ngo-toit-et-vie", ...variables }, RECEIVER);
    expect(data).toEqual({ referralInbox: null });
    expect(errors?.[0]).toMatchObject({ message: expect.stringMatching(message), extensions: { code } });
  });

  it("refuses operators in the place of values before any query", async () => {
    for (const variables of [{ partner: { $ne: null } }, { status: [{ $ne: null }] }, { days: { $gt: 0 } }, { after: { $gt: "" } }]) {
      const { errors } = await subgraph.ask(INBOX, { partner: "ngo-toit-et-vie", ...variables }, RECEIVER);
      expect(errors?.[0]?.message).toMatch(/got invalid value/);
      expect(subgraph.commands).toEqual([]);
    }
  });
});

describe("Counts of referrals", () => {
  let counted: TestSubgraph;
  const STATS = `query ($from: Date!, $to: Date!, $by: [ReferralDimension!]!) {
    referralStats(from: $from, to: $to, groupBy: $by) { columns threshold suppressedCells generatedAt rows { keys value suppressed } }
  }`;
  const YEAR = { from: "2025-01-01", to: "2025-12-31" };
  const RECEIVERS = ["ngo-toit-et-vie", "caf-92", "epicerie-issy"];

  async function rows(by: readonly string[], period = YEAR): Promise<unknown[]> {
    const { data, errors } = await counted.ask(STATS, { ...period, by });
    expect(errors).toBeUndefined();
    return (data as unknown as { referralStats: { rows: { keys: string[]; value: number | null }[] } }).referralStats.rows.map(({ keys, value }) => [...keys, value]);
  }

  beforeAll(async () => {
    counted = await openTestSubgraph(services, { at: NOW });
    const many = (count: number, name: string, said: Parameters<typeof referral>[1]) =>
      Array.from({ length: count }, (_, at) => referral(`${name}-${at}`, { personId: `${name}-${at}`, receiverId: RECEIVERS[at % 3] ?? "", createdAt: new Date("2025-05-06T10:00:00Z"), ...said }));
    await put(counted, {
      referrals: [
        ...many(60, "accepted", { status: "ACCEPTED", themeCategories: ["logement-hebergement", "numerique"], siteIds: ["pole-issy", "antenne-1"] }),
        ...many(90, "refused", { status: "REJECTED", statusReason: "NO_CAPACITY", createdAt: new Date("2025-06-06T10:00:00Z"), themeCategories: [], siteIds: [], serviceType: null }),
        ...many(60, "of-the-ccas", { senderId: "ccas-92075", serviceType: "FINANCIAL_AID" }),
        ...many(40, "error", { status: "ENTERED_IN_ERROR" }),
        ...many(30, "next-year", { createdAt: new Date("2026-01-01T10:00:00Z") }),
        ...by([...Array(30).fill(one), ...Array(30).fill(two)], 2021),
        ...by([...Array(90).fill(one), ...Array(5).fill(two), ...Array(5).fill(three)], 2022),
        ...ofOnePerson(25, 2023),
        ...ofOnePerson(25, 2024),
        ...many(30, "of-many", { createdAt: new Date("2024-03-05T10:00:00Z"), status: "ACCEPTED" }),
      ],
    });
    // The release is made at the first question.
    await rows(["STATUS"]);
  });

  const [one = "", two = "", three = ""] = RECEIVERS;
  const by = (receivers: readonly string[], year: number) =>
    receivers.map((receiverId, at) => referral(`d-${year}-${at}`, { personId: `d-${year}-${at}`, receiverId, createdAt: new Date(`${year}-03-05T10:00:00Z`) }));
  const ofOnePerson = (count: number, year: number) =>
    Array.from({ length: count }, (_, at) => referral(`one-${year}-${at}`, { personId: "one", receiverId: RECEIVERS[at % 3] ?? "", createdAt: new Date(`${year}-03-05T10:00:00Z`) }));

  afterAll(() => counted.close());

  it.each([
    ["STATUS", [["ACCEPTED", 60], ["REJECTED", 90], ["REQUESTED", 60]]],
    ["RECEIVER", [["caf-92", 70], ["epicerie-issy", 70], ["ngo-toit-et-vie", 70]]],
    ["SENDER", [["ccas-92075", 60], ["dept-92", 150]]],
    ["REFUSAL_REASON", [["NONE", 120], ["NO_CAPACITY", 90]]],
    ["MONTH", [["2025-05", 120], ["2025-06", 90]]],
    ["SERVICE_TYPE", [["FINANCIAL_AID", 60], ["NONE", 90], ["SUPPORT", 60]]],
    ["THEME", [["NONE", 90], ["logement-hebergement", 120], ["numerique", 60]]],
    ["SITE", [["NONE", 90], ["antenne-1", 60], ["pole-issy", 120]]],
  ])("group by %s, in one read of the release", async (dimension, expected) => {
    expect(await rows([dimension])).toEqual(expected);
    expect(seen(counted)).toEqual(["find release_tables"]);
    await expectIndexed(counted);
  });

  it("say which release they are of, and when it was made", async () => {
    const { data } = await counted.ask(`{ referralStats(from: "2025-01-01", to: "2025-12-31", groupBy: [STATUS]) { asOf generatedAt } }`);
    expect(data).toEqual({ referralStats: { asOf: "2026-03-01", generatedAt: new Date(NOW).toISOString() } });
  });

  it("group by several dimensions in the order asked, and list under shown totals what nobody is in, too", async () => {
    const listed = await rows(["RECEIVER", "STATUS", "REFUSAL_REASON"]);
    expect(listed).toContainEqual(["caf-92", "ACCEPTED", "NO_CAPACITY", null]);
    expect(listed.filter((row) => !(row as unknown[]).includes(null))).toEqual([
      ...RECEIVERS.toSorted().flatMap((receiver) => [
        [receiver, "ACCEPTED", "NONE", 20],
        [receiver, "REJECTED", "NO_CAPACITY", 30],
        [receiver, "REQUESTED", "NONE", 20],
      ]),
    ]);
  });

  it("hide what fewer than three receivers are behind, or one with more than 85 %, unless the table names receivers (L16)", async () => {
    const in2021 = { from: "2021-01-01", to: "2021-12-31" };
    for (const period of [in2021, { from: "2022-01-01", to: "2022-12-31" }]) {
      expect(await rows(["STATUS"], period)).toEqual([["REQUESTED", null]]);
      expect(await rows(["SENDER"], period)).toEqual([["dept-92", null]]);
    }
    expect(await rows(["RECEIVER"], in2021)).toEqual([[one, 30], [two, 30]].sort());
  });

  it("hide what few people are behind, also when they have many referrals; a year of few people they do not tell at all", async () => {
    expect(await rows(["STATUS"], { from: "2024-01-01", to: "2024-12-31" })).toEqual([["ACCEPTED", null], ["REQUESTED", null]]);
    expect(await rows(["STATUS"], { from: "2023-01-01", to: "2023-12-31" })).toEqual([]);
    expect(await rows(["SENDER"], { from: "2023-01-01", to: "2024-12-31" })).toEqual(await rows(["SENDER"], { from: "2024-01-01", to: "2024-12-31" }));
  });

  it("come out the same in whatever order their dimensions are named", async () => {
    const inOrder = await rows(["RECEIVER", "STATUS"]);
    const turned = (await rows(["STATUS", "RECEIVER"])) as [string, string, number | null][];
    expect(turned.map(([status, receiver, value]) => [receiver, status, value]).sort()).toEqual(inOrder.sort());
  });

  it.each([
    [{ from: "2025-12-31", to: "2025-01-01" }, ["STATUS"], /whole calendar years/],
    [{ from: "2025-01-02", to: "2025-12-31" }, ["STATUS"], /whole calendar years/],
    [{ from: "2025-01-01", to: "2025-01-31" }, ["STATUS"], /whole calendar years/],
    [YEAR, [], /one dimension in `groupBy` at least/],
    [YEAR, ["STATUS", "STATUS"], /once/],
    [YEAR, ["STATUS", "THEME", "SITE", "SENDER", "RECEIVER"], /at most/],
    [YEAR, ["SENDER", "MONTH"], /told together \(RECEIVER × STATUS × REFUSAL_REASON, .*\), got SENDER × MONTH\./],
  ])("refuse %j by %j", async (period, by, message) => {
    const { data, errors } = await counted.ask(STATS, { ...period, by });
    expect(data).toEqual({ referralStats: null });
    expect(errors?.[0]).toMatchObject({ message: expect.stringMatching(message), extensions: { code: "BAD_USER_INPUT" } });
    expect(counted.commands).toEqual([]);
  });

  it("refuse a day that the calendar does not have", async () => {
    const { errors } = await counted.ask(STATS, { from: "2025-02-30", to: "2025-12-31", by: ["STATUS"] });
    expect(errors?.[0]?.message).toMatch(/Expected a date as YYYY-MM-DD, got "2025-02-30"/);
  });
});
