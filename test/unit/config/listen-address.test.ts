import { describe, expect, test } from 'vitest';
import { parseListenAddress } from '../../../src/config/listen-address.ts';

describe('metrics.listen', () => {
  test.each([
    ['/run/afteryou/metrics.sock', { kind: 'unix', path: '/run/afteryou/metrics.sock' }],
    ['unix:///run/x', { kind: 'unix', path: '/run/x' }],
    [`/${'x'.repeat(106)}`, { kind: 'unix', path: `/${'x'.repeat(106)}` }],
    ['127.0.0.1:1', { kind: 'tcp', host: '127.0.0.1', port: 1 }],
    ['127.8.9.1:65535', { kind: 'tcp', host: '127.8.9.1', port: 65_535 }],
    ['[::1]:9899', { kind: 'tcp', host: '::1', port: 9_899 }],
    ['[0:0::1]:9899', { kind: 'tcp', host: '::1', port: 9_899 }],
  ] as const)('%s', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected);
  });

  test.each([
    [`/${'x'.repeat(107)}`, /at most 107/],
    ['/run/\u0000x', /control characters/],
    ['0.0.0.0:9899', /neither a path nor/],
    ['[::]:9899', /neither a path nor/],
    ['192.0.2.1:9899', /can be reached from other hosts/],
    ['128.0.0.1:9899', /can be reached from other hosts/],
    ['127.0.0.1:0', /no port/],
    ['127.0.0.1:65536', /no port/],
    ['127.0.0.1', /neither a path nor/],
    ['localhost:9899', /neither a path nor/],
    [':9899', /neither a path nor/],
    ['run/x', /neither a path nor/],
  ] as const)('%s is refused', (text, reason) => {
    expect(parseListenAddress(text)).toMatch(reason);
  });
});
