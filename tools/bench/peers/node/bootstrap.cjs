// The loop of the Lambda Runtime API around a bundled handler. AWS's own client for Node needs a compiler to install; it does
// the same with more around it.

'use strict';

const http = require('node:http');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, agent, method, path: `/2018-06-01/runtime/${path}` }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

const told = (error) => JSON.stringify({ errorType: error.name, errorMessage: error.message });

async function main() {
  let handler;
  try {
    ({ handler } = require(process.argv[2]));
  } catch (error) {
    await call('POST', 'init/error', told(error));
    throw error;
  }
  for (;;) {
    const { headers, body } = await call('GET', 'invocation/next');
    const id = headers['lambda-runtime-aws-request-id'];
    try {
      const answer = await handler(JSON.parse(body), { awsRequestId: id });
      await call('POST', `invocation/${id}/response`, JSON.stringify(answer));
    } catch (error) {
      await call('POST', `invocation/${id}/error`, told(error));
    }
  }
}

main();
