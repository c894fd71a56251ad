package io.holdfast.changestream;

import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.RateWindow;
import io.holdfast.kernel.rate.Speed;
import io.holdfast.kernel.rate.SyncRules;
import io.holdfast.kernel.rate.TransferRules;

/** Rates and transfer rules as messages carry them (common.proto). Stateless. */
public final class TransferForm {
    private TransferForm() {}

    /**
     * What a policy or an assignment says; what is left out has its default.
     *
     * @param priority 0 = the default
     * @throws IllegalArgumentException for anything out of its range
     */
    public static TransferRules read(
            int priority, io.holdfast.proto.v1.RateLimit rate, io.holdfast.proto.v1.SyncRules sync) {
        int threshold = sync.getResyncThresholdPercent();
        return new TransferRules(
                priority == 0 ? TransferRules.DEFAULT_PRIORITY : priority,
                read(rate),
                new SyncRules(
                        read(sync.getRate()), threshold == 0 ? SyncRules.DEFAULT_RESYNC_THRESHOLD_PERCENT : threshold));
    }

    /** @throws IllegalArgumentException for anything out of its range */
    public static RateLimit read(io.holdfast.proto.v1.RateLimit rate) {
        return new RateLimit(
                Speed.ofBytesPerSecond(rate.getBytesPerSecond()),
                rate.getWindowsList().stream().map(TransferForm::window).toList());
    }

    private static RateWindow window(io.holdfast.proto.v1.RateWindow window) {
        return new RateWindow(
                RateWindow.daysOfBits(window.getDays()),
                window.getFromMinute(),
                window.getToMinute(),
                window.getClosed() ? Speed.CLOSED : Speed.ofBytesPerSecond(window.getBytesPerSecond()));
    }

    public static io.holdfast.proto.v1.SyncRules write(SyncRules rules) {
        return io.holdfast.proto.v1.SyncRules.newBuilder()
                .setRate(write(rules.rate()))
                .setResyncThresholdPercent(rules.resyncThresholdPercent())
                .build();
    }

    public static io.holdfast.proto.v1.RateLimit write(RateLimit rate) {
        var message = io.holdfast.proto.v1.RateLimit.newBuilder().setBytesPerSecond(bytesPerSecond(rate.usual()));
        for (RateWindow window : rate.windows()) {
            message.addWindows(io.holdfast.proto.v1.RateWindow.newBuilder()
                    .setDays(window.dayBits())
                    .setFromMinute(window.fromMinute())
                    .setToMinute(window.toMinute())
                    .setClosed(window.speed() instanceof Speed.Closed)
                    .setBytesPerSecond(bytesPerSecond(window.speed())));
        }
        return message.build();
    }

    private static long bytesPerSecond(Speed speed) {
        return speed instanceof Speed.Limited limited ? limited.bytesPerSecond() : 0;
    }
}
