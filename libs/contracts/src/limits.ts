// Sizes and counts that every door enforces, in one place. Bytes are UTF-8 bytes.

export const LIMITS = {
  /** Of a channel's name and of a message id, in characters (UTF-16 units). */
  channel_chars: 512,
  message_id_chars: 512,
  /** Of a user's name: an e-mail address has at most 64 characters, an @ and 255 more (RFC 5321). */
  user_chars: 320,
  /** Of the text of one message. */
  message_bytes: 256 * 1024,
  /** Of a REST body or WebSocket frame, before parsing. */
  body_bytes: 512 * 1024,
  websocket_frame_bytes: 512 * 1024,
  /** Of a broker's message, before parsing. */
  broker_body_bytes: 1024 * 1024,
  json_depth: 32,
  json_members: 2_000,
  json_items: 10_000,
} as const;
