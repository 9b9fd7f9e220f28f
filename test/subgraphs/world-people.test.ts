// The people of the demonstration world: who they are, what b1 goes through, and the life of every file on several days.
import { describe, expect, it } from "@jest/globals";

import { isDay } from "../../subgraphs/kit/kit.ts";
import { createWorld, type ReferralRecord, type StepRecord } from "../../subgraphs/world/world.ts";

const TODAY = "2026-03-02";
const world = createWorld(TODAY);
const people = new Map(world.people.map((person) => [person.id, person]));

describe("people", () => {
  it("are at least 420, of every story, in all five départements", () => {
    expect(world.people.length).toBeGreaterThanOrEqual(420);
    expect(new Set(world.people.map((person) => person.story)).size).toBe(12);
    expect(new Set(world.people.map((person) => person.departmentCode)).size).toBe(5);
    expect(world.people.some((person) => person.homeless && person.communeCode === null)).toBe(true);
  });

  it("have one to three pathways of three to fifteen steps", () => {
    const byPerson = Map.groupBy(world.pathways, (pathway) => pathway.personId);
    const numbers = world.people.map((person) => byPerson.get(person.id)?.length ?? 0);
    expect([Math.min(...numbers), Math.max(...numbers)]).toEqual([1, 3]);
    expect(world.pathways.filter(({ steps: own }) => own.length < 3 || own.length > 15)).toEqual([]);
  });

  it("share phone and CAF number in couples, and some are registered twice", () => {
    const [b2, b3] = [people.get("b2"), people.get("b3")];
    expect(b2?.phone).toBe(b3?.phone);
    expect(b2?.cafNumber).toBe(b3?.cafNumber);
    expect(b2?.householdId).toBe(b3?.householdId);
    expect(b2?.birthDate).not.toBe(b3?.birthDate);
    const twins = Map.groupBy(world.people, (person) => `${person.birthDate} ${person.phone}`);
    const double = [...twins.values()].filter(
      ([a, b]) => a?.phone !== null && a !== undefined && b !== undefined && a.householdId !== b.householdId,
    );
    expect(double.length).toBeGreaterThanOrEqual(4);
  });

  it("under protection are evaluated with the other minors of the home", () => {
    const child = world.pathways.find((pathway) => pathway.id === "p-child-1");
    const householdId = people.get(child?.personId ?? "")?.householdId;
    const minors = world.people.filter((person) => person.householdId === householdId && person.householdRole === "CHILD");
    const evaluated = world.pathways.filter((pathway) =>
      pathway.steps.some((step) => step.kind === "CHILD_EVALUATION" && step.status === "IN_PROGRESS"),
    );
    expect(minors.length).toBe(2);
    expect(minors.every((minor) => evaluated.some((pathway) => pathway.personId === minor.id))).toBe(true);
    expect(child?.steps[0]?.actors[0]?.professionalId).toBe("pro-971-crip");
  });
});

describe("the pathway p1 of b1", () => {
  const pathway = world.pathways.find(({ id }) => id === "p1");
  const own = pathway?.steps ?? [];

  it("is led by at least six partners over every kind of step but the evaluation of a child", () => {
    expect(pathway).toMatchObject({ personId: "b1", status: "ACTIVE", referentId: "pro-92-referent" });
    expect(new Set(own.map((step) => step.leadPartnerId)).size).toBeGreaterThanOrEqual(6);
    const kinds = "COLLECTIVE_ACTION EVALUATION EVICTION_SURVEY FINANCIAL_AID HOME_VISIT INTAKE REFERRAL SUPPORT";
    expect([...new Set(own.map((step) => step.kind))].sort().join(" ")).toBe(kinds);
    expect(own.every((step) => step.siteId !== null && step.actors.length > 0)).toBe(true);
  });

  it("holds a referral under way, one on a waiting list and one that was completed", () => {
    const byId = new Map(world.referrals.map((referral) => [referral.id, statusOf(referral)]));
    expect(own.flatMap((step) => (step.referralId === null ? [] : [byId.get(step.referralId)]))).toEqual([
      "COMPLETED",
      "IN_PROGRESS",
      "WAITLISTED",
    ]);
  });

  it("has goals that a professional of France Travail signed, appointments past and coming, and a second, closed pathway", () => {
    const signers = pathway?.goals.flatMap((goal) => goal.coSignedByIds) ?? [];
    const employers = signers.map((id) => world.professionals.find((professional) => professional.id === id)?.employerId);
    expect(employers).toContain("france-travail");
    const appointments = world.appointments.filter((appointment) => appointment.personId === "b1");
    expect(appointments.some((appointment) => appointment.startsAt > `${TODAY}T09` && appointment.kind === "COLLECTIVE")).toBe(true);
    expect(appointments.some((appointment) => appointment.status === "SEEN")).toBe(true);
    expect(world.pathways.find((other) => other.personId === "b1" && other.id !== "p1")?.closedOn).toBe("2024-07-01");
  });
});

describe.each([TODAY, "2026-11-22", "2028-02-29"])("the life of files on %s", (today) => {
  const day = createWorld(today);
  const now = `${today}T00:00:00.000Z`;
  const walked = day.pathways.flatMap((pathway) => pathway.steps);

  it("is the same each time it is made", () => {
    expect(JSON.stringify(createWorld(today)) === JSON.stringify(day)).toBe(true);
  });

  it("numbers steps from one, in order, within their pathway", () => {
    const wrong = day.pathways.filter(({ steps: own, openedOn }) =>
      own.some((step, index) => step.order !== index + 1 || (step.plannedFor ?? "") < openedOn),
    );
    expect(wrong).toEqual([]);
  });

  it("opens no pathway before the person is born", () => {
    const births = new Map(day.people.map((person) => [person.id, person.birthDate]));
    expect(day.pathways.filter(({ personId, openedOn }) => openedOn < (births.get(personId) ?? "9999"))).toEqual([]);
  });

  it("lets steps end after they began, have an outcome when they ended, and happen before today", () => {
    expect(walked.filter((step) => !isCoherent(step, now))).toEqual([]);
  });

  it("moves referrals only as the state machine allows, forward in time, with a reason where one is owed", () => {
    expect(day.referrals.filter((referral) => !isAllowed(referral, now)).map((referral) => referral.transitions)).toEqual([]);
  });

  it("says of each referral step what its referral says", () => {
    const byId = new Map(day.referrals.map((referral) => [referral.id, referral]));
    const wrong = walked.filter((step) => (step.kind === "REFERRAL") !== (step.referralId !== null));
    const apart = walked.filter((step) => step.referralId !== null && !agrees(step, byId.get(step.referralId)));
    expect([wrong, apart]).toEqual([[], []]);
  });

  it("closes pathways in 2024 and 2025 only, with a reason, every step at rest", () => {
    const closed = day.pathways.filter((pathway) => pathway.closedOn !== null);
    const resting = ["DONE", "MISSED", "CANCELLED"];
    expect(closed.length).toBeGreaterThan(200);
    expect(
      closed.filter(({ openedOn, closedOn }) => openedOn < "2024-01-01" || (closedOn ?? "") > "2025-12-31" || (closedOn ?? "") < openedOn),
    ).toEqual([]);
    expect(
      closed.filter((pathway) => pathway.closureReason === null || !pathway.steps.every((step) => resting.includes(step.status))),
    ).toEqual([]);
  });

  it("asks for appointments before they are due and leaves only coming or just passed ones pending", () => {
    const recent = new Date(Date.parse(now) - 5 * 86_400_000).toISOString();
    expect(
      day.appointments.filter((appointment) => appointment.requestedAt > appointment.startsAt || appointment.requestedAt > now),
    ).toEqual([]);
    expect(
      day.appointments.filter(({ status, startsAt }) => (status === "PENDING" ? startsAt < recent : status === "SEEN" && startsAt > now)),
    ).toEqual([]);
  });

  it("leaves an NGO thirty open referrals, twelve of them for more than ten days", () => {
    const tenDaysAgo = new Date(Date.parse(`${today}T09:00:00Z`) - 10 * 86_400_000).toISOString();
    const open = day.referrals.filter(
      (referral) => referral.receiverId === "ngo-toit-et-vie" && ["REQUESTED", "RECEIVED"].includes(statusOf(referral)),
    );
    const old = open.filter((referral) => (referral.transitions.find(({ to }) => to === "REQUESTED")?.at ?? "") < tenDaysAgo);
    expect(open.length).toBeGreaterThanOrEqual(30);
    expect(old.length).toBeGreaterThanOrEqual(12);
  });
});

it("fills the reports of 2025: cells of eleven and more for the big receivers and for Guadeloupe", () => {
  const sent = world.referrals.filter((referral) => referral.transitions[0]?.at.startsWith("2025"));
  const funnel = Map.groupBy(
    sent,
    (referral) => `${referral.receiverId} ${statusOf(referral)} ${referral.transitions.at(-1)?.reason ?? ""}`,
  );
  expect([...funnel].filter(([key, cell]) => key.includes("REJECTED NO_CAPACITY") && cell.length >= 11).length).toBeGreaterThanOrEqual(2);
  const own = world.pathways
    .filter((pathway) => people.get(pathway.personId)?.departmentCode === "971")
    .flatMap((pathway) => pathway.steps);
  const months = Map.groupBy(own, (step) => `${step.kind} ${step.outcome} ${step.startedAt?.slice(0, 7)}`);
  expect([...months].filter(([key, cell]) => key.includes("2025-") && cell.length >= 11).length).toBeGreaterThanOrEqual(10);
});

/** From → to, and who moves it: R the receiver, S the sender, empty either. */
const ALLOWED: Readonly<Record<string, string>> = {
  "": "DRAFT:S",
  DRAFT: "REQUESTED:S CANCELLED:S ENTERED_IN_ERROR:",
  REQUESTED: "RECEIVED:R ACCEPTED:R REJECTED:R WAITLISTED:R EXPIRED:R CANCELLED:S ENTERED_IN_ERROR:",
  RECEIVED: "ACCEPTED:R REJECTED:R WAITLISTED:R EXPIRED:R CANCELLED:S ENTERED_IN_ERROR:",
  WAITLISTED: "ACCEPTED:R REJECTED:R CANCELLED:S ENTERED_IN_ERROR:",
  ACCEPTED: "IN_PROGRESS:R CANCELLED:S ENTERED_IN_ERROR:",
  IN_PROGRESS: "COMPLETED:R FAILED:R ON_HOLD:R CANCELLED:S ENTERED_IN_ERROR:",
  ON_HOLD: "IN_PROGRESS:R CANCELLED:S ENTERED_IN_ERROR:",
};
const OWES_REASON = ["REJECTED", "CANCELLED", "ON_HOLD", "FAILED"];

function isAllowed(referral: ReferralRecord, now: string): boolean {
  const sent = referral.transitions.find(({ to }) => to === "REQUESTED")?.at ?? now;
  const unanswered = ["REQUESTED", "RECEIVED"].includes(statusOf(referral));
  const early = Date.parse(now) - Date.parse(sent) <= 31 * 86_400_000;
  return (
    (!unanswered || early) &&
    (statusOf(referral) === "COMPLETED") === (referral.outcome !== null) &&
    referral.transitions.every(({ from, to, at, byPartnerId, reason, comment }, index) => {
      const before = referral.transitions[index - 1];
      const mover = byPartnerId === referral.senderId ? "S" : byPartnerId === referral.receiverId ? "R" : "?";
      const moves = (ALLOWED[from ?? ""] ?? "").split(" ");
      const owed = !OWES_REASON.includes(to) || (reason !== null && comment !== null);
      return (
        from === (before?.to ?? null) &&
        (before === undefined || before.at < at) &&
        at < now &&
        owed &&
        moves.some((move) => move === `${to}:${mover}` || move === `${to}:`)
      );
    })
  );
}

function isCoherent(step: StepRecord, now: string): boolean {
  const { status, outcome, startedAt, endedAt, plannedFor } = step;
  if (plannedFor === null || !isDay(plannedFor)) return false;
  if (startedAt !== null && (startedAt > now || (endedAt !== null && endedAt < startedAt))) return false;
  if (endedAt !== null && endedAt > now) return false;
  switch (status) {
    case "PLANNED":
      return outcome === null && startedAt === null && endedAt === null;
    case "IN_PROGRESS":
    case "WAITING":
      return outcome === null && startedAt !== null && endedAt === null;
    case "DONE":
      return outcome !== null && startedAt !== null && endedAt !== null;
    default:
      return outcome !== null && plannedFor <= now;
  }
}

function agrees(step: StepRecord, referral: ReferralRecord | undefined): boolean {
  if (referral === undefined) return false;
  const expected: Readonly<Record<string, string>> = {
    ...{
      DRAFT: "PLANNED",
      REQUESTED: "WAITING",
      RECEIVED: "WAITING",
      WAITLISTED: "WAITING",
      ACCEPTED: "IN_PROGRESS",
      IN_PROGRESS: "IN_PROGRESS",
    },
    ...{ ON_HOLD: "IN_PROGRESS", CANCELLED: "CANCELLED", ENTERED_IN_ERROR: "CANCELLED" },
  };
  return step.status === (expected[statusOf(referral)] ?? "DONE");
}

function statusOf(referral: ReferralRecord): string {
  return referral.transitions.at(-1)?.to ?? "";
}
