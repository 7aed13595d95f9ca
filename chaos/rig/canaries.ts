// Words that the rig plants where only the product may know them: keys, and what people write.

export const CANARY_KEY = 'sk-canary-7f3a91c2';
export const CANARY_WEATHER_KEY = 'canary-weather-44c1';
export const CANARY_WORD = 'canaryword5521';
