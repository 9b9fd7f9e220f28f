// The settings of the directory: what is asked for together, and what is refused with a sentence that repeats no secret.
import { describe, expect, it } from "@jest/globals";

import { readCommand, SettingError } from "../../subgraphs/config.ts";

const read = (env: Readonly<Record<string, string>>) => {
  const command = readCommand(["serve", "services"], env);
  if (command.kind !== "serve") throw new Error("Expected to serve.");
  const { directory, directoryEveryMs } = command.settings;
  return { directory, directoryEveryMs };
};

const refusalOf = (env: Readonly<Record<string, string>>): string => {
  try {
    return JSON.stringify(read(env));
  } catch (error) {
    return error instanceof SettingError ? error.message : `another error: ${String(error)}`;
  }
};

const BOTH = { PARCOURS_DIRECTORY_KEY: "key.json", PARCOURS_DIRECTORY_JWKS: "jwks.json" };

describe("the settings of the directory", () => {
  it("are none by default, asked every minute", () => {
    expect(read({})).toEqual({ directory: null, directoryEveryMs: 60_000 });
  });

  it("are a key and the other side's keys, with an address where it is asked for", () => {
    expect(read(BOTH).directory).toEqual({ url: null, keyFile: "key.json", jwks: "jwks.json" });
    expect(read({ ...BOTH, PARCOURS_DIRECTORY_URL: "http://partners:4004/directory", PARCOURS_DIRECTORY_SECONDS: "5" })).toEqual({
      directory: { url: "http://partners:4004/directory", keyFile: "key.json", jwks: "jwks.json" },
      directoryEveryMs: 5_000,
    });
  });

  it.each([
    [{ PARCOURS_DIRECTORY_KEY: "key.json" }, /Expected PARCOURS_DIRECTORY_KEY and PARCOURS_DIRECTORY_JWKS/],
    [{ PARCOURS_DIRECTORY_URL: "http://partners:4004/directory" }, /Expected PARCOURS_DIRECTORY_KEY and PARCOURS_DIRECTORY_JWKS/],
    [{ ...BOTH, PARCOURS_DIRECTORY_URL: "http://me:secret@partners/directory" }, /^Expected PARCOURS_DIRECTORY_URL to be an http or https address without a user or password, got another\.$/],
    [{ ...BOTH, PARCOURS_DIRECTORY_URL: "file:///etc/passwd" }, /^Expected PARCOURS_DIRECTORY_URL to be/],
    [{ PARCOURS_DIRECTORY_SECONDS: "0" }, /^Expected PARCOURS_DIRECTORY_SECONDS from 1 to 3600, got 0\.$/],
    [{ PARCOURS_DIRECTORY_SECONDS: "1e3" }, /got 1e3\.$/],
    [{ PARCOURS_DIRECTORY_SECONDS: "3601" }, /got 3601\.$/],
  ])("refuse %j", (env, message) => {
    expect(refusalOf(env)).toMatch(message);
  });
});
