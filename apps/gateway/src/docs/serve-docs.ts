// Serves the OpenAPI document at /docs-json and a page to read and try it at /docs.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Parley')
    .setDescription(
      'Messages in, streamed answers out. Errors are problem+json with a finite code. `x-scope` says what a token must allow: without a valid one the answer is 401, without the scope 403, and what belongs to somebody else is 404, as if it were not there.',
    )
    .setVersion('1')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'A JWT, or WS_TOKEN.',
    })
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'Administrators.' }, 'admin')
    .build();
  return SwaggerModule.createDocument(app, options);
}

export function serveDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), { jsonDocumentUrl: 'docs-json' });
}
