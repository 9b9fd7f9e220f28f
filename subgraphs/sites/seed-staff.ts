// Posts and teams of the demonstration world: one post for each professional and site of theirs, and the empty ones.
import type { World } from "../world/world.ts";
import type { StaffPostRow, TeamRow } from "./rows.ts";
import { CONFIDENTIAL_KINDS } from "./seed-tables.ts";

/**
 * Posts that stand empty. In Calvados "about twenty" agents had to ask for another post than the one they had wished for
 * (conseil départemental, opening of the houses): twenty houses have a post that is still to be filled. Guadeloupe has
 * none, since the source counts 14, 17 and 67 at work.
 */
const VACANCIES: readonly { readonly departmentCode: string; readonly siteKind: string; readonly count: number; readonly professions: readonly string[] }[] = [
  { departmentCode: "14", siteKind: "MAISON_DES_SOLIDARITES", count: 20, professions: ["SOCIAL_WORKER", "MEDICO_SOCIAL_SECRETARY", "MIDWIFE", "SPECIALISED_EDUCATOR", "PAEDIATRIC_NURSE"] },
  { departmentCode: "92", siteKind: "ANTENNE", count: 4, professions: ["SOCIAL_WORKER"] },
];

/** One in so many works four days a week. */
const PART_TIME_EVERY = 7;

export function createStaffPosts({ professionals, sites }: Pick<World, "professionals" | "sites">): StaffPostRow[] {
  const filled = professionals.flatMap(({ id, profession, siteIds, teamId }, index) =>
    siteIds.map((siteId, at) => ({
      _id: `post-${id}${siteIds.length > 1 ? `-${at + 1}` : ""}`,
      siteId,
      profession,
      fullTimeEquivalent: share(index % PART_TIME_EVERY === PART_TIME_EVERY - 1 ? 0.8 : 1, siteIds.length),
      filled: true,
      teamId,
      professionalId: id,
    })),
  );
  const posts = [...filled, ...VACANCIES.flatMap((vacancy) => emptyPosts(vacancy, sites)), ...shelterPosts({ professionals, sites })];
  const secret = new Set(sites.filter(({ kind }) => CONFIDENTIAL_KINDS.includes(kind)).map(({ id }) => id));
  // A post's id is for everybody, and must not be that of who holds it.
  return posts.map((post, index) => (secret.has(post.siteId) ? { ...post, _id: `post-secret-${index}`, secret: true } : post));
}

/** A refuge has one of its own, which names no commune: that would be where it is. */
export function createTeams({ teams, sites }: Pick<World, "teams" | "sites">): TeamRow[] {
  const ofRefuges = sites.filter(({ kind }) => CONFIDENTIAL_KINDS.includes(kind)).map(({ id }) => ({ _id: teamOfRefuge(id), kind: "PAIR", siteId: id, communes: [] }));
  return [...teams.map(({ id, ...team }) => ({ _id: id, ...team })), ...ofRefuges];
}

function teamOfRefuge(siteId: string): string {
  return `team-${siteId}`;
}

function emptyPosts({ departmentCode, siteKind, count, professions }: (typeof VACANCIES)[number], sites: World["sites"]): StaffPostRow[] {
  const places = sites.filter((site) => site.departmentCode === departmentCode && site.kind === siteKind).slice(0, count);
  return places.map(({ id }, index) => ({
    _id: `post-vacant-${id}`,
    siteId: id,
    profession: professions[index % professions.length] ?? "SOCIAL_WORKER",
    fullTimeEquivalent: 1,
    filled: false,
    teamId: null,
    professionalId: null,
  }));
}

/** Who receives people in a shelter one day a week: a social worker of whoever runs it, each shelter another one. */
function shelterPosts({ professionals, sites }: Pick<World, "professionals" | "sites">): StaffPostRow[] {
  return sites
    .filter(({ kind }) => CONFIDENTIAL_KINDS.includes(kind))
    .flatMap(({ id, operatorId }, index) => {
      const worker = professionals.filter(({ employerId, profession }) => employerId === operatorId && profession === "SOCIAL_WORKER")[index];
      if (worker === undefined) return [];
      return [{ _id: `post-shelter-${id}`, siteId: id, profession: worker.profession, fullTimeEquivalent: 0.2, filled: true, teamId: teamOfRefuge(id), professionalId: worker.id }];
    });
}

function share(fullTimeEquivalent: number, sites: number): number {
  return Math.round((fullTimeEquivalent / sites) * 100) / 100;
}
