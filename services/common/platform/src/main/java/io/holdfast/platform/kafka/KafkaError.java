package io.holdfast.platform.kafka;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** What can be wrong with the topics themselves. */
public enum KafkaError implements ErrorCode {
    /** A topic exists with settings under which records would be lost or mixed up. An operator has to change them. */
    KAFKA_TOPIC_UNFIT(Blame.CONFLICT),
    /** A message is larger than its topic takes; it is not sent. */
    KAFKA_MESSAGE_TOO_LARGE(Blame.INTERNAL);

    private final Blame blame;

    KafkaError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
