/** The units: hardened, well formed, and tied to charon by order alone. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, run, workplace } from './tools.ts';

const PACKAGING = join(ROOT, 'packaging');
const read = (unit: string) => readFileSync(join(PACKAGING, unit), 'utf8');

/** Values of a setting, in order. */
const valuesOf = (unit: string, key: string) =>
  [...read(unit).matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value);

/** Exposure as systemd counts it, 0 (good) to 10. */
const SCORE_MAX = 1.5;

describe.each(['afteryou.service', 'afteryou-metrics.service'])('%s', (unit) => {
  test(`exposes at most ${SCORE_MAX} of 10`, async () => {
    const { out } = await run('systemd-analyze', [
      'security',
      '--offline=true',
      '--no-pager',
      join(PACKAGING, unit),
    ]);
    const score = /Overall exposure level for \S+: ([\d.]+)/.exec(out)?.[1];
    console.log(`systemd-analyze security ${unit}: ${score}`);
    expect(Number(score)).toBeLessThanOrEqual(SCORE_MAX);
  });

  test('lets Node live: protection keys, and code made at run time', () => {
    expect(valuesOf(unit, 'SystemCallFilter')[0]).toMatch(/@pkey/);
    expect(valuesOf(unit, 'MemoryDenyWriteExecute')).toEqual([]);
  });
});

test('the units are well formed', async () => {
  const units = readdirSync(PACKAGING).filter((name) => /\.(?:service|timer)$/.test(name));
  expect(units).toHaveLength(3);
  const { err } = await run('systemd-analyze', [
    'verify',
    '--man=no',
    ...units.map((unit) => join(PACKAGING, unit)),
  ]);
  // The program itself need not be installed here; and the machine has units of its own.
  const about = err
    .split('\n')
    .filter((line) => line.includes('afteryou') && !line.includes('is not executable'));
  expect(about).toEqual([]);
});

test('with the drop-in for a port it exposes hardly more', async () => {
  const place = workplace();
  try {
    const unit = join(place.path, 'afteryou.service');
    const dropIn = read('afteryou-metrics-port.conf').split('[Service]\n')[1] ?? '';
    writeFileSync(unit, read('afteryou.service').replace('[Install]', `${dropIn}\n[Install]`));
    const { out } = await run('systemd-analyze', ['security', '--offline=true', '--no-pager', unit]);
    const score = /Overall exposure level for \S+: ([\d.]+)/.exec(out)?.[1];
    expect(Number(score)).toBeLessThanOrEqual(SCORE_MAX);
    expect(dropIn).toMatch(/^PrivateNetwork=no$/m);
  } finally {
    place.remove();
  }
});

test('the drop-in for real time asks for the lowest priority, of one thread alone, and is well formed', async () => {
  const place = workplace();
  try {
    const dropIn = readFileSync(join(ROOT, 'ansible/roles/afteryou/files/afteryou-realtime.conf'), 'utf8');
    const settings = dropIn.split('[Service]\n')[1] ?? '';
    expect(settings.split('\n').filter((line) => /^\w/.test(line))).toEqual([
      'CPUSchedulingPolicy=rr',
      'CPUSchedulingPriority=1',
      'CPUSchedulingResetOnFork=yes',
    ]);
    const unit = join(place.path, 'afteryou.service');
    writeFileSync(unit, read('afteryou.service').replace('[Install]', `${settings}\n[Install]`));
    const { err } = await run('systemd-analyze', ['verify', '--man=no', unit]);
    expect(err).not.toMatch(/CPUScheduling|afteryou\.service:\d+/);
  } finally {
    place.remove();
  }
});

describe('afteryou.service', () => {
  const UNIT = 'afteryou.service';

  test('tells systemd itself how it is, through a child, with a watchdog', () => {
    expect(valuesOf(UNIT, 'Type')).toEqual(['notify']);
    expect(valuesOf(UNIT, 'NotifyAccess')).toEqual(['all']);
    expect(Number(valuesOf(UNIT, 'WatchdogSec')[0])).toBeGreaterThanOrEqual(10);
  });

  test('has one pool of memory for all threads', () => {
    expect(valuesOf(UNIT, 'Environment')).toEqual(['MALLOC_ARENA_MAX=1']);
  });

  test('outlives charon: its restart never restarts us', () => {
    for (const key of ['PartOf', 'BindsTo', 'Requires', 'Wants']) expect(valuesOf(UNIT, key)).toEqual([]);
    expect(valuesOf(UNIT, 'After')[0]).toMatch(/strongswan\.service/);
  });

  test('is a user of its own without capabilities, and not tried again with a wrong configuration', () => {
    expect(valuesOf(UNIT, 'User')).toEqual(['afteryou']);
    expect(valuesOf(UNIT, 'CapabilityBoundingSet')).toEqual(['']);
    expect(valuesOf(UNIT, 'RestartPreventExitStatus')).toEqual(['78']);
  });
});
