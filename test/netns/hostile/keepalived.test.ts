/**
 * The pair of gateways with a real keepalived at each, by the example that is shipped (packaging/keepalived/keepalived.conf).
 * Needs the package `keepalived`, which `npm run hostile` installs.
 */
import { expect } from 'vitest';

import { allUp } from '../failover/failover.ts';
import { Gateway } from '../failover/gateway.ts';
import { Keepalived } from '../failover/keepalived.ts';
import { watchForTwo } from '../failover/watch.ts';
import { connectionOfPeer } from '../lab/connection.ts';
import { scenario } from '../lab/scenario.ts';
import { releaseAddress, setPlugged, standbyOf } from '../lab/standby.ts';
import { within } from '../lab/wait.ts';

const PEERS = 10;
const CHARON = { retransmit_tries: 6 };
const SERVICE = { 'responder-mode-duration': 2, 'initiator-mode-duration': 10 };
/** Three advertisements a second apart, a script that fails twice, and the commands themselves. */
const SPOKEN_WITHIN_MS = 20_000;

scenario(
  'failover-keepalived',
  'Real keepalived: the plug is pulled and put in again, afteryou and charon die and come back, keepalived is stopped. Each time the gateway that has the address has all tunnels, and the other starts nothing.',
  async (lab) => {
    const standbyHost = await standbyOf(lab);
    const sun = await lab.charon(lab.sun, { settings: { ...CHARON, dos_protection: false } });
    await sun.load(
      lab.peers.map((peer) => connectionOfPeer(lab.moon, peer, { settings: { dpd_delay: '8s' } })),
    );
    await releaseAddress(lab.moon);
    const moon = await Gateway.start(lab, lab.moon, CHARON, SERVICE);
    const standby = await Gateway.start(lab, standbyHost, CHARON, SERVICE);
    const watch = watchForTwo([moon.charon, standby.charon], sun);
    expect([await moon.states(), await standby.states()]).toEqual([{ paused: PEERS }, { paused: PEERS }]);

    const atMoon = await Keepalived.start(lab, moon, '192.0.2.11', 150);
    const atStandby = await Keepalived.start(lab, standby, '192.0.2.12', 100);
    await allUp(moon, sun, PEERS);
    expect([await standby.states(), await standby.initiations()]).toEqual([{ paused: PEERS }, 0]);

    await setPlugged(moon.host, false);
    await untilPaused(moon);
    await allUp(standby, sun, PEERS);

    await setPlugged(moon.host, true);
    await atMoon.reach();
    await untilPaused(standby);
    await allUp(moon, sun, PEERS);

    // The address leaves a gateway whose afteryou, or whose charon, doesn't answer.
    await moon.daemon.kill();
    await allUp(standby, sun, PEERS);
    await moon.daemon.start();
    await untilPaused(standby);
    await allUp(moon, sun, PEERS);
    await moon.charon.kill();
    await allUp(standby, sun, PEERS);
    await moon.charon.start();
    await moon.charon.loadAgain();
    await untilPaused(standby);
    await allUp(moon, sun, PEERS);

    await atStandby.stop();
    await atMoon.stop();
    await untilPaused(moon);
    expect(await moon.charon.sas()).toHaveLength(PEERS);
    const { twice, most } = await watch.stop();
    expect({ twice, most }).toEqual({ twice: [], most: PEERS });
  },
  { manyPeers: PEERS, timeoutMs: 300_000 },
);

async function untilPaused(gateway: Gateway): Promise<void> {
  await within(SPOKEN_WITHIN_MS, `${gateway.host.label} is paused`, async (saw) => {
    return saw(await gateway.states())['paused'] === PEERS;
  });
}
