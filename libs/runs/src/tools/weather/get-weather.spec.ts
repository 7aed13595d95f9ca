import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startEmulator, type RunningEmulator } from '../../../../../apps/openai-emulator/src/index.js';
import { argumentChecker } from '../argument-checker.js';
import { GetWeather } from './get-weather.js';
import { toWeather } from './to-weather.js';

const context = { signal: AbortSignal.timeout(5_000), idempotency_key: 'k', run_id: 'r', channel: 'c' };

describe('get_weather', () => {
  let emulator: RunningEmulator;
  let odd: Server;
  let oddUrl: string;
  const seen: string[] = [];
  beforeAll(async () => {
    emulator = await startEmulator();
    odd = createServer((request, response) => {
      seen.push(request.url!);
      if (request.url!.includes('q=Redirect'))
        response.writeHead(302, { location: `${emulator.url}/openweather` }).end();
      else if (request.url!.includes('q=Huge')) response.end('x'.repeat(1_000_000));
      else response.end('<html>');
    });
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
    oddUrl = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    odd.closeAllConnections();
    odd.close();
    await emulator.close();
  });

  test('tells the weather in metric units', async () => {
    const weather = new GetWeather({ baseUrl: `${emulator.url}/openweather`, key: 'key' });
    const told = JSON.parse(await weather.run({ city: 'Berlin', country_code: 'DE' }, context)) as object;
    expect(Object.keys(told).sort()).toEqual(
      ['description', 'feels_like', 'humidity', 'location', 'temperature', 'wind_speed'].sort(),
    );
  });

  test('what the emulator makes of a plain question is accepted', async () => {
    const { name, description, parameters } = new GetWeather({ baseUrl: emulator.url, key: 'key' });
    const answer = await fetch(`${emulator.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer key' },
      body: JSON.stringify({
        model: 'gpt-6-luna',
        input: 'Weather in Berlin, please',
        tools: [{ type: 'function', name, description, parameters, strict: false }],
      }),
    });
    const { output } = (await answer.json()) as { output: { arguments: string }[] };
    expect(argumentChecker(parameters)(JSON.parse(output[0]!.arguments))).toEqual([]);
  });

  test.each([
    ['Nowhere', /No place/],
    ['Broken', /not available/],
  ])('%s is told as a failure', async (city, text) => {
    const weather = new GetWeather({ baseUrl: `${emulator.url}/openweather`, key: 'key' });
    await expect(weather.run({ city }, context)).rejects.toThrow(text);
  });

  test.each(['Redirect', 'Huge', 'Html'])('%s gives no weather and no key away', async (city) => {
    const weather = new GetWeather({ baseUrl: `${oddUrl}/`, key: 'very-secret' });
    const failure = (await weather.run({ city }, context).catch((error: unknown) => error)) as Error;
    expect(failure.name).toBe('ToolError');
    expect(`${failure.stack}${JSON.stringify(failure)}`).not.toContain('very-secret');
  });

  test('the city cannot change the request', async () => {
    await new GetWeather({ baseUrl: oddUrl, key: 'k' })
      .run({ city: 'x&appid=y#/../' }, context)
      .catch(() => undefined);
    expect(seen.at(-1)).toBe('/data/2.5/weather?q=x%26appid%3Dy%23%2F..%2F&units=metric&appid=k');
  });

  test('out of reach is told', async () => {
    const weather = new GetWeather({ baseUrl: 'http://127.0.0.1:1', key: 'very-secret' });
    await expect(weather.run({ city: 'Berlin' }, context)).rejects.toThrow(
      'The weather service cannot be reached.',
    );
  });
});

test.each(['', '[]', '{}', '{"name":"x","main":{"temp":"1"}}', '{"name":"x","main":null,"weather":[]}'])(
  'the answer %s is no weather',
  (text) => {
    expect(toWeather(text)).toBeUndefined();
  },
);
