// The two topics that the platform around us knows.
export { GPT_RESPONSE, GPT_SEND } from '#messaging';
