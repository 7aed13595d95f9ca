// OpenWeather's answer as what the model gets to read. The answer is outside data: only what is needed is
// taken, and only when it has the right type.

export interface Weather {
  location: string;
  /** °C */
  temperature: number;
  /** °C */
  feels_like: number;
  /** Percent. */
  humidity: number;
  description: string;
  /** m/s */
  wind_speed: number;
}

/** Undefined when the text is not such an answer. */
export function toWeather(text: string): Weather | undefined {
  const answer = parse(text);
  const main = member(answer, 'main');
  const [sky] = [member(answer, 'weather')].flat();
  const country = member(member(answer, 'sys'), 'country');
  const name = member(answer, 'name');
  const weather = {
    location: [name, country].filter((part) => typeof part === 'string' && part !== '').join(', '),
    temperature: member(main, 'temp'),
    feels_like: member(main, 'feels_like'),
    humidity: member(main, 'humidity'),
    description: member(sky, 'description'),
    wind_speed: member(member(answer, 'wind'), 'speed'),
  };
  const { location, description, ...figures } = weather;
  if (location === '' || typeof description !== 'string') return undefined;
  return Object.values(figures).every(Number.isFinite) ? (weather as Weather) : undefined;
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An HTML page or a cut body: the caller treats both as no weather.
    return undefined;
  }
}
