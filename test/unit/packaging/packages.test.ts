/** What is given to hosts: the same bytes from the same sources, what belongs in it and nothing else, and it runs. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERSION } from '../../../src/version.ts';
import { type Ran, ROOT, run, workplace } from './tools.ts';

const place = workplace();
const first = join(place.path, 'first');
const deb = join(first, `afteryou_${VERSION}_all.deb`);
const tarball = join(first, `afteryou-${VERSION}.tgz`);
let made: Ran[];

beforeAll(async () => {
  const epoch = { SOURCE_DATE_EPOCH: '1790000000' };
  const other = { TZ: 'Asia/Kathmandu', LANG: 'C.UTF-8', TMPDIR: join(place.path, 'tmp'), HOME: place.path };
  mkdirSync(other.TMPDIR);
  made = await Promise.all([
    run('scripts/package', [first], { env: { ...process.env, ...epoch } }),
    // Elsewhere, in another zone, by somebody with another umask.
    run('sh', ['-c', 'umask 077; exec scripts/package "$1"', 'sh', join(place.path, 'second')], {
      env: { ...process.env, ...epoch, ...other },
    }),
  ]);
}, 120_000);

afterAll(() => {
  place.remove();
});

test('the same sources give the same bytes', () => {
  expect(made.map(({ code }) => code)).toEqual([0, 0]);
  const [one, two] = made.map(({ out }) => out);
  expect(one).toMatch(/^[0-9a-f]{64} {2}afteryou-\S+\.tgz\n[0-9a-f]{64} {2}afteryou_\S+_all\.deb\n$/);
  expect(two).toBe(one);
  for (const name of readdirSync(first)) {
    expect(readFileSync(join(first, name)).equals(readFileSync(join(place.path, 'second', name)))).toBe(true);
  }
});

describe('the tarball', () => {
  test('has the bundle, its manuals and its papers, and needs nothing else', async () => {
    const { out } = await run('tar', ['-tzf', tarball]);
    const names = out
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''));
    expect(names.toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'THIRD-PARTY.txt',
      'dist/afteryou.js',
      'man/afteryou.8',
      'man/afteryou.yaml.5',
      'package.json',
    ]);
    const manifest = JSON.parse((await run('tar', ['-xzOf', tarball, 'package/package.json'])).out);
    expect(manifest).toMatchObject({
      version: VERSION,
      engines: { node: '>=18.19' },
      bin: { afteryou: 'dist/afteryou.js' },
    });
    for (const key of ['dependencies', 'devDependencies', 'scripts'])
      expect(manifest).not.toHaveProperty(key);
  });

  test('has a program in ASCII, of which V8 keeps one byte a character and not two', async () => {
    const { out } = await run('tar', ['-xzOf', tarball, 'package/dist/afteryou.js']);
    expect(out.length).toBeGreaterThan(1_000_000);
    expect(/[\u0080-\uffff]/.exec(out)).toBeNull();
  });

  test('runs', async () => {
    const directory = join(place.path, 'unpacked');
    mkdirSync(directory);
    await run('tar', ['-xzf', tarball, '-C', directory]);
    const { code, out } = await run('node', [join(directory, 'package/dist/afteryou.js'), '--version']);
    expect({ code, out }).toEqual({ code: 0, out: `${VERSION}\n` });
  });

  test('brings the licences of all packages in the bundle', async () => {
    const { out } = await run('tar', ['-xzOf', tarball, 'package/THIRD-PARTY.txt']);
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    for (const [name, version] of Object.entries(dependencies))
      expect(out).toContain(`${name} ${String(version)} (`);
  });
});

describe('the Debian package', () => {
  /** Paths in it, with mode and owner. */
  async function contents(): Promise<Map<string, string>> {
    const { out } = await run('dpkg-deb', ['-c', deb]);
    return new Map(
      out
        .trim()
        .split('\n')
        .map((line) => {
          const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/);
          return [path.replace(/^\./, ''), `${mode} ${owner}`] as const;
        }),
    );
  }

  test('puts each thing where it belongs, for root', async () => {
    const paths = await contents();
    for (const path of [
      '/etc/afteryou/afteryou.yaml',
      '/usr/lib/systemd/system/afteryou.service',
      '/usr/lib/systemd/system/afteryou-metrics.service',
      '/usr/lib/systemd/system/afteryou-metrics.timer',
      '/usr/lib/systemd/system/strongswan.service.d/50-afteryou.conf',
      '/usr/share/man/man8/afteryou.8.gz',
      '/usr/share/man/man5/afteryou.yaml.5.gz',
      '/usr/share/bash-completion/completions/afteryou',
      '/usr/share/zsh/vendor-completions/_afteryou',
      '/usr/share/fish/vendor_completions.d/afteryou.fish',
      '/usr/share/doc/afteryou/copyright',
      '/usr/share/doc/afteryou/docs/plots/cold-start.svg',
      '/usr/share/doc/afteryou/examples/afteryou.rules.yml',
      '/usr/share/doc/afteryou/examples/keepalived.conf',
    ]) {
      expect(paths.get(path), path).toBe('-rw-r--r-- root/root');
    }
    for (const program of ['afteryou.mjs', 'afteryou-notify'])
      expect(paths.get(`/usr/lib/afteryou/${program}`), program).toBe('-rwxr-xr-x root/root');
    expect(paths.get('/usr/bin/afteryou')).toBe('lrwxrwxrwx root/root');
    expect(
      [...paths.values()].filter(
        (mode) => !mode.endsWith(' root/root') || /^..(?:.{2}w|.{5}w|.{8}w)/.test(mode.slice(2)),
      ),
    ).toEqual([]);
  });

  test('runs on the Node of the distribution, and looks only as long as nobody says otherwise', async () => {
    const root = join(place.path, 'root');
    await run('dpkg-deb', ['-x', deb, root]);
    const program = readFileSync(join(root, 'usr/lib/afteryou/afteryou.mjs'), 'utf8');
    expect(program.split('\n')[0]).toBe('#!/usr/bin/node');
    const { code, out } = await run('node', [
      join(root, 'usr/lib/afteryou/afteryou.mjs'),
      'check',
      join(root, 'etc/afteryou/afteryou.yaml'),
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/no problems; 1 service in 1 file/);
    expect(readFileSync(join(root, 'etc/afteryou/afteryou.yaml'), 'utf8')).toMatch(/^mode: observe$/m);
  });

  test('knows what it needs and what is the operator’s', async () => {
    const control = join(place.path, 'control');
    await run('dpkg-deb', ['-e', deb, control]);
    const text = readFileSync(join(control, 'control'), 'utf8');
    expect(text).toMatch(new RegExp(`^Version: ${VERSION}$`, 'm'));
    expect(text).toMatch(/^Depends: nodejs \(>= 18\.19\)/m);
    expect(readFileSync(join(control, 'conffiles'), 'utf8')).toBe('/etc/afteryou/afteryou.yaml\n');
    for (const script of ['postinst', 'prerm', 'postrm']) {
      expect(await run('dash', ['-n', join(control, script)])).toEqual({ code: 0, out: '', err: '' });
    }
  });

  test('is clean for lintian', async () => {
    const { code, out } = await run('lintian', ['--allow-root', '--fail-on', 'error,warning', deb]);
    expect({ code, out }).toEqual({ code: 0, out: '' });
  }, 120_000);
});
