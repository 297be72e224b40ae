/** afteryou.yaml(5), made from the JSON Schema of the configuration. */
import { page, paragraphs, safe } from './mdoc.ts';

/** What a JSON Schema says of a key, as far as a manual tells it. */
interface Node {
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly const?: string | number;
  readonly enum?: readonly (string | number | boolean)[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly required?: readonly string[];
}

export function configPage(schema: unknown, date: string): string {
  const root = schema as Node;
  return page('afteryou.yaml', 5, date, 'configuration of afteryou', [
    '.Sh DESCRIPTION',
    'YAML, in',
    '.Pa /etc/afteryou/afteryou.yaml',
    'and then in every file of',
    '.Pa /etc/afteryou/conf.d',
    'that ends in',
    '.Pa .yaml .',
    'Every value is read as text, exactly as written.',
    'Durations are seconds.',
    'Secrets are no part of it.',
    '.Sh KEYS',
    ...keysOf(root, ''),
    '.Sh EXAMPLES',
    'Every loaded connection is a peer that is waited for and then called:',
    '.Bd -literal -offset Ds',
    'version: 1',
    'services:',
    '  all:',
    '    connections: \\(dq*\\(dq',
    '.Ed',
    '.Sh SEE ALSO',
    '.Xr swanctl.conf 5 ,',
    '.Xr afteryou 8',
  ]);
}

function keysOf(node: Node, path: string): string[] {
  const keys = Object.entries(node.properties ?? {});
  const lines = ['.Bl -tag -width Ds'];
  for (const [key, below] of keys) {
    lines.push(`.It Cm ${safe(`${path}${key}`)}${valuesOf(below)}`);
    lines.push(...paragraphs(sentence(below, node.required?.includes(key) === true)));
  }
  lines.push('.El');
  for (const [key, below] of keys) {
    const inner = `${path}${key}.`;
    if (below.properties !== undefined) {
      lines.push(`.Ss ${safe(`${path}${key}`)}`, ...keysOf(below, inner));
    } else if (typeof below.additionalProperties === 'object') {
      lines.push(...entriesOf(below.additionalProperties, `${path}${key}`));
    }
  }
  return lines;
}

/** A map by name. The keys of a single peer are those of its service. */
function entriesOf(node: Node, path: string): string[] {
  if (!path.endsWith('.peers')) return [`.Ss ${safe(`${path}.NAME`)}`, ...keysOf(node, '')];
  const keys = Object.keys(node.properties ?? {}).join(', ');
  return [`.Ss ${safe(`${path}.PEER`)}`, ...paragraphs(`These keys of a service, for one peer: ${keys}.`)];
}

function valuesOf(node: Node): string {
  const values = valueText(node);
  return values === '' ? '' : ` : Ar ${safe(values).replaceAll(' ', '\\ ')}`;
}

function valueText(node: Node): string {
  const numeric = [node, ...(node.anyOf ?? [])].find(({ minimum }) => minimum !== undefined);
  if (numeric !== undefined) return `${numeric.minimum}..${numeric.maximum}`;
  if (node.anyOf?.some(({ type }) => type === 'boolean') === true) return 'true|false';
  if (node.enum !== undefined) return [...new Set(node.enum.map(String))].join('|');
  if (node.const !== undefined) return String(node.const);
  if (node.type === 'array') return 'list';
  return node.anyOf?.some(({ type }) => type === 'array') === true ? 'text or list' : '';
}

function sentence({ description = '', default: preset }: Node, isRequired: boolean): string {
  const more = isRequired ? ' Required.' : preset === undefined ? '' : ` Default: ${String(preset)}`;
  return `${description}${more}`.trim() || 'A map, below.';
}
