// Where a place of refuge is (L1): its own staff and whoever brought somebody there know it, nobody else, on no path; and
// "not allowed" looks and costs like "not there".
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import { besideData, openDemonstrationKeys } from "../../subgraphs/sealed/sealed.ts";
import type { World } from "../../subgraphs/world/world.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { askEntities, openSites, printCommands, SITES, site, stagesOf, WORLD } from "./sites-world.ts";

const SHELTER = { kind: "SHELTER", communeCode: "76540", operatorId: "ngo" };
const ACTOR = { professionalId: "pro-referent", role: "CO_LEAD" };
const LAPSED = { professionalId: "pro-lapsed", role: "CO_LEAD" };

/** Two refuges: one whose address is stored, and one whose address nobody ever told. */
const SMALL: World = {
  ...WORLD,
  sites: [...SITES, site("refuge-2", "Hébergement L'Escale", SHELTER)],
  professionals: [
    ...WORLD.professionals,
    { id: "pro-refuge", givenName: "A", familyName: "B", profession: "CESF", employerId: "ngo", siteIds: ["refuge", "jour-rouen"], teamId: "support-1" },
    ...["pro-referent", "pro-former", "pro-cancelled", "pro-lapsed"].map((id) => ({ id, givenName: "E", familyName: "F", profession: "SOCIAL_WORKER", employerId: "dept-76", siteIds: [], teamId: null })),
    { id: "pro-elsewhere", givenName: "C", familyName: "D", profession: "CESF", employerId: "ngo", siteIds: ["jour-rouen"], teamId: "support-1" },
  ],
  pathways: [
    ...WORLD.pathways,
    pathwayTo("refuge", { id: "goes-on", actors: [ACTOR, LAPSED] }, "v1"),
    pathwayTo("refuge", { id: "over", endedAt: "2026-02-20T09:00:00.000Z", actors: [{ professionalId: "pro-former", role: "CO_LEAD" }] }, "v2"),
    pathwayTo("refuge", { id: "cancelled", status: "CANCELLED", actors: [{ professionalId: "pro-cancelled", role: "CO_LEAD" }] }, "v3"),
  ],
};

const STAFF: Partial<Caller> = { professionalId: "pro-refuge", partnerId: "ngo", purpose: "SUPPORT" };
const REFERRER: Partial<Caller> = { professionalId: "pro-referent", partnerId: "dept-76", purpose: "REFERRAL" };
const OUTSIDERS: readonly (readonly [string, Partial<Caller>])[] = [
  ["the public", {}],
  ["a professional of the same organisation who works elsewhere", { ...STAFF, professionalId: "pro-elsewhere" }],
  ["the staff's id at another organisation", { ...STAFF, partnerId: "dept-76" }],
  ["whoever brought somebody whose stay is over", { ...REFERRER, professionalId: "pro-former" }],
  ["whoever would have brought somebody, and did not", { ...REFERRER, professionalId: "pro-cancelled" }],
  ["the referring professional for statistics", { ...REFERRER, purpose: "STATISTICS" }],
  ["the referring professional for no purpose", { ...REFERRER, purpose: null }],
  ["the referring professional whose habilitation ended (L11)", { ...REFERRER, professionalId: "pro-lapsed" }],
  ["the referring professional's id at another organisation (L11)", { ...REFERRER, partnerId: "dept-14" }],
  ["a person who was received there", { personId: "v1" }],
];

const WHERE = "address { line1 communeCode communeName lat lon } withheld { path reason }";
const HIDDEN = { address: null, withheld: [{ path: "address", reason: "CONFIDENTIAL_ADDRESS" }] };

let sites: TestSubgraph;
beforeAll(async () => {
  sites = await openSites(SMALL);
  await sites.store.connection.collection<{ _id: string }>("secretAddresses").deleteOne({ _id: "refuge-2" });
  await sites.store.connection.collection<{ _id: string }>("standings").updateOne({ _id: "pro-lapsed" }, { $set: { "habilitation.validTo": "2026-03-01" } });
});
afterAll(() => sites.close());

const ask = async (query: string, caller: Partial<Caller>) => {
  const { data, errors } = await sites.ask(query, {}, caller);
  return { text: JSON.stringify(data), errors, commands: printCommands(sites.commands) };
};

describe("a shelter's address", () => {
  it.each([["its own staff", STAFF], ["who brought somebody there", REFERRER]])("is read by %s", async (_, caller) => {
    const { text, errors } = await ask(`{ site(id: "refuge") { ${WHERE} } }`, caller);
    expect(errors).toBeUndefined();
    expect(JSON.parse(text)).toEqual({
      site: { address: { line1: expect.stringMatching(/^\d+ \w/), communeCode: "76540", communeName: "Rouen", lat: 49.44, lon: 1.1 }, withheld: [] },
    });
  });

  it.each(OUTSIDERS)("is hidden, and said to be, from %s", async (_, caller) => {
    const { text } = await ask(`{ site(id: "refuge") { ${WHERE} } }`, caller);
    expect(JSON.parse(text)).toEqual({ site: HIDDEN });
  });

  it.each(OUTSIDERS)("that is stored and one that is not are the same, to the byte and the command, for %s", async (_, caller) => {
    const [stored, missing] = [await ask(`{ site(id: "refuge") { ${WHERE} } }`, caller), await ask(`{ site(id: "refuge-2") { ${WHERE} } }`, caller)];
    expect(stored).toEqual(missing);
    expect(stored.commands).not.toContain("find secretAddresses");
    expect(stored.commands).not.toContain("find personKeys");
  });

  it("is on no path from anything else for the public", async () => {
    const { data } = await askEntities(sites, {
      representations: [{ __typename: "Partner", id: "ngo" }, { __typename: "Professional", id: "pro-refuge" }, { __typename: "Site", id: "refuge" }],
      selection: `... on Partner { sites { id address { communeCode } } } ... on Professional { worksAt { id } } ... on Site { ${WHERE} staffing { professional { id worksAt { id } } } }`,
    });
    const [partner, professional, refuge] = JSON.parse(JSON.stringify(data))._entities;
    expect(partner.sites.filter(({ id }: { id: string }) => id.startsWith("refuge"))).toEqual([{ id: "refuge-2", address: null }, { id: "refuge", address: null }]);
    expect(professional.worksAt).toEqual([{ id: "jour-rouen" }]);
    expect(refuge).toEqual({ ...HIDDEN, staffing: [{ professional: null }] });
  });

  it("is told neither by the teams of those who work there nor by the ids of their posts", async () => {
    const query = '{ site(id: "refuge") { staffing { id team { id communes } } } }';
    const { text } = await ask(query, {});
    expect(JSON.parse(text)).toEqual({ site: { staffing: [{ id: expect.not.stringContaining("pro-refuge"), team: null }] } });
    expect(JSON.parse((await ask(query, STAFF)).text)).toMatchObject({ site: { staffing: [{ team: { id: "support-1" } }] } });
  });

  it("is told by no list of a team's posts, in which others are whose place is public", async () => {
    const query = '{ site(id: "jour-rouen") { staffing { team { members { id } } } } }';
    const postsSeen = async (caller: Partial<Caller>) => new Set(JSON.parse((await ask(query, caller)).text).site.staffing.flatMap(({ team }: { team: { members: { id: string }[] } | null }) => team?.members.map(({ id }) => id) ?? []));
    const refuge = JSON.parse((await ask('{ site(id: "refuge") { staffing { id } } }', {})).text).site.staffing[0].id;
    expect((await postsSeen({})).size).toBe(2);
    expect((await postsSeen({})).has(refuge)).toBe(false);
    expect((await postsSeen(STAFF)).has(refuge)).toBe(true);
  });

  it("and who works there are known to those who work there", async () => {
    const { text } = await ask('{ site(id: "refuge") { staffing { professional { id worksAt { id } } } } }', STAFF);
    expect(JSON.parse(text).site.staffing).toEqual([{ professional: { id: "pro-refuge", worksAt: [{ id: "jour-rouen" }, { id: "refuge" }] } }]);
  });

  it("is read for all places of a list by one query each, over indexes", async () => {
    await ask(`{ sites(filter: { departmentCode: "76" }) { nodes { ${WHERE} } } }`, STAFF);
    const commands = [...sites.commands];
    expect(printCommands(commands).toSorted()).toEqual(["find personKeys", "find secretAddresses", "find sites", "find sites", "find staffPosts", "find standings", "find steps"]);
    for (const command of commands.filter(({ command: { find } }) => find !== "personKeys")) expect(await stagesOf(sites, command)).not.toContain("COLLSCAN");
  });
});

describe("what is stored of a shelter", () => {
  it("tells its place in no collection and in neither database", async () => {
    const { connection } = sites.store;
    const about = await Promise.all(
      [connection, besideData(connection)].flatMap(({ db }) =>
        ["sites", "secretAddresses", "travel", "staffPosts", "personKeys"].map((name) => db?.collection<{ _id: string }>(name).find({ $or: [{ _id: /refuge/ }, { siteId: /^refuge/ }, { "reach.siteId": /^refuge/ }] }).toArray()),
      ),
    );
    const text = JSON.stringify(about);
    expect(text).toContain("Hébergement Les Glycines");
    expect(text).not.toMatch(/76540|Rouen|49\.44|1\.1\b|\brue\b|avenue/);
  });

  it("reads as nothing once its key is destroyed, and as an error with no value when it was tampered with", async () => {
    const own = await openSites(SMALL);
    const [rows, keys] = [own.store.connection.collection<{ _id: string; address: string }>("secretAddresses"), openDemonstrationKeys(own.store.connection)];
    const other = await rows.findOne({ _id: "refuge-2" });
    await rows.updateOne({ _id: "refuge" }, { $set: { address: other?.address ?? "" } });
    const { data, errors = [] } = await own.ask('{ site(id: "refuge") { address { line1 } } }', {}, STAFF);
    expect(data).toEqual({ site: { address: null } });
    expect(errors.map(({ message }) => message)).toEqual(["Cannot open secretAddresses.address because it was changed, or was sealed for another row, field or key."]);
    await keys.destroy("refuge");
    expect(await own.ask('{ site(id: "refuge") { address { line1 } } }', {}, STAFF)).toEqual({ data: { site: { address: null } } });
    await own.close();
  });
});

function pathwayTo(siteId: string, said: Partial<World["pathways"][number]["steps"][number]>, personId: string): World["pathways"][number] {
  const step = { kind: "REFERRAL", status: "IN_PROGRESS", outcome: null, order: 1, plannedFor: null, startedAt: null, endedAt: null, leadPartnerId: "ngo" };
  const steps = [{ id: "s", ...step, actors: [ACTOR], siteId, referralId: null, goalIds: [], ...said }];
  return { id: `p-${personId}`, personId, status: "ACTIVE", openedOn: "2026-01-01", closedOn: null, closureReason: null, referentId: "pro-referent", goals: [], steps };
}
