/** A bug report has what helps and no secret, wherever one was planted. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeCharon } from '../../helpers/fake-charon.ts';
import { temporaryDirectory } from '../control/places.ts';
import { run, withDaemon } from './terminal.ts';

const SECRETS = {
  comment: 'Comment-hunter2',
  unknownKey: 'Unknown-hunter2',
  knownKey: '-----BEGIN PRIVATE KEY-----Known-hunter2',
  unknownList: 'List-hunter2',
  dropIn: 'DropIn-hunter2',
  vici: 'Vici-hunter2',
  viciHex: '0x68756e7465723268756e746572',
  bytes: 'Bytes-hunter2',
};

let charon: FakeCharon;

beforeEach(async () => {
  charon = await FakeCharon.start();
  charon
    .on('stats', () => ({ uptime: { running: '5 minutes' }, workers: { total: '16' }, plugins: ['vici'] }))
    .onStream('list-conns', 'list-conn', () => [
      {
        'gw-far': {
          local_addrs: ['192.0.2.1'],
          version: 'IKEv2',
          'local-1': { class: 'pre-shared key', id: 'gw', psk: SECRETS.vici, hint: SECRETS.viciHex },
          children: { net: { mode: 'TUNNEL', 'local-ts': ['10.1.0.0/16'] } },
        },
      },
    ])
    .onStream('list-sas', 'list-sa', () => [
      { 'gw-far': { uniqueid: '7', version: '2', state: 'ESTABLISHED', 'remote-host': '192.0.2.2' } },
    ]);
});

afterEach(async () => {
  await charon.stop();
});

function configText(control: string): string {
  return `version: 1
# ${SECRETS.comment}
control: { socket: ${control} }
charon: { socket: ${charon.path} }
state: { file: /nowhere/state }
services: { all: { context: "${SECRETS.knownKey}" } }
`;
}

/** The report of a daemon, a charon and a configuration with these lines at its end. */
async function report(more = '', args: readonly string[] = ['--file', '-']) {
  const { path, configFile, ask } = await withDaemon();
  writeFileSync(configFile, configText(path) + more);
  return { ...(await ask(['bugreport', ...args])), configFile };
}

describe('secrets', () => {
  test('are in no section of it', async () => {
    const first = await report();
    const { out } = await report(`psk: ${SECRETS.unknownKey}\nsecrets: [{ psk: ${SECRETS.unknownList} }]\n`);
    for (const text of [first.out, out]) {
      for (const secret of Object.values(SECRETS)) expect(text).not.toContain(secret);
      expect(text).not.toContain('hunter2');
    }
    // They were looked at, though: each is told to be left out.
    expect(out).toMatch(/"psk": "\(left out\)"/);
    expect(first.out).toMatch(/"context": "\(left out\)"/);
    expect(first.out).toContain('psk = (left out)');
    expect(first.out).toContain('hint = (left out)');
    expect(out).toContain("unknown key 'psk'");
  });

  test('are in no file of conf.d, nor in one that is no YAML', async () => {
    const { configFile, ask, path } = await withDaemon();
    writeFileSync(configFile, configText(path));
    const dropIns = join(dirname(configFile), 'conf.d');
    mkdirSync(dropIns);
    writeFileSync(join(dropIns, '10.yaml'), `password: ${SECRETS.dropIn}\n`);
    writeFileSync(join(dropIns, '20.yaml'), `services: { x: [ ${SECRETS.dropIn}\n`);
    const { out } = await ask(['bugreport', '--file', '-']);
    expect(out).not.toContain('hunter2');
    expect(out).toContain('20.yaml: is no YAML, and so not told');
  });

  test('that charon gives as bytes are counted, not told', async () => {
    charon.onStream('list-sas', 'list-sa', () => [
      { x: { uniqueid: '7', state: 'ESTABLISHED', blob: Buffer.from(`\xff${SECRETS.bytes}`, 'latin1') } },
    ]);
    const { out } = await report();
    expect(out).not.toContain('hunter2');
    expect(out).toContain(`blob = (${SECRETS.bytes.length + 1} bytes)`);
  });
});

test('has versions, configuration, status, events, metrics and charon’s view', async () => {
  const { code, out } = await report();
  expect(code).toBe(0);
  expect([...out.matchAll(/^==== (.*) ====$/gm)].map(([, heading]) => heading)).toEqual([
    'versions',
    'configuration',
    'status',
    'latest events',
    'metrics',
    'state file',
    'charon',
  ]);
  for (const text of [
    `"node": "${process.version}"`,
    `"socket": "${charon.path}"`,
    '"peer": "192.0.2.10"',
    '"rule":"R2"',
    'afteryou_vici_connected 1',
    'fake-charon 5.9.8',
    'plugins = vici',
    '  gw-far:',
    '    local_addrs = 192.0.2.1',
    '      class = pre-shared key',
    '    remote-host = 192.0.2.2',
    "can't be had: ENOENT",
  ]) {
    expect(out).toContain(text);
  }
});

test('what cannot be had is said in its place, and the rest follows', async () => {
  await charon.stop();
  const configFile = join(temporaryDirectory(), 'afteryou.yaml');
  writeFileSync(configFile, configText('/nowhere/control.sock'));
  const { code, out } = await run(['bugreport', '--file', '-', '-c', configFile]);
  expect(code).toBe(0);
  expect(out.match(/^can't be had: /gm)).toHaveLength(5);
  expect(out).toContain('no daemon answers on /nowhere/control.sock');
  expect(out).toContain(`"version": "1"`);
});

describe('the file', () => {
  test('is for its owner alone, and where it is is said', async () => {
    const file = join(temporaryDirectory(), 'report.txt');
    const { out } = await report('', ['--file', file]);
    expect(out).toBe(`${file}\n`);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect(readFileSync(file, 'utf8')).toContain('==== charon ====');
  });

  test('never replaces another', async () => {
    const file = join(temporaryDirectory(), 'report.txt');
    writeFileSync(file, 'mine');
    const { code, err } = await report('', ['--file', file]);
    expect(code).toBe(2);
    expect(err).toMatch(/FILE_UNUSABLE/);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('is named after the time', async () => {
    const before = process.cwd();
    process.chdir(temporaryDirectory());
    try {
      const { out } = await report('', []);
      expect(out).toBe('afteryou-bugreport-20260501T120316Z.txt\n');
      expect(existsSync(out.trim())).toBe(true);
    } finally {
      process.chdir(before);
    }
  });
});
