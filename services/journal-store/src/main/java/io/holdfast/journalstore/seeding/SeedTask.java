package io.holdfast.journalstore.seeding;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * One import of an image into a replica, as others see it.
 *
 * @param file relative to the folder of seeds
 * @param percent of the conversion, 0 to 100
 * @param failure code and sentence of FAILED; empty otherwise
 */
public record SeedTask(
        UUID id,
        PgId pg,
        VolumeId volume,
        SeedFormat format,
        String file,
        State state,
        int percent,
        Optional<Failure> failure,
        Instant startedAt,
        Optional<Instant> endedAt) {
    public enum State {
        RUNNING,
        /** The replica holds the image's contents. */
        DONE,
        /** The replica is as it was. */
        FAILED
    }

    /** @param code stable */
    public record Failure(String code, String message) {}

    public SeedTask {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(failure, "failure");
    }

    public static SeedTask started(PgId pg, VolumeId volume, SeedFormat format, String file, Instant now) {
        return new SeedTask(
                UUID.randomUUID(), pg, volume, format, file, State.RUNNING, 0, Optional.empty(), now, Optional.empty());
    }

    public SeedTask at(int percentDone) {
        return new SeedTask(id, pg, volume, format, file, state, percentDone, failure, startedAt, endedAt);
    }

    public SeedTask done(Instant now) {
        return new SeedTask(
                id, pg, volume, format, file, State.DONE, 100, Optional.empty(), startedAt, Optional.of(now));
    }

    public SeedTask failed(String code, String message, Instant now) {
        return new SeedTask(
                id,
                pg,
                volume,
                format,
                file,
                State.FAILED,
                percent,
                Optional.of(new Failure(code, message)),
                startedAt,
                Optional.of(now));
    }
}
