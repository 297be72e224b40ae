/** What the tests of translation share. */
import { TranslateError } from '../../../src/translate/refusals.ts';
import { readLines, type SourceLine } from '../../../src/translate/source-line.ts';
import { type Translation, translate } from '../../../src/translate/translate.ts';

export const FILE = 'input.txt';

export function lines(text: string): readonly SourceLine[] {
  return readLines([{ file: FILE, text }]);
}

export function staros(text: string): Translation {
  return translate([{ file: FILE, text }], 'staros');
}

/** `line: code: message -> remedy` of all that is refused. */
export function refusals(text: string): readonly string[] {
  try {
    staros(text);
  } catch (error) {
    if (!(error instanceof TranslateError)) throw error;
    return error.issues.map(({ file, line, code, message, remedy }) => {
      if (file !== FILE || remedy === '')
        throw new Error(`no place or no remedy: ${message}`, { cause: error });
      return `${line}: ${code}: ${message} -> ${remedy}`;
    });
  }
  return [];
}

/** A service with a list of these addresses, a template, and more lines of the service behind. */
export function service(options: {
  readonly list?: string;
  readonly addresses?: readonly string[];
  readonly lines?: readonly string[];
  readonly template?: readonly string[];
}): string {
  const {
    list = 'crypto peer-list ipv4 branches',
    addresses = ['address 192.0.2.2'],
    template = [],
  } = options;
  return [
    'configure',
    'context wsg',
    list,
    ...addresses,
    'exit',
    'crypto template tmpl ikev2-dynamic',
    'authentication pre-shared-key key example',
    ...template,
    'exit',
    'wsg-service wsg1',
    ...(options.lines ?? [
      'deployment-mode site-to-site',
      'bind address 192.0.2.1 crypto-template tmpl',
      'peer-list branches',
    ]),
    'exit',
    'end',
    '',
  ].join('\n');
}

/** The value of a key in a file of settings, the first of that name; undefined: there is none. */
export function settingIn(translation: Translation, file: string, key: string): string | undefined {
  return new RegExp(`^ *${key} = (.*)$`, 'm').exec(translation.files.get(file) ?? '')?.[1];
}

export function connectionsOf(translation: Translation): string {
  return translation.files.get('swanctl-connections.conf') ?? '';
}

/** The verdict on a line of the input, by its text. */
export function verdictOn(translation: Translation, text: string): string | undefined {
  const found = translation.lines.find((line) => line.text === text);
  return found === undefined ? undefined : `${found.verdict}: ${found.detail}`;
}

/** The networks of each CHILD_SA, ours first. */
export function selectorsOf({ gateway }: Translation): readonly string[] {
  return gateway.connections.flatMap(({ children }) =>
    children.map(({ local, remote }) =>
      [...local, ...remote]
        .map(
          ({ subnet, protocol, port }) =>
            `${subnet}${protocol === null ? '' : `[${protocol}/${port ?? ''}]`}`,
        )
        .join(' '),
    ),
  );
}
