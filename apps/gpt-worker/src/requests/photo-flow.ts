// `{prompt, photo, user_email, image_id, timestamp, date}` as a request with an image; its ids come back with the analysis.
import { IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { readImage } from '#completions';
import { LIMITS, MaxBytes, validate, WellFormed } from '#contracts';
import type { Flow } from './read-request.js';

export class PhotoDto {
  @IsString()
  @Matches(/\S/, { message: 'prompt must not be blank' })
  @MaxBytes(LIMITS.message_bytes)
  @WellFormed()
  prompt!: string;

  /** Base64 or a `data:` URL; its bytes are looked at after this. */
  @IsString()
  @MinLength(1)
  photo!: string;

  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.user_chars)
  @WellFormed()
  user_email?: string | null;
}

/** Given back as they came, where they are short texts or numbers. */
const ECHOED = ['user_email', 'image_id', 'timestamp', 'date'] as const;
const ECHO_CHARS = 320;

/** @param topic that the analyses go to */
export const photoFlow = (topic: string): Flow => ({
  prefix: 'photo',
  address: ({ key, value }) => {
    const echo: Record<string, string | number> = {};
    for (const name of ECHOED) {
      const given = value[name];
      if (typeof given === 'number' || (typeof given === 'string' && given.length <= ECHO_CHARS))
        echo[name] = given;
    }
    return { kind: 'kafka', topic, key, echo };
  },
  command: ({ value }) => {
    const { prompt, photo, user_email: user } = validate(PhotoDto, value);
    return { message: prompt, request: { images: [readImage(photo)] }, ...(user && { user }) };
  },
});
