package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.error.HoldfastException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What a run is for (architecture section 5). */
public enum Mode {
    /** A rehearsal on overlays that changes nothing else and is thrown away. */
    TEST(true),
    /** The source is shut down and fenced; its last checkpoint is recovered, so that nothing is lost. */
    PLANNED(true),
    /** The source is given up: any checkpoint, live networks, committed or rolled back. */
    UNPLANNED(true),
    MOVE(false),
    CLONE(false),
    FAILBACK(false);

    private final boolean supported;

    /** Whether the run takes the ownership of its VMs, and is committed or rolled back. */
    public boolean isFailover() {
        return this == PLANNED || this == UNPLANNED;
    }

    Mode(boolean supported) {
        this.supported = supported;
    }

    /**
     * @throws HoldfastException {@code MODE_NOT_SUPPORTED} for a mode that this version does not carry out, {@code RUN_INVALID}
     *     for a word that is no mode; both name what is supported
     */
    public static Mode parse(String text) {
        String supported = Arrays.stream(values())
                .filter(mode -> mode.supported)
                .map(Mode::name)
                .collect(Collectors.joining(", "));
        Mode mode = Arrays.stream(values())
                .filter(candidate -> candidate.name().equals(text))
                .findFirst()
                .orElseThrow(() -> new HoldfastException(
                        RunError.RUN_INVALID, "'%s' is no mode of a run; supported: %s".formatted(text, supported)));
        if (!mode.supported) {
            throw new HoldfastException(
                    RunError.MODE_NOT_SUPPORTED,
                    "mode %s is not supported by this version; supported: %s".formatted(mode, supported));
        }
        return mode;
    }
}
