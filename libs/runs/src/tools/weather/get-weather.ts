// The weather tool over OpenWeather's "current weather" (https://openweathermap.org/current). The key travels
// only in the request's query and is never part of an error, a log line or the answer.
import { Logger } from '@nestjs/common';
import { request, type Dispatcher } from 'undici';
import { ToolError, type Tool, type ToolContext } from '../tool.js';
import { toWeather } from './to-weather.js';

const ANSWER_BYTES = 64 * 1024;
const TIMEOUT_MS = 10_000;

export interface OpenWeather {
  /** Without a path, e.g. `https://api.openweathermap.org`. */
  baseUrl: string;
  key: string;
}

export class GetWeather implements Tool {
  readonly name = 'get_weather';
  readonly description =
    'Current weather of a city, in metric units: temperature and feels_like in °C, humidity in %, description, wind_speed in m/s, location.';
  readonly parameters = {
    type: 'object',
    properties: {
      city: {
        type: 'string',
        minLength: 1,
        maxLength: 100,
        pattern: '\\S',
        description: 'Name of the city, e.g. Berlin',
      },
      country_code: {
        type: ['string', 'null'],
        minLength: 2,
        maxLength: 2,
        pattern: '^[A-Za-z]{2}$',
        description: 'ISO 3166 code of two letters, e.g. DE, where the name alone is not clear',
      },
    },
    required: ['city'],
    additionalProperties: false,
  };
  readonly idempotent = true;
  readonly timeout_ms = TIMEOUT_MS;
  private readonly logger = new Logger(GetWeather.name);

  constructor(private readonly service: OpenWeather) {}

  async run(args: Record<string, unknown>, { signal }: ToolContext): Promise<string> {
    const { city, country_code } = args as { city: string; country_code?: string | null };
    const { statusCode, text } = await this.ask(country_code ? `${city},${country_code}` : city, signal);
    if (statusCode === 404) throw new ToolError('No place of this name is known.');
    if (statusCode === 429) throw new ToolError('The weather service gets too many requests at the moment.');
    if (statusCode === 200) {
      const weather = toWeather(text);
      if (weather !== undefined) return JSON.stringify(weather);
    }
    this.logger.warn({ status: statusCode }, 'the weather service gave no weather');
    throw new ToolError('The weather service is not available.');
  }

  private async ask(place: string, signal: AbortSignal): Promise<{ statusCode: number; text: string }> {
    const url = new URL(`${this.service.baseUrl.replace(/\/+$/, '')}/data/2.5/weather`);
    url.search = new URLSearchParams({ q: place, units: 'metric', appid: this.service.key }).toString();
    let answer: Dispatcher.ResponseData;
    try {
      // undici follows no redirect by itself: an answer cannot send us elsewhere.
      answer = await request(url, { signal, headers: { accept: 'application/json' } });
      return { statusCode: answer.statusCode, text: await readBounded(answer.body) };
    } catch (error) {
      signal.throwIfAborted();
      this.logger.warn({ code: (error as { code?: string }).code }, 'the weather service cannot be reached');
      throw new ToolError('The weather service cannot be reached.');
    }
  }
}

/** @throws Error beyond the limit */
async function readBounded(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop destroys the body.
    if (size > ANSWER_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
