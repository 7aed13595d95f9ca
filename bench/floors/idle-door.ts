// The floor of an idle socket: what a WebSocket costs before anybody adds anything.
import { Door } from './door.js';

void new Door(() => undefined);
