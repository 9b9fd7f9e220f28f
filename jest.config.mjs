export default {
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/harness/strip-types.mjs" },
  globalSetup: "<rootDir>/test/harness/mongod.ts",
  globalTeardown: "<rootDir>/test/harness/mongod-stop.ts",
  testTimeout: 30_000,
  maxWorkers: 2,
};
