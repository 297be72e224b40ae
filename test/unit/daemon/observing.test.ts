import { expect, test } from 'vitest';
import { createLog } from '../../../src/daemon/log.ts';
import { observing } from '../../../src/daemon/observing.ts';
import { connectionFacts, FakePolicyCharon, ikeSa } from '../../helpers/fake-policy-charon.ts';

test('looks at everything, and tells what it would do instead of doing it', async () => {
  const lines: string[] = [];
  const charon = new FakePolicyCharon();
  charon.connections = [connectionFacts('a', '192.0.2.1')];
  charon.put('a', ikeSa('7'));
  const log = createLog({ level: 'info', format: 'journal', write: (line) => lines.push(line) });
  const observed = observing(charon, log, () => true);
  expect(await observed.listConnections()).toBe(charon.connections);
  expect(await observed.listIkeSas()).toHaveLength(1);
  expect(await observed.listIkeSas('other')).toEqual([]);
  await observed.initiate('a', 'net');
  await observed.initiate('b', null);
  await observed.rekeyChild('71');
  await observed.terminate('7');
  expect(charon.asked).toEqual(['conns', 'list', 'list other']);
  expect(lines).toEqual([
    '<6>observing: would initiate connection=a child=net\n',
    '<6>observing: would initiate connection=b\n',
    '<6>observing: would rekey child_sa=71\n',
    '<6>observing: would terminate ike_sa=7\n',
  ]);
});

test('follows a change of the mode', async () => {
  const lines: string[] = [];
  const charon = new FakePolicyCharon();
  let isObserving = true;
  const log = createLog({ level: 'info', format: 'journal', write: (line) => lines.push(line) });
  const observed = observing(charon, log, () => isObserving);
  await observed.initiate('a', 'net');
  expect(charon.asked).toEqual([]);
  isObserving = false;
  await observed.initiate('a', 'net');
  await observed.rekeyChild('71');
  await observed.terminate('7');
  expect(charon.asked).toEqual(['initiate a/net', 'rekey 71', 'terminate 7']);
  expect(lines).toHaveLength(1);
});
