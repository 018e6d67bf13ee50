/** The page that a broker serves at `/`: tables on the left, SQL on the right, answers below it. */
import { errorMessage } from '../src/base/errors.ts';
import type { TableSchema } from '../src/base/types.ts';
import type { Answer, Failure } from './answer.ts';
import { answerView, failureView } from './answer-view.ts';
import { askBroker, fetchTables } from './api.ts';
import { catalogView } from './catalog.ts';
import { button, byId, element, replaceText } from './dom.ts';
import { nameInSql, timingLine } from './format.ts';
import { linkTo, statementOf } from './link.ts';
import { offsetOf, wordEnd } from './place.ts';
import { SAMPLE_TABLE, SAMPLES } from './samples.ts';
import { asExplained, asWritten, type SentStatement, writtenOffset } from './statement.ts';

const form = byId('query', HTMLFormElement);
const sql = byId('sql', HTMLTextAreaElement);
const explain = byId('explain', HTMLButtonElement);
const status = byId('status', HTMLParagraphElement);
const answer = byId('answer', HTMLDivElement);
const catalog = byId('catalog', HTMLDetailsElement);
const tables = byId('tables', HTMLDivElement);
const refresh = byId('refresh', HTMLButtonElement);
const samples = byId('samples', HTMLDetailsElement);
const sampleList = byId('sample-list', HTMLUListElement);

/** The query whose answer is awaited; a newer one takes its place. */
let running: AbortController | null = null;

start();

function start(): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run(asWritten(sql.value));
  });
  explain.addEventListener('click', () => void run(asExplained(sql.value)));
  sql.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  refresh.addEventListener('click', () => void showTables());
  for (const sample of SAMPLES) {
    sampleList.append(
      element(
        'li',
        '',
        button(sample.title, 'link', () => runText(sample.sql)),
      ),
    );
  }
  const isWide = matchMedia('(min-width: 700px)').matches;
  catalog.open = isWide;
  samples.open = isWide;
  if (isWide) sql.focus();
  sql.value = statementOf(location.search) ?? '';
  if (sql.value !== '') void run(asWritten(sql.value));
  void showTables();
}

function runText(text: string): void {
  replaceText(sql, text, 0, sql.value.length);
  void run(asWritten(text));
}

async function run(statement: SentStatement): Promise<void> {
  const written = sql.value;
  running?.abort();
  const request = new AbortController();
  running = request;
  history.replaceState(null, '', linkTo(location.pathname, written));
  status.textContent = 'Running…';
  answer.setAttribute('aria-busy', 'true');
  const outcome = await askBroker(statement.text, request.signal);
  if (outcome === null) return;
  answer.removeAttribute('aria-busy');
  show(outcome, statement, written);
}

function show(outcome: Answer | Failure, statement: SentStatement, written: string): void {
  if (outcome.kind === 'answer') {
    status.textContent = timingLine(outcome);
    answer.replaceChildren(answerView(outcome));
    return;
  }
  status.textContent = '';
  const { place } = outcome;
  const offset = place === null ? null : writtenOffset(statement, offsetOf(statement.text, place));
  answer.replaceChildren(failureView(outcome, written, offset, () => goTo(offset ?? 0)));
}

/** Selects the word at an offset, so that typing replaces it. */
function goTo(offset: number): void {
  sql.focus();
  sql.setSelectionRange(offset, wordEnd(sql.value, offset));
}

/** Puts a name at the cursor, a blank apart from the word before. */
function insertName(name: string): void {
  const { selectionStart, selectionEnd, value } = sql;
  const gap = /[\w"')]$/.test(value.slice(0, selectionStart)) ? ' ' : '';
  replaceText(sql, gap + name, selectionStart, selectionEnd);
}

async function showTables(): Promise<void> {
  try {
    const list = await fetchTables();
    tables.replaceChildren(catalogView(list, { insert: insertName, run: runText }));
    suggest(list);
  } catch (error) {
    const message = `The list of tables did not come: ${errorMessage(error)}`;
    tables.replaceChildren(element('p', 'muted', message));
  }
}

/** Offers the samples when their table is there, and a first statement when there is none yet. */
function suggest(list: readonly TableSchema[]): void {
  const hasSamples = list.some(({ name }) => name === SAMPLE_TABLE);
  samples.hidden = !hasSamples;
  const [first] = list;
  if (sql.value !== '' || first === undefined) return;
  const sample = hasSamples ? SAMPLES[0]?.sql : undefined;
  sql.value = sample ?? `SELECT * FROM ${nameInSql(first.name)} LIMIT 10`;
}
