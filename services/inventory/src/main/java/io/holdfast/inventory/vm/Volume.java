package io.holdfast.inventory.vm;

import io.holdfast.kernel.id.VolumeId;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A disk of a VM.
 *
 * @param id kept for good
 * @param name a label within the VM
 * @param serial as the guest sees it; empty until reported
 * @param sizeBytes 0 until reported
 * @param backing where the bytes are on the host
 * @param nbdExport export name on the agent; empty until reported, and for disks that are captured live
 * @param capture as reported; until then as asked for
 * @param captureId of the unbroken time in which a tap has seen every write (docs/known-differences.md), as reported last; 1 to 64 of A-Z, a-z, 0-9 and -; empty = there is none
 */
public record Volume(
        VolumeId id,
        String name,
        String serial,
        long sizeBytes,
        String backing,
        String nbdExport,
        CaptureMode capture,
        String captureId,
        Verdict verdict) {
    private static final Pattern CAPTURE_ID = Pattern.compile("[A-Za-z0-9-]{0,64}");

    public Volume {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(capture, "capture");
        Objects.requireNonNull(verdict, "verdict");
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("a volume has 0 or more bytes, not " + sizeBytes);
        }
        if (!isCaptureId(captureId)) {
            throw new IllegalArgumentException("not the id of a capture");
        }
    }

    /** Whether this may be the id of a capture, or says that there is none. */
    public static boolean isCaptureId(String text) {
        return CAPTURE_ID.matcher(text).matches();
    }

    static Volume requested(VolumeId id, String name, String backing, CaptureMode capture) {
        return new Volume(id, name, "", 0, backing, "", capture, "", Verdict.NOT_REPORTED_YET);
    }

    Volume with(Verdict changed) {
        return new Volume(id, name, serial, sizeBytes, backing, nbdExport, capture, captureId, changed);
    }

    /** The reported disk under this volume's lasting id. */
    Volume reportedAs(Volume reported) {
        return new Volume(
                id,
                reported.name,
                reported.serial,
                reported.sizeBytes,
                reported.backing,
                reported.nbdExport,
                reported.capture,
                reported.captureId,
                reported.verdict);
    }
}
