// The few mutations of this subgraph, bound to a request: rights to share, access in an emergency, rectification, litigation.
// The door of this folder.
import type { JudgedFacts, PageArgs } from "../../kit/kit.ts";
import type { KeyStore } from "../../sealed/sealed.ts";
import type { OpenSealed } from "../opening.ts";
import type { EmergencyAccessRow, GrantRow } from "../rows.ts";
import { retentionToldOn, type RetentionStatus } from "../retention.ts";
import type { Withholding } from "../withholding.ts";
import {
  listEmergencies,
  openEmergency,
  reviewEmergency,
  stateOn,
  type AlarmRaised,
  type EmergencyAccessesArgs,
  type EmergencyOptions,
  type EmergencyState,
  type OpenEmergencyInput,
  type ReviewEmergencyInput,
} from "./emergencies.ts";
import type { Fingerprint } from "./fingerprint.ts";
import {
  changeGrant,
  giveGrant,
  liftOpposition,
  opposeSharing,
  type GiveGrantInput,
  type GrantChangeInput,
  type Keyed,
  type LiftOppositionInput,
  type OpposeSharingInput,
} from "./grants.ts";
import { writeDown } from "./list-trail.ts";
import { setLitigationHold, type LitigationHoldInput } from "./litigation.ts";
import { listNotifications } from "./notifications.ts";
import {
  answerRectification,
  extendRectification,
  isLate,
  listRectifications,
  readAnswer,
  requestRectification,
  type AnswerRectificationInput,
  type ExtendRectificationInput,
  type RectificationInput,
  type RectificationsArgs,
} from "./rectification.ts";
import { toPayload, type Payload } from "./refusal.ts";
import type { NotificationRow, RectificationRow } from "./rows.ts";
import type { WritingStore } from "./store.ts";
import { createTextSealer, openTexts } from "./texts.ts";

export { EVALUATION_MONTHS, isForChild } from "./emergencies.ts";
export type { AlarmRaised, EmergencyAccessesArgs } from "./emergencies.ts";
export { createFingerprint, type Fingerprint } from "./fingerprint.ts";
export type { GiveGrantInput, GrantChangeInput, Keyed, OpposeSharingInput } from "./grants.ts";
export { statusOn } from "./grant-states.ts";
export type { RectificationsArgs } from "./rectification.ts";
export { stateFor } from "./notifications.ts";
export type { AlarmRow, DeedRow, NotificationKind, NotificationRow, RectificationRow, Sending } from "./rows.ts";
export { openWritingStore, openWritingTables, type WritingStore } from "./store.ts";
export { openTexts, sealGrant, type Texts } from "./texts.ts";

export interface Writing {
  giveGrant(args: Keyed<GiveGrantInput>): Promise<Payload<"grant", GrantRow>>;
  acceptGrant(args: Keyed<GrantChangeInput>): Promise<Payload<"grant", GrantRow>>;
  refuseGrant(args: Keyed<GrantChangeInput>): Promise<Payload<"grant", GrantRow>>;
  withdrawGrant(args: Keyed<GrantChangeInput>): Promise<Payload<"grant", GrantRow>>;
  opposeSharing(args: Keyed<OpposeSharingInput>): Promise<Payload<"grants", readonly GrantRow[]>>;
  openEmergencyAccess(args: Keyed<OpenEmergencyInput>): Promise<Payload<"emergencyAccess", EmergencyAccessRow>>;
  reviewEmergencyAccess(args: Keyed<ReviewEmergencyInput>): Promise<Payload<"emergencyAccess", EmergencyAccessRow>>;
  liftOpposition(args: Keyed<LiftOppositionInput>): Promise<Payload<"grants", readonly GrantRow[]>>;
  requestRectification(args: Keyed<RectificationInput>): Promise<Payload<"request", RectificationRow>>;
  answerRectification(args: Keyed<AnswerRectificationInput>): Promise<Payload<"request", RectificationRow>>;
  extendRectification(args: Keyed<ExtendRectificationInput>): Promise<Payload<"request", RectificationRow>>;
  setLitigationHold(args: Keyed<LitigationHoldInput>): Promise<Payload<"retention", RetentionStatus>>;
  emergencyAccesses(args: EmergencyAccessesArgs): Promise<Withholding<EmergencyAccessRow>>;
  rectificationRequests(args: RectificationsArgs): Promise<Withholding<RectificationRow>>;
  /** What is wrong and what is right, in the words of who asked. As all texts here: null once the person's key is destroyed. */
  statementOf(row: RectificationRow): Promise<string | null>;
  /** In the words that the person reads; null until it is given. */
  answerOf(row: RectificationRow): Promise<string | null>;
  /** Why the answer takes longer, for the person. */
  reasonOfExtension(row: RectificationRow): Promise<string | null>;
  isLate(row: RectificationRow): boolean;
  /** How the person's word is known, or the text that obliges. */
  evidenceOf(row: GrantRow): Promise<string | null>;
  notifications(args: PageArgs): Promise<Withholding<NotificationRow>>;
  /** Why the access was opened, in the professional's words. */
  textOfEmergency(row: EmergencyAccessRow): Promise<string | null>;
  commentOnEmergency(row: EmergencyAccessRow): Promise<string | null>;
  stateOfEmergency(row: EmergencyAccessRow): EmergencyState;
}

export interface WritingOptions {
  readonly store: WritingStore;
  readonly fingerprint: Fingerprint;
  readonly keys: Pick<KeyStore, "load" | "make">;
  readonly open: OpenSealed;
  readonly request: JudgedFacts;
  readonly told: (alarm: AlarmRaised) => void;
  readonly graceDays: number;
}

export function createWriting({ store, fingerprint, keys, open, request: { caller, clock, audit }, told, graceDays }: WritingOptions): Writing {
  const now = clock.now();
  const texts = openTexts(open);
  const when = { now, today: clock.today(), graceDays };
  const options: EmergencyOptions = { store, fingerprint, seal: createTextSealer(keys), caller, now, when, told };
  return {
    giveGrant: (args) => toPayload("grant", giveGrant(options, args)),
    acceptGrant: (args) => toPayload("grant", changeGrant("acceptGrant", options, args)),
    refuseGrant: (args) => toPayload("grant", changeGrant("refuseGrant", options, args)),
    withdrawGrant: (args) => toPayload("grant", changeGrant("withdrawGrant", options, args)),
    opposeSharing: (args) => toPayload("grants", opposeSharing(options, args)),
    openEmergencyAccess: (args) => toPayload("emergencyAccess", openEmergency(options, args)),
    reviewEmergencyAccess: (args) => toPayload("emergencyAccess", reviewEmergency(options, args)),
    liftOpposition: (args) => toPayload("grants", liftOpposition(options, args)),
    answerRectification: (args) => toPayload("request", answerRectification(options, args)),
    rectificationRequests: async (args) => writeDown(await listRectifications(options, args), "Query.rectificationRequests", audit),
    extendRectification: (args) => toPayload("request", extendRectification(options, args)),
    statementOf: texts.ofRectification,
    answerOf: (row) => readAnswer(row, texts),
    reasonOfExtension: texts.ofExtension,
    isLate: (row) => isLate(row, now),
    requestRectification: (args) => toPayload("request", requestRectification(options, args)),
    emergencyAccesses: async (args) => writeDown(await listEmergencies(options, args), "Query.emergencyAccesses", audit),
    setLitigationHold: (args) => toPayload("retention", setLitigationHold(options, args).then((person) => retentionToldOn(person, clock.today()))),
    notifications: async (args) => writeDown(await listNotifications(options, args), "Query.notifications", audit),
    evidenceOf: texts.evidenceOf,
    textOfEmergency: texts.ofEmergency,
    commentOnEmergency: texts.commentOnEmergency,
    stateOfEmergency: (row) => stateOn(row, now),
  };
}
