// How many bytes of large runs this process has in hand, and how many more it may take. Small ones pass: their number bounds them, and
// nobody who asks something short waits for somebody's images.
import { getHeapStatistics } from 'node:v8';
import { Injectable } from '@nestjs/common';
import { RunsConfig } from '#config';
import { Metrics } from '#telemetry';
import { isLarge } from '../run/run-size.js';

/** Of the heap: a request is in it three times while it is asked (itself, the body of the call, its bytes), in twice the memory if it has letters beyond Latin-1. */
const SHARE = 1 / 30;
const MOST = 64 * 1024 * 1024;

@Injectable()
export class LargeRoom {
  private readonly most: number;
  private count = 0;
  private bytes = 0;
  /** Of admissions of this process that count on the next look. */
  private promised = 0;
  /** The same of the look that is under way. */
  private looked = 0;

  constructor(
    config: RunsConfig,
    private readonly metrics: Metrics,
  ) {
    this.most = config.workerBytes || Math.min(MOST, Math.floor(SHARE * getHeapStatistics().heap_size_limit));
  }

  /** Bytes of large runs that may be taken now. */
  get left(): number {
    return Math.max(0, this.most - this.bytes);
  }

  /** Whether none is in hand: then one is taken however large it is, or nobody would ever take it. */
  get empty(): boolean {
    return this.count === 0;
  }

  /** Counts as taken until the next look is over. @returns whether there is room for it */
  promise(bytes: number): boolean {
    if (!isLarge(bytes)) return true;
    const promised = this.promised + this.looked;
    const alone = this.empty && promised === 0;
    if (!alone && promised + bytes > this.left) return false;
    this.promised += bytes;
    return true;
  }

  /** What was promised is looked for now. */
  beginLook(): void {
    this.looked = this.promised;
    this.promised = 0;
  }

  /** What was found is in hand. */
  endLook(): void {
    this.looked = 0;
  }

  enter(bytes: number): void {
    if (isLarge(bytes)) this.move(1, bytes);
  }

  leave(bytes: number): void {
    if (isLarge(bytes)) this.move(-1, -bytes);
  }

  private move(count: 1 | -1, bytes: number): void {
    this.count += count;
    this.bytes += bytes;
    this.metrics.largeBytes.set(this.bytes);
  }
}
