// Which runs are large: so few of them fill a process's memory that they are counted by their bytes, all others by their number alone.

/** UTF-8 bytes of the message and the request up to which a run is not large; far more than people write, far less than an image. */
export const SMALL_BYTES = 64 * 1024;

export const isLarge = (bytes: number): boolean => bytes > SMALL_BYTES;
