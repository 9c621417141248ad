import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** Loaded before a process's own code: writes the address of each module that the process loads to a file. */
registerHooks({
  load: (url, context, nextLoad) => {
    appendFileSync(process.env.LOADED_MODULES_FILE, `${url}\n`);
    return nextLoad(url, context);
  },
});
