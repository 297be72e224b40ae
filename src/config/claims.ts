/**
 * Two services that both claim a peer: a peer belongs to one service, and which one must not be a matter of luck.
 *
 * Whether two patterns have a name in common is not worked out; patterns that are equal, or one of which is
 * `*`, certainly have.
 */
import type { IssueCollector } from './issues.ts';
import type { ServiceConfig } from './model.ts';

/** True if some connection certainly fits both, from the same own address. */
function canMeet(a: ServiceConfig, b: ServiceConfig): boolean {
  if (a.bind !== null && b.bind !== null && a.bind !== b.bind) return false;
  const globs = new Set(a.connectionGlobs);
  return globs.has('*') || b.connectionGlobs.some((glob) => glob === '*' || globs.has(glob));
}

/** Reports every host address that two services list while one connection could be either's. */
export function checkClaims(services: readonly ServiceConfig[], issues: IssueCollector): void {
  const claims = new Map<string, ServiceConfig[]>();
  for (const service of services) {
    for (const entry of service.peerList ?? []) {
      if (entry.passive) continue;
      const earlier = claims.get(entry.text) ?? [];
      const rival = earlier.find((other) => canMeet(other, service));
      if (rival !== undefined) {
        issues.add(
          service.origin,
          ['services', service.name, 'peer-list'],
          'duplicate',
          `services '${rival.name}' and '${service.name}' both claim ${entry.text} (listed at line ${entry.origin.line})`,
          'Give each of them its own bind address or its own connections pattern, or list the address once.',
        );
        // One address says it; a list shared by two services would fill the report.
        break;
      }
      claims.set(entry.text, [...earlier, service]);
    }
  }
}
