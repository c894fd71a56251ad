package io.holdfast.protectiongroup.adapter.wire;

import io.holdfast.kernel.rate.RateWindow;
import io.holdfast.kernel.rate.Speed;
import io.holdfast.proto.v1.RateLimit;
import io.holdfast.proto.v1.SyncRules;

/** Rates as messages to the data plane. */
final class ToldRates {
    private ToldRates() {}

    static SyncRules sync(io.holdfast.kernel.rate.SyncRules rules) {
        return SyncRules.newBuilder()
                .setRate(rate(rules.rate()))
                .setResyncThresholdPercent(rules.resyncThresholdPercent())
                .build();
    }

    static RateLimit rate(io.holdfast.kernel.rate.RateLimit rate) {
        RateLimit.Builder message = RateLimit.newBuilder().setBytesPerSecond(bytesPerSecond(rate.usual()));
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
