// The two topics that the platform around us knows, without what an environment adds to them.
export const GPT_SEND = 'gpt-send';
export const GPT_RESPONSE = 'gpt-response';
