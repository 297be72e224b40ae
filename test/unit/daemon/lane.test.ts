import { beforeEach, expect, test } from 'vitest';
import { Lane, URGENCY } from '../../../src/daemon/lane.ts';
import { everythingElse } from '../../helpers/fake-policy-charon.ts';

let lane: Lane;
let done: string[];

beforeEach(() => {
  lane = new Lane();
  done = [];
});

/** A job that writes its name down. */
function job(name: string): () => Promise<string> {
  return async () => {
    done.push(name);
    return name;
  };
}

/** A job that takes until it is told to end. */
function longJob(name: string): { readonly run: () => Promise<void>; readonly end: () => void } {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    run: async () => {
      done.push(name);
      await ended;
    },
    end: () => end(),
  };
}

test('gives what the job resolves with', async () => {
  await expect(lane.run(URGENCY.list, job('a'))).resolves.toBe('a');
});

test('one at a time: nothing starts while a job is under way', async () => {
  const long = longJob('long');
  const first = lane.run(URGENCY.background, long.run);
  const second = lane.run(URGENCY.terminate, job('urgent'));
  await everythingElse();
  expect(done).toEqual(['long']);
  long.end();
  await Promise.all([first, second]);
  expect(done).toEqual(['long', 'urgent']);
});

test('a wider lane begins so many at a time, in order', async () => {
  lane = new Lane(2);
  const long = [longJob('1'), longJob('2'), longJob('3')];
  const all = long.map(({ run }) => lane.run(URGENCY.initiate, run));
  const urgent = lane.run(URGENCY.rekey, job('urgent'));
  await everythingElse();
  expect(done).toEqual(['1', '2']);
  long[1]?.end();
  await urgent;
  await everythingElse();
  await everythingElse();
  expect(done).toEqual(['1', '2', 'urgent', '3']);
  for (const { end } of long) end();
  await Promise.all(all);
});

test('the urgent first; of the same urgency in order of asking', async () => {
  const long = longJob('long');
  const all = [
    lane.run(URGENCY.background, long.run),
    lane.run(URGENCY.background, job('background')),
    lane.run(URGENCY.initiate, job('initiate 1')),
    lane.run(URGENCY.initiate, job('initiate 2')),
    lane.run(URGENCY.list, job('list')),
    lane.run(URGENCY.rekey, job('rekey')),
    lane.run(URGENCY.terminate, job('terminate 1')),
    lane.run(URGENCY.terminate, job('terminate 2')),
  ];
  long.end();
  await Promise.all(all);
  expect(done).toEqual([
    'long',
    'terminate 1',
    'terminate 2',
    'rekey',
    'list',
    'initiate 1',
    'initiate 2',
    'background',
  ]);
});

test('what follows from a listing goes before a long job that waits (R8)', async () => {
  const blocker = longJob('blocker');
  const first = lane.run(URGENCY.background, blocker.run);
  const listed = lane
    .run(URGENCY.list, job('list'))
    .then(() => lane.run(URGENCY.terminate, job('terminate')));
  const long = lane.run(URGENCY.background, job('long listing of everything'));
  blocker.end();
  await Promise.all([first, listed, long]);
  expect(done).toEqual(['blocker', 'list', 'terminate', 'long listing of everything']);
});

test('a job that is refused says so to whoever asked, and the next one goes on', async () => {
  const refused = lane.run(URGENCY.list, async () => {
    throw new Error('refused');
  });
  const next = lane.run(URGENCY.list, job('next'));
  await expect(refused).rejects.toThrow('refused');
  await expect(next).resolves.toBe('next');
});

test('nor does one that throws before it has begun stop the lane', async () => {
  const broken = lane.run(URGENCY.list, () => {
    throw new Error('broken');
  });
  const next = lane.run(URGENCY.list, job('next'));
  await expect(broken).rejects.toThrow('broken');
  await expect(next).resolves.toBe('next');
});

test('works again after it has run empty', async () => {
  await lane.run(URGENCY.list, job('a'));
  await everythingElse();
  await lane.run(URGENCY.list, job('b'));
  expect(done).toEqual(['a', 'b']);
  expect(lane.length).toBe(0);
});

test('as many jobs may wait as it has room for, and one more is refused', async () => {
  const long = longJob('long');
  const all: Promise<unknown>[] = [lane.run(URGENCY.background, long.run)];
  const roomFor = 16_384;
  for (let index = 0; index < roomFor; index += 1) {
    all.push(lane.run(URGENCY.initiate, async () => undefined));
  }
  expect(lane.length).toBe(roomFor);
  await expect(lane.run(URGENCY.terminate, job('one more'))).rejects.toMatchObject({
    code: 'VICI_QUEUE_FULL',
    nextStep: expect.stringContaining('max-initiations-per-second'),
  });
  long.end();
  await all[1];
  await expect(lane.run(URGENCY.terminate, job('there is room again'))).resolves.toBeDefined();
  await Promise.all(all);
  expect(done).toEqual(['long', 'there is room again']);
});
