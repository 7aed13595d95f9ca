// Services that the environment names: whether anything listens there. An app would wait for them without an end.
import { Fault } from './fault.mjs';
import { listens } from './probe.mjs';

/**
 * What is no address is passed over: the apps' own check of the settings names it.
 * @param {string} given one URL, or `host:port` pairs with commas
 * @throws Fault when none of the addresses can be reached
 */
export async function checkGiven({ variable, defaultPort }, given, env) {
  if (variable === 'REDIS_URL' && env.REDIS_SENTINELS) return; // they name the host
  const addresses = given.split(',').map((one) => toAddress(one.trim(), defaultPort));
  if (addresses.includes(undefined)) return;
  const verdicts = await Promise.all(addresses.map(({ host, port }) => listens(port, host)));
  if (verdicts.includes(true)) return;
  const places = addresses.map(({ host, port }) => `${host}:${port}`).join(', ');
  throw new Fault(`nothing listens at ${places}, given by ${variable}`);
}

function toAddress(text, defaultPort) {
  const url = text.includes('://') ? text : `tcp://${text}`;
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  if (!hostname) return undefined;
  const usual = protocol === 'amqps:' ? 5_671 : defaultPort;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || usual };
}
