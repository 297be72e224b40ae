/**
 * The strongswan.conf of one charon in the lab. swanctl reads the same file, hence its section.
 */
import { merge, type Settings, settingsText } from './settings-text.ts';

export interface CharonConfOptions {
  readonly viciSocket: string;
  readonly logFile: string;
  readonly plugins?: string;
  /** Over the options of `charon-systemd`, by charon's own names: `retransmit_tries` and so on. */
  readonly settings?: Settings;
}

/**
 * No kernel ESP is needed: kernel-libipsec does ESP in user space, in UDP, over a TUN interface. It stands before
 * kernel-netlink, since the first one that offers ESP is taken.
 */
export const CHARON_PLUGINS =
  'random nonce aes sha1 sha2 hmac kdf curve25519 pem pkcs1 pubkey x509 ' +
  'kernel-libipsec kernel-netlink socket-default vici counters updown';

const DEFAULTS: Settings = {
  install_routes: true,
  // Short enough for a test, and without growth, so that a time-out is easy to reckon: 3 packets, 3 s.
  retransmit_tries: 2,
  retransmit_timeout: 1,
  retransmit_base: 1,
  // systemd's journal isn't there.
  journal: { default: -1 },
};

export function charonConf(options: CharonConfOptions): string {
  const own: Settings = {
    load: options.plugins ?? CHARON_PLUGINS,
    plugins: {
      vici: { socket: `unix://${options.viciSocket}` },
      'kernel-libipsec': { allow_peer_ts: true },
    },
    filelog: {
      file: {
        path: options.logFile,
        default: 1,
        flush_line: true,
        time_format: '%Y-%m-%dT%H:%M:%S',
        time_add_ms: true,
        ike_name: true,
      },
    },
  };
  return settingsText({
    'charon-systemd': merge(merge(DEFAULTS, own), options.settings ?? {}),
    swanctl: { load: 'random nonce aes sha1 sha2 hmac pem pkcs1 pubkey x509' },
  });
}
