// The playground's page: a small HTML document around the laboratory, with a bar to choose who asks.
import { printScript, type PageSeed } from "./page-script.ts";

export function printPage(seed: PageSeed): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>GraphQL playground</title>
    <link rel="icon" href="data:,">
    <style>${STYLE}</style>
  </head>
  <body>
    ${seed.personas.length === 0 ? "" : BAR}
    <main id="root"><p>Loading the playground …</p></main>
    <noscript>The playground needs JavaScript; the endpoint ${seed.endpoint} does not.</noscript>
    <script src="${seed.assets}/laboratory.js"></script>
    <script>
${printScript()}
startPage(${printData(seed)});
    </script>
  </body>
</html>
`;
}

const BAR = `<form id="bar" autocomplete="off">
      <label for="persona">Asking as</label>
      <select id="persona" aria-describedby="persona-description"></select>
      <span id="persona-description" role="status"></span>
      <label id="plan-label"><input type="checkbox" id="plan"> Query plan</label>
    </form>`;

const STYLE = `
      html, body { height: 100%; margin: 0; }
      body { display: flex; flex-direction: column; background: #0b0d11; color: #f5f6f7; font: 14px/1.4 system-ui, sans-serif; }
      #bar { display: flex; gap: .75rem; align-items: center; padding: .5rem 1rem; border-bottom: 1px solid #3a3f4b; }
      #persona { font: inherit; color: inherit; background: #1c2029; border: 1px solid #8b93a7; border-radius: 4px; padding: .3rem .5rem; }
      #persona:focus-visible { outline: 2px solid #ffc94d; outline-offset: 2px; }
      #persona-description { color: #c5cad6; }
      #plan-label { margin-left: auto; white-space: nowrap; }
      #root { flex: 1; min-height: 0; }
      #root > p { padding: 1rem; }
    `;

/** JSON that cannot end the script element that it stands in. */
function printData(seed: PageSeed): string {
  return JSON.stringify(seed).replaceAll("<", "\\u003c");
}
