// Reads topics from their beginning to their end as Kafka's own client does for a reader of committed records: the
// driver that the product uses is not asked about itself. Run from its source: java -cp <jars> CommittedReader.java
// <brokers> <topic>…; one line a record: topic, partition, offset, ms, key, value, then name:value of each header, parted by
// tabs; bytes in base64, `-` for none.
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public class CommittedReader {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  public static void main(String[] args) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("isolation.level", "read_committed");
    settings.put("enable.auto.commit", "false");
    settings.put("allow.auto.create.topics", "false");
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (String topic : Arrays.copyOfRange(args, 1, args.length))
        for (PartitionInfo info : consumer.partitionsFor(topic, PATIENCE))
          partitions.add(new TopicPartition(topic, info.partition()));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      // For a reader of committed records the end is where the oldest open transaction begins.
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, PATIENCE);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
        if (System.nanoTime() > deadline) throw new IllegalStateException("the end was not reached in time");
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) System.out.println(line(record));
      }
    }
  }

  static String line(ConsumerRecord<byte[], byte[]> record) {
    StringBuilder line = new StringBuilder();
    line.append(record.topic()).append('\t').append(record.partition()).append('\t').append(record.offset());
    line.append('\t').append(record.timestamp());
    line.append('\t').append(text(record.key())).append('\t').append(text(record.value()));
    for (Header header : record.headers())
      line.append('\t').append(text(header.key().getBytes(StandardCharsets.UTF_8))).append(':').append(text(header.value()));
    return line.toString();
  }

  static String text(byte[] bytes) {
    return bytes == null ? "-" : Base64.getEncoder().encodeToString(bytes);
  }
}
