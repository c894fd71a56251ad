package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.error.HoldfastException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What a run is for (architecture section 5); docs/recovery-runs.md, "Modes", has the table. */
public enum Mode {
    /** A rehearsal on overlays that changes nothing else and is thrown away. */
    TEST(true),
    /** The source is shut down and fenced; its last checkpoint is recovered, so that nothing is lost. */
    PLANNED(true),
    /** The source is given up: any checkpoint, live networks, committed or rolled back. */
    UNPLANNED(true),
    /** A PLANNED run that commits as soon as everything is ready: its VMs live here from now on. */
    MOVE(true),
    /** Copies with an identity of their own, that stay until they are released; production and its ownership are left alone. */
    CLONE(true),
    /** The way home is orders to two sites, and no run of one of them; refused with the name of the command that gives them. */
    FAILBACK(false);

    private final boolean supported;

    Mode(boolean supported) {
        this.supported = supported;
    }

    /** Whether the run takes the ownership of its VMs, and is committed or rolled back. */
    public boolean isFailover() {
        return isPlanned() || this == UNPLANNED;
    }

    /** Whether the source is shut down and fenced before the point is cut. */
    public boolean isPlanned() {
        return this == PLANNED || this == MOVE;
    }

    /** Whether a person says which points are recovered. */
    public boolean choosesPoints() {
        return !isPlanned();
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
                    "mode %s is not one order at one site: 'holdfast failback' gives its orders to both; supported here: %s"
                            .formatted(mode, supported));
        }
        return mode;
    }
}
