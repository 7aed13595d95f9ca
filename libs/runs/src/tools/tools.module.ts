// The tools of this process: the weather where a key is configured, and whatever other modules register.
import { Logger, Module } from '@nestjs/common';
import { ToolsConfig } from '#config';
import { ToolRegistry } from './tool-registry.js';
import { ToolRunner } from './tool-runner.js';
import { GetWeather } from './weather/get-weather.js';

@Module({
  providers: [
    ToolRunner,
    {
      provide: ToolRegistry,
      inject: [ToolsConfig],
      useFactory: ({ openweatherKey: key, openweatherUrl: baseUrl }: ToolsConfig) => {
        const registry = new ToolRegistry();
        if (key !== '') registry.register(new GetWeather({ key, baseUrl }));
        else new Logger('ToolsModule').log('the weather tool is absent: OPENWEATHER_API_KEY is not set');
        return registry;
      },
    },
  ],
  exports: [ToolRegistry, ToolRunner],
})
export class ToolsModule {}
