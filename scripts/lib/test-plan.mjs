// What `npm test` runs for which arguments, as a list of steps; and how jest's reports are added up.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

const BIN = (name) => join(ROOT, 'node_modules', '.bin', name);
const JEST = ['--experimental-vm-modules', '--no-warnings', join(ROOT, 'node_modules/jest/bin/jest.js')];

/**
 * @param {string[]} args `--unit`, `--e2e`, `--chaos`, `--check` choose steps; `--no-check` leaves the checks out;
 *   the rest (a path pattern, jest's own options) goes to jest, and then only jest runs
 * @param {string} dir where reports are written
 * @returns {{name: string, args: string[], report?: string}[]} arguments for node
 */
export function planTests(args, dir) {
  const chosen = ['check', 'unit', 'e2e', 'chaos'].filter((name) => args.includes(`--${name}`));
  const rest = args.filter((arg) => !/^--(no-)?(check|unit|e2e|chaos)$/.test(arg));
  const wanted = (name) => {
    if (chosen.length > 0) return chosen.includes(name);
    if (rest.length > 0) return name === 'unit' || name === 'e2e';
    return !(name === 'check' && args.includes('--no-check'));
  };
  const jest = (project, ...options) => {
    const report = join(dir, `jest-${project}.json`);
    const output = ['--json', `--outputFile=${report}`, '--passWithNoTests'];
    return {
      name: project,
      args: [...JEST, '--selectProjects', project, ...output, ...options, ...rest],
      report,
    };
  };
  const check = [
    { name: 'format', args: [BIN('prettier'), '--check', '--log-level', 'warn', '.'] },
    { name: 'lint', args: [BIN('oxlint')] },
    { name: 'types', args: [BIN('tsc'), '-p', 'tsconfig.json', '--noEmit'] },
  ];
  const chaos = existsSync(join(ROOT, 'chaos', 'main.ts'))
    ? [{ name: 'chaos', args: ['--enable-source-maps', join(ROOT, 'dist/chaos/main.js'), '--short'] }]
    : [];
  return [
    ...(wanted('check') ? check : []),
    ...(wanted('unit') ? [jest('unit')] : []),
    ...(wanted('e2e') ? [jest('e2e', '--runInBand')] : []),
    ...(wanted('chaos') ? chaos : []),
  ];
}

/**
 * Tests of a jest report; a suite that could not even run counts as one failure.
 * A step without a report (a check, chaos) counts only when it failed.
 */
export function countTests({ report }, exitCode) {
  if (!report || !existsSync(report)) return { passed: 0, failed: exitCode === 0 ? 0 : 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  // Failed without a failed test, for example an open handle that ended jest: it must not look green.
  return { passed: numPassedTests, failed: exitCode !== 0 && failed === 0 ? 1 : failed };
}
