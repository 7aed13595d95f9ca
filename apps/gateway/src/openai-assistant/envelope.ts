// The documented envelope of the assistant manager, for answers and for errors.
import { ApiProperty } from '@nestjs/swagger';
import type { ErrorForm } from '#telemetry';

export class Envelope {
  @ApiProperty({ description: 'The HTTP status.' })
  responseCode!: number;
  @ApiProperty()
  responseMessage!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  result!: object;
}

/** Where the documented routes are, and where the system that was documented really had them. */
export const ENVELOPE_PATHS = ['api/openai-assistant', 'api/v1/openai-assistant'];

export const envelope = (responseMessage: string, result: object): Envelope => ({
  responseCode: 200,
  responseMessage,
  result,
});

/** Errors keep their HTTP status; the finite code stands in `result.code`. */
export const ENVELOPE_ERRORS: ErrorForm = {
  under: ENVELOPE_PATHS.map((path) => `/${path}`),
  contentType: 'application/json; charset=utf-8',
  body({ code, httpStatus, publicText, details }): Envelope {
    const result = { code, ...(details.length > 0 && { errors: details }) };
    return { responseCode: httpStatus, responseMessage: publicText, result };
  },
};
