import { describe, expect, test } from 'vitest';
import { isakmpText } from '../../../src/cli/commands/show-text.ts';
import { IKE_SAS, IKE_V1, PEER_LISTS, SERVICES } from '../control/show-reports.ts';
import { withDaemon } from './terminal.ts';

describe('show', () => {
  test.each([
    ['wsg-service all', 'show-wsg-service'],
    ['crypto peer-list', 'show-peer-list'],
    ['crypto isakmp sa', 'show-isakmp'],
    ['crypto isakmp sa detail', 'show-isakmp-detail'],
    ['crypto ikev2 sa', 'show-ikev2'],
    ['crypto ikev2 sa detail', 'show-ikev2-detail'],
  ])('%s', async (words, name) => {
    const { ask } = await withDaemon();
    const { code, out, err } = await ask(['show', ...words.split(' ')]);
    await expect(out).toMatchFileSnapshot(`golden/${name}.txt`);
    expect([code, err]).toEqual([0, '']);
  });

  test('JSON is the report of the daemon, with what was asked for', async () => {
    const { ask } = await withDaemon();
    const json = async (words: string) =>
      JSON.parse((await ask(['show', ...words.split(' '), '-o', 'json'])).out);
    expect(await json('wsg-service all')).toEqual(SERVICES);
    expect((await json('wsg-service name clients')).services).toEqual(SERVICES.services.slice(1));
    expect(await json('crypto peer-list')).toEqual(PEER_LISTS);
    expect((await json('crypto peer-list peer01')).peer_lists).toEqual(PEER_LISTS.peer_lists.slice(0, 1));
    expect(await json('crypto isakmp sa')).toEqual({ schema: 1, ike_sas: IKE_SAS.ike_sas.slice(0, 1) });
    expect(await json('crypto ikev2 sa detail')).toEqual({ schema: 1, ike_sas: IKE_SAS.ike_sas.slice(1) });
  });

  test.each([
    ['wsg-service name none', "there is no service 'none'"],
    ['crypto peer-list none', "there is no peer list 'none'"],
    ['wsg-service', "can't show 'wsg-service'"],
    ['wsg-service name', "can't show 'wsg-service name'"],
    ['wsg-service all more', "can't show 'wsg-service all more'"],
    ['crypto isakmp sa details', "can't show 'crypto isakmp sa details'"],
    ['crypto peer-list a b', "can't show 'crypto peer-list a b'"],
  ])('%s is 2', async (words, message) => {
    const { ask } = await withDaemon();
    const { code, err } = await ask(['show', ...words.split(' ')]);
    expect(err).toContain(`afteryou: ${message} (USAGE)\n`);
    expect(code).toBe(2);
  });

  test('what is not established keeps the word of charon', () => {
    expect(isakmpText([{ ...IKE_V1, state: 'CONNECTING', role: 'initiator', type: 'l2l' }])).toContain(
      '  Type : L2L\n  Role : initiator\n  Rekey : no\n  State : CONNECTING\n',
    );
    expect(isakmpText([])).toBe('no IKEv1 IKE_SAs\n');
  });
});
