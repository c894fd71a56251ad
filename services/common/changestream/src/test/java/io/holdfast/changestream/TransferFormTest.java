package io.holdfast.changestream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.RateWindow;
import io.holdfast.kernel.rate.Speed;
import io.holdfast.kernel.rate.SyncRules;
import io.holdfast.kernel.rate.TransferRules;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransferFormTest {
    private static final io.holdfast.proto.v1.RateLimit NO_RATE = io.holdfast.proto.v1.RateLimit.getDefaultInstance();
    private static final io.holdfast.proto.v1.SyncRules NO_RULES = io.holdfast.proto.v1.SyncRules.getDefaultInstance();

    @Test
    void whatAnOlderSenderLeavesOutHasItsDefault() {
        assertThat(TransferForm.read(0, NO_RATE, NO_RULES)).isEqualTo(TransferRules.DEFAULT);
    }

    @Test
    void rulesAreTheSameAfterTheirWayThroughAMessage() {
        var rate = new RateLimit(
                new Speed.Limited(1 << 20),
                List.of(
                        new RateWindow(RateWindow.daysOfBits(31), 480, 1080, Speed.CLOSED),
                        new RateWindow(RateWindow.daysOfBits(0), 1320, 360, Speed.UNLIMITED),
                        new RateWindow(RateWindow.daysOfBits(64), 0, 1, new Speed.Limited(7))));
        var rules = new TransferRules(9, rate, new SyncRules(rate, 33));

        assertThat(TransferForm.read(
                        rules.priority(), TransferForm.write(rules.rate()), TransferForm.write(rules.sync())))
                .isEqualTo(rules);
    }

    @Test
    void hostileValuesAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> TransferForm.read(10, NO_RATE, NO_RULES));
        assertThatIllegalArgumentException().isThrownBy(() -> TransferForm.read(-1, NO_RATE, NO_RULES));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TransferForm.read(
                        NO_RATE.toBuilder().setBytesPerSecond(-1).build()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TransferForm.read(
                        5,
                        NO_RATE,
                        NO_RULES.toBuilder().setResyncThresholdPercent(101).build()));
        var window = io.holdfast.proto.v1.RateWindow.newBuilder();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TransferForm.read(NO_RATE.toBuilder()
                        .addWindows(window.clone().setDays(-1))
                        .build()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TransferForm.read(NO_RATE.toBuilder()
                        .addWindows(window.clone().setToMinute(1440))
                        .build()));
        var many = NO_RATE.toBuilder();
        for (int i = 0; i <= RateLimit.MAX_WINDOWS; i++) {
            many.addWindows(window);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> TransferForm.read(many.build()));
    }
}
