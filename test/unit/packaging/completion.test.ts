/** Completion in real shells, of the bundle, with the names of peers from a daemon. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlServer } from '../../../src/control/server.ts';
import { FakeDaemon } from '../control/fake-daemon.ts';
import { run, workplace } from './tools.ts';

const place = workplace();
const env = { ...process.env, PATH: `${place.path}:${process.env['PATH']}`, HOME: place.path, NO_COLOR: '1' };
let server: ControlServer;

beforeAll(async () => {
  server = await ControlServer.listen({ path: join(place.path, 'control.sock'), api: new FakeDaemon() });
  const bundle = join(place.path, 'bundle.mjs');
  await run('node', ['scripts/build.mjs', bundle]);
  writeFileSync(
    join(place.path, 'config.yaml'),
    `version: 1\ncontrol: { socket: ${join(place.path, 'control.sock')} }\n`,
  );
  const program = join(place.path, 'afteryou');
  writeFileSync(
    program,
    `#!/bin/sh\nexec "${process.execPath}" ${bundle} -c ${place.path}/config.yaml "$@"\n`,
  );
  chmodSync(program, 0o755);
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { out } = await run(program, ['completion', shell], { env });
    writeFileSync(join(place.path, shell), out);
  }
});

afterAll(async () => {
  await server.close();
  place.remove();
});

const PEERS = ['192.0.2.10', '2001:db8::beef', '198.51.100.0/24'];
const SERVICES = ['wsg1', 'branches'];

/** What a shell may offer for a line that ends at the cursor. */
const CASES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['afteryou stat', ['status']],
  ['afteryou status ', PEERS],
  ['afteryou explain 192', ['192.0.2.10']],
  ['afteryou explain 2001:db8', ['2001:db8::beef']],
  ['afteryou -o json wait --up 19', ['192.0.2.10', '198.51.100.0/24']],
  ['afteryou pause --service ', SERVICES],
  ['afteryou -o ', ['text', 'json']],
  ['afteryou wait --t', ['--timeout']],
  ['afteryou completion f', ['fish']],
];

test('the names that scripts ask for; nothing when no daemon answers', async () => {
  const program = join(place.path, 'afteryou');
  expect((await run(program, ['completion', 'peers'], { env })).out.trim().split('\n')).toEqual(PEERS);
  expect((await run(program, ['completion', 'services'], { env })).out.trim().split('\n')).toEqual(SERVICES);
  writeFileSync(join(place.path, 'none.yaml'), 'version: 1\ncontrol: { socket: /nowhere/control.sock }\n');
  expect(await run(program, ['-c', join(place.path, 'none.yaml'), 'completion', 'peers'], { env })).toEqual({
    code: 0,
    out: '',
    err: '',
  });
});

describe('bash', () => {
  const SCRIPT = `
    source "$1"
    COMP_LINE=$2 COMP_POINT=\${#2} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
    _afteryou
    printf '%s\\n' "\${COMPREPLY[@]}"`;

  test.each(CASES)('%j', async (line, offered) => {
    const { out, err } = await run('bash', ['-c', SCRIPT, 'bash', join(place.path, 'bash'), line], { env });
    // bash itself puts what is left of the last colon in front again.
    const colon = /:/.test(line) ? line.slice(line.lastIndexOf(' ') + 1, line.lastIndexOf(':') + 1) : '';
    expect(out.trim().split('\n')).toEqual(offered.map((one) => one.slice(colon.length)));
    expect(err).toBe('');
  });

  test('is registered, and leaves files to bash', async () => {
    const { out } = await run('bash', ['-c', `source ${join(place.path, 'bash')}; complete -p afteryou`], {
      env,
    });
    expect(out).toBe('complete -o default -F _afteryou afteryou\n');
  });
});

describe('fish', () => {
  test.each(CASES)('%j', async (line, offered) => {
    const { out, err } = await run(
      'fish',
      ['--no-config', '-c', `source ${join(place.path, 'fish')}; complete -C "${line}"`],
      {
        env,
      },
    );
    const words = out
      .trim()
      .split('\n')
      .map((one) => one.split('\t')[0] ?? '');
    expect(words.toSorted()).toEqual(offered.toSorted());
    expect(err).toBe('');
  });
});

/**
 * zsh completes on a terminal only, so it gets one; `compadd`, through which all that it offers goes, also writes into a file.
 * One zsh for all lines: starting its completion takes a second.
 */
const ZSH = `
  zmodload zsh/zpty
  out=$2
  : >$out
  # Reads what the other prints, or it would stop, until the file has so many lines of this text.
  await() {
    local tries junk
    for ((tries = 0; tries < 1000; tries++)) {
      [ $(grep -cx $1 $out) -ge $2 ] && return
      zpty -r -t z junk
      sleep 0.02
    }
    exit 1
  }
  zpty z 'TERM=dumb zsh -f -i'
  zpty -w z "PS1= RPS1=; autoload -Uz compinit && compinit -D -u && source $1"
  zpty -w z "compadd() { local -a hits; builtin compadd -O hits \\"\\$@\\"; print -rl -- \\$hits >>$out; builtin compadd \\"\\$@\\" }"
  zpty -w z "told() { print ready >>$out }; bindkey '^I' complete-word; print begin >>$out"
  await begin 1
  number=0
  for line in "\${@:3}"; do
    # Completion forgets the functions that it has called.
    zpty -w z "comppostfuncs=(told); print next >>$out"
    await next $((++number))
    zpty -w -n z "$line"$'\t'
    await ready $number
    zpty -w -n z $'\x15'
  done
  zpty -d z`;

test('zsh', async () => {
  const file = join(place.path, 'offered');
  const lines = CASES.map(([line]) => line);
  const { code } = await run('zsh', ['-f', '-c', ZSH, 'zsh', join(place.path, 'zsh'), file, ...lines], {
    env,
  });
  expect(code).toBe(0);
  const [, ...answers] = readFileSync(file, 'utf8').split('\nnext\n');
  const offered = answers.map((text) =>
    [...new Set(text.split('\n'))].filter((word) => word !== '' && word !== 'ready'),
  );
  expect(lines.map((line, index) => [line, offered[index]?.toSorted()])).toEqual(
    CASES.map(([line, words]) => [line, words.toSorted()]),
  );
}, 60_000);
