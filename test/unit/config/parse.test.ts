import { describe, expect, it } from 'vitest';
import { formatIssues } from '../../../src/config/issues.ts';
import { parse, problemsOf, serviceText, wrong } from './helpers.ts';

describe('the top of the file', () => {
  it('has defaults for all but the version', () => {
    const { config, files, origins } = parse('version: 1\n');
    const { warnings, ...rest } = config;
    expect(rest).toEqual({
      version: 1,
      charon: { socket: '/run/charon.vici', reconcileIntervalMs: 30_000 },
      control: { socket: '/run/afteryou/control.sock' },
      state: { file: '/var/lib/afteryou/state.msgpack' },
      limits: { maxInitiationsPerSecond: 100, maxHalfOpen: 500, peersPerList: 1_000 },
      mode: 'active',
      initial: 'running',
      strictCisco: false,
      laboratory: false,
      log: { level: 'info', format: null },
      metrics: { listen: null, ipsecExporter: false },
      peerLists: new Map(),
      services: [],
    });
    expect(warnings.map(({ code }) => code)).toEqual(['unused']);
    expect(files).toEqual(['afteryou.yaml']);
    expect([...origins]).toEqual([['version', { file: 'afteryou.yaml', line: 1, column: 1 }]]);
  });

  it('takes all its keys', () => {
    const { config } = parse(
      [
        'version: 1',
        'mode: observe',
        'initial: paused',
        'strict-cisco: true',
        'charon: { socket: unix:///run/other.vici }',
        'control: { socket: /run/x.sock }',
        'state: { file: /var/lib/x }',
        'log: { level: debug, format: json }',
      ].join('\n'),
    );
    expect(config).toMatchObject({
      mode: 'observe',
      initial: 'paused',
      strictCisco: true,
      charon: { socket: '/run/other.vici' },
      control: { socket: '/run/x.sock' },
      state: { file: '/var/lib/x' },
      log: { level: 'debug', format: 'json' },
    });
  });

  it.each(['yes', 'x'])('refuses strict-cisco: %s', (value) => {
    expect(wrong(`version: 1\nstrict-cisco: ${value}`)).toEqual([
      `not-one-of: strict-cisco: '${value}' is neither true nor false`,
    ]);
  });

  it.each(['', 'services: {}', 'version: 2', 'version: "01"', 'version:', 'version: [1]'])(
    '%j has no version that we know',
    (text) => {
      expect(wrong(text)).toHaveLength(1);
    },
  );

  it('is a map', () => {
    expect(wrong('- 1')).toContain('wrong-type: the file is not a map of keys');
  });

  it('may leave sections empty, but no value', () => {
    expect(parse('version: 1\ncharon:\nlog:\nservices:\npeer-lists:\n').config.services).toEqual([]);
    expect(wrong('version: 1\nmode:\n')).toEqual(["missing-key: 'mode' has no value"]);
    expect(wrong('version: 1\nmode: ""\n')).toEqual(["not-one-of: '' is not possible for 'mode'"]);
  });

  it('takes a socket path of 107 bytes and no longer one', () => {
    const socket = (bytes: number) => `version: 1\ncontrol: { socket: /${'x'.repeat(bytes - 1)} }\n`;
    expect(parse(socket(107)).config.control.socket).toHaveLength(107);
    expect(wrong(socket(108))).toEqual(['bad-path: socket: a path of 108 bytes']);
    expect(wrong('version: 1\ncontrol: { socket: run/x }\n')).toEqual([
      "bad-path: socket: 'run/x' is not an absolute path",
    ]);
    expect(wrong('version: 1\ncontrol: { socket: "/x\\0" }\n')).toHaveLength(1);
    expect(wrong('version: 1\ncharon: { socket: "tcp://127.0.0.1:4502" }\n')).toHaveLength(1);
  });

  it('takes a file path of 4,095 bytes and no longer one', () => {
    const file = (bytes: number) => `version: 1\nstate: { file: /${'x'.repeat(bytes - 1)} }\n`;
    expect(parse(file(4_095)).config.state.file).toHaveLength(4_095);
    expect(wrong(file(4_096))).toEqual(['bad-path: file: a path of 4096 bytes']);
  });
});

describe('several files', () => {
  const MAIN = 'version: 1\nsettings:\n'.replace(
    'settings:\n',
    'limits: { max-half-open: 5, peers-per-list: 7 }\nservices: { a: { connections: a } }\n',
  );

  it('add up services and lists, in their order', () => {
    const { config, files } = parse(
      MAIN,
      'services: { c: { connections: c } }',
      'services: { b: { peer-list: l } }\npeer-lists: { l: { family: ipv4, addresses: [] } }',
    );
    expect(config.services.map(({ name }) => name)).toEqual(['a', 'c', 'b']);
    expect(config.peerLists.size).toBe(1);
    expect(files).toEqual(['afteryou.yaml', 'conf.d/1.yaml', 'conf.d/2.yaml']);
  });

  it('override single values, the later the stronger', () => {
    const { config, origins } = parse(
      MAIN,
      'limits: { max-half-open: 6 }\nmode: observe',
      'version: 1\nmode: active',
    );
    expect(config.limits).toMatchObject({ maxHalfOpen: 6, peersPerList: 7 });
    expect(config.mode).toBe('active');
    expect(origins.get('limits.max-half-open')).toEqual({ file: 'conf.d/1.yaml', line: 1, column: 11 });
    expect(origins.get('limits.peers-per-list')).toMatchObject({ file: 'afteryou.yaml' });
    expect(origins.get('mode')).toMatchObject({ file: 'conf.d/2.yaml' });
  });

  it('may be empty, or have empty sections that take nothing away', () => {
    expect(parse(MAIN, '', 'services:\nlimits:\n').config).toMatchObject({
      limits: { maxHalfOpen: 5 },
      services: [{ name: 'a' }],
    });
    expect(parse('version: 1\nservices:\n', 'services: { a: }').config.services).toHaveLength(1);
  });

  it('may not define a service or a list twice', () => {
    expect(problemsOf(MAIN, '\nservices: { a: { connections: b } }')).toEqual([
      {
        file: 'conf.d/1.yaml',
        line: 2,
        column: 13,
        path: 'services.a',
        code: 'duplicate',
        message: "service 'a' is defined twice; the first is at afteryou.yaml:3",
        remedy: 'Rename or remove one of the two.',
      },
    ]);
    const list = 'peer-lists: { l: { family: ipv4, addresses: [] } }';
    expect(wrong(MAIN, list, list)).toEqual([
      "duplicate: peer list 'l' is defined twice; the first is at conf.d/1.yaml:1",
    ]);
  });

  it('are told of together, in their order', () => {
    const shown = formatIssues(
      problemsOf('version: 1\nmode: x', 'initial: x\nlog: { level: x }', 'strict-cisco: x'),
    );
    expect(shown.match(/^\S+/gm)).toEqual([
      'afteryou.yaml:2:7:',
      'conf.d/1.yaml:1:10:',
      'conf.d/1.yaml:2:15:',
      'conf.d/2.yaml:1:15:',
    ]);
  });

  it('need the version in one of them', () => {
    expect(wrong('services: {}', 'mode: observe')).toEqual(["missing-key: 'version' is missing"]);
    expect(parse('services: {}', 'version: 1').config.version).toBe(1);
  });
});

describe('unknown keys', () => {
  const remedies = (text: string) => problemsOf(text).map(({ message, remedy }) => `${message}: ${remedy}`);

  it('are answered with the key that was meant', () => {
    expect(remedies(serviceText('setle-hold: 3'))).toEqual([
      "unknown key 'setle-hold': Did you mean 'settle-hold'?",
    ]);
    expect(remedies(serviceText('peers: { a: { polciy: paused } }'))).toEqual([
      "unknown key 'polciy': Did you mean 'policy'?",
    ]);
  });

  it('are sent to where they belong', () => {
    expect(remedies('version: 1\nsettle-hold: 3')).toEqual([
      "unknown key 'settle-hold': It belongs under services.NAME.",
    ]);
    expect(remedies(serviceText('mode: observe'))).toEqual([
      "unknown key 'mode': It belongs at the top of the file.",
    ]);
    expect(remedies(serviceText('reconcile-interval: 30'))).toEqual([
      "unknown key 'reconcile-interval': It belongs under charon.",
    ]);
    expect(remedies(serviceText('peers: { a: { bind: 192.0.2.1 } }'))).toEqual([
      "unknown key 'bind': It belongs under services.NAME.",
    ]);
  });

  it('are answered with all that is possible when nothing is near', () => {
    expect(remedies('version: 1\nlog: { colour: red }')).toEqual([
      "unknown key 'colour': Possible here: level, format.",
    ]);
  });
});

describe('warnings', () => {
  const warnings = (text: string) =>
    parse(text).config.warnings.map(({ code, message, line }) => `${line} ${code}: ${message}`);

  it('are none for the ordinary', () => {
    expect(warnings('version: 1\nservices: { all: { connections: "*" } }')).toEqual([]);
  });

  it('are loud about a laboratory', () => {
    expect(warnings('version: 1\nservices: { all: }\nlaboratory: true')).toEqual([
      '3 laboratory: laboratory: durations may be below their ranges; NOT FOR PRODUCTION',
    ]);
    expect(warnings('version: 1\nservices: { all: }\nlaboratory: false')).toEqual([]);
  });

  it('name lists that no service uses', () => {
    expect(warnings(serviceText('peer-list: l'))).toEqual(["4 unused: no service uses peer list 'six'"]);
  });

  it('name flags without effect', () => {
    const of = (...lines: string[]) =>
      warnings(`version: 1\nservices:\n  s:\n${lines.map((line) => `    ${line}\n`).join('')}`);
    expect(of('enforce: true', 'no-rekey: true')).toEqual([
      '4 unused: enforce has no effect: it needs policy: responder-only',
      '5 unused: no-rekey has no effect: it needs policy: responder-only',
    ]);
    expect(of('peers: { a: { enforce: true } }')).toHaveLength(1);
    expect(of('policy: responder-only', 'enforce: true', 'no-rekey: true')).toEqual([]);
    expect(of('enforce: true', 'peers: { a: { policy: responder-only } }')).toEqual([]);
    expect(of('policy: responder-only', 'peers: { a: { enforce: true } }')).toEqual([]);
    expect(of('enforce: false')).toEqual([]);
  });

  it('name the risk of collision: immediate', () => {
    expect(warnings('version: 1\nservices: { s: { collision: immediate } }')).toEqual([
      '2 risky: collision: immediate can leave an IKE_SA at the peer that is gone here',
    ]);
    expect(warnings('version: 1\nservices: { s: { peers: { a: { collision: immediate } } } }')).toHaveLength(
      1,
    );
  });
});
