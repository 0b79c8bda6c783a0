import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { replayVectors, VECTOR_FILES } from './vectors.ts';
test('x', () => {
  const out: string[] = [];
  for (const file of VECTOR_FILES) {
    const cases = replayVectors(file, JSON.parse(readFileSync(new URL(`../../e2e/recorded/api/${file}.json`, import.meta.url), 'utf8')));
    const scope = cases.filter((c) => c.inScope);
    out.push(`${file}: ${cases.length} cases, ${scope.length} in scope, ${scope.filter((c) => c.equal).length} equal`);
    for (const c of scope)
      if (!c.equal) {
        out.push(`  ${c.name}`);
        for (const d of c.differences.slice(0, 5))
          out.push(
            `     ${d.path}\n        R ${JSON.stringify(d.recorded)?.slice(0, 400)}\n        O ${JSON.stringify(d.ours)?.slice(0, 400)}`,
          );
      }
  }
  writeFileSync('/tmp/par.txt', out.join('\n') + '\n');
});
