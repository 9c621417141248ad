import { createServer } from 'node:http';

/**
 * Receives traces on PORT, as a collector does, and throws them away. `/received` is how many spans came. A real
 * collector runs on another machine, so this one does as little as possible.
 */
let spans = 0;

const server = createServer((req, res) => {
  if (req.method === 'GET') {
    res.end(req.url === '/received' ? String(spans) : '{}');
    return;
  }
  req.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf('"kind":'); at !== -1; at = chunk.indexOf('"kind":', at + 7)) spans += 1;
  });
  req.on('end', () => {
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end('{}');
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
