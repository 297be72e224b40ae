import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { controlSocketIn, controlSocketPath, DEFAULT_CONTROL_SOCKET } from '../../../src/cli/socket-path.ts';
import { defaultConfig } from '../../../src/config/default.ts';
import { temporaryDirectory } from '../control/places.ts';

describe('control.socket in a text', () => {
  test.each([
    ['on its own lines', 'version: 1\ncontrol:\n  # ours\n\n  socket: /a/b.sock # here\nservices: {}\n'],
    ['in braces', 'control: { socket: /a/b.sock }\n'],
    ['quoted', '"control":\n    \'socket\': "/a/b.sock"\n'],
    ['in JSON', '{\n  "version": 1,\n  "control": { "socket": "/a/b.sock" }\n}\n'],
    ['with the ends of lines of others', 'control:\r\n  socket: /a/b.sock\r\nversion: 1\r\n'],
    ['before something broken', 'control: { socket: /a/b.sock }\nservices: [}\n'],
    ['after something broken', '\tservices: *nowhere: {\ncontrol: { socket: /a/b.sock }\n'],
    ['beside a key that nobody knows', 'control:\n  sockt: /c\n  socket: /a/b.sock\n'],
  ])('%s is found', async (_, text) => {
    expect(await controlSocketIn(text)).toBe('/a/b.sock');
  });

  test.each([
    ['nothing', ''],
    ['another section', 'charon: { socket: /a/b.sock }\n'],
    ['a section without it', 'control: {}\ncharon:\n  socket: /a/b.sock\n'],
    ['a comment', '# control: { socket: /a/b.sock }\n'],
    ['a section of a service', 'services:\n  control:\n    socket: /a/b.sock\n'],
    ['a relative path', 'control: { socket: b.sock }\n'],
    ['a list', 'control: { socket: [/a/b.sock] }\n'],
    ['a broken section', 'control: { socket: [ }\n'],
  ])('%s has none', async (_, text) => {
    expect(await controlSocketIn(text)).toBeNull();
  });
});

describe('the path of the control socket', () => {
  test('is the usual one without a configuration, and the same as the daemon has', async () => {
    const configFile = join(temporaryDirectory(), 'afteryou.yaml');
    const path = await controlSocketPath({ configFile, configGiven: false, output: 'text' });
    expect(path).toBe(DEFAULT_CONTROL_SOCKET);
    expect(path).toBe(defaultConfig().config.control.socket);
  });

  test('a configuration that was named must be there: its daemon may be another', async () => {
    const configFile = join(temporaryDirectory(), 'afteryou.yaml');
    await expect(controlSocketPath({ configFile, configGiven: true, output: 'text' })).rejects.toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE' }),
    );
  });

  test('may be in conf.d', async () => {
    const directory = temporaryDirectory();
    const configFile = join(directory, 'afteryou.yaml');
    writeFileSync(configFile, 'version: 1\n');
    mkdirSync(join(directory, 'conf.d'));
    writeFileSync(join(directory, 'conf.d', '10-control.yaml'), 'control: { socket: /a/b.sock }\n');
    writeFileSync(join(directory, 'conf.d', '05-control.yml'), 'control: { socket: /not/read.sock }\n');
    expect(await controlSocketPath({ configFile, configGiven: true, output: 'text' })).toBe('/a/b.sock');
  });
});
