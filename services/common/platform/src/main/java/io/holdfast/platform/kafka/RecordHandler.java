package io.holdfast.platform.kafka;

/**
 * What a reader does with its records. All methods are called by the reader's own thread, one at a time, in the order of
 * each partition.
 *
 * <p>Handlers are idempotent: after a crash, and after a failure half way, a record comes again. Failures are sorted by
 * {@link FailureKind#of}: a refusal goes to the dead letters at once, an outage is retried for as long as it lasts, anything
 * else is retried a few times and then goes to the dead letters.
 */
@FunctionalInterface
public interface RecordHandler<M> {
    void handle(Received<M> record) throws Exception;

    /**
     * The record is in the dead letter topic and will not come again; a handler that stores positions moves past it.
     * {@code record.message()} is empty, it may be what could not be read. Failures are retried without end.
     */
    default void deadLettered(Received<M> record) throws Exception {}

    /** After the records of each poll, also when there were none: at least every 200 ms. Failures are retried without end. */
    default void afterPoll() throws Exception {}

    /**
     * The stored position is not in the topic any more: records were lost to this reader by retention, or the topic was
     * replaced. The reader goes on at {@code earliest}; a handler for which a hole matters records that here.
     */
    default void positionLost(Topic topic, int partition, long wanted, long earliest) throws Exception {}
}
