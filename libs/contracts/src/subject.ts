// Whom an export or an erasure is about.

export interface Subject {
  tenant: string;
  kind: 'user' | 'channel';
  /** The user as the asker calls them, or the channel's name. */
  name: string;
}
