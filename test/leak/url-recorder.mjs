// Loaded before a process: prints the address of every HTTP request that it gets or sends.
import { subscribe } from "node:diagnostics_channel";

subscribe("http.server.request.start", ({ request }) => process.stdout.write(`${request.method} ${request.url}\n`));
subscribe("undici:request:create", ({ request }) => process.stdout.write(`${request.method} ${request.origin}${request.path}\n`));
