import type { Command } from 'commander';
import { Option } from 'commander';
import { coordinatorArgument, countArgument, portArgument } from '../settings.ts';

/** `nyala coord` and the commands below it. */
export function addCoordinator(root: Command): void {
  // Options after the name of a command below belong to that command.
  const coord = root.command('coord').enablePositionalOptions();
  addPlaceInEnsemble(coord)
    .description('run a coordinator, which ZooKeeper clients can use as well')
    .option('--data <dir>', 'data folder')
    .option('--config <file>', "ZooKeeper's zoo.cfg instead of all other options")
    .option('--host <host>', 'address to listen on (default: 127.0.0.1, or as in --nodes)')
    .option('--allow-remote', 'listen where other machines reach, without authentication', false)
    .option('--port <n>', 'port for clients (default: 2181, or as in --nodes)', portArgument)
    .option('--peer-port <n>', 'port for other nodes (default: as in --nodes)', portArgument)
    .option('--http-port <n>', 'port for HTTP (default: 8080)', portArgument)
    .option('--port-offset <n>', 'add n to every default port', countArgument(-65_535), 0)
    .action(async (options) => (await import('./coord.ts')).coord(options));
  addFileCommands(coord);
  addSnapshotCommands(coord);
  coord
    .command('status')
    .description('ask every node how it is; fails when none of them leads')
    .requiredOption('--coord <hosts>', 'the nodes: HOST:PORT,…', coordinatorArgument)
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json']))
    .action(async (options) => (await import('./coord-status.ts')).status(options));
}

function addFileCommands(coord: Command): void {
  coord
    .command('dump')
    .description('print the snapshots and the log of a coordinator that is stopped')
    .requiredOption('--data <dir>', 'data folder')
    .option('--json', 'one JSON object a line', false)
    .action(async (options) => (await import('./coord-files.ts')).dump(options));
  coord
    .command('verify')
    .description('check the snapshots and the log of a coordinator; fails when something is wrong')
    .requiredOption('--data <dir>', 'data folder')
    .action(async (options) => (await import('./coord-files.ts')).verify(options));
}

function addSnapshotCommands(coord: Command): void {
  coord
    .command('snapshot')
    .description('copy the state of a coordinator into a file')
    .option('--data <dir>', 'data folder of a coordinator that is stopped')
    .option('--http <url>', 'HTTP address of a coordinator that runs')
    .option('--auth <user:password>', 'who asks it; needs all rights on /')
    .requiredOption('--out <file>', 'file to write; must not exist')
    .action(async (options) => (await import('./coord-files.ts')).snapshot(options));
  addPlaceInEnsemble(coord.command('restore'))
    .description('begin a data folder with the state of such a file')
    .requiredOption('--from <file>', 'the file')
    .requiredOption('--data <dir>', 'data folder; must be empty')
    .action(async (options) => (await import('./coord-files.ts')).restore(options));
  addPlaceInEnsemble(coord.command('import'))
    .description("begin a data folder with the state of Apache ZooKeeper's")
    .requiredOption('--from <dir>', "ZooKeeper's dataDir; the server must be stopped")
    .option('--log <dir>', "ZooKeeper's dataLogDir (default: as --from)")
    .requiredOption('--data <dir>', 'data folder; must be empty')
    .action(async (options) => (await import('./coord-import.ts')).importZooKeeper(options));
}

function addPlaceInEnsemble(command: Command): Command {
  return command
    .option('--id <n>', 'this node, 1 to 254', countArgument(1))
    .option('--nodes <list>', 'all nodes: N=HOST:PEERPORT:CLIENTPORT[:observer],…');
}
