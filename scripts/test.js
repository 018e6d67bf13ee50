/**
 * `npm test [-- vitest arguments]`: the whole gate. Packages, dist/, then format and lint, types,
 * dead code, and all tests. Ends with one plain line: `N passed, N failed[, N skipped]`, in which
 * each of the first three counts as one test.
 *
 * With CI=true or NYALA_REQUIRE_PEERS=1 a test whose peer is missing fails instead of being skipped.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './compile.js';
import { installedCommand, root, run, runBeside, say, setup } from './setup.js';

const REPORT_FILE = 'dist/test-report.json';

const GATES = [
  { name: 'biome', does: 'format and lint', args: ['check', '.'] },
  { name: 'tsc', does: 'types', args: ['--noEmit'] },
  { name: 'knip', does: 'dead code', args: ['--no-progress'] },
];

setup();
const total = { passed: 0, failed: 0, skipped: 0 };
const built = compile();
await runGates();
if (built) add(runTests(process.argv.slice(2)));
else total.failed += 1;

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
say(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function runGates() {
  const results = await Promise.all(
    GATES.map((gate) => runBeside(installedCommand(gate.name), gate.args)),
  );
  for (const [index, { ok, output }] of results.entries()) {
    const { name, does } = GATES[index];
    if (!ok) say(output.trimEnd());
    say(`${name} (${does}): ${ok ? 'passed' : 'FAILED'}`);
    add({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
  }
}

function runTests(extraArgs) {
  const reportPath = join(root, REPORT_FILE);
  mkdirSync(join(root, 'dist'), { recursive: true });
  rmSync(reportPath, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT_FILE}`];
  const { ok } = run(installedCommand('vitest'), ['run', ...reporters, ...extraArgs]);
  if (!existsSync(reportPath)) {
    say('vitest: ended without a report');
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const counts = countTests(JSON.parse(readFileSync(reportPath, 'utf8')));
  if (!ok && counts.failed === 0) {
    say('vitest: an error outside any test, see above');
    counts.failed = 1;
  }
  return counts;
}

/** A file that does not even load has no tests in the report: it counts as one failure. */
function countTests(report) {
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((t) => t.status !== 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function add(counts) {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}
