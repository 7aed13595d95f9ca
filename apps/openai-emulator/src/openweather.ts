// A stand-in for OpenWeather's current weather, for the weather tool. The same city has the same weather for ever.

import { createHash } from 'node:crypto';

import type { Exchange } from './http/exchange.js';

const SKIES = [
  { id: 800, main: 'Clear', description: 'clear sky', icon: '01d' },
  { id: 802, main: 'Clouds', description: 'scattered clouds', icon: '03d' },
  { id: 500, main: 'Rain', description: 'light rain', icon: '10d' },
  { id: 600, main: 'Snow', description: 'light snow', icon: '13d' },
  { id: 741, main: 'Fog', description: 'fog', icon: '50d' },
];

/**
 * `GET …/data/2.5/weather?q=Berlin&units=metric&appid=key`. "Nowhere" is unknown (404), "Broken" fails (500), "Slow" never
 * answers; without `appid`, or with `invalid`, 401.
 */
export function currentWeather(exchange: Exchange): void {
  const { query } = exchange;
  const city = (query.get('q') ?? '').trim();
  const key = query.get('appid') ?? '';
  if (key === '' || key === 'invalid') {
    return exchange.json(401, {
      cod: 401,
      message: 'Invalid API key. Please see https://openweathermap.org/faq#error401 for more info.',
    });
  }
  const name = city.split(',')[0]!;
  switch (name.toLowerCase()) {
    case '':
      return exchange.json(400, { cod: '400', message: 'Nothing to geocode' });
    case 'nowhere':
      return exchange.json(404, { cod: '404', message: 'city not found' });
    case 'broken':
      return exchange.json(500, { cod: 500, message: 'Internal error' });
    case 'slow':
      return exchange.hang();
    default:
      exchange.json(200, weatherOf(name, query.get('units') ?? 'standard'));
  }
}

function weatherOf(name: string, units: string): Record<string, unknown> {
  const digest = createHash('sha256').update(name.toLowerCase()).digest();
  const celsius = (digest[0]! % 45) - 10 + (digest[1]! % 10) / 10;
  return {
    coord: { lon: (digest[2]! / 255) * 360 - 180, lat: (digest[3]! / 255) * 140 - 70 },
    weather: [SKIES[digest[4]! % SKIES.length]],
    base: 'stations',
    main: {
      temp: inUnits(celsius, units),
      feels_like: inUnits(celsius - 1, units),
      temp_min: inUnits(celsius - 2, units),
      temp_max: inUnits(celsius + 2, units),
      pressure: 990 + (digest[5]! % 40),
      humidity: 30 + (digest[6]! % 70),
    },
    visibility: 10_000,
    wind: { speed: (digest[7]! % 120) / 10, deg: digest[8]! % 360 },
    clouds: { all: digest[9]! % 101 },
    dt: 1_795_219_200,
    sys: { country: 'EM', sunrise: 1_795_243_000, sunset: 1_795_275_000 },
    timezone: 0,
    id: digest.readUInt32BE(10),
    name,
    cod: 200,
  };
}

function inUnits(celsius: number, units: string): number {
  const value = units === 'metric' ? celsius : units === 'imperial' ? celsius * 1.8 + 32 : celsius + 273.15;
  return Math.round(value * 100) / 100;
}
