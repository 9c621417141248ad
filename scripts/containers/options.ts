import { npmCommand } from '../command/npm-command.ts';
import { choice, stockOption, usersOption } from '../command/options.ts';

/** Where the base images come from. `auto` pulls them; if no registry answers, it makes stand-ins. */
export type ImageSource = 'auto' | 'registry' | 'stand-ins';

export type ContainersOptions = { baseImages: ImageSource; users: number; stock: number };

/** The options of `npm run containers`. */
export const containersCommand = npmCommand<ContainersOptions>('npm run containers --', (command) =>
  command
    .description(
      'Checks docker-compose.yml by running it: builds the image, starts everything, and runs flash sales from ' +
        'outside the containers. During each sale it kills a container or upgrades the image, and it checks the promises ' +
        'after the sale. At the end it removes everything that it has started.',
    )
    .addOption(usersOption(100_000).default(600))
    .addOption(stockOption().default(400))
    .addOption(
      choice('--base-images <from>', 'where the images of Node, MySQL and Redis come from', [
        ...['auto', 'registry', 'stand-ins'],
      ]).default('auto'),
    )
    .addHelpText(
      'after',
      `
It uses the Docker engine that docker reaches. As root on Debian, if none answers, it installs one with apt, runs it for
this command alone and removes its data. If images can't be pulled, it makes stand-ins for them from Debian's packages, under
names of their own. On an engine that it has not started, the images that it has pulled and Docker's build cache remain.
Exit codes: 0 everything held, 1 fault (not everything could be judged), 2 usage, 3 something did not hold.`,
    ),
);
