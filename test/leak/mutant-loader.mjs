// Loaded before a process: one of its modules in another version, which the environment names as
// TEST_MUTANT={"module":"gateway/http/sharing.ts","from":"…","to":"…"}. A text that is not there ends the process.
import { registerHooks } from "node:module";

const { module, from, to } = JSON.parse(process.env.TEST_MUTANT ?? "{}");

registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context);
    if (module === undefined || !url.endsWith(`/${module}`)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(from)) throw new Error(`Expected ${from} in ${module}.`);
    return { ...loaded, source: source.replaceAll(from, to) };
  },
});
