/** The pair of gateways of ../failover.test.ts with a hundred peers. */
import { failover } from '../failover/failover.ts';
import { scenario } from '../lab/scenario.ts';

scenario(
  'failover-100',
  'A hundred peers. The master is restarted, hands over and back at once, dies, comes back as standby, takes over again: all up each time, adopted or called, and never two.',
  failover,
  { manyPeers: 100, timeoutMs: 600_000 },
);
