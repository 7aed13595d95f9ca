// The lanes of the partitions that a consumer owns, over the changes of its group. A partition that was taken away and
// given back begins anew, and nothing that was fetched for its earlier life reaches it.
import type { GroupAssignment, Message } from '@platformatic/kafka';
import { PartitionLane } from './partition-lane.js';

type BufferMessage = Message<Buffer, Buffer, Buffer, Buffer>;
type Commit = (topic: string, partition: number, next: bigint) => Promise<void>;

/** A fetch that was under way when a partition was taken away has ended by then, in whichever way. */
const FETCH_MS = 6_000;

interface Owned {
  lane: PartitionLane;
  /** Of the group, when the partition was given to us. */
  generation: number;
}

export class PartitionLanes {
  private readonly owned = new Map<string, Owned>();
  /** Partition → when it was taken away, by the monotonic clock. */
  private readonly lost = new Map<string, number>();

  constructor(private readonly commit: Commit) {}

  /**
   * @returns the names (`topic:partition`) of what is new, from whose committed offsets reading must begin
   * @throws Error when a partition came back so soon that a fetch of its earlier life may still arrive
   */
  assign(assignments: readonly GroupAssignment[], generation: number): string[] {
    const now = performance.now();
    const names = assignments.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ name: nameOf(topic, partition), topic, partition })),
    );
    const kept = new Set(names.map(({ name }) => name));
    for (const [name, { lane }] of this.owned) {
      if (kept.has(name)) continue;
      lane.stop();
      this.owned.delete(name);
      this.lost.set(name, now);
    }
    const fresh = names.filter(({ name }) => !this.owned.has(name));
    for (const { name, topic, partition } of fresh) {
      const lane = new PartitionLane((next) => this.commit(topic, partition, next));
      this.owned.set(name, { lane, generation });
    }
    if (fresh.some(({ name }) => now - (this.lost.get(name) ?? -FETCH_MS) < FETCH_MS))
      throw new Error('a partition came back within seconds; the consumer begins anew');
    return fresh.map(({ name }) => name);
  }

  /** @returns undefined for a record that does not belong to what we own now */
  laneOf(message: BufferMessage): PartitionLane | undefined {
    const owned = this.owned.get(nameOf(message.topic, message.partition));
    const { consumer } = message.metadata as { consumer?: { generationId?: number } };
    return owned && (consumer?.generationId ?? -1) >= owned.generation ? owned.lane : undefined;
  }

  /** Whether its partition is owned now, in whichever life. */
  owns({ topic, partition }: BufferMessage): boolean {
    return this.owned.has(nameOf(topic, partition));
  }

  /** Of everything that is owned now. */
  get partitions(): { topic: string; partition: number }[] {
    return [...this.owned.keys()].map((name) => {
      const at = name.lastIndexOf(':');
      return { topic: name.slice(0, at), partition: Number(name.slice(at + 1)) };
    });
  }

  /** The committed offset that the brokers know of a partition; see {@link PartitionLane.told}. */
  told(topic: string, partition: number, committed: bigint): void {
    this.owned.get(nameOf(topic, partition))?.lane.told(committed);
  }

  /** Resolves when all that is in hand was settled or left, and committed. */
  async idle(): Promise<void> {
    await Promise.all([...this.owned.values()].map(({ lane }) => lane.idle()));
  }

  stop(): void {
    for (const { lane } of this.owned.values()) lane.stop();
  }
}

const nameOf = (topic: string, partition: number): string => `${topic}:${partition}`;
