// The two topics that the platform around us knows.
export const GPT_SEND = 'gpt-send';
export const GPT_RESPONSE = 'gpt-response';
