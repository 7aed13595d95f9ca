// The topics that the platform around us knows.
export { GPT_RESPONSE, GPT_SEND } from '#messaging';

/** Photographs in, analyses out: the second flow of that platform, off unless wished. */
export const PHOTO_SEND = 'eater-send-photo';
export const PHOTO_RESPONSE = 'photo-analysis-response';
