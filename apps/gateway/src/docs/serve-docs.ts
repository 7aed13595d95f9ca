// Serves the OpenAPI document at /docs-json and a page to read and try it at /docs.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Parley')
    .setDescription('Messages in, streamed answers out. Errors are problem+json with a finite code.')
    .setVersion('1')
    .addBearerAuth()
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'Administrators.' }, 'admin')
    .build();
  return SwaggerModule.createDocument(app, options);
}

export function serveDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), { jsonDocumentUrl: 'docs-json' });
}
