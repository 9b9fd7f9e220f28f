// The reports by dimensions with the groups in which the referee solves them (published.ts says what a group is).
import { STEP_REPORT } from "../../subgraphs/beneficiaries/step-stats.ts";
import { REFERRAL_REPORT } from "../../subgraphs/services/referral-stats.ts";
import type { SolvedReport } from "./published.ts";

/** The directory of services is public: who offers what, where. */
export const REFERRALS: SolvedReport = {
  report: REFERRAL_REPORT,
  groups: [
    ["THEME", "SERVICE_TYPE", "RECEIVER", "SITE", "STATUS", "MONTH"],
    ["RECEIVER", "STATUS", "REFUSAL_REASON"],
    ["SENDER", "RECEIVER", "STATUS"],
  ],
};

/** So is who runs a site, and which territory a commune is in. */
export const STEPS: SolvedReport = {
  report: STEP_REPORT,
  groups: [
    ["STEP_KIND", "OUTCOME", "MONTH", "PARTNER"],
    ["SITE", "PARTNER", "STEP_KIND", "MONTH"],
    ["TERRITORY", "OUTCOME", "MONTH"],
    ["TERRITORY", "THEME", "OUTCOME"],
    ["COMMUNE", "TERRITORY", "THEME"],
    ["AGE_BAND", "THEME", "PUBLIC"],
  ],
};
