/**
 * The shape of a configuration file: every key, in zod, over the texts of the file.
 *
 * Knows each key by itself. What needs two keys at once (a list that a service names, families, contradictions)
 * is in `services.ts` and `peer-lists.ts`.
 */
import * as z from 'zod';
import {
  DEFAULTS,
  effectiveRange,
  GLOBS_MAX,
  MAX_HALF_OPEN,
  MAX_INITIATIONS_PER_SECOND,
  PEERS_PER_LIST,
  RECONCILE_INTERVAL,
  SECTIONS_MAX,
} from './keys.ts';
import { listenAddress } from './listen-address.ts';
import { isConnectionName, isName, NAME_PATTERN } from './names.ts';
import {
  connectionGlob,
  FORM_KEY,
  flag,
  hostAddress,
  label,
  number,
  path,
  problem,
  seconds,
  word,
} from './scalars.ts';
import { settingKeys } from './schema-settings.ts';

/** A map by name, of at most {@link SECTIONS_MAX} entries. */
function byName<Value extends z.ZodType>(value: Value, description: string) {
  const key = z.string().refine(isName, { params: { code: 'bad-name' } });
  return z
    .record(key.meta({ [FORM_KEY]: { pattern: NAME_PATTERN } }), value)
    .superRefine((record, context) => {
      const count = Object.keys(record).length;
      if (count > SECTIONS_MAX) {
        context.addIssue(
          problem(
            'too-many',
            `${count} entries, at most ${SECTIONS_MAX} are possible`,
            'Split them over several gateways.',
          ),
        );
      }
    })
    .meta({ description });
}

function serviceSchema(laboratory: boolean) {
  const peerKey = z.string().refine(isConnectionName, { params: { code: 'bad-name' } });
  return z
    .strictObject({
      context: label(64, {
        description: 'Name of the context, as wsg-service has it; `afteryou show wsg-service` shows it.',
      }).optional(),
      'deployment-mode': word(['site-to-site', 'remote-access'], {
        description: 'With remote-access the peers always call and no peer-list is allowed.',
        default: 'site-to-site',
      }).optional(),
      bind: hostAddress({
        description: 'Our own address; its family must be that of the peer list.',
      }).optional(),
      'peer-list': z.string().meta({ description: 'Name of a list under peer-lists.' }).optional(),
      connections: z
        .array(connectionGlob())
        .superRefine((globs, context) => {
          if (globs.length > 0 && globs.length <= GLOBS_MAX) return;
          context.addIssue(
            problem(
              'too-many',
              `${globs.length} patterns, 1..${GLOBS_MAX} are possible`,
              'Leave the key out for every connection.',
            ),
          );
        })
        .meta({
          description: 'Which swanctl connections belong to the service: a pattern or a list of patterns.',
          [FORM_KEY]: {
            default: '*',
            anyOf: [
              { type: 'string', minLength: 1 },
              { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, maxItems: GLOBS_MAX },
            ],
          },
        })
        .optional(),
      ...settingKeys(laboratory, 'service'),
      peers: z
        .record(peerKey, z.strictObject(settingKeys(laboratory, 'peer')))
        .meta({ description: 'Settings of single peers, by address or by name of the connection.' })
        .optional(),
    })
    .meta({ description: 'One service: which peers, and who starts.' });
}

const peerListSchema = z.strictObject({
  family: word(['ipv4', 'ipv6'], { description: 'Family of every address of the list.' }),
  addresses: z.array(z.string()).meta({
    description:
      'Hosts, subnets (192.0.2.0/24), ranges (192.0.2.1-192.0.2.9) or "%any"; all but hosts are passive.',
  }),
});

/** What a translation leaves to the operator. Each entry is a problem: an unfinished configuration must not start. */
const unfinishedSchema = z
  .array(z.string())
  .superRefine((entries, context) => {
    entries.forEach((entry, index) => {
      const issue = problem('unfinished', `still to be done: ${entry}`, 'Do it, then take this entry out.');
      context.addIssue({ ...issue, path: [index] });
    });
  })
  .meta({
    description: 'What `afteryou translate` left to be done by hand; refused as long as there is any.',
  });

function makeConfigSchema(laboratory: boolean) {
  return z.strictObject({
    version: z.literal('1').meta({ description: 'Version of this format.', [FORM_KEY]: { enum: [1, '1'] } }),
    mode: word(['active', 'observe'], {
      description: 'observe decides and logs, initiates and terminates nothing.',
      default: 'active',
    }).optional(),
    initial: word(['running', 'paused'], {
      description: 'paused starts every peer paused, for the standby of a pair.',
      default: 'running',
    }).optional(),
    'strict-cisco': flag({
      description:
        "A reload refuses what the originals refuse: a change of a list in use, of a service that isn't restarted.",
      default: false,
    }).optional(),
    unfinished: unfinishedSchema.optional(),
    laboratory: flag({
      description:
        'Allows durations down to 0.1 s with decimals, for tests and demonstrations. Not for production.',
      default: false,
    }).optional(),
    charon: z
      .strictObject({
        socket: path('socket', {
          description: "charon's VICI socket.",
          default: DEFAULTS.charonSocket,
        }).optional(),
        'reconcile-interval': seconds(effectiveRange(RECONCILE_INTERVAL, laboratory), {
          description: 'How often all SAs are listed to correct what events missed. Seconds.',
          default: DEFAULTS.reconcileSeconds,
        }).optional(),
      })
      .meta({ description: 'The connection to strongSwan.' })
      .optional(),
    control: z
      .strictObject({
        socket: path('socket', {
          description: "The daemon's own socket, for the command line.",
          default: DEFAULTS.controlSocket,
        }).optional(),
      })
      .meta({ description: 'The control socket.' })
      .optional(),
    state: z
      .strictObject({
        file: path('file', {
          description: 'What survives a restart of the daemon.',
          default: DEFAULTS.stateFile,
        }).optional(),
      })
      .meta({ description: 'The state file.' })
      .optional(),
    limits: z
      .strictObject({
        'max-initiations-per-second': number(MAX_INITIATIONS_PER_SECOND, {
          description: 'Calls that may begin in a second, over all peers.',
          default: DEFAULTS.maxInitiationsPerSecond,
        }).optional(),
        'max-half-open': number(MAX_HALF_OPEN, {
          description: 'Unfinished calls of ours that may exist at a time.',
          default: DEFAULTS.maxHalfOpen,
        }).optional(),
        'peers-per-list': number(PEERS_PER_LIST, {
          description: 'Addresses that one peer list may have.',
          default: DEFAULTS.peersPerList,
        }).optional(),
      })
      .meta({ description: 'Limits over all peers.' })
      .optional(),
    log: z
      .strictObject({
        level: word(['debug', 'info', 'notice', 'warning', 'error'], {
          description: 'The least important messages that are written.',
          default: DEFAULTS.logLevel,
        }).optional(),
        format: word(['journal', 'json', 'text'], {
          description: 'Form of the lines; without it journal under systemd, else text.',
        }).optional(),
      })
      .meta({ description: 'The log, on standard output.' })
      .optional(),
    metrics: z
      .strictObject({
        listen: listenAddress({
          description:
            'Where metrics are given over HTTP; a unix socket or a loopback address. Without it nowhere.',
        }).optional(),
        'ipsec-exporter': flag({
          description: 'Also the families of ipsec_exporter, for boards made for it.',
          default: false,
        }).optional(),
      })
      .meta({ description: 'Metrics, besides `afteryou metrics`.' })
      .optional(),
    'peer-lists': byName(peerListSchema, 'Lists of peer addresses, by name.').optional(),
    services: byName(serviceSchema(laboratory), 'Services, by name.').optional(),
  });
}

type ConfigSchema = ReturnType<typeof makeConfigSchema>;
/** Made once each: making one takes longer than reading a file of ordinary size. */
const made = new Map<boolean, ConfigSchema>();

/** The whole file. With `laboratory` durations may be as short as 0.1 s. */
export function configSchema(laboratory: boolean): ConfigSchema {
  const schema = made.get(laboratory) ?? makeConfigSchema(laboratory);
  made.set(laboratory, schema);
  return schema;
}

/** What the schema makes of a file: texts checked one by one and converted, nothing filled in. */
export type CheckedConfig = z.output<ConfigSchema>;
export type CheckedService = NonNullable<CheckedConfig['services']>[string];
export type CheckedSettings = NonNullable<CheckedService['peers']>[string];
export type CheckedPeerList = NonNullable<CheckedConfig['peer-lists']>[string];
