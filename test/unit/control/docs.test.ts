import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/control/codec.ts';
import { FrameReader } from '../../../src/control/frames.ts';
import { HISTORY_ENTRIES_MAX, REPLY_LIMITS, REQUEST_LIMITS } from '../../../src/control/limits.ts';
import { requestSchema } from '../../../src/control/requests.ts';
import { SERVER_DEFAULTS } from '../../../src/control/server-settings.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/control-protocol.md', import.meta.url), 'utf8');

describe('docs/control-protocol.md', () => {
  test('has every command, and no other', () => {
    const names = [...DOCUMENT.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(names).toEqual(requestSchema.options.map(({ shape }) => shape.command.value));
  });

  test('has an example that is a request', () => {
    const hex = /```hex\n(.*?)```/s.exec(DOCUMENT)?.[1] ?? '';
    const reader = new FrameReader(REQUEST_LIMITS.bytesMax);
    reader.push(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
    const payload = reader.next();
    expect(reader.isInsideFrame).toBe(false);
    const request = requestSchema.parse(decode(payload ?? Buffer.alloc(0), REQUEST_LIMITS));
    expect(request).toEqual({ id: '1', command: 'reload', arguments: {} });
  });

  test('has the limits', () => {
    const number = (value: number) => value.toLocaleString('en-US');
    const row = (name: string, of: 'bytesMax' | 'itemsMax' | 'depthMax') =>
      `| ${name} | ${number(REQUEST_LIMITS[of])} | ${number(REPLY_LIMITS[of])} |`;
    expect(DOCUMENT).toContain(row('bytes', 'bytesMax'));
    expect(DOCUMENT).toContain(row('values, keys included', 'itemsMax'));
    expect(DOCUMENT).toContain(row('arrays and maps inside each other', 'depthMax'));
    expect(DOCUMENT).toContain(`\`limit\`: 0 to ${HISTORY_ENTRIES_MAX};`);
    const { connectionsMax, frameMs, idleMs, stallMs, followerBytesMax } = SERVER_DEFAULTS;
    expect(DOCUMENT).toContain(`- ${connectionsMax} connections;`);
    expect(DOCUMENT).toContain(`whole ${frameMs / 1_000} s after`);
    expect(DOCUMENT).toContain(`no request for ${idleMs / 1_000} s is`);
    expect(DOCUMENT).toContain(`unread for ${stallMs / 1_000} s is`);
    expect(DOCUMENT).toContain(`more than ${followerBytesMax / 1024 / 1024} MiB waits`);
  });
});
