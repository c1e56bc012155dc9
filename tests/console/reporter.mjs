// Reports node's tests in the words of Cargo's harness, so that `cargo xtask test` counts them with the others.

/** What node adds up itself. */
const OF_NODE = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) \d/;

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

export default async function* report(source) {
  const counts = { passed: 0, failed: 0, ignored: 0 };
  const failures = [];
  for await (const { type, data } of source) {
    if (type === 'test:diagnostic' && !OF_NODE.test(data.message)) {
      yield `     ${data.message}\n`;
    }
    if (type === 'test:stderr' || type === 'test:stdout') {
      yield data.message;
    }
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details?.type === 'suite') {
      continue;
    }
    if (data.skip !== undefined) {
      counts.ignored += 1;
      yield `test ${data.name} ... ignored\n`;
    } else if (type === 'test:pass') {
      counts.passed += 1;
      yield `test ${data.name} ... ok (${seconds(data.details.duration_ms)})\n`;
    } else {
      counts.failed += 1;
      const cause = data.details.error?.cause ?? data.details.error;
      failures.push(`---- ${data.name} ----\n${cause?.stack ?? cause}\n`);
      yield `test ${data.name} ... FAILED (${seconds(data.details.duration_ms)})\n`;
    }
  }
  if (failures.length > 0) {
    yield `\nfailures:\n\n${failures.join('\n')}`;
  }
  const outcome = counts.failed === 0 ? 'ok' : 'FAILED';
  yield `\ntest result: ${outcome}. ${counts.passed} passed; ${counts.failed} failed; ${counts.ignored} ignored\n`;
}
