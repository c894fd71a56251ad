package io.holdfast.recoveryplan.adapter.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.RunId;
import io.holdfast.proto.v1.MachineScreen;
import io.holdfast.proto.v1.ScreenMoment;
import io.holdfast.recoveryplan.support.StandInAgent;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A picture that an agent sends")
class ScreenReportsTest {
    private static MachineScreen.Builder screen(byte[] png) {
        return MachineScreen.newBuilder()
                .setMachineId(UUID.randomUUID().toString())
                .setRunId(RunId.random().toString())
                .setMoment(ScreenMoment.SCREEN_READY)
                .setPng(ByteString.copyFrom(png));
    }

    @Test
    void isTakenAsItIs() {
        assertThat(ScreenReports.read(screen(StandInAgent.DISPLAY).build()).png())
                .isEqualTo(StandInAgent.DISPLAY);
    }

    @Test
    void isRefusedUnlessItIsAPngOfABoundedSize() {
        byte[] huge = Arrays.copyOf(StandInAgent.DISPLAY, (128 << 10) + 1);
        byte[] wide = StandInAgent.DISPLAY.clone();
        wide[16] = 0x7f;
        byte[] flat = StandInAgent.DISPLAY.clone();
        Arrays.fill(flat, 20, 24, (byte) 0);
        for (byte[] wrong : new byte[][] {
            new byte[0], "<svg/>".getBytes(), huge, wide, flat, Arrays.copyOf(StandInAgent.DISPLAY, 20)
        }) {
            assertRefused(screen(wrong));
        }
        Random random = new Random(5);
        for (int i = 0; i < 500; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            assertRefused(screen(noise));
        }
    }

    @Test
    void isRefusedWithoutAMomentOrWithForeignIds() {
        assertRefused(screen(StandInAgent.DISPLAY).setMomentValue(77));
        assertRefused(screen(StandInAgent.DISPLAY).setMoment(ScreenMoment.SCREEN_MOMENT_UNSPECIFIED));
        assertRefused(screen(StandInAgent.DISPLAY).setMachineId("../../etc"));
        assertRefused(screen(StandInAgent.DISPLAY).setRunId(""));
    }

    private static void assertRefused(MachineScreen.Builder screen) {
        assertThatThrownBy(() -> ScreenReports.read(screen.build())).isInstanceOf(HoldfastException.class);
    }
}
