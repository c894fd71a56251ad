package io.holdfast.replicationagent.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.changestream.Packing;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackingTest {
    /** A letter is a sample: B busy, b busy on a full line, i idle, l idle on a full line, m in between; a digit is the effort after it. */
    @ParameterizedTest
    @CsvSource({
        "BB, 21",
        "BBBBBB, 211000",
        "bbBB, 2110",
        "BBBBBBBB, 21100000",
        "BmBmBm, 222222",
        "iiiiiiii, 22222222",
        "llll, 2223",
        "llllllll, 22233333",
        "lllmlll, 2222222",
        "lllilll, 2222222",
        "BBBBllllllll, 211000011112",
        "lBlBlB, 222222",
    })
    void effortFollowsTheCpuDownAtOnceAndTheLineUpSlowly(String samples, String efforts) {
        PackingControl control = new PackingControl();
        StringBuilder seen = new StringBuilder();
        for (char sample : samples.toCharArray()) {
            double cpu =
                    switch (sample) {
                        case 'B', 'b' -> 0.9;
                        case 'm' -> 0.4;
                        default -> 0.1;
                    };
            seen.append(control.sample(cpu, sample == 'l' || sample == 'b').ordinal());
        }
        // The first sample of a streak counts, the step comes with the last.
        assertThat(seen.toString()).isEqualTo(efforts);
    }

    @Test
    void dataThatDoesNotShrinkIsTriedMoreAndMoreRarely() {
        PackingTrial trial = new PackingTrial();
        List<Integer> triedAt = new ArrayList<>();
        for (int batch = 0; batch < 2_000; batch++) {
            if (trial.choose(Packing.ZSTD_FAST) != Packing.NONE) {
                triedAt.add(batch);
                trial.tried(1_000, 999);
            }
        }
        assertThat(triedAt).startsWith(0, 1, 2, 19, 52, 117, 246, 503, 1016);
        assertThat(triedAt).hasSize(10);
    }

    @Test
    void dataThatShrinksAgainIsPackedAgain() {
        PackingTrial trial = new PackingTrial();
        for (int i = 0; i < PackingTrial.FAILURES; i++) {
            trial.tried(1_000, 1_000);
        }
        assertThat(Stream.generate(() -> trial.choose(Packing.LZ4)).limit(PackingTrial.FIRST_PAUSE))
                .containsOnly(Packing.NONE);
        assertThat(trial.choose(Packing.LZ4)).isEqualTo(Packing.LZ4);
        trial.tried(1_000, 300);
        assertThat(Stream.generate(() -> trial.choose(Packing.LZ4)).limit(1_000))
                .containsOnly(Packing.LZ4);
    }

    @Test
    void aPolicyWithoutCompressionIsNoTrial() {
        PackingTrial trial = new PackingTrial();
        for (int i = 0; i < PackingTrial.FAILURES; i++) {
            trial.tried(1_000, 1_000);
        }
        for (int i = 0; i < 100; i++) {
            assertThat(trial.choose(Packing.NONE)).isEqualTo(Packing.NONE);
        }
        assertThat(trial.choose(Packing.ZSTD_FAST)).isEqualTo(Packing.NONE);
    }

    @Test
    void theProcessorsShareIsAPartOfAllCores() {
        long[] now = {0};
        OwnCpu cpu = new OwnCpu(() -> now[0]);
        assertThat(cpu.share()).isZero();
        now[0] += 1;
        assertThat(cpu.share()).isBetween(0.0, 1.0);
    }
}
