package io.holdfast.journalstore.adapter.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.Optional;

/** Single files of points: docs/file-recovery.md. */
@ConfigMapping(prefix = "holdfast.journal.files")
public interface FilesSettings {
    /**
     * Folder of file views, of this store alone, given from the root and at most 60 characters long; not set: file views are switched off. Needs room for what
     * appliances write (at most 1 GiB each, seldom more than a few MiB).
     */
    Optional<String> directory();

    /** Folder of a fixed appliance of libguestfs; not set: it builds its own from the machine's packages and kernel, which takes a while the first time. */
    Optional<String> appliance();

    /** auto uses KVM where the machine offers it; tcg never does: slower, and right where KVM is offered and does not work. */
    @WithDefault("auto")
    String accelerator();

    /** Memory of one appliance; the process beside it takes up to 300 MiB more. */
    @WithDefault("512MiB")
    String applianceMemory();

    /** File views open at one time. */
    @WithDefault("2")
    @Min(1)
    @Max(64)
    int viewLimit();

    /** Longest time until an ordered view can be used. */
    @WithDefault("3m")
    Duration openLimit();

    /** A view that nobody uses for so long ends. */
    @WithDefault("5m")
    Duration idleLimit();

    /** A view ends after so long in any case: until then it keeps its point in the history. */
    @WithDefault("1h")
    Duration lifeLimit();

    /** Longest time of one step of a view, such as one folder; longer, and the view has failed. */
    @WithDefault("60s")
    Duration answerLimit();

    /** Longest time that a request waits for the one before it on the same view. */
    @WithDefault("30s")
    Duration turnLimit();
}
