import cliProgress from 'cli-progress';
import type { LoadProgress } from '../ingest/load.ts';
import { countText, durationText, note, print } from './terminal.ts';

/** Shows how far a load is. */
export interface ProgressView {
  update(progress: LoadProgress): void;
  /** Takes the bar away, or does nothing. */
  stop(): void;
}

const LINE_INTERVAL_MS = 5_000;

/** A bar on a terminal, a line every few seconds elsewhere; both on stderr. */
export function showProgress(table: string): ProgressView {
  return process.stderr.isTTY ? progressBar(table) : progressLines(table);
}

/** A JSON object for every step, on stdout. */
export function jsonProgress(): ProgressView {
  return { update: (progress) => print(JSON.stringify(progress)), stop: () => {} };
}

function progressBar(table: string): ProgressView {
  const bar = new cliProgress.SingleBar({
    format: `${table} [{bar}] {percentage}% | {rows} rows | {rate} rows/s | {left} left`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 30,
  });
  let isStarted = false;
  return {
    update: (progress) => {
      const payload = facts(progress);
      if (isStarted) bar.update(progress.bytesRead, payload);
      else bar.start(progress.bytesTotal, progress.bytesRead, payload);
      isStarted = true;
    },
    stop: () => {
      if (isStarted) bar.stop();
    },
  };
}

function progressLines(table: string): ProgressView {
  let nextMs = LINE_INTERVAL_MS;
  return {
    update: (progress) => {
      if (progress.elapsedMs < nextMs) return;
      nextMs = progress.elapsedMs + LINE_INTERVAL_MS;
      const { rows, rate, left } = facts(progress);
      note(`${table}: ${rows} rows read, ${rate} rows/s, ${left} left`);
    },
    stop: () => {},
  };
}

function facts({ rowsRead, bytesRead, bytesTotal, elapsedMs }: LoadProgress) {
  const leftMs = bytesRead === 0 ? 0 : (elapsedMs / bytesRead) * (bytesTotal - bytesRead);
  return {
    rows: countText(rowsRead),
    rate: countText(Math.round((rowsRead / Math.max(1, elapsedMs)) * 1000)),
    left: durationText(Math.max(0, leftMs)),
  };
}
