// The supergraphs that a gateway serves one after the other. The newest is in force; each before it lives on until the last
// request that began on it has ended, and is then closed.
import type { GraphQLSchema } from "graphql";

/** What is derived from one supergraph. */
export interface Reign {
  /** By which requests name it: the whole, and parts of it. */
  readonly schemas: readonly GraphQLSchema[];
  /** Another is in force: no new request begins here. */
  retire(): void;
  /** The last request has ended. */
  close(): Promise<void>;
}

export interface Succession<Member extends Reign> {
  current(): Member;
  /** For one request, which calls `leave` when it has ended. Without a schema, the one in force. */
  enter(schema?: GraphQLSchema): Stay<Member>;
  /** The new one is in force when this returns. */
  replace(member: Member): void;
  /** Told each that comes into force from now on. Returns what ends the telling. */
  onReplace(listener: (member: Member) => void): () => void;
  /** Closes all, whatever still runs. */
  close(): Promise<void>;
}

export interface Stay<Member extends Reign> {
  /** The one of which a schema was named, or the one in force where that is closed already. */
  readonly member: Member;
  leave(): void;
}

interface Seat<Member> {
  readonly member: Member;
  running: number;
}

interface State<Member> {
  current: Seat<Member>;
  /** The one in force, and those before it that still have requests. */
  readonly open: Map<GraphQLSchema, Seat<Member>>;
  readonly closing: Set<Promise<void>>;
}

export function createSuccession<Member extends Reign>(first: Member): Succession<Member> {
  const seat: Seat<Member> = { member: first, running: 0 };
  const state: State<Member> = { current: seat, open: new Map(first.schemas.map((schema) => [schema, seat])), closing: new Set() };
  const listeners = new Set<(member: Member) => void>();
  return {
    current: () => state.current.member,
    enter: (schema) => enter(state, (schema === undefined ? undefined : state.open.get(schema)) ?? state.current),
    replace: (member) => {
      const before = state.current;
      state.current = { member, running: 0 };
      for (const schema of member.schemas) state.open.set(schema, state.current);
      before.member.retire();
      closeIfEmpty(state, before);
      for (const listener of listeners) listener(member);
    },
    onReplace: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      for (const { member } of state.open.values()) close(state, member);
      await Promise.all(state.closing);
    },
  };
}

function enter<Member extends Reign>(state: State<Member>, seat: Seat<Member>): Stay<Member> {
  seat.running += 1;
  return {
    member: seat.member,
    leave: () => {
      seat.running -= 1;
      closeIfEmpty(state, seat);
    },
  };
}

function closeIfEmpty<Member extends Reign>(state: State<Member>, seat: Seat<Member>): void {
  if (seat !== state.current && seat.running === 0) close(state, seat.member);
}

/** Nobody waits for it but who closes all. */
function close<Member extends Reign>({ open, closing }: State<Member>, member: Member): void {
  const isOpen = member.schemas.map((schema) => open.delete(schema)).some((one) => one);
  if (!isOpen) return;
  const closed = member.close().finally(() => closing.delete(closed));
  closing.add(closed);
}
