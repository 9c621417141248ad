// An API that gets ready, and does not stop when it is asked to.
import { createServer } from 'node:http';

createServer((_request, response) => void response.end('ready')).listen(
  Number(process.env['PORT']),
  process.env['HOST'],
);
process.on('SIGTERM', () => undefined);
