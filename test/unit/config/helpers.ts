import { ConfigError, type Issue } from '../../../src/config/issues.ts';
import type { LoadedConfig, ServiceConfig } from '../../../src/config/model.ts';
import { parseConfig } from '../../../src/config/parse.ts';

/** Parses texts as afteryou.yaml, conf.d/1.yaml, conf.d/2.yaml and so on. */
export function parse(...texts: readonly string[]): LoadedConfig {
  return parseConfig(
    texts.map((text, index) => ({ file: index === 0 ? 'afteryou.yaml' : `conf.d/${index}.yaml`, text })),
  );
}

/** The problems of texts that must not be valid. */
export function problemsOf(...texts: readonly string[]): readonly Issue[] {
  try {
    parse(...texts);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  throw new Error('no problem was found');
}

/** `code message` of each problem. */
export function wrong(...texts: readonly string[]): readonly string[] {
  return problemsOf(...texts).map(({ code, message }) => `${code}: ${message}`);
}

/** The only service of a file with these lines below it. */
export function service(...lines: readonly string[]): ServiceConfig {
  const only = parse(serviceText(...lines)).config.services[0];
  if (only === undefined) throw new Error('no service');
  return only;
}

/** A file with one service `s` and these lines below it, and a peer list `l` beside it. */
export function serviceText(...lines: readonly string[]): string {
  return [
    'version: 1',
    'peer-lists:',
    '  l: { family: ipv4, addresses: [192.0.2.1, 192.0.2.2, 198.51.100.0/24] }',
    '  six: { family: ipv6, addresses: ["2001:db8::1"] }',
    'services:',
    '  s:',
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n');
}
