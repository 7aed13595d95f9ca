import { IsString, Matches } from 'class-validator';
import { Env } from '../env.js';

export class ToolsConfig {
  @Env('OPENWEATHER_API_KEY', 'Key of OpenWeather; without one the weather tool is absent.', {
    secret: true,
    placeholders: ['your_openweather_api_key', 'your-openweather-api-key'],
  })
  @IsString()
  openweatherKey: string = '';

  @Env('OPENWEATHER_BASE_URL', 'Base URL of OpenWeather.')
  @Matches(/^https?:\/\//, { message: 'must be an http(s) URL' })
  openweatherUrl: string = 'https://api.openweathermap.org';
}
