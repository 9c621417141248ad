// An API that starts, but does not stop when asked to.
import { createServer } from 'node:http';

createServer((_request, response) => void response.end('ready')).listen(
  Number(process.env['PORT']),
  process.env['HOST'],
);
process.on('SIGTERM', () => undefined);
