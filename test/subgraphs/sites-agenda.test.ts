import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { DEMONSTRATION_DISCLOSURE } from "../../subgraphs/kit/kit.ts";
import { publishActivity, toActivities, type ActivityFact, type SiteYear } from "../../subgraphs/sites/activity.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { appointment, askEntities, openSites, printCommands, stagesOf, WORLD, type EntitiesAsked } from "./sites-world.ts";

let sites: TestSubgraph;
beforeAll(async () => {
  const more = [
    // Counts for the house's year, so one fewer is made up; the one called off does not.
    appointment("own-seen", "b3", { siteId: "mds-caen-2", startsAt: "2025-03-03T09:00:00Z", status: "SEEN" }),
    appointment("own-visit", "b3", { siteId: "mds-caen-2", startsAt: "2025-03-04T09:00:00Z", status: "NO_SHOW", kind: "HOME_VISIT" }),
    appointment("own-off", "b3", { siteId: "mds-caen-2", startsAt: "2025-03-05T09:00:00Z", status: "REVOKED" }),
    appointment("by-phone", "b3", { siteId: null, startsAt: "2025-03-05T09:00:00Z", kind: "PHONE" }),
  ];
  sites = await openSites({ ...WORLD, appointments: [...WORLD.appointments, ...more] });
});
afterAll(() => sites.close());

const person = (id: string) => ({ __typename: "Beneficiary", id });
const step = (id: string) => ({ __typename: "PathwayStep", id });

interface Appointments {
  readonly _entities: { readonly appointments: { readonly id: string; readonly status: string }[] | null }[];
}

async function appointmentsOf(id: string, args = "", said: Omit<EntitiesAsked, "representations" | "selection"> = {}): Promise<Appointments["_entities"][number]["appointments"]> {
  const { data, errors } = await askEntities(sites, { representations: [person(id)], selection: `... on Beneficiary { appointments${args} { id status } }`, ...said });
  expect(errors).toBeUndefined();
  return (data as unknown as Appointments)._entities[0]?.appointments ?? null;
}

const shortIds = (list: Appointments["_entities"][number]["appointments"]) => list?.map(({ id }) => id);

describe("the appointments of a person", () => {
  it("come in the order of time, and wait to be recorded once their time has passed", async () => {
    expect(await appointmentsOf("b1")).toEqual([
      { id: "a-seen", status: "SEEN" },
      { id: "a-past", status: "TO_RECORD" },
      { id: "a-now", status: "TO_RECORD" },
      { id: "a-next", status: "PENDING" },
    ]);
  });

  it.each([
    ["(status: TO_RECORD)", ["a-past", "a-now"]],
    ["(status: PENDING)", ["a-next"]],
    ["(status: SEEN)", ["a-seen"]],
    ["(status: NO_SHOW)", []],
    [`(from: "2026-03-02T09:00:00Z")`, ["a-now", "a-next"]],
    [`(to: "2026-02-27T10:00:00Z")`, ["a-seen", "a-past"]],
    [`(from: "2026-02-01T00:00:00Z", to: "2026-02-28T00:00:00Z", status: PENDING)`, []],
    [`(from: "2026-02-01T00:00:00Z", to: "2026-02-28T00:00:00Z", status: TO_RECORD)`, ["a-past"]],
  ])("can be narrowed by %s", async (args, expected) => {
    expect(shortIds(await appointmentsOf("b1", args))).toEqual(expected);
  });

  it("are none for a person whom the agenda does not know", async () => {
    for (const id of ["nobody", "$ne", "__proto__", '{"$gt":""}']) expect(await appointmentsOf(id)).toEqual([]);
  });

  it.each([`(from: "2026-03-02T09:00:00Z", to: "2026-03-01T09:00:00Z")`, `(from: "2026-02-30T09:00:00Z")`, `(to: "yesterday")`])("are refused for %s", async (args) => {
    const { errors } = await askEntities(sites, { representations: [person("b1")], selection: `... on Beneficiary { appointments${args} { id } }` });
    expect(errors?.[0]?.extensions["code"]).toBe("BAD_USER_INPUT");
  });

  it("are one query for all people asked for with the same arguments", async () => {
    const selection = `... on Beneficiary { appointments(status: PENDING) { id site { id } } }`;
    await askEntities(sites, { representations: ["b1", "b2", "b3", "b1", "x"].map(person), selection });
    expect(printCommands(sites.commands)).toEqual(["find appointments", "find sites"]);
    for (const command of sites.commands) expect(await stagesOf(sites, command)).not.toContain("COLLSCAN");
  });
});

const HOLDER = { professionalId: "pro-1", partnerId: "dept-14", purpose: "SUPPORT" } as const;

describe("an appointment", () => {
  it("names person, site, professionals and motive", async () => {
    const { data } = await askEntities(sites, {
      representations: [{ __typename: "Appointment", id: "a-seen" }, { __typename: "Appointment", id: "?" }],
      selection: "... on Appointment { kind startsAt durationMinutes motive beneficiary { id } site { id } withProfessionals { id } }",
      caller: HOLDER,
    });
    expect(data).toEqual({
      _entities: [
        {
          kind: "HOME_VISIT",
          startsAt: "2026-01-12T10:00:00.000Z",
          durationMinutes: 45,
          motive: "Visite à domicile",
          beneficiary: { id: "b1" },
          site: { id: "mds-caen-1" },
          withProfessionals: [{ id: "pro-1" }],
        },
        null,
      ],
    });
  });

  it("is found by its id by who attends and who holds it, and is unknown to everybody else (L2)", async () => {
    const foundBy = async (caller: EntitiesAsked["caller"]) =>
      (await askEntities(sites, { representations: [{ __typename: "Appointment", id: "a-seen" }, { __typename: "Appointment", id: "?" }], selection: "... on Appointment { id }", ...(caller && { caller }) })).data;
    for (const caller of [HOLDER, { personId: "b1" }]) expect(await foundBy(caller)).toEqual({ _entities: [{ id: "a-seen" }, null] });
    for (const caller of [{}, { ...HOLDER, professionalId: "pro-2" }, { personId: "b2" }]) expect(await foundBy(caller)).toEqual({ _entities: [null, null] });
  });

  it("names nobody once it was anonymised, and is in nobody's reach", async () => {
    const row = await sites.store.connection.collection("appointments").findOne({ personId: { $exists: false } });
    expect([row?.["stepId"] ?? null, row?.["professionalIds"] ?? []]).toEqual([null, []]);
    for (const caller of [{}, HOLDER, { personId: "b1" }]) {
      const { data } = await askEntities(sites, { representations: [{ __typename: "Appointment", id: row?._id }], selection: "... on Appointment { id }", caller });
      expect(data).toEqual({ _entities: [null] });
    }
  });
});

describe("a step of a pathway", () => {
  it("has a place and appointments, without its kind being known here", async () => {
    const { data } = await askEntities(sites, {
      representations: ["s1", "s2", "unknown"].map(step),
      selection: "... on PathwayStep { site { id } appointments { id status } }",
    });
    const appointments = [
      { id: "a-past", status: "TO_RECORD" },
      { id: "a-next", status: "PENDING" },
    ];
    expect(data).toEqual({ _entities: [{ site: { id: "mds-caen-1" }, appointments }, { site: null, appointments: [] }, { site: null, appointments: [] }] });
  });

  it("is one query for each type of row, from an index", async () => {
    const representations = Array.from({ length: 40 }, (_, index) => step(`s${index}`));
    await askEntities(sites, { representations, selection: "... on PathwayStep { site { id } appointments { id kind } }" });
    expect(printCommands(sites.commands).toSorted()).toEqual(["find appointments", "find sites", "find steps"]);
    for (const command of sites.commands) expect(await stagesOf(sites, command)).not.toContain("COLLSCAN");
  });
});

describe("a person who asks about themself", () => {
  const caller = { personId: "b1" };

  it("reads their own appointments and nobody else's", async () => {
    expect(shortIds(await appointmentsOf("b1", "", { caller }))).toHaveLength(4);
    expect(await appointmentsOf("b2", "", { caller, allow: [] })).toBeNull();
    expect(printCommands(sites.commands)).toEqual([]);
  });

  it("does not reach another's appointment by its id or by a step", async () => {
    const { data } = await askEntities(sites, {
      representations: [{ __typename: "Appointment", id: "b-next" }, { __typename: "Appointment", id: "a-next" }],
      selection: "... on Appointment { id }",
      caller,
    });
    expect(data).toEqual({ _entities: [null, { id: "a-next" }] });
    const selection = "... on PathwayStep { site { id } appointments { id } }";
    const own = await askEntities(sites, { representations: [step("s1")], selection, caller });
    expect(own.data).toEqual({ _entities: [{ site: { id: "mds-caen-1" }, appointments: [{ id: "a-past" }, { id: "a-next" }] }] });
    const other = await askEntities(sites, { representations: [step("s3")], selection, caller, allow: [] });
    expect(other.data).toEqual({ _entities: [{ site: null, appointments: null }] });
    expect(sites.commands).toEqual([]);
  });
});

describe("an appointment for a child's evaluation (L4)", () => {
  const secret = { childProtection: true };
  const rows = () => sites.store.connection.collection<{ _id: string }>("appointments");
  beforeAll(async () => void (await rows().updateMany({ stepId: "s3" }, { $set: secret })));
  afterAll(async () => void (await rows().updateMany({ stepId: "s3" }, { $unset: secret } as never)));
  const selection = "... on Beneficiary { appointments { id } } ... on PathwayStep { appointments { id } }";
  const read = async (said: Omit<EntitiesAsked, "representations" | "selection">) => (await askEntities(sites, { representations: [person("b2"), step("s3")], selection, ...said })).data;

  it("is in the agenda for those who protect the child, and is not there for others who read the agenda", async () => {
    expect(await read({})).toEqual({ _entities: [{ appointments: [{ id: "b-off" }, { id: "b-next" }] }, { appointments: [{ id: "b-next" }] }] });
    expect(await read({ allow: ["APPOINTMENTS"] })).toEqual({ _entities: [{ appointments: [{ id: "b-off" }] }, { appointments: [] }] });
  });

  it("is not found by its id with the child's login, and is by who holds it", async () => {
    const find = async (caller: EntitiesAsked["caller"]) => (await askEntities(sites, { representations: [{ __typename: "Appointment", id: "b-next" }], selection: "... on Appointment { id }", ...(caller && { caller }) })).data;
    expect(await find({ personId: "b2" })).toEqual({ _entities: [null] });
    expect(await find(HOLDER)).toEqual({ _entities: [{ id: "b-next" }] });
  });

  it("is one by its step in the demonstration", async () => {
    const { createAppointments } = await import("../../subgraphs/sites/seed-agenda.ts");
    const { createWorld } = await import("../../subgraphs/world/world.ts");
    const marked = createAppointments(createWorld("2026-03-02")).filter(({ childProtection }) => childProtection === true);
    expect(marked.length).toBeGreaterThan(10);
    expect(marked.map(({ _id }) => _id)).toContain("a-p-child-1-s1");
  });
});

describe("the activity of sites", () => {
  const ACTIVITY = `query ($from: Date!, $to: Date!, $code: String) {
    siteActivity(from: $from, to: $to, departmentCode: $code) { site { id } from to appointments homeVisits walkIns noShowRate medianWaitDays suppressed }
  }`;
  const YEAR = { from: "2025-01-27", to: "2026-01-26", code: "14" };

  interface Row {
    readonly site: { readonly id: string };
    readonly from: string;
    readonly to: string;
    readonly appointments: number | null;
    readonly homeVisits: number | null;
    readonly walkIns: number | null;
    readonly noShowRate: number | null;
    readonly medianWaitDays: number | null;
    readonly suppressed: boolean;
  }

  async function activity(variables: object): Promise<readonly Row[]> {
    const { data, errors } = await sites.ask(ACTIVITY, { ...variables });
    expect(errors).toBeUndefined();
    return (data as unknown as { siteActivity: Row[] }).siteActivity;
  }

  it("is exactly 1,000 appointments and 100 home visits a house and year, people's own included", async () => {
    const rows = await activity(YEAR);
    const figures = rows.map(({ site, appointments, homeVisits, suppressed }) => [site.id, appointments, homeVisits, suppressed]);
    expect(figures).toEqual(["mds-bayeux", "mds-caen-1", "mds-caen-2"].map((id) => [id, 1_000, 100, false]));
  });

  it("has plausible rates and waits, the median being the one of the rows", async () => {
    const [bayeux] = await activity(YEAR);
    expect(bayeux?.noShowRate).toBeGreaterThan(0.03);
    expect(bayeux?.noShowRate).toBeLessThan(0.2);
    const due = { siteId: "mds-bayeux", kind: { $nin: ["HOME_VISIT", "WALK_IN"] }, status: { $nin: ["EXCUSED", "REVOKED"] } };
    const waits = (await sites.store.connection.collection("appointments").find(due).toArray()).map((row) => Number(row["waitDays"])).sort((a, b) => a - b);
    expect(waits).toHaveLength(1_000);
    expect(bayeux?.medianWaitDays).toBe(((waits[499] ?? NaN) + (waits[500] ?? NaN)) / 2);
  });

  it("takes in the years of a site that begin in the period, whole, and says which days they have", async () => {
    const days = async (from: string, to: string) => (await activity({ from, to, code: "14" })).map(({ from: first, to: last, appointments }) => [first, last, appointments]);
    const whole = ["2025-01-27", "2026-01-26", 1_000];
    expect(await days("2025-01-27", "2025-01-27")).toEqual([whole, whole, whole]);
    expect(await days("2025-01-01", "2025-12-31")).toEqual([whole, whole, whole]);
    expect(await days("2025-01-28", "2026-01-26")).toEqual([]);
  });

  it("leaves out sites without any event, and the future", async () => {
    expect(await activity({ from: "2019-01-01", to: "2019-12-31", code: "14" })).toEqual([]);
    expect(await activity({ from: "2026-03-03", to: "2026-12-31", code: "14" })).toEqual([]);
  });

  it("is of all départements when none is named", async () => {
    const rows = await activity({ from: "2025-01-01", to: "2025-12-31" });
    expect(rows.map(({ site }) => site.id)).toEqual(expect.arrayContaining(["mds-caen-1", "pole-issy", "antenne-issy", "tis-01"]));
    expect(rows.find(({ site }) => site.id === "tis-01")).toMatchObject({ walkIns: 300, appointments: 150, homeVisits: 40 });
  });

  it("is one read of the release by its ids, and one of the sites", async () => {
    for (const variables of [YEAR, { from: "2025-01-01", to: "2025-12-31" }]) {
      await activity(variables);
      expect(printCommands(sites.commands)).toEqual(["find release_tables", "find sites"]);
      for (const command of sites.commands) expect(await stagesOf(sites, command)).not.toContain("COLLSCAN");
    }
  });

  it.each([
    { from: "2025-12-31", to: "2025-01-01" },
    { from: "2025-01-01", to: "2025-12-31", code: "calvados" },
    { from: "2025-01-01", to: "2025-12-31", code: "$ne" },
  ])("refuses %j", async (variables) => {
    const { errors } = await sites.ask(ACTIVITY, variables);
    expect(errors?.[0]?.extensions["code"]).toBe("BAD_USER_INPUT");
    expect(sites.commands).toEqual([]);
  });
});

describe("what of a site's activity may be told", () => {
  /** Kind, status, days waited, and how many; each is another person's unless `person` says whose they are. */
  type Part = readonly [kind: string, status: string, waitDays: number, count: number, person?: string];

  const yearOf = (start: string, parts: readonly Part[]): SiteYear => {
    const facts = parts.flatMap(([kind, status, waitDays, count, person], part) =>
      Array.from({ length: count }, (_, at): ActivityFact => ({ block: `14 ${start} site`, person: person ?? `${part} ${at}`, kind, status, waitDays })),
    );
    const [published] = publishActivity(facts, DEMONSTRATION_DISCLOSURE);
    if (published === undefined) throw new Error("Expected a year to be published.");
    return published[1];
  };
  const told = (...parts: readonly Part[]) => toActivities([yearOf("2025-01-27", parts)], "2026-03-01")[0];

  it("is each figure of 11 and more, and zero", () => {
    expect(told(["ON_SITE", "SEEN", 5, 20], ["HOME_VISIT", "SEEN", 5, 10])).toEqual({
      siteId: "site",
      from: "2025-01-27",
      to: "2026-01-26",
      appointments: 20,
      homeVisits: null,
      walkIns: 0,
      noShowRate: 0,
      medianWaitDays: 5,
      suppressed: true,
      asOf: "2026-03-01",
    });
    expect(told(["HOME_VISIT", "SEEN", 5, 40])).toMatchObject({ homeVisits: 40, suppressed: false });
  });

  it("is rounded to tens, less than ten away", () => {
    for (let count = 21; count < 60; count += 1) {
      const figure = told(["WALK_IN", "SEEN", 0, count])?.walkIns ?? 0;
      expect(figure % 10).toBe(0);
      expect(Math.abs(figure - count)).toBeLessThan(10);
    }
  });

  it("hides the whole where one of its years is too small, which the other years would else give away", () => {
    const year = (start: string, count: number) => yearOf(start, [["WALK_IN", "SEEN", 0, count]]);
    expect(toActivities([year("2024-01-01", 100), year("2025-01-01", 3)], "2026-03-01")).toMatchObject([{ from: "2024-01-01", to: "2025-12-31", walkIns: null, suppressed: true }]);
    expect(toActivities([year("2024-01-01", 100), year("2025-01-01", 30)], "2026-03-01")).toMatchObject([{ walkIns: 130 }]);
  });

  it("counts people and not events: forty visits to three people are hidden", () => {
    expect(told(["HOME_VISIT", "SEEN", 5, 20, "a"], ["HOME_VISIT", "SEEN", 5, 10, "b"], ["HOME_VISIT", "SEEN", 5, 10, "c"])).toMatchObject({ homeVisits: null, suppressed: true });
  });

  it("keeps waits in groups of as many people as the threshold, so that several years have a median and nobody a line", () => {
    const waits = Array.from({ length: 100 }, (_, at): Part => ["ON_SITE", "SEEN", at, 1]);
    const { waits: groups } = yearOf("2025-01-01", waits);
    expect(groups.map(({ count }) => count)).toEqual([11, 11, 11, 11, 12, 11, 11, 11, 11]);
    expect(told(...waits)?.medianWaitDays).toBe(49.5);
    const twoEach = waits.map(([kind, status, days]): Part => [kind, status, days, 1, `p${Math.floor(days / 2)}`]);
    expect(yearOf("2025-01-01", twoEach).waits.map(({ count }) => count)).toEqual([33, 34, 33]);
    expect(toActivities([yearOf("2024-01-01", waits), yearOf("2025-01-01", waits)], "2026-03-01")[0]?.medianWaitDays).toBe(49.5);
  });

  it("hides a rate that would tell a small number of missed or kept appointments, and else is that of shown figures", () => {
    expect(told(["ON_SITE", "SEEN", 5, 100], ["ON_SITE", "NO_SHOW", 5, 10])).toMatchObject({ appointments: 110, noShowRate: null, suppressed: true });
    expect(told(["ON_SITE", "SEEN", 5, 10], ["ON_SITE", "NO_SHOW", 5, 100])).toMatchObject({ noShowRate: null, suppressed: true });
    expect(told(["ON_SITE", "SEEN", 5, 80], ["ON_SITE", "NO_SHOW", 5, 20])).toMatchObject({ noShowRate: 0.2, suppressed: false });
  });

  it("has no rate where nothing was recorded yet", () => {
    expect(told(["ON_SITE", "PENDING", 5, 20])).toMatchObject({ appointments: 20, noShowRate: null, suppressed: false });
  });

  it("takes the mean of the two middles as the median of an even number", () => {
    expect(told(["ON_SITE", "SEEN", 9, 20], ["PHONE", "SEEN", 4, 20])?.medianWaitDays).toBe(6.5);
    expect(told(["ON_SITE", "SEEN", 9, 20], ["PHONE", "SEEN", 4, 21])?.medianWaitDays).toBe(4);
  });
});
