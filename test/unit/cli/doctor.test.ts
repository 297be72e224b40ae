import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Host, write } from '../doctor/helpers.ts';
import { run } from './terminal.ts';

/** Runs the doctor over the files of a host; paths are left out of what it says. */
async function doctor(host: Partial<Host>, ...more: readonly string[]) {
  const files = write(host, { 'other.conf': 'connections { }\n' });
  const args = [
    'doctor',
    '-c',
    files.configFile,
    '--swanctl',
    files.swanctlFile,
    '--strongswan',
    files.strongswanFile,
  ];
  const ran = await run([
    ...args,
    ...more.map((word) => word.replace('OTHER', join(files.directory, 'other.conf'))),
  ]);
  return {
    ...ran,
    out: ran.out.replaceAll(`${files.directory}/`, '/etc/'),
    err: ran.err.replaceAll(`${files.directory}/`, '/etc/'),
  };
}

describe('doctor', () => {
  test('a clean host is 0', async () => {
    const { code, out, err } = await doctor({}, '--no-charon');
    expect(out).toBe(
      'looked at /etc/afteryou.yaml\nlooked at /etc/swanctl.conf\nlooked at /etc/strongswan.conf\nnot seen: charon, as asked\nnothing found\n',
    );
    expect([code, err]).toEqual([0, '']);
  });

  test('findings are 1, each with what, where, why, and the line to write', async () => {
    const { code, out } = await doctor({ strongswan: 'charon {\n  threads = 4\n}\n' }, '--no-charon');
    await expect(out).toMatchFileSnapshot('golden/doctor.txt');
    expect(code).toBe(1);
  });

  test('as JSON', async () => {
    const { code, out } = await doctor(
      { strongswan: 'charon {\n  retransmit_timeout = 1\n  threads = 4\n}\n' },
      '--no-charon',
      '-o',
      'json',
    );
    expect(JSON.parse(out)).toEqual({
      schema: 1,
      findings: [
        {
          code: 'threads',
          what: 'threads = 4',
          why: expect.stringMatching(/\.$/),
          write: 'threads = 16',
          place: { file: '/etc/strongswan.conf', line: 3, column: 3 },
          subjects: [],
        },
      ],
      seen: ['/etc/afteryou.yaml', '/etc/swanctl.conf', '/etc/strongswan.conf'],
      unseen: ['charon, as asked'],
    });
    expect(code).toBe(1);
  });

  test('a charon that does not answer is a finding', async () => {
    const { code, out } = await doctor({}, '--vici', '/nonexistent/charon.vici');
    expect(out).toMatch(/^no connection to \/nonexistent\/charon\.vici: .* \[charon-silent\]\n/);
    expect(code).toBe(1);
  });

  test('--pair compares two files', async () => {
    expect(await doctor({}, '--pair', 'OTHER')).toMatchObject({
      code: 0,
      out: 'looked at /etc/afteryou.yaml\nlooked at 2 connections of ours, 0 of theirs\nnothing found\n',
    });
    const { code, err } = await doctor({}, '--pair', '/nonexistent/other.conf');
    expect(err).toMatch(/^afteryou: can't read \/nonexistent\/other\.conf: ENOENT.* \(CONFIG_UNREADABLE\)\n/);
    expect(code).toBe(78);
  });
});
