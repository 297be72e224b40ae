/**
 * The argument_specs of the Ansible role, made from the schema of the configuration file, so that they can't drift apart.
 *
 * Knows JSON Schema as src/config publishes it, and the options of Ansible's argument specs. Ansible can describe maps only
 * whose keys it knows, and no ranges: services and peer lists are maps by name and durations have ranges, so these are left
 * to `afteryou check`, which the role runs before a file takes the place of another.
 */
import { stringify } from 'yaml';

/** As much of a JSON Schema as is looked at here. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: unknown;
}

/** One option, with the keys of Ansible. */
interface Option {
  readonly type: string;
  readonly required?: boolean;
  readonly elements?: string;
  readonly default?: unknown;
  readonly choices?: readonly unknown[];
  readonly description: readonly string[];
  readonly options?: Readonly<Record<string, Option>>;
}

/** What the role itself understands, besides the configuration. */
const ROLE: Readonly<Record<string, Option>> = {
  afteryou_state: {
    type: 'str',
    default: 'present',
    choices: ['present', 'absent'],
    description: ['absent purges the package, its configuration and its state. Tunnels stay.'],
  },
  afteryou_package: {
    type: 'str',
    default: '',
    description: [
      'Path, on the machine that runs Ansible, of the afteryou_VERSION_all.deb to install.',
      'Not looked at with afteryou_rollback or when afteryou_state is absent.',
    ],
  },
  afteryou_enabled: {
    type: 'bool',
    default: true,
    description: ['Whether the daemon runs, now and after a reboot.'],
  },
  afteryou_realtime: {
    type: 'bool',
    default: false,
    description: [
      'Whether the daemon is run before others that want the processors; for a thousand peers on two processors or more.',
      'A change restarts it; tunnels stay.',
    ],
  },
  afteryou_rollback: {
    type: 'bool',
    default: false,
    description: [
      'Installs the release that was there before the present one, whose package the role has kept on the host.',
      'As long as it is true the host stays with that release.',
    ],
  },
};

const HEAD = '# Made from the schema of the configuration: npm run generate.\n---\n';

/**
 * The text of roles/afteryou/meta/argument_specs.yml.
 *
 * @param schema the JSON Schema of the configuration file
 */
export function argumentSpecsText(schema: unknown): string {
  const config: Option = {
    type: 'dict',
    description: [
      'The configuration file /etc/afteryou/afteryou.yaml, with its own keys; version 1 is added.',
      'Files in /etc/afteryou/conf.d are not touched by the role.',
    ],
    options: optionsOf(schema as Node, []),
  };
  const main = {
    short_description: 'Installs afteryou, configures it, goes back to the previous release, or removes it',
    options: { ...ROLE, afteryou_config: config },
  };
  return HEAD + stringify({ argument_specs: { main } }, { lineWidth: 0 });
}

/** `version` is added by the role, so nothing is required at the top. */
function optionsOf(node: Node, required: readonly string[]): Record<string, Option> {
  const entries = Object.entries(node.properties ?? {});
  return Object.fromEntries(entries.map(([name, one]) => [name, optionOf(one, required.includes(name))]));
}

function optionOf(node: Node, isRequired: boolean): Option {
  return {
    ...kindOf(node),
    ...(isRequired ? { required: true } : {}),
    description: [node.description ?? descriptionOfSection(node), ...rangeOf(node)],
  };
}

function kindOf(node: Node): Omit<Option, 'description'> {
  const types = new Set([node, ...(node.anyOf ?? [])].map(({ type }) => type));
  if (types.has('boolean')) return { type: 'bool' };
  if (node.properties !== undefined) {
    return { type: 'dict', options: optionsOf(node, node.required ?? []) };
  }
  if (node.type === 'object') return { type: 'dict' };
  if (node.type === 'array') return { type: 'list', elements: node.items?.type === 'string' ? 'str' : 'raw' };
  // Of a number and its text, as in 1 and "1", Ansible needs to know one.
  if (node.enum !== undefined) {
    const numbers = node.enum.filter((value) => typeof value === 'number');
    return numbers.length > 0 ? { type: 'int', choices: numbers } : { type: 'str', choices: node.enum };
  }
  // A duration is a number or a text such as 10s.
  return { type: node.type === 'string' ? 'str' : 'raw' };
}

function descriptionOfSection(node: Node): string {
  return node.type === 'object' ? 'A section of the file.' : 'See the configuration reference.';
}

/** Default and range, in words: what the file doesn't say is no value of the role's. */
function rangeOf(node: Node): string[] {
  const { minimum, maximum } = [node, ...(node.anyOf ?? [])].find((one) => one.maximum !== undefined) ?? {};
  return [
    ...(maximum === undefined ? [] : [`${minimum} to ${maximum}.`]),
    ...(node.default === undefined ? [] : [`Without it ${node.default}.`]),
  ];
}
