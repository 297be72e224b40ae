/**
 * Two gateways with one address (VRRP): the standby starts nothing, the master has every tunnel, no peer ever has two.
 * With a hundred peers: hostile/failover.test.ts.
 */
import { failover } from './failover/failover.ts';
import { scenario } from './lab/scenario.ts';

scenario(
  'failover-10',
  'Ten peers. The master is restarted, hands over and back at once, dies, comes back as standby, takes over again: all up each time, adopted or called, and never two.',
  failover,
  { manyPeers: 10, timeoutMs: 300_000 },
);
