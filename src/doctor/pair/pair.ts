/**
 * Both ends' swanctl.conf side by side: which connections belong together, and what in them doesn't.
 *
 * Knows files only; what runs at the other end nobody here can tell. Ours is called by afteryou if the
 * configuration says so, theirs only by what stands in its file.
 */
import { canMeet, canonicalAddress, isAddress, isHost } from '../checks/addresses.ts';
import { isTunnel } from '../checks/connections.ts';
import type { AuthPlan, ChildPlan, ConnectionPlan, Setting } from '../connection-plan.ts';
import type { Sign } from '../findings.ts';
import { proposalsMeet } from './proposals.ts';
import { selectorsMeet } from './selectors.ts';

/** How our end calls a connection, in words; null if it doesn't. */
export type CallsOf = (connection: string) => { readonly calls: boolean; readonly because: string };

export function* comparePair(
  ours: readonly ConnectionPlan[],
  theirs: readonly ConnectionPlan[],
  callsOf: CallsOf,
): Generator<Sign> {
  const partners = new Partners(ours);
  for (const other of theirs) {
    if (!other.children.some(isTunnel)) continue;
    const our = partners.of(other);
    if (our === undefined) {
      const what = `nothing of ours leads to ${other.localAddresses.value.join(', ')}, and back to ${other.remoteAddresses.value.join(', ')}`;
      const write = `remote_addrs = ${other.localAddresses.value.join(', ')}, in a connection of ours`;
      yield { code: 'pair-unmatched', what, write, place: other.place, subject: other.name };
      continue;
    }
    const subject = `${our.name} <-> ${other.name}`;
    for (const sign of compare(our, other, callsOf)) yield { ...sign, subject };
  }
}

/** Our connections by the host that they lead to, so that a thousand aren't held against a thousand. */
class Partners {
  readonly #byHost = new Map<string, ConnectionPlan[]>();
  /** Those that lead anywhere, or to a name. */
  readonly #others: ConnectionPlan[] = [];

  constructor(ours: readonly ConnectionPlan[]) {
    for (const our of ours.filter(({ children }) => children.some(isTunnel))) {
      const addresses = our.remoteAddresses.value;
      if (!addresses.every(isAddress)) this.#others.push(our);
      for (const address of addresses.filter(isAddress).map(canonicalAddress)) {
        const same = this.#byHost.get(address);
        if (same) same.push(our);
        else this.#byHost.set(address, [our]);
      }
    }
  }

  /** The one whose addresses meet; of several the one that names them, and then the one whose identities fit. */
  of(other: ConnectionPlan): ConnectionPlan | undefined {
    const locals = other.localAddresses.value;
    const named = locals.every(isAddress)
      ? locals.flatMap((address) => this.#byHost.get(canonicalAddress(address)) ?? [])
      : [...this.#byHost.values()].flat();
    const fitting = [...new Set([...named, ...this.#others])].filter(
      (our) =>
        canMeet(our.remoteAddresses.value, locals) &&
        canMeet(our.localAddresses.value, other.remoteAddresses.value),
    );
    const rank = (our: ConnectionPlan): number =>
      Number(namesHost(our.remoteAddresses.value, locals)) * 2 +
      Number(our.remote.id !== null && our.remote.id.value === other.local.id?.value);
    return fitting.toSorted((a, b) => rank(b) - rank(a))[0];
  }
}

function namesHost(a: readonly string[], b: readonly string[]): boolean {
  const hosts = new Set(b.filter(isHost).map(canonicalAddress));
  return a.some((address) => isHost(address) && hosts.has(canonicalAddress(address)));
}

function* compare(our: ConnectionPlan, other: ConnectionPlan, callsOf: CallsOf): Generator<Sign> {
  yield* compareCalling(our, other, callsOf);
  if (our.version.value !== 0 && other.version.value !== 0 && our.version.value !== other.version.value) {
    const what = `version = ${our.version.value} here, ${other.version.value} there`;
    yield { code: 'pair-version', what, write: `version = ${other.version.value}`, place: our.version.place };
  }
  yield* compareIdentity('remote', our.remote, other.local, other.localAddresses.value);
  yield* compareIdentity('local', other.remote, our.local, our.localAddresses.value);
  yield* compareAuthentication('remote', our.remote, other.local, our);
  yield* compareAuthentication('local', our.local, other.remote, our);
  if (!proposalsMeet(our.proposals?.value ?? null, other.proposals?.value ?? null, 'ike')) {
    const theirs = other.proposals?.value?.join(', ') ?? '';
    const what = `proposals: ${our.proposals?.value?.join(', ') ?? ''} here, ${theirs} there`;
    yield {
      code: 'pair-ike-proposals',
      what,
      write: `proposals = ${theirs}`,
      place: our.proposals?.place ?? null,
    };
  }
  yield* equalLifetimes('rekey_time', our.rekeySeconds, other.rekeySeconds);
  yield* equalLifetimes('reauth_time', our.reauthSeconds, other.reauthSeconds);
  if (other.dpdDelaySeconds.value === 0) {
    const { place } = other.dpdDelaySeconds;
    yield {
      code: 'pair-dpd-off',
      what: 'dpd_delay = 0 there',
      write: 'dpd_delay = 20s, at the other end',
      place,
    };
  }
  yield* compareChildren(our, other);
}

function starts({ children }: ConnectionPlan): string | null {
  const child = children
    .filter(isTunnel)
    .find(({ startAction }) => startAction !== null && startAction.value !== 'none');
  return child?.startAction?.value ?? null;
}

function* compareCalling(our: ConnectionPlan, other: ConnectionPlan, callsOf: CallsOf): Generator<Sign> {
  const [here, there] = [starts(our), starts(other)];
  const { calls, because } = callsOf(our.name);
  const canCall = our.remoteAddresses.value.some(isHost);
  const otherCalls = there !== null && other.remoteAddresses.value.some(isHost);
  if (here !== null && there !== null) {
    const what = `start_action = ${here} here and ${there} there`;
    const write = 'start_action = none at one end, at best at both, with afteryou at one of them';
    yield { code: 'pair-both-active', what, write, place: our.place };
  }
  if ((calls || here !== null) && canCall) return;
  if (otherCalls) return;
  const reason = canCall ? because : `remote_addrs = ${our.remoteAddresses.value.join(', ')}`;
  const what = `ours doesn't call (${reason}), theirs has ${there === null ? 'start_action = none' : 'no address to call'}`;
  const write = 'policy: windowed at one end (afteryou), or start_action = start at exactly one end';
  yield { code: 'pair-both-passive', what, write, place: our.place };
}

/** What one end expects (`expected`) against what the other one says it is. */
function* compareIdentity(
  end: 'local' | 'remote',
  expected: AuthPlan,
  actual: AuthPlan,
  actualAddresses: readonly string[],
): Generator<Sign> {
  const wanted = expected.id?.value;
  if (wanted === undefined || wanted === '%any' || wanted.includes('*')) return;
  // Without an id it is the address, or with certificates the subject, which isn't in the file.
  const [address] = actualAddresses;
  const isAddress = actual.auth === 'psk' && address !== undefined && isHost(address);
  const said = actual.id?.value ?? (isAddress ? address : undefined);
  if (said === undefined || said.toLowerCase() === wanted.toLowerCase()) return;
  const what =
    end === 'remote'
      ? `we expect the identity ${wanted}, they say ${said}`
      : `they expect the identity ${wanted}, we say ${said}`;
  const write = end === 'remote' ? `remote { id = ${said} }` : `local { id = ${wanted} }`;
  const place = (end === 'remote' ? expected : actual).id?.place ?? expected.id?.place ?? null;
  yield { code: 'pair-identities', what, write, place };
}

function* compareAuthentication(
  end: 'local' | 'remote',
  our: AuthPlan,
  other: AuthPlan,
  { place }: ConnectionPlan,
): Generator<Sign> {
  const [here, there] = [classOf(our), classOf(other)];
  if (here === null || there === null || here === there) return;
  const what = `${end} { auth = ${our.auth} } here, ${other.auth} there`;
  yield { code: 'pair-authentication', what, write: `${end} { auth = ${other.auth} }`, place };
}

/** Which sort of authentication a word means; null: not told. */
function classOf({ auth }: AuthPlan): string | null {
  if (auth === null) return null;
  if (/^(?:pubkey|rsa|ecdsa|ed25519|ed448|bliss|ike:|any)/.test(auth)) return 'pubkey';
  return auth.replace(/-.*/, '');
}

function* equalLifetimes(
  key: string,
  our: Setting<number>,
  other: Setting<number>,
  child = '',
): Generator<Sign> {
  if (our.value === 0 || our.value !== other.value) return;
  const what = `${key} = ${our.value}s at both ends${child}`;
  const write = `${key} = ${Math.ceil(our.value * 1.5)}s, at the end that answers`;
  yield { code: 'pair-equal-lifetimes', what, write, place: our.place };
}

function* compareChildren(our: ConnectionPlan, other: ConnectionPlan): Generator<Sign> {
  for (const theirs of other.children.filter(isTunnel)) {
    const partner = our.children.filter(isTunnel).find((child) => selectorsFit(child, theirs));
    if (partner === undefined) {
      const what = `child ${theirs.name} of theirs (${theirs.localTs.value.join(', ')} to ${theirs.remoteTs.value.join(', ')}) meets none of ours`;
      const write = `a child with local_ts = ${theirs.remoteTs.value.join(', ')} and remote_ts = ${theirs.localTs.value.join(', ')}`;
      yield { code: 'pair-selectors', what, write, place: theirs.localTs.place ?? theirs.place };
      continue;
    }
    const [here, there] = [partner.espProposals?.value ?? null, theirs.espProposals?.value ?? null];
    if (!proposalsMeet(here, there, 'esp')) {
      const what = `esp_proposals of ${partner.name}: ${here?.join(', ')} here, ${there?.join(', ')} there`;
      const write = `esp_proposals = ${there?.join(', ')}`;
      yield { code: 'pair-esp-proposals', what, write, place: partner.espProposals?.place ?? null };
    }
    yield* equalLifetimes(
      'rekey_time',
      partner.rekeySeconds,
      theirs.rekeySeconds,
      ` (child ${partner.name})`,
    );
  }
}

function selectorsFit(ours: ChildPlan, theirs: ChildPlan): boolean {
  return (
    selectorsMeet(ours.localTs.value, theirs.remoteTs.value) &&
    selectorsMeet(ours.remoteTs.value, theirs.localTs.value)
  );
}
