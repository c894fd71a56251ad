package io.holdfast.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.nbd.device.FileBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The file device behaves like an array of bytes, and what it calls a hole reads as zeroes. */
class FileBlockDevicePropertyTest {
    private enum Act {
        WRITE,
        PUNCH,
        ZERO_RANGE,
        TRIM
    }

    private record Step(Act act, int offset, int length, byte value) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.of(Act.class),
                        Arbitraries.integers().between(0, 65_535),
                        Arbitraries.integers().between(1, 20_000),
                        Arbitraries.bytes())
                .as((act, offset, length, value) -> new Step(act, offset, Math.min(length, 65_536 - offset), value))
                .list()
                .ofMaxSize(30);
    }

    @Property(tries = 200)
    void contentsAndHolesAgreeWithAnArray(@ForAll("steps") List<Step> steps) throws IOException {
        Path file = Files.createTempFile("property", ".raw");
        Files.delete(file);
        byte[] oracle = new byte[65_536];
        try (FileBlockDevice device = FileBlockDevice.create(file, oracle.length)) {
            for (Step step : steps) {
                byte value = step.act == Act.WRITE ? step.value : 0;
                byte[] data = new byte[step.length];
                Arrays.fill(data, value);
                switch (step.act) {
                    case WRITE -> device.write(step.offset, ByteBuffer.wrap(data), false);
                    case PUNCH -> device.zero(step.offset, step.length, ZeroOptions.DEFAULT);
                    case ZERO_RANGE -> device.zero(step.offset, step.length, new ZeroOptions(false, false, false));
                    case TRIM -> device.trim(step.offset, step.length, false);
                }
                System.arraycopy(data, 0, oracle, step.offset, step.length);
            }
            assertThat(Fixture.read(device, 0, oracle.length)).isEqualTo(oracle);
            long at = 0;
            for (Extent extent : device.extents(0, oracle.length)) {
                assertThat(extent.offset()).isEqualTo(at);
                at = extent.end();
                if (extent.readsAsZeroes()) {
                    assertThat(Fixture.read(device, extent.offset(), (int) extent.length()))
                            .containsOnly(0);
                }
            }
            assertThat(at).isEqualTo(oracle.length);
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
