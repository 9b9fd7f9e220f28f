// Work whose time would tell how much was looked at: its end is told on a beat, counted from its start, and not when it comes.

/** Longer than nearly all such work takes, and no wait for who types a name. */
const BEAT_MS = 20;

/**
 * What the work answers, or rejects with, on the first beat after it. Of whom a search looks at and does not show, nothing is
 * learnt from when it ends, unless there are so many that it takes a beat more.
 */
export async function onBeat<Value>(work: () => Promise<Value>): Promise<Value> {
  const told = Promise.withResolvers<void>();
  let isDone = false;
  // Set before the work: one set behind it would be as late as the work was long.
  const beats = setInterval(() => {
    if (isDone) told.resolve();
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    isDone = true;
    await told.promise;
    clearInterval(beats);
  }
}
