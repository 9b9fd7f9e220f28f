// A person's export as a page to read and to print: plain HTML in French, no script, nothing fetched from elsewhere.
import { FIELD_LABELS, SUBGRAPH_LABELS, TABLE_LABELS, VALUE_LABELS } from "./labels.ts";
import type { PersonFile, SubgraphPart } from "./person-export.ts";

export interface PageFacts {
  /** The days on which the request came and until which it is answered, where it was one. */
  readonly receivedOn: string | null;
  readonly dueOn: string | null;
}

const STYLE = `
body { font: 11pt/1.45 system-ui, sans-serif; color: #161616; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
h2 { border-bottom: 1px solid #161616; margin-top: 2rem }
section.row { border-left: 3px solid #6a6a6a; padding-left: .75rem; margin: 0 0 1rem; break-inside: avoid }
dl { display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; gap: .15rem 1rem; margin: 0 }
dt { font-weight: 600 } dd { margin: 0 } dd dl, dd ul { margin: 0; padding-left: 1rem }
@page { size: A4; margin: 18mm }
@media print { body { max-width: none; margin: 0; padding: 0; font-size: 10pt } h2 { break-after: avoid } a { color: inherit } }
`;

const PROTECTED_NOTE =
  "Ce qui protège un enfant, et ce qui parle d’une autre personne que vous, n’est pas compris dans ce document (CASF L.226-2-2 ; RGPD, art. 15.4).";

export function printExportPage(file: PersonFile, { receivedOn, dueOn }: PageFacts): string {
  const asked = receivedOn === null || dueOn === null ? "" : `<p>Demande reçue le ${printDay(receivedOn)}, à laquelle il est répondu au plus tard le ${printDay(dueOn)} (RGPD, art. 12.3).</p>`;
  return `<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><title>Vos données dans Parcours</title><style>${STYLE}</style></head>
<body>
<h1>Vos données dans Parcours</h1>
<p>État au ${printDay(file.exportedOn)}. Le fichier JSON qui accompagne cette page dit la même chose sous une forme réutilisable (RGPD, art. 15 et 20).</p>
${asked}
<p>${PROTECTED_NOTE}</p>
${file.subgraphs.map(printSubgraph).join("\n")}
<h2>Ce qui n’est pas repris, et pourquoi</h2>
<dl>${file.subgraphs.flatMap(({ tables }) => tables.flatMap(printLeftOut)).join("")}</dl>
</body>
</html>
`;
}

function printSubgraph({ name, tables }: SubgraphPart): string {
  const filled = tables.filter(({ rows }) => rows.length > 0);
  const parts = filled.map(({ collection, rows }) => {
    const sections = rows.map((row) => `<section class="row">${printFields(row)}</section>`);
    return `<h3>${escape(labelOf(TABLE_LABELS, collection))} (${rows.length})</h3>\n${sections.join("\n")}`;
  });
  return `<h2>${escape(labelOf(SUBGRAPH_LABELS, name))}</h2>\n${parts.length === 0 ? "<p>Rien n’est conservé.</p>" : parts.join("\n")}`;
}

function printLeftOut({ collection, notExported }: SubgraphPart["tables"][number]): string[] {
  return Object.entries(notExported).map(([field, why]) => `<dt>${escape(labelOf(TABLE_LABELS, collection))} : ${escape(labelOf(FIELD_LABELS, field))}</dt><dd>${escape(why)}</dd>`);
}

function printFields(row: object): string {
  return `<dl>${Object.entries(row).map(([field, value]) => `<dt>${escape(labelOf(FIELD_LABELS, field))}</dt><dd>${printValue(value)}</dd>`).join("")}</dl>`;
}

function printValue(value: unknown): string {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "boolean") return value ? "oui" : "non";
  if (Array.isArray(value)) return value.length === 0 ? "—" : `<ul>${value.map((one) => `<li>${printValue(one)}</li>`).join("")}</ul>`;
  if (typeof value === "object") return printFields(value);
  return escape(printText(String(value)));
}

/** People write what they like: it may look like a day that there is not, or be called as what every object has. */
function printText(text: string): string {
  if (Number.isNaN(Date.parse(text))) return labelOf(VALUE_LABELS, text);
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return printDay(text);
  return /^\d{4}-\d\d-\d\dT.*Z$/.test(text) ? INSTANT.format(new Date(text)) : labelOf(VALUE_LABELS, text);
}

const INSTANT = new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", dateStyle: "long", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat("fr-FR", { timeZone: "UTC", dateStyle: "long" });

function printDay(day: string): string {
  return DAY.format(new Date(`${day}T00:00:00Z`));
}

function labelOf(labels: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? name) : name;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
}
