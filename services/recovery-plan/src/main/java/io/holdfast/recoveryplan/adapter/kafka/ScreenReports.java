package io.holdfast.recoveryplan.adapter.kafka;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.Id;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.machine.MachineScreen;
import io.holdfast.recoveryplan.machine.MachineScreen.Moment;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Pictures of displays, as agents send them. A browser will show what an agent says is a picture: what is none is refused here. */
final class ScreenReports {
    /** Signature and length of the first chunk, which every PNG begins with (ISO/IEC 15948, clauses 5.2 and 11.2.2). */
    private static final byte[] BEGIN = {
        (byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'
    };

    private static final int MAX_SIDE = 16_384;

    private ScreenReports() {}

    /** @throws HoldfastException {@code INVALID_REQUEST} or {@code INVALID_ID} */
    static MachineScreen read(io.holdfast.proto.v1.MachineScreen wire) {
        byte[] png = wire.getPng().toByteArray();
        if (png.length > MachineScreen.MAX_BYTES || !isPng(png)) {
            throw new HoldfastException(
                    CommonError.INVALID_REQUEST,
                    "the picture of machine '%s' is no PNG of at most %d bytes and %d dots on a side"
                            .formatted(MachineReaders.cut(wire.getMachineId(), 64), MachineScreen.MAX_BYTES, MAX_SIDE));
        }
        return new MachineScreen(
                Id.parseUuid("machine", wire.getMachineId()),
                RunId.parse(wire.getRunId()),
                switch (wire.getMoment()) {
                    case SCREEN_READY -> Moment.READY;
                    case SCREEN_ENDED -> Moment.ENDED;
                    case SCREEN_STOPPED -> Moment.STOPPED;
                    case SCREEN_MOMENT_UNSPECIFIED, UNRECOGNIZED ->
                        throw new HoldfastException(
                                CommonError.INVALID_REQUEST,
                                "a picture of an unknown moment: " + wire.getMomentValue());
                },
                Instant.EPOCH.plus(wire.getTakenAtMicros(), ChronoUnit.MICROS),
                png);
    }

    private static boolean isPng(byte[] data) {
        if (data.length < BEGIN.length + 8) {
            return false;
        }
        for (int i = 0; i < BEGIN.length; i++) {
            if (data[i] != BEGIN[i]) {
                return false;
            }
        }
        return isSide(data, BEGIN.length) && isSide(data, BEGIN.length + 4);
    }

    private static boolean isSide(byte[] data, int at) {
        int side = (data[at] & 0xff) << 24
                | (data[at + 1] & 0xff) << 16
                | (data[at + 2] & 0xff) << 8
                | data[at + 3] & 0xff;
        return side >= 1 && side <= MAX_SIDE;
    }
}
