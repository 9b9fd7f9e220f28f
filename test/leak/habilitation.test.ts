// Who is habilitated (L11, CASF R.262-107), and what hangs on it where *services* and *sites* decide by themselves: against the
// second reading of the law, over every habilitation, purpose and day that differ; and each with any one condition changed.
import { describe, expect, it } from "@jest/globals";

import type { Asker } from "../../subgraphs/kit/kit.ts";
import * as law from "../../subgraphs/law/law.ts";
import { PURPOSES } from "../../subgraphs/law/law.ts";
import * as services from "../../subgraphs/services/policy.ts";
import * as sites from "../../subgraphs/sites/policy.ts";
import { ANONYMOUS } from "../../subgraphs/kit/kit.ts";
import { mayExchange } from "./judge-answer.ts";
import { readEntry, type Moment, type Reader } from "./reading.ts";
import { loadSource, mutate, readText, type SourceMutant } from "./source-mutants.ts";

const TODAY = "2026-03-02";
const AT: Moment = { now: new Date("2026-03-02T09:00:00Z"), today: TODAY };
const DAYS = ["2026-03-01", TODAY, "2026-03-03"];

const HABILITATIONS = [null, ...DAYS.flatMap((validFrom) => [null, ...DAYS].flatMap((validTo) => [[...PURPOSES], ["SUPPORT"]].map((purposes) => ({ purposes, validFrom, validTo }))))];
const KNOWN = [null, ...HABILITATIONS.flatMap((habilitation) => ["dept-92", "dept-14"].map((partnerId) => ({ _id: "pro", partnerId, secrecyBasis: null, habilitation })))];

const ASKERS: readonly Asker[] = [
  ...KNOWN.flatMap((standing) =>
    [...PURPOSES, null].flatMap((purpose) => ["dept-92", null].map((partnerId) => ({ ...ANONYMOUS, professionalId: standing?._id ?? null, partnerId, purpose, standing, today: TODAY }))),
  ),
  // Bound by secrecy, and the person themself.
  ...PURPOSES.map((purpose) => ({ ...ANONYMOUS, professionalId: "pro", partnerId: "dept-92", purpose, today: TODAY, standing: { _id: "pro", partnerId: "dept-92", secrecyBasis: "CASF L.221-6", habilitation: { purposes: [...PURPOSES], validFrom: TODAY, validTo: null } } })),
  { ...ANONYMOUS, personId: "b1", purpose: "SELF_ACCESS", standing: null, today: TODAY },
];

function readerOf({ professionalId, partnerId, personId, purpose, standing }: Asker): Reader {
  const habilitation = standing?.habilitation ?? null;
  const rights = habilitation && { purposes: habilitation.purposes, categories: [], from: habilitation.validFrom, to: habilitation.validTo };
  const known = standing && { id: standing._id, employerId: standing.partnerId, isMunicipal: false, profession: "", sworn: standing.secrecyBasis !== null, missions: [], habilitation: rights };
  return { professionalId, partnerId, personId, purpose, scopes: new Set(), known, conventions: [] };
}

const NOBODYS = { _id: { $in: [] } };
const OPEN = { childProtection: { $ne: true } };
const isHabilitated = (reader: Reader): boolean => readEntry(reader, AT) === "yes";

/** What referrals are reached: of the person, of the two who exchange, and of those that protect a child by few (L4). */
function expectedReferrals(asker: Asker): { readonly own: unknown; readonly inbox: unknown; readonly another: unknown; readonly told: readonly (string | undefined)[] } {
  const { personId, partnerId } = asker;
  const reader = readerOf(asker);
  if (personId !== null) return { own: { personId, ...OPEN }, inbox: { personId, ...OPEN }, another: { personId, ...OPEN }, told: [undefined, undefined] };
  const entry = readEntry(reader, AT);
  if (!mayExchange(reader, { isHabilitated })) {
    const reason = entry === "yes" ? "PURPOSE_NOT_COVERED" : entry;
    return { own: NOBODYS, inbox: NOBODYS, another: NOBODYS, told: [reason, reason] };
  }
  const secrets = ["CHILD_PROTECTION", "EVALUATION"].includes(asker.purpose ?? "") && reader.known?.sworn === true ? {} : OPEN;
  return { own: { $or: [{ senderId: partnerId }, { receiverId: partnerId, sentAt: { $type: "date" } }], ...secrets }, inbox: secrets, another: NOBODYS, told: [undefined, "NO_GRANT"] };
}

type Services = Pick<typeof services, "referralScope" | "inboxScope" | "inboxWithheld">;

function readReferrals({ referralScope, inboxScope, inboxWithheld }: Services, asker: Asker): ReturnType<typeof expectedReferrals> {
  const reasonAt = (partnerId: string) => inboxWithheld(asker, partnerId)[0]?.reason;
  return { own: referralScope(asker), inbox: inboxScope(asker, "dept-92"), another: inboxScope(asker, "caf-92"), told: [reasonAt("dept-92"), reasonAt("caf-92")] };
}

const expectedAppointments = (asker: Asker): unknown =>
  asker.personId !== null ? { personId: asker.personId, ...OPEN } : isHabilitated(readerOf(asker)) ? { professionalIds: asker.professionalId } : NOBODYS;

const differs = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);
const isKilledBy = (differsFor: (asker: Asker) => boolean): boolean => {
  try {
    return ASKERS.some(differsFor);
  } catch {
    return true;
  }
};

/** Of the functions of these names. */
function mutantsOf(file: string, ...functions: readonly string[]): SourceMutant[] {
  const source = readText(file);
  const bodies = functions.flatMap((name) => new RegExp(`function ${name}\\b[^]*?\\n}`).exec(source)?.[0].split("\n") ?? []);
  const lines = new Set(bodies.map((line) => line.trim()));
  return mutate(source, "NONE").filter(({ name }) => [...lines].some((line) => line !== "" && name.startsWith(line)));
}

async function survivorsOf(mutants: readonly SourceMutant[], modules: Readonly<Record<string, object>>, isKilled: (mutant: never) => boolean): Promise<string[]> {
  const survivors: string[] = [];
  for (const { name, source } of mutants) if (!isKilled((await loadSource(source, modules)) as never)) survivors.push(name);
  return survivors;
}

describe("individual habilitation (L11)", () => {
  it("is what the law says of it; with one condition changed it is another: no mutant survives", async () => {
    const isWrong = ({ whyNotHabilitated }: Pick<typeof law, "whyNotHabilitated">) => isKilledBy((asker) => (whyNotHabilitated(asker, asker) ?? "yes") !== readEntry(readerOf(asker), AT));
    expect(isWrong(law)).toBe(false);
    const mutants = mutantsOf("subgraphs/law/habilitation.ts", "whyNotHabilitated");
    expect(mutants.length).toBeGreaterThan(8);
    expect(await survivorsOf(mutants, {}, isWrong)).toEqual([]);
  });

  it("decides at services who reads the two parties' referrals; no mutant survives", async () => {
    const isWrong = (policy: Services) => isKilledBy((asker) => differs(readReferrals(policy, asker), expectedReferrals(asker)));
    expect(isWrong(services)).toBe(false);
    const mutants = mutantsOf("subgraphs/services/policy.ts", "whyNoExchange", "secretsFor", "referralScope", "inboxScope", "inboxWithheld");
    expect(mutants.length).toBeGreaterThan(8);
    expect(await survivorsOf(mutants, { "../law/law.ts": law }, isWrong)).toEqual([]);
  });

  it("decides at sites who reads the appointments that they hold; no mutant survives", async () => {
    const isWrong = ({ appointmentScope }: Pick<typeof sites, "appointmentScope">) => isKilledBy((asker) => differs(appointmentScope(asker), expectedAppointments(asker)));
    expect(isWrong(sites)).toBe(false);
    const mutants = mutantsOf("subgraphs/sites/policy.ts", "appointmentScope");
    expect(mutants.length).toBeGreaterThan(2);
    expect(await survivorsOf(mutants, { "../law/law.ts": law }, isWrong)).toEqual([]);
  });
});
