/** Whose configuration a text is: StarOS, IOS (IOS-XE too) or ASA. Knows a few telling commands of each. */
import { TranslateError } from './refusals.ts';
import type { SourceLine } from './source-line.ts';

export type Dialect = 'staros' | 'ios' | 'asa';

export const DIALECTS: readonly Dialect[] = ['staros', 'ios', 'asa'];

/** What only one of them says. A line counts once for each dialect that it fits. */
const SIGNS: Readonly<Record<Dialect, RegExp>> = {
  staros:
    /^(?:context \S+$|wsg-service |crypto peer-list |crypto template |ikev2-ikesa |ipsec transform-set |wsg-lookup|crypto map \S+ (?:ikev2-ipv[46]|ipsec-|match)|initiator-mode-duration |responder-mode-duration |peer-list |bind address )/i,
  ios: /^(?:crypto isakmp |crypto ipsec profile |crypto ikev2 (?:keyring|profile|proposal) |crypto ipsec transform-set |responder-only$|interface (?:Tunnel|Virtual-Template|(?:Ten)?GigabitEthernet)\d|tunnel (?:source|destination|mode|protection) |crypto keyring |ip access-list extended |access-list \d+ |set ikev2-profile )/i,
  asa: /^(?:ASA Version |PIX Version |tunnel-group |crypto ikev[12] (?:policy|enable) |crypto ipsec ikev[12] |crypto map \S+ \d+ set (?:connection-type|ikev[12] |pfs|peer)|crypto map \S+ interface |object(?:-group)? network |nameif |access-list \S+ extended |ikev[12] (?:remote|local)-authentication |ikev1 pre-shared-key |group-policy |security-level )/i,
};

/**
 * The dialect that most lines speak; a prompt `[ctx]host#` speaks for StarOS.
 *
 * @throws TranslateError when nothing tells, or two tell alike
 */
export function detectDialect(lines: readonly SourceLine[]): Dialect {
  const scored = DIALECTS.map((dialect) => ({ dialect, score: scoreOf(lines, dialect) })).sort(
    (a, b) => b.score - a.score,
  );
  const [best, next] = scored;
  const at = lines[0] ?? { file: 'the input', number: 1 };
  if (best === undefined || best.score === 0) {
    throw TranslateError.at(
      at,
      'nothing tells whose configuration this is',
      'Say so with --from staros, --from ios or --from asa.',
    );
  }
  if (next !== undefined && next.score === best.score) {
    throw TranslateError.at(
      at,
      `this may be ${best.dialect} or ${next.dialect}`,
      `Say which with --from ${best.dialect} or --from ${next.dialect}; translate different gateways one by one.`,
    );
  }
  return best.dialect;
}

function scoreOf(lines: readonly SourceLine[], dialect: Dialect): number {
  let score = 0;
  for (const line of lines) {
    if (dialect === 'staros' && line.prompt !== null && line.prompt.context !== null) score += 1;
    if (line.kind === 'command' && SIGNS[dialect].test(line.text)) score += 1;
  }
  return score;
}
