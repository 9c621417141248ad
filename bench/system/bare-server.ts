import { createServer } from 'node:http';

/** Node's own HTTP server on PORT. It answers every call with a constant, so no API can be faster. */
const body = '{"result":{"data":{"status":"sold_out"}}}';
const headers = { 'content-type': 'application/json', 'content-length': body.length };

const server = createServer((req, res) => {
  req.resume();
  res.writeHead(200, headers);
  res.end(body);
});
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
