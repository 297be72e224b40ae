/**
 * charon dies without a word, and with it every tunnel: each comes back, once, whoever calls first.
 */
import { expect } from 'vitest';

import { statusOf, untilAttached } from '../sidecar/daemon.ts';
import { fault, judge, sized } from './fault.ts';
import { Ground } from './ground.ts';

const PEERS = sized(20, 6);
const KILLS = sized(10, 2);

fault(
  'charon-killed',
  'Killed and started again. Half of the peers call before the sidecar may, which adopts what they have started; the others it calls. One tunnel each.',
  async (lab) => {
    const ground = await Ground.start(lab, {
      isSame: false,
      isPingCounted: false,
      service: { 'responder-mode-duration': 5 },
      charons: {
        charon: { settings: { retransmit_tries: 2, retransmit_timeout: 0.5 } },
        connection: { settings: { dpd_delay: '1s' } },
      },
    });
    const { moon, sun, daemon } = ground;
    const names = lab.peers.map(({ name }) => name);
    const [early, late] = [names.slice(0, PEERS / 2), names.slice(PEERS / 2)];
    for (let kills = 0; kills < KILLS; kills += 1) {
      await moon.restart('SIGKILL');
      // They have found out at once, and have nothing left that a call could be made over.
      for (const ike of early) await sun.terminate({ ike, force: true });
      await ground.theyCall(early);
      await untilAttached(daemon);
      await ground.untilAllUp();
      const { peers } = await statusOf(daemon);
      const roleOf = (name: string) => peers.find(({ peer }) => peer === name)?.role;
      expect(early.map(roleOf)).toEqual(early.map(() => 'responder'));
      expect(late.map(roleOf)).toEqual(late.map(() => 'initiator'));
    }
    const [away] = daemon.grep(/charon is away/);
    expect(away).toBeDefined();
    expect((await statusOf(daemon)).peers.map(({ counters }) => counters.violations)).toEqual(
      names.map(() => 0),
    );
    judge(
      await ground.row({
        done: "SIGKILL of the gateway's charon, and a start",
        times: KILLS,
        saw: `${away?.text}; then ${daemon.grep(/attached to charon/).at(-1)?.text}`,
      }),
    );
  },
  { manyPeers: PEERS },
);
