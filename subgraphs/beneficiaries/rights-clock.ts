// Until when a person who exercises a right is answered: one month from the day of receipt, three when the request is
// complex and the person was told so within the first (GDPR art. 12.3; L14).
import { addDays, addMonths, isWorkingDay } from "./calendar.ts";

const MONTHS = 1;
const EXTENDED_MONTHS = 3;

export interface RightsRequest {
  /** `YYYY-MM-DD`. */
  readonly receivedOn: string;
  readonly departmentCode: string;
  readonly extended?: boolean;
}

/** The last day. A period that would end on a holiday, a Saturday or a Sunday ends on the next working day (règlement 1182/71, art. 3.4). */
export function answerDueOn({ receivedOn, departmentCode, extended = false }: RightsRequest): string {
  let day = addMonths(receivedOn, extended ? EXTENDED_MONTHS : MONTHS);
  while (!isWorkingDay(day, departmentCode)) day = addDays(day, 1);
  return day;
}

/** Still without an answer after its last day. */
export function isAnswerOverdue(request: RightsRequest, { answeredOn, today }: { readonly answeredOn: string | null; readonly today: string }): boolean {
  return (answeredOn ?? today) > answerDueOn(request);
}
