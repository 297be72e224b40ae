/**
 * Each rule of "Security Gateway as Initiator" (StarOS SecGW, WSG service), by name: kept as it is, or kept with
 * the difference that we promise. What stands beside it in such a configuration (templates, transform-sets, access
 * lists) is translated, and tested there.
 */
import { describe, expect, test } from 'vitest';
import { withAddress, withoutAddress } from '../../../src/config/edit-peer-list.ts';
import { ConfigError } from '../../../src/config/issues.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';
import { ikeSa } from '../../helpers/fake-policy-charon.ts';
import { parse, problemsOf, service, serviceText, wrong } from '../config/helpers.ts';
import { expectInTranscript, gateway } from './helpers.ts';

const LIST = 'peer-lists: { peer01: { family: ipv4, addresses: [192.0.2.1, 198.51.100.0/24] } }';
const CONNECTIONS = { a: '192.0.2.1', net: '198.51.100.0/24' };
const wsg = (...keys: readonly string[]) =>
  `${LIST}\nservices: { wsg1: { peer-list: peer01${keys.map((key) => `, ${key}`).join('')} } }`;

describe('Cisco: by default a service only answers; with a peer list it also initiates to a peer that stays silent', () => {
  test('a peer of the list that stays silent is called', async () => {
    const { charon, pass } = await gateway(wsg(), CONNECTIONS);
    await pass(9_000);
    expect(charon.askedFor('initiate')).toEqual([]);
    await pass(2_000);
    expect(charon.askedFor('initiate')).toEqual(['initiate a/net']);
  });

  test('that only answers is called policy: responder-only here', async () => {
    const { charon, pass } = await gateway(wsg('policy: responder-only'), CONNECTIONS);
    await pass(600_000);
    expect(charon.askedFor('initiate')).toEqual([]);
  });
});

describe('Cisco: site-to-site only; for remote access the peer is always the initiator', () => {
  test('a remote-access service calls nobody', async () => {
    const { charon, pass, states } = await gateway(
      'services: { rw: { deployment-mode: remote-access } }',
      CONNECTIONS,
    );
    await pass(600_000);
    expect(charon.askedFor('initiate')).toEqual([]);
    expect(states()).toEqual({ a: 'passive', net: 'passive' });
  });

  test('site-to-site is the default', () => {
    expect(service().deploymentMode).toBe('site-to-site');
  });
});

describe('Cisco: the sequence for each peer', () => {
  test('(1) responder mode, by default 10 s, waiting for the peer', () => {
    expect(DEFAULT_SETTINGS.responderModeMs).toBe(10_000);
    expectInTranscript(
      '01-cisco-sequence',
      '0.0  attached',
      'responder-mode (R1',
      '10.0 wake',
      'initiator-mode (R2',
    );
    expectInTranscript('03-peer-calls-in-responder-mode', 'responder-mode (R1', 'up (R5');
  });

  test('(2) then initiator mode, by default 10 s', () => {
    expect(DEFAULT_SETTINGS.initiatorModeMs).toBe(10_000);
    expectInTranscript(
      '01-cisco-sequence',
      '10.0 turn',
      'initiator-mode (R2',
      'initiate net',
      '20.0 wake',
      'responder-mode (R4',
    );
  });

  test('(3) in it the call is retried if nothing comes back', () => {
    // Silence is charon's to retransmit: `afteryou doctor` tells when it does so too slowly (finding retransmission).
    expectInTranscript(
      '05-retry',
      'initiate net',
      '10.1 down 1',
      '12.1 turn',
      'initiate net',
      '14.1 turn',
      'initiate net',
    );
  });

  test('(4) if the peer does not answer or the call fails, back to responder mode', () => {
    expectInTranscript(
      '01-cisco-sequence',
      'responder-mode (R4',
      'terminate 1 (window-over)',
      '30.0 turn',
      'initiator-mode (R2',
      'responder-mode (R4',
    );
    expectInTranscript('06-authentication-fails', 'initiator-mode (R2', 'responder-mode (R4');
  });

  test('(5) once a call is up, no more calls to that peer', async () => {
    expectInTranscript(
      '02-peer-answers',
      'initiate net',
      'up (R5',
      '10.3 turn',
      '60.0 show',
      '> up; no window',
    );
    const { charon, pass, states } = await gateway(wsg(), CONNECTIONS, (made) =>
      made.put('a', ikeSa('7'), '192.0.2.1'),
    );
    await pass(600_000);
    expect(states()['192.0.2.1']).toBe('up');
    expect(charon.askedFor('initiate')).toEqual([]);
  });

  test('(6) if both call at the same time, the peer’s call stays and ours is dropped: after proof, or at once', () => {
    expectInTranscript(
      '14-settling-lower-spi',
      'both ends called',
      "the peer's IKE_SA 2 is up and proven: ours goes",
      'terminate 1 (collision)',
    );
    // `collision: immediate` is the text taken literally.
    expectInTranscript(
      '35-collision-immediate',
      'peer-calls 2',
      'we defer at once',
      'terminate 1 (collision)',
    );
  });
});

describe('Cisco: at most 1,000 peer addresses in a list, enforced when the list is configured', () => {
  const list = (count: number, limits = '') =>
    `version: 1\n${limits}services: { s: { peer-list: l } }\npeer-lists:\n  l:\n    family: ipv4\n    addresses:\n${Array.from({ length: count }, (_, index) => `      - 10.1.${index >> 8}.${index & 255}\n`).join('')}`;

  test('1,000 are accepted', () => {
    expect(parse(list(1_000)).config.peerLists.get('l')?.entries).toHaveLength(1_000);
  });

  test('the 1,001st is refused, at its line, with the way out', () => {
    expect(problemsOf(list(1_001))).toMatchObject([
      {
        line: 1_007,
        message: "peer list 'l' has 1001 addresses, at most 1000 are allowed",
        remedy: 'Split the list, or set limits: { peers-per-list: 1001 }.',
      },
    ]);
  });

  test('only an explicit limit raises it', () => {
    expect(
      parse(list(1_001, 'limits: { peers-per-list: 1001 }\n')).config.peerLists.get('l')?.entries,
    ).toHaveLength(1_001);
  });
});

describe('Cisco: wildcard peer addresses and subnets may be provisioned; they can only answer', () => {
  test.each(['198.51.100.0/24', '198.51.100.1-198.51.100.9', '"%any"', '0.0.0.0'])(
    '%s is passive',
    (address) => {
      const text = `version: 1\npeer-lists: { l: { family: ipv4, addresses: [${address}] } }\nservices: { s: { peer-list: l } }`;
      expect(parse(text).config.peerLists.get('l')?.entries).toMatchObject([{ passive: true }]);
    },
  );

  test('nothing is initiated to one', async () => {
    expectInTranscript('28-passive', '> passive (');
    const { charon, pass, states } = await gateway(wsg(), CONNECTIONS);
    await pass(600_000);
    expect(states()['198.51.100.0/24']).toBe('passive');
    expect(charon.askedFor('initiate').filter((request) => request.includes('net/'))).toEqual([]);
  });
});

describe.each(['responder-mode-duration', 'initiator-mode-duration'])(
  'Cisco: %s is an integer of 5..250 seconds, per service',
  (key) => {
    test.each([5, 250])('%i is accepted', (seconds) => {
      const { settings } = service(`${key}: ${seconds}`);
      expect(key.startsWith('responder') ? settings.responderModeMs : settings.initiatorModeMs).toBe(
        1_000 * seconds,
      );
    });

    test.each(['4', '251'])('%s is refused', (seconds) => {
      expect(problemsOf(serviceText(`${key}: ${seconds}`))).toMatchObject([
        { line: 7, column: key.length + 7, code: 'out-of-range', remedy: 'Write whole seconds, 5..250.' },
      ]);
    });

    test('7.5 is refused', () => {
      expect(wrong(serviceText(`${key}: 7.5`))).toHaveLength(1);
    });

    test('each service has its own', () => {
      const text = `version: 1\nservices: { a: { connections: a, ${key}: 5 }, b: { connections: b, ${key}: 250 } }`;
      const field = key.startsWith('responder') ? 'responderModeMs' : 'initiatorModeMs';
      expect(parse(text).config.services.map(({ settings }) => settings[field])).toEqual([5_000, 250_000]);
    });
  },
);

describe('Cisco: peer_list_name has 1..32 alphanumeric characters', () => {
  const named = (name: string) =>
    `version: 1\nservices: { s: { peer-list: ${name} } }\npeer-lists: { ${name}: { family: ipv4, addresses: [] } }`;

  test.each(['a', '1', 'x'.repeat(32)])('%s is accepted', (name) => {
    expect([...parse(named(name)).config.peerLists.keys()]).toEqual([name]);
  });

  test.each(['x'.repeat(33), 'peer-01', 'peer_01', '"peer 01"'])('%s is refused', (name) => {
    expect(problemsOf(named(name))).toMatchObject([
      {
        code: 'bad-name',
        line: 3,
        remedy: 'Write 1..32 letters and digits; Cisco allows no other characters in names either.',
      },
    ]);
  });
});

describe('Cisco: crypto peer-list { ipv4 | ipv6 }: the addresses have the family of the list', () => {
  test('another family is refused, with the way out', () => {
    const text =
      'version: 1\nservices: { s: { peer-list: l } }\npeer-lists: { l: { family: ipv6, addresses: ["2001:db8::1", 192.0.2.1] } }';
    expect(problemsOf(text)).toMatchObject([
      {
        code: 'wrong-family',
        line: 3,
        message: "'192.0.2.1' is ipv4, but peer list 'l' is ipv6",
        remedy: 'Move it to a list with family: ipv4.',
      },
    ]);
  });

  test('one of the two must be said', () => {
    expect(wrong('version: 1\nservices: { s: {} }\npeer-lists: { l: { addresses: [] } }')).toEqual([
      "missing-key: 'family' is missing",
    ]);
  });
});

describe('Cisco: address peer_address, repeated; no address peer_address', () => {
  const text = 'peer-lists:\n  peer01:\n    family: ipv4\n    addresses:\n      - 192.0.2.1 # moon\n';

  test('afteryou peer-list add, and remove, do so in the file', () => {
    expect(withAddress(text, 'peer01', '192.0.2.2')).toEqual({
      ok: true,
      text: `${text}      - 192.0.2.2\n`,
    });
    expect(withoutAddress(`${text}      - 192.0.2.2\n`, 'peer01', '192.0.2.2', 'ipv4')).toEqual({
      ok: true,
      text,
    });
  });
});

describe('Cisco: peer-list only if the service is site-to-site', () => {
  test('with remote-access it is refused', () => {
    expect(problemsOf(serviceText('deployment-mode: remote-access', 'peer-list: l'))).toMatchObject([
      {
        code: 'contradiction',
        message: "service 's' is remote-access and can't have a peer list: there the peers always call",
        remedy: 'Remove peer-list, or set deployment-mode: site-to-site.',
      },
    ]);
  });

  test('the list must exist', () => {
    expect(wrong(serviceText('peer-list: none'))).toEqual(["unknown-list: there is no peer list 'none'"]);
  });
});

describe('Cisco: the bind address has the family of the list; binding another is refused with an error', () => {
  test('the same family is accepted', () => {
    expect(service('bind: 203.0.113.1', 'peer-list: l').bind).toBe('203.0.113.1');
  });

  test('another is refused', () => {
    expect(problemsOf(serviceText('bind: "2001:db8::2"', 'peer-list: l'))).toMatchObject([
      {
        code: 'wrong-family',
        message: "bind 2001:db8::2 is ipv6, but peer list 'l' is ipv4",
        remedy: 'Bind an address of the family of the list, or name another list.',
      },
    ]);
  });
});

describe('Cisco: no peer-list: the service no longer refers to the list', () => {
  test('the peers of the list go, the tunnels stay', async () => {
    const moved = await gateway(wsg(), CONNECTIONS, (made) => made.put('a', ikeSa('7'), '192.0.2.1'));
    moved.file = `${LIST}\nservices: { wsg1: { connections: none } }`;
    expect(await moved.daemon.reload()).toMatchObject({
      removed: ['wsg1/192.0.2.1', 'wsg1/198.51.100.0/24'],
    });
    expect(moved.charon.askedFor('terminate')).toEqual([]);
    expect(moved.charon.ikeSas).toHaveLength(1);
  });
});

/** Codes and messages of what a reload is refused for. */
async function refusal(reload: Promise<unknown>) {
  const error = await reload.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return error instanceof ConfigError
    ? error.issues.map(({ file, line, code, message, remedy }) => ({ file, line, code, message, remedy }))
    : error;
}

const CHANGED_LIST = LIST.replace('192.0.2.1,', '192.0.2.1, 192.0.2.2,');
const STRICT = 'strict-cisco: true\n';

describe('Cisco: a peer list in use can not be modified while a service refers to it or calls are up', () => {
  test('here it can, by a reload, and no tunnel is touched', async () => {
    const live = await gateway(wsg(), CONNECTIONS, (made) => made.put('a', ikeSa('7'), '192.0.2.1'));
    live.file = wsg().replace(LIST, CHANGED_LIST);
    expect(await live.daemon.reload()).toMatchObject({ added: ['wsg1/192.0.2.2'], unchanged: 2 });
    expect(live.states()['192.0.2.1']).toBe('up');
    expect(live.charon.askedFor('terminate')).toEqual([]);
  });

  test('with strict-cisco it can not, while a service refers to it', async () => {
    const strict = await gateway(STRICT + wsg(), CONNECTIONS);
    strict.file = STRICT + wsg().replace(LIST, CHANGED_LIST);
    expect(await refusal(strict.daemon.reload())).toEqual([
      {
        file: 'afteryou.yaml',
        line: 3,
        code: 'strict-cisco',
        message:
          "peer list 'peer01' can't be changed (192.0.2.2 would come) while service 'wsg1' refers to it",
        remedy:
          "Remove peer-list from service 'wsg1' and reload with --restart-service wsg1; then change the list.",
      },
    ]);
    expect(Object.keys(strict.states())).toEqual(['192.0.2.1', '198.51.100.0/24']);
    expect(strict.daemon.status().config.error).toContain("can't be changed");
  });

  test('with strict-cisco it can not, while a call to one of its peers is up', async () => {
    const unused = `${STRICT}${LIST}\nservices: { wsg1: {} }`;
    const strict = await gateway(unused, CONNECTIONS, (made) => made.put('net', ikeSa('7'), '198.51.100.9'));
    strict.file = unused.replace(LIST, CHANGED_LIST);
    expect(await refusal(strict.daemon.reload())).toMatchObject([
      {
        message:
          "peer list 'peer01' can't be changed (192.0.2.2 would come) while a call to 198.51.100.9 is up",
        remedy: 'Let all calls to its peers go first, then reload again.',
      },
    ]);
    strict.charon.remove('7');
    expect(await refusal(strict.daemon.reload())).toBeNull();
  });

  test('the way out works: remove it from the service, change it, and set it again', async () => {
    const strict = await gateway(STRICT + wsg(), CONNECTIONS);
    const without = (list: string) => `${STRICT}${list}\nservices: { wsg1: {} }`;
    strict.file = without(LIST);
    await strict.daemon.reload(['wsg1']);
    strict.file = without(CHANGED_LIST);
    await strict.daemon.reload();
    strict.file = STRICT + wsg().replace(LIST, CHANGED_LIST);
    await strict.daemon.reload(['wsg1']);
    expect(Object.keys(strict.states())).toEqual(['192.0.2.1', '192.0.2.2', '198.51.100.0/24']);
  });

  test.each([
    ['an address that goes', LIST.replace('192.0.2.1, ', ''), '192.0.2.1 would go'],
    ['a list that goes', '', 'it would go'],
  ])('%s is a modification', async (_, list, change) => {
    const strict = await gateway(`${STRICT}${LIST}\nservices: { wsg1: { peer-list: peer01 } }`, CONNECTIONS);
    strict.file = list === '' ? `${STRICT}services: { wsg1: {} }` : STRICT + wsg().replace(LIST, list);
    expect(JSON.stringify(await refusal(strict.daemon.reload(['wsg1'])))).toContain(`(${change})`);
  });
});

describe('Cisco: any change of a service needs a restart of the service (unbind and bind)', () => {
  test('here a reload is enough', async () => {
    const live = await gateway(wsg(), CONNECTIONS);
    live.file = wsg('initiator-mode-duration: 20');
    expect(await live.daemon.reload()).toMatchObject({ changed: ['wsg1/192.0.2.1', 'wsg1/198.51.100.0/24'] });
  });

  test.each([
    ['initiator-mode-duration: 20', 'initiator-mode-duration'],
    ['context: wsg', 'context'],
    ['bind: 203.0.113.1', 'bind'],
    ['policy: paused', 'policy'],
    ['back-off: { factor: 2 }', 'back-off'],
    ['peers: { 192.0.2.1: { settle-hold: 2 } }', 'peers'],
  ])('with strict-cisco { %s } is refused without a restart, and not with it', async (key, named) => {
    const strict = await gateway(STRICT + wsg(), CONNECTIONS);
    strict.file = STRICT + wsg(key);
    expect(await refusal(strict.daemon.reload())).toMatchObject([
      {
        line: 4,
        message: `service 'wsg1' can't change (${named}) without a restart`,
        remedy: 'Restart it with the reload, as unbind and bind do: afteryou reload --restart-service wsg1.',
      },
    ]);
    expect(await refusal(strict.daemon.reload(['wsg1']))).toBeNull();
  });

  test('a restart begins with responder mode, and touches no tunnel', async () => {
    const connections = { ...CONNECTIONS, b: '192.0.2.2' };
    const text = STRICT + wsg().replace(LIST, CHANGED_LIST);
    const strict = await gateway(text, connections, (made) => made.put('b', ikeSa('7'), '192.0.2.2'));
    await strict.pass(9_000);
    await strict.daemon.reload(['wsg1']);
    await strict.pass(9_000);
    expect(strict.charon.askedFor('initiate')).toEqual([]);
    await strict.pass(2_000);
    expect(strict.charon.askedFor('initiate')).toEqual(['initiate a/net']);
    expect(strict.states()['192.0.2.2']).toBe('up');
    expect(strict.charon.askedFor('terminate')).toEqual([]);
  });

  test('a service that is not there can not be restarted', async () => {
    const strict = await gateway(STRICT + wsg(), CONNECTIONS);
    expect(await refusal(strict.daemon.reload(['wsg2']))).toMatchObject({
      code: 'CONTROL_REFUSED',
      nextStep: "Did you mean 'wsg1'? Nothing was reloaded.",
    });
  });

  test('a service that comes or goes was not running, or ends', async () => {
    const strict = await gateway(STRICT + wsg(), CONNECTIONS);
    strict.file = `${STRICT}${LIST}\nservices: { wsg2: { connections: x } }`;
    expect(await refusal(strict.daemon.reload())).toBeNull();
  });

  test('what runs decides whether it is strict', async () => {
    const strict = await gateway(STRICT + wsg(), CONNECTIONS);
    strict.file = wsg('initiator-mode-duration: 20');
    expect(await refusal(strict.daemon.reload())).toHaveLength(1);
    strict.file = wsg();
    await strict.daemon.reload();
    strict.file = wsg('initiator-mode-duration: 20');
    expect(await refusal(strict.daemon.reload())).toBeNull();
  });
});

describe('Cisco: the deployment mode can not change while a peer list is set', () => {
  const remote = `${LIST}\nservices: { wsg1: { deployment-mode: remote-access } }`;

  test('with strict-cisco the operator is told to remove the peer list first', async () => {
    const strict = await gateway(STRICT + wsg(), CONNECTIONS);
    strict.file = STRICT + remote;
    expect(await refusal(strict.daemon.reload(['wsg1']))).toMatchObject([
      {
        line: 4,
        message: "the deployment mode of service 'wsg1' can't change while peer list 'peer01' is set",
        remedy: 'Remove peer-list first and reload with --restart-service wsg1; then change deployment-mode.',
      },
    ]);
    strict.file = `${STRICT}${LIST}\nservices: { wsg1: {} }`;
    await strict.daemon.reload(['wsg1']);
    strict.file = STRICT + remote;
    expect(await refusal(strict.daemon.reload(['wsg1']))).toBeNull();
  });

  test('here both may go in one reload; together they are refused always', async () => {
    const live = await gateway(wsg(), CONNECTIONS);
    live.file = remote;
    expect(await refusal(live.daemon.reload())).toBeNull();
    live.file = remote.replace('remote-access', 'remote-access, peer-list: peer01');
    expect(await refusal(live.daemon.reload())).toMatchObject([{ code: 'contradiction' }]);
  });
});
