import type { BenchReport, BenchRun } from './report.ts';
import { formatRatio, overallRatio, ratioOf } from './report.ts';

const BAR_HEIGHT = 9;
const BAR_GAP = 2;
const GROUP_GAP = 7;
const LABEL_WIDTH = 190;
const PLOT_WIDTH = 560;
const MARGIN = 16;
const HEADER_HEIGHT = 56;
const VALUE_WIDTH = 56;
const TICKS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000];
/** Distinguishable without red and green, on white and on black. */
const COLORS = ['#4477cc', '#dd8833', '#8866aa'];

/**
 * How many times faster the first engine is than each of the others, hot: a bar for each query and
 * engine on a logarithmic scale, to the right of 1× where it is faster. The picture has no
 * background, and text in a gray that can be read on white and on black.
 */
export function renderChart(report: BenchReport, run: BenchRun): string {
  const [first = '', ...others] = report.engines.map(({ name }) => name);
  const shown = others.filter((other) => overallRatio(run, first, other) !== null);
  const groups = run.queries.map((query) => ({
    label: query.name,
    note: query.outcomes[first]?.problem?.kind ?? '',
    ratios: shown.map((other) => ratioOf(query, first, other)),
  }));
  const means = shown.map((other) => overallRatio(run, first, other));
  groups.push({ label: 'geometric mean', note: '', ratios: means });
  const ratios = groups.flatMap((group) => group.ratios.filter((ratio) => ratio !== null));
  const least = Math.max(...TICKS.filter((tick) => tick <= Math.min(1, ...ratios)), TICKS[0]!);
  const greatest = Math.min(...TICKS.filter((tick) => tick >= Math.max(3, ...ratios)), 10_000);
  const x = (ratio: number) =>
    LABEL_WIDTH + (PLOT_WIDTH * Math.log(ratio / least)) / Math.log(greatest / least);
  const groupHeight = Math.max(1, shown.length) * (BAR_HEIGHT + BAR_GAP) + GROUP_GAP;
  const bottom = HEADER_HEIGHT + groups.length * groupHeight;
  const width = LABEL_WIDTH + PLOT_WIDTH + VALUE_WIDTH;
  const title =
    `${report.suite}, ${report.rowCount.toLocaleString('en')} rows, ${run.threads} thread(s): ` +
    `how many times faster ${first} is`;
  const parts = [
    text(MARGIN, 20, title, 'start', 'font-weight="bold"'),
    ...shown.map((name, index) => legend(index, name)),
    ...TICKS.filter((tick) => tick >= least && tick <= greatest).map((tick) =>
      gridLine(x(tick), tick, bottom),
    ),
    ...groups.map((group, index) => {
      const top = HEADER_HEIGHT + index * groupHeight;
      return bars(group, top, groupHeight - GROUP_GAP, x);
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + MARGIN}" \
width="${width}" height="${bottom + MARGIN}" font-family="sans-serif" font-size="11" fill="#7a7f87">
<title>${escapeText(title)}</title>
${parts.join('\n')}
</svg>
`;
}

interface Group {
  readonly label: string;
  readonly note: string;
  readonly ratios: readonly (number | null)[];
}

function bars(
  { label, note, ratios }: Group,
  top: number,
  height: number,
  x: (r: number) => number,
) {
  const middle = top + height / 2 + 3;
  const lines = [text(LABEL_WIDTH - 60, middle, label, 'end')];
  if (note !== '') lines.push(text(x(1) + 4, middle, note));
  for (const [index, ratio] of ratios.entries()) {
    if (ratio === null) continue;
    const y = top + index * (BAR_HEIGHT + BAR_GAP);
    const [left, right] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))];
    lines.push(
      `<rect x="${left.toFixed(1)}" y="${y}" width="${Math.max(1, right - left).toFixed(1)}" ` +
        `height="${BAR_HEIGHT}" fill="${COLORS[index % COLORS.length]}"/>`,
      ratio < 1
        ? text(left - 3, y + 8, formatRatio(ratio), 'end', 'font-size="9"')
        : text(right + 3, y + 8, formatRatio(ratio), 'start', 'font-size="9"'),
    );
  }
  return lines.join('\n');
}

function gridLine(x: number, tick: number, bottom: number): string {
  const at = x.toFixed(1);
  const opacity = tick === 1 ? 0.9 : 0.25;
  return (
    `<line x1="${at}" x2="${at}" y1="${HEADER_HEIGHT - 6}" y2="${bottom}" stroke="#7a7f87" ` +
    `stroke-opacity="${opacity}"/>\n${text(x, HEADER_HEIGHT - 10, `${tick}×`, 'middle')}`
  );
}

function legend(index: number, name: string): string {
  const x = MARGIN + index * 120;
  return (
    `<rect x="${x}" y="28" width="10" height="10" fill="${COLORS[index % COLORS.length]}"/>\n` +
    text(x + 14, 37, `than ${name}`)
  );
}

function text(x: number, y: number, content: string, anchor = 'start', more = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" ${more}>${escapeText(content)}</text>`;
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
