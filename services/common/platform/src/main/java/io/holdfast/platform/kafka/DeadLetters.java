package io.holdfast.platform.kafka;

import com.google.protobuf.ByteString;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.proto.v1.DeadLetter;
import java.time.Instant;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logging.Logger;

/** Keeps records that no reader can take, with the cause, in {@code <topic>.dlq}. */
final class DeadLetters {
    private static final Logger LOG = Logger.getLogger(DeadLetters.class);
    private static final int MESSAGE_CHARACTERS = 1000;

    private final KafkaConnection kafka;
    private final Supplier<ProtoProducer> producer;

    DeadLetters(KafkaConnection kafka, Supplier<ProtoProducer> producer) {
        this.kafka = kafka;
        this.producer = producer;
    }

    /** Returns when the record is durable in the dead letter topic; throws while Kafka does not take it. */
    void keep(String reader, Topic topic, ConsumerRecord<byte[], byte[]> record, Throwable cause) {
        String code = codeOf(cause);
        var letter = DeadLetter.newBuilder()
                .setTopic(record.topic())
                .setPartition(record.partition())
                .setOffset(record.offset())
                .setReader(reader)
                .setCode(code)
                .setMessage(messageOf(cause))
                .setAtMicros(micros(Instant.now()));
        if (record.key() != null) {
            letter.setKey(ByteString.copyFrom(record.key()));
        }
        if (record.value() != null) {
            letter.setValue(ByteString.copyFrom(record.value()));
        }
        String key = record.key() == null ? null : letter.getKey().toStringUtf8();
        ProtoProducer.await(producer.get()
                .sendTo(
                        topic.deadLetterName(kafka.topicPrefix()),
                        null,
                        key,
                        letter.build().toByteArray()));
        LOG.errorf(
                cause,
                "record could not be handled and went to the dead letters reader=%s topic=%s partition=%d offset=%d code=%s",
                reader,
                record.topic(),
                record.partition(),
                record.offset(),
                code);
    }

    static String codeOf(Throwable cause) {
        for (Throwable one = cause; one != null; one = one.getCause()) {
            if (one instanceof HoldfastException ours) {
                return ours.code().name();
            }
            if (one instanceof com.google.protobuf.InvalidProtocolBufferException) {
                return CommonError.MALFORMED_DATA.name();
            }
        }
        return cause instanceof IllegalArgumentException
                ? CommonError.MALFORMED_DATA.name()
                : CommonError.INTERNAL.name();
    }

    private static String messageOf(Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        return text.length() <= MESSAGE_CHARACTERS ? text : text.substring(0, MESSAGE_CHARACTERS) + "…";
    }

    private static long micros(Instant at) {
        return Math.addExact(Math.multiplyExact(at.getEpochSecond(), 1_000_000L), at.getNano() / 1000);
    }
}
