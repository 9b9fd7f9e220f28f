// Seine-et-Marne (77): houses in the larger towns only, so that the most remote areas show as unserved; the département's
// fourth priority is to reach them. The choice of towns is ours.
import type { SitePlan } from "./seine-maritime.ts";

export const SITES_77: readonly SitePlan[] = (
  [
    ["melun", "de Melun", "77288"],
    ["meaux", "de Meaux", "77284"],
    ["chelles", "de Chelles", "77108"],
    ["fontainebleau", "de Fontainebleau", "77186"],
    ["montereau", "de Montereau-Fault-Yonne", "77305"],
    ["provins", "de Provins", "77379"],
    ["coulommiers", "de Coulommiers", "77131"],
    ["nemours", "de Nemours", "77333"],
    ["savigny", "de Savigny-le-Temple", "77445"],
  ] as const
).map(([slug, place, communeCode]) => ({
  id: `mds-77-${slug}`,
  name: `Maison départementale des solidarités ${place}`,
  kind: "MAISON_DES_SOLIDARITES",
  communeCode,
}));
