// Work under way that equal askers share: one flight a key, however many are on board.
//
// A flight belongs to all its passengers and to none in particular. Each leaves for itself, the one who began it
// included; the flight is called off when the last has left. Nobody waits for longer than their own signal allows.
//
// Two rules keep an answer from being older than its question by more than a little. A flight is boarded while it is
// young only. And `seal`, called whenever something was written, lets nobody board what took off before, so that who
// has written and reads again reads what they wrote.
//
// Keys are compared in full, character by character: whoever makes one puts everything in that can change the value.
// (The Rust and Go gateways compare hashes of 64 bits, unkeyed; two callers whose hashes meet read each other's answers.)

export interface Passenger {
  /** Names the flight that this passenger begins. */
  readonly id: string;
  /** Aborted when this one does not wait any longer. */
  readonly signal: AbortSignal;
  /** Told when a flight under way is boarded, by the `id` of who began it. */
  joined(leader: string): void;
}

export interface Journey<Value> {
  readonly key: string;
  readonly passenger: Passenger;
  /** `signal` is aborted, with the reason of the last one to leave, when nobody waits any longer. */
  start(signal: AbortSignal): Promise<Value>;
}

export interface Flights<Value> {
  /** What an equal one under way will bring, or null when there is none to board. */
  join(key: string, passenger: Passenger): Promise<Value> | null;
  /** What `start` brings, or what an equal one under way will bring. Rejects with `signal.reason` when the passenger leaves. */
  share(journey: Journey<Value>): Promise<Value>;
  /** Lets nobody board what is under way now. */
  seal(): void;
}

export interface FlightOptions<Value> {
  /** What each passenger but one gets; made for all before anybody sees the value, so that everybody may write into theirs. */
  copy(value: Value): Value;
}

/** In milliseconds. A subgraph that hangs thus fails each request about when its own time is up. */
const MAX_AGE_MS = 1_000;
/** Beyond these nothing is refused, only not shared: so many flights, and characters of a key. */
const MAX_FLIGHTS = 10_000;
const MAX_KEY_LENGTH = 262_144;

interface Seat<Value> {
  land(value: Value): void;
  fail(reason: unknown): void;
}

interface Flight<Value> {
  /** Null for one that cannot be boarded. */
  readonly key: string | null;
  readonly leader: string;
  readonly startedAt: number;
  readonly controller: AbortController;
  readonly seats: Set<Seat<Value>>;
}

type Boarding<Value> = Map<string, Flight<Value>>;

export function createFlights<Value>({ copy }: FlightOptions<Value>): Flights<Value> {
  const boarding: Boarding<Value> = new Map();
  const join = (key: string, passenger: Passenger): Promise<Value> | null => {
    if (passenger.signal.aborted) return Promise.reject(passenger.signal.reason);
    const flight = boarding.get(key);
    if (flight === undefined || performance.now() - flight.startedAt >= MAX_AGE_MS) return null;
    passenger.joined(flight.leader);
    return board(boarding, flight, passenger);
  };
  return {
    join,
    share: ({ key, passenger, start }) => {
      const joined = join(key, passenger);
      if (joined !== null) return joined;
      const begun = open(boarding, key, passenger.id);
      const seat = board(boarding, begun, passenger);
      void fly(boarding, begun, { start, copy });
      return seat;
    },
    seal: () => boarding.clear(),
  };
}

function open<Value>(boarding: Boarding<Value>, key: string, leader: string): Flight<Value> {
  const isShareable = key.length <= MAX_KEY_LENGTH && (boarding.size < MAX_FLIGHTS || boarding.has(key));
  const flight: Flight<Value> = { key: isShareable ? key : null, leader, startedAt: performance.now(), controller: new AbortController(), seats: new Set() };
  if (isShareable) boarding.set(key, flight);
  return flight;
}

function board<Value>(boarding: Boarding<Value>, flight: Flight<Value>, { signal }: Passenger): Promise<Value> {
  return new Promise((resolve, reject) => {
    const seat: Seat<Value> = {
      land: (value) => (signal.removeEventListener("abort", leave), resolve(value)),
      fail: (reason) => (signal.removeEventListener("abort", leave), reject(reason)),
    };
    const leave = (): void => {
      flight.seats.delete(seat);
      reject(signal.reason);
      if (flight.seats.size > 0) return;
      close(boarding, flight);
      flight.controller.abort(signal.reason);
    };
    flight.seats.add(seat);
    signal.addEventListener("abort", leave, { once: true });
  });
}

async function fly<Value>(boarding: Boarding<Value>, flight: Flight<Value>, { start, copy }: Pick<Journey<Value>, "start"> & FlightOptions<Value>): Promise<void> {
  try {
    const value = await start(flight.controller.signal);
    close(boarding, flight);
    const [first, ...others] = [...flight.seats].map((seat, at) => ({ seat, value: at === 0 ? value : copy(value) }));
    for (const one of others) one.seat.land(one.value);
    first?.seat.land(first.value);
  } catch (error) {
    close(boarding, flight);
    for (const seat of flight.seats) seat.fail(error);
  }
}

/** Lets nobody board it any more. A younger flight may have taken its key by now. */
function close<Value>(boarding: Boarding<Value>, flight: Flight<Value>): void {
  if (flight.key !== null && boarding.get(flight.key) === flight) boarding.delete(flight.key);
}
