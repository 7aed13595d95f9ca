// The scrape door.
import { Controller, Get, Header } from '@nestjs/common';
import { OpenRoute } from '../http/open-route.js';
import { Metrics } from './metrics.js';

@OpenRoute()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  scrape(): Promise<string> {
    return this.metrics.scrape();
  }
}
