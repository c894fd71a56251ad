package io.holdfast.simulation;

import io.holdfast.changestream.BatchHeader;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.replicationrouter.runtime.ChangesLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Topic {@code changes}, one partition. What a router hands over is outstanding until the schedule confirms it or lets it fail; of what failed, or of what a
 * killed router left, a prefix may still arrive, also late.
 */
final class SimKafka implements ChangesLog {
    private record Appended(ChangesRecord record, Completion completion) {}

    private final Schedule schedule;
    private final Mutation mutation;
    private final LongSupplier micros;
    private final Deque<Runnable> routerLoop;
    private final List<LoggedRecord> log = new ArrayList<>();
    private final Deque<Appended> outstanding = new ArrayDeque<>();
    private final Deque<ChangesRecord> late = new ArrayDeque<>();
    private final Map<StreamId, StreamPosition> contiguous = new HashMap<>();

    SimKafka(Schedule schedule, Mutation mutation, Deque<Runnable> routerLoop, LongSupplier micros) {
        this.micros = micros;
        this.schedule = schedule;
        this.mutation = mutation;
        this.routerLoop = routerLoop;
    }

    List<LoggedRecord> log() {
        return log;
    }

    @Override
    public void append(int partition, ChangesRecord record, Completion completion) {
        outstanding.add(
                new Appended(mutation == Mutation.CUT_TIME_IS_TAKEN_LATE ? cutNow(record) : record, completion));
        if (mutation == Mutation.ACKNOWLEDGED_BEFORE_KAFKA_HAS_IT) {
            routerLoop.add(completion::written);
        }
    }

    private ChangesRecord cutNow(ChangesRecord record) {
        return record.hasCheckpoint()
                ? record.toBuilder()
                        .setCheckpoint(record.getCheckpoint().toBuilder().setCutAtMicros(micros.getAsLong()))
                        .build()
                : record;
    }

    /** acks=all for the oldest of what is outstanding. */
    void confirm(int most) {
        for (int i = 0; i < most && !outstanding.isEmpty(); i++) {
            Appended next = outstanding.poll();
            arrive(next.record());
            if (mutation != Mutation.ACKNOWLEDGED_BEFORE_KAFKA_HAS_IT) {
                routerLoop.add(next.completion()::written);
            }
        }
    }

    /** The producer gives up and closes: everything outstanding fails in one step. */
    void fail() {
        if (mutation == Mutation.KAFKA_GOES_ON_BEHIND_A_FAILURE && outstanding.size() > 1) {
            Appended lost = outstanding.poll();
            routerLoop.add(() -> lost.completion().failed("schedule"));
            return;
        }
        List<Completion> failed = outstanding.stream().map(Appended::completion).toList();
        abandon();
        routerLoop.add(() -> failed.forEach(completion -> completion.failed("schedule")));
    }

    /** The router is gone: nobody hears of what becomes of its records. */
    void abandon() {
        int reached = outstanding.isEmpty() ? 0 : schedule.below(outstanding.size() + 1);
        outstanding.stream().limit(reached).forEach(one -> late.add(one.record()));
        outstanding.clear();
        lateArrives(schedule.below(4));
    }

    void lateArrives(int most) {
        for (int i = 0; i < most && !late.isEmpty(); i++) {
            arrive(late.poll());
        }
    }

    private void arrive(ChangesRecord record) {
        LoggedRecord logged = new LoggedRecord(record);
        log.add(logged);
        if (record.hasBatch()) {
            BatchHeader header = logged.opened().header();
            StreamPosition before = contiguous.getOrDefault(header.stream(), StreamPosition.START);
            if (header.epoch().isAfter(before.epoch()) ? !header.first().equals(Seq.FIRST) : isHole(before, header)) {
                throw new Violation(
                        Violation.Rule.INVARIANT_2,
                        "a hole in Kafka: %s:%s stands behind %s".formatted(header.epoch(), header.first(), before));
            }
            if (header.end().compareTo(before) > 0) {
                contiguous.put(header.stream(), header.end());
            }
        }
    }

    private static boolean isHole(StreamPosition before, BatchHeader header) {
        return header.epoch().equals(before.epoch())
                && header.first().compareTo(before.seq().next()) > 0;
    }

    void checkAcknowledged(StreamId stream, StreamPosition acked) {
        StreamPosition here = contiguous.getOrDefault(stream, StreamPosition.START);
        if (acked.compareTo(here) > 0) {
            throw new Violation(
                    Violation.Rule.INVARIANT_2, "acknowledged up to %s, Kafka has %s".formatted(acked, here));
        }
    }
}
