/** What `afteryou translate` writes is what the doctor would have: no example has a finding that isn't told as unfinished. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plansFromFile } from '../../../src/doctor/connection-plan.ts';
import { examine } from '../../../src/doctor/doctor.ts';
import { readSettings } from '../../../src/doctor/settings-files.ts';
import { SettingsView } from '../../../src/doctor/settings-view.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'config-examples', 'translate');
const outputs = readdirSync(EXAMPLES)
  .map((name) => [name, join(EXAMPLES, name, 'output')] as const)
  .filter(([, output]) => existsSync(join(output, 'swanctl-connections.conf')));

test.each(outputs)('%s', async (_, output) => {
  const swanctlFile = join(output, 'swanctl-connections.conf');
  expect(plansFromFile(SettingsView.of(readSettings(swanctlFile).root))).not.toEqual([]);
  const { findings } = await examine({
    configFile: join(output, 'afteryou.yaml'),
    configGiven: true,
    swanctlFile,
    strongswanFile: '/nonexistent/strongswan.conf',
    viciSocket: null,
    asksCharon: false,
  });
  expect(findings.filter(({ what }) => !what.startsWith('unfinished: '))).toEqual([]);
});

test('there are some', () => {
  expect(outputs.length).toBeGreaterThanOrEqual(12);
});
