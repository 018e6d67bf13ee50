import type { Hono } from 'hono';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nyala controller</title>
<link rel="stylesheet" href="help/style.css">
<script type="module" src="help/main.js"></script>
<header><h1>Nyala controller</h1><p>What it answers over HTTP, as <a href="openapi.json">OpenAPI</a>.</p></header>
<main id="list"><p>Loading …</p></main>
</html>
`;

const STYLE = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif;
  --line: color-mix(in srgb, currentColor 20%, transparent);
  --get: light-dark(#0b5cad, #7cb8ff); --post: light-dark(#1a6e3c, #6fd397);
  --put: light-dark(#8a5300, #f0b35c); --delete: light-dark(#b3261e, #ff9b92); }
body { max-width: 64rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; scroll-margin-top: 1rem; }
h4 { margin: .75rem 0 .25rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin-top: .5rem; }
details { border: 1px solid var(--line); border-radius: 4px; margin: .25rem 0; scroll-margin-top: 1rem; }
summary { padding: .35rem .6rem; cursor: pointer; display: grid; gap: 0 .6rem; align-items: baseline;
  grid-template-columns: 1rem 4.2rem minmax(0, 24rem) minmax(0, 1fr); }
summary::before { content: '▸'; opacity: .6; }
details[open] > summary::before { content: '▾'; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: color-mix(in srgb, currentColor 7%, transparent); }
details[open] > summary { border-bottom: 1px solid var(--line); }
summary span { opacity: .8; }
.method { font: bold .8rem ui-monospace, monospace; }
.get { color: var(--get); } .post { color: var(--post); }
.put { color: var(--put); } .delete { color: var(--delete); }
.path, td:first-child, pre { font-family: ui-monospace, monospace; font-size: .85rem; }
.body { padding: 0 .8rem .8rem; }
table { border-collapse: collapse; }
td { padding: .1rem 1rem .1rem 0; vertical-align: top; }
pre { overflow: auto; max-height: 24rem; margin: 0; padding: .5rem; border-radius: 4px;
  background: color-mix(in srgb, currentColor 7%, transparent); }
@media (max-width: 44rem) {
  summary { grid-template-columns: 1rem 4.2rem minmax(0, 1fr); }
  summary span { grid-column: 3; }
  td { display: block; padding: 0; }
  tr { display: block; margin-bottom: .5rem; }
}
`;

/** Text goes into the page as text alone: what the description says is never markup. */
const SCRIPT = `const list = document.getElementById('list');
const make = (name, className, ...parts) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...parts);
  return element;
};
const json = (title, schema) => [make('h4', '', title), make('pre', '', JSON.stringify(schema, null, 2))];
const content = (part) => Object.values(part?.content ?? {})[0]?.schema;

function operation(path, method, { summary, parameters, requestBody, responses }) {
  const head = make('summary', '', make('b', 'method ' + method, method.toUpperCase()),
    make('code', 'path', path), make('span', '', summary));
  const rows = parameters.map(({ name, in: place, required, description = '', schema }) =>
    make('tr', '', make('td', '', name), make('td', '', place + (required ? ', required' : '')),
      make('td', '', [description, schema.enum ? schema.enum.join(' | ') : schema.type ?? '',
        schema.default === undefined ? '' : 'default ' + JSON.stringify(schema.default)]
        .filter(Boolean).join('; '))));
  const body = make('div', 'body');
  if (rows.length > 0) body.append(make('h4', '', 'Parameters'), make('table', '', ...rows));
  if (requestBody) {
    const types = Object.keys(requestBody.content).join(' or ');
    body.append(...json('Body: ' + (requestBody.description ? requestBody.description + ', ' : '') + types,
      content(requestBody)));
  }
  body.append(...json('Answer', content(responses['200'])));
  const details = make('details', '', head, body);
  details.id = method + path;
  return details;
}

/** Opens what the address names behind #, such as #get/tables/{table}. */
function show() {
  const found = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (found === null) return;
  found.open = true;
  found.scrollIntoView();
}

try {
  const { tags, paths } = await (await fetch('openapi.json')).json();
  const sections = tags.map(({ name }) => {
    const title = make('h2', '', name);
    title.id = name;
    const section = make('section', '', title);
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, one] of Object.entries(operations)) {
        if (one.tags[0] === name) section.append(operation(path, method, one));
      }
    }
    return section;
  });
  const links = tags.map(({ name }) => {
    const link = make('a', '', name);
    link.href = '#' + name;
    return link;
  });
  list.replaceChildren(make('nav', '', ...links), ...sections);
  addEventListener('hashchange', show);
  show();
} catch (error) {
  list.replaceChildren(make('p', '', 'The description could not be read: ' + error));
}
`;

/** Nothing but the page's own files, no inline script, no frame around it. */
const HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "object-src 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

/** Adds a page at `/help` that shows `/openapi.json`. */
export function mountHelp(app: Hono): void {
  const serve = (path: string, text: string, type: string) =>
    app.get(path, (context) =>
      context.body(text, 200, { ...HEADERS, 'content-type': `${type}; charset=utf-8` }),
    );
  serve('/help', PAGE, 'text/html');
  serve('/help/style.css', STYLE, 'text/css');
  serve('/help/main.js', SCRIPT, 'text/javascript');
}
