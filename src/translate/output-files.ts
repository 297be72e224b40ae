/** Names of the files that every translation makes. */
export const OUTPUT_FILES = {
  connections: 'swanctl-connections.conf',
  secrets: 'swanctl-secrets.conf',
  policy: 'afteryou.yaml',
  report: 'report.txt',
} as const;
