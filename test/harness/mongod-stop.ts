export { tearDown as default } from "./mongod.ts";
