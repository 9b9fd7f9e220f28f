// The page's own script. It runs in the browser, from its source text, and so names nothing outside of `startPage`.
import type { Collection } from "./collections.ts";
import type { Persona } from "./personas.ts";

/** What the page is told by the gateway. */
export interface PageSeed {
  /** The path of GraphQL, on the page's own origin. */
  readonly endpoint: string;
  /** The path under which the laboratory's scripts are. */
  readonly assets: string;
  readonly collections: readonly Collection[];
  readonly personas: readonly Persona[];
}

interface LaboratoryWindow {
  readonly HiveLaboratory: { renderLaboratory(root: Element, properties: object): void };
  MonacoEnvironment?: object;
}

/** Fills the bar, puts the chosen token on every operation, and starts the laboratory with the operator's operations. */
export function startPage(seed: PageSeed): void {
  const endpoint = new URL(seed.endpoint, location.href).href;
  const nobody = { name: "Nobody", description: "Sends no token.", token: null };
  const personas = seed.personas.some((persona) => persona.token === null) ? seed.personas : [nobody, ...seed.personas];
  let token: string | null = null;

  fillBar();
  patchFetch();
  startLaboratory();

  function fillBar(): void {
    const select = document.querySelector("#persona");
    const description = document.querySelector("#persona-description");
    if (!(select instanceof HTMLSelectElement) || description === null) return;
    select.append(...personas.map((persona) => new Option(persona.name)));
    const remembered = personas.findIndex((persona) => persona.name === sessionStorage.getItem("persona"));
    select.selectedIndex = Math.max(remembered, 0);
    const choose = () => {
      const persona = personas[select.selectedIndex] ?? nobody;
      token = persona.token;
      description.textContent = persona.description;
      sessionStorage.setItem("persona", persona.name);
    };
    select.addEventListener("change", choose);
    choose();
  }

  /** The laboratory has headers of its own for each operation; one that names an authorization keeps it. */
  function patchFetch(): void {
    const send = window.fetch;
    window.fetch = (input, init) => {
      const request = new Request(input, init);
      if (token !== null && request.url.split("?")[0] === endpoint && !request.headers.has("authorization")) {
        request.headers.set("authorization", `Bearer ${token}`);
      }
      return send(request);
    };
  }

  function startLaboratory(): void {
    const page = window as unknown as LaboratoryWindow;
    const workers: Readonly<Record<string, string>> = {
      editorWorkerService: "editor.worker.js",
      graphql: "graphql.worker.js",
      json: "json.worker.js",
      typescript: "typescript.worker.js",
    };
    page.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module: string, label: string) => `${seed.assets}/${workers[label] ?? "editor.worker.js"}` };
    const root = document.querySelector("#root");
    if (root !== null) page.HiveLaboratory.renderLaboratory(root, readProperties());
  }

  /** The visitor's own collections, tabs and settings are kept by the laboratory; the operator's collections come afresh. */
  function readProperties(): object {
    const own = (readStored("collections") ?? []) as readonly { readonly id: string }[];
    const defaultCollections = [...seed.collections, ...own.filter((collection) => !collection.id.startsWith("seeded-"))];
    const settings = {
      fetch: { credentials: "same-origin", timeout: 30_000, useGETForQueries: false },
      subscriptions: { protocol: "SSE" },
      introspection: { method: "POST", headers: "", includeActiveOperationHeaders: false, pollSchema: false },
    };
    return {
      enableDocs: true,
      defaultEndpoint: endpoint,
      defaultCollections,
      ...(readStored("settings") === null && { defaultSettings: settings }),
      ...(readStored("tabs") === null && readFirstTab()),
    };
  }

  function readFirstTab(): object {
    const first = seed.collections[0]?.operations[0];
    if (first === undefined) return {};
    const tab = { id: "seeded-tab", type: "operation", data: { id: first.id, name: first.name } };
    return { defaultOperations: [first], defaultTabs: [tab], defaultActiveTabId: tab.id };
  }

  function readStored(key: string): unknown {
    const text = localStorage.getItem(`hive-laboratory:${key}`);
    return text === null ? null : JSON.parse(text);
  }
}
