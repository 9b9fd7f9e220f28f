// The page's own script. Its functions run in the browser, from their source text, and so name only each other.
import type { Collection } from "./collections.ts";
import type { Persona } from "./personas.ts";

/** What the page is told by the gateway. */
export interface PageSeed {
  /** The path of GraphQL, on the page's own origin. */
  readonly endpoint: string;
  /** The path under which the laboratory's scripts are. */
  readonly assets: string;
  /** The header with which a query plan is asked for. */
  readonly planHeader: string;
  readonly collections: readonly Collection[];
  readonly personas: readonly Persona[];
}

/** What the visitor chose in the bar. */
interface Chosen {
  token: string | null;
  plan: boolean;
}

interface LaboratoryWindow {
  readonly HiveLaboratory: { renderLaboratory(root: Element, properties: object): void };
  MonacoEnvironment?: object;
}

/** All that the page needs of this file, as the text of a script; `startPage(seed)` starts it. */
export function printScript(): string {
  return [startPage, fillBar, offerPlan, sendChosen, startLaboratory, readProperties, readFirstTab, readStored].map(String).join("\n");
}

/** Fills the bar, puts what is chosen there on every operation, and starts the laboratory with the operator's operations. */
function startPage(seed: PageSeed): void {
  const chosen: Chosen = { token: null, plan: false };
  fillBar(seed, chosen);
  offerPlan(chosen);
  sendChosen(seed, chosen);
  startLaboratory(seed);
}

function fillBar(seed: PageSeed, chosen: Chosen): void {
  const select = document.querySelector("#persona");
  const description = document.querySelector("#persona-description");
  if (!(select instanceof HTMLSelectElement) || description === null) return;
  const nobody = { name: "Nobody", description: "Sends no token.", token: null };
  const personas = seed.personas.some((persona) => persona.token === null) ? seed.personas : [nobody, ...seed.personas];
  select.append(...personas.map((persona) => new Option(persona.name)));
  const remembered = personas.findIndex((persona) => persona.name === sessionStorage.getItem("persona"));
  select.selectedIndex = Math.max(remembered, 0);
  const choose = () => {
    const persona = personas[select.selectedIndex] ?? nobody;
    chosen.token = persona.token;
    description.textContent = persona.description;
    sessionStorage.setItem("persona", persona.name);
  };
  select.addEventListener("change", choose);
  choose();
}

/** The laboratory draws a plan that an answer brings, and has no switch to ask for it. */
function offerPlan(chosen: Chosen): void {
  const box = document.querySelector("#plan");
  if (box instanceof HTMLInputElement) box.addEventListener("change", () => (chosen.plan = box.checked));
}

/** The laboratory has headers of its own for each operation; one that names them keeps them. It reads the schema by itself. */
function sendChosen(seed: PageSeed, chosen: Chosen): void {
  const endpoint = new URL(seed.endpoint, location.href).href;
  const send = window.fetch;
  window.fetch = (input, init) => {
    const request = new Request(input, init);
    if (request.url.split("?")[0] !== endpoint) return send(request);
    const readsSchema = typeof init?.body === "string" && init.body.includes("__schema");
    if (chosen.token !== null && !request.headers.has("authorization")) request.headers.set("authorization", `Bearer ${chosen.token}`);
    if (chosen.plan && !readsSchema && !request.headers.has(seed.planHeader)) request.headers.set(seed.planHeader, "true");
    return send(request);
  };
}

function startLaboratory(seed: PageSeed): void {
  const page = window as unknown as LaboratoryWindow;
  const workers: Readonly<Record<string, string>> = {
    editorWorkerService: "editor.worker.js",
    graphql: "graphql.worker.js",
    json: "json.worker.js",
    typescript: "typescript.worker.js",
  };
  const getWorkerUrl = (_module: string, label: string) => `${seed.assets}/${workers[label] ?? "editor.worker.js"}`;
  page.MonacoEnvironment = { globalAPI: false, getWorkerUrl };
  const root = document.querySelector("#root");
  if (root !== null) page.HiveLaboratory.renderLaboratory(root, readProperties(seed));
}

/** The visitor's own collections, tabs and settings are kept by the laboratory; the operator's collections come afresh. */
function readProperties(seed: PageSeed): object {
  const own = (readStored("collections") ?? []) as readonly { readonly id: string }[];
  const settings = {
    fetch: { credentials: "same-origin", timeout: 30_000, useGETForQueries: false },
    subscriptions: { protocol: "SSE" },
    introspection: { method: "POST", headers: "", includeActiveOperationHeaders: false, pollSchema: false },
  };
  return {
    enableDocs: true,
    defaultEndpoint: new URL(seed.endpoint, location.href).href,
    defaultCollections: [...seed.collections, ...own.filter((collection) => !collection.id.startsWith("seeded-"))],
    ...(readStored("settings") === null && { defaultSettings: settings }),
    ...(readStored("tabs") === null && readFirstTab(seed)),
  };
}

function readFirstTab(seed: PageSeed): object {
  const first = seed.collections[0]?.operations[0];
  if (first === undefined) return {};
  const tab = { id: "seeded-tab", type: "operation", data: { id: first.id, name: first.name } };
  return { defaultOperations: [first], defaultTabs: [tab], defaultActiveTabId: tab.id };
}

function readStored(key: string): unknown {
  const text = localStorage.getItem(`hive-laboratory:${key}`);
  return text === null ? null : JSON.parse(text);
}
