/** `afteryou run`: the daemon itself, in the foreground. */
import type { CliCommand } from '../command.ts';

export const run: CliCommand = {
  name: 'run',
  summary: 'run the daemon in the foreground, as systemd wants it',
  define: (command) => {
    command.description(
      'Runs the daemon in the foreground until SIGTERM or SIGINT; SIGHUP reloads the configuration. No tunnel is\n' +
        'touched when it stops. Without a configuration file it only observes: it initiates and terminates nothing.',
    );
  },
  run: ({ world, configFile, configGiven }) => world.runDaemon({ configFile, configGiven }),
};
