// Starts the bridge, and ends it in order.

import { readConfig } from './config.js';
import { serve } from './http.js';
import { log, reason } from './log.js';
import { Sessions } from './sessions.js';
import { whatsapp } from './whatsapp.js';

try {
  process.umask(0o077);
  // libsignal prints keys of sessions on stdout
  console.log = console.info = console.warn = () => undefined;
  const config = readConfig(process.env);
  const sessions = new Sessions(config, whatsapp);
  const server = serve(sessions, config.secret);
  server.on('error', fail);
  // first the address: a second bridge on one folder must not connect
  server.listen(config.port, config.host, () => {
    log('info', 'the bridge listens', { host: config.host, port: config.port });
    sessions.load().catch(fail);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close();
      void sessions.stop().finally(() => process.exit(0));
    });
  }
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  log('error', reason(error));
  process.exit(1);
}
